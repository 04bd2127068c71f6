"""Which local names are bound, at all and for certain at the place that is being written.

Python reads a name that is certainly bound without fail; one that may not be is copied with care.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set


class Bindings:
    """What is known while the text is written from top to bottom.

    Parameters
    ----------
    params : iterable of str
    certain : bool
        Is it worth knowing what is bound for certain?
    never : set of str
        Names that are unbound somewhere: a loop may bring that about anywhere.

    Attributes
    ----------
    ever : set of str
        What is bound anywhere so far.
    unbound : set of str
        What is unbound anywhere so far.
    """

    def __init__(self, params: Iterable[str], certain: bool, never: Set[str]):
        self.ever = set(params)
        self.unbound: set[str] = set()
        self._never = never
        self._now = set(self.ever) if certain else None

    def bind(self, text: str) -> None:
        self.ever.add(text)
        if self._now is not None:
            self._now.add(text)

    def unbind(self, text: str) -> None:
        self.unbound.add(text)

    def is_certain(self, text: str) -> bool:
        return self._now is not None and text in self._now and text not in self._never

    def either(self, parts: list[Callable[[], list]], leaves: Callable[[list], bool]) -> list[list]:
        """Write parts of which one is executed; a part that `leaves` says nothing of what comes after."""
        if self._now is None:
            return [part() for part in parts]
        before, ends, out = self._now, [], []
        for part in parts:
            self._now = set(before)
            out.append(part())
            if not leaves(out[-1]):
                ends.append(self._now)
        self._now = set.intersection(*ends) if ends else before
        return out
