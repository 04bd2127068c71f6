"""`map`, `filter`, `sorted`, `functools.reduce`, `itertools`: decided over known items, else as `srcad.sequences` says.

What Python makes lazily is made at once, and may be gone through once. That is the same as long as nothing it uses is
changed in between: what is kept in a variable is refused.
"""

from __future__ import annotations

import bisect
import functools
import heapq
import itertools
import operator

import numpy as np

from srcad import heaps, sequences
from srcad.specialise import comprehensions, subscripts
from srcad.specialise.attributes import read_attribute
from srcad.specialise.callees import call_function
from srcad.specialise.closures import itself
from srcad.specialise.objects.variables import known_value
from srcad.specialise.unpacking import static_items
from srcad.specialise.values import Enumerate, Generated, Pack, Zip
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import INT, ListOf

#: Iterators: refused where they are bound to a name.
LAZY = {
    map, filter, itertools.chain, itertools.accumulate, itertools.product, itertools.pairwise, itertools.combinations,
    itertools.permutations, itertools.combinations_with_replacement, itertools.repeat, itertools.islice,
    itertools.starmap, itertools.zip_longest, itertools.compress, itertools.chain.from_iterable, np.ndindex,
}


def _call(s, function, *args):
    """A call of one of the functions that say what an operation means."""
    return call_function(s, function, list(args), [], "")


def _items(s, value):
    """An iterable as something that can be indexed: known items as a tuple, anything else as it is."""
    if isinstance(value, Generated):
        value = value.items
    if isinstance(value, Pack):
        return value
    items = static_items(s, value)
    if items is not None:
        return Pack(tuple(items))
    if isinstance(value, Zip | Enumerate):
        return comprehensions.recorded(s, value)
    return s.b.apply(list, s.atom(value)) if not isinstance(value, Var) else value


def _known(s, value) -> list | None:
    return static_items(s, value)


def _reduce(s, args, kwargs):
    function, iterable, *initial = args
    items = _items(s, iterable)
    if initial:
        return _call(s, sequences.reduce_from, function, items, initial[0])
    if isinstance(items, Pack) and not items.items:
        raise s.refuse("reduce() of no items without an initial value", "give it an initial value")
    return _call(s, sequences.reduce, function, items)


def _map(s, args, kwargs):
    function, *iterables = args
    iterables = [i.items if isinstance(i, Generated) else i for i in iterables]
    if len(iterables) == 1:
        return Generated(_call(s, sequences.map_one, function, iterables[0]))
    known = [_known(s, i) for i in iterables]
    rows = Zip(tuple(iterables)) if any(k is None for k in known) else Pack(tuple(map(Pack, zip(*known))))
    return Generated(_call(s, sequences.map_several, function, rows))


def _filter(s, args, kwargs):
    function, iterable = args
    items = _items(s, iterable)
    if function == Lit(None):
        return Generated(_call(s, sequences.filter_true, items))
    return Generated(_call(s, sequences.filter_by, function, items))


def by_key(fn, otherwise):
    """``max`` or ``min`` with a key; without one what `otherwise` says."""
    chosen = {max: sequences.largest_by, min: sequences.smallest_by}[fn]

    def decide(s, args, kwargs):
        key = dict(kwargs).get("key")
        if "default" in dict(kwargs) and (known := static_items(s, args[0])) is not None:
            if not known:
                return dict(kwargs)["default"]
            kwargs = [(name, value) for name, value in kwargs if name != "default"]
            return s.call(Ref(fn), [Pack(tuple(known))], kwargs)
        if "default" in dict(kwargs):
            raise s.refuse(f"{fn.__name__}() with a default", f"test for no items first, then take {fn.__name__}()")
        if key is None or key == Lit(None):
            items = args if len(args) > 1 else (static_items(s, args[0]) if args else None) or ()
            items = [known_value(s, i) if isinstance(i, Var) else i for i in items]
            if any(isinstance(i, Pack) for i in items) and not kwargs:
                return _call(s, chosen, Pack(tuple(items)), Ref(itself))
            return otherwise(s, args, kwargs)
        if set(dict(kwargs)) != {"key"}:
            raise s.refuse(f"{fn.__name__}() with a default and a key", f"test for no items first, then take {fn.__name__}()")
        items = _items(s, args[0]) if len(args) == 1 else Pack(tuple(args))
        return _call(s, chosen, items, key)
    return decide


def _sorted(s, args, kwargs):
    options = dict(kwargs)
    key, reverse = options.get("key", Lit(None)), options.get("reverse", Lit(False))
    items = _items(s, args[0])
    if not isinstance(reverse, Lit):
        raise s.refuse("the direction of sorted() is not known when the derivative is made", "write reverse=True or False")
    if key == Lit(None) and isinstance(items, Pack):
        order = _known_order(items.items, bool(reverse.value))
        if order is not None:
            return _list(s, [items.items[k] for k in order])
    if key != Lit(None):
        order = _order_by(s, items, key, bool(reverse.value))
        if order is not None:
            return _list(s, [items.items[k] for k in order])
        return _call(s, sequences.sorted_by, items, key, reverse)
    return _call(s, sequences.sorted_items, items, reverse)


