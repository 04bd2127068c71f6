"""Lengths of axes in kinds: whatever a kind claims must be so when the program runs.

The corpus, its typed Traces and those of its derivatives, is executed operation by operation; the kind of each result is
compared with the result.
"""

from __future__ import annotations

import linecache

import corpus  # noqa: F401  (registers the programs)
import numpy as np
import pytest
from corpus.registry import PROGRAMS

import srcad
from srcad.modes import Gradient, TangentFunction
from srcad.structure import items_of, with_items
from srcad.testing import random_like
from srcad.trace import interpret
from srcad.trace.ir import UNDEF
from srcad.trace.kinds import Array, DictOf, ListOf, Struct, TupleOf

SMALL = 64
#: Of what a Trace alone does not say what is caught, or what class a method is of.
NOT_INTERPRETED = {"exceptions", "managers", "idioms.items_as_floats"}


def fresh(tree):
    match tree:
        case dict():
            return {key: fresh(item) for key, item in tree.items()}
        case np.ndarray():
            return tree.copy()
    return with_items(tree, fresh) if items_of(tree) is not None else tree


def assert_holds(kind, value, what) -> int:
    """See that a value has the axes that its kind claims; how many lengths were compared."""
    if value is UNDEF or value is None:                  # what an operation in place leaves has no target
        return 0
    match kind:
        case Array(dims=dims) if dims is not None:
            shape = np.shape(value)
            assert len(shape) == len(dims), (what, kind, shape)
            assert all(n == d for n, d in zip(shape, dims) if isinstance(d, int)), (what, kind, shape)
            return sum(isinstance(d, int) for d in dims)
        case TupleOf(items=items):
            return sum(assert_holds(k, v, what) for k, v in zip(items, value, strict=True))
        case ListOf(items=None, element=element):
            return sum(assert_holds(element, v, what) for v in value)
        case ListOf(items=items):
            return sum(assert_holds(k, v, what) for k, v in zip(items, value, strict=True))
        case DictOf(keys=keys, values=values):
            return sum(assert_holds(k, value[key], what) for key, k in zip(keys, values))
        case Struct(names=names, items=items):
            return sum(assert_holds(k, getattr(value, n), what) for n, k in zip(names, items))
    return 0


