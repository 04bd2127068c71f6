"""Functions of NumPy's with options that ask for more, or for something else, than their rules give."""

from __future__ import annotations

import numpy as np

from srcad import compositions
from srcad.specialise.callees import call_function
from srcad.specialise.numpy_forms.operands import apply_function, as_array, axis_count, by_name, constant_of
from srcad.specialise.values import Pack
from srcad.trace import intrinsics
from srcad.trace.ir import Lit


def _gradient(s, args, kwargs):
    """Along several axes, or for given coordinates: one call for each axis."""
    f, *spacings = args
    options = dict(kwargs)
    axis = options.pop("axis", Lit(None))
    f = as_array(s, f)
    ndim = axis_count(s, f)
    axes = constant_of(s, axis, "axis=")
    several = not isinstance(axes, int) and not (axes is None and ndim == 1)
    axes = tuple(range(ndim)) if axes is None else (axes,) if isinstance(axes, int) else axes
    spacings = [as_array(s, h) for h in spacings]
    if len(spacings) == 1 and axis_count(s, spacings[0]) == 0:
        spacings = spacings * len(axes)
    if spacings and len(spacings) != len(axes):
        raise s.refuse("np.gradient is given spacings for some axes only", "give one for every axis")
    if not several and not (spacings and axis_count(s, spacings[0])):
        return NotImplemented
    parts = []
    for k, along in enumerate(axes):
        if spacings and axis_count(s, spacings[k]):
            order = options.get("edge_order", Lit(1))
            parts.append(call_function(s, compositions.gradient_at, [f, spacings[k], Lit(along), order], [], ""))
        else:
            parts.append(apply_function(s, np.gradient, [f, *spacings[k:k + 1]], [("axis", Lit(along)), *options.items()]))
    return Pack(tuple(parts)) if len(parts) > 1 else parts[0]


def _linspace(s, args, kwargs):
    """With the step."""
    named = dict(kwargs)
    returned = constant_of(s, named.pop("retstep", Lit(False)), "retstep=")
    if not returned:
        return NotImplemented if "retstep" not in dict(kwargs) else apply_function(s, np.linspace, args, list(named.items()))
    bound = {"num": Lit(50), "endpoint": Lit(True)} | by_name(s, args, list(named.items()), "start stop num endpoint")
    num, endpoint = constant_of(s, bound["num"], "num="), constant_of(s, bound["endpoint"], "endpoint=")
    parts = num - 1 if endpoint else num
    if parts < 1:
        raise s.refuse("np.linspace with retstep=True has no step between so few numbers", "leave retstep= out")
    step = apply_function(s, np.divide, [apply_function(s, np.subtract, [bound["stop"], bound["start"]]), Lit(parts)])
    return Pack((apply_function(s, np.linspace, args, list(named.items())), step))


def _interp(s, args, kwargs):
    """With a period."""
    bound = by_name(s, args, kwargs, "x xp fp left right period")
    if bound.get("period", Lit(None)) == Lit(None):
        return NotImplemented
    x, xp, fp = (as_array(s, bound[name]) for name in ("x", "xp", "fp"))
    return call_function(s, compositions.interp_period, [x, xp, fp, bound["period"]], [], "")


def _cov(s, args, kwargs):
    """With weights."""
    bound = by_name(s, args, kwargs, "m y rowvar bias ddof fweights aweights")
    weights, repeats = (bound.get(name, Lit(None)) for name in ("aweights", "fweights"))
    if weights == Lit(None) == repeats:
        return NotImplemented
    m, other = as_array(s, bound["m"]), bound.get("y", Lit(None))
    if axis_count(s, m) != 2 or other != Lit(None) or "dtype" in bound:
        raise s.refuse("np.cov with weights is followed for one matrix of variables only", "stack the variables")
    if not constant_of(s, bound.get("rowvar", Lit(True)), "rowvar="):
        m = apply_function(s, np.transpose, [m])
    ddof = constant_of(s, bound.get("ddof", Lit(None)), "ddof=")
    if ddof is None:
        ddof = 0 if constant_of(s, bound.get("bias", Lit(False)), "bias=") else 1
    weights, repeats = (w if w == Lit(None) else as_array(s, w) for w in (weights, repeats))
    return call_function(s, compositions.weighted_cov, [m, weights, repeats, Lit(ddof)], [], "")


def _pinv(s, args, kwargs):
    named = dict(kwargs)
    if named.pop("hermitian", None) != Lit(False):
        return NotImplemented
    return apply_function(s, np.linalg.pinv, args, list(named.items()))


def _average(s, args, kwargs):
    """With the sum of the weights."""
    named = dict(kwargs)
    returned = constant_of(s, named.pop("returned", Lit(False)), "returned=")
    if not returned:
        return NotImplemented if "returned" not in dict(kwargs) else apply_function(s, np.average, args, list(named.items()))
    mean = apply_function(s, np.average, args, list(named.items()))
    bound = by_name(s, args, list(named.items()), "a axis weights")
    a, weights = as_array(s, bound["a"]), bound.get("weights", Lit(None))
    spread = apply_function(s, np.ones_like, [a])
    if weights != Lit(None):
        weights = as_array(s, weights)
        if axis_count(s, weights) != axis_count(s, a):
            raise s.refuse("np.average with returned=True is followed for weights of the operand's shape only",
                           "give weights of the operand's shape")
        spread = apply_function(s, np.multiply, [spread, weights])
    keywords = [(k, v) for k, v in bound.items() if k in ("axis", "keepdims")]
    return Pack((mean, apply_function(s, np.sum, [spread], keywords)))


def _at_least(fn):
    """Of several arrays: a tuple."""
    def decide(s, args, kwargs):
        return Pack(tuple(apply_function(s, fn, [a]) for a in args)) if len(args) > 1 else NotImplemented
    return decide


def _ediff1d(s, args, kwargs):
    """With elements before and after the differences."""
    bound = by_name(s, args, kwargs, "ary to_end to_begin")
    ends = [bound.get(name, Lit(None)) for name in ("to_begin", "to_end")]
    if ends == [Lit(None)] * 2:
        return NotImplemented
    middle = apply_function(s, np.ediff1d, [bound["ary"]])
    parts = [apply_function(s, np.ravel, [as_array(s, e)]) if e != Lit(None) else None for e in ends]
    joined = [p for p in (parts[0], middle, parts[1]) if p is not None]
    return apply_function(s, np.concatenate, [s.b.apply(intrinsics.build_list, *map(s.atom, joined))])


SPECIAL: dict = {fn: _at_least(fn) for fn in (np.atleast_1d, np.atleast_2d, np.atleast_3d)}
SPECIAL |= {np.gradient: _gradient, np.ediff1d: _ediff1d, np.interp: _interp, np.cov: _cov, np.linalg.pinv: _pinv,
            np.average: _average, np.linspace: _linspace}
