"""The abstract interpreter: runs an untyped Trace over kinds and writes the typed one.

What is decided while compiling: which function a name means, which method, branches on static values, tuples whose items
are known, and the kind of everything else. `branches` and `loops` have what those two mean.
"""

from __future__ import annotations

import functools
import operator
import types

from srcad.analysis.atoms import kind_of_atom
from srcad.errors import SrcadError, UnsupportedError
from srcad.specialise import attempts, branches, callables, calls, keyed, loops, operations, references, unrolling
from srcad.specialise.builder import Builder
from srcad.specialise.names import read_free
from srcad.specialise.objects.variables import as_atom
from srcad.specialise.program import Program, Specialised, data_vars
from srcad.specialise.unpacking import expand_mapping, expand_star, mapping_items, static_items
from srcad.specialise.values import (
    UNDEFINED,
    Cell,
    Closure,
    Enumerate,
    Generated,
    Instance,
    Items,
    Manager,
    Mapping,
    Method,
    NotOneFunction,
    OneOf,
    Pack,
    Partial,
    Record,
    Sequence,
    Super,
    Suspended,
    Unclear,
    Zip,
    is_atom,
)
from srcad.trace import intrinsics, ir
from srcad.trace.ir import Apply, Attempt, Block, Comment, For, FreeName, If, Lit, Ref, Star, Var, While
from srcad.trace.kinds import Kind, ListOf, Object, Scalar, TupleOf


