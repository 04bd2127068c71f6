"""The object a user holds: a derivative that is compiled for the kinds of its arguments when it is called."""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import sys
import threading
import types
import warnings
from typing import TYPE_CHECKING

import numpy as np

from srcad import diskcache, runtime
from srcad.calling import Calling, Layout, name_of
from srcad.errors import NOWHERE, ArgumentError, KindError, SrcadError, VariantLimitWarning
from srcad.generated import user_location
from srcad.places import owners_of
from srcad.requests import Request
from srcad.rules import registry
from srcad.structure import items_of
from srcad.trace.kinds import FLOAT, Array, Scalar, Size, kind_of

if TYPE_CHECKING:                 # the compiler is loaded with the first derivative that is compiled
    from collections.abc import Callable

    from srcad.requests import Variant

#: How many variants a derivative may have before it warns.
VARIANT_LIMIT = 64
#: What can run generated source.
BACKENDS = ("python", "numba")
#: The flags of Numba's `fastmath` under which NaN and infinity stay what they are.
ROUNDINGS = ("arcp", "contract", "nsz", "reassoc")
#: What reading a place raises when nothing is there.
ABSENT = (NameError, AttributeError, ValueError, LookupError, TypeError)
#: The ranks that are tried, in this order, of arguments before any call: without an annotation, annotated as arrays.
_GUESSES = ((0, 1), (0, 2), (1, 1), (2, 2))
_PYTHON_NUMBERS = {float, int, complex}
_NUMBERS_AND_ARRAYS = {*_PYTHON_NUMBERS, np.ndarray}


def _by_arrays() -> None:
    """Stands for: look at the arrays too."""


