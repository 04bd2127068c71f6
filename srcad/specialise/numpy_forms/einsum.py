"""`einsum` with lists of axes, and of one array without sums.

    np.einsum(a, [0, 1], b, [1, 2])     →     np.einsum("AB,BC", a, b)
    np.einsum("ii->i", a)               →     np.diagonal(a)
"""

from __future__ import annotations

import operator
import string

import numpy as np

from srcad.specialise.numpy_forms.operands import as_array, constant_of
from srcad.specialise.values import Pack
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import Array


def _einsum(s, args, kwargs):
    """With lists of axes, in the order of which the letters stand; of one array without sums, which is a view of it."""
    if args and isinstance(args[0], Lit) and isinstance(args[0].value, str):
        return NotImplemented if len(args) != 2 or {k for k, _ in kwargs} - {"optimize"} else _seen_by_einsum(s, *args)
    if not args:
        return NotImplemented
    if not isinstance(args[0], Var | Pack) or len(args) < 2:
        return NotImplemented
    letters = string.ascii_uppercase + string.ascii_lowercase

    def term(axes) -> str:
        return "".join("..." if k is Ellipsis else letters[k] for k in axes)

    subscripts = [term(constant_of(s, a, "a list of axes")) for a in args[1::2]]
    operands = [as_array(s, a) for a in (args[:-1:2] if len(args) % 2 else args[::2])]
    text = ",".join(subscripts)
    if len(args) % 2:
        text += "->" + term(constant_of(s, args[-1], "a list of axes"))
    return s.call(Ref(np.einsum), [Lit(text), *operands], kwargs)


def _seen_by_einsum(s, text: Lit, array):
    """``np.einsum("iij->ji", a)``: the diagonal, then the axes in their order."""
    kind = s.kind(array) if isinstance(array, Var) else None
    if not isinstance(kind, Array) or kind.ndim is None:
        return NotImplemented
    given, arrow, wanted = text.value.replace(" ", "").partition("->")
    named = given.replace("...", "")
    others = "".join(chr(k) for k in range(kind.ndim - len(named)))           # names for the axes that "..." stands for
    axes = given.replace("...", others)
    result = wanted.replace("...", others) if arrow else others + "".join(sorted(named))
    if len(axes) != kind.ndim or set(axes) != set(result) or len(set(result)) < len(result):
        return NotImplemented
    while twice := [axis for axis in axes if axes.count(axis) > 1]:
        first = axes.index(twice[0])
        second = axes.index(twice[0], first + 1)
        array = s.call(Ref(np.diagonal), [array, Lit(0), Lit(first), Lit(second)])
        axes = axes[:first] + axes[first + 1:second] + axes[second + 1:] + twice[0]
    if axes == result:
        return s.call(Ref(operator.getitem), [array, Lit(Ellipsis)])
    return s.call(Ref(np.transpose), [array, Pack(tuple(Lit(axes.index(axis)) for axis in result))])


SPECIAL: dict = {np.einsum: _einsum}
