"""What recursive functions save for their reverse halves, on stacks: each call's is a number then, of whatever depth it is.

Enters: the Traces of a derivative. Leaves: them, with what the forward half of a function that calls itself returns as its
second value (a tuple, which holds those of the calls inside, and so on: of no type that Numba knows) put on lists, one for
each kind of value, which the main function makes and hands down. ::

    def f_forward(x, n):                     def f_forward(floats, ints, x, n):
        ...                                      ...
        y, inner = f_forward(x * a, n - 1)       y, inner = f_forward(floats, ints, x * a, n - 1)
        saved = n, x, inner                      saved = len(ints)
        return y * x, saved                      ints.append(len(floats)); ints.append(n); ints.append(inner)
                                                 floats.append(x)
                                                 return y * x, saved

    def f_reverse(saved, y_bar):             def f_reverse(floats, ints, saved, y_bar):
        n, x, inner = saved                      n, inner = ints[saved + 1], ints[saved + 2]
        ...                                      x = floats[ints[saved]]
"""

from __future__ import annotations

import operator
from dataclasses import dataclass

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.recursion import called, is_recursive
from srcad.errors import UnsupportedError
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, Function, If, Lit, Param, Ref, Var, blocks, defined, every_block, walk
from srcad.trace.kinds import INT, NONE, Array, Kind, ListOf, Range, Saved, Scalar, SliceOf, Tape, TupleOf


@dataclass(frozen=True)
class Place:
    """Where a value that is saved lies: on the stack of a kind, so many places after the first of its call.

    `stack` is None for what is not saved: None, and slices that are known.
    """

    stack: Kind | None
    offset: int = 0


@dataclass(eq=False)
class Layout:
    """Where the values of one call are.

    Attributes
    ----------
    places : list of Place
    others : list of Kind
        The stacks in use besides that of integers, which holds where the values on them begin.
    inner : list
        For each value: what it is if it is what another call has saved, else None.
    """

    places: list
    others: list
    inner: list

    def count(self) -> int:
        """How many integers there are of it."""
        return len(self.others) + sum(p.stack == INT for p in self.places)


def use_stacks(functions: list[Function]) -> None:
    """Let recursive functions save what they save on stacks, in place."""
    made: dict[Saved, list[Apply]] = {}
    recursive: dict[int, bool] = {}
    for function in functions:
        for stmt in walk(function.body):
            if isinstance(stmt, Apply) and isinstance(kind := stmt.target.kind, Saved) and stmt.fn is intrinsics.build_tuple:
                saver = kind.holder.forward.function
                if id(saver) not in recursive:
                    recursive[id(saver)] = any(map(is_recursive, called(saver)))
                if recursive[id(saver)]:
                    made.setdefault(kind, []).append(stmt)
    if made:
        _Rewriter(functions, {kind: laid_out(kind, makers) for kind, makers in made.items()}).run()


def defined_in(function: Function) -> list[Var]:
    """The Vars of a function, its parameters too."""
    return [*(p.var for p in function.params), *defined(function.body)]


def saved_kinds(kind) -> list[Saved]:
    """What is saved, in a kind."""
    match kind:
        case Saved():
            return [kind]
        case TupleOf(items=items) | Tape(entry=tuple(items)):
            return [found for item in items for found in saved_kinds(item)]
        case ListOf(element=element):
            return saved_kinds(element)
    return []


def as_number(kind):
    """A kind, with what is saved as a number."""
    match kind:
        case Saved():
            return INT
        case TupleOf(items=items, cls=None):
            return TupleOf(tuple(map(as_number, items)))
        case Tape(entry=tuple(items)):
            return Tape(tuple(map(as_number, items)))
        case ListOf(element=element) if saved_kinds(element):
            return ListOf(as_number(element))
    return kind


def stack_of(kind) -> Kind | None:
    """The kind of the values on the stack that a value goes to."""
    kind = listed(as_number(kind))
    if kind == NONE or isinstance(kind, SliceOf) and "?" not in (kind.start, kind.stop, kind.step):
        return None
    if isinstance(kind, Scalar):
        return INT if kind.base in (int, bool) else Scalar(kind.base)
    return kind


