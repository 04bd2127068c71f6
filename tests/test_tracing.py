"""Evaluation traces: the text, and the values of the three traces, against the functions and their derivatives."""

from __future__ import annotations

import math
import pickle
import re

import numpy as np
import pytest
from corpus.registry import PROGRAMS

import srcad
from srcad.errors import ArgumentError, KindError, SrcadError
from srcad.table import Cell, Row, Table, show_value
from srcad.testing import assert_same
from srcad.tracing import default_argnums, filled


def lecture(x1, x2):
    return math.log(x1) + x1 * x2 - math.sin(x2)


def horner(c, x):
    s = 0.0
    for a in c:
        s = s * x + a
    return s


def nested(x, n):
    s = 0.0
    for i in range(n):
        t = x
        for _ in range(i + 1):
            t = t * x
        s = s + t
    return s


def newton(a, n):
    x = a
    k = 0
    while abs(x * x - a) > 1e-9 and k < n:
        x = 0.5 * (x + a / x)
        k += 1
    return x


def long(a, b):
    s = 0.0
    for _ in range(3):
        s = s + a * b
        b = math.sin(b)
    return s


def calls(x, y):
    u = long(x, y)
    w = long(y, x)
    return u * w


SCALE = 3.0


def scaled(x):
    print("scaled")
    return SCALE * x


def annotated(x: np.ndarray, n: int = 2):
    return np.sum(x) * n


# --- text -------------------------------------------------------------------------------------------------------------


def test_text_is_one_operation_a_line():
    assert str(srcad.trace(lecture)).splitlines()[2:] == [
        "    v1 = math.log(x1)",
        "    v2 = x1 * x2",
        "    v3 = v1 + v2",
        "    v4 = math.sin(x2)",
        "    v5 = v3 - v4",
        "    return v5",
    ]


def test_text_is_for_annotations_then_for_what_was_seen():
    shown = srcad.trace(annotated)
    assert "for (float64[:], int)" in shown.source
    shown(np.ones((2, 2)), 3)
    assert "for (float64[:, :], int)" in shown.source
    shown.table(np.ones(2))
    assert "for (float64[:], int)" in shown.source


def test_a_trace_runs_as_its_function():
    assert srcad.trace(lecture)(2.0, 5.0) == lecture(2.0, 5.0)
    assert srcad.trace(newton)(2.0, n=50) == newton(2.0, 50)


def test_a_trace_is_shown_and_pickled():
    shown = srcad.trace(lecture)
    assert repr(shown) == "<EvaluationTrace of lecture>"
    assert shown.__doc__ == "The evaluation trace of lecture."
    assert pickle.loads(pickle.dumps(shown)).source == shown.source


# --- the lecture's table ----------------------------------------------------------------------------------------------

LECTURE = """\
forward primal trace   value | forward tangent trace               x1_dot = 1  x2_dot = 1 |
-----------------------------+------------------------------------------------------------+-
x1                         2 | x1_dot                                       1           0 | x1_bar
x2                         5 | x2_dot                                       0           1 | x2_bar
v1 = math.log(x1)      0.693 | v1_dot = x1_dot / x1                       0.5           0 | x1_bar = x1_bar + v1_bar
v2 = x1 * x2              10 | v2_dot = x1_dot * x2 + x2_dot * x1           5           2 |
v3 = v1 + v2          10.693 | v3_dot = v1_dot + v2_dot                   5.5           2 |
v4 = math.sin(x2)     -0.959 | v4_dot = x2_dot * math.cos(x2)               0       0.284 | x2_bar = v4_bar
v5 = v3 - v4          11.652 | v5_dot = v3_dot"""


@pytest.mark.parametrize("point", [(2, 5), (2.0, 5.0), (np.float64(2), 5.0)])
def test_lecture(point):
    table = srcad.trace(lecture).table(*point)
    values = [row.primal.values[0] for row in table.rows if row.primal]
    np.testing.assert_allclose(values, [2, 5, 0.693147, 10, 10.693147, -0.958924, 11.652071, 11.652071], rtol=1e-6)
    dots = [row.tangent.values for row in table.rows if row.tangent]
    np.testing.assert_allclose(dots[-1], (5.5, 5 * 0 + 2 - math.cos(5.0)))
    bars = {row.adjoint.text: row.adjoint.values[0] for row in table.rows[:2]}
    np.testing.assert_allclose((bars["x1_bar"], bars["x2_bar"]), (5.5, 1.7163378))


def test_lecture_as_text():
    lines = [line for line in str(srcad.trace(lecture).table(2.0, 5.0)).splitlines() if not line.startswith(" ")]
    for line, start in zip(lines, LECTURE.splitlines()):
        assert line.startswith(start)
    assert lines[-1].split()[:6] == ["result", "11.652", "|", "result_dot", "5.5", "1.716"]


