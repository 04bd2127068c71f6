"""Mutation test of the compiler: do the tests of memory notice it when a rule is broken?

Run as a script: ``python tests/mutation/mutate_compiler.py [part of a name ...]``. Each mutant is a copy of srcad in
which one piece of source is another; ``tests/memory`` is run with it until a test fails. What is printed, and counted in
the exit code, are the mutants that no test notices.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What is tested with.
TESTS = ("tests/memory",)
#: Longest time for one mutant, in seconds, longer than all tests take: one that never ends is noticed.
LIMIT = 1200


@dataclass(frozen=True)
class Mutant:
    """`old` in a file of srcad becomes `new`."""

    name: str
    file: str
    old: str
    new: str


MEMORY, BARS, SHADOWS = "differentiate/memory.py", "differentiate/bars.py", "differentiate/shadows.py"
ALIASES, SHARING, BOUNDARY = "analysis/aliasing.py", "trace/sharing.py", "differentiate/boundary.py"
WRITING, READS, LIMITS = "differentiate/writing.py", "differentiate/reads.py", "differentiate/limits.py"
SINKING, WINDOWS = "differentiate/sinking.py", "differentiate/windows.py"
ADJOINT, LISTS = "differentiate/adjoint.py", "differentiate/lists.py"
LOOPS, ACTIVITY, WRITES = "differentiate/loops.py", "analysis/activity.py", "specialise/writes.py"

MUTANTS = (
    # --- M1 to M3: memory is made, or viewed ---
    Mutant("M1 zeros for fresh memory", MEMORY, "                case Sharing.FRESH:\n                    self.zeros(target)",
           "                case Sharing.FRESH:\n                    self.b.apply(np.ones_like, target, target=shadow, kind=shadow.kind)"),
    Mutant("M1 the adjoint of what makes memory", MEMORY,
           "            if sharing is Sharing.FRESH and any(a in self.adjoint.active for a in operands(stmt)):", "            if False:"),
    Mutant("M2 a view's shadow is a view", MEMORY, "                case Sharing.VIEW:\n                    self.again(stmt, shadow)",
           "                case Sharing.VIEW:\n                    self.zeros(target)"),
    Mutant("M3 the shadow of what may be a view", MEMORY, "        self.b.emit(If(together, *arms, (shadow,), stmt.loc))",
           "        self.b.emit(If(Lit(False), *arms, (shadow,), stmt.loc))"),
    Mutant("M3 a copy's adjoint goes to what it copies", MEMORY, "                self.b.emit(If(apart, Block(), arm, (), stmt.loc, stmt))",
           "                pass"),
    Mutant("M3 a view's adjoint is not added again", MEMORY, "                self.b.emit(If(apart, Block(), arm, (), stmt.loc, stmt))",
           "                self.b.emit(If(Lit(False), Block(), arm, (), stmt.loc, stmt))"),
    # --- M4 to M6: memory is written to ---
    Mutant("M4 zero the overwritten adjoint", WRITING, "            b.apply(operator.setitem, shadow, index, Lit(0.0))",
           "            pass"),
    Mutant("M4 copy the adjoint before zeroing it", WRITING, "    return b.apply(np.ndarray.copy, view, target=target, kind=view.kind)",
           "    return view if target is None else b.apply(np.ndarray.copy, view, target=target, kind=view.kind)"),
    Mutant("M4 save a copy, not a view", WRITING, "    return b.apply(np.ndarray.copy, view, target=target, kind=view.kind)",
           "    return view if target is not None else b.apply(np.ndarray.copy, view, target=target, kind=view.kind)"),
    Mutant("M4 restore the overwritten value", WRITING, "            b.apply(operator.setitem, array, index, saved)",
           "            pass"),
    Mutant("M4 restore where a partial reads", WRITING, "    if memory.restores(array):\n        with",
           "    if False:\n        with"),
    Mutant("M4 which classes are read", READS, "                reads.add(number)\n",
           "                pass\n"),
    Mutant("M4 only what is read before a write is undone is as it was left", ADJOINT,
           "                level.loop_start = len(self.b.emitted or ())", "                level.loop_start = 10**9"),
    Mutant("M4 restore before the partials", WRITING, "        if saved is not None:\n            b.apply(operator.setitem, array, index, saved)\n        if shadow is None:",
           "        if saved is not None and fn is not operator.imul:\n            b.apply(operator.setitem, array, index, saved)\n        if shadow is None:"),
    Mutant("M5 an addition in place keeps its adjoint", WRITING, "        if shadow is not None and fn is operator.setitem:",
           "        if shadow is not None and fn in (operator.setitem, operator.iadd):"),
    Mutant("M5 a subtraction's sign", WRITING, "            g = b.apply(operator.neg, g)\n        elif fn not in",
           "            pass\n        elif fn not in"),
    Mutant("M6 the adjoint is scaled", WRITING, "            b.apply(operator.imul, shadow, value)",
           "            pass"),
    Mutant("M6 the factor's adjoint", WRITING, "                g = b.apply(operator.mul, shadow, array)\n",
           "                g = b.apply(operator.mul, shadow, value)\n"),
    Mutant("M6 scaled before it is used", WRITING, "            if active:\n                g = b.apply(operator.mul, shadow, array)\n            b.apply(operator.imul, shadow, value)",
           "            b.apply(operator.imul, shadow, value)\n            if active:\n                g = b.apply(operator.mul, shadow, array)"),
    Mutant("M6 the divisor's adjoint", WRITING, "                g = b.apply(operator.neg, quotient)",
           "                g = quotient"),
    Mutant("M6 a quotient's adjoint", WRITING, "            b.apply(operator.itruediv, shadow, value)",
           "            pass"),
    # --- M7: an index that repeats ---
    Mutant("M7 only the last writer", WRITING, "                g = b.apply(np.where, last, g, Lit(0.0))",
           "                pass"),
    Mutant("M7 who is last", "runtime/memory.py", "    return order[index] == mine", "    return order[index] >= 0"),
    Mutant("M7 gathers add up", BARS, "            self.b.apply(intrinsics.scatter_at if self.may_repeat(index) else intrinsics.add_at, self.shadows[x],",
           "            self.b.apply(intrinsics.add_at, self.shadows[x],"),
    Mutant("M7 rounds of distinct elements", "runtime/memory.py", "    return [np.flatnonzero(again == k) for k in range(np.max(again, initial=-1) + 1)]",
           "    return [np.arange(len(order))]"),
    Mutant("M7 rounds are in order", "runtime/memory.py", "    order = np.argsort(numbers, kind=\"stable\")\n    numbers = numbers[order]",
           "    order = np.argsort(numbers, kind=\"stable\")[::-1]\n    numbers = numbers[order][::-1]"),
    # --- M8: names are bound again ---
    Mutant("M8 shadows go with a loop's names", LOOPS, "            forward_yields += tuple(y for _, _, y in moved)",
           "            forward_yields += tuple(c for c, _, _ in moved)"),
    Mutant("M8 numbers in memory are recorded", MEMORY,
           "            return self.adjoint.split or not self.adjoint.is_settled(number)", "            return False"),
    Mutant("M8 copies of memory are recorded", MEMORY, "        return self.aliases.sharing(made) is not Sharing.VIEW\n\n", "        return False\n\n"),
    Mutant("M8 what is written later is not settled", ADJOINT,
           "            if any(number in self.writes(s) for s in frame.rest(innermost=k == 0)):", "            if False:"),
    Mutant("M8 the items of memory are recorded", LOOPS,
           "            if self.memory is not None and self.memory.is_volatile_source(source):\n                continue",
           "            if False:\n                continue"),
    Mutant("M8 loops that only write have a reverse", LOOPS, "                self.memory is not None and self.memory.concerns(stmt)):",
           "                False):"),
    # --- M10: calls ---
    Mutant("M10 calls that write are written out", "differentiate/inline.py", "    if writes(stmt.fn):\n        return not recursive",
           "    if writes(stmt.fn):\n        return False"),
    Mutant("M10 custom derivatives get copies", "differentiate/inline.py",
           "                out.append(Apply(copy, np.ndarray.copy, (new,), (), stmt.loc, stmt.origin))\n                new = copy", "                pass"),
    # --- M11, M12: the boundary ---
    Mutant("M11 arguments are worked on in a copy", BOUNDARY, "    if copies and copied:", "    if False:"),
    Mutant("M11 the caller's array gets its final state", BOUNDARY,
           "            boundary.leave.append(Apply(Var(\"\", NONE), operator.setitem, (old, index, new), (), function.loc))", "            pass"),
    Mutant("M11 arguments must not overlap", BOUNDARY, "    if not written or len(written) + len(others) < 2:", "    if True:"),
    Mutant("M11 a copy is laid out as its original", BOUNDARY, "    return runtime.copy_memory if depends_on_layout(function, aliases) else np.ndarray.copy",
           "    return np.ndarray.copy"),
    Mutant("M11 tangents that are given are not changed", SHADOWS, "            if self.is_memory(var) and var not in given:",
           "            if self.is_memory(var) and var not in given and var not in tangent.dots:"),
    Mutant("M12 results are copied", BOUNDARY, "    if copies or reference is not None:", "    if False:"),
    Mutant("M12 a pullback starts from a snapshot", "differentiate/functions.py", "        head.append(Apply(source, runtime.snapshot, (saved_param,)))",
           "        head.append(Apply(source, intrinsics.copy_value, (saved_param,)))"),
    Mutant("M12 a snapshot keeps aliases", "runtime/memory.py", "    return _copied(saved, {})", "    return tuple(_copied(s, {}) for s in saved)"),
    # --- M13: loss ---
    Mutant("M13 values stored among integers", LIMITS, "        if isinstance(value, Var) and value in varied and is_differentiable(value.kind) and not",
           "        if False and not"),
    Mutant("M13 arrays that outlive the call", BOUNDARY, "        if stmt is not None:\n            raise LostDerivativeError(",
           "        if False:\n            raise LostDerivativeError("),
    # --- which values share memory ---
    Mutant("aliases of a branch", ALIASES, "                        self.join(target, a)\n                        self.join(target, b)", "                        self.join(target, a)"),
    Mutant("aliases of a loop's names", ALIASES, "                        self.join(c, init)\n                        self.join(c, y)", "                        self.join(c, init)"),
    Mutant("aliases of a loop's items", ALIASES, "                                self._take(var, source.iterable)", "                                pass"),
    Mutant("basic indices give views", SHARING, "    return Sharing.VIEW if basic else Sharing.FRESH", "    return Sharing.FRESH"),
    Mutant("fancy indices give copies", SHARING, "    return Sharing.VIEW if basic else Sharing.FRESH", "    return Sharing.VIEW"),
    Mutant("transposes are views", SHARING, "_VIEW_ATTRIBUTES = {\"T\", \"mT\", \"real\"}", "_VIEW_ATTRIBUTES = set()\n_FRESH.add(getattr)"),
    Mutant("reshape may be a view", SHARING, "        return Sharing.VIEW if fn in _VIEW else Sharing.MAYBE", "        return Sharing.VIEW if fn in _VIEW else Sharing.FRESH"),
    Mutant("reshape may be a copy", SHARING, "        return Sharing.VIEW if fn in _VIEW else Sharing.MAYBE", "        return Sharing.VIEW"),
    Mutant("windows see later writes", SHARING, "        return Sharing.WINDOW if stmt.args and", "        return Sharing.FRESH if stmt.args and"),
    Mutant("windows hand on their adjoint", MEMORY, "            reverse(self.adjoint, made)\n            self.bars.of.pop(var, None)", "            self.bars.of.pop(var, None)"),
    Mutant("windows are not written to", WINDOWS, "        if any(a in found for a in aliases.changed(stmt)):",
           "        if False:"),
    # --- what is active ---
    Mutant("a workspace that holds what varies", ACTIVITY, "        _spread_in_memory(aliases, spread.found, lambda v: is_differentiable(v.kind))", "        pass"),
    Mutant("memory that is read through another name", ACTIVITY, "        _spread_in_memory(aliases, found, candidates.__contains__)", "        pass"),
    Mutant("a write makes memory vary", ACTIVITY, "            if any(a in found for a in args) and is_differentiable(args[0].kind):",
           "            if args[0] in found and is_differentiable(args[0].kind):"),
    # --- forward mode ---
    Mutant("tangent: a constant is stored", SHADOWS, "                self.b.apply(fn, dots, index, Lit(0.0) if dot is ZERO else dot)",
           "                if dot is not ZERO:\n                    self.b.apply(fn, dots, index, dot)"),
    Mutant("tangent: a view's tangent is a view", SHADOWS, "            case Sharing.VIEW | Sharing.WINDOW:\n                return self.again(stmt, self.tangent.new_dot(target))",
           "            case Sharing.VIEW | Sharing.WINDOW:\n                return self.own(target, self.again(stmt, self.tangent.new_dot(target)))"),
    Mutant("tangent: a copy's tangent is a copy", SHADOWS, "                    copy = self.b.apply(np.array, again, kind=again.kind)", "                    copy = again"),
    Mutant("tangent: values are kept apart from memory", SHADOWS, "        return common.copied(self.b, dot)", "        return dot"),
    Mutant("tangent: a factor in place", SHADOWS, "                    new = self.b.apply(operator.add, self.b.apply(operator.mul, dots, value),",
           "                    new = self.b.apply(operator.sub, self.b.apply(operator.mul, dots, value),"),
    Mutant("tangent: products before the write", SHADOWS,
           "                self.b.emit(stmt)\n                self.b.apply(operator.setitem, dots, ALL, new)",
           "                self.b.apply(operator.setitem, dots, ALL, new)\n                self.b.emit(stmt)"),
    # --- what writes ---
    Mutant("x[k] op= e is written once", WRITES, "        return Lit(None)                       # ``x[a:b] += e`` has already written through the view",
           "        pass"),
    Mutant("values that are too short are repeated", WRITES, "s.b.apply(operator.mod, count, s.b.apply(np.size, value))", "count"),
    Mutant("elements given to their own array", WRITES, "            s.b.apply(runtime.check_unshared, array, value, kind=NONE)", "            pass"),
    Mutant("lines that cross", WRITING, "    b.apply(runtime.check_order, place, value, kind=NONE)",
           "    pass"),
    Mutant("subtract.at", "mutations.py", "np.add.at(a, indices, np.negative(b))", "np.add.at(a, indices, b)"),
    Mutant("imaginary parts keep the real ones", WRITES, "        real = s.b.apply(getattr, s.b.apply(operator.getitem, both, index), Lit(\"real\"))",
           "        real = Lit(0.0)"),
    Mutant("rows are unpacked as views", "differentiate/parts.py", "Lit(k if star < 0 or k < star else k - count)", "Lit(0)"),
    Mutant("rows of a starred target", "differentiate/parts.py", "        if k == star:\n", "        if False:\n"),
    Mutant("items of a starred target", ALIASES,
           "            if fn is intrinsics.unpack and args[2].value >= 0:       # the list that it gives holds the same as the tuple\n"
           "                self.collapse(target)\n", ""),
    Mutant("additions to adjoints that are memory", BOUNDARY,
           "    if write_additions(function, aliases) | copy_for_helpers(", "    if copy_for_helpers("),
    Mutant("adjoints that only the result uses", "differentiate/functions.py",
           "        b.block.yields = tuple(made)\n        statements = sink", "        statements = sink"),
    Mutant("adjoints are kept as they are", BARS,
           "        if self.is_rewritten is not None and touches(", "        if False and touches("),
    Mutant("shadows of what lists hold are made where they are", SINKING, "if id(stmt) in making and id(stmt) not in adjoint.memory.staying and not any(",
           "if id(stmt) in making and not any("),
    # --- M9: containers ---
    Mutant("M9 an appended value's adjoint", LISTS, "        if shadow is not None and not references and self.is_active(value):\n"
           "            self.bars.contribute(value, g)\n\n    def popped(", "        pass\n\n    def popped("),
    Mutant("M9 an append is undone", LISTS, "        if self.memory.restores(xs):\n            self.b.apply(list.pop, xs, kind=xs.kind.element)\n", ""),
    Mutant("M9 a pop is undone", LISTS, "        if self.memory.restores(xs):\n            self.b.apply(list.append, xs, value)\n", ""),
    Mutant("M9 a popped value's adjoint", LISTS, "            self.b.apply(list.append, shadow, bar)\n",
           "            self.b.apply(list.append, shadow, self.zero(value, xs.kind.element))\n"),
    Mutant("M9 a replaced item's adjoint is zeroed", LISTS,
           "            self.b.apply(operator.setitem, shadow, index, self.zero(saved, kind))\n", ""),
    Mutant("M9 a replaced item is put back", LISTS, "            self.b.apply(operator.setitem, xs, index, saved)\n"
           "        if shadow is not None and not references", "            pass\n        if shadow is not None and not references"),
    Mutant("M9 replaced items are put back", LISTS,
           "            self.b.apply(operator.setitem, xs, every, saved)\n        if shadow is not None and not references",
           "            pass\n        if shadow is not None and not references"),
    Mutant("M9 replaced items' adjoints are zeroed", LISTS,
           "            self.b.apply(operator.setitem, shadow, every, zeros(self.b, saved, xs.kind))\n", ""),
    Mutant("M9 a slot's shadow is put back", LISTS, "            self.b.apply(operator.setitem, shadow, index, old)\n", ""),
    Mutant("M9 a slot gets its value's shadow", LISTS,
           "            new = self.forward_value(after, stmt, lambda: self.mirrored(value))\n"
           "            self.forwards(after, stmt, operator.setitem, shadow, index, new)\n", ""),
    Mutant("M9 shadows are recorded with arrays", LISTS,
           "            self.b.apply(stmt.fn, self.holders[stmt.args[0]], *map(self.recorded, stmt.args[1:]))\n",
           "            self.b.apply(stmt.fn, self.holders[stmt.args[0]], *(Lit(None) for a in stmt.args[1:]))\n"),
    Mutant("M9 a list used as a whole", BARS, "        if self.lists is not None and atom in self.lists.holders and self",
           "        if False and self"),
    Mutant("M9 items that have shadows", BARS, "        if self.lists is not None and container in self.lists.holders and self",
           "        if False and self"),
    Mutant("M9 what a list holds may be memory", ALIASES,
           "        elif fn is list.append:\n            self.put(*args)", "        elif fn is list.append:\n            pass"),
    Mutant("M9 what is taken out of a list may be memory", ALIASES, "        elif fn is list.pop:\n            self._take(stmt.target, args[0])",
           "        elif fn is list.pop:\n            pass"),
    Mutant("M9 tangent: a list's items", SHADOWS, "            elif fn in (list.append, operator.setitem):\n                dot = tangent.item_dot(value, xs.kind)",
           "            elif fn in (list.append, operator.setitem):\n                dot = tangent.item_dot(Lit(0.0), xs.kind)"),
    Mutant("tests of while that write", BOUNDARY, "        leave = Block([], (*stmt.carried, Lit(True)))", "        leave = Block([], (*stmt.carried, Lit(False)))"),
    Mutant("a copy that is used at once", "optimize/places.py", "        if effect(stmt) >= WRITE:\n            return []\n    return []\n\n\ndef _first",
           "        continue\n    return []\n\n\ndef _first"),
    Mutant("a place that is put", "optimize/places.py", "        if not all(memory.are_apart(array, a) for a in (stmt.target, *operands(stmt))) or isinstance(stmt.fn, Function):",
           "        if False:"),
    Mutant("states are results", "differentiate/states.py", "    function.body.yields = (result,)\n", "    function.body.yields = (written[-1],)\n"),
)


def text_of(mutant: Mutant) -> str:
    """The source of the mutant's file."""
    path = ROOT / "srcad" / mutant.file
    text = path.read_text()
    if text.count(mutant.old) != 1:
        raise LookupError(f"{mutant.name}: its piece of source is {text.count(mutant.old)} times in {mutant.file}")
    return text.replace(mutant.old, mutant.new)


def chosen(parts: list[str]) -> Iterator[Mutant]:
    yield from (m for m in MUTANTS if not parts or any(part in m.name for part in parts))


def notices(mutant: Mutant, folder: Path) -> bool:
    """Does a test fail?"""
    changed = folder / "srcad" / mutant.file
    kept = changed.read_text()
    changed.write_text(text_of(mutant))
    environment = {**os.environ, "PYTHONPATH": str(folder), "SRCAD_CACHE": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header", "--tb=no", *TESTS]
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=LIMIT)
        return done.returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        changed.write_text(kept)


def main(parts: list[str]) -> int:
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("srcad", "tests", "pyproject.toml"):
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / part)
        tried = list(chosen(parts))
        for mutant in tried:
            start = time.perf_counter()
            seen = notices(mutant, folder)
            print(f"{'noticed' if seen else 'MISSED '} {time.perf_counter() - start:5.1f} s  {mutant.name}", flush=True)
            if not seen:
                missed.append(mutant.name)
    print(f"{len(tried)} mutants, {len(missed)} that no test notices")
    return len(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
