"""The rules of scipy.linalg: every call form in both modes, to second order, with real and with complex numbers."""

from __future__ import annotations

import pytest

scipy_linalg = pytest.importorskip("scipy.linalg")

from rules.forms import Form, check_form, make_forms  # noqa: E402

from srcad.rules import families  # noqa: E402
from srcad.rules.registry import RULES  # noqa: E402

families.load()


def rules():
    return [r for r in RULES.values() if any(
        getattr(b, "__module__", "") == "srcad.rules.scipy_linalg" for b in (r.adjoint, r.partials))]


def forms() -> list[Form]:
    found = {}
    for rule in rules():
        for call in rule.calls:
            found.setdefault(call.expression + repr(call.operands), (rule, Form(call.expression, **call.operands)))
    made = make_forms([form for _, form in found.values()], "from scipy import linalg\n", "forms_of_scipy_linalg")
    return list(zip([rule for rule, _ in found.values()], made))


CASES = forms()


def name_of(value) -> str:
    return str(value) if isinstance(value, Form) else ""


@pytest.mark.parametrize(("rule", "form"), CASES, ids=name_of)
def test_real(rule, form):
    check_form(form)


@pytest.mark.parametrize(("rule", "form"), [c for c in CASES if c[0].complex], ids=name_of)
def test_complex(rule, form):
    check_form(form, complex, second=False)
