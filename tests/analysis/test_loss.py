"""A derivative is never lost on the way through something that srcad cannot follow."""

import numpy as np
import pytest

import srcad


def text(x):
    return float(str(x)) * x


def formatted(x):
    return x + float(f"{x:.3f}")


def percent(x):
    return x + float("%.3f" % x)  # noqa: UP031


def popped(x):
    return {x}.pop()


def iterated(x):
    return next(iter([x * x]))


def ratio(x):
    return x.as_integer_ratio()[0] * 1.0


def hexadecimal(x):
    return float.fromhex(x.hex())


def viewed(x):
    return np.sum(x.view(np.int64).view(float))


def through_bytes(x):
    return np.sum(np.frombuffer(x.tobytes()))


def in_a_loop(x):
    total = 0.0
    for c in str(x):
        if c != ".":
            total = total + float(c)
    return total * x


def in_a_helper(x):
    return text(x) + x


SCALARS = [text, formatted, percent, popped, iterated, ratio, hexadecimal, in_a_loop, in_a_helper]


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("f", SCALARS, ids=lambda f: f.__name__)
def test_refused(f, mode):
    with pytest.raises(srcad.SrcadError) as caught:
        srcad.grad(f, mode=mode, disconnected="zeros")(1.3)
    assert caught.value.line > 0
    assert caught.value.advice


@pytest.mark.parametrize("f", [viewed, through_bytes], ids=lambda f: f.__name__)
def test_arrays_refused(f):
    with pytest.raises(srcad.SrcadError):
        srcad.grad(f, disconnected="zeros")(np.array([1.3, 0.7]))


def talks(x):
    print(f"at {x:.2f}", x)
    if str(x) == "never":
        raise ValueError(f"bad {x}")
    assert isinstance(x, float), f"not a float: {x}"
    return x * x * int(x) * round(x) + (x > 1.0)


def test_looking_is_allowed(capsys):
    assert srcad.grad(talks)(2.5) == pytest.approx(2 * 2.5 * 2 * 2)
    assert capsys.readouterr().out == "at 2.50 2.5\n"


CALLS = []


def opaque(x):
    CALLS.append(x)
    return 1.0


def test_nothing_of_the_users_is_run_while_compiling():
    seen = []
    bound = seen.append

    def f(x):
        bound("called")
        return x * x

    try:
        srcad.grad(f)(2.0)
    except srcad.SrcadError:
        assert seen == []
    else:
        assert seen == ["called"]
