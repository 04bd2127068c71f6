"""Operations of the Trace that are not a function of some library: displays, structure, tapes, adjoint buffers.

Each is a function of the same name whose body is its meaning, so that a Trace can be interpreted; the printer writes
them as the Python syntax given here.
"""

from __future__ import annotations


def build_tuple(*items):
    """``(a, b)``; items may be Star before specialisation."""
    return items


def build_list(*items):
    """``[a, b]``"""
    return list(items)


def new_list(*items):
    """``[a, b]``: a list that is changed."""
    return list(items)


def build_dict(*keys_and_values):
    """``{k1: v1, k2: v2}``: arguments alternate; a Star in key position stands alone and is ``**mapping``."""
    return dict(zip(keys_and_values[::2], keys_and_values[1::2], strict=True))


def build_set(*items):
    """``{a, b}``"""
    return set(items)


def build_slice(start, stop, step):
    """``start:stop:step`` inside a subscript, ``slice(...)`` elsewhere; absent parts are None."""
    return slice(start, stop, step)


def build_string(*parts):
    """An f-string: parts are constants and values made by `format_value`."""
    return "".join(parts)


def format_value(value, conversion, spec):
    """``{value!r:spec}`` in an f-string."""
    converted = {-1: lambda v: v, 115: str, 114: repr, 97: ascii}[conversion](value)
    return format(converted, spec)


def unpack(value, count, star):
    """The items of `value` as a tuple, for ``a, b = value``; `star` is the index of a starred target or -1.

    Raises ValueError like Python if the number of items is not `count` (with a star: is less than `count` - 1).
    """
    items = tuple(value)
    if star < 0:
        if len(items) != count:
            what = "not enough" if len(items) < count else "too many"
            detail = f"expected {count}, got {len(items)}" if len(items) < count else f"expected {count}"
            raise ValueError(f"{what} values to unpack ({detail})")
        return items
    after = count - star - 1
    if len(items) < count - 1:
        raise ValueError(f"not enough values to unpack (expected at least {count - 1}, got {len(items)})")
    return (*items[:star], list(items[star:len(items) - after]), *items[len(items) - after:])


# --- variables that inner functions share; only before specialisation -------------------------------------------------


class Cell:
    """A variable of a function that functions defined inside it read or write."""

    def __init__(self, name):
        self.name = name


def new_cell(name):
    """A variable that is shared with inner functions; unbound."""
    return Cell(name)


def cell_read(cell):
    """What the variable stands for now."""
    try:
        return cell.value
    except AttributeError:
        message = f"cannot access free variable {cell.name!r} where it is not associated with a value in enclosing scope"
        raise NameError(message) from None


def cell_write(cell, value):
    """Bind the variable."""
    cell.value = value


def cell_delete(cell):
    """Unbind the variable."""
    cell_read(cell)
    del cell.value


def make_function(nested, *cells_and_defaults):
    """``def`` or ``lambda``: an `ir.Nested` with the cells it captures, then the values of its defaults."""
    from srcad.trace.interpret import run

    count = len(nested.captured)
    cells = dict(zip(nested.trace.params[len(nested.trace.params) - count:], cells_and_defaults))
    defaults = dict(zip(nested.defaults, cells_and_defaults[count:], strict=True))
    return lambda *args, **kwargs: run(nested.trace, *args, given=cells, defaults=defaults, **kwargs)


def interrupted(name):
    """What a variable is, in a handler, that the body of the ``try`` may or may not have bound: nothing."""
    return None


def comprehend(what, conditional, nested, iterable, function):
    """A comprehension: the list, set, dict or generator of ``function(item)`` for the items of the iterable.

    If it is `conditional`, the function gives pairs: whether the item counts, and the item. If it is `nested`, what counts
    are lists of items. A "part" is such a list. "any" and "all" stop at the first item that decides.
    """
    items = map(function, iterable)
    if conditional:
        items = (item for counts, item in items if counts)
    if nested:
        items = (item for part in items for item in part)
    if what == "generator":
        return items
    return {"list": list, "part": list, "set": set, "dict": dict, "any": any, "all": all}[what](items)


def is_sequence(value):
    """Does a sequence pattern of ``match`` look into the value?"""
    from collections.abc import Sequence

    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)


#: Classes whose one positional pattern is for the object itself.
SELF_MATCHING = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)


def match_position(value, cls, index):
    """What the positional pattern number `index` of a class pattern looks at."""
    return value if cls in SELF_MATCHING else getattr(value, cls.__match_args__[index])


def enter(manager):
    """What ``with manager as name`` binds."""
    return type(manager).__enter__(manager)


def leave(manager):
    """The end of ``with manager``, where no exception leaves it."""
    type(manager).__exit__(manager, None, None, None)


def yielded(value):
    """``yield value`` in a function that `contextlib.contextmanager` makes a manager of."""
    return value


def copy_value(value):
    """A copy of a name: ``a = b``. Used where a value must have a name of its own."""
    return value


def raise_(exception, cause):
    """``raise exception from cause``; `cause` is UNDEF if there is none, both are for a bare ``raise``."""
    raise exception from cause


# --- tapes: what the forward sweep records and the reverse sweep reads, last in, first out ----------------------------


def new_tape():
    """``tape = []``"""
    return []


def push(tape, *values):
    """``tape.append((a, b))``, or ``tape.append(a)`` for one value; () for none."""
    tape.append(values[0] if len(values) == 1 else values)


def rewind(tape):
    """``tape[::-1]``: the tape's entries, the last one first, to iterate over (as a For's iterable)."""
    return tape[::-1]


def cursor(tape):
    """``iter(tape[::-1])``: to take entries from, last first, by `take`."""
    return iter(tape[::-1])


def take(cursor):
    """``next(cursor)``: the next entry (a tuple, or the bare value if one value was pushed)."""
    return next(cursor)


def checkpointed(trips, snapshots):
    """``trips``, a range whose loop is not to be recorded; `snapshots` is how many states it keeps, 0 for its square root."""
    return trips


# --- adjoint buffers --------------------------------------------------------------------------------------------------


def index_add(buffer, index, value):
    """``buffer[index] += value`` in place; the result *is* `buffer`, which nobody uses afterwards under its old name.

    Index entries are distinct (integers, slices, masks). The printer writes the statement when both versions have one
    name, which they always get.
    """
    buffer[index] += value
    return buffer


def scatter_add(buffer, index, value):
    """``np.add.at(buffer, index, value)`` in place: like `index_add` where index entries may repeat."""
    import numpy as np

    np.add.at(buffer, index, value)
    return buffer


# --- adjoint memory: the adjoint of an array that is written to is an array that is written to -------------------------


def add_at(buffer, index, value):
    """``buffer[index] += value``, for its effect alone. Index entries are distinct."""
    buffer[index] += value


def leave_item(container, key, value):
    """``container[key] = value``: what a container of the caller's holds at the end."""
    container[key] = value


def scatter_at(buffer, index, value):
    """``np.add.at(buffer, index, value)``, for its effect alone: like `add_at` where index entries may repeat."""
    import numpy as np

    np.add.at(buffer, index, value)
