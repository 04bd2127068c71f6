"""What srcad knows of every public function: a rule, a derivative that is zero, or why there is none.

Enters: the names of NumPy's namespaces, of the array methods, and of `math` and `cmath`, in groups. Leaves: functions
whose derivative is zero, registered as such, and for all others the reason and the advice that a refusal gives. Names
are looked up when this module is loaded, so that a name that only some versions of NumPy have does no harm.
"""

from __future__ import annotations

import cmath
import math

import numpy as np

from srcad.rules.registry import find_rule, zero_derivative

#: How namespaces are written.
NAMESPACES = {"numpy": np, "numpy.linalg": np.linalg, "numpy.fft": np.fft, "numpy.ndarray": np.ndarray, "math": math,
              "cmath": cmath}

#: Piecewise constant: allowed, with the derivative zero.
ZERO = {
    "numpy": """fix in1d isin isnat packbits unpackbits ravel_multi_index unravel_index mask_indices
        diag_indices_from tril_indices_from triu_indices_from
        bool bool_ byte ubyte short ushort intc uintc int_ uint intp uintp long ulong longlong ulonglong
        int8 int16 int32 int64 uint8 uint16 uint32 uint64""",
    "numpy.ndarray": "nonzero",
}

#: Of types, memory and files, not of numbers: (reason, namespace → names).
INACTIVE = (
    ("its result says how numbers are stored, not what they are", {"numpy": """
        broadcast can_cast common_type dtype finfo iinfo isdtype isfortran issubdtype may_share_memory min_scalar_type
        mintypecode promote_types shares_memory typename einsum_path"""}),
    ("it goes through subscripts or elements one by one", {"numpy": """
        flatiter ndenumerate ndindex nditer nested_iters"""}),
    ("it makes text of numbers", {"numpy": """
        array2string array_repr array_str base_repr binary_repr format_float_positional format_float_scientific"""}),
    ("it reads or writes files, bytes or settings", {
        "numpy": """
            errstate from_dlpack frombuffer fromfile fromregex fromstring genfromtxt get_include
            get_printoptions getbufsize geterr geterrcall info load loadtxt memmap printoptions save savetxt
            savez savez_compressed set_printoptions setbufsize seterr seterrcall show_config show_runtime test""",
        "numpy.ndarray": "dump dumps setflags to_device tobytes tofile tostring", "numpy.linalg": "test LinAlgError",
        "numpy.fft": "test"}),
    ("it is about dates and calendars", {"numpy": """
        busday_count busday_offset busdaycalendar datetime64 datetime_as_string datetime_data is_busday
        timedelta64"""}),
    ("it is a type of things that are not numbers with a derivative", {"numpy": """
        bytes_ character complexfloating flexible floating generic inexact integer number object_ record signedinteger
        str_ unsignedinteger void"""}),
    ("it makes a window of a whole number of weights", {"numpy": "bartlett blackman hamming hanning"}),
)

#: Change an array, or call a function that they are given: followed as what they do.
FOLLOWED = {"numpy": """copyto fill_diagonal place put put_along_axis putmask apply_along_axis apply_over_axes piecewise
                polyfit polydiv""",
            "numpy.ndarray": "fill partition put sort", "cmath": "polar"}
#: Change an array that they are given, and return nothing.
CHANGES = {"numpy.ndarray": "resize setfield"}
CHANGE_BY_ASSIGNMENT = "use the function that gives a new array, or assign to elements and slices: x[index] = values"

#: With a derivative that srcad does not give: (reason, advice, namespace → names).
REFUSED = (
    ("which values there are, and how many, changes where two of them meet", "use np.sort if all of them are wanted", {
        "numpy": """unique unique_all unique_counts unique_inverse unique_values union1d intersect1d setdiff1d setxor1d
            sort_complex"""}),
    ("it calls a function that it is given, on pieces of an array",
     "call the function in a loop over the array's rows, or on the whole array", {
         "numpy": "fromfunction frompyfunc vectorize fromiter iterable ufunc"}),
    ("it changes an array that it is given", CHANGE_BY_ASSIGNMENT, CHANGES),
    ("it looks at the bytes of numbers", "use astype for another type, reshape for another shape", {
        "numpy.ndarray": "byteswap getfield view"}),
    ("the edges of the bins depend on the data, the counts are piecewise constant",
     "give the edges and wrap the data in srcad.stop_gradient, or use np.bincount with weights", {
         "numpy": "histogram histogram2d histogram_bin_edges histogramdd"}),
    ("arrays that are not plain np.ndarray are not followed", "use np.array", {
        "numpy": "asmatrix bmat matrix ndarray recarray"}),
    ("objects that stand for polynomials are not followed", "use vectors of coefficients: np.polyval, np.polyadd", {
        "numpy": "poly1d"}),
    ("the derivative with respect to the shape of the window is not known to srcad",
     "write it with np.i0: np.i0(beta * np.sqrt(1 - r**2)) / np.i0(beta)", {"numpy": "kaiser"}),
    ("np.trapz has another name", "use np.trapezoid", {"numpy": "trapz"}),
)


def found(names: dict[str, str]) -> list:
    """The functions of these names that this version has."""
    return [getattr(NAMESPACES[space], name) for space, text in names.items() for name in text.split()
            if hasattr(NAMESPACES[space], name)]


def load() -> None:
    """Register what is piecewise constant, once all other rules are."""
    zero_derivative(*[fn for fn in found(ZERO) if find_rule(fn) is None])


#: Function → why it has no derivative.
_INACTIVE = {fn: reason for reason, names in INACTIVE for fn in found(names)}
_REFUSED = {fn: (reason, advice) for reason, advice, names in REFUSED for fn in found(names)}
_CHANGING = frozenset(found(CHANGES))
_TABLES = {"inactive": _INACTIVE, "refused": _REFUSED, "followed": frozenset(found(FOLLOWED))}


def changes_operand(fn) -> bool:
    """Does a function change an array that it is given, without a rule that says how its derivative changes?"""
    return fn in _CHANGING and find_rule(fn) is None


def classify(fn) -> str | None:
    """"rule", "zero", "inactive", "refused", "followed", or None for a function that nothing is known of."""
    rule = find_rule(fn)
    if rule is not None:
        return "zero" if rule.kind == "zero" else "rule"
    try:
        return next((name for name, table in _TABLES.items() if fn in table), None)
    except TypeError:
        return None


def refusal(fn) -> tuple[str, str] | None:
    """Why a function has no derivative, and what to do instead; None if nothing is known."""
    if isinstance(fn, np.vectorize):
        fn = np.vectorize
    match classify(fn):
        case "inactive":
            return _INACTIVE[fn], "wrap the argument in srcad.stop_gradient if its derivative is meant to be zero"
        case "refused":
            return _REFUSED[fn]
    return None
