"""What everything is called.

Enters: the groups of values that share a name, and the global names of the module. Leaves: a name for every value. The
user's names first, exactly; then, in order of definition, temporaries ``v1, v2, ...`` and derived names (``x_bar``,
``v3_dot``). Nothing generated ever takes a name that the user uses, a keyword, or a global that the text needs.

Two groups that want the same name get ``x`` and ``x_1``; they share it only where that reads naturally and neither is
kept while the other is: in different arms or loops for the user's own names, anywhere for derived ones.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from srcad.emit.coalesce import Group, Groups, Spans
from srcad.emit.liveness import Frame
from srcad.emit.plan import user_named
from srcad.emit.spelling import Spelling, spell
from srcad.emit.survey import Survey
from srcad.trace.ir import Function, Var

RESERVED = frozenset(keyword.kwlist)


class Globals:
    """The global names of a module, chosen before any local one.

    Attributes
    ----------
    imports : dict of str to object
        What must be bound for the text to run: name to object.
    taken : set of str
        Every global name that the text uses.
    """

    def __init__(self, functions: list[Function], surveys: list[Survey]):
        self._users = set().union(*(s.hints for s in surveys)) | RESERVED
        self.imports: dict[str, object] = {}
        self.taken: set[str] = set()
        self._roots: dict[int, str] = {}
        self.functions: dict[int, str] = {}
        needed: dict[int, object] = {}
        for found in surveys:
            needed.update(found.objects)
        # A function that nobody calls can be called what it likes.
        for fn in functions:
            busy = self.taken | self._users if id(fn) in needed else self.taken
            self.functions[id(fn)] = self._take(fn.name, busy)
        for obj in needed.values():
            if not isinstance(obj, Function):
                self._bind(spell(obj))

    def _take(self, name: str, busy: set[str]) -> str:
        free, k = name, 0
        while free in busy:
            k += 1
            free = f"{name}_{k}"
        self.taken.add(free)
        return free

    def _bind(self, spelling: Spelling) -> None:
        if id(spelling.value) in self._roots:
            return
        name = self._roots[id(spelling.value)] = self._take(spelling.root, self.taken | self._users)
        if not spelling.builtin or name != spelling.root:
            self.imports[name] = spelling.value

    def path(self, obj: object) -> tuple[str, ...]:
        """The dotted name of an object: `("np", "linalg", "solve")`."""
        if isinstance(obj, Function):
            return (self.functions[id(obj)],)
        spelling = spell(obj)
        return (self._roots[id(spelling.value)], *spelling.path)


class Names:
    """The local names of one function.

    Attributes
    ----------
    doubtful : set of Var
        Values that may not exist.
    unused : str
        For what must be bound to something and is not used.
    undefined : str
        What nothing is ever bound to.
    """

    def __init__(self, groups: Groups, survey: Survey, taken: set[str], doubtful: AbstractSet[Var] = frozenset()):
        self.doubtful = doubtful
        self._groups = groups
        self._busy = taken | RESERVED
        self._users = survey.hints
        self._names: dict[Group, str] = {}
        self._holders: dict[str, _Holder] = {}
        self._next: dict[str, int] = {}
        self._foreign: dict[Var, str] = {}
        self._known: dict[Var, str] = {}
        self._count = 0
        self._naming: set[Group] = set()
        everything = groups.all()
        for fixed in (True, False):
            for group in everything:
                if group.fixed == fixed and user_named(group.leader):
                    self._give(group, _root(group.leader).hint, local=not fixed)
        for group in everything:
            if group not in self._names:
                self._name(group)
        self.unused = self._fresh("_") if self._is_read("_", survey) else "_"
        self.undefined = self._fresh("undefined")

    def _is_read(self, name: str, survey: Survey) -> bool:
        """Is any value under this name used?"""
        if name not in self._holders:
            return name in self._busy
        groups = (self._groups.find(v) for v in survey.uses)
        return any(group is not None and self._names[group] == name for group in groups)

    def __getitem__(self, var: Var) -> str:
        found = self._known.get(var)
        if found is None:
            group = self._groups.find(var)
            if group is None:
                raise KeyError(var)
            found = self._known[var] = self._names[group]
        return found

    def another(self) -> str:
        """A name for a temporary that the Trace does not have."""
        return self._numbered()

    def absent(self, var: Var) -> str | None:
        """The name that a value of another function goes by here: the x of ``x_bar``."""
        return self._foreign.get(var)

    def _name(self, group: Group) -> str:
        found = self._names.get(group)
        if found is not None:
            return found
        leader = group.leader
        if leader.of is None or group in self._naming:
            return self._give(group, leader.hint) if leader.hint else self._number(group)
        self._naming.add(group)      # groups may be named after each other in a circle
        base = self._name_of(leader.of)
        if group in self._names:
            return self._names[group]
        return self._give(group, base + leader.suffix, derived=True)

    def _name_of(self, var: Var) -> str:
        """The name of a value, also of one that this function does not have."""
        group = self._groups.find(var)
        if group is not None:
            return self._name(group)
        if var not in self._foreign:
            if var.of is not None:
                self._foreign[var] = self._name_of(var.of) + var.suffix
            else:
                self._foreign[var] = var.hint or self._numbered()
        return self._foreign[var]

    def _numbered(self) -> str:
        while True:
            self._count += 1
            name = f"v{self._count}"
            if name not in self._busy and name not in self._users and name not in self._holders:
                return name

    def _number(self, group: Group) -> str:
        return self._hold(group, self._numbered())

    def _hold(self, group: Group, name: str) -> str:
        self._names[group] = name
        holder = self._holders.get(name)
        if holder is None:
            self._holders[name] = _Holder(group)
        else:
            holder.add(group)
        return name

    def _fresh(self, name: str) -> str:
        free, k = name, 0
        while free in self._busy or free in self._users or free in self._holders:
            k += 1
            free = f"{name}_{k}"
        return free

    def _give(self, group: Group, name: str, derived: bool = False, local: bool = True) -> str:
        """The name that is wanted, or the first free one like it."""
        exact = not derived
        if self._is_free(group, name, exact, local, derived):
            return self._hold(group, name)
        k = self._next.get(name, 0)
        while True:
            k += 1
            candidate = f"{name}_{k}"
            if self._is_free(group, candidate, False, local, derived):
                if candidate not in self._holders:
                    self._next[name] = max(self._next.get(name, 0), k if not derived else 0)
                return self._hold(group, candidate)

    def _is_free(self, group: Group, name: str, exact: bool, local: bool, derived: bool) -> bool:
        holder = self._holders.get(name)
        if holder is not None:
            return local and (derived or holder.is_apart(group)) and not group.meets(holder.group)
        return exact or (name not in self._users and name not in self._busy)


def _root(var: Var) -> Var:
    while var.of is not None:
        var = var.of
    return var


class _Holder:
    """All that goes by one name, as if it were one group."""

    def __init__(self, group: Group):
        self.group = Group(group.leader, Spans(), Spans(), Spans(), {}, group.order)
        self._around: set[Frame] = set()
        self.add(group)

    def add(self, group: Group) -> None:
        self.group.absorb(group)
        for frame in group.frames:
            self._around.update(_outwards(frame))

    def is_apart(self, group: Group) -> bool:
        """Is no block of the one inside, or the same as, a block of the other?"""
        mine = self.group.frames
        return not any(f in self._around or any(g in mine for g in _outwards(f)) for f in group.frames)


def _outwards(frame: Frame | None) -> Iterator[Frame]:
    """A block and those around it."""
    while frame is not None:
        yield frame
        frame = frame.parent
