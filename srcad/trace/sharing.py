"""Which operations give memory of their own, which give a view of an operand's, which may do either.

Enters: an Apply. Leaves: one of `FRESH`, `VIEW`, `MAYBE`, `UNKNOWN`. The tables say what is known of NumPy; what they do
not list may share memory with any operand.
"""

from __future__ import annotations

import copy
import enum
import operator

import numpy as np

from srcad import runtime
from srcad.trace import intrinsics as ops
from srcad.trace.ir import Apply, Lit, Ref, Var
from srcad.trace.kinds import Array, Kind, ListOf, Scalar, SliceOf, Static, TupleOf
from srcad.trace.purity import is_hashable


class Sharing(enum.Enum):
    """FRESH: new memory. VIEW: a view of the first operand, with one place for every element. MAYBE: such a view or a copy,
    as its layout has it. WINDOW: a view to be read only: NumPy does not let it be written to, or its places overlap, or its
    adjoint is no view of the operand's. UNKNOWN: may share memory with any operand."""

    FRESH = "fresh"
    VIEW = "view"
    MAYBE = "maybe"
    WINDOW = "window"
    UNKNOWN = "unknown"


def _named(names: str, *owners) -> set:
    return {getattr(owner, name) for owner in owners for name in names.split() if hasattr(owner, name)}


_FRESH = _named(
    "add sub mul truediv floordiv mod pow matmul neg pos abs invert and_ or_ xor lshift rshift lt le gt ge eq ne", operator
) | _named(
    "sum prod mean std var min max all any argmax argmin argsort cumsum cumprod dot copy flatten repeat take round clip "
    "nonzero trace ptp choose compress searchsorted tolist item tobytes", np.ndarray
) | _named(
    "zeros ones empty full zeros_like ones_like empty_like full_like copy eye identity arange linspace logspace geomspace "
    "sum prod mean std var min max amin amax all any argmax argmin argsort sort cumsum cumprod nansum nanmean nanmax nanmin "
    "nanprod nanstd nanvar median quantile percentile average dot vdot inner outer matmul tensordot kron cross convolve "
    "correlate where select concatenate block stack vstack hstack dstack column_stack append insert delete repeat tile roll take "
    "take_along_axis clip round around tril triu trace interp searchsorted digitize histogram bincount gradient pad nonzero "
    "flatnonzero argwhere count_nonzero unique  sinc i0 angle vander polyval unwrap array "
    "isclose allclose array_equal result_type shape ndim size may_share_memory shares_memory outer vecdot cumulative_sum "
    "cumulative_prod ptp nan_to_num isnan heaviside", np
) | _named("norm inv pinv solve det slogdet eigh eigvalsh cholesky qr svd lstsq", np.linalg) | _named(
    "fft ifft rfft irfft fft2 ifft2 fftn ifftn rfft2 irfft2 fftshift ifftshift fftfreq rfftfreq hfft ihfft", np.fft) | {
    runtime.zeros_like, runtime.copy_adjoint, copy.deepcopy, np.abs, abs, len, float, int, bool, complex, round, divmod, pow,
    np.ndarray.__len__, range, isinstance, type, print, ops.raise_, ops.build_string, ops.format_value,
    operator.setitem, ops.add_at, ops.scatter_at, operator.not_, operator.is_, operator.is_not, operator.contains,
    ops.build_slice, ops.new_tape, runtime.last_writers, runtime.check_separate, runtime.check_order, runtime.copy_memory,
    runtime.check_unshared, runtime.check_length, runtime.check_bound, runtime.check_has_value, runtime.piece_length,
    runtime.piece_start,
    runtime.flat_numbers, runtime.numbers_at, runtime.shape_at, runtime.rounds, runtime.along_axis,
    np.unravel_index,
    np.partition, runtime.place_diagonal,
}
_VIEW = _named("transpose swapaxes", np, np.ndarray) | _named(
    "moveaxis rollaxis expand_dims flip fliplr flipud rot90 real", np
) | {ops.copy_value}
_MAYBE = _named("reshape ravel squeeze", np, np.ndarray) | _named(
    "asarray asanyarray ascontiguousarray asfortranarray atleast_1d atleast_2d atleast_3d", np)
