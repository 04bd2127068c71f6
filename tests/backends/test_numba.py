"""The Numba backend gives the numbers of the Python backend, or refuses."""

import math

import numpy as np
import pytest

import srcad

numba = pytest.importorskip("numba", reason="the newest Python may have no Numba yet")


def formula(x, y):
    return math.log(x) + x * y - math.sin(y)


def newton(x):
    t, n = x, 0
    while abs(t * t - x) > 1e-9 and n < 50:
        t, n = 0.5 * (t + x / t), n + 1
    return t


def branchy(x, n):
    s = 0.0
    for i in range(n):
        if x > 2:
            s = s + x * i
        elif x < 0:
            break
        else:
            s = s * x + 1.0
    return s


def helper(a, b):
    total = 0.0
    for k in range(3):
        total += math.exp(-a * k) * b
    return total


def with_call(x, y):
    return helper(x, y) * helper(y, x)


def neighbours(x):
    s = 0.0
    for i in range(1, len(x)):
        s = s + x[i] * x[i - 1]
    return s


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def logistic(w, X, y):
    z = X @ w
    return np.mean(np.logaddexp(0.0, z) - y * z)


def broadcast(x, w):
    return np.sum(np.exp(x[1:] * w[0]) * x[0] + w[1])


SCALE = 3.0


def with_global(x):
    return x * x * SCALE


RNG = np.random.default_rng(0)
CASES = [
    (formula, (2.0, 5.0), (0, 1)), (newton, (2.0,), (0,)), (branchy, (2.5, 4), (0,)), (branchy, (1.5, 4), (0,)),
    (branchy, (-1.0, 4), (0,)), (with_call, (0.3, 0.7), (0, 1)), (neighbours, (RNG.normal(size=6),), (0,)),
    (rosenbrock, (RNG.normal(size=5),), (0,)), (logistic, (RNG.normal(size=3), RNG.normal(size=(4, 3)), np.ones(4)), (0, 1)),
    (broadcast, (RNG.normal(size=4), RNG.normal(size=3)), (0, 1)), (with_global, (2.0,), (0,)),
]


def close(a, b):
    for x, y in zip(a, b, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-13)
        assert np.shape(x) == np.shape(y)


@pytest.mark.parametrize(("f", "args", "argnums"), CASES, ids=lambda c: getattr(c, "__name__", ""))
def test_same_numbers(f, args, argnums):
    close(srcad.grad(f, argnums, backend="numba")(*args), srcad.grad(f, argnums)(*args))
    value, bars = srcad.value_and_grad(f, argnums, backend="numba")(*args)
    assert value == pytest.approx(f(*args), rel=1e-12)
    close(bars, srcad.grad(f, argnums)(*args))


def test_other_derivatives():
    x, v = np.array([0.3, -0.2, 0.5]), np.array([1.0, 2.0, -1.0])
    np.testing.assert_allclose(srcad.hvp(rosenbrock, backend="numba")(x, v), srcad.hvp(rosenbrock)(x, v), rtol=1e-12)
    np.testing.assert_allclose(srcad.adjoint(rosenbrock, backend="numba")(x, 2.0)[0], 2 * srcad.grad(rosenbrock)(x))
    assert srcad.tangent(formula, backend="numba")(2.0, 5.0, 1.0) == pytest.approx(srcad.tangent(formula)(2.0, 5.0, 1.0))


def test_a_global_is_read_at_each_call():
    global SCALE
    g = srcad.grad(with_global, backend="numba")
    assert g(2.0) == 12.0
    try:
        SCALE = 5.0
        assert g(2.0) == 20.0
    finally:
        SCALE = 3.0


def test_source_is_the_same():
    g = srcad.grad(formula, (0, 1), backend="numba")
    g(2.0, 5.0)
    h = srcad.grad(formula, (0, 1))
    h(2.0, 5.0)
    assert g.source == h.source


def unknown_to_numba(x):
    return np.sum(np.einsum("ij,j->i", x, x[0]))


def sums_over_an_axis(x, w):
    """The adjoint sums over one axis and keeps it."""
    return np.sum(np.exp(x * w[:, None]))


def indexed_by_several(x):
    rows = np.array([0, 1, 1])
    return np.sum(x[rows, np.array([1, 0, 0])] ** 2) + np.sum(x[x > 0.5]) + np.sum(x[:, rows])


