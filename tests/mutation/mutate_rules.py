"""Mutation test of the rules: does a rule's generated test notice a wrong sign, or a factor that is missing?

Run as a script: ``python tests/mutation/mutate_rules.py [part of a module's or function's name ...]``. For every body of
every rule, for every function of a rule module that bodies call, and for every function that a table of distributions
is made of: each derivative that is assigned or returned is negated once, each difference becomes a sum and each sum a
difference, and each product or quotient loses its second operand once. Then the cases of the rules that use it are
checked to first order, real and complex, until one fails. What is printed are the mutants that none of them notices.
"""

from __future__ import annotations

import ast
import copy
import linecache
import sys
import textwrap
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from rules.forms import Form, check_form, make_forms
from rules.matrix import CASES

from srcad.frontend.source import find_source
from srcad.rules import registry
from srcad.testing import check_grads

SUFFIXES = ("_bar", "_dot")
OTHER_SIGN = {ast.Add: ast.Sub, ast.Sub: ast.Add}


# ---------------------------------------------------------------------------------------------------------------------
# Mutants


def derivatives(function: ast.AST, returned: bool) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Where the body states derivatives: (node, field, index in a tuple)."""
    if isinstance(function, ast.Lambda):
        yield function, "body", None
        return
    for node in ast.walk(function):
        stated = (isinstance(node, ast.Return) and node.value is not None if returned else
                  isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
                  and node.targets[0].id.endswith(SUFFIXES))
        if not stated:
            continue
        if isinstance(node.value, ast.Tuple):
            yield from ((node.value, "elts", k) for k in range(len(node.value.elts)))
        else:
            yield node, "value", None


def operations(function: ast.AST, kinds: tuple) -> list[ast.BinOp]:
    """The operations of these kinds, without what keeps a quotient 0 / 0 from being one: ``x / (y + (y == 0))``."""
    in_calls = {id(a) for node in ast.walk(function) if isinstance(node, ast.Call) for a in node.args}
    return [node for node in ast.walk(function) if isinstance(node, ast.BinOp) and isinstance(node.op, kinds)
            and (id(node) in in_calls or not ast.unparse(node).endswith("== 0)")) and not ast.unparse(node).endswith(" + 0j")]


def is_trivial(expression: ast.expr) -> bool:
    """Is it zero, whose sign does not matter, or not a number at all?"""
    text = ast.unparse(expression)
    return text in ("None", "0.0", "True", "False", "lambda z: 0.0") or text.startswith(
        ("0.0 * ", "zeros_like(", "np.zeros_like(", "np.zeros(", "as_given(np.zeros(", "runtime.zeros_like(", "'"))


def negated(expression: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.USub(), copy.deepcopy(expression))


def mutants(tree: ast.AST, returned: bool) -> Iterator[tuple[str, ast.AST]]:
    """Descriptions and trees of a function with one thing wrong."""
    for k, (node, field, index) in enumerate(derivatives(tree, returned)):
        expression = getattr(node, field) if index is None else getattr(node, field)[index]
        if is_trivial(expression) or isinstance(expression, ast.Starred):
            continue
        mutant = copy.deepcopy(tree)
        node, field, index = list(derivatives(mutant, returned))[k]
        if index is None:
            setattr(node, field, negated(expression))
        else:
            getattr(node, field)[index] = negated(expression)
        yield f"negated: {ast.unparse(expression)}", mutant
    for k, node in enumerate(operations(tree, (ast.Mult, ast.Div))):
        mutant = copy.deepcopy(tree)
        wrong = operations(mutant, (ast.Mult, ast.Div))[k]
        wrong.op, wrong.right = ast.Add(), ast.Constant(0.0)
        yield f"second operand left out: {ast.unparse(node)}", mutant
    for k, node in enumerate(operations(tree, (ast.Add, ast.Sub))):
        mutant = copy.deepcopy(tree)
        wrong = operations(mutant, (ast.Add, ast.Sub))[k]
        wrong.op = OTHER_SIGN[type(wrong.op)]()
        yield f"the other sign: {ast.unparse(node)}", mutant


def tree_of(function: types.FunctionType) -> ast.AST:
    """The function's own syntax tree, without decorators."""
    source = find_source(function)
    node, lines = source.node, list(source.lines[source.node.lineno - 1: source.node.end_lineno])
    if type(node).__name__ == "Lambda":
        lines[-1] = lines[-1].encode()[:node.end_col_offset].decode()
        lines[0] = lines[0].encode()[node.col_offset:].decode()
        return ast.parse("(" + "\n".join(lines) + ")", mode="eval").body
    tree = ast.parse(textwrap.dedent("\n".join(lines))).body[0]
    tree.decorator_list = []
    return tree


