"""Comprehensions: written out over a few known items, a loop that records its items otherwise.

The items of a loop are recorded on a tape, as those that a reverse sweep needs are, so that the adjoint of the list is
read back in the order that the reverse loop asks for. With a condition the list is appended to; lists of several
`for` are put together.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from dataclasses import replace

from srcad.specialise import dicts, keyed, references
from srcad.specialise.unpacking import counted, static_items, truth, unpacked
from srcad.specialise.values import Closure, Entries, Generated, Items, Pack, holds_function
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, If, Lit, Ref, Source, Var, walk
from srcad.trace.kinds import BOTTOM, ListOf, Tape, join

#: What goes through its argument once, at once.
CONSUMERS = {
    sum, max, min, any, all, list, tuple, set, frozenset, sorted, dict, enumerate, zip, map, filter, math.fsum, math.prod,
    functools.reduce, str.join, itertools.chain, itertools.accumulate, itertools.product, itertools.pairwise,
    itertools.islice,
}
#: A comprehension over this many known items is written out.
LONGEST_WRITTEN_OUT = 8


def _comprehend(s, args, kwargs):
    what, conditional, nested, iterable, function = args
    iterable = keyed.gone_through(s, iterable.items if isinstance(iterable, Generated) else iterable)
    flags = conditional.value, nested.value
    if conditional.value or what.value == "dict":
        # The item exists only if it counts, a key must stay known: it cannot be what a function of its own returns.
        function = replace(function, spliced=True)
    if what.value in ("any", "all"):
        return _searched(s, what.value == "any", conditional.value, iterable, function)
    result = _written_out(s, what.value, *flags, iterable, function)
    if result is None:
        result = _loop(s, what.value, *flags, iterable, function)
    return Generated(result) if what.value == "generator" else result


def _searched(s, wanted: bool, conditional: bool, iterable, function: Closure):
    """``any(...)`` or ``all(...)`` of a generator expression, which ends with the first item that decides it."""
    items = static_items(s, iterable)
    if items is not None and (len(items) <= LONGEST_WRITTEN_OUT or s.must_unroll(items)):
        return _searched_items(s, wanted, conditional, items, function)
    item, value, made, found, place = Var(), Var(), Var(), Var(), s.b.loc
    s.env[made] = replace(function, spliced=True)
    stmts: list = [Apply(value, made, (item,), (), place)]
    hits = Block([], (Lit(True),)), Block([], (Lit(False),))
    decided = Var()
    if conditional:
        counts, inner, decides = Var(), Var(), Var()
        stmts.append(Apply(counts, operator.getitem, (value, Lit(0)), (), place))
        test = If(inner, *(hits if wanted else hits[::-1]), (decides,), place)
        tried = Block([Apply(inner, operator.getitem, (value, Lit(1)), (), place), test], (decides,))
        stmts.append(If(counts, tried, Block([], (Lit(False),)), (decided,), place))
    else:
        stmts.append(If(value, *(hits if wanted else hits[::-1]), (decided,), place))
    s.loop(For((Source(item, item),), (found,), (Lit(False),), Block(stmts, (decided,)), decided, place), [iterable])
    result = s.value(found)
    return result if wanted else s.call(Ref(operator.not_), [result], [])


def _searched_items(s, wanted: bool, conditional: bool, items: list, function: Closure):
    """The same over known items, as nested branches."""
    def rest(k: int):
        if k == len(items):
            return Lit(not wanted)
        value = s.call(function, [items[k]], [])
        if conditional:
            counts, value = unpacked(s, value, 2, -1)
            if truth(s, counts) is False:
                return rest(k + 1)
            if truth(s, counts) is None:
                value = either(counts, lambda: s.call(Ref(bool), [value], []), lambda: Lit(not wanted))
        known = truth(s, value)
        if known is not None:
            return Lit(wanted) if known == wanted else rest(k + 1)
        if wanted:
            return either(value, lambda: Lit(True), lambda: rest(k + 1))
        return either(value, lambda: rest(k + 1), lambda: Lit(False))

    def either(cond, then, orelse):
        result = Var()
        s.fork(s.atom(cond), [lambda: [then()], lambda: [orelse()]], (result,))
        return s.env.pop(result)

    return rest(0)


def _written_out(s, what: str, conditional: bool, nested: bool, iterable, function: Closure):
    """The value, if the items are few or too different for a loop, else None."""
    items = static_items(s, iterable)
    if items is None:
        items = counted(s, iterable)
        if items is None or len(items) > LONGEST_WRITTEN_OUT:
            return None
    elif len(items) > LONGEST_WRITTEN_OUT and what in ("list", "generator", "part") and not isinstance(
            iterable, Items) and not s.must_unroll(items):
        return None
    heap, pinned, length = s.heap, set(s.pinned), len(s.b.block.stmts)
    s.heap = dict(heap)
    found = []
    for item in items:
        value = s.call(function, [item], [])
        if conditional:
            counts, value = unpacked(s, value, 2, -1)
            known = truth(s, counts)
            if known is None:
                s.heap, s.pinned = heap, pinned
                del s.b.block.stmts[length:]
                if what in ("dict", "set") or s.must_unroll(items):
                    raise s.refuse(f"whether an item of this {what} counts depends on values known only at run time",
                                   "write it as a loop, or put a zero where an item does not count")
                return None
            if not known:
                continue
        parts = static_items(s, value) if nested else [value]
        if parts is None:
            s.heap, s.pinned = heap, pinned
            del s.b.block.stmts[length:]
            return None
        found += parts
    if any(map(holds_function, found)):
        return _of_functions(s, what, found, function)
    return _display(s, what, found)


def _of_functions(s, what: str, items: list, function: Closure):
    """Functions made here: what holds them exists only while the program is compiled."""
    if what == "set":
        raise s.refuse("a set of functions is made", "write the functions as a tuple, or call them where they are made")
    if _shares_variables(function):
        raise s.refuse("functions made in a comprehension read its variable, which has its last value when they are called",
                       "give each its own as a default: `[lambda x, k=k: ... for k in ...]`")
    if what in ("generator", "part"):
        return Pack(tuple(items))
    references.follow(s)
    if what == "list":
        return references.new_list(s, items)
    pairs = [unpacked(s, pair, 2, -1) for pair in items]
    entries = {dicts.key_of(s, key): value for key, value in pairs}
    return references.new_dict(s, Entries(tuple(entries), tuple(entries.values())))


def _shares_variables(function: Closure) -> bool:
    """Do functions that a comprehension makes capture its own variables?"""
    made = [stmt for stmt in walk(function.trace.body) if isinstance(stmt, Apply)]
    own = {stmt.target for stmt in made if stmt.fn is intrinsics.new_cell}
    return any(a in own for stmt in made if stmt.fn is intrinsics.make_function for a in stmt.args)


def _display(s, what: str, items: list):
    match what:
        case "dict":
            entries: dict = {}
            for pair in items:
                key, value = unpacked(s, pair, 2, -1)
                if not isinstance(key, Lit):
                    return _dict_of(s, items)
                entries[key.value] = (key, s.atom(value))
            return s.b.apply(intrinsics.build_dict, *[atom for entry in entries.values() for atom in entry])
        case "set":
            if not all(isinstance(i, Lit) for i in items):
                raise s.refuse("a set of values that are known only at run time is made", "use a list")
            return s.b.apply(intrinsics.build_set, *items)
        case "list":
            return s.b.apply(intrinsics.build_list, *[s.atom(i) for i in items])
    return Pack(tuple(items))


def _dict_of(s, pairs: list):
    """A dict with keys that are known only at run time, filled pair by pair."""
    if s.frozen:
        raise s.refuse("the keys of this dict are not known when the derivative is made",
                       "use keys that are constants, or two lists")
    references.follow(s)
    return dicts.filled(s, (unpacked(s, pair, 2, -1) for pair in pairs))


def _loop(s, what: str, conditional: bool, nested: bool, iterable, function: Closure):
    """The list that a loop makes."""
    if what == "dict" and not s.frozen:
        references.follow(s)
        return _filled(s, iterable, conditional, function)
    if what in ("dict", "set"):
        raise s.refuse(f"the number of items of this {what} is not known when the derivative is made",
                       "use a list, or an array")
    item, value, made, place = Var(), Var(), Var(), s.b.loc
    call = Apply(value, made, (item,), (), place)
    s.env[made] = replace(function, spliced=True)
    if not conditional and not nested:
        return recorded(s, iterable, call)
    if not s.frozen and (s.program.containers or not nested and what != "part"):
        references.follow(s)
        return _grown(s, iterable, item, call, value, conditional, nested)
    before, after, empty = Var("items"), Var("items"), Var()
    s.env[empty] = s.b.apply(intrinsics.build_list)
    parts, more = [call], value
    if conditional:
        pair, more, counts = value, Var(), Var()
        parts += [Apply(counts, operator.getitem, (pair, Lit(0)), (), place),
                  Apply(more, operator.getitem, (pair, Lit(1)), (), place)]
    grown = []
    if not nested:
        one = Var()
        grown.append(Apply(one, intrinsics.build_list, (more,), (), place))
        more = one
    else:
        one = Var()
        grown.append(Apply(one, list, (more,), (), place))
        more = one
    grown.append(Apply(after, operator.add, (before, more), (), place))
    if conditional:
        joined = Var("items")
        body = Block([*parts, If(counts, Block(grown, (after,)), Block([], (before,)), (joined,), place)], (joined,))
    else:
        body = Block([*parts, *grown], (after,))
    s.loop(For((Source(item, item),), (before,), (empty,), body, loc=place), [iterable])
    return s.value(before)


def recorded(s, iterable, call: Apply | None = None):
    """The items of an iterable of unknown length, or what a call makes of each, as a list of the generated code."""
    item = Var() if call is None else call.args[0]
    tape, place_of_tape, place = s.b.apply(intrinsics.new_tape, kind=Tape(None)), Var(), s.b.loc
    s.env[place_of_tape] = tape
    push = Apply(Var(), intrinsics.push, (place_of_tape, item if call is None else call.target), (), place)
    s.loop(For((Source(item, item),), (), (), Block([push] if call is None else [call, push]), loc=place), [iterable])
    entry = tape.kind.entry
    return s.b.apply(list, tape, kind=ListOf(BOTTOM if entry is None else entry[0]))


def _grown(s, iterable, item: Var, call: Apply, value: Var, conditional: bool, nested: bool):
    """The list that a loop makes by appending to it."""
    items, more, place = Var(), value, s.b.loc
    s.env[items] = found = references.new_list(s, ())
    add = list.extend if nested else list.append
    if not conditional:
        body = [call, Apply(Var(), add, (items, value), (), place)]
    else:
        counts, more = Var(), Var()
        body = [call, Apply(counts, operator.getitem, (value, Lit(0)), (), place),
                If(counts, Block([Apply(more, operator.getitem, (value, Lit(1)), (), place),
                                  Apply(Var(), add, (items, more), (), place)]), Block(), (), place)]
    s.loop(For((Source(item, item),), (), (), Block(body), loc=place), [iterable])
    return found


def _filled(s, iterable, conditional: bool, function: Closure):
    """The dict that a loop makes by assigning its items."""
    item, found, pair, made, mapping, place = Var(), Var(), Var(), Var(), Var(), s.b.loc
    s.env[made] = replace(function, spliced=True)
    s.env[mapping] = result = references.new_dict(s, Entries((), ()))
    key, value = Var(), Var()
    filled = [Apply(key, operator.getitem, (pair, Lit(0)), (), place), Apply(value, operator.getitem, (pair, Lit(1)), (), place),
              Apply(Var(), operator.setitem, (mapping, key, value), (), place)]
    if conditional:
        counts = Var()
        body = [Apply(found, made, (item,), (), place), Apply(counts, operator.getitem, (found, Lit(0)), (), place),
                If(counts, Block([Apply(pair, operator.getitem, (found, Lit(1)), (), place), *filled]), Block(), (), place)]
    else:
        body = [Apply(pair, made, (item,), (), place), *filled]
    s.loop(For((Source(item, item),), (), (), Block(body), loc=place), [iterable])
    return result


def _push(s, args, kwargs):
    tape, value = args[0], s.atom(args[1])
    kind = references.item_kind(s, value) if s.program.floats else s.kind(value)
    entry = tape.kind.entry
    tape.kind = Tape((kind if entry is None else join(entry[0], kind),))
    return s.b.apply(intrinsics.push, tape, value)


SPECIAL: dict = {intrinsics.comprehend: _comprehend, intrinsics.push: _push}