def reduced(x):
    means = np.mean(x, axis=0) * np.max(x, axis=1)
    return np.sum(means) + np.sum(x.sum(axis=1, keepdims=True) * x) + np.prod(x) + np.std(x, axis=0)[0]


def batched(x):
    return np.sum(np.matmul(np.stack([x, 2.0 * x]), x)) + np.linalg.det(x)


def repeated(x):
    return np.sum(x[np.array([0, 0, 1])] ** 3)


def table_lookup(x):
    return np.sum(x[np.array([[0, 2], [2, 1]])] ** 2)


WHAT_NUMBA_LACKS = [
    (unknown_to_numba, (RNG.random((3, 3)),)), (sums_over_an_axis, (RNG.random(4), RNG.random(3))),
    (indexed_by_several, (RNG.random((2, 2)),)), (reduced, (RNG.random((2, 2)),)), (batched, (RNG.random((2, 2)),)),
    (repeated, (RNG.random(3),)), (table_lookup, (RNG.random(3),)),
]


@pytest.mark.parametrize(("f", "args"), WHAT_NUMBA_LACKS, ids=lambda c: getattr(c, "__name__", ""))
def test_what_numba_has_no_form_of(f, args):
    argnums = tuple(range(len(args)))
    value, bars = srcad.value_and_grad(f, argnums, backend="numba")(*args)
    assert value == pytest.approx(f(*args), rel=1e-12)
    close(bars, srcad.grad(f, argnums)(*args))


def shifted(x):
    y = x.copy()
    y[1:] = y[:-1]
    y[:-1] += y[1:]
    y[::-1] *= y
    return np.sum(y * np.arange(len(y)))


def stencil(x):
    u = x.copy()
    for _ in range(3):
        u[1:-1] += 0.2 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)


@pytest.mark.parametrize("f", [shifted, stencil])
def test_operands_that_overlap(f):
    x = RNG.normal(size=7)
    value, bar = srcad.value_and_grad(f, backend="numba")(x)
    assert value == pytest.approx(f(x), rel=1e-12)
    np.testing.assert_allclose(bar, srcad.grad(f)(x), rtol=1e-12)


def with_a_lambda(f, x):
    return f(x) * x


def test_what_numba_cannot_compile_names_the_line():
    def kept(x):
        names = {"a": x, 1: x * x}
        total = 0.0
        for key in names:
            total = total + names[key] * x
        return total

    with pytest.raises(srcad.SrcadError) as caught:
        srcad.grad(kept, backend="numba")(1.5)
    assert caught.value.line > 0


def test_unknown_backend():
    with pytest.raises(srcad.SrcadError, match="backend"):
        srcad.grad(formula, backend="fortran")


@numba.njit
def compiled_helper(x):
    return x * x + math.sin(x)


@numba.njit
def compiled(x):
    return compiled_helper(x) * x


def test_a_compiled_function_is_differentiated():
    expected = 3 * 0.49 + math.sin(0.7) + 0.7 * math.cos(0.7)
    for backend in ("python", "numba"):
        assert srcad.grad(compiled, backend=backend)(0.7) == pytest.approx(expected, rel=1e-14)


def dots(x):
    total = 0.0
    for k in range(len(x)):
        total += x[k] * x[k] / x[0]
    return total


@pytest.mark.parametrize("fastmath", [True, "contract", {"reassoc", "nsz"}, ("arcp", "contract")])
def test_fastmath(fastmath):
    x = np.random.default_rng(3).normal(size=257)
    exact = srcad.grad(dots, backend="numba")
    g = srcad.grad(dots, backend="numba", fastmath=fastmath)
    np.testing.assert_allclose(g(x), exact(x), rtol=1e-9)
    flags = {True: {"arcp", "contract", "nsz", "reassoc"}, "contract": {"contract"}}.get(
        fastmath if isinstance(fastmath, bool | str) else None, set(fastmath) if not isinstance(fastmath, bool | str) else None)
    assert g.variants[0].function.dispatcher.targetoptions["fastmath"] == flags
    assert not exact.variants[0].function.dispatcher.targetoptions["fastmath"]
    (text,) = g.variants[0].function.dispatcher.inspect_llvm().values()
    assert all(f" {flag} " in text for flag in flags)