def compiled(function: types.FunctionType, tree: ast.AST, number: int) -> types.FunctionType:
    """The mutant as a function whose source can be found."""
    name = function.__name__ if isinstance(tree, ast.FunctionDef) else "mutant"
    text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    if isinstance(tree, ast.Lambda):
        text = f"mutant = {text}"
    filename = f"<mutant {number} of {function.__name__}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    cells = zip(function.__code__.co_freevars, function.__closure__ or ())
    namespace = dict(function.__globals__) | {n: c.cell_contents for n, c in cells}
    exec(compile(text, filename, "exec"), namespace)
    return namespace[name]


# ---------------------------------------------------------------------------------------------------------------------
# What is mutated: bodies of rules, and functions that they call


@dataclass
class Subject:
    """A function that is part of rules, with all closures of its code; each has what puts another one in its place."""

    parts: list[tuple[types.FunctionType, Callable]]
    returned: bool
    rules: list

    @property
    def function(self) -> types.FunctionType:
        return self.parts[0][0]

    @property
    def name(self) -> str:
        where = self.function.__code__
        short = self.function.__module__.removeprefix("srcad.rules.")
        line = f":{where.co_firstlineno}" if self.function.__name__ == "<lambda>" else ""
        return f"{short}.{self.function.__name__}{line}"


def all_bodies() -> dict[types.FunctionType, list[tuple]]:
    """Body → (rule, attribute) of the rules that have it, of srcad's own."""
    found: dict = {}
    for rule in registry.RULES.values():
        for attribute in ("partials", "adjoint", "tangent"):
            body = getattr(rule, attribute)
            if body is not None and body.__module__.startswith("srcad.rules."):
                found.setdefault(body, []).append((rule, attribute))
    return found


def called(function: types.FunctionType) -> list[tuple[types.FunctionType, Callable]]:
    """The functions of rule modules that a function names, each with what puts another one in its place."""
    found = []
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if is_plain(value):
            found.append((value, everywhere(value)))
    for cell in function.__closure__ or ():
        if is_plain(cell.cell_contents):
            found.append((cell.cell_contents, lambda f, cell=cell: setattr(cell, "cell_contents", f)))
    return found


def is_plain(value) -> bool:
    return (isinstance(value, types.FunctionType) and value.__module__.startswith("srcad.rules.")
            and not hasattr(value, "__srcad_call__") and value.__module__ not in ("srcad.rules.static", "srcad.rules.registry"))


def everywhere(function: types.FunctionType) -> Callable:
    """Puts another function in the place of one, in all modules that have imported it."""
    places = [(vars(m), n) for k, m in list(sys.modules.items()) if k.startswith("srcad.rules.")
              for n, v in vars(m).items() if v is function]

    def put(other):
        for namespace, name in places:
            namespace[name] = other
    return put


def subjects() -> list[Subject]:
    """Every function once; closures with the same code are one."""
    found: dict = {}
    for body, uses in all_bodies().items():
        def put(other, uses=uses):
            for rule, attribute in uses:
                setattr(rule, attribute, other)

        subject = found.setdefault(body.__code__, Subject([], uses[0][1] == "partials", []))
        subject.parts.append((body, put))
        subject.rules += [r for r, _ in uses]
    helpers: dict = {}
    for body, uses in all_bodies().items():
        pending, seen = [body], {body}
        while pending:
            for function, put in called(pending.pop()):
                if function not in seen and function.__code__ not in found:
                    seen.add(function)
                    pending.append(function)
                    subject = helpers.setdefault(function.__code__, Subject([], True, []))
                    if function not in [f for f, _ in subject.parts]:
                        subject.parts.append((function, put))
                    subject.rules += [r for r, _ in uses if r not in subject.rules]
    return [*found.values(), *helpers.values()]


