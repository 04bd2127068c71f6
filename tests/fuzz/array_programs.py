"""Random programs on arrays of many shapes and types that write in place, grown statement by statement.

What enters is a seed; what leaves is the text of a function and arguments for it. The one idea: a statement is written
for the values that its names have when control comes there first, found by running the program so far; it stays if the
program then still runs and its value is tame. So shapes need no rules: axes of length 0 and 1, matrices that become rows,
views, float32 and complex numbers, integers, closures that write to what is outside.
"""

from __future__ import annotations

import copy
import random
from typing import Any

import numpy as np

HEAD = ["import math", "", "import numpy as np", "", "SCALE = 0.75", "OFFSETS = np.array([0.25, -0.5, 0.125])", ""]
UNARY = ("np.sin({0})", "np.tanh({0})", "np.exp(-{0} * {0})", "-({0})", "np.sqrt(1.0 + {0} * {0})", "({0}) ** 2", "np.abs({0})",
         "np.log(2.0 + np.cos({0}))", "{0} / (1.5 + np.cos({0}))", "({0}).copy()", "np.square({0})")
UNARY_COMPLEX = ("np.sin({0} * 0.5)", "-({0})", "({0}) ** 2 * 0.1", "np.conj({0})", "{0} / (2.5 + abs({0}))",
                 "np.exp(1j * {0}.real)")
SCALAR = ("math.sin({0})", "math.tanh({0})", "math.exp(-abs({0}))", "-({0})", "math.sqrt(1.0 + {0} * {0})", "({0}) ** 2",
          "float({0})", "({0}) ** 3 * 0.1", "math.atan({0})")
BINARY = ("({0} + {1})", "({0} - {1})", "{0} * {1}", "{0} * {1}", "{0} / (1.5 + np.cos({1}))")
CHOOSING = ("np.where({0} > {1}, {0}, {2})", "np.maximum({0}, {1})", "np.minimum({0}, {1} * 0.5)",
            "np.hypot({0}, 1.0 + {1} ** 2)", "np.clip({0}, -0.4, 0.6)")
SHAPES = ((3,), (4,), (5,), (1,), (0,), (2, 3), (3, 4), (4, 4), (1, 3), (3, 1), (1, 1), (0, 3), (3, 0), (2, 3, 2))
INDENT = "    "


class Here(Exception):
    """Control came to the place that is looked at: it carries what the names are."""


def copied(args: tuple) -> tuple:
    return copy.deepcopy(args)


def function_of(text: str, filename: str = "<array program>", **names: Any) -> Any:
    names |= {"__name__": "array_program"}
    exec(compile(text, filename, "exec"), names)
    return names["f"]


def program(seed: int, size: int | None = None) -> tuple[str, tuple]:
    """The text of a random module, and arguments for its function ``f``."""
    rng = random.Random(seed)
    return Grower(rng, size or rng.randint(8, 30)).grow()