def listed(kind):
    """A kind, with lists for tapes."""
    match kind:
        case Tape(entry=tuple(items)):
            items = tuple(map(listed, items))
            return ListOf(items[0] if len(items) == 1 else TupleOf(items))
        case TupleOf(items=items, cls=None):
            return TupleOf(tuple(map(listed, items)))
    return kind


def laid_out(saved: Saved, makers: list[Apply]) -> Layout:
    """Where the values go that these statements save."""
    function = saved.holder.forward.function
    stacks, inner = [], []
    for atoms in zip(*(s.args for s in makers), strict=True):
        inner.append(next((k for a in atoms if isinstance(k := kind_of_atom(a), Saved)), None))
        kinds = dict.fromkeys(k for a in atoms if (k := stack_of(kind_of_atom(a))) is not None)
        if len(kinds) > 1 and all(isinstance(k, Scalar) for k in kinds):
            kinds = dict.fromkeys([Scalar(complex if Scalar(complex) in kinds else float)])
        if len(kinds) > 1:
            raise kept_too_much(function, " or ".join(map(repr, kinds)))
        stacks.append(next(iter(kinds), None))
    others = list(dict.fromkeys(s for s in stacks if s is not None and s != INT))
    for stack in others:
        if not isinstance(stack, Scalar | Array | TupleOf | ListOf):
            raise kept_too_much(function, repr(stack))
    used = {INT: len(others), **dict.fromkeys(others, 0)}
    places = []
    for stack in stacks:
        places.append(Place(stack, 0 if stack is None else used[stack]))
        if stack is not None:
            used[stack] += 1
    return Layout(places, others, inner)


def kept_too_much(function: Function, what: str) -> UnsupportedError:
    return UnsupportedError(f"the derivative of the recursive function {function.doc or function.name} keeps what Numba makes no "
                            f"list of ({what})", 'write the recursion as a loop, or use backend="python"', function.loc)


