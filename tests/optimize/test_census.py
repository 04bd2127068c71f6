"""Passes that say what they look for are left out where it is not there, and only there."""

import math

import numpy as np
import pytest

from srcad import grad
from srcad.optimize import pipeline
from srcad.optimize.pipeline import PASSES, watched


def passes_that_did_something(function, *args) -> dict[str, int]:
    done: dict[str, int] = {}
    with watched(lambda _, step, count: done.update({step.name: done.get(step.name, 0) + count})):
        grad(function)(*args)
    return done


@pytest.mark.parametrize(("name", "function", "x"), [
    ("signs", lambda x: 1.0 / (1.0 + math.exp(-x)), 2.0),
    ("doubles", lambda x: 1.5 * np.sum(x * x), np.ones(3)),
    ("transposes", lambda x: np.sum((x.T @ x) ** 2.0), np.ones((2, 2))),
])
def test_a_pass_finds_what_it_looks_for(name, function, x):
    assert passes_that_did_something(function, x)[name]


def test_whole_numbers_are_found():
    assert passes_that_did_something(lambda x, n: x * n, 2.0, 3)["whole numbers"]


def test_every_pass_is_told_of_and_idle_ones_are_not_run(monkeypatch):
    def run(function):
        raise AssertionError("there is nothing to cross")

    step = next(step for step in PASSES if step.name == "crosses")
    other = pipeline.Pass(step.name, run, step.reason, step.backends, step.looks_for)
    monkeypatch.setattr(pipeline, "PASSES", tuple(other if s is step else s for s in PASSES))
    names = [step.name for step in PASSES if "python" in step.backends]
    assert list(passes_that_did_something(lambda x: x * x, 2.0))[-len(names):] == names


def test_what_a_pass_brings_in_is_seen_by_those_after_it(monkeypatch):
    """The census is taken again when something has changed."""
    seen = []

    def bring(function):
        for stmt in function.body.stmts:
            if getattr(stmt, "fn", None) is np.sin:
                stmt.fn = np.negative
        return 1

    monkeypatch.setattr(pipeline, "PASSES", (
        pipeline.Pass("first", lambda f: 0, "", looks_for=frozenset({np.sin})), pipeline.Pass("bring", bring, ""),
        pipeline.Pass("then", lambda f: seen.append("then") or 0, "", looks_for=frozenset({np.negative})),
        pipeline.Pass("gone", lambda f: seen.append("gone") or 0, "", looks_for=frozenset({np.sin}))))
    grad(lambda x: np.cos(x))(2.0)
    assert seen == ["then"]