class Grower:
    """Grows one program.

    Attributes
    ----------
    lines : list of str
        The body so far.
    at : int
        Where the next line is put.
    """

    def __init__(self, rng: random.Random, size: int):
        self.rng, self.size, self.fresh = rng, size, 0
        numbers = np.random.default_rng(rng.randrange(1 << 30))

        def array(shape: tuple, dtype: str = "f8") -> np.ndarray:
            made = numbers.normal(size=shape) * 0.7
            if dtype == "c16":
                made = made + 0.7j * numbers.normal(size=shape)
            return np.asarray(made).astype(dtype)

        vector = rng.choice((3, 4, 5, 5, 1, 0))
        matrix = rng.choice(((vector, vector), (3, vector), (vector, 3), (1, vector), (vector, 1)))
        odd = rng.choice(SHAPES)
        dtype = rng.choice(("f8",) * 6 + ("f4", "c16", "c16"))
        self.args = (float(numbers.normal()), array((vector,)), array((vector,)), array(matrix), array(odd, dtype),
                     numbers.integers(0, max(1, vector), size=3), vector, rng.choice((0, 1, 2, 3)))
        self.header = "def f(x, v, w, A, B, at, n, m):"
        self.lines: list[str] = []
        self.at = 0

    # --- running ------------------------------------------------------------------------------------------------------

    def text(self, lines: list[str] | None = None, ending: str = "    return 0.0") -> str:
        body = self.lines if lines is None else lines
        return "\n".join([*HEAD, self.header, *(INDENT + line for line in body), ending]) + "\n"

    def names_here(self, indent: str) -> dict | None:
        """What the names are when control comes to the place of the next line; None if it does not."""
        lines = [*self.lines[:self.at], f"{indent}raise Here(dict(locals()))", *self.lines[self.at:]]
        try:
            with np.errstate(all="ignore"):
                function_of(self.text(lines), Here=Here)(*copied(self.args))
        except Here as here:
            return {k: v for k, v in here.args[0].items() if not k.startswith("_")}
        except Exception:
            return None
        return None

    def is_sound(self) -> bool:
        """Does the program run, to tame values?"""
        names = "[v for v in list(locals().values()) if isinstance(v, (float, complex, np.ndarray, np.generic))]"
        try:
            with np.errstate(all="ignore"):
                values = function_of(self.text(ending=f"    return {names}"))(*copied(self.args))
        except Exception:
            return False
        return not isinstance(values, list) or all(
            np.all(np.isfinite(v)) and np.all(np.abs(v) < 30) and np.ndim(v) <= 3 and np.size(v) < 200 for v in values)

    def put(self, *lines: str) -> bool:
        """Put lines at the place, if the program is sound then; the place moves behind them."""
        before = list(self.lines), self.at
        self.lines[self.at:self.at] = lines
        self.at += len(lines)
        if self.is_sound():
            return True
        self.lines, self.at = before
        return False

    # --- statements ---------------------------------------------------------------------------------------------------

    def grow(self) -> tuple[str, tuple]:
        if self.rng.random() < 0.3:
            self.closure()
        tries = 0
        while len(self.lines) < self.size and tries < 4 * self.size:
            tries += 1
            self.statement("", 0, False)
        self.at = len(self.lines)
        ending = f"    return {self.outcome('')}"
        self.lines = [line for k, line in enumerate(self.lines) if line.strip() != "pass" or not self.is_left_out(k)]
        return self.text(ending=ending), self.args

    def is_left_out(self, k: int) -> bool:
        """Is there another line in the block that a ``pass`` begins?"""
        following = self.lines[k + 1] if k + 1 < len(self.lines) else ""
        return len(following) - len(following.lstrip()) == len(self.lines[k]) - len("pass")

    def statement(self, indent: str, depth: int, looping: bool) -> None:
        names = self.names_here(indent)
        if names is None:
            return
        self.names = names
        r = self.rng
        forms = [(self.assign, 5), (self.augment, 3), (self.write, 5), (self.element, 4 if looping else 2), (self.view, 2),
                 (self.out, 1), (self.accumulate, 2)]
        if depth < 3:
            forms += [(self.loop, 4 if depth < 2 else 1), (self.branch, 2), (self.repeat, 1)]
        if looping:
            forms += [(self.leave, 1), (self.neighbours, 4)]
        form = r.choices([f for f, _ in forms], [w for _, w in forms])[0]
        form(indent, depth, looping)

    def block(self, indent: str, depth: int, looping: bool) -> None:
        for _ in range(self.rng.randint(1, 5)):
            self.statement(indent, depth, looping)

    def name(self, stem: str) -> str:
        if self.rng.random() < 0.5:
            self.fresh += 1
            return f"{stem}{self.fresh}"
        return f"{stem}{self.rng.randint(0, 2)}"

    def assign(self, indent, depth, looping):
        r = self.rng
        if r.random() < 0.5:
            known = [k for k, v in self.names.items() if isinstance(v, float)]
            target = r.choice(known) if known and r.random() < 0.5 else self.name("s")
            self.put(f"{indent}{target} = {self.number(0)}")
            return
        shape = self.shape()
        same = self.arrays(lambda a: a.shape == shape and a.dtype == np.float64)
        target = r.choice(same) if same and r.random() < 0.4 else self.name("a")
        fresh = ("np.zeros({s})", "np.ones({s})", "np.full({s}, 0.5)", "np.zeros({s}, dtype=np.float32)")
        value = r.choice(fresh).format(s=shape) if r.random() < 0.25 else self.array(shape, 0)
        self.put(f"{indent}{target} = {value}")

    def augment(self, indent, depth, looping):
        r = self.rng
        numbers = [k for k, v in self.names.items() if isinstance(v, float)]
        arrays = self.arrays(lambda a: a.dtype.kind in "fc")
        if numbers and (r.random() < 0.5 or not arrays):
            self.put(f"{indent}{r.choice(numbers)} {r.choice(('+=', '-=', '*=', '/='))} {self.number(0)}")
        elif arrays:
            name = r.choice(arrays)
            self.put(f"{indent}{name} {r.choice(('+=', '-=', '*='))} {self.smaller(self.names[name].shape, 0)}")

    def accumulate(self, indent, depth, looping):
        numbers = [k for k, v in self.names.items() if isinstance(v, float)]
        if numbers:
            self.put(f"{indent}{self.rng.choice(numbers)} += {self.number(0)}")

    def write(self, indent, depth, looping):
        arrays = self.arrays(lambda a: a.ndim and a.dtype.kind in "fc")
        if not arrays:
            return
        name = self.rng.choice(arrays)
        index = self.index(name)
        try:
            part = eval(f"{name}[{index}]", {"np": np}, dict(self.names))
        except Exception:
            return
        op = self.rng.choice(("=", "=", "+=", "-=", "*="))
        value = self.smaller(np.shape(part), 0) if np.ndim(part) else self.number(0)
        self.put(f"{indent}{name}[{index}] {op} {value}")

    def element(self, indent, depth, looping):
        arrays = self.arrays(lambda a: a.ndim == 1 and a.dtype.kind == "f")
        if arrays:
            name = self.rng.choice(arrays)
            position = self.position(len(self.names[name]))
            self.put(f"{indent}{name}[{position}] {self.rng.choice(('=', '+=', '*='))} {self.number(0)}")

    def neighbours(self, indent, depth, looping):
        r = self.rng
        i = self.counter()
        arrays = self.arrays(lambda a: a.ndim in (1, 2) and a.dtype.kind == "f")
        if i is None or not arrays:
            return
        name = r.choice(arrays)
        k, j, other = (r.choice((i, f"{i} - 1", f"{i} + 1", f"{i} - 2", f"{i} + 2")) for _ in range(3))
        if self.names[name].ndim == 2 and r.random() < 0.5:
            k, j, other = (f"{place}, {r.choice((':', '0', i, '::-1'))}" for place in (k, j, other))
        read = r.choice((f"{name}[{j}] * {self.number(2)}", f"{name}[{j}] * {name}[{other}]",
                         f"np.tanh({name}[{j}] + {name}[{other}])", f"{name}[{j}] - 0.5 * {name}[{other}] ** 2"))
        self.put(f"{indent}{name}[{k}] {r.choice(('=', '=', '+=', '*='))} {read}")

    def view(self, indent, depth, looping):
        r = self.rng
        arrays = self.arrays(lambda a: a.ndim)
        if not arrays:
            return
        name = r.choice(arrays)
        how = r.choice((f"{name}[{self.slices(name)}]", f"{name}.T", f"{name}.reshape(-1)", f"{name}[::-1]", name,
                        f"{name}[{self.slices(name)}]"))
        self.put(f"{indent}{self.name('p')} = {how}")

    def out(self, indent, depth, looping):
        arrays = self.arrays(lambda a: a.ndim and a.dtype == np.float64)
        if arrays:
            name = self.rng.choice(arrays)
            shape = self.names[name].shape
            how = self.rng.choice(("np.multiply({a}, {b}, out={n})", "np.add({a}, {b}, {n})", "np.sin({a}, out={n})",
                                   "np.copyto({n}, {a})", "{n}.fill({s})", "np.add.at({n}, {k}, {s})"))
            k = self.rng.choice(("at", "0", "[0, 0]")) if shape[0] else "[]"
            self.put(indent + how.format(a=self.array(shape, 1), b=self.smaller(shape, 1), n=name, s=self.number(1), k=k))

    def branch(self, indent, depth, looping):
        test = self.test()
        if not self.put(f"{indent}if {test}:", f"{indent}    pass"):
            return
        self.block(indent + INDENT, depth + 1, looping)
        if self.rng.random() < 0.5 and self.put(f"{indent}else:", f"{indent}    pass"):
            self.block(indent + INDENT, depth + 1, looping)

    def loop(self, indent, depth, looping):
        r = self.rng
        self.fresh += 1
        i, e, g = f"i{self.fresh}", f"e{self.fresh}", f"g{self.fresh}"
        ranges = ("range(n)", "range(1, n)", "range(n - 1)", "range(1, n - 1)", "range(n - 1, -1, -1)", "range(n - 2, 0, -1)",
                  "range(m)", "range(m, n)", "range(3)", "range(0)", "range(2, n)", "range(0, n, 2)", "range(len(A))",
                  "range(n - 1, 0, -1)")
        headers = [f"{i} in {r.choice(ranges)}"] * 6
        headers += [f"{e} in v", f"{i}, {e} in enumerate(w)", f"{e} in A", f"{e}, {g} in zip(v, w)", f"{e} in reversed(v)",
                    f"{i}, {e} in zip(range(1, n), w)", f"{i} in at", f"{e}, {g} in zip(A, v)"]
        if self.put(f"{indent}for {r.choice(headers)}:", f"{indent}    pass"):
            self.block(indent + INDENT, depth + 1, True)

    def repeat(self, indent, depth, looping):
        self.fresh += 1
        j = f"j{self.fresh}"
        more = f" and {self.test()}" if self.rng.random() < 0.6 else ""
        most = self.rng.choice(("n", "m", "3"))
        if self.put(f"{indent}{j} = 0", f"{indent}while {j} < {most}{more}:", f"{indent}    {j} += 1"):
            self.block(indent + INDENT, depth + 1, True)

    def leave(self, indent, depth, looping):
        how = self.rng.choice(("break", "continue", "break", f"return {self.outcome(indent)}"))
        self.put(f"{indent}if {self.test()}:", f"{indent}    {how}")

    def closure(self):
        self.names = self.names_here("") or {}
        body = self.rng.choice((
            ("def h(z, k):", "    return np.sum(np.sin(z) * k)"),
            ("def h(z, k):", "    z *= 0.5", "    return z.sum() * k"),
            ("def h(z, k):", "    if k > 0.2:", "        return np.sum(z * z)", "    return k * x"),
            ("def h(z, k):", "    v[:1] = k", "    return np.sum(z) + x"),
            ("def h(z, k):", "    t = 0.0", "    for q in range(len(z)):", "        t += np.sum(z[q]) * k",
             "        z[q] = t * 0.1", "    return t"),
        ))
        self.put(*body)

    def outcome(self, indent: str) -> str:
        names = self.names_here(indent) or self.names
        self.names = names
        terms = []
        for name, value in names.items():
            if isinstance(value, np.ndarray) and value.dtype.kind == "c":
                terms.append(f"np.sum(np.abs({name} + 2.0) ** 2)")
            elif isinstance(value, np.ndarray) and value.dtype.kind == "f":
                terms.append(f"np.sum({name} * np.cos({name}))")
            elif isinstance(value, float):
                terms.append(f"{name} * {name}")
        return " + ".join(["0.0", *self.rng.sample(terms, min(len(terms), 4))])

    # --- expressions --------------------------------------------------------------------------------------------------

    def arrays(self, wanted) -> list[str]:
        return [k for k, v in self.names.items() if isinstance(v, np.ndarray) and k != "at" and wanted(v)]

    def counter(self) -> str | None:
        counters = [k for k, v in self.names.items() if k[0] == "i" and isinstance(v, int)]
        return self.rng.choice(counters[-2:]) if counters else None

    def shape(self) -> tuple:
        shapes = [self.names[k].shape for k in self.arrays(lambda a: a.ndim <= 2)]
        return self.rng.choice(shapes) if shapes and self.rng.random() < 0.85 else self.rng.choice(SHAPES[:-1])

    def position(self, length: int) -> str:
        i = self.counter()
        own = [i, f"{i} - 1", f"({i} + 1) % {max(length, 1)}", f"-1 - {i}", f"{i} + 1"] if i else []
        return self.rng.choice((*own, *own, "0", "-1", "n // 2", "at[0]", "m"))

    def slices(self, name: str) -> str:
        r = self.rng
        forms = [":", "1:", ":-1", "::-1", "::2", ":m", "1:-1", "m:", "-2:"]
        i = self.counter()
        if i:
            forms += [f":{i}", f"{i}:", f"{i}:{i} + 2"]
        ndim = self.names[name].ndim
        return ", ".join(r.choice(forms) for _ in range(r.randint(1, ndim)))

    def index(self, name: str) -> str:
        r, ndim = self.rng, self.names[name].ndim
        choice = r.random()
        if choice < 0.5:
            return self.slices(name)
        if choice < 0.6:
            return "..."
        if choice < 0.7:
            return f"{name} > {r.choice(('0.1', '-0.2'))}" if self.names[name].dtype.kind == "f" else ":1"
        if choice < 0.78:
            return "at"
        if ndim == 2:
            p = self.position(self.names[name].shape[0])
            q = self.position(self.names[name].shape[1])
            return r.choice((p, f"{p}, {q}", f":, {q}", f"{p}, 1:", f"[0, -1], {p}"))
        return self.position(self.names[name].shape[0])

    def test(self) -> str:
        r = self.rng
        i = self.counter()
        forms = [f"{self.number(2)} > {r.choice(('0.1', '-0.3', '0.5'))}", f"{self.number(2)} < {self.number(2)}", "n > 2", "m",
                 "not m"]
        if i:
            forms += [f"{i} % 2 == 0", f"{i} > 1", f"0 < {i} < n - 1"]
        return r.choice(forms)

    def number(self, depth: int) -> str:
        """An expression of a real number."""
        r = self.rng
        numbers = [k for k, v in self.names.items() if isinstance(v, float)]
        if depth > 2 or r.random() < 0.2:
            if numbers and r.random() < 0.85:
                return r.choice(numbers)
            return r.choice(("0.5", "SCALE", "x", "2", "-0.0", "1.0", "n", "m", "0"))
        choice = r.random()
        if choice < 0.3:
            return r.choice(SCALAR).format(self.number(depth + 1))
        if choice < 0.55:
            return r.choice(BINARY).format(self.number(depth + 1), self.number(depth + 1))
        if choice < 0.62:
            return f"({self.number(depth + 1)} if {self.test()} else {self.number(depth + 1)})"
        floats = self.arrays(lambda a: a.dtype.kind == "f")
        if "h" in self.names and floats and r.random() < 0.15:
            return f"h({r.choice(floats)}, {self.number(depth + 1)})"
        complexes = self.arrays(lambda a: a.dtype.kind == "c")
        if complexes and r.random() < 0.4:
            c = r.choice(complexes)
            return r.choice((f"np.sum(np.abs({c}) ** 2)", f"np.sum({c}).imag", f"np.vdot({c}, {c}).real",
                             f"np.sum({c}.real * {c}.imag)"))
        if not floats:
            return r.choice(("x", "SCALE"))
        name = r.choice(floats)
        value = self.names[name]
        same = r.choice(self.arrays(lambda a: a.shape == value.shape and a.dtype.kind == "f"))
        forms = [f"np.sum({name})", f"np.sum({name} * {same})", f"({name} * {same}).sum()", f"np.vdot({name}, {same})",
                 f"np.sum({self.array(value.shape, depth + 1)})", f"np.mean({name} * {name})" if value.size else "0.0",
                 f"np.max({name})" if value.size else "1.0"]
        if value.ndim == 1:
            forms += [f"{name}[{self.position(len(value))}]"] * 4
            forms += [f"np.dot({name}, {same})", f"{name} @ {same}", f"sum({name})",
                      f"np.linalg.norm({name})" if value.size else "0.0"]
        if value.ndim == 2:
            forms += [f"{name}[{self.position(value.shape[0])}, {self.position(value.shape[1])}]", f"np.trace({name})",
                      f"np.sum({name}, axis=0) @ np.sum({same}, axis=0)", f"np.einsum('ij,ij->', {name}, {same})"]
        return r.choice(forms)

    def smaller(self, shape: tuple, depth: int) -> str:
        """An expression that broadcasts to a shape."""
        r = self.rng
        choice = r.random()
        if choice < 0.3:
            return self.number(depth + 1)
        fits = self.arrays(lambda a: a.dtype.kind != "c" and broadcasts(a.shape, shape))
        if choice < 0.5 and fits:
            return r.choice(fits)
        return self.array(shape, depth + 1)

    def array(self, shape: tuple, depth: int) -> str:
        """An expression of a real array of a shape."""
        r = self.rng
        same = self.arrays(lambda a: a.shape == shape and a.dtype.kind == "f")
        if depth > 2 or r.random() < 0.15:
            if same:
                return r.choice(same)
            return f"np.full({shape}, {self.number(depth + 1)})"
        complexes = self.arrays(lambda a: a.shape == shape and a.dtype.kind == "c")
        if complexes and r.random() < 0.3:
            return r.choice(UNARY_COMPLEX).format(r.choice(complexes)) + r.choice((".real", ".imag"))
        choice = r.random()
        if choice < 0.25:
            return r.choice(UNARY).format(self.array(shape, depth + 1))
        if choice < 0.5:
            return r.choice(BINARY).format(self.array(shape, depth + 1), self.smaller(shape, depth + 1))
        if choice < 0.58:
            return r.choice(CHOOSING).format(self.array(shape, depth + 1), self.smaller(shape, depth + 1), self.number(depth + 1))
        forms = [f"np.zeros({shape}) + {self.smaller(shape, depth + 1)}", f"np.broadcast_to({self.smaller(shape, 2)}, {shape})"]
        if len(shape) == 1:
            forms += self.vectors(shape[0], same)
        if len(shape) == 2:
            forms += self.matrices(shape, same)
        return r.choice(forms)

    def floats(self, shape: tuple) -> list[str]:
        return self.arrays(lambda a: a.shape == shape and a.dtype.kind == "f")

    def vectors(self, n: int, same: list[str]) -> list[str]:
        """Expressions of vectors: parts and sums of matrices, and what rearranges vectors."""
        forms = []
        for k in self.arrays(lambda a: a.ndim == 2 and a.dtype.kind == "f"):
            rows, columns = self.names[k].shape
            if rows == n:
                forms += [f"{k}.sum(axis=1)", f"np.sum({k}, axis=1)", f"np.sum(np.sin({k}), axis=1)"]
                forms += [f"{k} @ {u}" for u in self.floats((columns,))]
            if rows == n and columns:
                forms += [f"{k}[:, {self.position(columns)}]", f"np.mean({k}, axis=1)", f"np.max({k}, axis=-1)"]
            if columns == n:
                forms += [f"np.sum({k}, axis=0)", f"np.sum({k} * {k}, axis=0)"]
                forms += [f"np.sum({u}[:, None] * {k}, axis=0)" for u in self.floats((rows,))]
            if columns == n and rows:
                forms += [f"{k}[{self.position(rows)}]"]
        for k in same:
            forms += [f"{k}[::-1]", f"np.cumsum({k})", f"np.roll({k}, 1)", f"np.concatenate([{k}[:1], {k}[1:]])", f"np.sort({k})"]
        return forms

    def matrices(self, shape: tuple, same: list[str]) -> list[str]:
        """Expressions of matrices: products, transposes, what is centred."""
        forms = []
        for k in self.floats(shape[::-1]):
            forms += [f"{k}.T", f"np.sin({k}).T"]
        for a in self.floats(shape[:1]):
            for b in self.floats(shape[1:]):
                forms += [f"{a}[:, None] * {b}", f"np.outer({a}, {b})"]
        for k in self.arrays(lambda a: a.ndim == 2 and a.shape[0] == shape[0] and a.dtype.kind == "f"):
            forms += [f"{k} @ {o}" for o in self.floats((self.names[k].shape[1], shape[1]))]
        forms += [f"({k} - np.mean({k}, axis=0))" for k in same if shape[0]]
        forms += [f"np.sum({k}, axis=1, keepdims=True) * {o}" for k in same for o in same]
        return forms


def broadcasts(one: tuple, shape: tuple) -> bool:
    try:
        return np.broadcast_shapes(one, shape) == shape
    except ValueError:
        return False
