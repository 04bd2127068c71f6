"""Numerical programs that write in place (`adversary_programs`): first and second derivatives, and those of saved derivatives."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

import srcad
from srcad.errors import SrcadError

from .adversary_programs import programs
from .check import CURVATURES, check, check_curvature, hessian_product, is_active, own, same_state, weights_for

#: What is refused, and why: a piece of the message.
REFUSED = {
    "trace_after_fill_diagonal": "assign a copy",
    "name_that_changes_type": "an item is assigned of what may be",
    "rows_in_a_tuple": "not known whether it is a number or an array",
}
#: (program, how the second derivative is made) → the same.
REFUSED_TWICE = {
    ("built_and_stacked", "adjoint of adjoint"): "holds arrays or lists that are written to",
    ("diagonal_read_while_written", "adjoint of adjoint"): "np.diagonal",
    ("blocks_swapped_by_joining", "adjoint of adjoint"): "holds arrays or lists that are written to",
    ("blocks_swapped_by_joining", "tangent of adjoint"): "unbroadcast",
}
#: Programs whose saved derivative is not differentiated again.
REFUSED_SAVED = {
    **dict.fromkeys(("elimination_with_pivots", "gauss_jordan_inverse", "rows_swapped_in_a_branch"),
                    "gets items of different kinds"),
    **dict.fromkeys(("mixed_tuple_stacked", "joined_and_then_overwritten", "views_collected_and_joined",
                     "blocks_swapped_by_joining"), "unknown kind is stored"),
    "view_on_one_branch": "broadcast_to", "recursion_that_reads": "a number or an array|unknown kind",
    "windows_read": "not known whether it is a number or an array",
}

each = pytest.mark.parametrize("case", programs, ids=lambda case: case[0].__name__)



def settled(call, reason: str | None, *args, **options) -> None:
    """A call succeeds, or is refused for a reason."""
    if reason is None:
        call(*args, **options)
        return
    with pytest.raises((SrcadError, ValueError), match=reason):
        call(*args, **options)


def twice(case, how: str, optimize: bool = True) -> None:
    f, args, options = case
    if f.__name__ in REFUSED or "tolerance" in options:
        return
    settled(check_curvature, REFUSED_TWICE.get((f.__name__, how)), f, *args, how=how, optimize=optimize,
            complex_step=options.get("complex_step", True))


@each
def test_first_order(case):
    f, args, options = case
    settled(check, REFUSED.get(f.__name__), f, *args, optimize=(True,), modes=("pair", "tangent"), **options)


@pytest.mark.parametrize("k", range(len(programs)), ids=lambda k: programs[k][0].__name__)
def test_second_order(k):
    twice(programs[k], CURVATURES[k % len(CURVATURES)])


@pytest.mark.slow
@each
def test_every_way(case):
    f, args, options = case
    settled(check, REFUSED.get(f.__name__), f, *args, **options)
    for how in CURVATURES:
        for optimize in (True, False):
            twice(case, how, optimize)


def saved_again(f, args, path) -> None:
    """A saved adjoint is the adjoint, and its tangent is that of the adjoint."""
    rng = np.random.default_rng(1)
    which = tuple(k for k, a in enumerate(args) if is_active(a))
    left = own(args)
    weights = weights_for(f(*left), rng)
    direction = [rng.normal(size=np.shape(args[k])) if np.shape(args[k]) else float(rng.normal()) for k in which]
    adjoint = srcad.adjoint(f, which)
    adjoint.save(path, *own(args))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    saved = getattr(module, f"{f.__name__}_adjoint")
    given = own(args)
    for a, b in zip(saved(*given, weights), adjoint(*own(args), weights), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    same_state(given, left)
    _, mine = srcad.tangent(saved, which)(*own(args), weights, *own(direction))
    _, theirs = hessian_product(f, which, weights)(own(args), own(direction))
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-9)


def saved_case(case, folder) -> None:
    f, args, options = case
    if f.__name__ not in REFUSED and "tolerance" not in options:
        settled(saved_again, REFUSED_SAVED.get(f.__name__), f, args, folder / f"saved_{f.__name__}.py")


@pytest.mark.parametrize("case", programs[::4], ids=lambda case: case[0].__name__)
def test_saved(case, tmp_path):
    saved_case(case, tmp_path)


@pytest.mark.slow
@each
def test_all_saved(case, tmp_path):
    saved_case(case, tmp_path)
