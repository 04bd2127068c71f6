"""Programs rewritten such that the gradient must stay: other names, dead code, loops written out, copies, helpers."""

from __future__ import annotations

import ast
import functools
import re

import numpy as np
import pytest

import srcad

from .check import own
from .fuzz import Share, arguments, verdict
from .random_programs import HEAD, Generator, N, lines, load, source

SEEDS = range(40, 48)
#: What generated programs call things, and names that generated derivatives use themselves.
OWN_NAMES = ["tape", "saved", "x_bar", "y_dot", "d", "v1", "v2", "saved_1", "out", "g", "x_1", "A_bar", "trips", "operator",
             "x_dot_1", "check_separate", "zeros", "row", "i", "j", "tape_1", "v1_bar", "snapshot", "unbroadcast"]
#: A name of a generated program.
NAMES = r"\b(?:[xyAc]|(?:[vsiwkmqdB]|row)\d+)\b"


def rename(text: str) -> str:
    """Other names for everything."""
    head, body = text[:len(HEAD)], text[len(HEAD):]
    names = sorted(set(re.findall(NAMES, body)), key=lambda n: (len(n), n))
    new = dict(zip(names, [*OWN_NAMES, *(f"x_bar_{k}" for k in range(len(names)))]))
    return head + re.sub(NAMES, lambda m: new[m.group()], body)


def with_dead_code(tree: list) -> list:
    """Statements between all others that nothing depends on."""
    dead = [["dead = x * 2.0"], ["dead = np.zeros(3)", "dead[1] = x[0]", "dead *= dead"],
            ["dead = x[1:]", "dead = dead.copy()", "dead += 1.0"], ["dead = A.T", "dead = y"], ["dead = c * 2.0", "dead += dead"]]
    made: list = []
    for k, node in enumerate(tree):
        if node[0] != "else:":
            made += dead[k % len(dead)]
        made.append(node if isinstance(node, str) else (node[0], with_dead_code(node[1])))
    return made


def written_out(tree: list) -> list:
    """Loops over a known number of trips, trip by trip."""
    made: list = []
    for node in tree:
        if isinstance(node, str):
            made.append(node)
            continue
        body = written_out(node[1])
        counted = re.fullmatch(r"for (\w+) in range\((\d+)\):", node[0])
        rows = re.fullmatch(r"for (\w+) in A:", node[0])
        if {"break", "continue"} & {line.strip() for line in lines(body)}:
            made.append((node[0], body))
        elif counted:
            for k in range(int(counted.group(2))):
                made += [f"{counted.group(1)} = {k}", *body]
        elif rows and not any("A = " in line for line in lines(body)):
            for k in range(N):
                made += [f"{rows.group(1)} = A[{k}]", *body]
        else:
            made.append((node[0], body))
    return made


def parsed(node: str) -> ast.stmt | None:
    """One line as a statement; None for what is one only inside a loop or a function."""
    return None if node.startswith(("break", "continue", "return")) else ast.parse(node).body[0]


def with_copies(tree: list) -> list:
    """A copy of what is assigned to elements: NumPy assigns as if there were one."""
    made: list = []
    for node in tree:
        if not isinstance(node, str):
            made.append((node[0], with_copies(node[1])))
            continue
        stmt = parsed(node)
        place = stmt.targets[0] if isinstance(stmt, ast.Assign) else stmt.target if isinstance(stmt, ast.AugAssign) else None
        if isinstance(place, ast.Subscript) or isinstance(stmt, ast.AugAssign) and place.id[0] in "xyAvw":
            stmt.value = ast.BinOp(stmt.value, ast.Mult(), ast.Constant(1.0))
            node = ast.unparse(stmt)
        made.append(node)
    return made


def with_helpers(tree: list, helpers: list) -> list:
    """Statements that bind no name, each in a function of its own."""
    made: list = []
    for node in tree:
        if not isinstance(node, str):
            made.append((node[0], with_helpers(node[1], helpers)))
            continue
        stmt = parsed(node)
        target = stmt.targets[0] if isinstance(stmt, ast.Assign) else stmt.target if isinstance(stmt, ast.AugAssign) else None
        binds_none = isinstance(target, ast.Subscript) or isinstance(stmt, ast.Expr)
        if not binds_none:
            made.append(node)
            continue
        names = sorted({n.id for n in ast.walk(stmt) if isinstance(n, ast.Name)} & names_of(node))
        helpers.append(f"def helper{len(helpers)}({', '.join(names)}):\n    {node}\n")
        made.append(f"helper{len(helpers) - 1}({', '.join(names)})")
    return made


def names_of(text: str) -> set:
    return set(re.findall(NAMES, text))


def helped(tree: list, last: str) -> str:
    helpers: list = []
    inner = with_helpers(tree, helpers)
    return HEAD + "\n\n".join(helpers) + "\n\n" + source(inner, last)[len(HEAD):]


REWRITES = {
    "names": lambda tree, last: rename(source(tree, last)),
    "dead code": lambda tree, last: source(with_dead_code(tree), last),
    "loops written out": lambda tree, last: source(written_out(tree), last),
    "copies": lambda tree, last: source(with_copies(tree), last),
    "helpers": helped,
}


def weighted(y):
    if isinstance(y, tuple):
        return tuple(map(weighted, y))
    return np.cos(np.arange(np.size(y))).reshape(np.shape(y)) if np.shape(y) else 1.0


def derivatives(text: str) -> list:
    """The adjoints and the tangent of a program, as numbers."""
    f = load(text)
    args = arguments()
    y = f(*own(args))
    bars = srcad.vjp(f, *own(args))[1](weighted(y))
    _, y_dot = srcad.jvp(f, tuple(own(args)), tuple(own(args)))
    flat = y_dot if isinstance(y_dot, tuple) else (y_dot,)
    return [*bars, *flat]


@functools.cache
def original(seed: int) -> list | None:
    """The derivatives of a program as it was generated; None if it is not differentiated."""
    made = Generator(seed)
    text = source(made.tree, made.last)
    return derivatives(text) if verdict(text, Share(optimize=(True,), how=()))[0] == "ok" else None


@pytest.mark.parametrize("rewrite", REWRITES)
@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_stay(seed, rewrite):
    made = Generator(seed)
    expected = original(seed)
    if expected is None:
        pytest.skip("not differentiated")
    other = REWRITES[rewrite](made.tree, made.last)
    for a, b in zip(expected, derivatives(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9, err_msg=other)