class _Rewriter:
    def __init__(self, functions: list[Function], layouts: dict[Saved, Layout]) -> None:
        self.functions, self.layouts = functions, layouts
        self.kinds = list(dict.fromkeys([INT, *(s for layout in layouts.values() for s in layout.others)]))
        self.stacks: dict[Kind, Var] = {}            # of the function at hand
        self.copied: set[Var] = set()                # saved values whose arrays are written to
        self.using = self.users()

    def users(self) -> set[int]:
        """The functions that save, read what is saved, or call one that does."""
        found = {id(f) for f in self.functions if any(k in self.layouts for v in defined_in(f) for k in saved_kinds(v.kind))}
        size = -1
        while size != len(found):
            size = len(found)
            found |= {id(f) for f in self.functions for s in walk(f.body)
                      if isinstance(s, Apply) and isinstance(s.fn, Function) and id(s.fn) in found}
        return found

    def run(self) -> None:
        main = self.functions[0]
        for function in self.functions:
            if id(function) not in self.using:
                continue
            self.stacks = {kind: Var(f"{hint(kind)}", ListOf(kind)) for kind in self.kinds}
            self.fill(function)
            self.block(function.body)
            stacks = list(self.stacks.values())
            if function is main:
                function.body.stmts[:0] = [Apply(v, intrinsics.new_list, (), (), function.loc) for v in stacks]
            else:
                function.params[:0] = [Param(v) for v in stacks]
        for function in self.functions:
            for var in defined_in(function):
                var.kind = as_number(var.kind)

    def fill(self, function: Function) -> None:
        """Give what is saved, and has no value in one arm of a branch, some value there."""
        wanted = {a for s in walk(function.body) if isinstance(s, Apply) and s.target.kind in self.layouts
                  and s.fn is intrinsics.build_tuple for a in s.args if isinstance(a, Var)}
        wanted |= {v for v in defined(function.body) if saved_kinds(v.kind)}
        for stmt in [s for s in walk(function.body) if isinstance(s, If)]:      # inner ones after those that they hand on to
            for arm in (stmt.then, stmt.orelse):
                yields = []
                for target, y in zip(stmt.targets, arm.yields):
                    if target in wanted and isinstance(y, Lit):
                        y = self.something(target.kind, y, arm, stmt)
                    elif target in wanted:
                        wanted.add(y)
                    yields.append(y)
                arm.yields = tuple(yields)

    def something(self, kind, atom: Lit, arm: Block, stmt: If):
        """A value of this kind, which nobody reads."""
        if isinstance(kind, Saved):
            return Lit(0)
        if isinstance(kind, Tape | ListOf):
            made = Apply(Var("", listed(as_number(kind))), intrinsics.new_list, (), (), stmt.loc)
        elif isinstance(kind, Array) and kind.ndim and kind.dtype is not None:
            shape = Apply(Var("", TupleOf((INT,) * kind.ndim)), intrinsics.build_tuple, (Lit(0),) * kind.ndim, (), stmt.loc)
            arm.stmts.append(shape)
            made = Apply(Var("", kind), np.empty, (shape.target, Ref(kind.dtype.type)), (), stmt.loc)
        elif isinstance(kind, TupleOf) and kind.cls is None:
            items = tuple(self.something(k, Lit(None), arm, stmt) for k in kind.items)
            made = Apply(Var("", kind), intrinsics.build_tuple, items, (), stmt.loc)
        elif isinstance(kind, Scalar) and atom == Lit(None):
            return Lit(kind.base(0))
        else:
            return atom
        arm.stmts.append(made)
        return made.target

    # --- statements ---------------------------------------------------------------------------------------------------

    def block(self, block: Block) -> None:
        out: list = []
        for stmt in block.stmts:
            for inner in blocks(stmt):
                self.block(inner)
            if not isinstance(stmt, Apply):
                out.append(stmt)
            elif isinstance(stmt.fn, Function) and id(stmt.fn) in self.using:
                out.append(Apply(stmt.target, stmt.fn, (*self.stacks.values(), *stmt.args), stmt.kwargs, stmt.loc, stmt.origin))
            elif stmt.fn is intrinsics.build_tuple and stmt.target.kind in self.layouts:
                self.save(stmt, out)
            elif stmt.fn is runtime.snapshot and kind_of_atom(stmt.args[0]) in self.layouts:
                self.copy(stmt, out)
            elif stmt.fn is operator.getitem and kind_of_atom(stmt.args[0]) in self.layouts:
                self.read(stmt, out)
            elif stmt.fn is runtime.zeros_like and stmt.target.kind in self.layouts:
                self.zeros(stmt, out)
            elif callable_reads(stmt, self.layouts):
                raise kept_too_much(kind_of_atom(stmt.args[0]).holder.forward.function, "the adjoint of what it keeps")
            else:
                out.append(stmt)
        block.stmts = out

    def emit(self, out: list, like: Apply, fn, *args, target: Var | None = None) -> Var:
        target = target if target is not None else Var("", INT)
        out.append(Apply(target, fn, args, (), like.loc, like.origin))
        return target

    def save(self, stmt: Apply, out: list) -> None:
        """Put a call's values on the stacks; what is saved is where those begin."""
        layout = self.layouts[stmt.target.kind]
        self.emit(out, stmt, len, self.stacks[INT], target=stmt.target)
        for stack in layout.others:
            begin = self.emit(out, stmt, len, self.stacks[stack])
            self.emit(out, stmt, list.append, self.stacks[INT], begin, target=Var("", NONE))
        for atom, place in zip(stmt.args, layout.places, strict=True):
            if place.stack is None:
                continue
            kind = kind_of_atom(atom)
            if isinstance(kind, Scalar) and kind.base is bool and place.stack == INT:
                atom = self.emit(out, stmt, int, atom)
            elif isinstance(place.stack, Scalar) and isinstance(atom, Lit):
                atom = Lit(place.stack.base(atom.value or 0))
            elif isinstance(place.stack, Scalar) and kind != place.stack and not isinstance(kind, Saved):
                atom = self.emit(out, stmt, place.stack.base, atom, target=Var("", place.stack))
            elif isinstance(place.stack, Array):
                atom = self.emit(out, stmt, np.ascontiguousarray, atom, target=Var("", place.stack))
            self.emit(out, stmt, list.append, self.stacks[place.stack], atom, target=Var("", NONE))

    def zeros(self, stmt: Apply, out: list) -> None:
        """Put zeros on the stacks, as a call's values; what those of the calls inside are, are such zeros as well."""
        wanted: list = [stmt.target.kind]
        for kind in wanted:
            layout = self.layouts.get(kind)
            if layout is None or not all(isinstance(s, Scalar) for s in layout.others):
                raise kept_too_much(stmt.target.kind.holder.forward.function, "adjoints of arrays")
            wanted += [k for k in layout.inner if k is not None and k not in wanted]
        begin, offset, begins = self.emit(out, stmt, len, self.stacks[INT]), 0, {}
        for kind in wanted:
            begins[kind] = self.after(out, stmt, begin, offset)
            offset += self.layouts[kind].count()
        for layout in map(self.layouts.__getitem__, wanted):
            for stack in layout.others:
                where = self.emit(out, stmt, len, self.stacks[stack])
                self.emit(out, stmt, list.append, self.stacks[INT], where, target=Var("", NONE))
            for place, inner in zip(layout.places, layout.inner):
                if place.stack is not None:
                    zero = Lit(place.stack.base(0)) if inner is None else begins[inner]
                    self.emit(out, stmt, list.append, self.stacks[place.stack], zero, target=Var("", NONE))
        self.emit(out, stmt, operator.add, begin, Lit(0), target=stmt.target)

    def copy(self, stmt: Apply, out: list) -> None:
        """Note that what is read is to be copied: the reverse half writes to it."""
        layout = self.layouts[kind_of_atom(stmt.args[0])]
        held = [p for p in layout.places if isinstance(p.stack, Array | ListOf | TupleOf)]
        if len(held) > 1:
            raise UnsupportedError("a recursive function keeps several arrays that it writes to, which may share memory",
                                   'write the recursion as a loop, or use backend="python"', stmt.loc)
        self.copied.add(stmt.target)
        self.emit(out, stmt, operator.add, stmt.args[0], Lit(0), target=stmt.target)

    def read(self, stmt: Apply, out: list) -> None:
        """Read one of a call's values."""
        saved, key = stmt.args
        layout = self.layouts[kind_of_atom(saved)]
        place = layout.places[key.value]
        if place.stack is None:
            kind = stmt.target.kind
            if isinstance(kind, SliceOf):
                self.emit(out, stmt, intrinsics.build_slice, *map(Lit, (kind.start, kind.stop, kind.step)), target=stmt.target)
            else:
                self.emit(out, stmt, intrinsics.copy_value, Lit(None), target=stmt.target)
            return
        begin = saved
        if place.stack != INT:
            where = self.after(out, stmt, saved, layout.others.index(place.stack))
            begin = self.emit(out, stmt, operator.getitem, self.stacks[INT], where)
        where = self.after(out, stmt, begin, place.offset)
        kind = stmt.target.kind
        if isinstance(kind, Scalar) and kind != place.stack:
            found = self.emit(out, stmt, operator.getitem, self.stacks[place.stack], where, target=Var("", place.stack))
            self.emit(out, stmt, kind.base if kind.dtype is None else kind.dtype.type, found, target=stmt.target)
            return
        if saved in self.copied and isinstance(place.stack, Array):
            found = self.emit(out, stmt, operator.getitem, self.stacks[place.stack], where, target=Var("", place.stack))
            self.emit(out, stmt, np.ndarray.copy, found, target=stmt.target)
            return
        self.emit(out, stmt, operator.getitem, self.stacks[place.stack], where, target=stmt.target)

    def after(self, out: list, stmt: Apply, begin, offset: int):
        return begin if offset == 0 else self.emit(out, stmt, operator.add, begin, Lit(offset))


