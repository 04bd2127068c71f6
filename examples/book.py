"""Gradient and Hessian of a polynomial, f(x, y) = x^2 y + y + 2 at (3, 4): 42, then (24, 10), then ((8, 6), (6, 0)).

The derivative of generated code is generated code: the Hessian's rows are gradients of the gradient's parts.
"""

from __future__ import annotations

import srcad


def f(x, y):
    return x**2 * y + y + 2


def main() -> None:
    gradient = srcad.grad(f, argnums=(0, 1))
    hessian = srcad.hessian(f, argnums=(0, 1))
    print("f(3, 4)     ", f(3.0, 4.0))
    print("gradient    ", *gradient(3.0, 4.0))
    for row in hessian(3.0, 4.0):
        print("Hessian     ", *row)
    print("\nThe gradient as source:\n")
    print(gradient.source)


if __name__ == "__main__":
    main()
