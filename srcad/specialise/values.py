"""What a name can stand for while a Trace is being specialised, besides an atom.

These exist only at compile time. A tuple whose items are known never becomes a tuple in the generated code unless
somebody needs it as one.
"""

from __future__ import annotations

from dataclasses import dataclass

from srcad.trace.ir import Lit, Ref, Var


@dataclass(frozen=True, slots=True)
class Pack:
    """A tuple of known items."""

    items: tuple


@dataclass(frozen=True, slots=True)
class Method:
    """``value.name``, about to be called."""

    value: object
    name: str


@dataclass(frozen=True, slots=True)
class Zip:
    """``zip(*iterables)``"""

    iterables: tuple


@dataclass(frozen=True, slots=True)
class Enumerate:
    """``enumerate(iterable, start)``"""

    iterable: object
    start: object


@dataclass(frozen=True, slots=True)
class Items:
    """``mapping.items()``, ``.keys()`` or ``.values()``"""

    mapping: object
    what: str


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of the user's that the variant is bound to; its attributes are read at each call."""

    value: object
    path: object                 # srcad.specialise.program.Data that reads it


Value = Var | Lit | Ref | Pack | Method | Zip | Enumerate | Items | Instance


def is_atom(value) -> bool:
    return isinstance(value, Var | Lit | Ref)