def callable_reads(stmt: Apply, layouts: dict) -> bool:
    """Is something done with what is saved other than handing it on?"""
    return stmt.fn not in _HANDS_ON and not isinstance(stmt.fn, Function) and bool(stmt.args) and (
        kind_of_atom(stmt.args[0]) in layouts)


#: What hands on what is saved.
_HANDS_ON = {intrinsics.build_tuple, intrinsics.build_list, intrinsics.copy_value, intrinsics.push, operator.getitem}


def hint(kind: Kind) -> str:
    """What a stack is called."""
    if isinstance(kind, Scalar):
        return {int: "ints", float: "floats", complex: "complexes"}.get(kind.base, "numbers")
    return {Array: "arrays", TupleOf: "tuples"}.get(type(kind), "lists")


def use_copies(functions: list[Function]) -> None:
    """Let the reverse halves of functions that change arrays of their own copy those that they are given, in place.

    The interpreter copies a whole structure (`runtime.snapshot`); here only the arrays are, all at once, since they may share
    memory.
    """
    numbers = {(s.target.kind, k) for function in functions for s in walk(function.body) if isinstance(s, Apply)
               and isinstance(s.target.kind, Saved) and s.fn is intrinsics.build_tuple for k, a in enumerate(s.args)
               if isinstance(kind_of_atom(a), Tape) and holds_numbers(a, function)}
    for function in functions:
        _copy_arrays(function, numbers)


