"""Call forms of library functions as functions with a source, and their check in both modes to second order."""

from __future__ import annotations

import linecache
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from rules.bodies import operands_of
from rules.matrix import TEXT, argnums_of

import srcad
from srcad.rules.registry import RULES, Call
from srcad.testing import check_grads, random_like

HEADER = "import itertools, math, operator\nimport numpy as np\nimport srcad\n"
DOMAIN = (-2.0, 2.0)


@dataclass
class Form:
    """An expression over operands given by shape (differentiated), or by value.

    Attributes
    ----------
    run, tangent, adjoint : function
        The expression as a function of its operands, and its derivatives as functions of operands and tangents, or seed.
    """

    expression: str
    given: dict
    domain: tuple = DOMAIN
    order: int = 2
    run: Callable = field(init=False)
    tangent: Callable = field(init=False)
    adjoint: Callable = field(init=False)

    def __init__(self, expression: str, domain: tuple = DOMAIN, order: int = 2, **given: Any):
        self.expression, self.given, self.domain, self.order = expression, given, domain, order

    @property
    def call(self) -> Call:
        return Call(self.expression, **self.given)

    def operands(self, dtype: Any = float) -> tuple:
        return tuple(operands_of(self.call, np.random.default_rng(3), self.domain, dtype).values())

    def value(self) -> Any:
        """The value that the derivative's own forward pass gives."""
        return srcad.vjp(self.run, *self.operands(), argnums=argnums_of(self.call))[0]

    def __str__(self) -> str:
        return self.expression


def make_forms(forms: list[Form], header: str = "", name: str = "forms") -> list[Form]:
    """Give the forms their functions, in one module that has a text."""
    text = HEADER + header + "".join(
        TEXT.format(k=k, names=", ".join(f.given), expression=f.expression, argnums=argnums_of(f.call),
                    dots=", ".join(n + "_dot" for n, v in f.given.items() if isinstance(v, tuple)))
        for k, f in enumerate(forms))
    filename = f"<{name}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict = {"__name__": name}
    exec(compile(text, filename, "exec"), namespace)
    for k, form in enumerate(forms):
        form.run, form.tangent, form.adjoint = (namespace[f"{kind}_{k}"] for kind in ("case", "tangent", "adjoint"))
    return forms


def forms_of_rules(modules: tuple[str, ...], header: str, name: str) -> list[tuple]:
    """(rule, form) for every call form of the rules that these modules declare."""
    found: dict = {}
    for rule in RULES.values():
        if {getattr(b, "__module__", "") for b in (rule.adjoint, rule.partials)} & set(modules):
            for call in rule.calls:
                form = Form(call.expression, rule.domain, **call.operands)
                found.setdefault(call.expression + repr(call.operands), (rule, form))
    return list(zip([rule for rule, _ in found.values()], make_forms([form for _, form in found.values()], header, name)))


def check_form(form: Form, dtype: Any = float, second: bool = True) -> None:
    """Both modes against differences and each other; then the same of the tangent and of the adjoint."""
    operands, argnums = form.operands(dtype), argnums_of(form.call)
    rng, count = np.random.default_rng(5), len(operands)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_grads(form.run, operands, order=1, argnums=argnums)
        if not second or form.order < 2:
            return
        tangents = tuple(random_like(operands[k], rng) for k in argnums)
        check_grads(form.tangent, operands + tangents, order=1, argnums=(*argnums, *range(count, count + len(tangents))))
        seed = random_like(form.run(*operands), rng)
        check_grads(form.adjoint, (*operands, seed), order=1, argnums=(*argnums, count))
