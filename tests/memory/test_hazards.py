"""One hazard of memory a program: each is differentiated exactly, or refused."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.errors import LostDerivativeError, SrcadError, UnsupportedError

from .check import check

X = np.array([0.3, 0.5, 0.7, 1.1])
Y = np.array([0.2, -0.4, 0.9, 0.6])
A = np.arange(12.0).reshape(3, 4) / 10 + 0.1


def element(x):
    x[1] = x[0] * x[2]
    return x.sum()


def element_read_before(x):
    a = x[1]
    x[1] = np.sin(x[2])
    return a * x[1]


def overwritten_by_constant(x):
    x[1] = 2.0
    return (x * x).sum()


def dead_write(x):
    x[0] = x[1] * x[2]
    x[0] = x[3]
    return x.sum()


def product_of_overlapping(x):
    x[1:-1] += x[:-2] * x[2:]
    return (x * x).sum()


def square_in_place(x):
    x += x * x
    return (x * x).sum()


def times_itself(x):
    x *= x
    return x.sum()


def divided_by_itself_reversed(x):
    x /= x[::-1]
    return x.sum()


def shift(x):
    x[1:] += x[:-1]
    return (x * x).sum()


def reverse_all(x):
    x[:] = x[::-1]
    return (x * np.arange(4.0)).sum()


def add_reversed(x):
    x += x[::-1]
    return (x * np.arange(4.0)).sum()


def swap_elements(x):
    x[0], x[3] = x[3], x[0]
    return x[0] * 2.0 + x[3] * x[1]


def bubble_sort(x):
    n = x.shape[0]
    for i in range(n):
        for j in range(n - 1 - i):
            if np.real(x[j]) < np.real(x[j + 1]):
                x[j], x[j + 1] = x[j + 1], x[j]
    return x[0] * x[1] + 3.0 * x[2] * x[3]


def saved_by_rule_then_overwritten(x):
    e = np.exp(x)
    e += x
    return e.sum()


def view_of_view(x):
    v = x[1:][::-1]
    w = v[:2]
    w *= 3.0
    return (x * x).sum()


def transposed_view(a):
    t = a.T
    t[1] *= a[0, 1]
    return (a * a).sum()


def row_view(a):
    row = a[1]
    row[:] = np.sin(row) * a[0]
    return (a * a).sum()


def rows_in_place(a):
    for row in a:
        row *= row[0]
    return (a * a).sum()


def column(a):
    a[:, 1] = a[:, 2] * a[:, 0]
    return a.sum()


def ravel_view(a):
    v = a.ravel()
    v[2] *= v[3]
    return (a * a).sum()


def ravel_copy(a):
    v = a.T.ravel()
    v[2] *= v[3]
    return (a * a).sum() + v.sum()


def reshape_view(x):
    m = x.reshape(2, 2)
    m[0] *= m[1]
    return (x * x).sum()


def second_name(x):
    y = x
    y[0] = x[1] * 2.0
    return (x * x).sum()


def chained_names(x):
    a = b = x * 1.0
    a[0] = b[1] * b[2]
    return (b * b).sum()


def view_on_one_branch(x):
    v = x * 2.0
    if x.sum() > 0:
        v = x[:]
    v[1] = x[0] * x[2]
    return (x * x).sum() + v.sum()


def copy_on_that_branch(x):
    v = x[:]
    if x.sum() > 0:
        v = x * 2.0
    v[1] = x[0] * x[2]
    return (x * x).sum() + v.sum()


def double_buffer(x):
    a, b = x.copy(), np.zeros_like(x)
    for _ in range(5):
        b[1:-1] = a[1:-1] * a[:-2] + 0.1 * a[2:]
        a, b = b, a
    return (a * a).sum() + b.sum()


def scratch(x):
    s = 0.0
    work = np.zeros_like(x)
    for i in range(3):
        work[:] = 0.0
        work[i] = x[i] * x[i + 1]
        s = s + (work * x).sum()
    return s


def workspace(x, w):
    w[:] = x * x
    w *= x
    return w.sum()


def recurrence(x):
    for i in range(1, 4):
        x[i] = np.sin(x[i - 1]) * x[i]
    return x[3]


def filled(x):
    y = np.zeros_like(x)
    for i in range(4):
        y[i] = x[i] * x[i - 1]
    return (y * y).sum()


def in_while(x):
    i = 0
    while i < 3:
        x[i] *= x[i + 1]
        i += 1
    return x.sum()


def break_after_write(x):
    for i in range(4):
        x[i] = x[i] * x[0]
        if i == 2:
            break
    return (x * x).sum()


def early_return(x):
    x[0] = x[1] * x[2]
    if x[0] > 0:
        return (x * x).sum()
    x[1] = 3.0
    return x.sum()


def condition_destroyed(x):
    for i in range(3):
        if x[i] > 0.4:
            x[i] = -x[i] * x[i + 1]
        else:
            x[i] = x[i] * 2.0
    return x.sum()


def index_overwritten(x, k):
    v = x[k]
    k[0] = 2
    k[1] = 2
    return (v * v).sum() + x[k].sum()


def repeated_index_store(x, y):
    k = np.array([1, 1, 2])
    x[k] = y[:3] * y[:3]
    return (x * x).sum()


def repeated_index_add(x, y):
    k = np.array([1, 1, 2])
    x[k] += y[:3] * x[k]
    return (x * x).sum()


def mask_store(x, y):
    m = np.array([True, False, True, False])
    x[m] = y[m] * y[m]
    return (x * x).sum()


def mask_times(x):
    m = np.array([True, False, True, False])
    x[m] *= x[m]
    return (x * x).sum()


def mixed_index(a):
    a[1, 1:3] = a[0, :2] * a[2, 0]
    a[..., 0] = a[..., 1] * 2.0
    a[0, None] *= 2.0
    return (a * a).sum()


def scale(v, k):
    v *= k * v


def callee_writes(x, y):
    scale(x, 2.0)
    scale(y, x[0])
    return (x * y).sum()


def callee_twice_same(x):
    smooth(x, x)
    return (x * x).sum()


def smooth(v, w):
    v[1:] += w[:-1] * v[1:]
    w *= v


def second(v):
    return v[1:]


def callee_returns_view(x):
    v = second(x)
    v *= v
    return (x * x).sum()


def set_and_return(v):
    v[0] = v[1] * v[2]
    return v


def callee_returns_argument(x):
    y = set_and_return(x)
    y[1] = y[0]
    return (x * x).sum()


def sorted_in_place(x):
    x.sort()
    return (x * np.arange(4.0)).sum()


def filled_in_place(x):
    s = (x * x).sum()
    x.fill(2.0)
    return s + x.sum()


def out_argument(x, y):
    np.multiply(x, y, out=x)
    np.sin(x, y)
    return (x * y).sum()


def power_in_place(x):
    x **= 2
    x **= x
    return x.sum()


def copied_to(x, y):
    np.copyto(x, y * y)
    return (x * x).sum()


def broadcast_store(a):
    a[:] = a[0] * a[1]
    a[1:] += a[0]
    return (a * a).sum()


def broadcast_operand(a):
    s = a.sum()
    a *= s
    a += a[:, :1]
    return (a * a).sum()


def result_is_argument(x):
    x *= x
    return x


def results_share(x):
    y = x * 1.0
    y[0] = x[1] * x[2]
    return y, y[1:], y[0]


def new_each_trip(x):
    s = 0.0
    for i in range(3):
        t = x * (i + 1.0)
        t[i] *= t[i + 1]
        s = s + (t * t).sum()
    return s


def kept_from_last_trip(x):
    old = x
    for i in range(3):
        new = old * 2.0
        new[i] = old[i + 1] * new[i]
        old = new
    return (old * old).sum()


def view_kept_from_trip(a):
    row = a[0]
    for k in range(3):
        row *= 0.5 + a[k, 0]
        row = a[k]
    return (a * a).sum()


def negative_index(x):
    x[-1] += x[-2] * x[0]
    return (x * x).sum()


def strided(x):
    x[::2] = x[1::2] * x[::2]
    x[::-2] += 1.5 * x[::2]
    return (x * x).sum()


def empty_slice(x):
    x[2:2] = 1.0
    x[4:] *= 3.0
    return (x * x).sum()


def alias_through_branch(x, y):
    z = x
    if x[0] > 0:
        z = y
    z[1] = x[2] * y[2]
    return (x * y).sum()


def scalar_stays_value(x):
    s = x[0]
    s += x[1]
    s *= s
    x[0] = s
    return s * x[0]


PROGRAMS = [
    (element, X), (element_read_before, X), (overwritten_by_constant, X), (dead_write, X), (product_of_overlapping, X),
    (square_in_place, X), (times_itself, X), (divided_by_itself_reversed, X), (shift, X), (reverse_all, X),
    (add_reversed, X), (swap_elements, X), (bubble_sort, X), (saved_by_rule_then_overwritten, X), (view_of_view, X),
    (transposed_view, A), (row_view, A), (rows_in_place, A), (column, A), (ravel_view, A), (ravel_copy, A),
    (reshape_view, X), (second_name, X), (chained_names, X), (double_buffer, X),
    (scratch, X), (workspace, X, Y), (recurrence, X), (filled, X), (in_while, X), (break_after_write, X),
    (index_overwritten, X, np.array([0, 1, 1])), (repeated_index_store, X, Y), (repeated_index_add, X, Y),
    (mask_store, X, Y), (mask_times, X), (mixed_index, A), (callee_writes, X, Y), (callee_twice_same, X),
    (callee_returns_view, X), (callee_returns_argument, X), (sorted_in_place, X), (filled_in_place, X),
    (out_argument, X, Y), (power_in_place, X), (copied_to, X, Y), (broadcast_store, A), (broadcast_operand, A),
    (result_is_argument, X), (results_share, X), (new_each_trip, X), (kept_from_last_trip, X), (view_kept_from_trip, A),
    (negative_index, X), (strided, X), (empty_slice, X), (scalar_stays_value, X),
]
REAL_PROGRAMS = [
    (view_on_one_branch, X), (copy_on_that_branch, X), (early_return, X), (condition_destroyed, X),
    (alias_through_branch, X, Y),
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p[0].__name__)
def test_hazard(program):
    check(program[0], *program[1:])


@pytest.mark.parametrize("program", REAL_PROGRAMS, ids=lambda p: p[0].__name__)
def test_hazard_with_real_conditions(program):
    check(program[0], *program[1:], complex_step=False)


@pytest.mark.parametrize("program", [(transposed_view, A), (ravel_view, A), (ravel_copy, A), (broadcast_store, A)],
                         ids=lambda p: p[0].__name__)
@pytest.mark.parametrize("layout", [np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2], lambda a: a[::-1]])
def test_layouts(program, layout):
    check(program[0], layout(program[1]))


# --- what is refused ---------------------------------------------------------------------------------------------------


def into_integers(x):
    k = np.zeros(4, dtype=int)
    k[0] = x[0]
    return x.sum() + k[0]


GLOBAL = np.zeros(4)


def into_global(x):
    GLOBAL[0] = x[0]
    return (x * GLOBAL).sum()


def tuple_of_written(x):
    pairs = [x, x[1:]]
    for v in pairs:
        v *= v[0]
    return x.sum()


def recursive_write(x, n):
    if n > 0:
        x[n] = x[n] * x[n - 1]
        recursive_write(x, n - 1)


def calls_recursive_write(x):
    recursive_write(x, 3)
    return x.sum()


def shuffled(x):
    np.random.shuffle(x)
    return x[0]


@pytest.mark.parametrize("program", [into_integers, into_global, shuffled])
@pytest.mark.parametrize("derivative", [srcad.grad, lambda f: lambda x: srcad.tangent(f)(x, x)])
def test_refused(program, derivative):
    with pytest.raises(SrcadError):
        derivative(program)(X.copy())


def test_recursion_that_writes():
    check(calls_recursive_write, X)


def test_lists_of_written_arrays():
    check(tuple_of_written, X)


def test_lost_derivatives_are_said_to_be_lost():
    for program in (into_integers, into_global):
        with pytest.raises(LostDerivativeError):
            srcad.grad(program)(X.copy())


def crossing_lines(a):
    a.T[2] = a[1, :3]
    return a.sum()


def only_its_sign(x, y):
    x += 1.0
    return np.copysign(y, x).sum()


def only_its_truth(x, y):
    x += 1.0
    return np.where(x, y, 2.0 * y).sum()


def turned_by_einsum(a):
    d = np.einsum("ij->ji", a)
    d[1] *= a[0, 0]
    return (d * d).sum()


def diagonal_by_einsum(x, a):
    d = np.einsum("ii->i", a[:, :3])
    a *= 2.0
    return (d * d).sum() * x[0]


def computed_by_einsum(x, a):
    d, e = np.einsum("ij->j", a), np.einsum("ij,j->i", a, x)
    a *= d
    x[:] = np.einsum("ij,i->j", a, e)
    np.einsum("ij->j", a, out=d)
    return (d * x).sum()


def diagonal_written(a):
    np.einsum("ii->i", a[:, :3])[...] = a[0, :3] * a[1, :3]
    return (a * a).sum()


@pytest.mark.parametrize(("program", "args"), [(turned_by_einsum, (A,)), (diagonal_by_einsum, (X, A)),
                                               (computed_by_einsum, (X, A))])
def test_einsum_gives_a_view_or_computes(program, args):
    check(program, *args)


@pytest.mark.parametrize("derivative", [srcad.grad, lambda f: lambda a: srcad.tangent(f)(a, a.copy())])
def test_diagonals_by_einsum_are_not_written_to(derivative):
    with pytest.raises(UnsupportedError, match="a diagonal is written to"):
        derivative(diagonal_written)(A.copy())


def grows_by_default(x, kept=[]):  # noqa: B006
    kept.append(x[0])
    return sum(kept)


def test_an_empty_list_from_outside():
    """The default of a parameter is an argument like others: it ends as the function leaves it."""
    for k in (1, 2):
        np.testing.assert_array_equal(srcad.grad(grows_by_default)(X), [1.0, 0.0, 0.0, 0.0])
        assert grows_by_default.__defaults__ == ([X[0]] * k,)


KEPT: list = []


def grows_a_global(x):
    KEPT.append(x[0])
    return sum(KEPT)


def test_an_empty_global_list():
    with pytest.raises((UnsupportedError, LostDerivativeError), match="an empty list from outside the function"):
        srcad.grad(grows_a_global)(X)


@pytest.mark.parametrize("program", [only_its_sign, only_its_truth])
def test_memory_that_nothing_is_added_to_has_a_derivative_of_zeros(program):
    check(program, X, Y, complex_step=False)
    np.testing.assert_array_equal(srcad.grad(program)(X.copy(), Y), 0.0)


def test_lines_that_cross_are_refused():
    """``a.T[2] = a[1]``: NumPy overwrites what it has yet to read."""
    for derivative in (srcad.grad(crossing_lines), lambda a: srcad.tangent(crossing_lines)(a, a.copy())):
        with pytest.raises(ValueError, match="order"):
            derivative(A.copy())


@pytest.mark.parametrize("derivative", [
    lambda x: srcad.grad(workspace, (0, 1))(x, x), lambda x: srcad.vjp(workspace, x, x[::-1]),
    lambda x: srcad.tangent(workspace, (0, 1))(x, x, X, X)])
def test_overlapping_arguments_are_refused(derivative):
    with pytest.raises(ValueError, match="share memory"):
        derivative(X.copy())
