"""Random programs on numbers and small arrays, without in-place writes.

What enters is a seed; what leaves is the text of a module: helpers and a function ``f(x, y, v, w, n)`` of two numbers,
a vector of three, an array that broadcasts with it, and an integer. The one idea: every value has a *type* that says
what may be done with it, and every expression keeps to a bounded range, so that almost every program runs and has a
derivative.

Types: ``S`` a number, ``V`` a vector of three, ``N`` an array of any shape that broadcasts to (2, 3), ``M`` a number or
such an array, ``I`` an integer, ``T`` a pair (S, M).
"""

from __future__ import annotations

import random
import re
from contextlib import contextmanager

NUMBERS = ("a", "b", "c", "d")
VECTORS = ("p", "q")
ARRAYS = ("r", "s")
MIXED = ("m", "k")
PAIRS = ("t", "u")
STEMS = {"S": NUMBERS, "V": VECTORS, "N": ARRAYS, "M": MIXED, "T": PAIRS}
#: What a value of a type may be used as.
COVERS = {"S": "S", "V": "V", "N": "VN", "M": "SVNM", "T": "T", "I": "I"}


def program(seed: int, size: int = 18) -> str:
    """The text of a random module."""
    return Writer(random.Random(seed), size).module()


class Writer:
    """Writes one module.

    Attributes
    ----------
    env : dict
        Variable → type, of the variables that are surely bound here.
    fixed : set
        Variables that must keep their type: they are read at the start of the loop being written.
    """

    def __init__(self, rng: random.Random, size: int):
        self.rng, self.size = rng, size
        self.lines: list[str] = []
        self.helpers: dict[str, tuple] = {}
        self.env: dict[str, str] = {}
        self.fixed: set[str] = set()
        self.loops = 0
        self.fresh = 0
        self.left = 0
        self.result = "S"

    # --- functions ----------------------------------------------------------------------------------------------------

    def module(self) -> str:
        self.lines += ["import math", "", "import numpy as np", ""]
        self.lines += ["SCALE = 0.75", "SHIFT = np.array([0.25, -0.5, 0.125])", ""]
        for k in range(self.rng.randint(0, 3)):
            self.helper(f"h{k}")
        self.env = {"x": "S", "y": "S", "v": "V", "w": "N", "n": "I"}
        self.result = self.rng.choice(("S", "S", "S", "M", "T"))
        self.function("f", "x, y, v, w, n", self.size)
        return "\n".join(self.lines) + "\n"

    def helper(self, name: str) -> None:
        kinds = self.rng.choice(("S", "SS", "M", "SM", "V", "ST"))
        names = [f"{k.lower()}{i}" for i, k in enumerate(kinds)]
        self.env = dict(zip(names, kinds))
        self.result = self.rng.choice("SSMT")
        recursive = self.rng.random() < 0.25
        header = ", ".join(names)
        if recursive:
            self.env["depth"] = "I"
            header += ", depth=2"
        result = self.result
        self.lines += [f"def {name}({header}):"]
        if recursive:
            self.lines += ["    if depth == 0:", f"        return {self.value(result, 1)}"]
            arguments = ", ".join(self.value(k, 1) for k in kinds)
            self.lines += [f"    below = {name}({arguments}, depth - 1)"]
            self.env["below"] = result
        self.body(self.rng.randint(2, 7))
        self.lines += [""]
        self.helpers[name] = kinds, result

    def function(self, name: str, header: str, size: int) -> None:
        self.lines += [f"def {name}({header}):"]
        self.body(size)

    def body(self, size: int) -> None:
        self.left, self.loops, self.fixed = size, 0, set()
        self.block("    ", 0, size)
        self.lines.append(f"    return {self.outcome()}")

    def outcome(self) -> str:
        """A result that depends on several variables."""
        names = [name for name, kind in self.env.items() if kind != "I"]
        parts = [f"{USES[self.env[name]]}".replace("?", name) for name in self.rng.sample(names, min(4, len(names)))]
        total = " + ".join([self.value("S", 1), *parts])
        match self.result:
            case "T":
                return f"({total}, {self.value('M', 1)})"
            case "M":
                return f"({total}) * {self.value('M', 1)}"
        return total

    # --- statements ---------------------------------------------------------------------------------------------------

    def block(self, indent: str, depth: int, most: int = 4) -> bool:
        """Write statements; does control reach the end?"""
        for _ in range(self.rng.randint(1, most) if depth else most):
            if not self.statement(indent, depth):
                return False
            if self.left <= 0:
                break
        return True

    def statement(self, indent: str, depth: int) -> bool:
        self.left -= 1
        compound = depth < 4 and self.left > 0
        kind = self.rng.choices(
            ("assign", "augment", "pair", "swap", "exit", "branch", "for", "while"),
            (10, 3, 2, 1, 1.5 * (depth > 0)) + ((5, 3, 1.5) if compound else (0, 0, 0)))[0]
        return getattr(self, f"write_{kind}")(indent, depth) is not False

    def bind(self, kind: str) -> str:
        """A variable for a value of this type."""
        rng = self.rng
        name = rng.choice(STEMS[kind] if rng.random() < 0.9 else ("x", "y", "v", "w"))
        known = self.env.get(name)
        if name in self.fixed and known is not None and kind not in COVERS[known]:
            self.fresh += 1
            name = f"z{self.fresh}"
            known = None
        if not (name in self.fixed and known is not None):
            self.env[name] = kind
        return name

    def write_assign(self, indent: str, depth: int) -> None:
        kind = self.rng.choice("SSSVNMM")
        value = self.value(kind, 0)
        self.lines.append(f"{indent}{self.bind(kind)} = {value}")

    def write_augment(self, indent: str, depth: int) -> None:
        value = self.value("S", 0)
        names = [name for name, kind in self.env.items() if kind == "S"]
        target = f"{self.rng.choice(names)} {self.rng.choice(('+=', '-=', '*='))}" if names else f"{self.bind('S')} ="
        self.lines.append(f"{indent}{target} {value}")

    def write_pair(self, indent: str, depth: int) -> None:
        rng = self.rng
        known = [name for name, kind in self.env.items() if kind == "T"]
        if known and rng.random() < 0.5:
            source = rng.choice(known)
            self.lines.append(f"{indent}{self.bind('S')}, {self.bind('M')} = {source}")
            return
        value = self.value("T", 0)
        self.lines.append(f"{indent}{self.bind('T')} = {value}")

    def write_swap(self, indent: str, depth: int) -> None:
        kind = self.rng.choice("SSVM")
        one, other = self.value(kind, 1), self.value(kind, 1)
        first, second = self.bind(kind), self.bind(kind)
        if first != second:
            self.lines.append(f"{indent}{first}, {second} = {one}, {other}")
        else:
            self.lines.append(f"{indent}{first} = {one}")

    def write_exit(self, indent: str, depth: int) -> bool:
        exits = ["return"] + ["break", "continue"] * 2 * (self.loops > 0)
        how = self.rng.choice(exits)
        self.lines.append(f"{indent}{how} {self.outcome()}" if how == "return" else indent + how)
        return False

    def write_branch(self, indent: str, depth: int) -> bool:
        tests = [self.test()]
        while self.rng.random() < 0.25:
            tests.append(self.test())
        before, ends = dict(self.env), []
        for k, test in enumerate(tests):
            self.lines.append(f"{indent}{'elif' if k else 'if'} {test}:")
            self.arm(indent, depth, before, ends)
        if self.rng.random() < 0.6:
            self.lines.append(f"{indent}else:")
            self.arm(indent, depth, before, ends)
        else:
            ends.append(before)
        self.env = joined(ends) if ends else before
        return bool(ends)

    def arm(self, indent: str, depth: int, before: dict, ends: list) -> None:
        self.env = dict(before)
        if self.block(indent + "    ", depth + 1):
            ends.append(self.env)

    @contextmanager
    def looping(self):
        """A loop's body: what exists before keeps its type, widened for some."""
        for name, kind in list(self.env.items()):
            free = name in NUMBERS + VECTORS + ARRAYS and name not in self.fixed
            if kind in "SVN" and free and self.rng.random() < 0.15:
                self.env[name] = "M"
        before, fixed = dict(self.env), set(self.fixed)
        self.fixed |= set(before)
        self.loops += 1
        yield before
        self.loops -= 1
        self.fixed = fixed
        self.env = before

    def write_for(self, indent: str, depth: int) -> None:
        rng = self.rng
        self.fresh += 1
        i, e, g = f"i{self.fresh}", f"e{self.fresh}", f"g{self.fresh}"
        header, bound = rng.choice((
            (f"{i} in range({rng.randint(0, 3)})", {i: "I"}),
            (f"{i} in range({rng.randint(0, 3)})", {i: "I"}),
            (f"{i} in range({'n' if 'n' in self.env else 2})", {i: "I"}),
            (f"{i} in range(2, {rng.randint(-1, 1)}, -1)", {i: "I"}),
            (f"{e} in {self.value('V', 1)}", {e: "S"}),
            (f"{e} in ({self.value('S', 1)}, {self.value('S', 1)})", {e: "S"}),
            (f"{e} in [{self.value('V', 1)}, {self.value('V', 1)}]", {e: "V"}),
            (f"{i}, {e} in enumerate({self.value('V', 1)})", {i: "I", e: "S"}),
            (f"{e}, {g} in zip({self.value('V', 1)}, {self.value('V', 1)})", {e: "S", g: "S"}),
            (f"{e} in reversed({self.value('V', 1)})", {e: "S"}),
        ))
        self.lines.append(f"{indent}for {header}:")
        with self.looping():
            self.env |= bound
            self.block(indent + "    ", depth + 1)
        if rng.random() < 0.2:
            self.lines.append(f"{indent}else:")
            before = dict(self.env)
            self.block_after(indent, depth, before)

    def block_after(self, indent: str, depth: int, before: dict) -> None:
        fixed = set(self.fixed)
        self.fixed |= set(before)
        self.block(indent + "    ", depth + 1, 2)
        self.fixed, self.env = fixed, before

    def write_while(self, indent: str, depth: int) -> None:
        self.fresh += 1
        counter = f"j{self.fresh}"
        self.lines.append(f"{indent}{counter} = 0")
        self.env[counter] = "I"
        with self.looping():
            test = self.test()
            more = self.rng.choice(("", f" and ({test})"))
            self.lines.append(f"{indent}while {counter} < {self.rng.randint(1, 3)}{more}:")
            self.lines.append(f"{indent}    {counter} += 1")
            self.block(indent + "    ", depth + 1)

    # --- expressions --------------------------------------------------------------------------------------------------

    def test(self, depth: int = 1) -> str:
        forms = TESTS + INTEGER_TESTS * 2 if self.names("I") else TESTS
        return self.fill(self.rng.choice(forms), depth + 1)

    def names(self, kind: str) -> list[str]:
        return [name for name, known in self.env.items() if known in COVERS[kind]]

    def value(self, kind: str, depth: int) -> str:
        """An expression of this type."""
        rng = self.rng
        known = self.names(kind) + CONSTANTS[kind]
        if depth > 2 or rng.random() < 0.1 + 0.25 * depth:
            variables = self.names(kind)
            if variables and rng.random() < 0.85:
                return rng.choice(variables)
            return rng.choice(known) if known else self.fill(SHORT[kind], depth + 1)
        if rng.random() < 0.12:
            calls = [n for n, (_, result) in self.helpers.items() if result in COVERS[kind]]
            if calls:
                name = rng.choice(calls)
                return f"{name}({', '.join(self.value(k, depth + 1) for k in self.helpers[name][0])})"
        forms = FORMS[kind] + (INTEGER_FORMS.get(kind, ()) if self.names("I") else ())
        return self.fill(rng.choice(forms), depth + 1)

    def fill(self, form: str, depth: int) -> str:
        """A form with its places filled: a type's letter, ``?`` a test, ``#`` a small threshold, ``%`` an index."""

        def place(match) -> str:
            match match[1]:
                case "?":
                    return self.test(depth)
                case "#":
                    return repr(self.rng.choice((0.1, -0.2, 0.45)))
                case "%":
                    return str(self.rng.randrange(-3, 3))
                case "I":
                    return self.rng.choice(self.names("I"))
                case kind:
                    return self.value(kind, depth)

        return re.sub(r"<(.)>", place, form)


