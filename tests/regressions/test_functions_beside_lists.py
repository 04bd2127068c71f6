"""A function and a list in one tuple, object or dict, where a loop has others from trip to trip.

Such a loop was begun again without anything new to carry, and then left out of the derivative.
"""

from __future__ import annotations

import pytest

from srcad import SrcadError, grad
from srcad.testing import check_grads


class Pair:
    def __init__(self, function, items):
        self.function, self.items = function, items


def another_pair(x, n):
    pair = (lambda t: t * x, [x])
    for _ in range(n):
        pair = (lambda t: t + x, [pair[1][0] * 2.0])
        pair[1].append(pair[1][0])
    return pair[1][0] * pair[0](x)


def the_list_is_another_name_s(x, n):
    own = [x]
    pair = (lambda t: t * x, own)
    for _ in range(n):
        own.append(x * own[-1])
        pair = (lambda t: t + x, own)
    own[0] = own[0] * 7.0
    return pair[1][-1] * pair[0](x) + pair[1][0]


def one_of_two_lists(x, n):
    def times(t):
        return t * x

    one, two = [x], [x * 2.0]
    pair = (times, one)
    for i in range(n):
        pair[1].append(x * pair[1][-1])
        pair = ((lambda t: t + x), two) if i % 2 == 0 else (times, one)
    one[0] = one[0] * 7.0
    two[-1] = two[-1] * 5.0
    return pair[1][-1] * pair[0](x) + pair[1][0] + sum(one) * sum(two)


def the_function_is_called_in_the_loop(x, n):
    pair = (lambda t: t * x, [x, x])
    i = 0
    while i < n:
        i += 1
        pair = (lambda t, i=i: t - x * i, [pair[1][1], pair[0](x)])
    return pair[1][0] * pair[0](x * 3.0)


def objects_beside_lists(x, n):
    both = (Pair(lambda t: t * x, [x]), [x])
    for _ in range(n):
        both = (Pair(lambda t: t + x, [both[1][0] * x]), [both[0].items[0]])
        both[1].append(x)
    return both[0].items[0] * both[0].function(x) + both[1][-1]


@pytest.mark.parametrize("n", [0, 1, 4])
@pytest.mark.parametrize("function", [another_pair, the_list_is_another_name_s, one_of_two_lists,
                                      the_function_is_called_in_the_loop, objects_beside_lists])
def test_tuples(function, n) -> None:
    check_grads(function, (0.7, n), argnums=0)


def a_dict(x, n):
    held = {"f": lambda t: t * x, "items": [x]}
    for _ in range(n):
        x = x * 3.0
        held["items"] = [x]
        held["items"].append(x)
    return held["items"][0] * held["f"](x)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_dict_is_refused(mode) -> None:
    with pytest.raises(SrcadError, match="what this dict holds depends on the way") as refusal:
        grad(a_dict, mode=mode)(0.7, 3)
    assert "functions in variables of their own" in str(refusal.value)
