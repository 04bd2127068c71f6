"""Data that functions read are parameters, once, however the functions are shared."""

import srcad

SCALE = 3.0


def scaled(x, n):
    """Not differentiated by: the same Trace serves wherever it is called."""
    total = 0.0
    for k in range(n):
        total = total + SCALE * k
        if total > 100.0:
            total = total - x
    return total


def product(x, y):
    return x * scaled(y, 3) * SCALE


def test_both_halves_of_an_adjoint_pass_data_once():
    y, pullback = srcad.vjp(product, 2.0, 1.0, argnums=0)
    assert y == 2.0 * 9.0 * 3.0
    assert pullback(1.0) == (27.0,)


def test_data_are_read_at_each_call():
    global SCALE
    g = srcad.grad(product)
    assert g(2.0, 1.0) == 27.0
    try:
        SCALE = 1.0
        assert g(2.0, 1.0) == 3.0
    finally:
        SCALE = 3.0
