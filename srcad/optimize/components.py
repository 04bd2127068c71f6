"""Components: short vectors whose lengths are known, written number by number.

    g = e * s                            e_0, e_1 = e.tolist()
    s_bar = np.vdot(e, y)         →      y_0, y_1 = y.tolist()
                                         s_bar = e_0 * y_0 + e_1 * y_1

An operation on arrays of three elements takes as long as twenty on numbers. Which operations are written by component is
decided for all of a function at once: each costs something either way (`recipes`), and so does taking an array apart, and
putting one together where something else needs it; the cheapest division of the operations in two is a minimal cut of
the graph of these costs (`cut`). Only the derivative's own operations are asked, so that the function's value stays as it
is to the last bit, and only values in memory that nobody writes to meanwhile.

>>> from srcad.optimize.showing import show
>>> import numpy as np
>>> def f(a, b):
...     c = np.cross(a, b)
...     return np.dot(c, c)
>>> show("components", f, np.ones(3), np.arange(3.0), small_axes=3)
c = np.cross(a, b)
return cross(b, c + c)
--> 3
c = np.cross(a, b)
c_0, c_1, c_2 = c.tolist()
c_bar_0 = c_0 + c_0
c_bar_1 = c_1 + c_1
c_bar_2 = c_2 + c_2
b_0, b_1, b_2 = b.tolist()
a_bar_2 = b_0 * c_bar_1 - b_1 * c_bar_0
v1 = [b_1 * c_bar_2 - b_2 * c_bar_1, b_2 * c_bar_0 - b_0 * c_bar_2, a_bar_2]
return np.array(v1)
"""

from __future__ import annotations

import operator
from collections.abc import Iterator

import numpy as np

from srcad import runtime
from srcad.analysis.memory import Memory, is_value, makes_array
from srcad.optimize.cut import INFINITE, SINK, SOURCE, Network
from srcad.optimize.recipes import (
    COMPILED,
    PYTHON,
    Machine,
    Recipe,
    as_float,
    is_numpys,
    numbers_in,
    recipe_of,
    tolerates,
    width,
)
from srcad.optimize.replace import replace
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Apply, Block, For, Function, If, Lit, Var, While, blocks, inner_vars, operands, outputs, walk
from srcad.trace.kinds import FLOAT, ListOf, TupleOf
from srcad.trace.purity import ANY, WRITE, effect

#: How many trips a loop is taken to have.
TRIPS = 8.0


def write_by_component(function: Function) -> int:
    """Write short vectors of the derivative by component where that is faster; how many operations."""
    return _Components(function, PYTHON).run() if has_vectors(function) else 0


def compile_by_component(function: Function) -> int:
    """The same of a function that will be compiled: memory for arrays is what takes time there."""
    return _Components(function, COMPILED).run() if has_vectors(function) else 0


def has_vectors(function: Function) -> bool:
    """Are there short vectors in a derivative?"""
    return any(isinstance(s, Apply) and s.origin is not None and width(s.target) > 0 for s in walk(function.body))


class _Join:
    """What a branch or a loop hands on as a value: a target, and for each way that it comes the atom and where that is read."""

    def __init__(self, var: Var, stmt, sources: list) -> None:
        self.var, self.stmt, self.sources = var, stmt, sources