def _order_by(s, items, key, reverse: bool) -> list | None:
    """The order of known items whose keys are constants; None, and nothing done, if they are not."""
    if not isinstance(items, Pack):
        return None
    heap, length = s.heap, len(s.b.block.stmts)
    s.heap = dict(heap)
    keys = tuple(s.call(key, [item], []) for item in items.items)
    order = _known_order(keys, reverse) if all(isinstance(k, Lit) for k in keys) else None
    if order is None or len(s.b.block.stmts) > length:
        s.heap = heap
        del s.b.block.stmts[length:]
        return None
    return order


def _known_order(items: tuple, reverse: bool) -> list | None:
    """The order of constants, or of tuples that begin with different constants; None if it is not known."""
    firsts = [i.items[0] if isinstance(i, Pack) and i.items else i for i in items]
    if not all(isinstance(f, Lit) and isinstance(f.value, str | int | float) for f in firsts):
        return None
    keys = [f.value for f in firsts]
    if any(isinstance(i, Pack) for i in items) and len(set(keys)) < len(keys):
        return None
    try:
        return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)
    except TypeError:
        return None


def _list(s, items: list):
    from srcad.trace import intrinsics

    return s.b.apply(intrinsics.build_list, *[s.atom(i) for i in items])


def _sort_order(s, args, kwargs):
    keys = s.atom(args[0])
    return s.b.apply(sequences.sort_order, keys, args[1], kind=ListOf(INT))


def _chain(s, args, kwargs):
    known = [_known(s, a) for a in args]
    if all(k is not None for k in known):
        return Generated(Pack(tuple(i for k in known for i in k)))
    total = None
    for a in args:
        a = a.items if isinstance(a, Generated) else a
        part = a if isinstance(a, Var) and isinstance(a.kind, ListOf) else s.b.apply(list, s.atom(a))
        total = part if total is None else s.call(Ref(operator.add), [total, part], [])
    return Generated(total)


def _accumulate(s, args, kwargs):
    options = dict(kwargs)
    function = args[1] if len(args) > 1 else options.get("func", Lit(None))
    function = Ref(operator.add) if function == Lit(None) else function
    initial = options.get("initial", Lit(None))
    items = _items(s, args[0])
    if isinstance(items, Pack):
        totals = [] if initial == Lit(None) else [initial]
        for item in items.items:
            totals.append(s.call(function, [totals[-1], item], []) if totals else item)
        return Generated(Pack(tuple(totals)))
    if initial != Lit(None):
        return Generated(_call(s, sequences.accumulate_from, items, function, initial))
    return Generated(_call(s, sequences.accumulate, items, function))


def _product(s, args, kwargs):
    known = [_known(s, a) for a in args]
    repeat = dict(kwargs).get("repeat", Lit(1))
    if all(k is not None for k in known) and isinstance(repeat, Lit):
        return Generated(Pack(tuple(Pack(row) for row in itertools.product(*known, repeat=repeat.value))))
    if isinstance(repeat, Lit) and (of_ranges := subscripts.product(s, args, repeat.value)) is not None:
        return of_ranges
    if len(args) == 2 and not kwargs:
        return Generated(_call(s, sequences.product_of_two, *(_items(s, a) for a in args)))
    return _unknown(s, itertools.product)


def _choices(fn):
    """Iterators that only choose and order known items."""
    def decide(s, args, kwargs):
        known = _known(s, args[0])
        if not all(isinstance(a, Lit) for a in args[1:]) or kwargs:
            return _unknown(s, fn)
        if known is None:
            found = subscripts.chosen(s, fn, _items(s, args[0]), args[1].value) if fn in CHOOSE and len(args) == 2 else None
            return _unknown(s, fn) if found is None else found
        rows = [row if isinstance(row, tuple) else (row,) for row in fn(range(len(known)), *[a.value for a in args[1:]])]
        single = fn is itertools.islice
        return Generated(Pack(tuple(known[r[0]] if single else Pack(tuple(known[k] for k in r)) for r in rows)))
    return decide


def _pairwise(s, args, kwargs):
    """``itertools.pairwise(x)``: of a list or an array of any length, ``zip(x[:-1], x[1:])``."""
    if len(args) != 1 or kwargs or _known(s, args[0]) is not None:
        return _choices(itertools.pairwise)(s, args, kwargs)
    items = _items(s, args[0])
    parts = [s.b.apply(intrinsics.build_slice, Lit(a), Lit(b), Lit(None)) for a, b in ((None, -1), (1, None))]
    return Generated(Zip(tuple(s.call(Ref(operator.getitem), [items, part], []) for part in parts)))


def _repeat(s, args, kwargs):
    if len(args) != 2 or not isinstance(args[1], Lit):
        raise s.refuse("itertools.repeat does not end, or its number of items is not known when the derivative is made",
                       "use the repeated value itself, or give a number of items")
    return Generated(Pack((args[0],) * args[1].value))


