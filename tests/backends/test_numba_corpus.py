"""The corpus of programs under Numba: each gives NumPy's value and Python's gradient, or is refused for a reason that has a name.

Every run takes a few programs; ``-m slow`` takes all of them.
"""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba", reason="the newest Python may have no Numba yet")

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "numba_corpus.py"
#: Wrong numbers, and errors that are not srcad's.
FAILURES = re.compile("another |error: ")
#: What runs, one program of each family that has a form of its own under Numba.
SHARE = ("loops.defined_only_in_loop", "loops.over_reversed", "early_returns.from_two_loops_deep", "structures.dict_argument",
         "structures.nested_tuples", "comprehensions.two_loops", "functional.writes_at_subscripts", "realistic.heat_equation",
         "effects.draws_in_a_loop", "arrays_elementwise.single_precision_functions", "realistic.horner")


@pytest.fixture(scope="module")
def corpus():
    """The script that fills the table of docs/numba.md."""
    spec = importlib.util.spec_from_file_location("numba_corpus", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_share_runs(corpus):
    chosen = [p for p in corpus.PROGRAMS if p.name in SHARE]
    assert len(chosen) >= 8
    assert {p.name: why for p in chosen if (why := corpus.verdict(p)) != "runs"} == {}


@pytest.mark.slow
def test_all_run_or_have_a_reason(corpus):
    found = {p.name: corpus.verdict(p) for p in corpus.PROGRAMS}
    assert {name: why for name, why in found.items() if FAILURES.match(why)} == {}
    assert sum(why == "runs" for why in found.values()) > 0.85 * len(found)


def test_results_are_kept(corpus, tmp_path, capsys):
    results = tmp_path / "found.jsonl"
    results.write_text('["scalars.a", "runs", false]\n', encoding="utf-8")
    assert corpus.kept(results) == {"scalars.a": ("runs", False)}
    for _ in range(2):
        corpus.main(["--only", "idioms.counted_letters", "--results", str(results)])
    assert results.read_text(encoding="utf-8").count("idioms.counted_letters") == 1
    assert "Numba has no form of `collections.Counter`" in capsys.readouterr().out


def test_which_functions_numba_runs(corpus):
    by_name = {p.name: p for p in corpus.PROGRAMS}
    assert corpus.runs_itself(by_name["recursion.mutual"])          # calls another function of its module
    assert not corpus.runs_itself(by_name["idioms.counted_letters"])


def test_the_table(corpus):
    text = corpus.table({"a.b": ("runs", False), "a.c": ("no | form", False), "a.d": ("no | form", True)})
    assert "1 of 3 programs" in text and "Numba runs 1 itself" in text
    assert "| `a.c`, `a.d` * | no / form |" in text
    page = corpus.PAGE.read_text(encoding="utf-8")
    assert page.index(corpus.BEGIN) < page.index("programs of the test corpus run") < page.index(corpus.END)
