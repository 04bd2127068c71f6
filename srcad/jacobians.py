"""Derivatives made of many passes: Jacobians, Hessians, and what is built on the tangent of a gradient."""

from __future__ import annotations

import inspect

import numpy as np

from srcad import runtime
from srcad.derivative import Derivative
from srcad.errors import ArgumentError, KindError
from srcad.modes import Gradient, Pair, TangentFunction, copied
from srcad.structure import is_inexact_leaf, is_leaf, items_of, leaves, rebuilt, units, varying, with_varying, zero


class _Several(Derivative):
    """A derivative that runs another one several times; what is generated is that one."""

    def __init__(self, primal, argnums=0, *, argnames=None, has_aux=False, optimize=True, disconnected="zeros",
                 backend="python", fastmath=False, small_axes=0) -> None:
        super().__init__(primal, argnums, argnames=argnames, has_aux=has_aux, optimize=optimize,
                         disconnected=disconnected, backend=backend, fastmath=fastmath, small_axes=small_axes)
        self.inner = self._make_inner()

    def _make_inner(self) -> Derivative:
        raise NotImplementedError

    def _options(self) -> dict:
        named = any(isinstance(w, str) for w in self.which)
        which: dict = {"argnames": self.which} if named else {"argnums": self.which}
        return which | {"optimize": self.optimize, "disconnected": "zeros", "backend": self.backend,
                        "fastmath": self.fastmath, "small_axes": self.small_axes}

    def _shown(self):
        return self.inner._shown()

    @property
    def variants(self):
        return self.inner.variants

    #: What can be saved instead of it.
    one_pass = "adjoint(f), whose results are its rows"

    def save(self, path, *args, include: bool = False, **kwargs) -> None:
        """Refuse: a module has one pass, and this is made of several."""
        raise ArgumentError(f"{self.what.lower()} is made of passes of a derivative, and a module is one derivative",
                            f"save srcad.{self.one_pass}")

    def __srcad_call__(self, s, args, kwargs, hint):
        raise s.refuse(f"{type(self).__name__} is called in a function that is differentiated",
                       "call grad, jvp or vjp there, or write the loop over elements")


class ForwardJacobian(_Several):
    """The Jacobian by forward mode: one pass per element of the arguments."""

    what = "The Jacobian"
    one_pass = "tangent(f), whose results are the value and a column"

    def _make_inner(self) -> Derivative:
        return TangentFunction(self.primal, **self._options())

    def __call__(self, *args, **kwargs):
        values, layout = self._calling.bind(args, kwargs)
        request = self.request(layout)
        wanted = [values[k] for k in request.argnums]
        for k in request.argnums:
            check_varies(values[k], layout.names[k])
        flat = [varying(v) for v in wanted]
        zeros = [[zero(leaf) for leaf in ls] for ls in flat]
        columns: list = []
        y = None
        fresh = self._copies(args, kwargs)
        wanted = wanted if fresh is None else [copied(v) for v in wanted]
        for k, ls in enumerate(flat):
            for j, leaf in enumerate(ls):
                passes = []
                for unit in self._units(leaf):
                    moved = [list(z) for z in zeros]
                    moved[k][j] = unit
                    tangents = tuple(with_varying(v, m) for v, m in zip(wanted, moved))
                    given, named = (args, kwargs) if fresh is None else fresh()
                    y, y_dot = self.inner.with_tangents(given, named, tangents)
                    passes.append(leaves(with_zeros(*((y[0], y_dot[0]) if self.has_aux else (y, y_dot)))))
                columns.append((leaf, passes))
        if fresh is not None or y is None or any(not passes for _, passes in columns):
            value = self.primal(*args, **kwargs)
            y = y if value is None else value        # a function that returns nothing: what it leaves in its arguments
        result, aux = y if self.has_aux else (y, None)
        jacobians = self._assemble(result, wanted, flat, columns)
        return (jacobians, aux) if self.has_aux else jacobians

    def _copies(self, args: tuple, kwargs: dict):
        """What gives copies of the arguments, if the function writes to them: every pass must start from the same."""
        written = self.inner.check_written(args, kwargs)  # type: ignore[attr-defined]
        if not written:
            return None
        return lambda: (tuple(map(copied, args)), {k: copied(v) for k, v in kwargs.items()})

    def _units(self, leaf):
        return units(leaf)

    def _assemble(self, y, wanted, flat, columns):
        """Per leaf of the result: per differentiated argument, of its own structure, an array of shape y + x."""
        blocks = []
        for i, y_leaf in enumerate(leaves(y)):
            it = iter(columns)
            per_argument = []
            for value, ls in zip(wanted, flat):
                made = [_block(np.shape(y_leaf), next(it), i, y_leaf) for _ in ls]
                per_argument.append(with_varying(value, made))
            blocks.append(per_argument[0] if self.single else tuple(per_argument))
        return rebuilt(y, blocks)


