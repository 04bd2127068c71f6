"""Random programs made of nested control flow, for differential tests of the compiler's stages.

A program is the text of a function ``f(a, b, c)`` of ints that calls ``log(...)`` and ``tick()`` (true until it has
been called too often), so that the order of side effects can be compared and every ``while`` ends.
"""

from __future__ import annotations

import linecache
import random
import types
import warnings

NAMES = ("a", "b", "c", "d", "e", "u")          # d, e and u may be unbound


class Exhausted(Exception):
    """Raised by `tick` when a program runs for too long."""


class Program:
    """A random function, and what it calls."""

    def __init__(self, seed: int, size: int = 30):
        self.events: list = []
        self.fuel = 0
        self.text = _Writer(random.Random(seed), size).function()
        filename = f"<random program {seed}>"
        linecache.cache[filename] = len(self.text), None, self.text.splitlines(True), filename
        self.names = {"log": self.log, "tick": self.tick, "__builtins__": __builtins__}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            exec(compile(self.text, filename, "exec"), self.names)
        self.function: types.FunctionType = self.names["f"]

    def log(self, *values):
        self.events.append(values)
        return values[-1] if values else 0

    def tick(self):
        self.fuel -= 1
        if self.fuel < -20:
            raise Exhausted
        return self.fuel > 0

    def outcome(self, call, *args) -> tuple:
        """What `call` returns or raises, and the side effects."""
        self.events, self.fuel = [], 60
        try:
            result = call(*args)
        except UnboundLocalError:
            result = UnboundLocalError
        except Exception as error:
            result = repr(error)
        return result, self.events


