"""The list of all rules as a page, made from the registry: ``python -m srcad.rules.document > docs/rules.md``.

Enters: the registry and the classification. Leaves: Markdown, a table for every module of rules, with one row for each
function: in which arguments it has a derivative, which others the rule takes, in which modes, and what is agreed on at
single points (the first paragraph of the rule's docstring).
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib
import inspect
import operator
import statistics
import sys
import textwrap
import warnings

import gast
import numpy as np

import srcad.compile  # noqa: F401 - the compiler's modules import one another: this is where that starts
from srcad.rules import families
from srcad.rules.classification import INACTIVE, NAMESPACES, REFUSED, found
from srcad.rules.registry import RULES, Rule, assigned_names
from srcad.specialise.distributions import METHODS, is_distribution
from srcad.trace.purity import is_hashable

TITLE = """# Rules

Every function that srcad has a derivative rule for, made by `python -m srcad.rules.document` from the registry
(NumPy {numpy}, Python {python}). A rule gives derivatives of any order, in forward and in reverse mode, unless a mode
is named. A function in none of the tables is refused when a differentiated value reaches it; rules of your own are
declared with `srcad.rules`. What holds at single points (ties, kinks, zeros) is in `docs/conventions.md`.
"""
HEADER = "| function | derivative in | further arguments | complex | remarks |\n|---|---|---|---|---|"
#: Short names of namespaces.
SHORT = {"numpy": "np", "numpy.linalg": "np.linalg", "numpy.fft": "np.fft", "numpy.ndarray": "ndarray"}


SERIES = ("polynomial", "chebyshev", "legendre", "hermite", "hermite_e", "laguerre")
SCIPY = ("scipy.special", "scipy.linalg", "scipy.stats", "scipy.signal")


def methods(prefix: str, name: str, owner) -> dict:
    """The methods of a ufunc, or of a distribution, that have rules."""
    attributes = ("accumulate", "reduceat") if isinstance(owner, np.ufunc) else METHODS if is_distribution(owner) else ()
    found = {attribute: getattr(owner, attribute, None) for attribute in attributes}
    return {f"{prefix}.{name}.{attribute}": method for attribute, method in found.items() if method in RULES}


def spellings() -> dict:
    """Function → the names that it has in public namespaces, the shortest first."""
    spaces = {SHORT.get(name, name): space for name, space in NAMESPACES.items()}
    spaces |= {"": builtins, "operator": operator}
    spaces["statistics"] = statistics
    spaces |= {f"np.polynomial.{name}": getattr(np.polynomial, name) for name in SERIES}
    spaces |= {name: sys.modules[name] for name in SCIPY if name in sys.modules}
    names: dict = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for prefix, space in spaces.items():
            for name in dir(space):
                fn = getattr(space, name)
                if not name.startswith("_") and callable(fn) and is_hashable(fn):
                    names.setdefault(fn, []).append(f"{prefix}.{name}".lstrip("."))
                    for spelled, method in methods(prefix, name, fn).items():
                        names.setdefault(method, []).append(spelled)
    return names


def operands(rule: Rule) -> tuple[list[str], list[str]]:
    """The rule's parameters that have a derivative, and its others."""
    body = rule.partials or rule.adjoint or rule.tangent
    tree = ast.parse(textwrap.dedent(inspect.getsource(body)))
    parameters = list(inspect.signature(body).parameters.values())[1:]
    if rule.partials is None:
        names = set(assigned_names(gast.ast_to_gast(tree), "_bar")) if rule.adjoint else {p.name for p in parameters}
    else:
        names = {p.name for k, p in enumerate(parameters) if not all(map(_gives_none(k), _returns(tree)))}
    spelled = {p.name: f"*{p.name}" if p.kind is p.VAR_POSITIONAL else p.name for p in parameters}
    return ([text for name, text in spelled.items() if name in names],
            [f"{text}=" if p.kind is p.KEYWORD_ONLY else text for p, text in zip(parameters, spelled.values())
             if p.name not in names])


def _returns(tree: ast.AST) -> list[ast.expr]:
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None]


def _gives_none(k: int):
    """Does a returned expression say that the k-th operand has no derivative?"""
    def test(value: ast.expr) -> bool:
        items = value.elts if isinstance(value, ast.Tuple) else [value]
        return k >= len(items) or (isinstance(items[k], ast.Constant) and items[k].value is None)
    return test


def modes(rule: Rule) -> str:
    """The mode, if the rule has one only."""
    if rule.kind != "written" or (rule.adjoint and rule.tangent):
        return ""
    return "reverse mode only. " if rule.adjoint else "forward mode only. "


def remark(rule: Rule) -> str:
    """The first paragraph of a docstring of the rule's bodies."""
    for body in (rule.partials, rule.adjoint, rule.tangent):
        if body is not None and body.__doc__:
            return " ".join(body.__doc__.strip().partition("\n\n")[0].split()).replace("|", "\\|")
    return ""


def rows() -> dict[str, dict[str, str]]:
    """Heading → name of a function → its row in the table."""
    names = spellings()
    tables: dict[str, dict[str, str]] = {}
    for fn, rule in RULES.items():
        body = rule.partials or rule.adjoint or rule.tangent
        if fn not in names or body is None or not body.__module__.startswith("srcad.rules."):
            continue
        module = importlib.import_module(body.__module__)
        title = module.__doc__.strip().splitlines()[0].partition(". ")[0].rstrip(".")
        heading = f"{module.__name__.rpartition('.')[2]}: {title.removeprefix('Rules of ')}"
        inside, outside = operands(rule)
        text = ", ".join(f"`{name}`" for name in sorted(names[fn], key=lambda name: (len(name), name)))
        cells = [text, ", ".join(inside), ", ".join(outside), "yes" if rule.complex else "", modes(rule) + remark(rule)]
        tables.setdefault(heading, {})[text] = f"| {' | '.join(cells)} |"
    return tables


def listed(names: dict[str, str]) -> list[str]:
    """The names of a table of the classification that this version of NumPy has."""
    return [f"`{SHORT.get(space, space)}.{name}`" for space, text in names.items() for name in text.split()
            if found({space: name})]


def page() -> str:
    """The whole page."""
    families.load()
    versions = {"numpy": version_of(np.__version__), "python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    parts = [TITLE.format(**versions)]
    for heading, table in rows().items():
        module, _, title = heading.partition(": ")
        parts += [f"## {title[0].upper()}{title[1:]}\n\n`srcad/rules/{module}.py`\n\n{HEADER}\n" + "\n".join(
            table[name] for name in sorted(table)) + "\n"]
    names = spellings()
    zero = sorted(min(names[fn], key=len) for fn, rule in RULES.items() if rule.kind == "zero" and fn in names)
    parts += ["## Piecewise constant: the derivative is zero, and allowed\n", textwrap.fill(
        ", ".join(f"`{name}`" for name in zero), 118, break_on_hyphens=False) + "\n"]
    parts += ["## Refused, with the advice that the refusal gives\n", "| functions | why | instead |\n|---|---|---|"]
    parts += [f"| {', '.join(listed(group))} | {why} | {advice} |" for why, advice, group in REFUSED if listed(group)]
    parts += ["\n## Not of numbers\n", "| functions | why |\n|---|---|"]
    parts += [f"| {', '.join(listed(group))} | {why} |" for why, group in INACTIVE]
    return "\n".join(parts)


def version_of(text: str) -> str:
    """"2.4" of "2.4.1"."""
    return ".".join(text.split(".")[:2])


if __name__ == "__main__":
    for library in SCIPY:
        with contextlib.suppress(ImportError):
            importlib.import_module(library)
    print(page())