def test_lecture_in_markdown():
    table = srcad.trace(lecture).table(2.0, 5.0)
    lines = table.markdown().splitlines()
    assert lines[0].startswith("| forward primal trace | value | forward tangent trace | x1_dot = 1 | x2_dot = 1 |")
    assert lines[1] == "| --- | ---: | --- | ---: | ---: | --- | ---: |"
    assert lines[4].startswith("| `v1 = math.log(x1)` | 0.693 | `v1_dot = x1_dot / x1` | 0.5 | 0 |")
    assert {line.count("|") for line in lines} == {8}
    assert table._repr_markdown_() == table.markdown()


def test_bars_in_markdown_are_escaped():
    table = Table((), "", (Row(Cell("x | y", (1.0,))),))
    assert table.markdown().splitlines()[-1] == "| `x \\| y` | 1 |"


# --- alignment --------------------------------------------------------------------------------------------------------


def beside(table: Table, column: str) -> list[tuple[str, str]]:
    """(primal text, text beside it); the primal text of a row that has none is that of the last row that has."""
    pairs, primal = [], ""
    for row in table.rows:
        primal = row.primal.text if row.primal else primal
        cell = getattr(row, column)
        if cell is not None:
            pairs.append((primal, cell.text))
    return pairs


def stem(text: str) -> str:
    return text.partition(" = ")[0]


@pytest.mark.parametrize(("function", "point"), [
    (lecture, (2.0, 5.0)), (horner, ([1.0, 2.0, 3.0], 0.5)), (nested, (2.0, 3)),
])
def test_tangents_stand_beside_their_statements(function, point):
    pairs = beside(srcad.trace(function).table(*point), "tangent")
    assert pairs
    for primal, tangent in pairs:
        name = primal.removeprefix("for ").partition(" in ")[0] if primal.startswith("for ") else stem(primal)
        assert re.sub(r"_\d+$", "", stem(tangent)) == f"{name}_dot"


def test_adjoints_stand_beside_the_statements_they_are_of():
    pairs = beside(srcad.trace(horner).table([1.0, 2.0, 3.0], 0.5), "adjoint")
    trips = [p for p in pairs if p[0] == "v1 = s * x"]
    assert sum(text == "s_bar = v1_bar * x" for _, text in trips) == 3
    assert sum(text.startswith("x_bar = x_bar + v1_bar * s") for _, text in trips) == 3
    assert ("result", "s_bar = result_bar") in pairs


def test_loops_are_unrolled_with_their_items():
    table = srcad.trace(horner).table([1.0, 2.0, 3.0], 0.5)
    heads = [row for row in table.rows if row.primal and row.primal.text == "for a in c"]
    assert [row.primal.values for row in heads] == [(1.0,), (2.0,), (3.0,)]
    assert [row.tangent.text for row in heads] == ["a_dot"] * 3
    assert [row.tangent.values for row in heads] == [(1.0, 0.0)] * 3


def test_long_traces_show_both_ends():
    table = srcad.trace(newton).table(2.0, 50, limit=6)
    texts = [row.primal.text for row in table.rows if row.primal]
    assert texts[:2] == ["a", "n"]
    assert texts[-1] == "result"
    assert len(texts) == 2 + 6 + 1
    full = srcad.trace(newton).table(2.0, 50, limit=1000)
    assert full.left_out == 0
    assert table.left_out == sum(row.primal is not None for row in full.rows) - len(texts)
    assert f"... {table.left_out} more ..." in str(table)
    assert table.rows[-2:] == full.rows[-2:]


def test_branches_show_what_was_executed():
    def pick(x, y):
        if x > y:
            z = x * y
        else:
            z = x - y
        return z * z

    texts = [row.primal.text for row in srcad.trace(pick).table(1.0, 2.0).rows if row.primal]
    assert "z = x - y" in texts
    assert "z = x * y" not in texts


def test_a_call_is_one_statement():
    table = srcad.trace(calls).table(1.0, 2.0)
    row = next(row for row in table.rows if row.primal and row.primal.text == "u = long(x, y)")
    assert row.primal.values == (long(1.0, 2.0),)
    assert row.tangent.text == "u, u_dot = long_tangent(x, y, x_dot, y_dot)"
    np.testing.assert_allclose(row.tangent.values, srcad.grad(long, argnums=(0, 1))(1.0, 2.0))


def test_arguments_keep_their_values_and_print_happens_once(capsys):
    x = np.array([1.0, 2.0])
    srcad.trace(scaled).table(x)
    assert capsys.readouterr().out == "scaled\n"
    assert x.tolist() == [1.0, 2.0]


def test_data_are_read_when_the_table_is_made(monkeypatch):
    shown = srcad.trace(scaled)
    assert shown.table(2.0).rows[0].adjoint.values == (3.0,)
    monkeypatch.setattr(f"{__name__}.SCALE", 4.0)
    assert shown.table(2.0).rows[0].adjoint.values == (4.0,)


