"""What `reduce`, `map`, `sorted` and their like mean, as Python that is differentiated like any other.

A call of one of them in a program becomes a call of the function here (see `srcad.specialise.sequences`).
"""

from __future__ import annotations

from srcad.rules.registry import zero_derivative


def reduce(function, items):
    """``functools.reduce(function, items)`` of at least one item."""
    total = items[0]
    for item in items[1:]:
        total = function(total, item)
    return total


def reduce_from(function, items, total):
    """``functools.reduce(function, items, total)``"""
    for item in items:
        total = function(total, item)
    return total


def map_one(function, items):
    """``map(function, items)``, as a list."""
    return [function(item) for item in items]


def map_several(function, rows):
    """``map(function, *columns)``, as a list; the rows are the columns zipped."""
    return [function(*row) for row in rows]


def filter_by(function, items):
    """``filter(function, items)``, as a list."""
    return [item for item in items if function(item)]


def filter_true(items):
    """``filter(None, items)``, as a list."""
    return [item for item in items if item]


def largest_by(items, key):
    """``max(items, key=key)``: the first of several."""
    best = items[0]
    best_key = key(best)
    for item in items[1:]:
        item_key = key(item)
        if item_key > best_key:
            best, best_key = item, item_key
    return best


def smallest_by(items, key):
    """``min(items, key=key)``: the first of several."""
    best = items[0]
    best_key = key(best)
    for item in items[1:]:
        item_key = key(item)
        if item_key < best_key:
            best, best_key = item, item_key
    return best


def sorted_by(items, key, reverse):
    """``sorted(items, key=key, reverse=reverse)``"""
    order = sort_order([key(item) for item in items], reverse)
    return [items[k] for k in order]


def sorted_items(items, reverse):
    """``sorted(items, reverse=reverse)``"""
    order = sort_order(items, reverse)
    return [items[k] for k in order]


def accumulate(items, function):
    """``itertools.accumulate(items, function)`` of at least one item, as a list."""
    total = items[0]
    return [total] + [total := function(total, item) for item in items[1:]]


def accumulate_from(items, function, total):
    """``itertools.accumulate(items, function, initial=total)``, as a list."""
    return [total] + [total := function(total, item) for item in items]


def product_of_two(first, second):
    """``itertools.product(first, second)``, as a list."""
    return [(a, b) for a in first for b in second]


def items_at(items, places):
    """The items at these places, as a list of tuples of one."""
    return [(items[i],) for (i,) in places]


def pairs_at(items, places):
    """Pairs of the items at these pairs of places, as a list."""
    return [(items[i], items[j]) for i, j in places]


def triples_at(items, places):
    """Triples of the items at these triples of places, as a list."""
    return [(items[i], items[j], items[k]) for i, j, k in places]


def sort_order(keys, reverse):
    """The order in which a stable sort puts the items with these keys: not differentiated, it holds fixed."""
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)


zero_derivative(sort_order)