def with_zeros(y, y_dot):
    """A tangent in which what cannot have one (an integer result) is zero, so that it has the leaves of the value."""
    items = items_of(y)
    if items is not None:
        return [with_zeros(a, b) for a, b in zip(items, items_of(y_dot) or [None] * len(items))]
    if y_dot is not None or not is_leaf(y):
        return y_dot
    return np.zeros(np.shape(y)) if isinstance(y, np.ndarray) else 0.0


def _block(shape: tuple, column: tuple, i: int, y_leaf):
    leaf, passes = column
    full = shape + np.shape(leaf)
    if not passes:
        return np.zeros(full, np.result_type(zero(leaf)))
    if full == ():
        return np.asarray(passes[0][i]) if isinstance(leaf, np.ndarray) else passes[0][i]
    return np.stack([np.asarray(p[i]) for p in passes], axis=-1).reshape(full)


class ReverseJacobian(_Several):
    """The Jacobian by reverse mode: one pass per element of the result."""

    what = "The Jacobian"

    def _make_inner(self) -> Derivative:
        return Pair(self.primal, **self._options())

    def __call__(self, *args, **kwargs):
        values, layout = self._calling.bind(args, kwargs)
        wanted = [copied(values[k]) for k in self.request(layout).argnums]
        y, pullback = self.inner.split(args, kwargs)
        result, aux = y if self.has_aux else (y, None)
        flat = leaves(result)
        zeros = [zero(leaf) for leaf in flat]
        blocks = []
        for i, y_leaf in enumerate(flat):
            rows = []
            fixed = [[zero(leaf) for leaf in varying(v)] for v in wanted]
            for unit in units(y_leaf):
                if not is_inexact_leaf(y_leaf):
                    rows.append(fixed)
                    continue
                seed = rebuilt(result, [*zeros[:i], unit, *zeros[i + 1:]])
                if self.has_aux:
                    seed = (seed, runtime.zeros_like(aux))
                rows.append([leaves(bar) for bar in pullback(seed)])
            per_argument = []
            for k, value in enumerate(wanted):
                made = [_stack_rows(np.shape(y_leaf), leaf, [row[k][j] for row in rows])
                        for j, leaf in enumerate(varying(value))]
                per_argument.append(with_varying(value, made))
            blocks.append(per_argument[0] if self.single else tuple(per_argument))
        jacobians = rebuilt(result, blocks)
        return (jacobians, aux) if self.has_aux else jacobians


def _stack_rows(shape: tuple, leaf, rows: list):
    full = shape + np.shape(leaf)
    if not rows:
        return np.zeros(full, np.result_type(zero(leaf)))
    if full == ():
        return rows[0]
    return np.stack([np.asarray(r) for r in rows]).reshape(full)


class Hessian(_Several):
    """All second derivatives: the forward Jacobian of the gradient."""

    what = "The Hessian"
    one_pass = "tangent(srcad.grad(f)), whose results are the gradient and a column"

    def _make_inner(self) -> Derivative:
        options = self._options()
        gradient = Gradient(self.primal, has_aux=self.has_aux, **options)
        gradient.single = self.single
        jacobian = ForwardJacobian(gradient, has_aux=self.has_aux, **options)
        jacobian.single = self.single
        return jacobian

    def __call__(self, *args, **kwargs):
        return self.inner(*args, **kwargs)