class _Writer:
    def __init__(self, rng: random.Random, size: int):
        self.rng = rng
        self.left = size
        self.lines: list[str] = []

    def function(self) -> str:
        self.lines.append("def f(a, b, c):")
        if self.rng.random() < 0.85:
            self.lines.append("    d, e = b, 2")
        self.block("    ", in_loop=False, depth=0)
        if self.rng.random() < 0.8:
            self.lines.append(f"    return {self.value()}")
        self.lines.append("    d = e = u = 0")              # not reached, or without effect: makes them local names
        return "\n".join(self.lines) + "\n"

    def block(self, indent: str, in_loop: bool, depth: int) -> None:
        self.lines.append(f"{indent}log({self.rng.randrange(100)})")
        for _ in range(self.rng.randint(1, 4 if depth else 7)):
            self.statement(indent, in_loop, depth)

    def statement(self, indent: str, in_loop: bool, depth: int) -> None:
        self.left -= 1
        simple = depth > 5 or self.left < 0
        kind = self.rng.choices(
            ("assign", "aug", "swap", "log", "exit", "raise", "del", "assert", "if", "for", "while"),
            (10, 4, 2, 3, 4, 0.3, 0.2, 0.3) + ((0, 0, 0) if simple else (9, 3, 3)),
        )[0]
        getattr(self, f"write_{kind}")(indent, in_loop, depth)

    def write_assign(self, indent, in_loop, depth):
        form = self.rng.choice(("{n} = {v}", "{n} = {v}", "{n} = {m} = {v}", "{n}: int = {v}", "{n} = {m}"))
        self.lines.append(indent + form.format(n=self.name(), m=self.name(), v=self.value()))

    def write_aug(self, indent, in_loop, depth):
        self.lines.append(f"{indent}{self.name()} {self.rng.choice('+-^')}= {self.value()}")

    def write_swap(self, indent, in_loop, depth):
        form = self.rng.choice(("{n}, {m} = {m}, {n}", "{n}, {m} = {v}, {w}", "{n}, *{m} = ({v}, {w})[:1]; {m} = 1"))
        text = form.format(n=self.name(), m=self.name(), v=self.value(), w=self.value())
        self.lines += [indent + part.strip() for part in text.split(";")]

    def write_log(self, indent, in_loop, depth):
        self.lines.append(f"{indent}log({self.value()})")

    def write_exit(self, indent, in_loop, depth):
        exits = [f"return {self.value()}", "return"] + ["break", "continue"] * (2 * in_loop)
        self.lines.append(indent + self.rng.choice(exits))

    def write_raise(self, indent, in_loop, depth):
        self.lines.append(f"{indent}raise ValueError({self.value()})")

    def write_del(self, indent, in_loop, depth):
        self.lines.append(f"{indent}del {self.name()}")

    def write_assert(self, indent, in_loop, depth):
        self.lines.append(f"{indent}assert {self.test()}, {self.value()}")

    def write_if(self, indent, in_loop, depth):
        self.lines.append(f"{indent}if {self.test()}:")
        self.block(indent + "    ", in_loop, depth + 1)
        while self.rng.random() < 0.3:
            self.lines.append(f"{indent}elif {self.test()}:")
            self.block(indent + "    ", in_loop, depth + 1)
        if self.rng.random() < 0.5:
            self.lines.append(f"{indent}else:")
            self.block(indent + "    ", in_loop, depth + 1)

    def write_for(self, indent, in_loop, depth):
        head = self.rng.choice(("{n} in range({k})", "{n}, {m} in enumerate(range({k}))", "{n} in ({v}, {w})"))
        text = head.format(n=self.name(), m=self.name(), k=self.rng.randrange(4), v=self.value(), w=self.value())
        self.lines.append(f"{indent}for {text}:")
        self.loop(indent, in_loop, depth)

    def write_while(self, indent, in_loop, depth):
        test = self.rng.choice(("tick()", "True", "tick() and {t}", "{t} and tick()", "(u := tick())"))
        self.lines.append(f"{indent}while {test.format(t=self.test())}:")
        if test == "True":
            self.lines.append(f"{indent}    if not tick(): {self.rng.choice(('break', 'return a'))}")
        self.loop(indent, in_loop, depth)

    def loop(self, indent, in_loop, depth):
        self.block(indent + "    ", True, depth + 1)
        if self.rng.random() < 0.4:
            self.lines.append(f"{indent}else:")
            self.block(indent + "    ", in_loop, depth + 1)

    def name(self) -> str:
        return self.rng.choices(NAMES, (5, 5, 5, 4, 4, 1))[0]

    def value(self, depth: int = 0) -> str:
        rng = self.rng
        if depth > 2 or rng.random() < 0.4:
            return rng.choice((rng.choices(NAMES, (9, 9, 9, 5, 5, 0.1))[0], str(rng.randrange(-3, 10))))
        x, y, z = (self.value(depth + 1) for _ in range(3))
        form = rng.choice((
            "({x} + {y})", "({x} - {y})", "({x} % 7 * {y} % 11)", "-({x})", "log({x})", "log({x}, {y})",
            "({x} if {t} else {y})", "({x} and {y})", "({x} or {y})", "({n} := {x})", "({x}, {y}, {z})[{k}]",
            "max({x}, {y})", "[{x}, *({y}, {z})][{k}]", "int(f'{{{n}}}:3'[:-2])", "{{0: {x}, 1: {y}, 2: {z}}}[{k}]",
        ))
        return form.format(x=x, y=y, z=z, t=self.test(depth + 1), n=self.name(), k=rng.randrange(3))

    def test(self, depth: int = 0) -> str:
        rng = self.rng
        x, y, z = (self.value(depth + 1) for _ in range(3))
        form = rng.choice((
            "{x} < {y}", "{x} > {y}", "{x} == {y}", "{x} % 2 == 0", "{x} != 1",
            "{x} <= {y} < {z}", "not {x}",
            "{x} > 3", "{x}", "({x} < 3 or {y} > 2)",
            "({x} < 3 and {y} > 2)", "{x} in ({y}, {z})", "{x} not in ({y}, 1)", "{x} is None",
        ))
        return form.format(x=x, y=y, z=z)