def test_fastmath_in_all_derivatives():
    x, v = np.array([0.3, -0.2, 0.5]), np.array([1.0, 2.0, -1.0])
    options = {"backend": "numba", "fastmath": True}
    np.testing.assert_allclose(srcad.hvp(rosenbrock, **options)(x, v), srcad.hvp(rosenbrock)(x, v), rtol=1e-12)
    np.testing.assert_allclose(srcad.hessian(rosenbrock, **options)(x), srcad.hessian(rosenbrock)(x), rtol=1e-12)
    np.testing.assert_allclose(srcad.jacobian(rosenbrock, **options)(x), srcad.grad(rosenbrock)(x), rtol=1e-12)
    assert srcad.tangent(formula, **options)(2.0, 5.0, 1.0) == pytest.approx(srcad.tangent(formula)(2.0, 5.0, 1.0))
    assert srcad.compiled(formula, fastmath=True)(2.0, 5.0) == pytest.approx(formula(2.0, 5.0))


def test_fastmath_that_would_change_more_than_rounding():
    for fastmath in ({"nnan"}, "fast", {"contract", "ninf"}, {"afn"}):
        with pytest.raises(srcad.SrcadError, match="NaN"):
            srcad.grad(formula, backend="numba", fastmath=fastmath)
    with pytest.raises(srcad.SrcadError, match="Numba"):
        srcad.grad(formula, fastmath=True)


def test_nan_and_infinity_stay_with_fastmath():
    def f(x):
        total = 0.0
        for k in range(4):
            total = total + (x - x) * k if x == x and x - 1 != x else total + x * k
        return total

    g = srcad.value_and_grad(f, backend="numba", fastmath=True)
    assert g(math.inf) == (math.inf, 6.0)
    assert math.isnan(g(math.nan)[0])
    assert g(1.0) == (0.0, 0.0)


def bound_in_a_loop(x, n):
    for k in range(n):
        y = x * k
    return y * y


def bound_in_a_branch(x, n):
    if x > n:
        y = x * 3.0
    elif n > 7:
        raise ValueError("n")
    return y * y


def array_bound_in_a_branch(x, n):
    for k in range(n):
        if x * k > 2.0:
            y = x * np.ones(2)
    return np.sum(y * y)


def bound_where_it_is_used(x, n):
    total = 0.0
    for k in range(n):
        if k % 2 == 0:
            y = math.sin(x * k)
        if k % 2 == 0:
            total = total + y
    return total + y


@pytest.mark.parametrize("f", [bound_in_a_loop, bound_in_a_branch, array_bound_in_a_branch, bound_where_it_is_used])
def test_variables_without_a_value(f):
    for make in (srcad.grad, srcad.value_and_grad, lambda f, backend: srcad.tangent(f, backend=backend)):
        compiled, plain = make(f, backend="numba"), make(f, backend="python")
        for n in (0, 1, 5, 9):
            args = (2.5, n) if isinstance(compiled, srcad.api.Gradient | srcad.api.ValueAndGradient) else (2.5, n, 1.0)
            try:
                expected = plain(*args)
            except Exception as error:
                said = "cannot access local variable" if isinstance(error, NameError | TypeError) else str(error)
                with pytest.raises(type(error) if isinstance(error, ValueError) else UnboundLocalError, match=said):
                    compiled(*args)
            else:
                np.testing.assert_allclose(compiled(*args), expected, rtol=1e-12)


def lists(x, n):
    xs = [x * k for k in range(n)]
    rest = xs[1:]
    total = 0.0
    for v in reversed(rest):
        total = total * x + v
    a = np.array([[x, 1.0], [x * x, 2.0]])
    return total + sum(xs) + np.sum(a * a)


def test_lists():
    for n in (1, 2, 6):
        np.testing.assert_allclose(srcad.value_and_grad(lists, backend="numba")(0.7, n), srcad.value_and_grad(lists)(0.7, n),
                                   rtol=1e-13)


def written_at_tuples(a, s):
    made = np.zeros_like(a * s)
    for index in np.ndindex(a.shape):
        made[index] = a[index] ** 2 * s * index[0]
    return (made * a).sum()


def test_writes_of_the_interpreter_stay_in_their_place():
    a = RNG.normal(size=(3, 2))
    close(srcad.grad(written_at_tuples, (0, 1), backend="numba")(a, 1.25), srcad.grad(written_at_tuples, (0, 1))(a, 1.25))


# --- whole numbers ----------------------------------------------------------------------------------------------------


def power_of_whole(n, x):
    return x * n ** 3


def product_of_whole(n, x):
    return x * (n * n * n)


def factorial(n, x):
    product = 1
    for k in range(1, n + 1):
        product = product * k
    return x * product


def doubling(n, x):
    a, b = 1, 1
    for _ in range(n):
        a, b = b, a + b
    return x * b


