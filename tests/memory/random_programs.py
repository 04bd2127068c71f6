"""Random programs that write in place, as lines of source; and the shrinking of those that fail.

A program is a tree: a line, or a header with an indented block. It is generated together with what is known of its
names (rank and shape do not change), so every program is legal; what it computes is smooth.
"""

from __future__ import annotations

import importlib.util
import random
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from . import random_forms
from .random_forms import N

HEAD = '''import numpy as np


def mul_into(v, w, k):
    v[1:] += k * w[:-1] * v[1:]
    w *= 0.5 * v


def rotate(v):
    t = v[0]
    v[:-1] = v[1:]
    v[-1] = t
    return v


def tail(v):
    return v[1:]


def read(v, k):
    return np.sin(v).sum() * k


def set_until(v, w, t):
    for i in range(len(v)):
        v[i] = v[i] * w[-1 - i] + 0.1
        if np.real(v[i]) > t:
            return i
    return 0


def halves(v):
    m = len(v) // 2
    return v[:m], v[m:]


def pick(v, w, t):
    if np.real(t) > 0:
        return v
    return w[::-1]


'''


@dataclass
class Names:
    """What may be used: vectors by length, matrices, numbers."""

    vectors: dict = field(default_factory=dict)      # name → length
    matrices: list = field(default_factory=list)     # N × N
    numbers: list = field(default_factory=list)
    counters: list = field(default_factory=list)     # integers in 0..N-2
    views: dict = field(default_factory=dict)        # names of parts of matrices → shape
    lists: list = field(default_factory=list)        # of three vectors of N

    def copy(self):
        return Names(dict(self.vectors), list(self.matrices), list(self.numbers), list(self.counters), dict(self.views),
                     list(self.lists))


