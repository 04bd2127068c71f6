"""All that one compilation knows besides the Trace at hand: callees, guards, free data (`srcad.places`)."""

from __future__ import annotations

import types
import weakref
from dataclasses import dataclass, field

from srcad.errors import SrcadError, UnsupportedError
from srcad.frontend.lower import lower
from srcad.frontend.source import find_source
from srcad.places import Attribute, Data, Guard
from srcad.trace.ir import Function, Var
from srcad.trace.kinds import BOTTOM, Kind, kind_of


@dataclass(eq=False)
class Specialised:
    """A typed Trace and the data it needs as trailing arguments, in order."""

    function: Function
    hidden: dict = field(default_factory=dict)      # Data.key → Var
    result: Kind = BOTTOM
    finished: bool = False
    assumed: bool = False                           # somebody used `result` before it was final
    depends: tuple = ()                             # of an adjoint: does the result depend on each input?
    custom: object = None                           # a derivative of the user's own (srcad.custom)
    spliced_only: bool = False                      # it returns functions or writes its caller's variables
    states: tuple = ()                              # the names of the arguments whose final state is the result
    augmented: list = field(default_factory=list)   # operations that stand for ``x op= e``, of what may be an array


class ContainersChange(Exception):
    """The program changes a list or dict: it is compiled again, with these followed."""


class ArgumentsChange(ContainersChange):
    """The program changes a container among its arguments, or writes to arrays in it: it is compiled again, with its arguments
    taken apart."""


class ItemsChange(UnsupportedError):
    """Lists that begin with whole numbers get floats while others hold them: the program is compiled again, with literal
    whole numbers in lists counted as floats (their values stay what they are)."""


class EmptyLists(Exception):
    """Lists that the program makes empty, and puts elsewhere, get items of these kinds: it is compiled again."""

    def __init__(self, kinds: dict) -> None:
        super().__init__()
        self.kinds = kinds


class Program:
    """State shared by all functions of one compilation."""

    def __init__(self, backend: str = "python") -> None:
        self.backend = backend       # what will run the generated text
        self.small_axes = 0          # axes of up to so many elements have known lengths
        self.specialised: dict = {}
        self.guards: dict = {}
        self.seen: dict = {}         # what was found in libraries: fixed in this process, not in the next
        self.data: dict = {}
        self.kinds: dict = {}
        self.stack: list = []
        self.derived: dict = {}
        self.infos: dict = {}
        self.linked: set = set()
        self.checkpointed: set = set()   # identities of Traces whose calls record nothing
        self.containers = False      # are lists and dicts followed that the program changes?
        self.opened = False          # are containers among the arguments taken apart, for the program changes them?
        self.floats = False          # do literal whole numbers in lists count as floats?
        self.whole = 0               # how many callees are being specialised for the whole numbers that they are given
        self.empty_lists: dict = {}  # where an empty list is made → the kind of its items, BOTTOM if it is not known
        self.held_lists: set = set() # those of them that others hold before they get items
        self.reads: list = []        # the keys of all data that was asked for, in order
        self.settled: list = []      # the attributes of objects that turned out not to be written any more, in order
        self.contexts: dict = {}     # managers that the generated function enters → {option: atom}
        self.catching = 0            # how many `warnings.catch_warnings` are entered
        self.keep: list = []         # derivatives made while compiling: their identity is used

    def register(self, info: Specialised) -> Specialised:
        """Let `info_of` find what is known of a Trace."""
        self.infos[id(info.function)] = info
        return info

    def info_of(self, function: Function) -> Specialised:
        """What is known of a Trace of this program."""
        return self.infos[id(function)]

    def guard(self, read, expected, what: str, key) -> None:
        self.guards.setdefault(key, Guard(read, expected, what))

    def guard_function(self, function: types.FunctionType) -> None:
        """A callee's code and defaults are taken as fixed."""
        key = ("code", id(function))
        if key not in self.guards:
            self.guard(Attribute(function, "__code__"), function.__code__, function.__name__, key)
            for name in ("__defaults__", "__kwdefaults__"):
                self.guard(Attribute(function, name), getattr(function, name), function.__name__, (name, id(function)))

    def datum(self, name: str, read, key: tuple, location) -> tuple[Data, Kind]:
        """The data of this key; its kind is that of its value now."""
        self.reads.append(key)
        if key not in self.data:
            datum = self.data[key] = Data(name, read, key, f"{name}@{len(self.data)}")
            self.kinds[key] = kind_of(read(), datum.stem, self.small_axes)
        return self.data[key], self.kinds[key]


def with_program(backend, make, small_axes: int = 0):
    """What ``make(program)`` gives, of a program that follows containers if need be."""
    containers, opened, floats, kinds, refusal = False, False, False, {}, None
    while True:
        program = Program(backend)
        program.small_axes = small_axes
        program.containers, program.floats, program.empty_lists = containers, floats, dict(kinds)
        program.opened = opened
        try:
            return make(program)
        except ArgumentsChange:
            containers = opened = True
        except ContainersChange:
            containers = True
        except EmptyLists as found:
            kinds |= found.kinds
        except ItemsChange as error:
            if floats:
                raise UnsupportedError(*error.args) from None
            floats, refusal = True, error
        except SrcadError:
            if refusal is not None:
                raise UnsupportedError(*refusal.args) from None
            raise


_lowered: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def lowered(function: types.FunctionType) -> Function:
    """The untyped Trace of a function; made once, again if its code has been replaced."""
    known = _lowered.get(function)
    if known is None or known[0] is not function.__code__:
        known = (function.__code__, lower(find_source(function)))
        _lowered[function] = known
    return known[1]


def data_vars(program: Program, info: Specialised, key: tuple) -> Var:
    """The hidden parameter of `info` that carries this data."""
    if key not in info.hidden:
        data = program.data[key]
        info.hidden[key] = Var(data.name, program.kinds[key])
    return info.hidden[key]


def refuse(reason: str, advice: str, location) -> UnsupportedError:
    return UnsupportedError(reason, advice, location)