#: ... which may be given a dtype.
_CONVERTS = _named("array asarray asanyarray ascontiguousarray asfortranarray", np) | {np.ndarray.astype}
_WINDOW = _named("diagonal", np, np.ndarray, np.linalg) | {np.broadcast_to, np.lib.stride_tricks.sliding_window_view}
_VIEW_ATTRIBUTES = {"T", "mT", "real"}
_WINDOW_ATTRIBUTES = {"imag", "flat"}
_FRESH_ATTRIBUTES = {"shape", "ndim", "size", "dtype", "nbytes", "itemsize"}
#: Keywords under which a function of the tables is no longer what they say.
_UNSETTLING = {"out", "copy", "order", "subok", "dtype", "where"}

#: What looks only at the form of the operand in this place.
FORM_ONLY = {(runtime.split_like, 1), (runtime.split_stacked, 1), (runtime.unstack_like, 1), (runtime.nest_like, 1),
             (runtime.spread_sum, 1), (runtime.fold_repeats, 1), (np.zeros_like, 0), (runtime.zeros_like, 0), (len, 0),
             (runtime.unbroadcast, 1), (runtime.fit_vectors, 1), (runtime.broadcast_like, 1),
             (runtime.match_kind, 1), (operator.setitem, 0), (runtime.last_writers, 0), (runtime.fit_shape, 1),
             (np.shape, 0), (np.size, 0), (runtime.nest_like, 1), (runtime.split_like, 1), (runtime.unstack_like, 1),
             (np.may_share_memory, 0), (np.may_share_memory, 1), (runtime.adjoint_or_zeros, 1), (runtime.place_diagonal, 1)}


def sharing(stmt: Apply, definition) -> Sharing:
    """What an operation's result shares with its operands; `definition` gives the Apply that makes a Var, or None."""
    fn = stmt.fn
    if not is_hashable(fn):
        return Sharing.UNKNOWN
    if isinstance(stmt.target.kind, Scalar):
        return Sharing.FRESH
    if fn is operator.getitem:
        return _sharing_of_item(stmt, definition)
    if fn is getattr:
        name = stmt.args[1].value if isinstance(stmt.args[1], Lit) else None
        if name in _FRESH_ATTRIBUTES:
            return Sharing.FRESH
        if name in _VIEW_ATTRIBUTES and isinstance(_kind(stmt.args[0]), Array):
            return Sharing.VIEW
        if name in _WINDOW_ATTRIBUTES and isinstance(_kind(stmt.args[0]), Array):
            return Sharing.WINDOW
        return Sharing.UNKNOWN
    given = {name for name, atom in stmt.kwargs if atom != Lit(None)}
    if fn is sum and len(stmt.args) == 1 and not given:
        return Sharing.FRESH
    if isinstance(fn, np.ufunc):
        return Sharing.UNKNOWN if "out" in given or len(stmt.args) > fn.nin else Sharing.FRESH
    keeps = {a for name, a in stmt.kwargs if name == "copy"} - {Lit(True)}           # copies only if it must
    if fn in _FRESH and not (fn is np.array and keeps):
        return Sharing.UNKNOWN if "out" in given or keeps else Sharing.FRESH
    if fn is np.einsum:
        return _sharing_of_einsum(stmt) if given <= {"optimize"} else Sharing.UNKNOWN
    if fn is np.diff:
        return Sharing.FRESH if len(stmt.args) == 1 and not given else Sharing.UNKNOWN
    if fn is np.ndarray.astype and not keeps:
        return Sharing.FRESH
    if fn in (np.ndarray.conj, np.ndarray.conjugate) and len(stmt.args) == 1 and not given:      # real arrays give themselves
        kind = _kind(stmt.args[0])
        if isinstance(kind, Array) and kind.dtype is not None:
            return Sharing.FRESH if kind.dtype.kind == "c" else Sharing.VIEW
        return Sharing.UNKNOWN
    if fn is np.ndarray.view and len(stmt.args) == 1 and not given:
        return Sharing.VIEW
    if fn is np.diag and stmt.args and isinstance(_kind(stmt.args[0]), Array) and stmt.args[0].kind.ndim in (1, 2):
        return Sharing.FRESH if stmt.args[0].kind.ndim == 1 else Sharing.WINDOW
    if fn in _WINDOW:
        return Sharing.WINDOW if stmt.args and isinstance(_kind(stmt.args[0]), Array) and "writeable" not in given else (
            Sharing.UNKNOWN)
    if fn in _MAYBE and len(stmt.args) == 1 and not given and isinstance(_kind(stmt.args[0]), ListOf | TupleOf):
        return Sharing.FRESH
    if fn in _CONVERTS and given <= {"dtype", "copy"} and isinstance(kind := _kind(stmt.args[0]), ListOf | TupleOf | Array):
        if not isinstance(kind, Array):
            return Sharing.FRESH
        dtypes = {kind.dtype, getattr(stmt.target.kind, "dtype", None)}
        return Sharing.UNKNOWN if None in dtypes else Sharing.MAYBE if len(dtypes) == 1 else Sharing.FRESH
    if fn in _VIEW or fn in _MAYBE:
        if given & _UNSETTLING or not stmt.args or not isinstance(_kind(stmt.args[0]), Array):
            return Sharing.UNKNOWN
        if any(isinstance(a, Lit) and isinstance(a.value, str) or isinstance(a, Ref) for a in stmt.args[1:]):
            return Sharing.UNKNOWN
        return Sharing.VIEW if fn in _VIEW else Sharing.MAYBE
    return Sharing.UNKNOWN


