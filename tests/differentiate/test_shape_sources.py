"""Derivatives ask for shapes of the earliest value that has them, and go through no chain of operations twice."""

import linecache

import numpy as np

from srcad import grad
from srcad.specialise import attributes


def chain(length: int):
    body = "".join(f"    x = x + np.mean(np.sin(x)) / {k + 1}.0\n" for k in range(length))
    text = f"def f(x):\n{body}    return np.sum(x)\n"
    filename = f"<a chain of {length}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    names = {"np": np, "__name__": __name__}
    exec(compile(text, filename, "exec"), names)
    return names["f"]


def test_the_earliest_value_is_asked():
    g = grad(chain(3))
    g(np.ones(4))
    assert "x.shape" in g.source or "x.size" in g.source


def test_the_work_grows_with_the_length(monkeypatch):
    asked = []
    look = attributes._operand_of_its_shape
    monkeypatch.setattr(attributes, "_operand_of_its_shape", lambda s, array: asked.append(array) or look(s, array))
    counts = []
    for length in (20, 80):
        asked.clear()
        grad(chain(length))(np.ones(4))
        counts.append(len(asked))
    assert 0 < counts[1] <= 5 * counts[0]
