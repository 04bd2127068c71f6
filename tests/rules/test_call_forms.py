"""Call forms of NumPy, Python's numeric modules and builtins, as lines of text in ``call_forms.txt``.

A line is ``body @@ operands``, or ``body @@ operands @@ 2.1`` for what came with NumPy 2.1. The body is an expression, or
statements divided by `` ; `` that end in a ``return``. An operand is written as a letter that says what its numbers are, and one
digit per axis: ``A34`` is a matrix of three rows and four columns. Of each form the value must be NumPy's to the last bit, in
both modes, and the derivatives are checked to second order.
"""

from __future__ import annotations

import linecache
import re
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest

import srcad
from srcad.testing import check_grads, random_like

HEADER = """
import cmath, functools, itertools, math, operator, statistics
from functools import reduce
import numpy as np
from numpy import linalg as la
from numpy.polynomial import Chebyshev, Hermite, HermiteE, Laguerre, Legendre, Polynomial

PC = Chebyshev([1.0, 2.0, 3.0], domain=[0, 2])
PP = Polynomial([1.0, 2.0, 3.0])
P1 = np.poly1d([1.0, 2.0])
PL = Laguerre([1, 2, 3], window=[0, 1])

def sq(v): return v * v
def cube(v): return v ** 3
def norm1(v): return np.sum(np.sqrt(1 + v * v))
def two(v): return np.array([v.sum(), (v * v).sum()])
def affine(v, a, b=1.0): return a * v + b
"""


class Operands(dict):
    """``A34o``: numbers (normal; Positive, beneath one (U), Complex, Float32, complex64 (Z), Integers, Booleans, sorted (L);
    matrices: positive definite (G), Hermitian, regular (K), complex regular (D)), axes, o for Fortran's order, r for reversed."""

    def __init__(self, owner: str) -> None:
        self.owner = owner

    def __missing__(self, name: str):
        found = re.fullmatch(r"([APUCFZIBGHKDL])(\d*)(o|r)?", name)
        if found is None:
            return {"np": np, "nan": np.nan, "inf": np.inf}[name]
        letter, digits, layout = found.groups()
        shape = tuple(map(int, digits))
        rng = np.random.default_rng(zlib.crc32((self.owner + name).encode()))
        normal = rng.standard_normal(shape)

        def complex_():
            return normal + 1j * rng.standard_normal(shape)

        def square(a):
            return a @ np.conj(np.swapaxes(a, -1, -2)) + shape[-1] * np.eye(shape[-1])

        made = np.asarray({
            "A": lambda: normal, "P": lambda: 0.5 + rng.random(shape), "C": complex_,
            "U": lambda: (0.05 + 0.85 * rng.random(shape)) * np.where(normal > 0, 1, -1),
            "F": lambda: (0.5 + rng.random(shape)).astype(np.float32), "Z": lambda: complex_().astype(np.complex64),
            "I": lambda: rng.integers(1, 4, shape), "B": lambda: rng.random(shape) > 0.4, "L": lambda: np.sort(normal, axis=-1),
            "G": lambda: square(normal), "H": lambda: square(complex_()), "K": lambda: normal + 3 * np.eye(shape[-1]),
            "D": lambda: complex_() + 3 * np.eye(shape[-1])}[letter]())
        if layout == "o":
            made = np.asfortranarray(made)
        return made[tuple(slice(None, None, -1) for _ in shape)] if layout == "r" else made


def divided(text: str) -> list[tuple[str, str]]:
    """``x=A34, y=(A3, 2)``: names and what they are, divided at the commas outside of brackets."""
    depth, parts = 0, [""]
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [(name.strip(), source.strip()) for name, _, source in (part.partition("=") for part in parts)]


LINES = [line for line in Path(__file__).with_name("call_forms.txt").read_text().splitlines() if line and line[0] != "#"]
FORMS = [(body.strip(), divided(operands)) for body, operands, *_ in (line.split(" @@ ") for line in LINES)]


def known(line: str) -> bool:
    """Whether this NumPy has what the form uses."""
    _, _, *since = line.split(" @@ ")
    return not since or np.lib.NumpyVersion(np.__version__) >= f"{since[0]}.0"


def compiled() -> list:
    """The forms as functions with a source."""
    text = HEADER
    for n, (body, operands) in enumerate(FORMS):
        lines = body.split(" ; ") if "return " in body else [f"return {body}"]
        text += f"\ndef form_{n}({', '.join(name for name, _ in operands)}):\n" + "".join(f"    {line}\n" for line in lines)
    filename = "<call forms>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict = {"__name__": "call_forms"}
    exec(compile(text, filename, "exec"), namespace)
    return [namespace[f"form_{n}"] for n in range(len(FORMS))]


FUNCTIONS = compiled()


def operands_of(n: int) -> list:
    return [eval(source, {"__builtins__": {}}, Operands(name)) for name, source in FORMS[n][1]]


def has_floats(value) -> bool:
    if isinstance(value, dict):
        return any(map(has_floats, value.values()))
    if isinstance(value, tuple | list):
        return any(map(has_floats, value))
    return np.asarray(value).dtype.kind in "fc"


def assert_identical(found, expected) -> None:
    """The same types, and the same bits."""
    assert type(found) is type(expected)
    if isinstance(expected, tuple | list):
        assert len(found) == len(expected)
        for a, b in zip(found, expected):
            assert_identical(a, b)
    else:
        assert np.asarray(found).dtype == np.asarray(expected).dtype
        assert np.array_equal(found, expected, equal_nan=np.asarray(expected).dtype.kind in "fc")


@pytest.mark.parametrize("n", [pytest.param(n, id=line) for n, line in enumerate(LINES) if known(line)])
def test_call_form(n):
    f, args = FUNCTIONS[n], operands_of(n)
    argnums = tuple(k for k, arg in enumerate(args) if has_floats(arg))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = f(*operands_of(n))
        assert_identical(srcad.vjp(f, *operands_of(n), argnums=argnums)[0], value)
        rng = np.random.default_rng(n)
        tangents = tuple(random_like(args[k], rng) for k in argnums)
        assert_identical(srcad.jvp(f, tuple(operands_of(n)), tangents, argnums=argnums)[0], value)
        check_grads(f, tuple(args), argnums=argnums, order=2)
