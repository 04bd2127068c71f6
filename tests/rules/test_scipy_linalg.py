"""The rules of scipy.linalg: every call form in both modes, to second order, with real and with complex numbers."""

from __future__ import annotations

import numpy as np
import pytest

scipy_linalg = pytest.importorskip("scipy.linalg")

from rules.forms import Form, check_form, forms_of_rules  # noqa: E402

import srcad  # noqa: E402
from srcad.errors import SrcadError  # noqa: E402
from srcad.rules import families  # noqa: E402

families.load()
MODULES = tuple(f"srcad.rules.scipy_{name}" for name in (
    "linalg", "systems", "factorisations", "eigenvalues", "matrix_functions"))


CASES = forms_of_rules(MODULES, "from scipy import linalg\n", "forms_of_scipy_linalg")


def name_of(value) -> str:
    return str(value) if isinstance(value, Form) else ""


@pytest.mark.parametrize(("rule", "form"), CASES, ids=name_of)
def test_real(rule, form):
    check_form(form)


@pytest.mark.parametrize(("rule", "form"), [c for c in CASES if c[0].complex], ids=name_of)
def test_complex(rule, form):
    check_form(form, complex, second=False)


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "form"), [c for c in CASES if c[0].complex], ids=name_of)
def test_complex_to_second_order(rule, form):
    check_form(form, complex)


@pytest.mark.parametrize("function", [
    lambda a: scipy_linalg.logm(a).real.sum(), lambda a: scipy_linalg.fractional_matrix_power(a, 0.5).real.sum()],
    ids=["logm", "power"])
@pytest.mark.parametrize("derivative", [srcad.grad, lambda f: lambda a: srcad.jvp(f, (a,), (a,))], ids=["reverse", "forward"])
def test_on_the_branch_cut_there_is_an_error(function, derivative):
    with pytest.raises(ValueError, match="no derivative where an eigenvalue is negative"):
        derivative(function)(np.array([[-2.0, 1.0], [0.5, 3.0]]))


@pytest.mark.parametrize("function", [
    lambda a: scipy_linalg.eig(a, left=True)[1].real.sum(), lambda a: scipy_linalg.eig(a, np.eye(2))[0].real.sum(),
    lambda a: scipy_linalg.eigh(a, np.eye(2), type=2)[0].sum(), lambda a: scipy_linalg.qr(a, pivoting=True)[0].sum(),
    lambda a: scipy_linalg.lstsq(a, np.ones(2), lapack_driver="gelsy")[0].sum(),
    lambda a: scipy_linalg.eigh(a, subset_by_index=[0, 0])[0].sum()])
def test_refusals_say_what_to_do(function):
    with pytest.raises(SrcadError) as caught:
        srcad.grad(function)(np.array([[2.0, 1.0], [1.0, 3.0]]))
    assert caught.value.advice