def _starmap(s, args, kwargs):
    """``itertools.starmap(function, rows)`` of known rows."""
    rows = _known(s, args[1])
    items = None if rows is None else [_known(s, row) for row in rows]
    if items is None or any(row is None for row in items):
        return _unknown(s, itertools.starmap)
    return Generated(Pack(tuple(s.call(args[0], row) for row in items)))


def _chain_of(s, args, kwargs):
    """``itertools.chain.from_iterable``"""
    known = _known(s, args[0])
    return _unknown(s, itertools.chain) if known is None else _chain(s, known, [])


def _zip_longest(s, args, kwargs):
    known = [_known(s, a) for a in args]
    if any(k is None for k in known):
        return _unknown(s, itertools.zip_longest)
    fill = dict(kwargs).get("fillvalue", Lit(None))
    return Generated(Pack(tuple(map(Pack, itertools.zip_longest(*known, fillvalue=fill)))))


def _compress(s, args, kwargs):
    known, chosen = (_known(s, a) for a in (*args, *(v for _, v in kwargs)))
    if known is None or chosen is None or not all(isinstance(c, Lit) for c in chosen):
        return _unknown(s, itertools.compress)
    return Generated(Pack(tuple(item for item, c in zip(known, chosen) if c.value)))


def _while(fn):
    def decide(s, args, kwargs):
        raise s.refuse(f"how many items itertools.{fn.__name__} gives depends on the items", "write it as a loop")
    return decide


def _endless(fn, instead: str):
    def decide(s, args, kwargs):
        raise s.refuse(f"itertools.{fn.__name__} does not end", instead)
    return decide


def _unknown(s, fn):
    raise s.refuse(f"the items of {fn.__name__}() are not known when the derivative is made", "write it as a loop")


def call_getter(s, getter, args: list):
    """A call of ``operator.itemgetter(...)`` or ``operator.attrgetter(...)``."""
    _, keys = getter.__reduce__()
    found = []
    for key in keys:
        if isinstance(getter, operator.itemgetter):
            found.append(s.call(Ref(operator.getitem), [args[0], Lit(key)], []))
        else:
            value = args[0]
            for name in key.split("."):
                value = read_attribute(s, value, name)
            found.append(value)
    return found[0] if len(found) == 1 else Pack(tuple(found))


def _getter(fn):
    def decide(s, args, kwargs):
        if not all(isinstance(a, Lit) for a in args):
            raise s.refuse(f"what {fn.__name__}() takes is not known when the derivative is made", "write a lambda")
        return Ref(fn(*[a.value for a in args]))
    return decide


def _in_python(function):
    """What changes a list, as one of `srcad.heaps` says."""
    def decide(s, args, kwargs):
        if {name for name, value in kwargs if value != Lit(None)} - {"lo", "hi"}:
            raise s.refuse(f"{function.__name__} is given a key", "put pairs of the key and the item into the list")
        return call_function(s, function, args, [(name, value) for name, value in kwargs if value != Lit(None)], "")
    return decide


#: What chooses a number of items.
CHOOSE = {itertools.combinations, itertools.permutations, itertools.combinations_with_replacement}
SPECIAL: dict = {
    operator.concat: lambda s, args, kwargs: s.call(Ref(operator.add), args, kwargs),
    functools.reduce: _reduce, map: _map, filter: _filter, sorted: _sorted, itertools.chain: _chain,
    itertools.accumulate: _accumulate, itertools.product: _product, itertools.repeat: _repeat,
    sequences.sort_order: _sort_order, operator.itemgetter: _getter(operator.itemgetter),
    operator.attrgetter: _getter(operator.attrgetter),
}
SPECIAL |= {getattr(heapq, name): _in_python(getattr(heaps, name)) for name in (
    "heappush", "heappop", "heapify", "heapreplace", "heappushpop")}
SPECIAL |= {bisect.insort_right: _in_python(heaps.insort_right), bisect.insort_left: _in_python(heaps.insort_left)}
SPECIAL[itertools.pairwise] = _pairwise
SPECIAL |= {
    itertools.starmap: _starmap, itertools.chain.from_iterable: _chain_of, itertools.zip_longest: _zip_longest,
    itertools.compress: _compress,
    itertools.takewhile: _while(itertools.takewhile), itertools.dropwhile: _while(itertools.dropwhile),
    itertools.filterfalse: _while(itertools.filterfalse), itertools.groupby: _while(itertools.groupby),
    itertools.count: _endless(itertools.count, "number the items with enumerate(items, start)"),
    itertools.cycle: _endless(itertools.cycle, "take the items by number: items[k % len(items)]"),
}
SPECIAL |= subscripts.SPECIAL
SPECIAL |= {fn: _choices(fn) for fn in (
    itertools.combinations, itertools.permutations, itertools.combinations_with_replacement,
    itertools.islice)}