class Derivative:
    """A derivative of a Python function.

    Calling it compiles a *variant* for the kinds of the arguments, or finds it, and runs the generated function. It can be
    differentiated in turn, called from a function that is differentiated, pickled, and is a method where it stands in a class.

    Attributes
    ----------
    primal : callable
        The function that is differentiated.
    source : str
        The generated source.
    variants : tuple of Variant
        What has been compiled so far.
    """

    mode = "grad"
    __name__: str

    def __init__(self, primal, argnums=0, *, argnames=None, has_aux=False, optimize=True, disconnected="raise",
                 backend="python", fastmath=False, small_axes=0) -> None:
        if not callable(primal):
            raise ArgumentError(f"a function is differentiated, not a value of type {type(primal).__name__}",
                                "pass the function itself, not its result")
        if isinstance(primal, types.FunctionType) and (primal.__module__ or "").startswith("srcad.") and hasattr(
                primal, "__srcad_call__"):
            raise ArgumentError(f"{primal.__name__} itself is not a function that can be differentiated",
                                f"differentiate what it gives: {primal.__name__}(f)")
        if disconnected not in ("raise", "zeros"):
            raise ArgumentError(f"disconnected={disconnected!r} is not known", 'use "raise" or "zeros"')
        self.primal = primal
        if backend not in BACKENDS:
            raise ArgumentError(f"backend={backend!r} is not known", f"use one of {', '.join(map(repr, BACKENDS))}")
        self.has_aux, self.optimize, self.disconnected, self.backend = has_aux, optimize, disconnected, backend
        self.fastmath = _roundings(fastmath, backend)
        self.small_axes = _length(small_axes)
        self._key = _key_with_lengths(self.small_axes) if self.small_axes else _key
        self.single, self.which = _which(argnums, argnames)
        self._target, self._bound = _target(primal)
        self._calling = Calling(primal)
        self._variants: dict = {}
        self._lock = threading.RLock()
        self._latest: Variant | None = None
        self._requests: dict = {}
        self._quick: dict = {}
        functools.update_wrapper(self, primal, updated=())
        self.__doc__ = self._doc()

    # --- calling ------------------------------------------------------------------------------------------------------

    def __call__(self, *args, **kwargs):
        if not kwargs:
            count = len(args)                   # each case by itself: a loop takes longer than all else here together
            if count == 1:
                key: tuple = (type(args[0]),)
            elif count == 2:
                key = (type(args[0]), type(args[1]))
            elif count == 3:
                key = (type(args[0]), type(args[1]), type(args[2]))
            else:
                key = tuple(map(type, args))
            quick = self._quick.get(key)
            if quick is _by_arrays:
                key_of = self._key
                quick = self._quick.get(tuple([key_of(a) if type(a) is np.ndarray else type(a) for a in args]))
            if quick is not None:
                try:
                    function = quick()
                except ABSENT:
                    function = None
                if function is not None:
                    try:
                        return function(*args)
                    except Exception as error:
                        note_place(error)
                        raise
        values, layout = self._calling.bind(args, kwargs)
        variant = self._variant(values, layout)
        if layout is self._calling.base and variant.quick is not None and not variant.data and not variant.to_float:
            self._remember(variant, values)
        return self._run(variant, values)

    def _remember(self, variant: Variant, values: list) -> None:
        """Find the variant from now on by what tells the kinds of numbers and arrays: types, and the arrays' axes."""
        types = tuple(map(type, values))
        if _PYTHON_NUMBERS.issuperset(types):
            self._quick[types] = variant.quick
        elif _NUMBERS_AND_ARRAYS.issuperset(types):
            self._quick[types] = _by_arrays
            self._quick[tuple([self._key(v) if type(v) is np.ndarray else type(v) for v in values])] = variant.quick

    def _run(self, variant: Variant, values: list, extra: tuple = ()):
        """Call a variant's generated function."""
        for k in variant.to_float:
            values[k] = float(values[k])
        data = [d.read() for d in variant.data] if variant.data else ()
        if variant.held and variant.data:
            check_not_read(values, variant)
        if variant.written or variant.held:
            extra = tuple(map(runtime.copy_adjoint, extra))      # a seed may be an argument
        try:
            return variant.function(*values, *extra, *data)
        except Exception as error:
            note_place(error)
            raise

    def _variant(self, values: list, layout: Layout) -> Variant:
        """The variant for these arguments, compiled if need be."""
        key = (id(layout), tuple([type(v) if type(v) in _PYTHON_NUMBERS else self._key(v) for v in values]))
        for variant in self._variants.get(key, ()):
            if _is_current(variant):
                return variant
        with self._lock:
            stale = [v for v in self._variants.get(key, ()) if not _is_sound(v)]
            for variant in self._variants.get(key, ()):
                if _is_current(variant):
                    return variant
            variant = self._compile(values, layout)
            kept = [v for v in self._variants.get(key, ()) if v not in stale]
            self._variants[key] = [variant, *kept]
            self._latest = variant
            if sum(map(len, self._variants.values())) == VARIANT_LIMIT + 1:
                warnings.warn(f"{self.__name__} has been compiled for more than {VARIANT_LIMIT} kinds of arguments: "
                              f"strings, functions and shapes with axes of length 1 make a kind each",
                              VariantLimitWarning, stacklevel=_levels_to_the_caller())
            return variant

    def _compile(self, values: list, layout: Layout) -> Variant:
        request = self.request(layout)
        kinds = []
        for k, (value, name) in enumerate(zip(values, layout.names)):
            kinds.append(_argument_kind(value, name, k in request.argnums, self))
        try:
            return self._compile_kinds(tuple(kinds), layout, request, values)
        except SrcadError as error:
            if os.environ.get("SRCAD_TRACEBACK"):
                raise
            raise error.public() from None        # where in the compiler it was noticed tells a user nothing

    def _compile_kinds(self, kinds: tuple, layout: Layout, request: Request, values=None) -> Variant:
        self._target, self._bound = _target(self.primal)      # the class of a callable object may have changed
        asked = diskcache.question(self._target, self._bound, kinds, layout, request)
        variant = None if asked is None else diskcache.find(asked)
        if variant is None:
            from srcad.compile import compile_variant

            keep = None if asked is None else functools.partial(diskcache.keep, asked)
            variant = compile_variant(self._target, kinds, layout, request, self._bound, keep)
        variant.small_axes = request.small_axes
        variant.layout = layout
        variant.to_float = tuple(
            k for k in request.argnums
            if isinstance(kinds[k], Scalar) and (kinds[k].base in (int, bool) or (
                kinds[k] is FLOAT and values is not None and type(values[k]) is not float)))
        return variant

    def request(self, layout: Layout) -> Request:
        """What is asked for, for calls of this layout."""
        known = self._requests.get(layout)
        if known is None:
            known = Request(self.mode, tuple(layout.position(w) for w in self.which), self.single, self.has_aux,
                            self.optimize, "zeros" if isinstance(self._target, Derivative) else self.disconnected,
                            self.backend, self.fastmath, self.small_axes)
            self._requests[layout] = known
        return known

    # --- looking at it ------------------------------------------------------------------------------------------------

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The variants compiled so far."""
        return tuple(v for group in self._variants.values() for v in group)

    @property
    def source(self) -> str:
        """The generated source, of the variant used last; before any call, for arguments as annotated,
        else floats, else arrays."""
        return self._shown().source

    @property
    def trace(self):
        """The Trace of the variant used last."""
        return self._shown().trace

    def save(self, path, *args, include: bool = False, **kwargs) -> None:
        """Write the generated source as a module that needs nothing of srcad.

        Parameters
        ----------
        path : str or Path
            The file to write.
        *args, **kwargs
            Arguments of the function, for whose kinds the derivative is saved; without them, that used last.
        include : bool
            Write functions of yours that the text calls (those with rules of their own) into the module, with the constants
            that they read as these are now; by default they are imported by their qualified names.

        Raises
        ------
        UnsupportedError
            If something that the text needs can be neither imported nor written.
        """
        from srcad.saving import module_text, write

        variant = self._variant(*self._calling.bind(args, kwargs)) if args or kwargs else self._shown()
        if getattr(variant.function, "boundary", None) is not None:
            raise ArgumentError("compiled code takes the items of lists, dicts and objects, which a module of its own cannot do",
                                'save the derivative made without backend="numba"')
        write(path, module_text(self, variant, include))

    def _shown(self) -> Variant:
        if self._latest is None:
            calling = self._calling
            wanted = max((w + 1 for w in self.which if isinstance(w, int)), default=1)
            layout = calling.layout(max(0, wanted - calling.layout(0, ()).positional) if calling.variadic else 0, ())
            declared = dict(zip((p.name for p in calling.parameters), calling.parameters))
            refused: list[SrcadError] = []
            for fallback, rank in _GUESSES:
                kinds = tuple(_declared_kind(declared.get(name), name, fallback, rank, self.small_axes) for name in layout.names)
                try:
                    self._latest = self._compile_kinds(kinds, layout, self.request(layout))
                    break
                except SrcadError as error:
                    refused.append(error)
            else:
                first = refused[0]
                if all(e.reason == first.reason for e in refused):
                    raise first.public() from None
                raise KindError(f"{self._primal_name()} has not been called yet, and with numbers for the arguments that are "
                                f"not annotated: {first.reason}", "call it once, or annotate its arguments (x: np.ndarray)",
                                first.location) from None
        return self._latest

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        count = len(self.variants)
        made = "no variants yet" if not count else "1 variant" if count == 1 else f"{count} variants"
        return f"<{type(self).__name__} of {self._primal_name()} with respect to {self.by()}: {made}>"

    def _primal_name(self) -> str:
        return getattr(self.primal, "__qualname__", None) or name_of(self.primal)

    def by(self) -> str:
        """The differentiated arguments, by name where that is known."""
        names = [p.name for p in self._calling.parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        named = [names[w] if isinstance(w, int) and -len(names) <= w < len(names) else str(w) for w in self.which]
        return ", ".join(named) or "nothing"

    def _doc(self) -> str:
        name = name_of(self.primal)
        own = inspect.getdoc(self.primal) if not isinstance(self.primal, functools.partial) else None
        return f"{self.what} of {name} with respect to {self.by()}." + (f"\n\n{name}: {own}" if own else "")

    what = "The gradient"

    # --- pickling, methods --------------------------------------------------------------------------------------------

    def __reduce__(self):
        options = {"has_aux": self.has_aux, "optimize": self.optimize, "disconnected": self.disconnected,
                   "backend": self.backend, "fastmath": self.fastmath, "small_axes": self.small_axes}
        which = (self.which[0] if self.single else self.which,)
        name = getattr(self.primal, "__qualname__", "")
        module = sys.modules.get(getattr(self.primal, "__module__", None) or "")
        found = functools.reduce(lambda o, n: getattr(o, n, None), name.split("."), module) if name else None
        if found is self:
            return _find, (self.primal.__module__, name)
        return _rebuild, (type(self), self.primal, *which, options)

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if self.single and self.which == (0,):
            raise ArgumentError(f"the first argument of the method {self._primal_name()} is the object itself, and the "
                                "derivative would be with respect to that", "give argnums=1 for the argument after it; for a "
                                "derivative with respect to the object, argnums=(0,)")
        return types.MethodType(self, instance)

    # --- in other processes -------------------------------------------------------------------------------------------

    __srcad_parts__ = ("_target", "_bound")

    def __srcad_describe__(self) -> tuple:
        """What its text depends on, but for what is bound to it (`srcad.diskcache`)."""
        return (self.which, self.single, self.has_aux, self.optimize, self.disconnected, self.backend,
                self.fastmath, self.small_axes, self._target, None if self._bound is None else type(self._bound))

    # --- inside differentiated code -----------------------------------------------------------------------------------

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        """A call of this derivative in a program that is being specialised."""
        from srcad.nested import call_derivative

        return call_derivative(self, s, args, kwargs, hint)


def _which(argnums, argnames) -> tuple[bool, tuple]:
    """(is it one argument?, argnums or argnames)"""
    if argnames is not None:
        names = (argnames,) if isinstance(argnames, str) else argnames
        if not isinstance(names, tuple | list) or not all(isinstance(n, str) for n in names):
            raise ArgumentError(f"argnames={argnames!r} is neither a name nor a tuple of names",
                                "name arguments by argnames, count them by argnums")
        if argnums not in (0, ()) and tuple(names) != argnums:
            raise ArgumentError("both argnums and argnames are given", "give one of them")
        if len(set(names)) != len(names):
            raise ArgumentError(f"argnames={argnames!r} names an argument twice", "give each once")
        return isinstance(argnames, str), tuple(names)
    if isinstance(argnums, int | np.integer) and not isinstance(argnums, bool):
        return True, (int(argnums),)
    try:
        if isinstance(argnums, bool) or any(isinstance(a, bool) or int(a) != a for a in argnums):
            raise TypeError
        which = tuple(int(a) for a in argnums)
    except (TypeError, ValueError):
        raise ArgumentError(f"argnums={argnums!r} is neither an int nor a tuple of ints",
                            "count the arguments from 0, or name them by argnames") from None
    if len(set(which)) != len(which):
        raise ArgumentError(f"argnums={argnums!r} names an argument twice", "give each once")
    return False, which


def _roundings(fastmath, backend: str) -> tuple[str, ...]:
    """The flags of `fastmath`, in order."""
    flags = set(ROUNDINGS if fastmath is True else () if fastmath is False else
                (fastmath,) if isinstance(fastmath, str) else fastmath)
    if not flags <= set(ROUNDINGS):
        wrong = ", ".join(sorted(map(repr, flags - set(ROUNDINGS))))
        raise ArgumentError(f"fastmath={fastmath!r}: derivatives need NaN, infinity and the library's functions as they are, and "
                            f"{wrong} would change these", f"use some of {', '.join(map(repr, ROUNDINGS))}, or True for all four")
    if flags and backend != "numba":
        raise ArgumentError(f"fastmath is an option of Numba, and backend={backend!r}", 'add backend="numba"')
    return tuple(sorted(flags))


def _length(small_axes) -> int:
    """The option of this name, checked."""
    if isinstance(small_axes, bool) or not isinstance(small_axes, int | np.integer) or small_axes < 0:
        raise ArgumentError(f"small_axes={small_axes!r} is not a length",
                            "give the length of the longest axis that is to be known, or 0 for none")
    return int(small_axes)


def _target(primal):
    """(what is compiled, the object it is bound to or None)"""
    if isinstance(getattr(primal, "py_func", None), types.FunctionType):
        return primal.py_func, None           # compiled by Numba: its Python source is there
    if isinstance(primal, types.MethodType) and isinstance(primal.__func__, types.FunctionType):
        if (primal.__func__.__module__ or "").partition(".")[0] in ("numpy", "scipy"):
            return primal, None               # a library's method has a rule as the method of this very object
        return primal.__func__, primal.__self__
    if isinstance(primal, staticmethod):
        return primal.__func__, None
    code = types.FunctionType | types.BuiltinFunctionType | np.ufunc | Derivative | functools.partial
    if not isinstance(primal, code) and not hasattr(primal, "__srcad_call__") and isinstance(
            type(primal).__call__, types.FunctionType):
        return type(primal).__call__, primal
    return primal, None


def _key(value):
    """What a variant is found by: equal exactly if the kinds are."""
    if type(value) is np.ndarray:
        shape = value.shape
        return (value.dtype, len(shape), 1 in shape and tuple([n == 1 for n in shape]))
    return kind_of(value)


def _key_with_lengths(small: int) -> Callable:
    """The same where axes of up to so many elements have known lengths."""
    def key(value):
        if type(value) is np.ndarray:
            shape = value.shape
            return (value.dtype, shape if 0 < value.size <= small else tuple([n if n == 1 or n <= small else 0 for n in shape]))
        return kind_of(value, small=small)

    return key


def _argument_kind(value, name: str, differentiated: bool, derivative):
    kind = kind_of(value, name, derivative.small_axes)
    if differentiated:
        if isinstance(value, bool | np.bool_):
            return FLOAT
        if isinstance(kind, Scalar) and kind.base is int:
            return FLOAT
    if differentiated and type(value) is np.ndarray and value.dtype.kind == "O":
        raise KindError(f"the argument {name} is an array of objects", "pass an array of floats: x.astype(float)")
    if isinstance(value, np.ndarray) and type(value) is not np.ndarray:
        raise KindError(f"the argument {name} is a {type(value).__name__}, a subclass of ndarray",
                        "pass a plain array: np.asarray(x)")
    return kind


#: What an annotation, or its text, says of an argument.
_ANNOTATED: dict[type | str, object] = {float: FLOAT, int: Scalar(int), complex: Scalar(complex)}
_ANNOTATED |= {cls.__name__: kind for cls, kind in list(_ANNOTATED.items()) if isinstance(cls, type)}
_ARRAYS = (np.ndarray, "np.ndarray", "numpy.ndarray", "ndarray")


def _declared_kind(parameter: inspect.Parameter | None, name: str, fallback: int, rank: int, small: int):
    """The kind that an annotation or a default tells, else an array of rank `fallback`; annotated arrays are of `rank`."""
    annotation = default = inspect.Parameter.empty
    if parameter is not None:
        annotation, default = parameter.annotation, parameter.default
    if isinstance(annotation, type | str):
        if annotation in _ARRAYS:
            return _floats(name, rank)
        if annotation in _ANNOTATED:
            return _ANNOTATED[annotation]
    return _floats(name, fallback) if default is inspect.Parameter.empty else kind_of(default, name, small)


def _floats(name: str, rank: int):
    """The kind of a float64 array of this rank that nobody has seen; of a float for rank 0."""
    return Array(np.dtype(np.float64), tuple(Size(f"{name}.{k}", True) for k in range(rank))) if rank else FLOAT


def _is_sound(variant: Variant) -> bool:
    return variant.generation == registry.generation and all([g.holds() for g in variant.guards])


def _is_current(variant: Variant) -> bool:
    """Does what the variant was compiled for still hold?"""
    if variant.quick is None:
        from srcad.guards import checked

        variant.quick = checked(variant.function, variant.guards, variant.generation)
    try:
        if variant.quick() is None:
            return False
    except ABSENT:
        return False
    for datum, kind in zip(variant.data, variant.data_kinds):
        found = kind_of(datum.read(), datum.stem, variant.small_axes)
        if found is not kind and found != kind:
            return False
    return True


def check_not_read(values: list, variant: Variant) -> None:
    """Raise ValueError if the function changes a container that it also reads from where it is kept outside: what it reads
    there is read before the call."""
    owners: set = set()
    for datum in variant.data:
        owners.update(id(owner) for owner in (datum.read(), *owners_of(datum.read)))
    waiting = [values[k] for k in variant.held]
    seen: set = set()
    while waiting:
        value = waiting.pop()
        items = items_of(value)
        if items is None or id(value) in seen:
            continue
        seen.add(id(value))
        if id(value) in owners:
            raise ValueError("an object is an argument that is changed, and is read as a global too: pass a copy of it")
        waiting += items


def note_place(error: Exception) -> None:
    """Tell, in the traceback of an error raised in generated code, which line of the user's it came from."""
    if isinstance(error, SrcadError):
        return
    place, code = None, None
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename.startswith("<srcad "):
            place = user_location(code.co_filename, traceback.tb_lineno) or place
        traceback = traceback.tb_next
    if code in CHECKS:
        raise KindError(str(error), CHECKS[code], place or NOWHERE) from None
    if place is not None:
        note = f"in the derivative of this line:\n{place.show()}"
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)


#: What generated code checks when it runs: the code of the check, and what to do about it.
CHECKS = {
    runtime.scalar_seed.__code__:
        "return one number on every path, or use jacobian for all derivatives of all elements, vjp to give weights to them",
    runtime.fit_derivative.__code__: "let the rule return a derivative of the shape of that value",
}


def _levels_to_the_caller() -> int:
    """How far up the stack, for a warning, the first code is that is not srcad's."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "srcad":
        frame, level = frame.f_back, level + 1
    return level


def _find(module: str, qualname: str):
    return functools.reduce(getattr, qualname.split("."), importlib.import_module(module))


def _rebuild(cls, primal, argnums, options):
    names = all(isinstance(a, str) for a in (argnums if isinstance(argnums, tuple) else (argnums,)))
    return cls(primal, argnames=argnums, **options) if names else cls(primal, argnums, **options)
