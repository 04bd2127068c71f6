"""Random programs that change lists, dicts and objects, as lines of source (`random_programs` loads and shrinks them).

Lists never get shorter than two items, and every index is taken modulo the length, so that every program is legal. Names
are of fixed sorts: lists of numbers (`l`), of arrays (`m`), of lists (`r`), dicts (`d`), an object (`o`).
"""

from __future__ import annotations

import random

HEAD = '''import numpy as np


class Box:
    def __init__(self, v):
        self.v = v
        self.log = [v, v]

    def note(self, e):
        self.log.append(e)
        self.v = 0.5 * self.v + e


def push(l, e):
    l.append(np.sin(e))
    return l


def first_and_last(l):
    return l[0] * l[-1]


def bump(d, e):
    d["a"] = d["a"] * e
    return d


def scale(m, e):
    for v in m:
        v *= np.cos(e)


'''
START = [
    "n = len(x)", "k = 0",
    "l1 = [x[0], x[1] * c]", "l2 = []", "for i in range(n):", ["l2.append(x[i] * y[i - 1])"],
    "m1 = [x * 1.0, y * c]", "r1 = [[x[2], y[3]], [c, x[0]]]", "r2 = []", "for i in range(n):", ["r2.append([x[i], y[i]])"],
    'd1 = {"a": x[1], "b": y[2]}', "o = Box(y[0])", "s = x[3]", "w = x * c",
]
END = ('return s + sum(l1) * 0.3 + l2[0] * l2[-1] + m1[0].sum() + (m1[-1] * w).sum() + r1[0][0] * r1[-1][-1] + r2[1][0] '
       '+ d1["a"] * d1["b"] + o.v + sum(o.log)')


def as_tree(items: list) -> list:
    """Lines, in which a list is the block of the line before it, as `random_programs` has them."""
    out: list = []
    for item in items:
        if isinstance(item, str):
            out.append(item)
        else:
            out[-1] = (out[-1], as_tree(item))
    return out