class HessianVector(_Several):
    """The Hessian times a vector, forward over reverse: the arguments, then the vector."""

    what = "The Hessian-vector product"
    one_pass = "tangent(srcad.grad(f)), whose results are the gradient and the product"

    def __init__(self, primal, argnums=0, **options) -> None:
        super().__init__(primal, argnums, **options)
        own = self._calling.parameters
        if self._calling.simple:
            vector = inspect.Parameter("vector", inspect.Parameter.POSITIONAL_OR_KEYWORD)
            plain = [p.replace(default=p.empty) for p in own]
            self.__signature__ = self._calling.signature.replace(parameters=[*plain, vector])

    def _make_inner(self) -> Derivative:
        options = self._options()
        gradient = Gradient(self.primal, **options)
        gradient.single = self.single
        return TangentFunction(gradient, **options)

    def __call__(self, *args, **kwargs):
        if not args:
            raise ArgumentError("hvp(f) is called with the arguments of f, then the vector", "write hvp(f)(x, v)")
        *own, vector = args
        tangents = (vector,) if self.single else vector
        if not isinstance(tangents, tuple | list):
            raise ArgumentError(f"the vector of hvp is a tuple, one item for each of {len(self.which)} argnums",
                                "write hvp(f, argnums)(x, y, (v, w))")
        if len(tangents) != len(self.which):
            raise ArgumentError(f"{len(self.which)} arguments are differentiated, {len(tangents)} vectors are given",
                                "give one for each")
        return self.inner.with_tangents(tuple(own), kwargs, tuple(tangents))[1]


class ElementwiseGradient(_Several):
    """The derivative of a function that acts element by element: the pullback of ones."""

    what = "The elementwise derivative"
    one_pass = "adjoint(f), and give ones as result_bar"

    def _make_inner(self) -> Derivative:
        return Pair(self.primal, **self._options())

    def __call__(self, *args, **kwargs):
        y, pullback = self.inner.split(args, kwargs)
        values, layout = self._calling.bind(args, kwargs)
        for k in self.request(layout).argnums:
            check_elementwise(self.__name__, values[k], layout.names[k], y)
        ones = rebuilt(y, [np.ones_like(leaf) if isinstance(leaf, np.ndarray) else 1.0 for leaf in leaves(y)])
        bars = pullback(ones)
        return bars[0] if self.single else bars


def check_varies(value, name: str) -> None:
    """Refuse an argument that holds nothing to differentiate by."""
    empty = items_of(value) == []
    if not varying(value) and not empty:
        raise KindError(f"the argument {name} cannot be differentiated: it is of type {type(value).__name__}",
                        "choose other argnums, or pass a float")


def check_elementwise(function: str, value, name: str, y) -> None:
    """Refuse a function that cannot act element by element, judging by shapes."""
    fits = items_of(y) is None and items_of(value) is None
    if fits:
        try:
            fits = np.broadcast_shapes(np.shape(value), np.shape(y)) == np.shape(y)
        except ValueError:
            fits = False
    if not fits:
        raise KindError(f"{function} does not act element by element: its result does not have the shape of {name}",
                        "use grad, jacobian or vjp")


class ForwardGradient(ForwardJacobian):
    """A gradient by forward mode: one pass of the tangent function per element of the arguments."""

    what = "The gradient"

    def _assemble(self, y, wanted, flat, columns):
        if items_of(y) is not None or np.shape(y) != () or isinstance(y, complex | np.complexfloating):
            raise KindError(f"{self.__name__} does not return one real number",
                            "use jacobian for all derivatives of all elements, or vjp to give weights to the elements")
        return super()._assemble(y, wanted, flat, [(leaf, self._gradient(leaf, passes)) for leaf, passes in columns])

    def _units(self, leaf):
        """For a complex argument the real and the imaginary direction."""
        for unit in units(leaf):
            yield unit
            if np.iscomplexobj(leaf):
                yield unit * 1j

    @staticmethod
    def _gradient(leaf, passes: list) -> list:
        """∂f/∂x - i ∂f/∂y for complex arguments, as reverse mode gives; of the argument's dtype."""
        if np.iscomplexobj(leaf):
            passes = [[a - 1j * b for a, b in zip(p, q)] for p, q in zip(passes[::2], passes[1::2])]
        dtype = getattr(leaf, "dtype", None)
        if dtype is None:                  # of a number of Python's, whatever the precision of what it is multiplied with
            passes = [[x if isinstance(x, float | complex) else np.float64(x) for x in p] for p in passes]
        elif dtype.kind in "fc":
            passes = [[dtype.type(x) for x in p] for p in passes]
        return passes

    def __srcad_call__(self, s, args, kwargs, hint):
        """Inside differentiated code the mode makes no difference to the value."""
        return Gradient(self.primal, **self._options(), has_aux=self.has_aux).__srcad_call__(s, args, kwargs, hint)
