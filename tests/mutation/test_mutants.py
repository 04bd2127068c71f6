"""The mutants of the compiler can be made; ``-m slow`` runs them all."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from mutate_compiler import MUTANTS, main, text_of


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_a_mutant_is_legal_source(mutant):
    ast.parse(text_of(mutant))


@pytest.mark.slow
def test_every_mutant_is_noticed():
    assert main([]) == 0
