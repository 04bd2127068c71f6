"""Random programs that change lists, dicts and objects: value, gradients, both modes."""

from __future__ import annotations

import pytest

from .fuzz import main, run
from .random_containers import Generator
from .test_random import fail

QUICK = 25
LONG = 4000


def test_random_programs():
    count = run(range(QUICK), fail, Generator)
    assert count["ok"] > QUICK * 3 // 4, count


@pytest.mark.slow
def test_many_random_programs():
    count = run(range(QUICK, LONG), fail, Generator)
    assert count["ok"] > (LONG - QUICK) * 3 // 4, count


def test_command(capsys):
    assert main(["--seed", "3", "--count", "1", "--containers"]) == 0
    assert "1 programs from seed 3" in capsys.readouterr().out