def test_derivatives_and_library_functions_have_traces():
    table = srcad.trace(srcad.grad(lecture)).table(2.0, 5.0)
    assert [row.adjoint.values[0] for row in table.rows[:2]] == [-0.25, 1.0]
    rows = srcad.trace(np.sin).table(2.0).rows
    sine = next(row for row in rows if row.primal and row.primal.text == "v1 = np.sin(x)")
    assert sine.tangent.values == (np.cos(2.0),)


# --- arguments --------------------------------------------------------------------------------------------------------


def test_argnums():
    table = srcad.trace(lecture).table(2.0, 5.0, argnums=1)
    assert table.directions == ("x2_dot = 1",)
    assert table.rows[0] == Row(Cell("x1", (2.0,)))
    assert srcad.trace(lecture).table(2.0, 5.0, argnums="x2").directions == ("x2_dot = 1",)
    assert srcad.trace(lecture).table(2.0, 5, argnums=(1, 0)).directions == ("x2_dot = 1", "x1_dot = 1")


def test_no_argnums_is_the_primal_alone():
    table = srcad.trace(lecture).table(2.0, 5.0, argnums=())
    assert table.directions == ()
    assert "tangent" not in str(table)
    assert table.rows[-1].primal == Cell("result", (lecture(2.0, 5.0),))


def test_keyword_arguments():
    table = srcad.trace(newton).table(2.0, kwargs={"n": 3})
    assert table.rows[1] == Row(Cell("n", (3,)))


@pytest.mark.parametrize(("values", "expected"), [
    ([2, 5], (0, 1)), ([2.0, 5], (0,)), ([np.ones(2), 3, "mean"], (0,)), ([[1.0, 2], True], (0,)), ([np.arange(3)], ()),
    ([{"a": 1j}], (0,)), ([None], ()),
])
def test_default_argnums(values, expected):
    assert default_argnums(values) == expected


def test_errors():
    with pytest.raises(ArgumentError, match="limit"):
        srcad.trace(lecture).table(2.0, 5.0, limit=1)
    with pytest.raises(ArgumentError, match="missing"):
        srcad.trace(lecture).table(2.0)
    with pytest.raises(KindError, match="cannot be differentiated"):
        srcad.trace(annotated).table(np.arange(3), argnums=0)


def test_an_error_says_which_line_it_came_from():
    with pytest.raises(ValueError, match=r"domain|positive") as caught:
        srcad.trace(lecture).table(-2.0, 5.0)
    assert any("return math.log(x1) + x1 * x2 - math.sin(x2)" in note for note in caught.value.__notes__)


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "text"), [
    (11.6520714, "11.652"), (5.0, "5"), (-0.0, "0"), (1.00000001, "1.000"), (1e-9, "1.000e-09"), (1e12, "1.000e+12"),
    (math.inf, "inf"), (-math.inf, "-inf"), (math.nan, "nan"), (0.1 + 0.2j, "0.1+0.2j"), (1 - 2j, "1-2j"),
    (3, "3"), (True, "True"), (None, ""), ("mean", "'mean'"), (math.sin, "sin"),
    (np.float32(0.5), "0.5"), (np.array(2.0), "2"), (np.array([1.0, 0.25]), "[1, 0.25]"),
    (np.zeros((3, 4)), "float64[3, 4]"),
    ((1.0,), "(1,)"), ([1.0, None], "[1, None]"), ({"a": 1.5}, "{'a': 1.5}"), (list(range(9)), "list of 9"),
])
def test_values_are_short(value, text):
    assert show_value(value) == text


# --- every program ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", PROGRAMS[::7], ids=lambda p: p.name)
def test_programs(program):
    """The columns end in the result, its tangent and the adjoints that the derivatives themselves give."""
    point = program.points[0]
    with np.errstate(all="ignore"):
        try:
            y, pullback = srcad.vjp(program.function, *point, argnums=program.argnums, kwargs=program.kwargs)
        except SrcadError:
            pytest.skip("refused")
        bars = pullback(filled(y, 1.0))
        table = srcad.trace(program.function).table(*point, argnums=program.argnums, kwargs=program.kwargs, limit=50)
    result = next(row.primal.values[0] for row in reversed(table.rows) if row.primal and row.primal.text == "result")
    assert_same(result, y)
    both = [row for row in table.rows if row.tangent and row.primal]
    arguments = [row for row in both if row.tangent.text == f"{row.primal.text}_dot"]
    # In the order of the parameters, which need not be that of argnums.
    order = sorted(range(len(bars)), key=lambda k: program.argnums[k] % len(point))
    for row, k in zip(arguments, order):
        assert_same(row.adjoint.values[0], bars[k])
    lines = str(table).splitlines()
    assert len(lines) == len(table.rows) + 2 + (table.left_out > 0)
    assert len({line.count(" | ") for line in table.markdown().replace("\\|", "").splitlines()}) == 1