class Generator:
    """Makes one program from a seed."""

    head: str = HEAD
    endings: tuple = ()

    def __init__(self, seed: int, size: int = 10) -> None:
        self.r = random.Random(seed)
        self.fresh = 0
        self.shape: str | None = None        # of what is returned
        names = Names({"x": N, "y": N}, ["A"], ["c"])
        self.tree = self.block(names, self.r.randint(3, size), 0)
        self.last = self.ending(names)

    def name(self, stem: str) -> str:
        self.fresh += 1
        return f"{stem}{self.fresh}"

    # --- expressions --------------------------------------------------------------------------------------------------

    def index(self, n: int, names: Names) -> str:
        if names.counters and n >= N and self.r.random() < 0.6:
            i = self.r.choice(names.counters)
            return self.r.choice([i, f"{i} + 1"])
        return str(self.r.randint(-n, n - 1))

    def number(self, names: Names, depth: int = 2) -> str:
        r = self.r
        choice = r.random()
        if depth == 0 or choice < 0.25:
            return r.choice([*names.numbers, f"{r.uniform(-1.5, 1.5):.2f}"])
        if choice < 0.6:
            v = r.choice(list(names.vectors))
            return f"{v}[{self.index(names.vectors[v], names)}]"
        if choice < 0.68:
            return f"A[{r.randint(0, N - 1)}, {r.randint(0, N - 1)}]"
        if choice < 0.76:
            return f"np.sin({self.number(names, depth - 1)})"
        if choice < 0.82:
            return f"{r.choice(list(names.vectors))}.sum()"
        op = r.choice(["+", "-", "*"])
        return f"({self.number(names, depth - 1)} {op} {self.number(names, depth - 1)})"

    def vector(self, n: int, names: Names, depth: int = 2) -> str:
        """An expression for a vector of this length."""
        r = self.r
        same = [v for v, m in names.vectors.items() if m == n]
        longer = [v for v, m in names.vectors.items() if m > n]
        options = []
        if same:
            options += [lambda: r.choice(same)] * 3 + [lambda: f"{r.choice(same)}[::-1]"]
            options += [lambda: f"{r.choice(same)}[np.array({[r.randint(0, n - 1) for _ in range(n)]})]"]
        if longer:
            def part():
                v = r.choice(longer)
                m = names.vectors[v]
                k = r.randint(0, m - n)
                return f"{v}[{k}:{k + n}]"
            options += [part] * 3
            if any(names.vectors[v] == 2 * n for v in longer):
                options += [lambda: f"{next(v for v in longer if names.vectors[v] == 2 * n)}[::2]"]
        if n == N:
            options += [lambda: f"A[{r.randint(0, N - 1)}]", lambda: f"A[:, {r.randint(0, N - 1)}]"]
        if n == N:
            options += [lambda: f"A[{r.choice([':-1', '1:'])}].sum(axis=0)", lambda: "np.diagonal(A)"]
        if depth:
            options += [lambda: f"np.sin({self.vector(n, names, depth - 1)})"]
            options += [lambda: f"({self.vector(n, names, depth - 1)} {r.choice('+-*')} "
                                f"{r.choice([self.vector(n, names, depth - 1), self.number(names, 1)])})"] * 3
            options += [lambda: f"{self.vector(n, names, depth - 1)}.copy()"]
        if not options:
            return f"np.full({n}, {self.number(names, 1)})"
        return r.choice(options)()

    # --- statements ---------------------------------------------------------------------------------------------------

    def target(self, names: Names) -> tuple[str, int]:
        """A place in a vector or a matrix: its text and the length of what it holds (0: a number)."""
        r = self.r
        if r.random() < 0.25:
            i, j = r.randint(0, N - 1), r.randint(0, N - 1)
            return r.choice([(f"A[{i}, {j}]", 0), (f"A[{i}]", N), (f"A[:, {j}]", N), (f"A.T[{i}]", N), (f"A[{i}, 1:]", N - 1)])
        v = r.choice(list(names.vectors))
        n = names.vectors[v]
        choice = r.random()
        if choice < 0.4:
            return f"{v}[{self.index(n, names)}]", 0
        if choice < 0.5:
            return f"{v}[:]", n
        if choice < 0.6:
            return f"{v}[::-1]", n
        if choice < 0.7 and n >= 2:
            return f"{v}[::2]", (n + 1) // 2
        if choice < 0.74:
            return f"{v}[np.real({v}) > {r.uniform(-0.3, 0.5):.2f}]", 0
        if choice < 0.77:
            return f"{v}.flat[{self.index(n, names)}]", 0
        if choice < 0.79 and n >= 2:
            return f"{v}.reshape(-1)[1:]", n - 1
        if choice < 0.84:
            where = [r.randint(0, n - 1) for _ in range(r.randint(1, 3))]
            return f"{v}[np.array({where})]", len(where)
        if n < 2:
            return f"{v}[0]", 0
        k = r.randint(0, n - 1)
        m = r.randint(k + 1, n)
        return f"{v}[{k}:{m}]", m - k

    def statement(self, names: Names, depth: int):
        r = self.r
        if r.random() < 0.3:
            return random_forms.statement(self, names, depth)
        choice = r.random()
        if choice < 0.28:
            place, n = self.target(names)
            op = r.choice(["=", "=", "+=", "-=", "*="])
            return f"{place} {op} {self.vector(n, names) if n and r.random() < 0.8 else self.number(names)}"
        if choice < 0.36:
            v = r.choice(list(names.vectors))
            op = r.choice(["+=", "-=", "*=", "/=", "**="])
            if op == "/=":
                return f"{v} /= (2.0 + np.sin({self.vector(names.vectors[v], names, 1)}))"
            if op == "**=":
                return f"{v} **= 2"
            return f"{v} {op} {self.vector(names.vectors[v], names)}"
        if choice < 0.48:
            n = r.choice([N, N, N - 1, 2])
            name = self.name("v") if r.random() < 0.7 or n != N or depth else r.choice(["x", "y"])
            text = f"{name} = {self.vector(n, names)}"
            names.vectors[name] = n
            return text
        if choice < 0.54:
            name = self.name("s") if r.random() < 0.5 or len(names.numbers) < 2 else r.choice(names.numbers)
            text = f"{name} = {self.number(names)}"
            if name not in names.numbers:
                names.numbers.append(name)
            return text
        if choice < 0.59:
            full = [v for v, n in names.vectors.items() if n == N]
            a, b = r.choice(full), r.choice(full)
            return f"{a}, {b} = {b}, {a}"
        if choice < 0.64:
            v = r.choice(list(names.vectors))
            i, j = (self.index(names.vectors[v], names) for _ in range(2))
            return f"{v}[{i}], {v}[{j}] = {v}[{j}], {v}[{i}]"
        if choice < 0.72:
            full = [v for v, n in names.vectors.items() if n == N]
            a, b = r.choice(full), r.choice(full)
            kind = r.random()
            if kind < 0.1:
                name = self.name("k")
                names.counters.append(name)
                return f"{name} = set_until({a}, {b}, {r.uniform(-0.2, 0.5):.2f}) % {N - 1}"
            if kind < 0.2:
                first, second = self.name("v"), self.name("v")
                names.vectors[first] = names.vectors[second] = N // 2
                return f"{first}, {second} = {r.choice([f'halves({a})', f'np.split({a}, 2)'])}"
            if kind < 0.25:
                name = self.name("v")
                names.vectors[name] = N
                return f"{name} = pick({a}, {b}, {self.number(names, 1)})"
            kind = r.random()
            if kind < 0.4:
                return f"mul_into({a}, {b}, {self.number(names, 1)})"
            if kind < 0.6:
                name = self.name("v")
                names.vectors[name] = N
                return f"{name} = rotate({a})"
            if kind < 0.8:
                name = self.name("v")
                names.vectors[name] = N - 1
                return f"{name} = tail({a})"
            name = self.name("s")
            names.numbers.append(name)
            return f"{name} = read({a}, {self.number(names, 1)})"
        if choice < 0.76:
            return r.choice([f"A *= {self.number(names, 1)}", "A[1:] += A[:-1]", "A[:] = A.T", "A.fill(0.5)",
                             "np.sin(x, out=y)", "A = A.T", "x.sort()"][:6])
        if choice < 0.77:
            return self.writer(names)
        if choice < 0.79:
            name = self.name("v")
            names.vectors[name] = N * N
            return f"{name} = {r.choice(['A.ravel()', 'A.reshape(-1)', 'A.T.reshape(-1)', 'A.flatten()'])}"
        if depth >= 2:
            return f"c = {self.number(names)}"
        inner = names.copy()
        size = r.randint(1, 4)
        if choice < 0.85:
            name = self.name("row")
            inner.vectors[name] = N
            return (f"for {name} in A:", self.block(inner, size, depth + 1))
        if choice < 0.88:
            return self.while_loop(inner, size, depth)
        if choice < 0.90:
            name = self.name("w")
            inner.vectors[name] = N
            body = [f"{name}[:] = {r.choice(['0.0', '1.0', 'x', 'y * c'])}", *self.block(inner, size, depth + 1)]
            names.vectors[name] = N
            return (f"{name} = np.zeros_like(x)", None), (f"for _ in range({r.choice([2, 3])}):", body)
        if choice < 0.93:
            i = self.name("i")
            inner.counters.append(i)
            return (f"for {i} in range({r.choice([N - 1, N - 1, 2])}):", self.block(inner, size, depth + 1))
        return (f"if np.real({self.number(names, 1)}) > {r.uniform(-0.5, 0.5):.2f}:", self.block(inner, size, depth + 1))

    def writer(self, names: Names) -> str:
        """A call that writes to an array."""
        r = self.r
        v = r.choice(list(names.vectors))
        n = names.vectors[v]
        where = [r.randint(0, n - 1) for _ in range(r.randint(1, 3))]
        value = r.choice([self.number(names, 1), self.vector(len(where), names, 1)])
        part = self.vector(n, names, 1)
        return r.choice([
            f"np.add.at({v}, np.array({where}), {value})", f"np.multiply.at({v}, {where}, {value})",
            f"np.subtract.at({v}, {where}, {value})", f"np.put({v}, {where}, {value})",
            f"np.putmask({v}, np.real({v}) > 0.2, {part})", f"np.copyto({v}, {part}, where=np.real({v}) > 0.2)",
            f"np.multiply({v}, {part}, out={v})", f"np.add({part}, {self.number(names, 1)}, {v})",
            f"np.sin({v}, out={v}, where=np.real({v}) > 0)", f"{v}.sort()", f"{v}[::-1].sort()",
            f"np.fill_diagonal(A, {r.choice([self.number(names, 1), self.vector(N, names, 1)])})",
            f"np.put_along_axis(A, np.array([[0], [2], [1], [0]]), {self.number(names, 1)}, axis={r.choice([0, 1])})"
            if r.random() < 0.5 else f"A.flat[::5] = {self.number(names, 1)}",
            f"{v}.fill({self.number(names, 1)})", f"np.cumsum({v}, out={v})"])

    def while_loop(self, inner: Names, size: int, depth: int):
        """A loop that ends early, or not."""
        r = self.r
        i = self.name("i")
        inner.counters.append(i)
        body = self.block(inner, size, depth + 1)
        leave = r.choice(["break", "break", f"{i} += 1"])
        if r.random() < 0.5:
            body.insert(r.randint(0, len(body)), (f"if np.real({self.number(inner, 1)}) > {r.uniform(-0.5, 0.5):.2f}:", [leave]))
        test = r.choice([f"{i} < {N - 1}", f"{i} < {N - 1} and np.real(x[{i}]) < {r.uniform(0.0, 1.0):.2f}"])
        return (f"{i} = 0", None), (f"while {test}:", [*body, f"{i} += 1"])

    def block(self, names: Names, count: int, depth: int) -> list:
        made: list = []
        for _ in range(count):
            new = self.statement(names, depth)
            if isinstance(new, tuple) and isinstance(new[0], tuple):       # several
                made += [node[0] if isinstance(node, tuple) and node[1] is None else node for node in new]
            else:
                made.append(new)
        if depth < 2 and self.r.random() < 0.06:
            made.append((f"if np.real({self.number(names, 1)}) > {self.r.uniform(-0.5, 0.5):.2f}:", [self.ending(names)]))
        return made

    def ending(self, names: Names) -> str:
        r = self.r
        if self.shape is None:
            self.shape = r.choice(["all", "all", "some", "vector", "pair"])
        if self.shape == "some":
            v = r.choice(list(names.vectors))
            return f"return ({v} * {v}).sum() + {self.number(names, 1)}"
        if self.shape == "vector":
            return f"return {r.choice([v for v, n in names.vectors.items() if n == N])}"
        if self.shape == "pair":
            return f"return {r.choice(['x', 'y'])}[1:], {self.number(names, 1)}"
        result = " + ".join(f"(np.sin({v}) * {0.3 + 0.2 * k:.1f}).sum()" for k, v in enumerate(list(names.vectors)[:5]))
        return f"return {result} + A.sum() + c"


