"""Random Traces over numbers, arrays and tapes, for the differential test of the printer.

What is printed must do exactly what the Trace does: values, writes into shared memory, the order of effects. Arrays
have four elements; views of them are taken, and written through; numbers stay in [-1, 1].
"""

from __future__ import annotations

import itertools
import math
import operator
import random

import numpy as np

from srcad.errors import Location
from srcad.trace import intrinsics as ops
from srcad.trace.ir import Apply, Block, Comment, For, Function, If, Lit, Param, Ref, Source, Var, While
from srcad.trace.kinds import BOOL, FLOAT, INT, Array, Scalar

ARRAY = Array(np.dtype(float), (4,))
NUMPY_FLOAT = Scalar(float, np.dtype(float))
KINDS = {"f": FLOAT, "i": INT, "b": BOOL, "a": ARRAY}
HINTS = ("x", "y", "s", "v1", "np", "math", "tape", "_", "x_bar", "log", "i", "range")
INDEX = np.array([0, 2, 2, 1])


def mean(x, y):
    return (x + y) * 0.5


class Log:
    """A function with effects, and what it was called with."""

    def __init__(self):
        self.events: list = []

    def __call__(self, *values):
        self.events.append([np.array(v, copy=True) for v in values])
        return 0.25

    __name__ = "log"