#: Mutants that mean the same: what a function is squared, or clamped to where there is nothing.
EQUIVALENT = {
    ("numpy_statistics.without_mean", "negated: rows - np.mean(rows, axis=1, keepdims=True)"),
    ("numpy_statistics.row_norms", "negated: np.sqrt(np.sum(np.real(rows * np.conj(rows)), axis=1, keepdims=True))"),
    ("numpy_nan.middle_weights", "the other sign: count - 1"),
    ("numpy_nan.row_slopes", "the other sign: count - 2"),
    ("numpy_statistics.quantile_slopes", "the other sign: n - 2"),
    ("numpy_statistics.median_weights", "the other sign: n - 1"),
    ("scipy_factorisations._lu_tangent", "negated: None if p_indices else np.zeros_like(y[0])"),
    ("matrices.over_gaps", "the other sign: values[..., None, :] - values[..., :, None] + own"),
    ("scipy_stats.over", "the other sign: z + ((p == 0) & (z == 0))"),
    ("builtins.smallest", "second operand left out: 1.0 * (a == z)"),
}


# ---------------------------------------------------------------------------------------------------------------------
# Cases


def cases() -> dict:
    """Rule → its checks, in order."""
    found: dict = {}
    for case in CASES:
        for dtype in (float, complex) if case.rule.complex else (float,):
            found.setdefault(case.rule, []).append(
                lambda case=case, dtype=dtype: check_grads(case.run, case.operands(dtype), order=1, argnums=case.argnums))
    for rule, form in at_zero():
        found.setdefault(rule, []).append(lambda form=form: check_form(form, second=False))
    for rule, form in scipy_forms():
        for dtype in (float, complex) if rule.complex else (float,):
            found.setdefault(rule, []).append(lambda form=form, dtype=dtype: check_form(form, dtype, second=False))
    return found


#: Where singular values are zero, and derivatives are, but not second ones.
AT_ZERO = {
    np.linalg.svdvals: "np.linalg.svdvals({})", np.linalg.svd: "np.linalg.svd({}, compute_uv=False)",
    np.linalg.norm: "np.linalg.norm({}, 2)", np.linalg.matrix_norm: "np.linalg.matrix_norm({}, ord='nuc')",
}


def at_zero() -> Iterator[tuple]:
    """(rule, form) at a matrix of zeros that moves."""
    forms = [Form(text.format("(x - srcad.stop_gradient(x))"), x=(2, 2)) for text in AT_ZERO.values()]
    yield from zip([registry.RULES[fn] for fn in AT_ZERO], make_forms(forms, name="forms_at_zero"))


def scipy_forms() -> Iterator[tuple]:
    """(rule, form) of SciPy's functions; nothing without SciPy."""
    try:
        from rules import test_scipy_linalg, test_scipy_signal, test_scipy_special, test_scipy_stats
    except BaseException as error:        # pytest's Skipped is no Exception
        if type(error).__name__ != "Skipped":
            raise
        return
    yield from test_scipy_linalg.CASES
    yield from test_scipy_signal.CASES
    yield from test_scipy_special.FORMS
    yield from test_scipy_stats.CASES


def is_noticed(checks: list[Callable]) -> bool:
    for check in checks:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                check()
        except Exception:
            return True
    return False


def main(wanted: list[str]) -> int:
    survivors = total = 0
    known = cases()
    for subject in subjects():
        if wanted and not any(w in subject.name for w in wanted):
            continue
        checks = [check for rule in subject.rules for check in known.get(rule, ())]
        if not checks:
            print(f"{subject.name}: no case", flush=True)
            continue
        for description, tree in mutants(tree_of(subject.function), subject.returned):
            if (subject.name, description) in EQUIVALENT:
                continue
            total += 1
            for function, put in subject.parts:
                put(compiled(function, tree, total))
            registry.generation += 1
            noticed = is_noticed(checks)
            for function, put in subject.parts:
                put(function)
            registry.generation += 1
            if not noticed:
                survivors += 1
                print(f"{subject.name}: {description}", flush=True)
    print(f"{total} mutants, {survivors} not noticed", flush=True)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
