"""Random programs that write in place: value, gradients, final state of the arguments, both modes."""

from __future__ import annotations

import pytest

from .fuzz import main, run

QUICK = 60
LONG = 5000


def fail(seed: int, why: str, text: str) -> None:
    pytest.fail(f"seed {seed}: {why}\n{text}")


def test_random_programs():
    count = run(range(QUICK), fail)
    assert count["ok"] > QUICK * 3 // 4, count


@pytest.mark.slow
def test_many_random_programs():
    count = run(range(QUICK, LONG), fail)
    assert count["ok"] > (LONG - QUICK) * 3 // 4, count


def test_command(capsys):
    assert main(["--seed", "3", "--count", "2"]) == 0
    assert "2 programs from seed 3" in capsys.readouterr().out
