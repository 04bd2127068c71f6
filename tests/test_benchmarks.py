"""The benchmarks are right before they are fast: derivatives by hand agree with differences and with srcad's."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
MODULES = ("kernel", "timing", "scalar_kernels", "array_kernels", "model_kernels", "overhead", "transform", "textdiff", "page",
           "inplace", "plot", "checkpoints")


def import_benchmarks() -> dict:
    """The benchmarks as modules, with the import path and the environment left as they were."""
    environment = dict(os.environ)
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return {name: importlib.import_module(name) for name in MODULES}
    finally:
        sys.path.remove(str(BENCHMARKS))
        os.environ.clear()
        os.environ.update(environment)


modules = import_benchmarks()
overhead, transform = modules["overhead"], modules["transform"]
KERNELS = [pytest.param(kernel, id=kernel.primal.__name__) for kernel in overhead.KERNELS]


def gradient_by_hand(kernel) -> list[np.ndarray]:
    result = kernel.hand(*kernel.args)
    return list(overhead.leaves(result[1] if kernel.with_value else result))


def directions(kernel, rng) -> list[list[np.ndarray]]:
    """A random direction, as one list of arrays for each differentiated argument."""
    argnums = kernel.argnums if isinstance(kernel.argnums, tuple) else (kernel.argnums,)
    return [[rng.standard_normal(part.shape) for part in overhead.leaves(kernel.args[n])] for n in argnums]


def moved(value, steps: Iterator[np.ndarray], size: float):
    """The value a step further in the direction, with its structure kept."""
    if isinstance(value, tuple):
        return tuple(moved(part, steps, size) for part in value)
    shifted = value + size * next(steps)
    return shifted if isinstance(value, np.ndarray) else float(shifted)


def along(kernel, direction, size: float) -> float:
    args = list(kernel.args)
    argnums = kernel.argnums if isinstance(kernel.argnums, tuple) else (kernel.argnums,)
    for position, steps in zip(argnums, direction):
        args[position] = moved(args[position], iter(steps), size)
    return kernel.primal(*args)


@pytest.mark.parametrize("kernel", KERNELS)
def test_derivatives_by_hand_agree_with_differences(kernel):
    direction = directions(kernel, np.random.default_rng(0))
    steps = [part for parts in direction for part in parts]
    gradient = gradient_by_hand(kernel)
    assert [part.shape for part in gradient] == [part.shape for part in steps]
    slope = sum(np.sum(part * step) for part, step in zip(gradient, steps))
    difference = (along(kernel, direction, 1e-6) - along(kernel, direction, -1e-6)) / 2e-6
    assert slope == pytest.approx(difference, rel=1e-5)


@pytest.mark.parametrize("kernel", KERNELS)
def test_generated_derivatives_agree_with_those_by_hand(kernel):
    overhead.assert_agree(kernel, "srcad", overhead.generated(kernel)(*kernel.args), kernel.hand(*kernel.args))


@pytest.mark.parametrize("kernel", KERNELS)
def test_derivatives_by_torch_agree_with_those_by_hand(kernel):
    pytest.importorskip("torch")
    derivative = overhead.by_torch(kernel)
    if derivative is None:
        assert kernel.in_place
        return
    overhead.assert_agree(kernel, "torch", overhead.plain(derivative()), kernel.hand(*kernel.args))


def test_a_wrong_derivative_is_noticed():
    kernel = overhead.KERNELS[0]
    value = kernel.hand(*kernel.args)
    with pytest.raises(AssertionError, match="lecture"):
        overhead.assert_agree(kernel, "other", (value[0], -value[1]), value)
    with pytest.raises(AssertionError, match="shapes"):
        overhead.assert_agree(kernel, "other", (value[0], np.array([value[1]])), value)


def test_changed_lines_are_counted_only_where_jax_needs_its_own_text():
    counts = {kernel.primal.__name__: kernel.changed_lines() for kernel in overhead.KERNELS}
    assert counts["lecture"] == counts["lstm"] == 0
    assert 0 < counts["pendulum"] < counts["bounce"]


def test_overhead_prints_its_table(capsys):
    overhead.main(["--only", "lecture", "--rounds", "1", "--no-peers"])
    text = capsys.readouterr().out
    assert "| formula (lecture) |" in text
    assert "srcad/hand: median" in text
    assert "of which dispatch" in text


def test_transform_prints_its_times(capsys):
    transform.main(["--sizes", "10", "20", "--repeats", "1"])
    text = capsys.readouterr().out
    assert "`import srcad` after it" in text and "the derivative on the disk" in text
    assert [line.split(" | ")[0] for line in text.splitlines()[-2:]] == ["| 10", "| 20"]


@pytest.mark.parametrize("pattern", transform._PATTERNS)
def test_synthetic_functions_have_the_stated_length_and_run(pattern):
    text = transform.function_text(pattern, 100)
    statements = [row for row in text.splitlines()[4:-1] if row.strip() != "else:"]
    assert 100 <= len(statements) < 100 + len(pattern)
    args = (np.full(3, 0.7), np.full(3, 0.3)) if pattern is transform.ARRAYS else (0.7, 0.3)
    assert np.isfinite(transform.load(text)(*args))


def test_differences_of_texts(capsys):
    textdiff = modules["textdiff"]
    found = textdiff.differences({"a": "x\ny\n", "b": "z\n"}, {"a": "x\nw\n", "b": "z\n", "c": "new\n"})
    assert set(found) == {"a", "c"}
    assert textdiff.summary(found, 3).splitlines()[0] == "2 of 3 texts differ: 2 lines more, 1 less"
    textdiff.main(["no-such-revision"])
    assert "nothing to compare with" in capsys.readouterr().out


def test_the_plot_is_an_svg_with_a_dot_for_each_time():
    from xml.etree import ElementTree

    text = modules["plot"].plot([("a < b", {"hand": 1.5, "srcad": 1.6, "autograd": 400.0}), ("c", {"hand": 0.5, "srcad": 0.5})])
    circles = [node for node in ElementTree.fromstring(text).iter() if node.tag.endswith("circle")]
    assert len(circles) == 5 + 3                                 # and those of the legend
    assert "a &lt; b: srcad 1.60 x" in text


@pytest.mark.parametrize("program", modules["inplace"].PROGRAMS, ids=lambda program: program.name)
def test_programs_that_write_are_differentiated_and_rewritten(program):
    inplace = modules["inplace"]
    x = inplace.start(6)
    found = inplace.generated(program, 6, 4)(x.copy(), 4)
    steps = [(program.primal(x + 1e-6 * e, 4) - program.primal(x - 1e-6 * e, 4)) / 2e-6 for e in np.eye(6)]
    np.testing.assert_allclose(found, steps, atol=1e-8)
    names = inplace.executed(program.autograd, {"np": np, "math": inplace.math})
    assert names[program.primal.__name__](x.copy(), 4) == pytest.approx(program.primal(x.copy(), 4))
    assert program.changed(program.autograd) and program.changed(program.jax)


def test_sections_of_the_page_are_written_by_themselves(tmp_path, monkeypatch):
    page = modules["page"]
    monkeypatch.setattr(page, "PAGE", tmp_path / "page.md")
    page.PAGE.write_text("# Page\n\nold\n")
    page.write_section("One", "first")
    page.write_section("Two", "second")
    page.write_head("# Page\n\nnew")
    page.write_section("One", "again")
    assert page.PAGE.read_text() == "# Page\n\nnew\n\n## One\n\nagain\n\n## Two\n\nsecond\n"


@pytest.mark.parametrize("program", modules["checkpoints"].PROGRAMS, ids=lambda program: program.__name__)
def test_checkpointed_loops(program):
    line = modules["checkpoints"].row(program, "python", 40, 1)
    assert line[:2] == [program.__name__, "python"]
    assert float(line[-1]) > 0.0