class _Components:
    """One function.

    Attributes
    ----------
    nodes : dict of Var to Recipe or _Join
        What may be written by component, by what it defines.
    chosen : set of Var
        Those that are.
    parts : dict
        The components of what is written so (of a number: the number), and, with a block, of arrays that are taken apart there.
    """

    def __init__(self, function: Function, machine: Machine) -> None:
        self.function, self.machine = function, machine
        self.made = {s.target: s for s in walk(function.body) if isinstance(s, Apply)}
        self.above: dict[int, tuple] = {id(function.body): ()}       # block → (block, index) of the statements around it
        self.depth: dict[int, int] = {id(function.body): 0}          # block → loops around it
        self.home: dict[Var, Block] = {p.var: function.body for p in function.params}
        self.carried: dict[Var, For | While] = {}
        self.reads: dict[Var, list] = {}                             # Var → (reader or None, position, block, index)
        self.memory = Memory(function)
        self.look(function.body)
        self.nodes: dict[Var, Recipe | _Join] = {}
        self.parts: dict = {}
        self.inserts: dict[tuple, list] = {}
        self.instead: dict[Var, object] = {}
        self.later: list[tuple[Block, dict]] = []

    # --- the function as it is ----------------------------------------------------------------------------------------

    def look(self, block: Block) -> None:
        """Note where everything is defined and read."""
        here = self.above[id(block)]
        for index, stmt in enumerate(block.stmts):
            for var in (*outputs(stmt), *inner_vars(stmt)):
                self.home[var] = block
            if isinstance(stmt, For | While):
                self.carried.update(dict.fromkeys(stmt.carried, stmt))
            for position, atom in enumerate(operands(stmt)):
                self.read(atom, stmt, position, block, index)
            for inner in blocks(stmt):
                self.above[id(inner)] = (*here, (block, index))
                self.depth[id(inner)] = self.depth[id(block)] + isinstance(stmt, For | While)
                self.look(inner)
            if isinstance(stmt, For | While):
                for var in inner_vars(stmt):
                    self.home[var] = stmt.body
                self.read(stmt.stop, None, 0, stmt.body, len(stmt.body.stmts))
        for position, atom in enumerate(block.yields):
            self.read(atom, None, position, block, len(block.stmts))

    def read(self, atom, stmt, position: int, block: Block, index: int) -> None:
        if isinstance(atom, Var):
            self.reads.setdefault(atom, []).append((stmt, position, block, index))

    def unsettled(self) -> set:
        """Classes of memory that are written to otherwise than by adding to an array that nobody reads any more."""
        found: set[Var] = set()
        for stmt in walk(self.function.body):
            if not isinstance(stmt, Apply):
                continue
            what = effect(stmt)
            if what < WRITE or stmt.fn is intrinsics.push:
                continue
            whole = stmt.args[0] if stmt.args else None
            if stmt.fn is intrinsics.index_add and isinstance(whole, Var) and len(self.reads[whole]) == 1 and (
                    self.home[whole] is self.home[stmt.target] and self.is_buffer(whole)):
                continue
            found.update(self.memory.class_of(a) for a in (stmt.target, *operands(stmt)) if not is_value(a))
            if what == ANY:
                found.update(self.memory.class_of(p.var) for p in self.function.params if not is_value(p.var))
        return found

    def is_buffer(self, var: Var) -> bool:
        """Is it an array in memory of its own?"""
        made = self.made.get(var)
        return made is not None and (made.fn is intrinsics.index_add or makes_array(made))

    # --- what may be written by component -----------------------------------------------------------------------------

    def collect(self) -> None:
        """Find the nodes."""
        unsettled, unbound = self.unsettled(), maybe_unbound(self.function)

        def settled(atom) -> bool:
            return atom not in unbound and (
                is_value(atom) or self.memory.is_constant(atom) or self.memory.class_of(atom) not in unsettled)

        for block in self.every_block():
            for index, stmt in enumerate(block.stmts):
                if isinstance(stmt, Apply):
                    ours = stmt.origin is not None or stmt.fn is np.ndarray.copy        # a copy has no rounding
                    recipe = recipe_of(stmt, self.made.get, self.machine) if ours else None
                    if recipe is not None and settled(stmt.target) and all(map(settled, recipe.parts)):
                        self.nodes[stmt.target] = recipe
                    continue
                for join in joins(stmt, block, index):
                    widths = {width(atom) for atom, *_ in join.sources} | {width(join.var)}
                    if len(widths) == 1 and min(widths) >= 0 and settled(join.var) and not any(
                            atom in unbound for atom, *_ in join.sources):
                        self.nodes[join.var] = join
        self.keep_to_derivatives()
        self.keep_to_vectors()

    def every_block(self) -> Iterator[Block]:
        waiting = [self.function.body]
        while waiting:
            block = waiting.pop()
            yield block
            waiting += [inner for stmt in block.stmts for inner in blocks(stmt)]

    def sources(self, node) -> list:
        """What a node reads by component: (atom, block, index)."""
        if isinstance(node, _Join):
            return [s for s in node.sources if isinstance(s[0], Var)]
        block = self.home[node.stmt.target]
        return [(a, block, None) for a in dict.fromkeys(node.parts)]

    def keep_to_derivatives(self) -> None:
        """Forget numbers that are handed on and come from elsewhere: the function's own stay what they are, of NumPy or not."""
        foreign = True
        while foreign:
            foreign = [v for v, node in self.nodes.items() if isinstance(node, _Join) and width(v) == 0 and any(
                isinstance(atom, Var) and atom not in self.nodes for atom, *_ in node.sources)]
            for var in foreign:
                del self.nodes[var]

    def keep_to_vectors(self) -> None:
        """Forget nodes that have to do with numbers only."""
        near: dict[Var, set] = {var: set() for var in self.nodes}
        for var, node in self.nodes.items():
            for atom, *_ in self.sources(node):
                if atom in near:
                    near[var].add(atom)
                    near[atom].add(var)
        waiting = [v for v, node in self.nodes.items()
                   if width(v) > 0 or isinstance(node, Recipe) and any(width(a) > 0 for a in node.parts)]
        kept = set(waiting)
        while waiting:
            for other in near[waiting.pop()] - kept:
                kept.add(other)
                waiting.append(other)
        self.nodes = {v: node for v, node in self.nodes.items() if v in kept}

    # --- the choice ---------------------------------------------------------------------------------------------------

    def weight(self, block: Block) -> float:
        return TRIPS ** self.depth[id(block)]

    def choose(self) -> set:
        """The nodes that are written by component: those on the source's side."""
        network = Network()
        for var, node in self.nodes.items():
            weight = self.weight(self.home[var])
            if isinstance(node, Recipe):
                network.add(SOURCE, var, node.array * weight)
                network.add(var, SINK, node.components * weight)
            else:
                network.add(SOURCE, var, 0.01 * weight)
        apart: dict = {}
        for var, node in self.nodes.items():
            for atom, block, _ in self.sources(node):
                apart.setdefault((atom, id(self.region(atom, block))), [self.region(atom, block), []])[1].append(var)
        for number, ((atom, _), (region, readers)) in enumerate(apart.items()):
            cost = self.cost_apart(atom) * self.weight(region)
            for reader in readers:
                network.add(reader, ("apart", number), INFINITE)
            network.add(("apart", number), atom if atom in self.nodes else SINK, cost)
        for var in self.nodes:
            for region, (block, readers) in self.whole_readers(var).items():
                cost = self.cost_together(var) * self.weight(block)
                if None in readers:
                    network.add(var, SINK, cost)
                    continue
                network.add(var, ("together", var, region), cost)
                for reader in readers:
                    network.add(("together", var, region), reader, INFINITE)
        return {v for v in network.source_side() if isinstance(v, Var)}

    def bodies(self, var: Var) -> tuple:
        return blocks(self.carried[var]) if var in self.carried else ()

    def cost_apart(self, atom: Var) -> float:
        """What it costs to have the components of a value that is there as an array, or as one of NumPy's numbers."""
        n = width(atom)
        if n == 0:
            return self.machine.as_float if is_numpys(atom) else 0.0
        numbers = self.display(atom)
        if numbers is not None:
            return self.machine.as_float * sum(map(is_numpys, numbers))
        return self.machine.apart + self.machine.each_apart * n

    def cost_together(self, var: Var) -> float:
        """What it costs to have a value that is there by component as an array, or as one of NumPy's numbers."""
        n = width(var)
        if n == 0:
            return self.machine.as_number if is_numpys(var) else 0.0
        return self.machine.together + self.machine.each_together * n

    def display(self, atom: Var) -> list | None:
        """The numbers that an array is made of, if it is made so."""
        made = self.made.get(atom)
        if made is None or made.fn is not np.array or made.kwargs or len(made.args) != 1:
            return None
        shown = self.made.get(made.args[0])
        numbers = None if shown is None else numbers_in(shown)
        if numbers is None or len(numbers) != width(atom) or any(a in self.nodes for a in numbers if isinstance(a, Var)):
            return None
        return numbers

    def whole_readers(self, var: Var) -> dict:
        """Identity of a region → it, and who reads a node there as an array, or needs one of NumPy's numbers: nodes, if they are
        not written by component; None for what never is."""
        found: dict = {}
        for stmt, position, block, index in self.reads.get(var, ()):
            reader = self.reader(var, stmt, position, block, index)
            if reader is not False:
                region = self.region(var, block) if var in self.carried else self.home[var]
                found.setdefault(id(region), (region, set()))[1].add(reader)
        return found

    def reader(self, var: Var, stmt, position: int, block: Block, index: int):
        """Who reads a node here as a whole: a node, which does if it is not written by component; None for anything else
        that does; False for what takes a float as well."""
        if isinstance(stmt, Apply):
            node = self.nodes.get(stmt.target)
            if isinstance(node, Recipe) and var not in node.whole:
                return stmt.target
            if not width(var) and tolerates(stmt, position, self.only_makes_array):
                return False
            return None
        for target, node in self.joins_at(stmt, block, index):
            if any(atom is var and b is block and i == index for atom, b, i in node.sources):
                return target if self.read_once(var, stmt, block, index, target) else None
        return None

    def joins_at(self, stmt, block: Block, index: int) -> list:
        """The joins that read what is read here: those of a loop that is entered, or of what ends with this block."""
        if isinstance(stmt, For | While):
            return [(c, self.nodes[c]) for c in stmt.carried if isinstance(self.nodes.get(c), _Join)]
        above = self.above[id(block)]
        if stmt is None and index == len(block.stmts) and above:
            outer, at = above[-1]
            return [(v, self.nodes[v]) for v in outputs(outer.stmts[at]) if isinstance(self.nodes.get(v), _Join)]
        return []

    def read_once(self, var: Var, stmt, block: Block, index: int, target: Var) -> bool:
        """Is this the only one that reads the value at this place (as an initial value, or what a block ends with)?"""
        return sum(b is block and i == index and s is stmt for s, _, b, i in self.reads[var]) == 1

    def only_makes_array(self, shown: Var) -> bool:
        """Is a display of numbers read only to make an array of floats?"""
        readers = [stmt for stmt, *_ in self.reads.get(shown, ())]
        return all(isinstance(s, Apply) and s.fn is np.array and not s.kwargs and len(s.args) == 1 and
                   width(s.target) > 0 for s in readers)

    # --- places -------------------------------------------------------------------------------------------------------

    def chain(self, block: Block) -> list:
        """The blocks around a block, from the function's own to itself."""
        return [b for b, _ in self.above[id(block)]] + [block]

    def region(self, var: Var, block: Block) -> Block:
        """The block at whose level a value that is read in `block` is defined: of a carried one the body, or what is around the
        loop."""
        chain = self.chain(block)
        loop = self.carried.get(var)
        home = self.home[var]
        if loop is not None:
            return next((b for b in chain if any(b is inner for inner in blocks(loop))), home)
        if any(b is home for b in chain):
            return home
        for outer, (around, at) in zip(chain[1:], self.above[id(block)]):        # the test of a `while` is seen in its body
            stmt = around.stmts[at]
            if isinstance(stmt, While) and (stmt.test is home):
                return outer
        raise AssertionError(f"{var} is read where it is not defined")

    def place(self, region: Block, reads: list) -> tuple[Block, int]:
        """Where a value is taken apart for its readers, (block, index) each: before all of them, outside of loops."""
        ways = []
        for block, index in reads:
            way = [*self.above[id(block)], (block, index)]
            start = next(k for k, (b, _) in enumerate(way) if b is region)
            ways.append(way[start:])
        depth, first = 0, ways[0]
        while all(len(way) > depth + 1 and way[depth][1] == first[depth][1] and way[depth + 1][0] is first[depth + 1][0]
                  for way in ways):
            depth += 1
        for block, index in first[:depth]:
            if isinstance(block.stmts[index], For | While):
                return block, index
        return first[depth][0], min(way[depth][1] for way in ways)

    # --- writing ------------------------------------------------------------------------------------------------------

    def run(self) -> int:
        self.collect()
        if not self.nodes:
            return 0
        self.chosen = self.choose()
        done = [v for v in self.chosen if isinstance(self.nodes[v], Recipe)]
        if not done:
            return 0
        for var in self.chosen:
            if isinstance(self.nodes[var], _Join):
                self.parts[var] = self.new_parts(var)
        self.take_apart()
        self.block(self.function.body)
        for block, instead in self.later:
            replace(block, instead)
        while self.instead:
            instead, self.instead = self.instead, {}
            replace(self.function.body, {old: instead.get(new, new) for old, new in instead.items()})
        return len(done)

    def new_parts(self, var: Var):
        n = width(var)
        return [Var("", FLOAT, of=var, suffix=f"_{k}") for k in range(n)] if n else Var("", FLOAT, of=var, suffix="_0")

    def take_apart(self) -> None:
        """Put in what takes arrays apart, and makes floats of NumPy's numbers."""
        index_of = {id(s): k for block in self.every_block() for k, s in enumerate(block.stmts)}
        wanted: dict = {}
        for var in self.order():
            node = self.nodes[var]
            for atom, block, index in self.sources(node):
                if atom in self.chosen:
                    continue
                region = self.region(atom, block)
                at = index_of[id(node.stmt)] if index is None else index
                wanted.setdefault((atom, id(region)), (region, []))[1].append((block, at, node.stmt))
        for (atom, number), (region, reads) in wanted.items():
            block, at = self.place(region, [(b, i) for b, i, _ in reads])
            new, parts = self.apart(atom, reads[0][2])
            self.inserts.setdefault((id(block), at), []).extend(new)
            self.parts[atom, number] = parts

    def order(self) -> list:
        """The chosen, in the order of the text."""
        found = []
        for block in self.every_block():
            found += [v for stmt in block.stmts for v in outputs(stmt) if v in self.chosen]
        return found

    def apart(self, atom: Var, reader) -> tuple[list, object]:
        """(operations, components) of a value that is there as an array, or as one of NumPy's numbers."""
        n, loc, origin = width(atom), reader.loc, reader.origin
        if n == 0:
            if not is_numpys(atom):
                return [], atom
            number = self.new_parts(atom)
            return [Apply(number, float, (atom,), (), loc, origin)], number
        numbers = self.display(atom)
        if numbers is not None:
            new, parts = [], []
            for number in numbers:
                some, part = self.apart(number, reader) if isinstance(number, Var) else ([], number)
                new += some
                parts.append(part)
            return new, parts
        if not self.machine.lists:
            parts = self.new_parts(atom)
            return [Apply(p, operator.getitem, (atom, Lit(k)), (), loc, origin) for k, p in enumerate(parts)], parts
        items, pair, parts = Var("", ListOf(FLOAT)), Var("", TupleOf((FLOAT,) * n)), self.new_parts(atom)
        return [Apply(items, np.ndarray.tolist, (atom,), (), loc, origin),
                Apply(pair, intrinsics.unpack, (items, Lit(n), Lit(-1)), (), loc, origin),
                *(Apply(p, operator.getitem, (pair, Lit(k)), (), loc, origin) for k, p in enumerate(parts))], parts

    def get(self, atom, block: Block):
        """The components of a value that is read in a block."""
        if not isinstance(atom, Var):
            return as_float(atom)
        if atom in self.chosen:
            return self.parts[atom]
        return self.parts[atom, id(self.region(atom, block))]

    def block(self, block: Block) -> None:
        stmts: list = []
        for index, stmt in enumerate(block.stmts):
            stmts += self.inserts.get((id(block), index), ())
            if isinstance(stmt, Apply):
                stmts += self.operation(stmt, block) if stmt.target in self.chosen else [stmt]
                continue
            for inner in blocks(stmt):
                self.block(inner)
            stmts += [stmt, *self.join(stmt, block)]
        block.stmts = [*stmts, *self.inserts.get((id(block), len(block.stmts)), ())]

    def needs_whole(self, var: Var, region: Block) -> bool:
        """Does anybody read it as an array, or as one of NumPy's numbers?"""
        _, readers = self.whole_readers(var).get(id(region), (region, ()))
        return any(reader is None or reader not in self.chosen for reader in readers)

    def operation(self, stmt: Apply, block: Block) -> list:
        """An operation by component."""
        var, recipe = stmt.target, self.nodes[stmt.target]
        assert isinstance(recipe, Recipe)
        out: list = []

        def atom(expression, target: Var | None = None):
            if not isinstance(expression, tuple):
                return expression
            fn, *args = expression
            atoms = tuple(map(atom, args))
            made = Var("", FLOAT) if target is None else target
            out.append(Apply(made, fn, atoms, (), stmt.loc, stmt.origin))
            return made

        values = recipe.write(lambda a: self.get(a, block))
        whole = self.needs_whole(var, block)
        if isinstance(values, list):
            self.parts[var] = [atom(v, t) for v, t in zip(values, self.new_parts(var))]
            return out + self.together(var, var, stmt) if whole else out
        if whole and is_numpys(var):
            self.parts[var] = atom(values, self.new_parts(var))
            return out + self.together(var, var, stmt)
        if isinstance(values, tuple):
            if is_numpys(var):
                var.kind = FLOAT
            self.parts[var] = atom(values, var)
        else:
            self.parts[var] = self.instead[var] = values
        return out

    def together(self, var: Var, target: Var, stmt) -> list:
        """An array, or one of NumPy's numbers, of components."""
        parts = self.parts[var]
        if not isinstance(parts, list):
            return [Apply(target, np.float64, (parts,), (), stmt.loc, stmt.origin)]
        items = Var("", ListOf(FLOAT, (FLOAT,) * len(parts)))
        return [Apply(items, intrinsics.build_list, tuple(parts), (), stmt.loc, stmt.origin),
                Apply(target, np.array, (items,), (), stmt.loc, stmt.origin)]

    def join(self, stmt, block: Block) -> list:
        """Let a branch or a loop hand components on; what follows it."""
        after: list = []
        targets = [v for v in outputs(stmt) if v in self.chosen]
        if not targets:
            return after
        for var in targets:
            if self.needs_whole(var, block):
                after += self.together(var, var, stmt)
            elif not isinstance(self.parts[var], list):
                self.instead[var] = self.parts[var]
            for body in self.bodies(var):
                if self.needs_whole(var, body):
                    inner = var.like()
                    body.stmts = self.together(var, inner, stmt) + body.stmts
                    self.later.append((body, {var: inner}))
                elif not isinstance(self.parts[var], list):
                    self.later.append((body, {var: self.parts[var]}))

        def spread(vars_: tuple, atoms: tuple, where: Block) -> tuple:
            out: list = []
            for v, a in zip(vars_, atoms):
                given = self.get(a, where) if v in self.chosen else a
                out += given if isinstance(given, list) else [given]
            return tuple(out)

        old = outputs(stmt)
        new = tuple(p for v in old for p in ((self.parts[v] if isinstance(self.parts[v], list) else [self.parts[v]])
                                             if v in self.chosen else [v]))
        if isinstance(stmt, If):
            for arm in blocks(stmt):
                arm.yields = spread(old, arm.yields, arm)
            stmt.targets = new
        else:
            stmt.inits = spread(old, stmt.inits, block)
            stmt.body.yields = spread(old, stmt.body.yields, stmt.body)
            stmt.carried = new
        return after


def maybe_unbound(function: Function) -> set:
    """What has no value on some path, or is 0.0 then instead of an array: it cannot be taken apart before that is known."""
    found: set = {Lit(UNDEF), Lit(None)} | {stmt.target for stmt in walk(function.body) if isinstance(stmt, Apply) and
                                 stmt.fn is runtime.adjoint_or_zeros}
    handed = [(var, source) for stmt in walk(function.body) for join in joins(stmt, function.body, 0)
              for var, source in ((join.var, atom) for atom, *_ in join.sources)]
    grew = True
    while grew:
        more = {var for var, source in handed if source in found and var not in found}
        found |= more
        grew = bool(more)
    return found


def joins(stmt, block: Block, index: int) -> list[_Join]:
    """What a branch or a loop hands on."""
    if isinstance(stmt, If):
        ways = [(arm.yields, arm, len(arm.stmts)) for arm in blocks(stmt)]
    elif isinstance(stmt, For | While):
        ways = [(stmt.inits, block, index), (stmt.body.yields, stmt.body, len(stmt.body.stmts))]
    else:
        return []
    return [_Join(var, stmt, [(atoms[k], where, at) for atoms, where, at in ways]) for k, var in enumerate(outputs(stmt))]
