"""Results that are floats on one path and integers on another."""

import srcad


def an_integer_or_a_float(x):
    a = max(2, x)
    return x, a**2


def test_the_seed_of_an_integer_counts_as_zero() -> None:
    value, pullback = srcad.vjp(an_integer_or_a_float, 1.0)
    assert value == (1.0, 4) and pullback((1.0, None)) == pullback((1.0, 0.0)) == (1.0,)
    assert srcad.vjp(an_integer_or_a_float, 3.0)[1]((0.0, 1.0)) == (6.0,)
