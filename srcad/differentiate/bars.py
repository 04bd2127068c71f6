"""The adjoints of values while a reverse sweep is being written.

`Bars` maps every active Var to its adjoint so far: an atom, or `Parts` for a container whose items are known. It knows
which adjoints are memory of our own (`owned`), for only those may be added to in place.
"""

from __future__ import annotations

import operator

import numpy as np

from srcad import runtime
from srcad.analysis.aliasing import touches
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.infer import element_kind
from srcad.differentiate import common
from srcad.differentiate.algebra import ZERO, DerivativeBuilder
from srcad.errors import UnsupportedError
from srcad.specialise.values import Pack
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import (
    NONE,
    Array,
    DictOf,
    ListOf,
    Numeric,
    Object,
    Range,
    Saved,
    Scalar,
    SliceOf,
    Static,
    Struct,
    Tape,
    TupleOf,
    Unknown,
    is_complex,
    is_container,
    is_differentiable,
    is_scalar,
    names_of,
    same_dtype,
    tangent_kind,
)


class Parts:
    """The adjoint of a container whose items are known, item by item; what is missing is zero."""

    def __init__(self) -> None:
        self.items: dict = {}


class Bars:
    """The adjoints known so far.

    Attributes
    ----------
    of : dict
        Var → its adjoint.
    shadows : dict
        Var → its shadow, for what is in memory that is written to (`memory`): an adjoint that is added to in place.
    windows : dict
        Var → what its adjoint is given to, for views of such memory that are only read.
    owned : set of Var
        Adjoints that are memory of their own.
    is_rewritten : callable or None
        Of a Var: does the reverse sweep write to the memory that holds it?
    crossing : set of Var
        Containers from outside the block being written: their adjoints leave it, as one value.
    parts : dict of Var to dict
        Containers that are changed at the end: the variables that have, key by key, what they hold on entry.
    zeroed : set of Var
        Variables whose zeros are asked for after a branch or loop: the forward sweep must give them some value.
    """

    def __init__(self, b: DerivativeBuilder, active: set, suffix: str, textbook: bool,
                 parts: dict | None = None) -> None:
        self.b, self.active, self.suffix, self.textbook = b, active, suffix, textbook
        self.parts = parts or {}
        self.of: dict = {}
        self.shadows: dict = {}
        self.is_rewritten = None
        self.windows: dict = {}
        self.lists = None                     # what adds to shadows of lists
        self.owned: set = set()
        self.crossing: set = set()
        self.given: set = set()               # values that are somebody's adjoint: a second holder shares them
        self.zeroed: set = set()
        self.mark = 0
        self.formula = not textbook           # straight-line code, to be written as one expression

    def start(self) -> None:
        """A statement's adjoint begins: what is made from here on is new."""
        self.mark = Var().serial

    def is_new(self, g) -> bool:
        """Was the value made for the statement at hand, so that nobody else knows it?"""
        return isinstance(g, Var) and g.serial > self.mark

    def state(self) -> tuple[dict, set]:
        return dict(self.of), set(self.owned)

    def restore(self, state: tuple[dict, set]) -> None:
        self.of, self.owned = dict(state[0]), set(state[1])

    def in_memory(self, var) -> bool:
        """Is the adjoint in memory that is added to in place, wherever that is?"""
        return var in self.shadows or var in self.windows or self.lists is not None and var in self.lists.holders and (
            isinstance(var.kind, ListOf) and self.lists.holds_references(var))

    # --- adjoints of atoms --------------------------------------------------------------------------------------------

    def new_bar(self, var: Var) -> Var:
        return Var("", tangent_kind(var.kind), of=var, suffix=self.suffix)

    def unspread(self, *terms) -> tuple:
        """Two adjoints of one value, a number instead of an array of it if the other has the value's shape anyway."""
        for k, (spread, other) in enumerate(zip(terms, terms[::-1])):
            (made, full), kind = map(self.b.definition, (spread, other)), kind_of_atom(other)
            if made is None or made.fn is not np.broadcast_to or made.kwargs or full is not None and full.fn is made.fn:
                continue
            if not isinstance(kind, Array) or kind.dtype != np.float64 or kind.ndim != getattr(kind_of_atom(spread), "ndim", 0):
                continue
            number = kind_of_atom(made.args[0])
            if isinstance(number, Scalar) and number.base is float:
                return (made.args[0], other) if k == 0 else (other, made.args[0])
        return terms

    def contribute(self, atom, g, fresh: bool = False) -> None:
        """Add `g` to the adjoint of `atom`."""
        if not isinstance(atom, Var) or atom not in self.active or g is None:
            return
        if isinstance(g, Parts):
            for key, part in g.items.items():
                self.contribute_item(atom, Lit(key), part)
            return
        if self.lists is not None and atom in self.lists.holders and self.lists.hand_out(atom, g):
            return
        g = self.fit(g, atom)
        if atom in self.shadows:
            if isinstance(atom.kind, ListOf):
                self.lists.contribute(atom, g)
            else:
                self.b.apply(operator.iadd, self.shadows[atom], g)
            return
        if atom in self.windows:
            self.windows[atom](atom, g)
            return
        known = self.of.get(atom)
        if known is None:
            own = self.kept(g)
            fresh, g = fresh or own is not g, own
            bar = self.of[atom] = self.named(g, atom)
            if fresh and self.is_new(bar) and bar not in self.given:
                self.owned.add(bar)
            else:
                self.owned.discard(g)
            self.given.update(a for a in (g, bar) if isinstance(a, Var))
            return
        if is_container(atom.kind) or isinstance(atom.kind, Saved | Tape):
            total = self.b.apply(runtime.add_adjoints, self.materialised(atom), g, target=self.new_bar(atom),
                                 kind=tangent_kind(atom.kind))
        else:
            # In a formula the terms read best in the primal's order: the reverse of that in which they come.
            terms = (g, known) if self.formula and isinstance(atom.kind, Scalar) else self.unspread(known, g)
            total = self.b.apply(operator.add, *terms, target=self.new_bar(atom))
        self.of[atom] = total
        if self.is_new(total) and total is not g:
            self.owned.add(total)

    def kept(self, g):
        """An adjoint as it is now: copied if old values may be put back into its memory before it is used."""
        if self.is_rewritten is not None and touches(g, self.b.definition, self.is_rewritten):
            return common.copied(self.b, g)
        return g

    def named(self, g, var: Var):
        """The first contribution: it gets the adjoint's name."""
        if self.is_new(g) and not g.hint and g.of is None:
            g.of, g.suffix = var, self.suffix
            return g
        if self.textbook and not is_container(var.kind):
            return self.b.apply(intrinsics.copy_value, g, target=self.new_bar(var), kind=tangent_kind(var.kind))
        return g

    def fit(self, g, atom: Var):
        """`g` with the dtype and realness of the operand that it is the adjoint of."""
        kind, gkind = atom.kind, kind_of_atom(g)
        if isinstance(kind, Array) and kind.dtype is not None:
            if isinstance(gkind, Array) and same_dtype(gkind.dtype, kind.dtype):
                return g
            if isinstance(gkind, Array) and gkind.dtype is not None:
                if gkind.dtype.kind == "c" and kind.dtype.kind != "c":
                    g = self.b.apply(np.real, g)
                    gkind = kind_of_atom(g)
                if isinstance(gkind, Array) and gkind.dtype is not None and gkind.dtype != kind.dtype:
                    return self.b.apply(np.ndarray.astype, g, self.dtype(kind.dtype))
                return g
            if isinstance(gkind, Array) and kind.dtype == np.float64:
                return self.b.apply(runtime.match_kind, g, atom, kind=kind)
            return self.b.apply(runtime.match_kind, g, atom, kind=tangent_kind(kind))
        if isinstance(kind, Scalar) and kind.base is float:
            if is_complex(gkind):
                return self.b.apply(getattr, g, Lit("real"))
            if isinstance(gkind, Scalar):
                if kind.dtype is not None and kind.dtype != np.float64 and gkind.dtype == np.float64 or (
                        kind.dtype is None and gkind.dtype not in (None, np.float64)):
                    return self.b.apply(runtime.match_kind, g, atom, kind=kind)
                return g
            return self.b.apply(runtime.match_kind, g, atom, kind=kind)
        if isinstance(kind, Scalar) and kind.base is complex and not is_complex(gkind) or isinstance(
                kind, Scalar) and isinstance(gkind, Array):
            return self.b.apply(runtime.match_kind, g, atom, kind=kind)
        if isinstance(kind, ListOf | TupleOf) and isinstance(gkind, Array | Numeric):
            return self.b.apply(runtime.match_kind, g, atom, kind=tangent_kind(kind))
        return g

    def dtype(self, dtype: np.dtype):
        return Ref(dtype.type)

    def contribute_item(self, container: Var, key, g) -> None:
        """Add `g` to the adjoint of ``container[key]``."""
        if not isinstance(container, Var) or container not in self.active or g is None:
            return
        kind = container.kind
        if isinstance(kind, Scalar):                             # x[()] or x[None] of a NumPy scalar
            g = self.atom_of(g, None)
            self.contribute(container, g if isinstance(kind_of_atom(g), Scalar) else self.b.apply(np.sum, g))
            return
        if isinstance(kind, Array | Numeric):
            self.index_add(container, key, self.atom_of(g, None))
            return
        if self.lists is not None and container in self.lists.holders and self.lists.hand_out_item(container, key, g):
            return
        if container in self.shadows:
            item = self.item_kind(kind, None)
            self.lists.contribute_item(container, key, self.atom_of(g, item), item)
            return
        known = self.of.get(container)
        static = isinstance(key, Lit) and (isinstance(kind, TupleOf | DictOf | Struct | Saved) or isinstance(kind, ListOf) and
                                           kind.items is not None)
        if static and (known is None or isinstance(known, Parts)) and container not in self.crossing:
            parts = known if known is not None else self.of.setdefault(container, Parts())
            self.add_part(parts, self.part_key(kind, key.value), g, self.item_kind(kind, key.value))
            return
        if isinstance(known, Parts):
            known = self.materialised(container)
        g = self.atom_of(g, self.item_kind(kind, key.value if isinstance(key, Lit) else None))
        if known is None:
            known = common.zeros(self.b, container)
            self.owned.add(known)
        elif known not in self.owned:
            known = self.b.apply(common.copy_function(kind), known, kind=tangent_kind(kind))
        if isinstance(kind, ListOf) and isinstance(kind.element, Scalar) and isinstance(kind_of_atom(key), Scalar):
            total = self.b.apply(intrinsics.index_add, known, key, g, target=self.new_bar(container), kind=tangent_kind(kind))
        else:
            total = self.b.apply(runtime.add_item, known, key, g, target=self.new_bar(container), kind=tangent_kind(kind))
        self.of[container] = total
        self.owned.add(total)

    @staticmethod
    def part_key(kind, key):
        if isinstance(kind, TupleOf) and isinstance(key, str):
            return names_of(kind).index(key)
        if isinstance(kind, TupleOf | ListOf) and key < 0:
            return key + len(kind.items)
        return key

    @staticmethod
    def item_kind(kind, key):
        match kind:
            case Saved(bar=bar):
                item = kind.holder.items[key]
                return tangent_kind(item) if bar else item
            case TupleOf() | ListOf() if kind.items is not None and type(key) is int:
                return kind.items[key]
            case TupleOf() if key is None:
                return element_kind(kind)
            case DictOf() if key in kind.keys:
                return kind.values[kind.keys.index(key)]
            case Struct() | TupleOf() if isinstance(key, str):
                return kind.items[names_of(kind).index(key)]
            case ListOf():
                return kind.element
        return None

    def add_part(self, parts: Parts, key, g, kind) -> None:
        known = parts.items.get(key)
        if known is None:
            parts.items[key] = g if isinstance(g, Parts) else self.kept(g)
        elif isinstance(known, Parts) and isinstance(g, Parts):
            for k, part in g.items.items():
                self.add_part(known, k, part, self.item_kind(kind, k))
        else:
            a, b = self.atom_of(known, kind), self.atom_of(g, kind)
            fn = runtime.add_adjoints if kind is None or is_container(kind) else operator.add
            parts.items[key] = self.b.apply(fn, a, b)

    def atom_of(self, g, kind, like=None):
        """An adjoint as an atom: Parts become a container, with zeros for what is missing."""
        if not isinstance(g, Parts):
            return g
        match kind:
            case Saved(holder=holder):
                made = [self.part_or_zero(g, k, item, like) for k, item in enumerate(holder.items)]
                return self.b.apply(intrinsics.build_tuple, *made, kind=tangent_kind(kind))
            case Struct(cls=cls, names=names, items=items):
                made = [(n, self.part_or_zero(g, n, item, like)) for n, item in zip(names, items)]
                pattern = Ref(cls) if like is None else like
                return self.b.apply(runtime.make_like, pattern, kwargs=tuple(made), kind=tangent_kind(kind))
            case TupleOf(items=items, cls=cls) if cls is not None:
                made = [(n, self.part_or_zero(g, k, item, like))
                        for k, (n, item) in enumerate(zip(names_of(kind), items))]
                pattern = Ref(cls) if like is None else like
                return self.b.apply(runtime.make_like, pattern, kwargs=tuple(made), kind=tangent_kind(kind))
            case TupleOf(items=items):
                made = [self.part_or_zero(g, k, item, like) for k, item in enumerate(items)]
                return self.b.apply(intrinsics.build_tuple, *made)
            case ListOf(items=items, element=element) if items is not None:
                made = [self.part_or_zero(g, k, element if is_scalar(item) else item, like) for k, item in enumerate(items)]
                return self.b.apply(intrinsics.build_list, *made)
            case ListOf(element=element):        # parts of a list of unknown length are complete: a rule gave them all
                return self.b.apply(intrinsics.build_list, *[self.atom_of(g.items[k], element) for k in sorted(g.items)])
            case DictOf(keys=keys, values=values):
                flat = []
                for k, item in zip(keys, values):
                    flat += [Lit(k), self.part_or_zero(g, k, item, like)]
                return self.b.apply(intrinsics.build_dict, *flat)
        raise UnsupportedError("what a container in a container holds is not known when the derivative is made",
                               "keep the values in containers of one kind, or in variables", self.b.loc)

    def items_or_zero(self, parts: Parts, kind: TupleOf) -> Pack:
        """The adjoints of a tuple's items, the structural zero for those that nothing contributed to."""
        return Pack(tuple(self.atom_of(parts.items[k], item) if k in parts.items else ZERO
                          for k, item in enumerate(kind.items)))

    def part_or_zero(self, parts: Parts, key, kind, like):
        part = parts.items.get(key)
        item = None if like is None else (like, key)
        if part is not None:
            return self.atom_of(part, kind, None if item is None else self.item_of(*item, kind))
        if isinstance(kind, Scalar) or not is_differentiable(kind):
            return common.zeros(self.b, Lit(0.0), kind)
        if like is None:
            return Lit(0.0)
        whole = self.item_of(like, key, kind)
        return self.atom_of(Parts(), kind, whole) if whole in self.parts else common.zeros(self.b, whole, kind)

    def item_of(self, container, key, kind):
        if container in self.parts:                  # it holds something else in the end
            return self.parts[container][key]
        made = self.b.definition(container) if isinstance(container, Var) else None
        if made is not None and made.fn in (intrinsics.build_tuple, intrinsics.build_list):
            return made.args[key]
        return self.b.apply(*self.taking(container, key), kind=kind)

    @staticmethod
    def taking(container, key) -> tuple:
        """The operation that takes an item of a container."""
        return getattr if isinstance(kind_of_atom(container), Struct) else operator.getitem, container, Lit(key)

    def component(self, bar, key, kind):
        """One item of a container's adjoint; None if it is zero."""
        if isinstance(bar, Parts):
            return bar.items.get(key)
        bar_kind = kind_of_atom(bar)
        item = self.item_kind(bar_kind, key)
        if item == NONE or not is_differentiable(kind):
            return None
        parts = attributes_given(self.b.definition(bar) if isinstance(bar, Var) else None)
        if parts is not None and (name := key if isinstance(key, str) else names_of(bar_kind)[key]) in parts:
            return parts[name]
        made = self.b.definition(bar) if isinstance(bar, Var) else None
        if made is not None and made.fn in (intrinsics.build_tuple, intrinsics.build_list) and type(key) is int:
            return made.args[key]
        return self.b.apply(*self.taking(bar, key), kind=tangent_kind(kind))

    def materialised(self, var: Var):
        """The adjoint of a Var so far, as an atom; None if it is zero."""
        known = self.get(var)
        if isinstance(known, Parts):
            known = self.atom_of(known, var.kind, var)
            self.of[var] = known
        return known

    def get(self, var: Var):
        """The adjoint of a Var so far; None if it is zero."""
        return self.shadows[var] if var in self.shadows else self.of.get(var)

    def bar_or_zeros(self, var: Var):
        known = self.materialised(var)
        if known is not None:
            return known
        zero = self.zeros(var)
        if isinstance(zero, Var):
            self.owned.add(zero)
        return zero

    def zeros(self, var: Var):
        """A zero adjoint, wherever it is asked for: also on paths on which the variable has no value."""
        self.zeroed.add(var)
        if var in self.parts:
            return self.atom_of(Parts(), var.kind, var)
        return common.zeros(self.b, var)

    def index_add(self, x: Var, index, g) -> None:
        """``x_bar[index] += g``, in a buffer that is ours."""
        if x in self.shadows:
            if is_complex(kind_of_atom(g)) and not is_complex(x.kind):
                g = self.b.apply(np.real, g)
            self.b.apply(intrinsics.scatter_at if self.may_repeat(index) else intrinsics.add_at, self.shadows[x], index, g)
            return
        if x in self.windows:
            whole = self.b.apply(np.zeros_like, x, kind=tangent_kind(x.kind))
            self.b.apply(intrinsics.scatter_at if self.may_repeat(index) else intrinsics.add_at, whole, index, g)
            self.windows[x](x, whole)
            return
        if isinstance(x.kind, Array) and x.kind.dims == ():      # NumPy makes such arrays numbers: nothing to write to
            self.contribute(x, self.b.apply(np.sum, g) if isinstance(kind_of_atom(g), Array) else g)
            return
        known = self.of.get(x)
        if known is None:
            known = self.b.apply(np.zeros_like if isinstance(x.kind, Array) else runtime.zeros_like, x,
                                 target=self.new_bar(x), kind=tangent_kind(x.kind))
        elif known not in self.owned:
            known = self.b.apply(common.copy_function(x.kind), known, target=self.new_bar(x), kind=tangent_kind(x.kind))
        if is_complex(kind_of_atom(g)) and not is_complex(x.kind):
            g = self.b.apply(np.real, g)
        fn = intrinsics.scatter_add if self.may_repeat(index) else intrinsics.index_add
        total = self.b.apply(fn, known, index, g, target=self.new_bar(x), kind=tangent_kind(x.kind))
        self.of[x] = total
        self.owned.add(total)

    def may_repeat(self, index) -> bool:
        """Can an index name one element twice? Integer arrays and lists can."""
        made = self.b.definition(index) if isinstance(index, Var) else None
        parts = made.args if made is not None and made.fn is intrinsics.build_tuple else (index,)
        for part in parts:
            kind = kind_of_atom(part)
            if isinstance(kind, TupleOf):
                if any(not isinstance(i, Scalar) for i in kind.items):
                    return True
            elif isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind == "b":
                continue
            elif isinstance(kind, Array | ListOf | Numeric) or not isinstance(kind, Scalar) and may_be_index_array(kind):
                return True
        return False


def attributes_given(made) -> dict | None:
    """The attributes of an object that `runtime.make_like` makes."""
    return dict(made.kwargs) if made is not None and made.fn is runtime.make_like else None


def may_be_index_array(kind) -> bool:
    return isinstance(kind, Unknown) or not isinstance(kind, SliceOf | Static | Object | Range | Scalar)
