"""A first look: the derivative of a formula as source, then a model fitted to real data.

Run ``python examples/quickstart.py``. The first part differentiates f(x1, x2) = log x1 + x1 x2 - sin x2 at (2, 5) and
shows the evaluation traces and the generated code. The second fits a logistic regression to the Wisconsin breast-cancer
data (569 tumours, 30 measurements each, from scikit-learn), with the gradient that srcad writes for the loss.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer

import srcad

PENALTY = 1e-3


def f(x1, x2):
    return math.log(x1) + x1 * x2 - math.sin(x2)


def loss(w, X, y, l2):
    """Mean logistic loss of the weights w[:-1] and the bias w[-1], plus a penalty on the weights."""
    z = X @ w[:-1] + w[-1]
    return np.mean(np.logaddexp(0.0, z) - y * z) + 0.5 * l2 * np.sum(w[:-1] ** 2)


@dataclass(frozen=True)
class Fit:
    """What the logistic regression found."""

    w: np.ndarray
    iterations: int
    loss: float
    accuracy: float
    gradient_error: float


def breast_cancer() -> tuple[np.ndarray, np.ndarray]:
    """The measurements, each column scaled to mean 0 and deviation 1, and the diagnoses (1 is benign)."""
    X, y = load_breast_cancer(return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def central_differences(function, w: np.ndarray, *args, step: float = 1e-6) -> np.ndarray:
    """The gradient by central differences: two evaluations for every weight."""
    steps = step * np.eye(w.size)
    return np.array([(function(w + e, *args) - function(w - e, *args)) / (2.0 * step) for e in steps])


def fit(l2: float = PENALTY) -> Fit:
    """Fit the regression, and check the gradient at a point far from the optimum."""
    X, y = breast_cancer()
    value_and_gradient = srcad.value_and_grad(loss)
    result = minimize(value_and_gradient, np.zeros(X.shape[1] + 1), args=(X, y, l2), jac=True)

    w = np.linspace(-1.0, 1.0, X.shape[1] + 1)
    _, gradient = value_and_gradient(w, X, y, l2)
    error = np.max(np.abs(gradient - central_differences(loss, w, X, y, l2)))
    accuracy = np.mean((X @ result.x[:-1] + result.x[-1] > 0.0) == y)
    return Fit(result.x, int(result.nit), float(result.fun), float(accuracy), float(error))


def show_formula() -> None:
    print("f(x1, x2) = log x1 + x1 x2 - sin x2, evaluated and differentiated at (2, 5)\n")
    print(srcad.trace(f).table(2.0, 5.0))
    gradient = srcad.grad(f, argnums=(0, 1))
    print("\nThe gradient that srcad writes:\n")
    print(gradient.source)
    print("\nThe same, unoptimised, as in a textbook:\n")
    print(srcad.adjoint(f, argnums=(0, 1), optimize=False).source)
    x1_bar, x2_bar = gradient(2.0, 5.0)
    print(f"\ngradient at (2, 5): {x1_bar:.4f}, {x2_bar:.4f}")


def show_fit() -> None:
    found = fit()
    X, y = breast_cancer()
    gradient = srcad.grad(loss)
    norm = np.linalg.norm(gradient(found.w, X, y, PENALTY))
    print("Logistic regression on the breast-cancer data; the gradient that srcad writes for its loss:\n")
    print(gradient.source)
    print(f"\niterations                      {found.iterations}")
    print(f"loss                            {found.loss:.6f}")
    print(f"accuracy                        {found.accuracy:.2%} of {y.size} tumours")
    print(f"gradient norm at the optimum    {norm:.1e}")
    print(f"gradient against differences    {found.gradient_error:.1e} at most, away from the optimum")


def main() -> None:
    show_formula()
    print("\n" + "-" * 100 + "\n")
    show_fit()


if __name__ == "__main__":
    main()