def _sharing_of_einsum(stmt: Apply) -> Sharing:
    """One operand of which no axis is summed may be seen in another form; all else is computed."""
    text = stmt.args[0].value if isinstance(stmt.args[0], Lit) else None
    if not isinstance(text, str):
        return Sharing.UNKNOWN
    operands, arrow, result = text.replace(" ", "").partition("->")
    axes = operands.replace("...", "")
    summed = set(axes) - set(result) if arrow else len(set(axes)) < len(axes)
    return Sharing.FRESH if "," in operands or summed else Sharing.UNKNOWN


def _kind(atom) -> Kind | None:
    return atom.kind if isinstance(atom, Var) else None


def _sharing_of_item(stmt: Apply, definition) -> Sharing:
    container, index = stmt.args
    if not isinstance(_kind(container), Array):
        return Sharing.UNKNOWN
    basic = is_basic_index(index, definition)
    if basic is None:
        return Sharing.UNKNOWN
    return Sharing.VIEW if basic else Sharing.FRESH


def is_basic_index(index, definition) -> bool | None:
    """Is this an index of integers, slices, None and Ellipsis, which gives a view? None if it is not known."""
    made = definition(index) if isinstance(index, Var) else None
    if made is not None and made.fn is ops.build_tuple:
        parts = [is_basic_index(part, definition) for part in made.args]
        if None in parts:
            return None
        return all(parts)
    if isinstance(index, Lit):
        value = index.value
        if value is None or value is Ellipsis or type(value) is int:
            return True
        return None
    return _is_basic_kind(_kind(index))


def _is_basic_kind(kind) -> bool | None:
    match kind:
        case SliceOf():
            return True
        case Scalar(base=base):
            return True if base is int else None
        case Static(value=value):
            return True if value is None or value is Ellipsis else None
        case ListOf():
            return False
        case TupleOf(items=items):
            parts = [_is_basic_kind(item) for item in items]
            return None if None in parts else all(parts)
        case ListOf():                                           # of numbers: anything else NumPy refuses
            return False
        case Array(dtype=dtype, dims=dims):
            return False if dims and dtype is not None and dtype.kind in "iub" else None
    return None