def shifted_whole(n, x):
    return x * (3 << n)


def tripling(n, x):
    a = 1
    for _ in range(n):
        a = a * 3
    return x * a


@pytest.mark.parametrize(("f", "fits", "large"), [
    (power_of_whole, 1000, 2 ** 22), (product_of_whole, -1000, 2 ** 31), (factorial, 20, 21), (doubling, 80, 95),
    (shifted_whole, 50, 62), (tripling, 30, 45)])
def test_whole_numbers_that_do_not_fit_raise(f, fits, large):
    g = srcad.value_and_grad(f, 1, backend="numba")
    assert g(fits, 1.5) == srcad.value_and_grad(f, 1)(fits, 1.5)
    with pytest.raises(OverflowError, match="64 bits"):
        g(large, 1.5)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int32, np.uint32, np.int64])
def test_narrow_numbers_are_cut_off_as_by_numpy(dtype):
    def f(x, a):
        return x * (a[0] * a[1]) + x * x * (a[0] + a[1]) - x * (a[1] - a[0])

    top = np.iinfo(dtype).max
    a = np.array([top - 3, 5], dtype)
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(srcad.value_and_grad(f, backend="numba")(1.5, a), srcad.value_and_grad(f)(1.5, a), rtol=1e-14)


# --- what Numba's users have ------------------------------------------------------------------------------------------


@numba.njit(parallel=True)
def in_parallel(x):
    total = 0.0
    for i in numba.prange(len(x)):
        total += compiled_helper(x[i]) * x[i]
    return total


@numba.njit(numba.float64(numba.float64))
def with_a_signature(x):
    return x ** 3


def made(k):
    @numba.njit
    def inner(x):
        return k * x * compiled_helper(x)
    return inner


@numba.vectorize
def vectorized(x):
    return x * x


@numba.stencil
def differences(a):
    return a[0] - a[-1]


@numba.experimental.jitclass([("a", numba.float64)])
class Scale:
    def __init__(self, a):
        self.a = a

    def times(self, x):
        return self.a * x


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_functions_that_numba_has_compiled(backend):
    x = np.array([0.3, 0.5, 0.7])
    expected = 3 * x ** 2 + np.sin(x) + x * np.cos(x)
    np.testing.assert_allclose(srcad.grad(in_parallel, backend=backend)(x), expected, rtol=1e-13)
    second = np.diag(6 * x + 2 * np.cos(x) - x * np.sin(x))
    np.testing.assert_allclose(srcad.hessian(in_parallel, backend=backend)(x), second, rtol=1e-12, atol=1e-14)
    assert srcad.grad(with_a_signature, backend=backend)(2.0) == 12.0
    one, other = (srcad.grad(made(k), backend=backend)(2.0) for k in (3.0, 4.0))
    assert 4.0 * one == pytest.approx(3.0 * other, rel=1e-14)


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize(("f", "what"), [
    (lambda x: np.sum(vectorized(x)), "vectorize"), (lambda x: np.sum(differences(x)), "stencil"),
    (lambda x: Scale(2.0).times(x[0]), "jitclass")])
def test_what_numba_has_made_and_srcad_cannot_look_into(f, what, backend):
    with pytest.raises(srcad.SrcadError, match=what) as caught:
        srcad.grad(f, backend=backend)(np.ones(3))
    assert caught.value.filename == __file__ if hasattr(caught.value, "filename") else caught.value.line > 0


def integer_powers(x, n):
    total = 0.0
    for k in range(n):
        total = total + x * 2 ** k + x ** 2 * (-1) ** k + x * 3 ** -2 * k ** -1 if k else x
    return total


def power_of_items(x, k):
    total = 0.0
    for i in range(len(k)):
        total = total + x * 2 ** k[i] + x * x * k[i] ** k[i]
    return total


def test_integers_raised_to_integers():
    for f, about in ((integer_powers, 5), (power_of_items, np.array([1, 2, 3])), (power_of_items, np.array([1, 3], np.int8))):
        found = srcad.value_and_grad(f, backend="numba")(0.7, about)
        assert found == pytest.approx(srcad.value_and_grad(f)(0.7, about), rel=1e-14)
        assert found[0] == pytest.approx(f(0.7, about), rel=1e-14)
    with pytest.raises(ValueError, match="write the base as a float"):
        srcad.grad(power_of_items, backend="numba")(0.7, np.array([1, -3]))
    with pytest.raises(OverflowError):
        srcad.grad(power_of_items, backend="numba")(0.7, np.array([1, 70]))


