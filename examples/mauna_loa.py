"""A Gaussian process on the carbon dioxide in the air: its marginal likelihood and the gradient by its parameters.

Annual means at Mauna Loa, 1959 to 2008, in parts per million (NOAA Global Monitoring Laboratory). Kernels are objects that are
added and multiplied (Rasmussen and Williams, *Gaussian Processes for Machine Learning*, sections 2.2 and 5.4).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

import srcad

CO2 = np.array([
    315.98, 316.91, 317.64, 318.45, 318.99, 319.62, 320.04, 321.37, 322.18, 323.05, 324.62, 325.68, 326.32, 327.46, 329.68,
    330.19, 331.13, 332.03, 333.84, 335.41, 336.84, 338.76, 340.12, 341.48, 343.15, 344.87, 346.35, 347.61, 349.31, 351.69,
    353.20, 354.45, 355.70, 356.54, 357.21, 358.96, 360.97, 362.74, 363.88, 366.84, 368.54, 369.71, 371.32, 373.45, 375.98,
    377.70, 379.98, 382.09, 384.02, 385.83])
YEARS = np.arange(1959.0, 2009.0)


class Kernel:
    """A covariance function; kernels can be added and multiplied."""

    def __add__(self, other):
        return Sum(self, other)

    def __mul__(self, other):
        return Product(self, other)


class Sum(Kernel):
    def __init__(self, left, right):
        self.left, self.right = left, right

    def __call__(self, a, b):
        return self.left(a, b) + self.right(a, b)


class Product(Kernel):
    def __init__(self, left, right):
        self.left, self.right = left, right

    def __call__(self, a, b):
        return self.left(a, b) * self.right(a, b)


class Constant(Kernel):
    def __init__(self, variance):
        self.variance = variance

    def __call__(self, a, b):
        return self.variance


class SquaredExponential(Kernel):
    def __init__(self, scale):
        self.scale = scale

    def __call__(self, a, b):
        return np.exp(-0.5 * ((a[:, None] - b[None, :]) / self.scale) ** 2)


class RationalQuadratic(Kernel):
    def __init__(self, scale, alpha):
        self.scale, self.alpha = scale, alpha

    def __call__(self, a, b):
        squares = ((a[:, None] - b[None, :]) / self.scale) ** 2
        return (1.0 + squares / (2.0 * self.alpha)) ** (-self.alpha)


class White(Kernel):
    def __init__(self, variance):
        self.variance = variance

    def __call__(self, a, b):
        return self.variance * (a[:, None] == b[None, :])


def make_kernel(theta):
    """A long trend, medium-term wiggles and noise; theta has the logarithms of their parameters."""
    trend, trend_scale, wiggle, wiggle_scale, alpha, noise = np.exp(theta)
    return (Constant(trend**2) * SquaredExponential(trend_scale)
            + Constant(wiggle**2) * RationalQuadratic(wiggle_scale, alpha)
            + White(noise**2))


START = np.log([50.0, 40.0, 1.0, 2.0, 1.0, 0.3])


def negative_log_likelihood(theta, t, y):
    """Minus the logarithm of the density of the data."""
    K = make_kernel(theta)(t, t)
    L = np.linalg.cholesky(K)
    whitened = np.linalg.solve(L, y - np.mean(y))
    return 0.5 * whitened @ whitened + np.sum(np.log(np.diag(L))) + 0.5 * len(t) * np.log(2.0 * np.pi)


def predict(theta, t, y, new):
    """The mean of the process at other times."""
    kernel = make_kernel(theta)
    return np.mean(y) + kernel(new, t) @ np.linalg.solve(kernel(t, t), y - np.mean(y))


def fit():
    return minimize(srcad.value_and_grad(negative_log_likelihood), START, args=(YEARS, CO2), jac=True,
                    bounds=[(s - 3.0, s + 3.0) for s in START])


def main() -> None:
    print(f"log likelihood at the start {-negative_log_likelihood(START, YEARS, CO2):9.3f}")
    print("gradient", -srcad.grad(negative_log_likelihood)(START, YEARS, CO2).round(3))
    result = fit()
    print(f"log likelihood, fitted      {-result.fun:9.3f}")
    coming = np.array([2010.0, 2015.0])
    print("prediction for 2010 and 2015", predict(result.x, YEARS, CO2, coming).round(1))
    rate = srcad.jacfwd(predict, argnums=3)(result.x, YEARS, CO2, coming).diagonal()
    print("and its growth a year       ", rate.round(2))


if __name__ == "__main__":
    main()
