"""What the derivatives of series of coefficients need, the lowest order first."""

from __future__ import annotations

import numpy as np


def padded(c, size):
    """The coefficients with zeros behind them, `size` in all."""
    return np.concatenate([c, np.zeros(size - len(c), c.dtype)])


def trim_series(c):
    """A series without the highest coefficients that are 0, but for the lowest."""
    nonzero = np.flatnonzero(c)
    return c[:max(1, nonzero[-1] + 1 if len(nonzero) else 1)]


def negligible_head(c):
    """How many of the first coefficients, not the last, `np.polydiv` leaves out of a remainder."""
    count = 0
    while count < len(c) - 1 and np.allclose(c[count], 0, rtol=1e-14):
        count += 1
    return count


def untrimmed(g, size):
    """A tangent or adjoint of a series, which must have `size` coefficients.

    Raises
    ------
    ValueError
        If NumPy has left out coefficients that came out as 0.
    """
    if len(g) != size:
        raise ValueError("the highest coefficients of a polynomial came out as 0, and NumPy leaves them out: they have no "
                         "derivative. Add an array of coefficients instead (np.polyadd, np.convolve), or leave out what is 0")
    return g
