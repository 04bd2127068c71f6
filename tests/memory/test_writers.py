"""Functions and methods that write to an array, windows that are only read, and pieces taken apart: one hazard each."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.errors import SrcadError, UnsupportedError

from .programs import A, Programs, X, Y, check_case

program = Programs()


@program(X)
def put(x):
    np.put(x, [0, 2], x[1] * 2.0)
    return (x * x).sum()


@program(X)
def putm(x):
    x.put([0, 2], x[1:3] * 2.0)
    return (x * x).sum()


@program(X)
def place(x):
    np.place(x, np.array([True, False, True, False]), x[2:] * x[0])
    return (x * x).sum()


@program(X, Y)
def putmask(x, y):
    np.putmask(x, np.array([True, False, True, True]), y * x)
    return (x * x).sum()


@program(X)
def partition(x):
    x.partition(2)
    return x[:2].sum() * x[2]


@program(A)
def fill_diagonal(a):
    np.fill_diagonal(a, a[0, 1] * a[0, 2])
    return (a * a).sum()


@program(A)
def put_along(a):
    np.put_along_axis(a, np.array([[0], [1], [2]]), a[:, :1] * 2.0, axis=1)
    return (a * a).sum()


@program(X)
def add_at(x):
    np.add.at(x, [0, 0, 2], x[1:] * x[0])
    return (x * x).sum()


@program(X)
def sub_at(x):
    np.subtract.at(x, [0, 0, 2], x[1:] * x[0])
    return (x * x).sum()


@program(X)
def mul_at(x):
    np.multiply.at(x, [0, 0, 2], x[1:] * x[0])
    return (x * x).sum()


@program(X, complex_step=False)
def max_at(x):
    np.maximum.at(x, [0, 0, 2], x[1:] * 2.0)
    return (x * x).sum()


@program(X)
def neg_at(x):
    np.negative.at(x, [0, 2])
    return (x * np.arange(4.0)).sum()


@program(X)
def flat_write(x):
    x.flat[1] = x[0] * x[2]
    return (x * x).sum()


@program(A)
def flat_write2(a):
    a.flat[5] = a[0, 1] * a[0, 2]
    a.flat[::2] = a.flat[1::2]
    a.flat[[0, 3]] *= 2.0
    return (a * a).sum()


@program(A)
def flat_all(a):
    a.flat = np.arange(12.0) * a[0, 0]
    return (a * a).sum()


@program(A)
def flat_read(a):
    a[0] *= 2.0
    return (a.flat[3] * a.flat[[1, 2]]).sum()


@program(A)
def diag_view(a):
    d = np.diagonal(a)
    a[0, 0] *= a[1, 1]
    return (d * d).sum()


@program(A[:, :3].copy())
def diag_view2(a):
    d = a.diagonal()
    a[0, 0] *= a[1, 1]
    return (d * d).sum()


@program(A[:, :3].copy())
def diag_np(a):
    d = np.diag(a)
    a[0, 0] *= a[1, 1]
    return (d * d).sum()


@program(X)
def split(x):
    a, b = np.split(x, 2)
    a *= b
    return (x * x).sum()


@program(X)
def hsplit(x):
    p = np.split(x, [1, 3])
    p[0][0] = p[1][0] * p[2][0]
    return (x * x).sum()


@program(X)
def bcast(x):
    b = np.broadcast_to(x, (2, 4))
    x[0] = x[1] * x[2]
    return (b * b).sum()


@program(X, complex_step=False)
def realimag(x):
    z = x + 1j * x
    z.real = x * x
    z.imag[1] = x[0]
    return (z * z).real.sum()


@program(X, complex_step=False)
def real_write(x):
    z = x * (1 + 2j)
    z.real *= 2.0
    z.imag += x
    z.imag[:2] = z.real[1:3]
    return np.real(z * z).sum()


@program(X)
def copyto_where(x):
    np.copyto(x, x * x, where=np.array([True, False, True, False]))
    return (x * x).sum()


@program(X)
def ufunc_where(x):
    np.multiply(x, 2.0, out=x, where=np.array([True, False, True, False]))
    return (x * x).sum()


@program(A)
def sortaxis(a):
    a.sort(axis=0)
    return (a * np.arange(12.0).reshape(3, 4)).sum()


@program(A)
def sort0(a):
    a.sort(0)
    a.sort()
    return (a * np.arange(12.0).reshape(3, 4)).sum()


@program(X)
def setter(x):
    x.__setitem__(0, x[1] * x[2])
    return (x * x).sum()


@program(X)
def inplace_ops(x):
    np.add(x[1:], x[:-1], x[1:])
    return (x * x).sum()


@program(A)
def cumsum_out(a):
    np.cumsum(a, axis=0, out=a)
    return (a * a).sum()


@program(A, complex_step=False)
def dot_out(a):
    o = np.zeros((3, 3))
    np.dot(a, a.T, out=o)
    np.matmul(a, a.T, out=o)
    return (o * o).sum()


@program(X)
def clip_out(x):
    x.clip(0.4, 0.9, out=x)
    return (x * x).sum()


@program(A)
def swapaxes_w(a):
    np.swapaxes(a, 0, 1)[1] = 2.0 * a[0, 0]
    np.moveaxis(a, 0, 1)[0, 0] *= a[1, 1]
    return (a * a).sum()


@program(A)
def expanddims(a):
    b = np.expand_dims(a, 0)
    b[0, 1] *= a[0]
    np.atleast_2d(a)[0] = a[1]
    return (a * a).sum()


@program(A)
def asarr(a):
    np.asarray(a)[0] *= a[1]
    np.ascontiguousarray(a)[1] *= a[0]
    return (a * a).sum()


@program(A)
def viewm(a):
    b = a.view()
    b[0] *= a[1]
    return (a * a).sum()


@program(X)
def flipw(x):
    np.flip(x)[0] = x[0] * x[1]
    x[::-1][1] = x[2] ** 2
    return (x * x).sum()


@program(A)
def nditer_like(a):
    for i in range(a.size):
        a.flat[i] = a.flat[i] * a.flat[i - 1]
    return (a * a).sum()


@program(A)
def flat_iter(a):
    s = 0.0
    for v in a.flat:
        s = s + v * v
    a[0] = s
    return (a * a).sum()


@program(A)
def ravel_multi(a):
    a.ravel()[:4] = a[1] * 2.0
    a.flatten()[0] = 9.0
    return (a * a).sum()


@program(A)
def unpackrows(a):
    r, s, t = a
    r *= s
    t[:] = r
    return (a * a).sum()


@program(X)
def where_out(x):
    x[x.real > 0.4] = 0.1 * x[0]
    return (x * x).sum()


@program(X)
def bool_aug(x):
    x[x.real > 0.4] *= x[0]
    return (x * x).sum()


@program(A)
def ix(a):
    a[np.ix_([0, 2], [1, 3])] = a[0, 0] * 2.0
    return (a * a).sum()


@program(A)
def tupidx(a):
    i = np.array([0, 1])
    j = np.array([1, 1])
    a[i, j] += a[j, i]
    return (a * a).sum()


@program(A)
def listidx(a):
    a[[0, 0]] = a[1:] * 2.0
    a[[0, 0], 1] += 1.5 * a[1, 1]
    return (a * a).sum()


@program(X)
def view_made_before_the_write(x):
    v = x[1:]
    x[1] = x[0] * x[2]
    return (v * v).sum()


@program(X, Y)
def window_read_between_writes(x, y):
    b = np.broadcast_to(x, (2, 4))
    s = (b * y).sum()
    x[0] = x[1] * x[2]
    s = s + (b * b * y).sum()
    x *= 2.0
    return s + (b[1, 1:] * y[0]).sum()


@program(A)
def diagonal_in_a_loop(a):
    s = 0.0
    for i in range(3):
        d = np.diagonal(a)
        a[i, i] = d.sum() * a[i, 3]
        s = s + d[i] * d[0]
    return s


@program(A)
def put_wraps(a):
    np.put(a, [1, 14, -1], a[0, :2] * a[1, 1], mode="wrap")
    a.put([-5, 20], a[1, 1] * a[0, 0], mode="clip")
    return (a * a).sum()


@program(X)
def maximum_at_of_repeats(x):
    np.divide.at(x, (np.array([0, 0, 1]),), x[1:] + 2.0)
    np.power.at(x, [3, 3], 2.0)
    np.add.at(x, 1, x[0])
    np.multiply.at(x, slice(0, 2), x[2:])
    return (x * x).sum()


@program(X, complex_step=False)
def rounds_in_order(x):
    np.arctan2.at(x, [0, 0, 1, 0], np.array([0.5, 1.5, 0.7, 2.5]) * x)
    return (x * x).sum()


@program(A)
def matrix_at(a):
    np.multiply.at(a, ([0, 1, 0], [1, 1, 1]), a[2, :3])
    np.subtract.at(a, (slice(None), 2), a[:, 0])
    return (a * a).sum()


@program(A, complex_step=False)
def minimum_at(a):
    np.minimum.at(a[0], [1, 1, 2], np.array([0.15, 0.3, 0.4]) * a[1, 1])
    return (a * a).sum()


@program(X)
def flat_of_a_vector(x):
    x.flat[-1] *= x[0]
    x.flat[np.array([True, False, True, False])] = x[1:3] * 2.0
    return (x * x).sum()


@program(A)
def flat_of_a_transpose(a):
    a.T.flat[1:5] = a[1] * a[0, 0]
    a[1:, ::2].flat[[0, -1]] += a[0, 0]
    return (a * a).sum()


@program(A)
def unpacked_and_swapped(a):
    r, s, t = a
    r[0], s[1] = s[1] * t[2], r[0]
    return (a * a).sum()


@program(A)
def split_columns(a):
    left, right = np.hsplit(a, 2)
    left *= right
    top, bottom = np.vsplit(a, [1])
    bottom[0] = top[0] * 2.0
    return (a * a).sum()


@program(A)
def numbers_of_a_window(a):
    for i in range(2):
        for v in np.diagonal(a):
            a[i, 3] += v * v
    return (a * a).sum()


@program.each()
def test_writer(case):
    check_case(case)


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2], lambda a: a[::-1]])
@pytest.mark.parametrize(
    "name", ["flat_write2", "flat_all", "put_along", "matrix_at", "unpackrows", "split_columns", "diag_view", "fill_diagonal"]
)
def test_layouts(name, layout):
    for function, args, options in program:
        if function.__name__ == name:
            check_case((function, tuple(map(layout, args)), options))


# --- what is refused, and what is raised ------------------------------------------------------------------------------


def shuffled(x):
    np.random.shuffle(x)
    return x.sum()


def resized(x):
    x.resize(2)
    return x.sum()


def shape_assigned(a):
    a.shape = (4, 3)
    return a[0].sum()


def flags_set(x):
    x.setflags(write=False)
    return x.sum()


def window_in_a_branch(x):
    b = x[None]
    if x[0] > 0:
        b = np.broadcast_to(x, (1, 4))
    x[0] = 2.0
    return (b * b).sum()


def window_written(x):
    b = np.broadcast_to(x, (1, 4))
    b[0, 0] = x[1] * 2.0
    return b.sum()


def rank_depends(a):
    b = a[:1].squeeze()
    b[0] *= 2.0
    return a.sum()


@pytest.mark.parametrize("function", [shuffled, resized, shape_assigned, flags_set, window_in_a_branch, window_written])
def test_refused(function):
    x = A if function is shape_assigned else X
    with pytest.raises(UnsupportedError) as refusal:
        srcad.grad(function)(x.copy())
    assert "    " in str(refusal.value)


def test_a_rank_that_depends_on_sizes_is_not_guessed():
    with pytest.raises(SrcadError):
        srcad.grad(rank_depends)(A.copy())


def placed_from_itself(x):
    np.place(x, np.array([False, True, True, True]), x[:-1])
    return x.sum()


def flat_from_itself(x):
    x.flat[1:] = x[:-1]
    return x.sum()


@pytest.mark.parametrize("function", [placed_from_itself, flat_from_itself])
def test_elements_given_one_by_one_to_their_own_array(function):
    with pytest.raises(ValueError, match="order"):
        srcad.grad(function)(X.copy())


def unequal(x):
    a, b = np.split(x[:3], 2)
    a *= b
    return x.sum()


def too_many(a):
    r, s = a
    r *= s
    return a.sum()


def outside(a):
    a.flat[12] = 2.0
    return a.sum()


@pytest.mark.parametrize("function", [unequal, too_many, outside])
def test_raises_what_numpy_raises(function):
    x = X if function is unequal else A
    with pytest.raises((ValueError, IndexError)) as own:
        function(x.copy())
    for derivative in (srcad.grad(function), lambda x: srcad.tangent(function)(x, x.copy())):
        with pytest.raises(own.type) as found:
            derivative(x.copy())
        assert str(found.value).partition("\n")[0] == str(own.value) or own.type is ValueError


def slice_added_to(x, y):
    a = x * 1.0
    a[1:3] += y
    return (a * a).sum()


def test_a_slice_that_is_added_to_is_written_once():
    for derivative in (srcad.adjoint(slice_added_to, argnums=(0, 1)), srcad.tangent(slice_added_to, argnums=(0, 1))):
        derivative(np.ones(4), np.ones(2), *(() if derivative.mode == "adjoint" else (np.ones(4), np.ones(2))))
        assert "a[1:3] =" not in derivative.source
