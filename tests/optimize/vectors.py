"""Random programs of short vectors: straight lines of products, crosses and rotations, branches, loops, calls, and writes.

``python -m tests.optimize.vectors 1000`` tries so many of them.
"""

from __future__ import annotations

import linecache
import random
import sys
import warnings

import numpy as np

import srcad
from srcad.testing import random_like

HEADER = '''import numpy as np

def unit(a):
    return a / np.sqrt(np.dot(a, a) + 0.1)

def rotated(r, x):
    angle = np.sqrt(np.dot(r, r) + 0.01)
    axis = r / angle
    return x * np.cos(angle) + np.cross(axis, x) * np.sin(angle) + axis * (np.dot(axis, x) * (1.0 - np.cos(angle)))

def scaled(a, s):
    if s > 0.0:
        return a * s
    return a - s

def stored(a, s):
    out = np.zeros(3)
    out[0] = s
    out[1:] = a[:2]
    out[:2] += a[1:]
    return out

def push(a, b):
    a[0] += b[1]
    a[1:] *= b[2]

'''


class Writer:
    """One program: its lines, and what its variables are."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.vectors = {3: ["x", "y", "c[:3]", "c[3:6]"], 2: ["w", "x[:2]", "c[7:9]"], 4: ["q"]}
        self.numbers = ["s", "c[9]", "c[10]", "x[2]", "t"]
        self.count = 0

    def vector(self, n: int = 3) -> str:
        return self.random.choice(self.vectors[n][-6:] if self.random.random() < 0.7 else self.vectors[n])

    def number(self) -> str:
        return self.random.choice(self.numbers[-5:] if self.random.random() < 0.7 else self.numbers)

    def new(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def vector_expression(self, n: int) -> str:
        a, b, s = self.vector(n), self.vector(n), self.number()
        some = [f"{a} + {b}", f"{a} - {b}", f"{a} * {b}", f"-{a}", f"{a} * {s}", f"{s} * {a}", f"{a} / ({s} * {s} + 1.0)",
                f"{a} / 2.0", f"2 * {a}", f"np.sin({a})", f"{a}[::-1]", f"{a} ** 2", f"{a}.copy()", f"{a} / ({b} * {b} + 1.0)",
                f"{a} + {s}", f"{s} - {a}", f"np.where({a} > 0.0, {a}, {b})", f"unit({a})", f"scaled({a}, {s})",
                f"np.outer({a}, {b}) @ {self.vector(n)}", f"np.maximum({a}, {b})", f"np.zeros_like({a}) + {b}"]
        if n == 3:
            p = self.vector(2)
            some += [f"np.cross({a}, {b})"] * 4 + [f"rotated({a}, {b})"] * 2 + [
                f"m @ {a}", f"{a} @ m", f"np.array([{s}, {self.number()}, {self.number()}])", f"stored({a}, {s})",
                f"np.concatenate([{p}, {a}[1:2]])", f"np.stack([{a}, {b}])[1]", f"np.array([{a}[0], {s}, {b}[2]])",
                f"np.append({p}, {s})", f"m[1] * {a}"]
        elif n == 2:
            c = self.vector(3)
            some += [f"{c}[:2]", f"{c}[1:]", f"{c}[:2] / ({c}[2] * {c}[2] + 1.0)", f"{c}[::2]", f"{c}[-2:]",
                     f"m[:2, :2] @ {a}"]
        else:
            some += [f"np.concatenate([{self.vector(2)}, {self.vector(2)}])", f"np.append({self.vector(3)}, {s})"]
        return self.random.choice(some)

    def number_expression(self) -> str:
        n = self.random.choice([2, 3, 3, 4])
        a, b, s = self.vector(n), self.vector(n), self.number()
        return self.random.choice([f"np.dot({a}, {b})"] * 3 + [
            f"{a} @ {b}", f"np.sum({a})", f"np.sum({a} * {b})", f"{a}[{self.random.randrange(n)}]", f"{a}[-1]",
            f"{s} * {self.number()}", f"np.sin({s})", f"{s} + {self.number()}", f"np.sqrt(np.dot({a}, {a}) + 0.5)",
            f"np.linalg.norm({a}) * {s}",
            f"1.0 / ({s} * {s} + 1.0)", f"float({s}) * 2.0", f"np.vdot({a}, {b})", f"np.arctan2({s}, 1.0 + {self.number()} ** 2)",
            f"{a}.sum()", f"np.max({a})", f"np.mean({a})"])

    def statement(self, indent: str = "    ", depth: int = 0) -> None:
        add = self.lines.append
        pick = self.random.random()
        if pick < 0.5 or depth > 1:
            n = self.random.choice([2, 3, 3, 3, 4])
            text = self.vector_expression(n)
            name = self.new("v")
            add(f"{indent}{name} = {text}")
            self.vectors[n].append(name)
        elif pick < 0.72:
            text = self.number_expression()
            name = self.new("n")
            add(f"{indent}{name} = {text}")
            self.numbers.append(name)
        elif pick < 0.8:
            name, n = self.new("v"), self.random.choice([2, 3])
            before = self.vector_expression(n), self.number()
            add(f"{indent}{name} = {before[0]}")
            add(f"{indent}if {before[1]} > 0.2:")
            add(f"{indent}    {name} = {self.vector_expression(n)}")
            if self.random.random() < 0.5:
                add(f"{indent}else:")
                add(f"{indent}    {name} = {name} * {self.number()}")
            self.vectors[n].append(name)
        elif pick < 0.9:
            name, total, n = self.new("v"), self.new("n"), self.random.choice([2, 3])
            add(f"{indent}{name} = {self.vector_expression(n)}")
            add(f"{indent}{total} = {self.number()}")
            loop = self.random.choice(["for k in range(3):", "for p in [0.1, 0.2]:", "for p in x:", "for r in m:"])
            add(f"{indent}{loop}")
            if n == 3 and "r in m" in loop:
                add(f"{indent}    {name} = {name} * 0.5 + r")
            step = self.random.choice([f"0.5 * {name} + 0.1 * {self.vector_expression(n)}", f"unit({name}) * {self.number()}",
                                       f"{name} * 0.9", *([f"np.cross({name}, {self.vector(3)}) * 0.3"] if n == 3 else [])])
            add(f"{indent}    {name} = {step}")
            more = self.random.choice([f"np.dot({name}, {name})", f"{name}[0]", self.number()])
            add(f"{indent}    {total} = {total} * 0.5 + {more}")
            self.vectors[n].append(name)
            self.numbers.append(total)
        elif pick < 0.96:
            name = self.new("v")
            add(f"{indent}{name} = {self.vector(3)}.copy()")
            add(self.random.choice([
                f"{indent}{name}[{self.random.randrange(3)}] = {self.number()}", f"{indent}{name}[1:] += {self.vector(2)}",
                f"{indent}{name} += {self.vector(3)}", f"{indent}{name} *= {self.number()}",
                f"{indent}{name}[:] = {self.vector(3)}", f"{indent}push({name}, {self.vector(3)})"]))
            self.vectors[3].append(name)
        else:
            name = self.new("n")
            a = self.vector(3)
            add(f"{indent}{name}_0, {name}_1, {name}_2 = {a}")
            self.numbers += [f"{name}_0", f"{name}_1", f"{name}_2"]

    def text(self, length: int) -> str:
        while len(self.lines) < length:
            self.statement()
        ends = [f"np.dot({v}, {v})" for n in (2, 3, 4) for v in self.vectors[n][-2:]] + self.numbers[-2:]
        return HEADER + "def f(x, y, w, q, c, m, s, t):\n" + "\n".join(self.lines) + f"\n    return {' + '.join(ends)}\n"


def program(seed: int, length: int = 8):
    """(a random function, its text)"""
    text = Writer(seed).text(length)
    filename, namespace = f"<vectors {seed}>", {"__name__": f"vectors_{seed}"}
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec"), namespace)
    return namespace["f"], text


def arguments(seed: int) -> tuple:
    rng = np.random.default_rng(seed)
    return (*(rng.standard_normal(n) for n in (3, 3, 2, 4, 11)), rng.standard_normal((3, 3)), float(rng.random()),
            np.float64(rng.random()))


def copied(args: tuple) -> tuple:
    return tuple(a.copy() if isinstance(a, np.ndarray) else a for a in args)


def same(one, other, rtol: float = 1e-9) -> None:
    if isinstance(other, tuple | list):
        for a, b in zip(one, other, strict=True):
            same(a, b, rtol)
        return
    assert isinstance(one, type(other)) or isinstance(one, float) and isinstance(other, float), (type(one), type(other))
    assert np.shape(one) == np.shape(other)
    scale = 1.0 + np.max(np.abs(np.where(np.isfinite(other), other, 0.0)))
    np.testing.assert_allclose(one, other, rtol=rtol, atol=1e-12 * scale)


def check(f, args: tuple, second: bool = True, small: int = 16) -> int:
    """Compare the derivatives with those of the textbook form; how many components there are in the text."""
    which = tuple(range(len(args)))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        g = srcad.value_and_grad(f, which, disconnected="zeros", small_axes=small)
        plain = srcad.value_and_grad(f, which, disconnected="zeros", optimize=False)
        before = copied(args)
        value, found = g(*args)
        assert type(value) is type(f(*copied(args)))
        np.testing.assert_array_equal(value, f(*copied(args)))
        same(found, plain(*copied(args))[1])
        for a, b in zip(args, before):
            np.testing.assert_array_equal(a, b)
        rng = np.random.default_rng(1)
        dots = tuple(random_like(a, rng) for a in args)
        ways = [srcad.tangent(f, which, small_axes=small), srcad.tangent(f, which, optimize=False)]
        same(*[way(*copied(args), *dots) for way in ways])
        if second:
            ways = [srcad.hvp(f, which, small_axes=small), srcad.hvp(f, which, optimize=False)]
            same(*[way(*copied(args), dots) for way in ways], rtol=1e-8)
    return g.source.count(".tolist()")


def main(count: int, start: int = 0) -> None:
    found = 0
    for seed in range(start, start + count):
        f, text = program(seed, 4 + seed % 17)
        try:
            found += check(f, arguments(seed), second=seed % 3 == 0)
        except Exception as error:
            print(seed, type(error).__name__, str(error)[:300].replace("\n", " "))
            if isinstance(error, SyntaxError | NameError):
                print(text)
    print(f"{count} programs, {found} arrays taken apart")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
