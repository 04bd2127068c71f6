"""The examples of the documentation run, and give what their comments say."""

import ast
import linecache
import re
from pathlib import Path

import numpy as np
import pytest

DOCS = Path(__file__).parents[2] / "docs"


def statements(text: str, name: str):
    """(statement, the value that its comment says or None), over all blocks of a page."""
    code = "\n\n".join(re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    lines = code.splitlines()
    for stmt in ast.parse(code).body:
        comment = lines[stmt.end_lineno - 1][stmt.end_col_offset:].partition("#")[2].strip()
        yield stmt, comment


@pytest.mark.parametrize("page", ["rules_of_your_own.md", "api.md", "autograd.md"])
def test_examples(page):
    name = f"<docs {page}>"
    namespace: dict = {"__name__": "docs"}
    shown = 0
    for stmt, comment in statements((DOCS / page).read_text(encoding="utf-8"), name):
        if isinstance(stmt, ast.Expr) and comment:
            value = eval(compile(ast.Expression(stmt.value), name, "eval"), namespace)
            expected = eval(comment.partition(", where")[0], {"array": np.array})
            np.testing.assert_allclose(np.array(value, float), np.array(expected, float))
            shown += 1
        else:
            exec(compile(ast.Module([stmt], []), name, "exec"), namespace)
    assert shown >= 4
