"""Generated source is what it was. If a change is meant: ``python tests/golden/regenerate.py``, and read the diff."""

from __future__ import annotations

import pytest

from golden.programs import SHOWN
from golden.regenerate import TEXTS, text


@pytest.mark.parametrize("name", SHOWN)
def test_source(name):
    assert text(name) == (TEXTS / f"{name}.txt").read_text(encoding="utf-8")


def test_every_text_has_its_function():
    assert {path.stem for path in TEXTS.glob("*.txt")} == set(SHOWN)
