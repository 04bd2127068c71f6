"""Which local names are bound, at all and for certain at the place that is being written.

Python reads a name that is certainly bound without fail; one that may not be is copied with care.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable


class Bindings:
    """What is known while the text is written from top to bottom.

    Parameters
    ----------
    params : iterable of str
    certain : bool
        Is it worth knowing what is bound for certain?

    Attributes
    ----------
    ever : set of str
        What is bound anywhere so far.
    """

    def __init__(self, params: Iterable[str], certain: bool):
        self.ever = set(params)
        self._now = set(self.ever) if certain else None

    def bind(self, text: str) -> None:
        self.ever.add(text)
        if self._now is not None:
            self._now.add(text)

    def unbind(self, text: str) -> None:
        if self._now is not None:
            self._now.discard(text)

    def is_certain(self, text: str) -> bool:
        return self._now is not None and text in self._now

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