#: A number that depends on a variable of a type.
USES = {"S": "?", "V": "(SHIFT * ?).sum()", "N": "np.sum(np.sin(?))", "M": "np.sum(? * 0.5)", "T": "?[0]"}
CONSTANTS = {"S": ["0.5", "SCALE", "2"], "V": ["SHIFT"], "N": ["SHIFT"], "M": ["0.5", "SHIFT"], "T": [], "I": ["1"]}
SHORT = {"T": "(<S>, <M>)"}
TESTS = ("<S> > <#>", "<S> < <S>", "<S> < <S> <= <S>", "not <S> > <S>", "<S> > 0.1 and <S> < 0.4", "<S> > 0.6 or <S> < -0.2")
INTEGER_TESTS = ("<I> % 2 == 0", "<I> > 1", "not <I>")
FORMS = {
    "S": (
        "<S> * <S>", "(<S> + <S>)", "(<S> - <S>)", "math.sin(<S>)", "math.tanh(<S>)", "<S> / (1.5 + math.cos(<S>))",
        "math.exp(-abs(<S>))", "math.sqrt(1.0 + math.sin(<S>))", "-(<S>)", "(<S> if <?> else <S>)", "max(<S>, <S>)",
        "math.atan2(<S>, 2.0 + math.cos(<S>))", "(1.5 + math.sin(<S>)) ** <S>", "(<S> - 2) ** 3", "min(<S>, <S>, 0.7)",
        "np.sum(<N>)", "np.mean(<V>)", "np.dot(<V>, <V>)", "(<V>)[<%>]", "(<N> * <M>).sum()", "(<V>).max()", "sum(<V>)",
        "np.tanh(<V>).sum()", "(<T>)[0]", "np.sum(<M>)", "float(<S>)", "0.0", "1", "math.hypot(<S>, 1.0)",
    ),
    "V": (
        "(<V> + <V>)", "<V> * <S>", "(<S> - <V>)", "np.sin(<V>)", "np.tanh(<V>)", "<V> / (1.5 + np.cos(<V>))", "(<V>)[::-1]",
        "np.where(<V> > <#>, <V>, <S>)", "np.array([<S>, 0.5, <S>])", "np.cumsum(<V>)", "(<V>)[[2, 0, 2]]", "-(<V>)",
        "np.concatenate([(<V>)[:1], (<V>)[1:]])", "np.maximum(<V>, <V>)", "(<V>) ** 2", "(1.5 + np.sin(<V>)) ** <S>",
        "<S> * np.ones(3)", "np.sort(<V>)", "(<V> if <?> else <V>)", "np.roll(<V>, 1)", "(<V>).copy()", "np.outer(<V>, <V>)[1]",
        "np.full(3, <S>)", "np.clip(<V>, -0.4, <S>)", "np.eye(3) @ (<V>)",
    ),
    "N": (
        "(<N> + <M>)", "<N> * <M>", "(<M> - <N>)", "np.cos(<N>)", "np.tanh(<N>)", "<N> / (1.5 + np.cos(<M>))", "(<N>)[:1]",
        "(<N>)[::-1]", "(<N>)[..., :1]", "(<N>).sum(axis=-1, keepdims=True)", "np.mean(<N>, axis=0, keepdims=True)",
        "(<N>).reshape(1, -1)[:, :1]", "np.where(<N> > <#>, <M>, <N>)", "np.array([<S>])", "np.zeros_like(<N>) + <M>",
        "np.full((2, 1), 0.5) * <S>", "(<N>)[None][0]", "np.ones((2, 1)) * <N>", "np.stack([<N>, 0.5 + np.zeros((2, 3))][:1])[0]",
        "(<N> if <?> else <N>)", "np.ones((1, 3)) * <M>", "np.max(<N>, axis=-1, keepdims=True)", "np.outer((<V>)[:2], <V>)",
        "np.ones((2, 2)) @ (np.ones((2, 1)) * <N>)", "np.broadcast_to(<N>, (2, 3))", "np.atleast_1d(<M>)",
    ),
    "M": (
        "(<M> + <M>)", "<M> * <M>", "(<M> - <M>)", "np.sin(<M>)", "<M> / (1.5 + np.cos(<M>))", "(<M> if <?> else <M>)",
        "<S>", "<N>",
        "np.maximum(<M>, <M>)", "(<T>)[1]", "np.where(<M> > 0.1, <M>, 0.5)", "-(<M>)", "(<M>) ** 2",
    ),
    "T": ("(<S>, <M>)", "(<S>, <M>)", "((<S>, <M>) if <?> else <T>)"),
}
INTEGER_FORMS = {"S": ("(<V>)[<I> % 3]", "<S> * <I>", "<S> ** (<I> % 3)"), "V": ("np.roll(<V>, <I>)", "<V> * <I>")}


def joined(ends: list[dict]) -> dict:
    """What is known after a branch: the variables that every arm binds."""
    env = {}
    for name in ends[0]:
        kinds = {end.get(name) for end in ends}
        if None in kinds:
            continue
        if len(kinds) == 1:
            env[name] = ends[0][name]
        elif "T" not in kinds and "I" not in kinds:
            env[name] = "N" if kinds <= {"V", "N"} else "M"
    return env
