"""Lists of known items: what only items are read of is taken apart, what is changed or seen by others is not."""

import numpy as np
import pytest

import srcad


def largest(a, b):
    return max([a * b, a + b])


def total(a, b):
    return sum([a * b, a + b, 3], a)


def changed(a, b):
    parts = [a * b, a + b]
    parts[0] = parts[1] * a
    return parts[0] * parts[1]


def grown(a, b):
    parts = [a * b]
    parts.append(parts[0] * b)
    return parts[0] * parts[1]


def under_two_names(a, b):
    parts = [a * b, a + b]
    other = parts
    other[1] = a
    return parts[0] * parts[1]


def seen_by_the_caller(a, b):
    parts = [a * b, a + b]
    value = parts[0] * parts[1]
    return value, parts


def text(f) -> str:
    """The generated statements, without comments."""
    derivative = srcad.grad(f, (0, 1))
    derivative(2.0, 3.0)
    return "\n".join(line.partition("#")[0] for line in derivative.source.splitlines())


def test_items_of_a_list_that_nobody_changes_are_known():
    assert "[" not in text(largest)


def test_the_adjoint_of_a_sum_of_known_numbers_is_that_of_each():
    assert "spread_sum" not in text(total)
    assert "[" not in text(total)


@pytest.mark.parametrize("f", [largest, total, changed, grown, under_two_names])
def test_gradients(f):
    step = 1e-6
    by_differences = [(f(2.0 + da, 3.0 + db) - f(2.0 - da, 3.0 - db)) / (2 * step) for da, db in ((step, 0.0), (0.0, step))]
    for optimize in (True, False):
        assert srcad.grad(f, (0, 1), optimize=optimize)(2.0, 3.0) == pytest.approx(by_differences, rel=1e-8)
    srcad.check_grads(f, (2.0, 3.0), order=2)


def test_a_list_that_the_caller_gets_stays_a_list():
    (value, parts), pull = srcad.vjp(seen_by_the_caller, 2.0, 3.0)
    assert (value, parts) == (30.0, [6.0, 5.0])
    assert pull((1.0, [0.0, 1.0])) == (21.0 + 1.0, 16.0 + 1.0)      # of a b (a + b) + (a + b)


def test_a_sum_of_a_complex_number_and_a_real_one():
    def f(z, x):
        return abs(sum([z, x, x * z]))

    z, x, step = 1 + 2j, 2.0, 1e-6
    assert srcad.grad(f, 1)(z, x) == pytest.approx((f(z, x + step) - f(z, x - step)) / (2 * step), rel=1e-8)


def test_a_sum_of_single_precision():
    def f(x):
        return sum([x, x * x]) * np.float32(2.0)

    given = srcad.grad(f)(np.float32(3.0))
    assert given == 14.0
    assert type(given) is type(srcad.grad(f, optimize=False)(np.float32(3.0)))