class Generator:
    """Makes one program from a seed."""

    head = HEAD
    endings = ("return s", "return sum(l1)", "return l2[0] * l2[-1]", "return m1[0].sum() + m1[-1].sum()", "return (w * w).sum()",
               "return r1[0][0] * r1[-1][-1]", "return r2[1][0]", 'return d1["a"] * d1["b"]', "return o.v + sum(o.log)")

    def __init__(self, seed: int, size: int = 9) -> None:
        self.r = random.Random(seed)
        self.depth = 0
        self.tree = as_tree([*START, *self.block(self.r.randint(3, size), [])])
        self.last = END

    def block(self, size: int, counters: list) -> list:
        out: list = []
        for _ in range(size):
            out += self.statement(counters)
        return out

    def pick(self, names: str) -> str:
        return self.r.choice(names.split())

    def index(self, counters: list) -> str:
        return self.r.choice([*counters, *counters, "0", "1", "-1", "2"])

    def item(self, counters: list, lists: str = "l1 l2") -> str:
        xs = self.pick(lists)
        return f"{xs}[{self.at(xs, counters)}]"

    def at(self, xs: str, counters: list) -> str:
        i = self.index(counters)
        return i if i in ("0", "1", "-1") else f"{i} % len({xs})"

    def number(self, counters: list, depth: int = 2) -> str:
        r = self.r
        choice = r.random()
        if depth == 0 or choice < 0.3:
            return r.choice(["s", "c", f"{r.uniform(-1.2, 1.2):.2f}", "x[1]", "y[2]", "o.v", f'd1["{self.pick("a b")}"]'])
        if choice < 0.6:
            return self.item(counters)
        if choice < 0.68:
            m = f"m1[{self.at('m1', counters)}]"
            return self.r.choice([f"{m}[{r.randint(0, 3)}]", f"{m}.sum()"])
        if choice < 0.76:
            row = f"{(name := self.pick('r1 r2'))}[{self.at(name, counters)}]"
            return f"{row}[{self.pick('0 1 -1')}]"
        if choice < 0.86:
            return f"np.sin({self.number(counters, depth - 1)})"
        if choice < 0.9:
            return f"first_and_last({self.pick('l1 l2')})"
        return f"({self.number(counters, depth - 1)} {self.pick('+ - *')} {self.number(counters, depth - 1)})"

    def vector(self, counters: list) -> str:
        return self.r.choice(["w", f"m1[{self.at('m1', counters)}]", f"x * {self.number(counters, 1)}", "np.sin(w)", "y + w"])

    def statement(self, counters: list) -> list:
        r = self.r
        if self.depth < 2 and r.random() < 0.22:
            return self.compound(counters)
        number, xs = self.number(counters), self.pick("l1 l2")
        other = "l2" if xs == "l1" else "l1"
        rows = self.pick("r1 r2")
        return r.choice([
            lambda: [f"s = {number}"],
            lambda: [f"{xs}[{self.at(xs, counters)}] = {number}"],
            lambda: [f"{xs}[{self.at(xs, counters)}] {self.pick('+= *= -=')} {number}"],
            lambda: [f"{xs}.append({number})"],
            lambda: [f"if len({xs}) > 2:", [f"s = s + {xs}.pop()"]],
            lambda: [f"if len({xs}) > 2:", [f"s = s * {xs}.pop({self.pick('0 1 -1')})"]],
            lambda: [f"if len({xs}) > 2:", [f"del {xs}[{self.pick('0 1 -1')}]"]],
            lambda: [f"{xs}.insert({self.pick('0 1 -1')}, {number})"],
            lambda: [f"{xs}.extend([{number}, s])"],
            lambda: [f"{xs} += [{number}]"],
            lambda: [f"{xs}.reverse()"],
            lambda: [f"{xs}[0:1] = [{number}, c]"],
            lambda: [f"{xs} = [{number}, s]"],
            lambda: [f"{xs} = {other}"],
            lambda: [f"{xs} = {other}[:]"],
            lambda: [f"{xs} = list({other})"],
            lambda: [f"{xs} = {other} + [{number}]"],
            lambda: [f"{xs} = [0.5 * e for e in {other}]"],
            lambda: ["l1, l2 = l2, l1"],
            lambda: [f"{xs}.clear()", f"{xs}.append(s)", f"{xs}.append({number})"],
            lambda: [f"{xs} = push({other}, {number})"],
            lambda: [f"push({xs}, {number})"],
            lambda: [f"m1.append({self.vector(counters)})"],
            lambda: [f"m1[{self.at('m1', counters)}] = {self.vector(counters)}"],
            lambda: [f"m1[{self.at('m1', counters)}][{r.randint(0, 3)}] = {number}"],
            lambda: [f"m1[{self.at('m1', counters)}] {self.pick('+= *=')} {self.vector(counters)}"],
            lambda: [f"w = m1[{self.at('m1', counters)}]"],
            lambda: [f"w = {self.vector(counters)} * 0.7"],
            lambda: [f"w[{r.randint(0, 3)}] = {number}"],
            lambda: [f"scale(m1, {number})"],
            lambda: ["m1[0], m1[1] = m1[1], m1[0]"],
            lambda: [f"{rows}[{self.at(rows, counters)}][{self.pick('0 1 -1')}] = {number}"],
            lambda: [f"{rows}[{self.at(rows, counters)}].append({number})"],
            lambda: [f"{rows}.append({xs})"],
            lambda: [f"{rows}.append([{number}, s])"],
            lambda: [f"{xs} = {rows}[{self.at(rows, counters)}]"],
            lambda: [f"{rows}[0], {rows}[1] = {rows}[1], {rows}[0]"],
            lambda: [f"{rows}[{self.at(rows, counters)}] = {xs}"],
            lambda: [f'd1["{self.pick("a b")}"] {self.pick("= += *=")} {number}'],
            lambda: [f'd1.update(a={number})'],
            lambda: [f"d1 = bump(d1, {number})"],
            lambda: ["d2 = d1", f'd2["b"] = {number}'],
            lambda: ["d1 = dict(d1)"],
            lambda: ["for e in d1:", [f"d1[e] = d1[e] * {number}"]],
            lambda: [f"o.note({number})"],
            lambda: [f"o.v = {number}"],
            lambda: [f"o.log[{self.pick('0 1 -1')}] = {number}"],
            lambda: [f"{xs} = o.log"],
        ])()

    def compound(self, counters: list) -> list:
        r = self.r
        self.depth += 1
        try:
            choice = r.random()
            if choice < 0.3:
                body = self.block(r.randint(1, 3), counters)
                out = [f"if np.real({self.number(counters)}) > {r.uniform(-0.5, 0.5):.2f}:", body]
                return out if r.random() < 0.5 else [*out, "else:", self.block(r.randint(1, 3), counters)]
            i = f"i{self.depth}"
            inner = [*counters, i]
            if choice < 0.65:
                body = self.block(r.randint(1, 3), inner)
                if r.random() < 0.25:
                    body += [f"if np.real({self.number(inner)}) > 0.8:", [self.pick("break continue")]]
                    body += self.block(1, inner)
                return [f"for {i} in range({self.pick('n 3 2')}):", body]
            if choice < 0.8:
                xs = self.pick("l1 l2 o.log")
                return [f"for e in {xs}:", ["s = 0.7 * s + np.sin(e)"]]
            if choice < 0.9:
                rows = self.pick("r1 r2")
                return [f"for row in {rows}:", [f"row[0] = {self.number(counters)} * row[1]"]]
            xs = self.pick("l1 l2")
            return [f"while len({xs}) > 2:", [f"s = 0.5 * s + {xs}.pop()"]]
        finally:
            self.depth -= 1
