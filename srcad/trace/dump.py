"""A Trace as text, one line a statement: for tests and for people who work on srcad.

    def f(x, n):
        s = for i in range(n) from 0.0:
            v1 = mul(x, i)
            s.2 = add(s, v1)
            yield s.2
        return s

Temporaries are v1, v2, ... in order of definition; a second version of a name is ``name.2``. A loop shows what it
carries as ``carried = for target in iterable from inits``; its body ends in the values for the next trip.
"""

from __future__ import annotations

import inspect

from srcad.trace import ir

_MARKS = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


def dump(function: ir.Function) -> str:
    """The text of a Trace."""
    names = _Names()
    params = []
    for p in function.params:
        text = _MARKS.get(p.style, "") + names.of(p.var)
        params.append(text if p.default is None else f"{text}={names.of(p.default)}")
    lines = [f"def {function.name}({', '.join(params)}):"]
    _block(function.body, names, "    ", lines, "return")
    return "\n".join(lines)


class _Names:
    """What each Var is called, given in order of appearance."""

    def __init__(self) -> None:
        self._names: dict[ir.Var, str] = {}
        self._versions: dict[str, int] = {}
        self._temporaries = 0

    def of(self, atom) -> str:
        if isinstance(atom, ir.Star):
            return "*" + self.of(atom.atom)
        if not isinstance(atom, ir.Var):
            return repr(atom)
        if atom not in self._names:
            self._names[atom] = self._new(atom)
        return self._names[atom]

    def _new(self, var: ir.Var) -> str:
        stem = (self.of(var.of) if var.of is not None else var.hint) + var.suffix
        if not stem:
            self._temporaries += 1
            return f"v{self._temporaries}"
        version = self._versions[stem] = self._versions.get(stem, 0) + 1
        return stem if version == 1 else f"{stem}.{version}"

    def all(self, atoms) -> str:
        return ", ".join(map(self.of, atoms))

    def pattern(self, target) -> str:
        return self.of(target) if isinstance(target, ir.Var) else f"({', '.join(map(self.pattern, target))})"


def _block(block: ir.Block, names: _Names, indent: str, lines: list[str], word: str = "yield") -> None:
    for stmt in block.stmts:
        _statement(stmt, names, indent, lines)
    if block.yields:
        lines.append(f"{indent}{word} {names.all(block.yields)}")
    elif not block.stmts:
        lines.append(f"{indent}pass")


def _statement(stmt: ir.Stmt, names: _Names, indent: str, lines: list[str]) -> None:
    inner = indent + "    "
    match stmt:
        case ir.Apply():
            arguments = [names.of(a) for a in stmt.args]
            arguments += [f"**{names.of(a)}" if name is None else f"{name}={names.of(a)}" for name, a in stmt.kwargs]
            call = f"{_function(stmt.fn, names)}({', '.join(arguments)})"
            lines.append(f"{indent}{names.of(stmt.target)} = {call}")
        case ir.If():
            cond = names.of(stmt.cond)
            at = len(lines)
            _block(stmt.then, names, inner, lines)
            lines.append(f"{indent}else:")
            _block(stmt.orelse, names, inner, lines)
            lines.insert(at, f"{indent}{_defines(stmt.targets, names)}if {cond}:")
        case ir.For():
            carried = _defines(stmt.carried, names)
            targets = ", ".join(names.pattern(s.target) for s in stmt.sources)
            iterables = names.all(s.iterable for s in stmt.sources)
            start = f" from {names.all(stmt.inits)}" if stmt.inits else ""
            lines.append(f"{indent}{carried}for {targets} in {iterables}{start}:")
            _block(stmt.body, names, inner, lines)
            _stop(stmt, names, inner, lines)
        case ir.While():
            carried = _defines(stmt.carried, names)
            start = f" from {names.all(stmt.inits)}" if stmt.inits else ""
            lines.append(f"{indent}{carried}while{start}:")
            _block(stmt.test, names, inner, lines, "test")
            lines.append(f"{indent}do:")
            _block(stmt.body, names, inner, lines)
            _stop(stmt, names, inner, lines)
        case ir.Comment():
            lines.append(f"{indent}# {stmt.text}")


def _function(fn, names: _Names) -> str:
    if isinstance(fn, ir.Var | ir.Lit | ir.Ref | ir.FreeName):
        return names.of(fn)
    return fn.name if isinstance(fn, ir.Function) else getattr(fn, "__name__", repr(fn))


def _defines(targets, names: _Names) -> str:
    return f"{names.all(targets)} = " if targets else ""


def _stop(stmt: ir.For | ir.While, names: _Names, indent: str, lines: list[str]) -> None:
    if stmt.stop is not None:
        lines.append(f"{indent}stop {names.of(stmt.stop)}")
