"""Derivatives made by functions such as `jvp` are remembered with the function they belong to."""

from __future__ import annotations

import types
import weakref

_known: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def remembered(f, key: tuple, make):
    """``make()``, or what it gave for the same function and key."""
    if isinstance(f, types.MethodType) or not _can_be_kept(f):
        return make()
    table = _known.setdefault(f, {})
    if key not in table:
        table[key] = make()
    return table[key]


def _can_be_kept(f) -> bool:
    try:
        hash(f)
        weakref.ref(f)
    except TypeError:
        return False
    return True