def counted_from_one(x):
    mean, spread = 0.0, 0.0
    for n, value in enumerate(x, start=1):
        step = value - mean
        mean = mean + step / n
        spread = spread + step * (value - mean)
    return spread / len(x)


def writes_to_its_arguments(x, y):
    y[:] = x * 2.0
    x[0] = y[1] * y[2]
    return np.dot(x, y)


def normalised(a):
    v = np.ones(3)
    for _ in range(4):
        v = a @ v
        v /= np.sqrt(np.sum(v ** 2))
    return v @ a @ v


def test_what_was_refused():
    x, a = np.array([0.3, -0.5, 0.9]), np.arange(9.0).reshape(3, 3) + np.eye(3)
    for f, arguments in ((counted_from_one, (x,)), (writes_to_its_arguments, (x, x[::-1].copy())), (normalised, (a,))):
        for make, more in ((srcad.value_and_grad, ()), (srcad.hvp, (np.ones_like(arguments[0]),))):
            found, wanted = (make(f, backend=backend)(*(v.copy() for v in (*arguments, *more)))
                             for backend in ("numba", "python"))
            for one, other in zip(found, wanted):
                np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-13)
    memory = np.arange(6.0)
    with pytest.raises(ValueError, match="share memory"):
        srcad.grad(writes_to_its_arguments, (0, 1), backend="numba")(memory[:3], memory[1:4])


def test_lists_of_mixed_contents_are_refused_in_words():
    def f(x, y):
        return (x * y, [x, {"y": y * y}])

    with pytest.raises(srcad.SrcadError, match="mixed contents"):
        srcad.adjoint(f, (0, 1), backend="numba")(2.0, 3.0, (1.0, [1.0, {"y": 1.0}]))


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_an_argument_of_a_jitclass(backend):
    def f(scale, x):
        return scale.a * x * x

    assert srcad.grad(f, 1, backend=backend)(Scale(2.0), 3.0) == 12.0
    with pytest.raises(srcad.SrcadError, match=r"jitclass[\s\S]*its attributes"):
        srcad.grad(f, 0, backend=backend)(Scale(2.0), 3.0)


def test_adjoints_of_arrays_in_a_tuple_that_is_indexed_at_run_time():
    """The changed tuple did not count as a holder of its arrays: their memory was freed while they were in use."""
    def f(a, b):
        both, s = (a, b), 0.0
        for i in range(-1, 2):
            s += np.sum(both[i] ** (i + 2))
        return s

    a, b = np.arange(1.0, 400.0), np.arange(2.0, 700.0)
    compiled = srcad.grad(f, (0, 1), backend="numba")
    for _ in range(200):
        a_bar, b_bar = compiled(a, b)
        np.testing.assert_allclose(a_bar, 2 * a, rtol=1e-12)
        np.testing.assert_allclose(b_bar, 1 + 3 * b ** 2, rtol=1e-12)


def block_on_one_path(x, m, s):
    v = x * s
    if s > 0.2:
        v = m[:2, :2] @ x
    return np.dot(v, v)


@pytest.mark.parametrize("s", [0.1, 0.5])
def test_slices_of_one_path_only(s):
    """The pair of slices is made on the way forward, and used on the way back."""
    args = np.array([1.0, 2.0]), np.eye(3) + 0.1, s
    for one, other in zip(srcad.grad(block_on_one_path, (0, 1, 2), backend="numba")(*args),
                          srcad.grad(block_on_one_path, (0, 1, 2))(*args)):
        np.testing.assert_allclose(one, other, rtol=1e-13)


def test_an_adjoint_of_another_shape_is_not_written_past_the_end():
    from srcad import runtime
    from srcad.backends.numba_runtime import register

    register()
    fitted = numba.njit(lambda g, x: runtime.unbroadcast(g, x))
    for shape, wanted in (((4, 3), (3,)), ((4, 3), (4, 1)), ((4, 3), (4, 3)), ((3,), (1,))):
        g, x = np.arange(float(np.prod(shape))).reshape(shape), np.zeros(wanted)
        assert np.array_equal(fitted(g, x), runtime.unbroadcast(g, x))
    for shape, wanted in (((3,), (2,)), ((4, 3), (2,)), ((4, 3), (4, 5))):
        with pytest.raises(ValueError, match="does not fit"):
            fitted(np.ones(shape), np.zeros(wanted))