class Specialiser:
    """Specialises one function (and, in frames of its own, what is inlined into it)."""

    def __init__(self, program: Program, info: Specialised, builder: Builder) -> None:
        self.program = program
        self.info = info
        self.b = builder
        self.env: dict = {}
        self.heap: dict = {}         # Cell → the value of the variable now
        self.pinned: set = set()     # cells of lists and dicts that something besides the program's names gets hold of
        self.unrollable = False      # can the loop at hand be written out instead?
        self.looping = False         # is the body of a loop being written?
        self.widenings: list = []    # lists that got items of another kind: what has been taken out of them is that too
        self.making: set = set()     # cells of lists that are being made lists of the generated code
        self.frozen = False          # keep the caller's place: a rule's body is being spliced in

    # --- values -------------------------------------------------------------------------------------------------------

    def call(self, fn, args: list, kwargs: list | tuple = (), hint: str = ""):
        """The value of ``fn(*args, **kwargs)``; what has to be done at run time is appended."""
        return calls.call(self, fn, args, list(kwargs), hint)

    def call_object(self, target, args: list, kwargs: list | tuple = (), hint: str = ""):
        """The same of a Python object that is called."""
        return callables.call_object(self, target, args, list(kwargs), hint)

    def operation(self, target, args: list, kwargs: list | tuple = (), hint: str = ""):
        """One operation of the Trace, whatever else a call of `target` may mean."""
        return operations.operation(self, target, args, list(kwargs), hint)

    def value(self, atom):
        """What an atom of the untyped Trace stands for."""
        if isinstance(atom, Var):
            return self.env[atom]
        if isinstance(atom, FreeName):
            return read_free(self, atom.free)
        return atom

    def atom(self, value):
        """A value as an atom, made by an operation if need be."""
        match value:
            case Var() | Lit() | Ref():
                return value
            case Pack(items=items):
                return self.b.apply(intrinsics.build_tuple, *[self.atom(i) for i in items])
            case Zip(iterables=iterables):
                return self.b.apply(zip, *[self.atom(i) for i in iterables])
            case Enumerate(iterable=iterable, start=start):
                return self.b.apply(enumerate, self.atom(iterable), self.atom(start))
            case Items(mapping=mapping) if keyed.is_keyed(self, mapping):
                return self.atom(calls.call(self, Ref(list), [keyed.gone_through(self, value)], []))
            case Items(mapping=mapping, what=what):
                items = mapping_items(self, mapping, what)
                return self.b.apply(intrinsics.build_list, *[self.atom(i) for i in items])
            case Instance(value=value):
                return Ref(value)
            case Method(value=owner, name=name):
                return self.b.apply(getattr, self.atom(owner), Lit(name))
            case Unclear():
                raise self.unclear(value)
            case Generated():
                raise self.refuse("a generator expression is kept, or given to what is not known to go through it once",
                                  "write a list: `[... for ...]`")
            case Sequence():
                return references.escaped(self, value)
            case Mapping():
                return references.dict_atom(self, value)
            case Record():
                return as_atom(self, value)
            case Super() | Manager() | Suspended():
                raise NotOneFunction("an object made here is kept where only numbers and arrays can be, or is returned",
                                     "return its attributes, or a tuple of them", self.b.loc)
            case Closure() | Partial() | OneOf():
                raise NotOneFunction("a function made here is kept where only numbers and arrays can be, or is returned",
                                     "call it here, or pass it to a function", self.b.loc)
        raise TypeError(f"no atom for {value!r}")

    def unclear(self, value: Unclear) -> UnsupportedError:
        name = value.name
        if value.interrupted:
            return self.refuse(f"the exception may have come before or after {name} was bound in the `try`",
                               f"bind {name} before the `try` or in the handler, or in the last statement of the `try`")
        return NotOneFunction(
            f"which function or object {name or 'this'} is here depends on the way that the program takes at run time",
            "choose between calls instead of between functions, `f(x) if condition else g(x)`; keep numbers in variables and "
            "make the object where it is used", self.b.loc)

    def kept_iterator(self) -> UnsupportedError:
        return self.refuse("an iterator is kept, and can be gone through only once", "keep a list: `list(...)`")

    def read_cell(self, cell: Cell):
        """The value of a shared variable."""
        value = self.heap.get(cell, UNDEFINED)
        if value == UNDEFINED:
            raise self.refuse(f"the variable {cell.name!r}, which inner functions share, has no value here on any path that "
                              "srcad can follow", "bind it, and define the functions that use it, outside the branch or loop")
        return value

    @staticmethod
    def is_mixed(value) -> bool:
        """Is it a tuple of whole and of other numbers?"""
        if not isinstance(value, Pack) or not all(map(is_atom, value.items)):
            return False
        kinds = [kind_of_atom(i) for i in value.items]
        whole = [isinstance(k, Scalar) and k.base in (bool, int) for k in kinds]
        return any(whole) and not all(whole) and all(isinstance(k, Scalar) for k in kinds)

    def items_atom(self, value):
        """A value of which any item may be taken, as an atom: whole numbers beside others make a tuple a list.

        The items of a list are alike, so that they all have derivatives; a tuple's have kinds of their own.
        """
        return self.b.apply(intrinsics.build_list, *value.items) if self.is_mixed(value) else self.atom(value)

    def kind(self, value) -> Kind:
        if isinstance(value, Pack):
            return TupleOf(tuple(map(self.kind, value.items)))
        if isinstance(value, Record):
            return value.fields.source.kind if value.fields.source is not None else Object(value.cls)
        if isinstance(value, Sequence | Mapping):
            return references.kind_of_reference(self, value)
        if isinstance(value, Closure | Partial):
            return Object(types.FunctionType if isinstance(value, Closure) else functools.partial)
        return kind_of_atom(value) if is_atom(value) else kind_of_atom(self.atom(value))

    def hidden(self, name: str, read, key: tuple):
        """The parameter that carries a datum read at each call."""
        self.program.datum(name, read, key, self.b.loc)
        return data_vars(self.program, self.info, key)

    def refuse(self, reason: str, advice: str = "") -> UnsupportedError:
        return UnsupportedError(reason, advice, self.b.loc)

    # --- statements ---------------------------------------------------------------------------------------------------

    def block(self, block: Block) -> list:
        """Run the statements of a block; the values it yields."""
        for stmt in block.stmts:
            self.statement(stmt)
        return [self.value(a) for a in block.yields]

    def statement(self, stmt) -> None:
        if isinstance(stmt, Comment):
            return
        if stmt.loc.line and not self.frozen:
            self.b.loc = stmt.loc
        try:
            match stmt:
                case Apply():
                    self.env[stmt.target] = self.apply(stmt)
                case If():
                    branches.branch(self, stmt)
                case For():
                    loops.for_loop(self, stmt)
                case While():
                    loops.loop(self, stmt, None)
                case Attempt():
                    self.env[stmt.target] = attempts.attempted(self, stmt)
        except SrcadError as error:
            raise error.at(self.b.loc) from None

    def joined_display(self, stmt: Apply):
        """``[*xs, e]`` where it is not known how many items there are: lists put together. None if it is known."""
        stars = [isinstance(a, Star) for a in stmt.args]
        values = [self.value(a.atom) if star else self.value(a) for a, star in zip(stmt.args, stars)]
        lists = [star and isinstance(self.kind(v), ListOf) and static_items(self, v) is None
                 for v, star in zip(values, stars)]
        if not any(lists) or self.frozen:
            return None
        total = None
        for v, star in zip(values, stars):
            part = self.call(Ref(list), [v], []) if star else self.call(Ref(intrinsics.build_list), [v], [])
            total = part if total is None else self.call(Ref(operator.add), [total, part], [])
        return references.wrapped(self, total, True)

    def apply(self, stmt: Apply):
        if stmt.fn is intrinsics.build_list and any(isinstance(a, Star) for a in stmt.args):
            display = self.joined_display(stmt)
            if display is not None:
                return display
        fn = stmt.fn
        fn = self.value(fn) if isinstance(fn, Var | FreeName | Ref | Lit) else Ref(fn)
        args = []
        for a in stmt.args:
            if isinstance(a, Star) and stmt.fn is intrinsics.build_dict:
                args += [part for key, v in expand_mapping(self, self.value(a.atom), object) for part in (Lit(key), v)]
            elif isinstance(a, Star):
                args += expand_star(self, self.value(a.atom), fn)
            else:
                args.append(self.value(a))
        kwargs = []
        for name, a in stmt.kwargs:
            if name is None:
                kwargs += expand_mapping(self, self.value(a))
            else:
                kwargs.append((name, self.value(a)))
        hint = "" if self.frozen else stmt.target.hint
        result = self.call(fn, args, kwargs, hint)
        if isinstance(result, Generated) and stmt.target.hint:
            raise self.kept_iterator()
        if self.program.containers and isinstance(result, Var):
            result = references.wrapped(self, result, isinstance(fn, Ref) and fn.value in references.FRESH_LISTS)
        if isinstance(result, Sequence | Mapping) and not result.cell.name:
            result.cell.name = hint
        if isinstance(result, Var) and hint and not result.hint and result.of is None:
            result.hint = stmt.target.hint
        return result

    # --- branches and loops -------------------------------------------------------------------------------------------

    def fork(self, cond, runs: list, likes: tuple) -> None:
        """A branch whose arms are written by two functions, which give the values of `likes`."""
        branches.fork(self, cond, runs, likes)

    def choose(self, value: OneOf, use, hint: str = ""):
        """What `use` gives of the function that is meant at run time."""
        return branches.choose(self, value, use, hint)

    def loop(self, stmt: For | While, iterables: list | None) -> None:
        """A loop over these iterables that stays one."""
        loops.loop(self, stmt, iterables)

    def must_unroll(self, items: list) -> bool:
        """Are the items of different kinds, so that one body cannot serve them all?"""
        return unrolling.must_unroll(self, items)

    # --- the whole function -------------------------------------------------------------------------------------------

    def run(self, function: ir.Function, arguments: list):
        """Specialise a function's body for these argument values; the value of its result."""
        for param, value in zip(function.params, arguments, strict=True):
            self.env[param.var] = value
        return self.block(function.body)[0]
