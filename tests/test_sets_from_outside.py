"""Sets from outside: asked whether something is in them."""

import pytest

import srcad

FIXED = frozenset({"venturi", "orifice"})
CHANGING = {"venturi", "orifice"}
NUMBERS = frozenset({1, 2})


def by_name(x, name="venturi"):
    if name in FIXED:
        return x * x
    return 3.0 * x


def by_changing(x, name="venturi"):
    if name in CHANGING:
        return x * x
    return 3.0 * x


def by_number(x, n):
    if n not in NUMBERS:
        return x * len(FIXED)
    return x * x * n


@pytest.mark.parametrize("function", [by_name, by_changing])
def test_names_in_sets(function):
    gradient = srcad.grad(function)
    assert gradient(2.0) == 4.0
    assert gradient(2.0, "nozzle") == 3.0
    srcad.check_grads(function, (2.0,), order=2)


def test_numbers_in_sets():
    gradient = srcad.grad(by_number)
    assert [gradient(2.0, n) for n in (1, 2, 3)] == [4.0, 8.0, 2.0]


def test_a_set_that_is_changed_between_calls():
    gradient = srcad.grad(by_changing)
    assert gradient(2.0, "nozzle") == 3.0
    CHANGING.add("nozzle")
    try:
        assert gradient(2.0, "nozzle") == 4.0
    finally:
        CHANGING.discard("nozzle")
    assert gradient(2.0, "nozzle") == 3.0


def test_a_set_that_is_replaced_between_calls(monkeypatch):
    gradient = srcad.grad(by_name)
    assert gradient(2.0) == 4.0
    monkeypatch.setitem(globals(), "FIXED", frozenset())
    assert gradient(2.0) == 3.0


def carried_none(x, tolerance=None, least=None):
    for _ in range(10):
        if least is not None and x < least:
            return x
        if x == 7.0 and tolerance is not None:
            tolerance *= 2.0
        x = x * 0.9
    return x


@pytest.mark.parametrize("args", [(2.0,), (2.0, 1e-3), (2.0, None, 0.5)])
def test_an_option_that_is_none_stays_none_in_a_loop_with_returns(args):
    assert srcad.grad(carried_none)(*args) == pytest.approx(carried_none(*args) / 2.0)
