"""Polynomials: evaluation, division, powers, fits, and objects that stand for them."""

from __future__ import annotations

import sys

import numpy as np

from srcad import compositions
from srcad.places import Attribute
from srcad.polynomials import FOLLOWED
from srcad.specialise.callees import call_function
from srcad.specialise.names import value_of_object
from srcad.specialise.numpy_forms.operands import apply_function, as_array, axis_count, by_name, constant_of
from srcad.specialise.values import Pack
from srcad.trace.ir import Lit, Ref
from srcad.trace.kinds import Scalar, dtype_of

#: NumPy 2.3 changed the order of operations, and with it the last bits.
_LEGVAL = compositions.legval if np.lib.NumpyVersion(np.__version__) >= "2.3.0" else compositions.legval_before_2_3
#: Evaluations of numpy.polynomial, and what they mean for coefficients with as many more axes as the points have.
POLYNOMIALS = {
    np.polynomial.polynomial.polyval: compositions.polyval, np.polynomial.chebyshev.chebval: compositions.chebval,
    np.polynomial.legendre.legval: _LEGVAL, np.polynomial.hermite.hermval: compositions.hermval,
    np.polynomial.hermite_e.hermeval: compositions.hermeval, np.polynomial.laguerre.lagval: compositions.lagval,
}
#: Classes of objects that stand for polynomials.
POLYNOMIAL_CLASSES = (*FOLLOWED, np.poly1d)
#: Suffix of the functions of several variables → how many there are, and whether they are the axes of a grid.
SEVERAL = {"val2d": (2, False), "val3d": (3, False), "grid2d": (2, True), "grid3d": (3, True)}


def _polynomial(fn):
    def decide(s, args, kwargs):
        bound = {"tensor": Lit(True)} | by_name(s, args, kwargs, "x c tensor")
        x, c, tensor = as_array(s, bound["x"]), as_array(s, bound["c"]), constant_of(s, bound["tensor"], "tensor=")
        dtype = dtype_of(s.kind(c))
        if dtype is not None and dtype.kind in "iub":
            c = apply_function(s, np.ndarray.astype, [c, Ref(float)])
        axes, more = axis_count(s, c), axis_count(s, x) if tensor else 0
        if more and axes > 1:
            c = apply_function(s, np.expand_dims, [c, Pack(tuple(Lit(axes + k) for k in range(more)))])
        return call_function(s, POLYNOMIALS[fn], [x, c], [], "")
    return decide


def _polynomial_of_several(fn, count: int, grid: bool):
    """One variable after the other: the values at the first are the coefficients for the second."""
    names = "x y z"[:2 * count - 1]

    def decide(s, args, kwargs):
        bound = by_name(s, args, kwargs, names + " c")
        value = bound["c"]
        for k, name in enumerate(names.split()):
            value = apply_function(s, fn, [bound[name], value, Lit(grid or k == 0)])
        return value
    return decide


def _polydiv(function, names: str):
    def decide(s, args, kwargs):
        u, v = (as_array(s, value) for value in by_name(s, args, kwargs, names).values())
        return call_function(s, function, [apply_function(s, np.atleast_1d, [u]), apply_function(s, np.atleast_1d, [v])], [], "")
    return decide


def _polypow(s, args, kwargs):
    bound = by_name(s, args, kwargs, "c pow maxpower")
    c = apply_function(s, np.atleast_1d, [as_array(s, bound["c"])])
    return call_function(s, compositions.series_power, [c, bound["pow"]], [], "")


def _poly(s, args, kwargs):
    value = as_array(s, by_name(s, args, kwargs, "seq_of_zeros")["seq_of_zeros"])
    dtype = dtype_of(s.kind(value))
    if dtype is not None and dtype.kind == "c":
        raise s.refuse("whether np.poly gives real or complex numbers depends on whether complex roots are in pairs",
                       "use np.polynomial.polynomial.polyfromroots, which gives complex numbers, the lowest order first")
    return NotImplemented


def _polyfit(s, args, kwargs):
    bound = by_name(s, args, kwargs, "x y deg rcond full w cov")
    if not all(constant_of(s, bound.pop(name, Lit(default)), f"{name}=") == default
               for name, default in (("rcond", None), ("full", False), ("cov", False))):
        raise s.refuse("np.polyfit is followed without rcond=, full=, cov= only",
                       "solve np.linalg.lstsq(np.vander(x, degree + 1), y, rcond)")
    x, y, weights = as_array(s, bound["x"]), as_array(s, bound["y"]), bound.get("w", Lit(None))
    degree = Lit(constant_of(s, bound["deg"], "the degree of np.polyfit"))
    weights = weights if weights == Lit(None) else as_array(s, weights)
    return call_function(s, compositions.polyfit, [x, y, degree, weights], [], "")


def call_polynomial(s, target, args: list):
    """A call of an object of a class of numpy.polynomial, or of a poly1d, that exists before the derivative is made."""
    def held(name: str):
        return value_of_object(s, getattr(target, name), name, Attribute(target, name), ("polynomial", id(target), name))

    if isinstance(target, np.poly1d):
        return apply_function(s, np.polyval, [held("coef"), args[0]])
    x = args[0] if isinstance(s.kind(args[0]), Scalar) else as_array(s, args[0])
    moved = call_function(s, compositions.map_domain, [x, held("domain"), held("window")], [], "")
    return apply_function(s, type(target)._val, [moved, held("coef")])


SPECIAL: dict = {fn: _polynomial(fn) for fn in POLYNOMIALS}
SPECIAL |= {getattr(sys.modules[fn.__module__], fn.__name__[:-3] + suffix): _polynomial_of_several(fn, count, grid)
            for fn in POLYNOMIALS for suffix, (count, grid) in SEVERAL.items()}
SPECIAL |= {np.polyfit: _polyfit, np.poly: _poly, np.polydiv: _polydiv(compositions.polydiv, "u v"),
            np.polynomial.polynomial.polydiv: _polydiv(compositions.divide_series, "c1 c2"),
            np.polynomial.polynomial.polypow: _polypow}
