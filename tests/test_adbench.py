"""ADBench's objectives: every form of one gives one gradient."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

import srcad

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


def import_benchmarks() -> dict:
    """The objectives and what they are compared with, as modules, with the import path left as it was."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return {name: importlib.import_module(f"adbench_{name}")
                for name in ("data", "loops", "numpy", "peers", "hand", "native")}
    finally:
        sys.path.remove(str(BENCHMARKS))


modules = import_benchmarks()


def leaves(value) -> list[np.ndarray]:
    """The numbers and arrays in a result."""
    return [leaf for part in value for leaf in leaves(part)] if isinstance(value, tuple | list) else [np.asarray(value)]


ADBENCH = {
    "gmm": ((3, 4, 20), (0, 1, 2)), "lstm": ((2, 6, 5), (0, 1)), "heat": ((9, 4), 0), "lotka_volterra": ((), (0, 1, 2, 3, 4, 5)),
}


@pytest.mark.parametrize("name", ADBENCH)
def test_forms_of_an_objective_agree(name):
    """Loops, arrays, the form for other libraries, C++ and Numba's by hand, each written once, give one gradient."""
    sizes, which = ADBENCH[name]
    data, loops, natural, peers, hand, native = (modules[part] for part in (
        "data", "loops", "numpy", "peers", "hand", "native"))
    args = getattr(data, name)(*sizes)
    if name == "lotka_volterra":
        args = (*args[:-1], 20)
    value, expected = srcad.value_and_grad(getattr(loops, name), which)(*args)
    found = {}
    array_args = (*args, data.places(sizes[0])) if name == "gmm" else args
    if hasattr(natural, name):
        found["arrays"] = srcad.value_and_grad(getattr(natural, name), which)(*array_args)
    if hasattr(hand, name):
        found["by hand"] = getattr(hand, name)(*args)
    if name in ("gmm", "lstm") and (library := native.library()) is not None:
        found["C++"] = getattr(native, name)(library, *args)
    assert getattr(peers, name)(np, *array_args) == pytest.approx(value, rel=1e-12)
    for form, (v, bars) in found.items():
        assert v == pytest.approx(value, rel=1e-12), form
        for a, b in zip(leaves(bars), leaves(expected), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12, err_msg=form)


def test_forms_of_the_bundle_jacobian_agree():
    data, loops, native = (modules[part] for part in ("data", "loops", "native"))
    args = data.ba(3, 7, 11)
    blocks = srcad.compiled(loops.ba_jacobian, backend="python")(*args)
    step = 1e-6
    for column in range(11):
        moved = [loops.ba(args[0] + sign * step * np.eye(11)[column], *args[1:]) for sign in (1, -1)]
        np.testing.assert_allclose(blocks[:, :, column], (moved[0] - moved[1]) / (2 * step), rtol=1e-5, atol=1e-5)
    if (library := native.library()) is not None:
        np.testing.assert_allclose(native.ba(library, *args), blocks, rtol=1e-9, atol=1e-9)