class Generator:
    """Makes a random program: `functions`, the main one first, of (float, float, int, array, array)."""

    def __init__(self, seed: int, size: int = 40):
        self.rng = random.Random(seed)
        self.left = size
        self.log = Log()
        self.typed = self.rng.random() < 0.8
        self.made: list[Var] = []
        self.functions: list[Function] = []
        callees = [self.function(f"g{k}", 8, []) for k in range(self.rng.randint(0, 2))]
        self.functions = [self.function("main", size, callees), *callees]

    # --- functions ----------------------------------------------------------------------------------------------------

    def function(self, name: str, size: int, callees: list) -> Function:
        self.left, self.callees, self.made = size, callees, []
        hints = self.rng.sample(HINTS, 5)
        params = [Param(self.var(t, hint)) for t, hint in zip("ffiaa", hints)]
        env = [[t, p.var] for t, p in zip("ffiaa", params)]
        block = Block()
        self.block(block, env, 0)
        result = Var()
        block.stmts.append(Apply(result, ops.build_tuple, tuple(self.some(env, t) for t in "ffa")))
        block.yields = (result,)
        if self.rng.random() < 0.2:
            block.stmts.pop()
            block.yields = (self.some(env, "f"),)
            block.stmts.append(Apply(result, ops.build_tuple, (block.yields[0], Lit(0.0), self.some(env, "a"))))
            block.yields = (result,)
        return Function(name, params, block, header="random")

    def var(self, kind: str, hint: str | None = None) -> Var:
        rng = self.rng
        if hint is None and self.made and rng.random() < 0.35:
            var = Var("", None, rng.choice(self.made), rng.choice(("_bar", "_bar", "_dot", "")))
        else:
            var = Var(rng.choice(HINTS) if hint is None and rng.random() < 0.3 else hint or "")
        if self.typed and kind in KINDS and rng.random() < 0.9:
            var.kind = KINDS[kind]
        self.made.append(var)
        return var

    def some(self, env, kind: str):
        """An atom of a kind: mostly one made lately."""
        found = [v for k, v in env if k == kind]
        if not found or (kind != "a" and self.rng.random() < 0.1):
            rng = self.rng
            return Lit({"f": rng.choice((0.5, -0.25, 1.0)), "i": rng.randrange(4), "b": rng.random() < 0.5}[kind])
        return found[-1] if self.rng.random() < 0.5 else self.rng.choice(found)

    # --- statements ---------------------------------------------------------------------------------------------------

    def block(self, block: Block, env: list, depth: int) -> None:
        for _ in range(self.rng.randint(1, 6 if depth else 9)):
            self.left -= 1
            nested = depth < 4 and self.left > 0
            choice = self.rng.choices(
                ("value", "array", "write", "buffer", "call", "unpack", "log", "tape", "if", "for", "while", "comment"),
                (12, 4, 2, 4, 1, 1, 1) + ((2, 4, 3, 2, 0.5) if nested else (0, 0, 0, 0, 0.5)))[0]
            getattr(self, "add_" + choice)(block, env, depth)

    def apply(self, block: Block, env: list, kind: str | None, fn, *args, hint: str | None = None) -> Var:
        target = self.var(kind or "", hint)
        line = self.rng.randrange(1, 9)
        stmt = Apply(target, fn, args, (), Location("user.py", line, text=f"    user's line {line}"))
        earlier = [s for s in block.stmts if isinstance(s, Apply)]
        if earlier and self.rng.random() < 0.4:
            stmt.origin = self.rng.choice(earlier)
        block.stmts.append(stmt)
        if kind is not None:
            env.append([kind, target])
        return target

    def add_value(self, block, env, depth):
        rng = self.rng
        f, g, i = self.some(env, "f"), self.some(env, "f"), self.some(env, "i")
        form = rng.randrange(12)
        if form < 3:
            self.apply(block, env, "f", rng.choice((operator.mul, mean, max, min)), f, g)
        elif form < 5:
            self.apply(block, env, "f", rng.choice((math.sin, math.cos, operator.neg)), f)
        elif form == 5:
            self.apply(block, env, "i", operator.mod, i, Lit(4))
        elif form == 6:
            self.apply(block, env, "b", rng.choice((operator.lt, operator.ge)), f, g)
        elif form == 7:
            self.apply(block, env, "b", operator.not_, self.some(env, "b"))
        elif form == 8:
            self.apply(block, env, "f", ops.copy_value, f)
        elif form == 9:
            half = self.apply(block, env, "f", operator.mul, f, Lit(0.5))
            self.apply(block, env, "f", operator.iadd, half, Lit(-0.125))
        elif form == 10:
            item = self.apply(block, env, None, operator.getitem, self.some(env, "a"), i)
            self.apply(block, env, "f", float, item)
        else:
            self.apply(block, env, "f", float, self.apply(block, env, None, np.ndarray.mean, self.some(env, "a")))

    def add_array(self, block, env, depth):
        rng, a, b = self.rng, self.some(env, "a"), self.some(env, "a")
        form = rng.randrange(8)
        if form < 3:
            self.apply(block, env, "a", rng.choice((operator.mul, np.minimum, np.maximum)), a, b)
        elif form == 3:
            self.apply(block, env, "a", rng.choice((np.sin, np.cos, np.array, np.zeros_like, operator.neg)), a)
        elif form == 4:
            self.apply(block, env, "a", operator.mul, a, self.some(env, "f"))
        elif form == 5:
            self.apply(block, env, "a", operator.getitem, a, self.index(block))
        elif form == 6:
            self.apply(block, env, "a", getattr, a, Lit("T"))
        else:
            self.apply(block, env, "a", operator.isub, self.apply(block, env, "a", operator.mul, a, Lit(0.5)),
                       self.apply(block, env, None, operator.mul, b, Lit(0.5)))

    def index(self, block) -> Var:
        """A slice, or a tuple with one, that keeps the shape."""
        step = self.rng.choice((None, -1))
        piece = self.apply(block, [], None, ops.build_slice, Lit(None), Lit(None), Lit(step), hint="")
        if self.rng.random() < 0.4:
            piece = self.apply(block, [], None, ops.build_tuple, Lit(...), piece, hint="")
        return piece

    def add_write(self, block, env, depth):
        a = self.some(env, "a")
        if self.rng.random() < 0.5:
            self.apply(block, env, None, operator.setitem, a, self.some(env, "i"), self.some(env, "f"), hint="")
        else:
            self.apply(block, env, None, operator.setitem, a, self.index(block), self.some(env, "a"), hint="")

    def add_buffer(self, block, env, depth):
        """Add to a buffer: its new version takes the place of the old one."""
        entry = self.rng.choice([e for e in env if e[0] == "a"])
        old, rng = entry[1], self.rng
        new = Var(old.hint, old.kind, old.of, old.suffix)
        form = rng.randrange(3)
        if form == 0:
            args = (self.some(env, "i"), self.some(env, "f"))
        elif form == 1:
            args = (self.index(block), self.some(env, "a"))
        else:
            args = (Ref(INDEX), self.some(env, "a"))
        block.stmts.append(Apply(new, ops.scatter_add if form == 2 else ops.index_add, (old, *args)))
        for entry in env:
            if entry[1] is old:
                entry[1] = new

    def add_call(self, block, env, depth):
        if not self.callees:
            return
        args = tuple(self.some(env, t) for t in "ffiaa")
        result = self.apply(block, env, None, self.rng.choice(self.callees), *args, hint="")
        for k, kind in enumerate("ffa"):
            if self.rng.random() < 0.8:
                self.apply(block, env, kind, operator.getitem, result, Lit(k))

    def add_unpack(self, block, env, depth):
        pair = self.apply(block, env, None, ops.build_tuple, *(self.some(env, "f") for _ in "abc"))
        star = self.rng.choice((-1, -1, 1))
        items = self.apply(block, env, None, ops.unpack, pair, Lit(3), Lit(star))
        for k in range(3):
            if k != star and self.rng.random() < 0.8:
                self.apply(block, env, "f", operator.getitem, items, Lit(k))

    def add_log(self, block, env, depth):
        self.apply(block, env, "f", self.log, self.some(env, "f"), self.some(env, "a"))

    def add_comment(self, block, env, depth):
        block.stmts.append(Comment("a comment"))

    # --- blocks -------------------------------------------------------------------------------------------------------

    def handed_on(self, env: list, count: int) -> list:
        """Entries of the environment that a join or a loop gives new versions."""
        candidates = [e for e in env if e[0] in "fiba"]
        return self.rng.sample(candidates, min(count, len(candidates)))

    def versions(self, entries: list) -> list[Var]:
        out = []
        for kind, old in entries:
            if self.rng.random() < 0.6 and isinstance(old, Var):
                out.append(old.like())
            else:
                out.append(self.var(kind))
        return out

    def arm(self, env: list, entries: list, depth: int) -> Block:
        inner, block = [list(e) for e in env], Block()
        self.block(block, inner, depth + 1)
        block.yields = self.values(inner, env, entries)
        return block

    def values(self, inner: list, env: list, entries: list) -> tuple:
        """What a block hands on: its version of each, or anything else of the kind."""
        places = [next(k for k, e in enumerate(env) if e is entry) for entry in entries]
        return tuple(inner[p][1] if self.rng.random() < 0.5 else self.some(inner, inner[p][0]) for p in places)

    def replace(self, env: list, entries: list, targets) -> None:
        for entry, target in zip(entries, targets):
            env.append([entry[0], target])

    def add_if(self, block, env, depth):
        entries = self.handed_on(env, self.rng.randint(0, 3))
        cond = self.some(env, "b")
        then = self.arm(env, entries, depth) if self.rng.random() < 0.8 else Block([], tuple(e[1] for e in entries))
        orelse = self.arm(env, entries, depth) if self.rng.random() < 0.6 else Block([], tuple(e[1] for e in entries))
        if entries and isinstance(cond, Var) and self.rng.random() < 0.15 and entries[0][0] == "b":
            orelse.yields = (cond, *orelse.yields[1:])
        targets = tuple(self.versions(entries))
        block.stmts.append(If(cond, then, orelse, targets))
        self.replace(env, entries, targets)

    def loop_body(self, env, entries, carried, depth, extra) -> tuple[Block, object]:
        inner = [list(e) for e in env]
        for entry, var in zip(entries, carried):
            place = next(k for k, e in enumerate(env) if e is entry)
            inner[place][1] = var
        before = [list(e) for e in inner]
        inner += extra
        body = Block()
        self.block(body, inner, depth + 1)
        stop = None
        if self.rng.random() < 0.4:
            stop = self.stop(body, inner)
        places = [next(k for k, e in enumerate(env) if e is entry) for entry in entries]
        yields = []
        for p in places:
            known = inner if self.rng.random() < 0.7 else before
            yields.append(inner[p][1] if self.rng.random() < 0.5 else self.some(known, inner[p][0]))
        if self.rng.random() < 0.4:
            # Hand some of the values on crosswise.
            for j, k in itertools.combinations(range(len(entries)), 2):
                if entries[j][0] == entries[k][0]:
                    yields[j], yields[k] = self.rng.choice((carried[k], yields[k])), carried[j]
        body.yields = tuple(yields)
        return body, stop

    def stop(self, body: Block, inner: list):
        """A flag that leaves the loop: computed, or told by a last If, or by Ifs inside each other."""
        if self.rng.random() < 0.4:
            return self.some(inner, "b")
        flag = self.nested_stop(body, inner, 2)
        if self.rng.random() < 0.2:
            inner.append(["b", flag])
        return flag

    def nested_stop(self, body: Block, inner: list, depth: int) -> Var:
        entries = self.handed_on(inner, self.rng.randint(0, 2))
        flag = self.var("b", self.rng.choice(("", "stop")))
        arms = []
        for k in range(2):
            block, own = Block(), [list(e) for e in inner]
            if self.rng.random() < 0.6:
                self.add_value(block, own, 9)
            value: object = Lit(self.rng.random() < 0.5) if depth == 0 or self.rng.random() < 0.6 else None
            if value is None:
                value = self.nested_stop(block, own, depth - 1) if k else self.some(own, "b")
            block.yields = (*self.values(own, inner, entries), value)
            arms.append(block)
        targets = tuple(self.versions(entries))
        body.stmts.append(If(self.some(inner, "b"), *arms, (*targets, flag)))
        self.replace(inner, entries, targets)
        return flag

    def add_for(self, block, env, depth):
        entries = self.handed_on(env, self.rng.randint(0, 5))
        carried = tuple(self.versions(entries))
        inits = tuple(e[1] if self.rng.random() < 0.7 else self.some(env, e[0]) for e in entries)
        count = self.some(env, "i") if self.rng.random() < 0.4 else Lit(self.rng.randrange(4))
        trips = self.apply(block, env, None, range, count, hint="")
        i = self.var("i", "i" if self.rng.random() < 0.5 else None)
        sources, extra = [Source(i, trips)], [["i", i]]
        if self.rng.random() < 0.3:
            pairs = [self.apply(block, env, None, ops.build_tuple, *(self.some(env, "f") for _ in "ab")) for _ in "abc"]
            items = self.apply(block, env, None, ops.build_list, *pairs)
            left, right = self.var("f"), self.var("f")
            sources.append(Source((left, right), items))
            extra += [["f", left], ["f", right]]
        body, stop = self.loop_body(env, entries, carried, depth, extra)
        block.stmts.append(For(tuple(sources), carried, inits, body, stop))
        self.replace(env, entries, carried)

    def add_while(self, block, env, depth):
        entries = self.handed_on(env, self.rng.randint(0, 2))
        carried = self.versions(entries)
        count, after = self.var("i", ""), self.var("i", "")
        inits = [e[1] for e in entries]
        env_inner = [list(e) for e in env]
        for entry, var in zip(entries, carried):
            env_inner[next(k for k, e in enumerate(env) if e is entry)][1] = var
        test = Block()
        if self.rng.random() < 0.3:
            self.add_value(test, env_inner, 9)
        test.yields = (self.apply(test, env_inner, "b", operator.lt, count, Lit(3)),)
        body, stop = Block(), None
        self.block(body, env_inner, depth + 1)
        if self.rng.random() < 0.4:
            stop = self.stop(body, env_inner)
        place = self.rng.randint(0, max(0, len(body.stmts) - bool(stop)))
        body.stmts.insert(place, Apply(after, operator.add, (count, Lit(1))))
        body.yields = (*self.values(env_inner, env, entries), after)
        block.stmts.append(While((*carried, count), (*inits, Lit(0)), test, body, stop))
        self.replace(env, entries, carried)

    def add_tape(self, block, env, depth):
        """A loop that records and one that replays, or readers of a tape."""
        tape = self.apply(block, env, None, ops.new_tape, hint="tape" if self.rng.random() < 0.5 else "")
        trips = self.apply(block, env, None, range, Lit(3), hint="")
        i, inner, body = self.var("i"), [list(e) for e in env], Block()
        self.block(body, [*inner, ["i", i]], depth + 1)
        width = self.rng.randint(1, 3)
        recorded = [self.some(inner, "f") for _ in range(width)]
        body.stmts.append(Apply(Var(), ops.push, (tape, *recorded)))
        block.stmts.append(For((Source(i, trips),), (), (), body))
        replayed = [Var("", v.kind, v, "") if isinstance(v, Var) else self.var("f") for v in recorded]
        if self.rng.random() < 0.5:
            back = self.apply(block, env, None, ops.rewind, tape, hint="")
            target = replayed[0] if width == 1 else tuple(replayed)
            total, after, outer = self.var("f"), self.var("f"), Block()
            again = [list(e) for e in env] + [["f", v] for v in replayed] + [["f", total]]
            self.block(outer, again, depth + 1)
            outer.stmts.append(Apply(after, mean, (total, self.some(again, "f"))))
            outer.yields = (after,)
            block.stmts.append(For((Source(target, back),), (total,), (Lit(0.0),), outer))
            env.append(["f", total])
        else:
            reader = self.apply(block, env, None, ops.cursor, tape, hint="")
            entry = self.apply(block, env, None, ops.take, reader, hint="")
            if width > 1:
                for k, var in enumerate(replayed):
                    block.stmts.append(Apply(var, operator.getitem, (entry, Lit(k))))
                    env.append(["f", var])
            else:
                env.append(["f", entry])