class Watched:
    """Counts the lengths that were found as claimed."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, stmt, args, value) -> None:
        self.count += assert_holds(stmt.target.kind, value, (stmt.fn, stmt.loc))


@pytest.mark.parametrize("share", [pytest.param(k, marks=pytest.mark.slow if k > 3 else ()) for k in range(16)])
def test_what_kinds_claim_is_so(share):
    watched, ran = Watched(), 0
    for program in PROGRAMS[share::16]:
        if program.name.partition(".")[0] in NOT_INTERPRETED or program.name in NOT_INTERPRETED:
            continue
        for args in program.points:
            ran += look_at(program, fresh(args), watched)
    assert watched.count > 100 and ran > 20


def look_at(program, args: tuple, watched: Watched) -> bool:
    floated = tuple(float(a) if k in program.argnums and type(a) is int else a for k, a in enumerate(args))
    value = program.function(*fresh(floated), **program.kwargs)
    rng = np.random.default_rng(0)
    for optimize in (True, False):
        if isinstance(value, float | np.floating):
            g = Gradient(program.function, program.argnums, disconnected="zeros", small_axes=SMALL, optimize=optimize)
            run(g, fresh(floated), program.kwargs, (), watched)
        f = TangentFunction(program.function, program.argnums, small_axes=SMALL, optimize=optimize)
        directions = tuple(random_like(floated[k], rng) for k in program.argnums)
        run(f, fresh(floated), program.kwargs, directions, watched)
    return True


def run(derivative, args: tuple, kwargs: dict, extra: tuple, watched: Watched) -> None:
    values, layout = derivative._calling.bind(args, kwargs)
    variant = derivative._variant(values, layout)
    for k in variant.to_float:
        values[k] = float(values[k])
    data = [d.read() for d in variant.data]
    with np.errstate(all="ignore"):
        interpret.run(variant.trace, *values, *extra, *data, on_apply=watched)


#: Of vectors x, y of three elements and a matrix m of three rows and columns.
EXPRESSIONS = """
np.sum(np.zeros_like(x, shape=(5,)) + x[0])
np.sum(np.full_like(x, 2.0, shape=(2,)) * x[1])
np.sum(np.clip(x[:1], a_min=y, a_max=None))
np.sum(np.clip(x[:1], min=y, max=None))
np.sum(np.add(x[:1], x[1:2], out=np.empty(3)) * y)
np.sum(np.add(x[:1], 1.0, where=np.array([True, True, True]), out=np.ones(3)))
np.sum(np.cross(m, m.T, axis=0))
np.sum(x[-2:] * y[:2])
np.sum(x[-9:] * y)
np.sum(x[:-1] * y[1:])
np.sum(x[5:]) + x[0]
np.sum(x[::2]) * np.sum(x[::-1] * y)
np.sum(x[2:0:-1] * y[:2])
np.sum(np.array(x, ndmin=2) * m)
np.sum(np.array([x, y]) @ y)
np.sum(np.array((x, y)).T[0])
np.sum(np.array([x[:1], y[:1]]))
np.sum(np.array([[x[0], x[1]], [y[0], y[2]]]) @ x[:2])
np.sum(np.concatenate([x, y, x[:1]])[3:6] * y)
np.sum(np.stack([x, y], axis=1)[:, 0] * y)
np.sum(np.hstack([x, y])[:3] * y)
np.sum(np.vstack([x, y])[1] * x)
np.sum(np.atleast_2d(x)[0] * y)
np.sum(np.append(x, y)[1:4] * x)
np.sum(x[None, :] * m + x[:, None])
np.sum(x[..., None] * y)
np.sum(m[1] * x + m[:, 2])
np.sum(m[1:] @ x)
np.sum(m[:, :2] @ x[:2])
np.sum(np.dot(m, x) * y)
np.sum(np.dot(x, m)[:2])
np.sum(np.outer(x, y[:2])[0])
np.sum(np.tile(x, 2)[:3] * y)
np.sum(np.repeat(x, 2)[:3] * y)
np.sum(np.diag(m) * x)
np.sum(np.diag(x) @ y)
np.sum(np.roll(x, 1) * y)
np.sum(np.flip(x) * y)
np.sum(np.sort(m, axis=None)[:3] * y)
np.sum(np.ravel(m)[:3] * x)
np.sum(m.reshape(-1)[:3] * x)
np.sum(m.flatten()[2:5] * x)
np.sum(np.where(x > 1.0, x, y) * y)
np.sum(x[x > 1.0]) + x[0]
np.sum(x[[0, 2]] * y[:2])
np.sum(x[np.array([0, 1, 1, 2])])
np.sum(np.take(x, [0, 1]) * y[:2])
np.sum(np.einsum('ij,j->i', m, x) * y)
np.sum(np.linalg.solve(m + 4 * np.eye(3), x) * y)
np.sum(np.broadcast_to(x, (2, 3))[0] * y)
np.sum(np.ones(3) * x) + np.sum(np.arange(3) * x) + np.sum(np.linspace(0, 1, 3) * x)
np.sum(np.cumsum(x) * y) + np.sum(np.cumsum(m)[:3] * y)
np.sum(np.diff(x) * y[:2])
np.sum(np.split(x, 3)[0] * y)
np.sum(np.squeeze(x[None]) * y)
np.sum(np.mean(m, axis=0) * x) + np.sum(np.sum(m, axis=1, keepdims=True) * x)
np.sum(np.max(m, axis=1) * x)
np.sum(np.insert(x, 1, 2.0)[:3] * y)
np.sum(np.delete(x, 1) * y[:2])
np.sum(np.pad(x, 1)[1:4] * y)
np.sum(np.kron(x, y)[:3] * y)
np.sum(np.trace(m) * x) + np.sum(np.tril(x))
np.sum(np.interp(x, np.array([0., 1., 5.]), y))
np.sum(np.polyval(x, 2.0) * y) + np.sum(np.convolve(x, y)[:3] * y)
np.sum(np.matmul(m, x) * y) + np.sum(np.vdot(x, y)) + np.inner(x, y)
np.sum(np.nan_to_num(x) * np.real(y)) + np.sum(np.conj(x))
np.sum(np.meshgrid(x, y)[0] @ y)
np.sum(np.moveaxis(m, 0, 1)[0] * x) + np.sum(np.swapaxes(m[:2], 0, 1)[:, 0] * x)
np.sum(np.rot90(m)[0] * x) + np.sum(np.expand_dims(x, 0)[0] * y)
np.sum(np.asarray([x[0], x[1]]) * y[:2]) + np.sum(np.array(list(x)) * y)
np.sum(np.array([v * 2 for v in x]) * y)
sum(a * b for a, b in zip(x, y))
np.sum(np.zeros(len(x)) + x) + np.sum(np.zeros(x.shape) * y)
np.sum(np.linalg.norm(m, axis=1) * x)
np.sum(np.triu(m)[0] * x) + np.sum(np.cov(m)[0] * x)
np.sum(np.unstack(m)[0] * x)
np.sum(np.column_stack([x, y])[:, 1] * x)
np.sum(np.fft.rfft(x).real[:2] * y[:2])
np.sum(np.r_[x, y][:3] * x)
np.sum(np.c_[x, y][:, 0] * x)
np.sum(np.ldexp(x, np.array([1, 2, 3])))
np.sum(np.choose([0, 1, 0], [x, y]) * x)
np.sum(np.select([x > 1, x <= 1], [x, y]) * y)
np.sum(np.resize(x, 5)[:3] * y)
np.sum(np.compress([True, False, True], x) * y[:2])
np.sum(np.array([x, x, x]).sum(axis=0) * y)
np.sum(np.minimum.reduce(m) * x) + np.sum(np.add.reduce(m, axis=1) * x)
np.sum(np.multiply.outer(x, y)[0] * x)
np.sum(np.add.accumulate(x) * x)
""".strip().splitlines()


class Expression:
    """An expression as a program."""

    argnums = (0, 1, 2)

    def __init__(self, text: str) -> None:
        lines = ["import numpy as np\n", "def f(x, y, m):\n", f"    return {text}\n"]
        filename, namespace = f"<{text}>", {"__name__": "expression"}
        linecache.cache[filename] = (1, None, lines, filename)
        exec(compile("".join(lines), filename, "exec"), namespace)
        self.function, self.kwargs = namespace["f"], {}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expressions(text):
    program = Expression(text)
    args = np.array([0.5, 1.5, 2.5]), np.array([1.2, 0.3, 2.2]), np.random.default_rng(0).random((3, 3))
    assert look_at(program, fresh(args), Watched())
    options = {"argnums": (0, 1, 2), "disconnected": "zeros"}
    for one, other in zip(srcad.grad(program.function, small_axes=9, **options)(*args),
                          srcad.grad(program.function, optimize=False, **options)(*args)):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def test_lengths_are_kinds():
    def f(x):
        return np.sum(x * x)

    g = srcad.grad(f, small_axes=4)
    for n in (1, 2, 3, 4, 5, 6, 0, 3, 5):
        x = np.arange(float(n))
        np.testing.assert_array_equal(g(x), 2.0 * x)
    assert sorted(str(v.kinds[0]) for v in g.variants) == ["float64[1]", "float64[2]", "float64[3]", "float64[4]", "float64[x.0]"]