def lines(tree: list, indent: int = 1) -> list[str]:
    out = []
    for node in tree:
        if isinstance(node, str):
            out.append("    " * indent + node)
        else:
            out.append("    " * indent + node[0])
            out += lines(node[1], indent + 1)
    return out


def source(tree: list, last: str, head: str = HEAD) -> str:
    return head + "\n".join(["def f(x, y, A, c):", *lines(tree), "    " + last]) + "\n"


_folder = None
_count = 0


def load(text: str):
    """The function of a program's text, in a file of its own."""
    global _folder, _count
    if _folder is None:
        _folder = tempfile.TemporaryDirectory()
    _count += 1
    path = Path(_folder.name) / f"program_{_count}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module.f


def smaller(tree: list):
    """Trees with something left out."""
    for k, node in enumerate(tree):
        yield tree[:k] + tree[k + 1:]
        if not isinstance(node, str):
            yield tree[:k] + node[1] + tree[k + 1:]
            for inner in smaller(node[1]):
                if inner:
                    yield [*tree[:k], (node[0], inner), *tree[k + 1:]]


#: What a program may return while it is made smaller.
ENDINGS = ("return x.sum()", "return (x * x).sum()", "return A.sum()", "return (A * A).sum()", "return y.sum()")


def shrink(tree: list, last: str, fails, rounds: int = 200, head: str = HEAD, endings: tuple = ENDINGS):
    """The smallest program found that still fails; `fails(text)` says whether it does (an illegal one does not)."""
    for ending in endings:
        if fails(source(tree, ending, head)):
            last = ending
            break
    while rounds > 0:
        for candidate in smaller(tree):
            rounds -= 1
            if fails(source(candidate, last, head)):
                tree = candidate
                break
            if rounds <= 0:
                break
        else:
            break
    return source(tree, last, head)