def holds_numbers(tape: Var, function: Function) -> bool:
    """Are numbers alone put on a tape, and on those that are put on it?"""
    pushed = [v for s in walk(function.body) if isinstance(s, Apply) and s.fn is intrinsics.push and s.args[0] is tape
              for v in s.args[1:]]
    return bool(pushed) and all(holds_numbers(v, function) if isinstance(kind_of_atom(v), Tape) else is_value(kind_of_atom(v))
                                for v in pushed)


def _copy_arrays(function: Function, numbers: set) -> None:
    made = {s.target: s for s in walk(function.body) if isinstance(s, Apply)}
    for stmt in [s for s in made.values() if s.fn is runtime.snapshot and isinstance(kind_of_atom(s.args[0]), Saved)]:
        reads = [s for s in made.values() if s.fn is operator.getitem and s.args[0] is stmt.target]
        arrays = [s for s in reads if isinstance(s.target.kind, Array) and s.target.kind.ndim]
        for read in reads:
            if read not in arrays and not is_value(read.target.kind) and (
                    kind_of_atom(stmt.args[0]), read.args[1].value) not in numbers:
                raise UnsupportedError("a function that keeps lists for its derivative is differentiated within a compiled one",
                                       'use arrays, or take srcad.compiled away', stmt.loc or function.loc)
        block = next(b for b in every_block(function.body) if stmt in b.stmts)
        out: list = []
        for s in block.stmts:
            if s is stmt and arrays:
                found = [Apply(a.target.like(), operator.getitem, (stmt.args[0], a.args[1]), (), s.loc) for a in arrays]
                together = Var("", TupleOf(tuple(a.target.kind for a in arrays)))
                copies = Var("copies", together.kind)
                out += [*found, Apply(together, intrinsics.build_tuple, tuple(f.target for f in found), (), s.loc),
                        Apply(copies, runtime.copy_arrays, (together,), (), s.loc)]
            elif s is not stmt:
                out.append(s)
        block.stmts = out
        for read in reads:
            read.args = (copies, Lit(arrays.index(read))) if read in arrays else (stmt.args[0], read.args[1])


def is_value(kind) -> bool:
    """Can what is of this kind not change?"""
    if isinstance(kind, TupleOf):
        return all(map(is_value, kind.items))
    return kind == NONE or isinstance(kind, Scalar | SliceOf | Range)
