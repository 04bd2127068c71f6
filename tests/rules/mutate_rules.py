"""Mutation test of the rule matrix: does the generated test of a rule notice a wrong sign, or a factor that is missing?

Run as a script: ``python tests/rules/mutate_rules.py [part of a module's or function's name ...]``. For every body of
every rule, each assigned derivative is negated once, and each product or quotient loses its second operand once; then
the rule's cases are checked to first order, real and complex, until one fails. What is printed are the mutants that
none of them notices.
"""

from __future__ import annotations

import ast
import copy
import inspect
import linecache
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rules.matrix import CASES, Case

from srcad.rules import registry
from srcad.testing import check_grads

SUFFIXES = ("_bar", "_dot")


def derivatives(function: ast.FunctionDef, partials: bool) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Where the body states derivatives: (node, field, index in a tuple)."""
    for node in ast.walk(function):
        stated = (isinstance(node, ast.Return) and node.value is not None if partials else
                  isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
                  and node.targets[0].id.endswith(SUFFIXES))
        if not stated:
            continue
        if isinstance(node.value, ast.Tuple):
            yield from ((node.value, "elts", k) for k in range(len(node.value.elts)))
        else:
            yield node, "value", None


def factors(function: ast.FunctionDef) -> Iterator[ast.BinOp]:
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            yield node


def is_trivial(expression: ast.expr) -> bool:
    """Is it zero, whose sign does not matter?"""
    text = ast.unparse(expression)
    return text in ("None", "0.0") or text.startswith(("0.0 * ", "zeros_like(", "np.zeros_like("))


def mutants(body: Callable, partials: bool) -> Iterator[tuple[str, ast.Module]]:
    """Descriptions and trees of the body with one thing wrong."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(body)))
    tree.body[0].decorator_list = []
    for k, (node, field, index) in enumerate(derivatives(tree.body[0], partials)):
        expression = getattr(node, field) if index is None else getattr(node, field)[index]
        if is_trivial(expression):
            continue
        mutant = copy.deepcopy(tree)
        node, field, index = list(derivatives(mutant.body[0], partials))[k]
        negated = ast.UnaryOp(ast.USub(), copy.deepcopy(expression))
        if index is None:
            setattr(node, field, negated)
        else:
            getattr(node, field)[index] = negated
        yield f"negated: {ast.unparse(expression)}", mutant
    for k, node in enumerate(factors(tree.body[0])):
        mutant = copy.deepcopy(tree)
        wrong = list(factors(mutant.body[0]))[k]
        text = ast.unparse(node)
        wrong.op, wrong.right = ast.Add(), ast.Constant(0.0)
        yield f"second operand left out: {text}", mutant


def compiled(body: Callable, tree: ast.Module, number: int) -> Callable:
    """The mutant as a function whose source can be found."""
    text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    filename = f"<mutant {number} of {body.__name__}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace = dict(body.__globals__)
    exec(compile(text, filename, "exec"), namespace)
    return namespace[body.__name__]


def is_noticed(cases: list[Case]) -> bool:
    for dtype in (float, complex):
        for case in cases:
            if dtype is complex and not case.rule.complex:
                continue
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    check_grads(case.run, case.operands(dtype), order=1, argnums=case.argnums)
            except Exception:
                return True
    return False


def bodies() -> dict:
    """(body, attribute of the rule) → the rules that share it, and the cases of those."""
    found: dict = {}
    for rule in registry.RULES.values():
        for attribute in ("partials", "adjoint", "tangent"):
            body = getattr(rule, attribute)
            if body is not None:
                found.setdefault((body, attribute), []).append(rule)
    return {key: (rules, [c for c in CASES if any(c.rule is r for r in rules)]) for key, rules in found.items()}


def main(wanted: list[str]) -> int:
    survivors = total = 0
    for (body, attribute), (rules, cases) in bodies().items():
        name = f"{body.__module__}.{body.__name__}"
        if wanted and not any(w in name for w in wanted):
            continue
        if not cases:
            print(f"{name}: no case")
            continue
        for description, tree in mutants(body, attribute == "partials"):
            total += 1
            mutant = compiled(body, tree, total)
            for rule in rules:
                setattr(rule, attribute, mutant)
            registry.generation += 1
            noticed = is_noticed(cases)
            for rule in rules:
                setattr(rule, attribute, body)
            registry.generation += 1
            if not noticed:
                survivors += 1
                print(f"{name}: {description}")
    print(f"{total} mutants, {survivors} not noticed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
