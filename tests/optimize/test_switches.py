"""The corpus with each pass alone switched off, and with all off: the same values, the same gradients.

Every run takes a share of the programs for each pass; ``-m slow`` takes all of them.
"""

from __future__ import annotations

import corpus  # noqa: F401  (registers the programs)
import numpy as np
import pytest
from corpus.registry import PROGRAMS, Program

import srcad
from srcad.optimize.pipeline import NAMES, without
from srcad.structure import items_of, with_items
from srcad.testing import random_like

SWITCHES = [*((name,) for name in NAMES), NAMES]
#: Of how many programs one is tried in every run.
SHARE = 6


def fresh(tree):
    match tree:
        case dict():
            return {key: fresh(item) for key, item in tree.items()}
        case np.ndarray():
            return tree.copy()
    return with_items(tree, fresh) if items_of(tree) is not None else tree


def flat(value) -> list:
    if isinstance(value, dict):
        return [leaf for key in value for leaf in flat(value[key])]
    items = items_of(value)
    return [value] if items is None else [leaf for item in items for leaf in flat(item)]


def derivatives(program: Program, args: tuple, **options) -> list:
    """(value, derivative) of both modes: by `value_and_grad` for a real number, else by `adjoint`; and by `tangent`."""
    floated = tuple(float(a) if k in program.argnums and type(a) is int else a for k, a in enumerate(args))
    value = program.function(*fresh(floated), **program.kwargs)
    rng = np.random.default_rng(0)
    if isinstance(value, float | np.floating):
        g = srcad.value_and_grad(program.function, program.argnums, disconnected="zeros", **options)
        found = [g(*fresh(floated), **program.kwargs)]
    else:
        back = srcad.adjoint(program.function, program.argnums, **options)
        found = [(None, back(*fresh(floated), random_like(value, rng), **program.kwargs))]
    directions = tuple(random_like(floated[k], rng) for k in program.argnums)
    forward = srcad.tangent(program.function, program.argnums, **options)
    found.append(forward.with_tangents(fresh(floated), program.kwargs, directions))
    return found


def assert_unchanged(program: Program, left_out: tuple, **options) -> None:
    for args in program.points:
        found = derivatives(program, args)
        with without(*left_out):
            plain = derivatives(program, args, **options)
        for (value, gradient), (its, wanted) in zip(found, plain, strict=True):
            exact = "srcad" not in program.function.__code__.co_names      # a derivative in it has sums of its own
            for one, other in zip(flat(value), flat(its), strict=True):
                if exact or not isinstance(one, float | np.ndarray):
                    np.testing.assert_array_equal(one, other, err_msg=program.name)
                else:
                    np.testing.assert_allclose(one, other, rtol=1e-13, err_msg=program.name)
            for one, other in zip(flat(gradient), flat(wanted), strict=True):
                if isinstance(other, float | complex | np.ndarray | np.generic):
                    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11, err_msg=program.name)


def each(of_all) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("place, left_out", of_all, ids=[*NAMES, "all"])


@each([*enumerate(SWITCHES)])
def test_a_share_of_the_corpus(place, left_out):
    for program in PROGRAMS[place % SHARE :: SHARE]:
        assert_unchanged(program, left_out)


@pytest.mark.slow
@each([*enumerate(SWITCHES)])
def test_the_whole_corpus(place, left_out):
    for program in PROGRAMS:
        assert_unchanged(program, left_out)
