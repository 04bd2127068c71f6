"""Two images brought on top of each other: a rigid motion found by the gradient of their difference.

Digits of the Optical Recognition of Handwritten Digits set (Alpaydin and Kaynak, 1998; it comes with scikit-learn), blown up
and smoothed; one is turned and shifted, and the motion is recovered. The moving image is sampled by bilinear interpolation, so
that floor, integer indices and masks meet the numbers that are differentiated.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_digits

import srcad


def enlarge(image, factor):
    """Nearest neighbours, then a few passes of a 3 x 3 blur."""
    big = np.kron(np.pad(image, 2), np.ones((factor, factor))) / 16.0
    for _ in range(4):
        padded = np.pad(big, 1, mode="edge")
        big = sum(padded[i:i + big.shape[0], j:j + big.shape[1]] for i in range(3) for j in range(3)) / 9.0
    return big


def sample(image, rows, columns):
    """Bilinear interpolation; zero outside of the image."""
    height, width = image.shape
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    down, right = rows - top, columns - left
    total = np.zeros_like(rows)
    for i, weight_i in ((0, 1.0 - down), (1, down)):
        for j, weight_j in ((0, 1.0 - right), (1, right)):
            r, c = top + i, left + j
            inside = (r >= 0) & (r < height) & (c >= 0) & (c < width)
            values = image[np.clip(r, 0, height - 1), np.clip(c, 0, width - 1)]
            total += np.where(inside, weight_i * weight_j * values, 0.0)
    return total


class RigidMotion:
    """A turn about the centre, and a shift."""

    def __init__(self, angle, shift):
        self.angle, self.shift = angle, shift

    def __call__(self, rows, columns, centre):
        c, s = np.cos(self.angle), np.sin(self.angle)
        y, x = rows - centre[0], columns - centre[1]
        return c * y - s * x + centre[0] + self.shift[0], s * y + c * x + centre[1] + self.shift[1]


def warp(image, parameters):
    """The image under a motion; parameters are an angle in units of 0.1 and a shift in pixels."""
    rows, columns = np.meshgrid(np.arange(image.shape[0]) * 1.0, np.arange(image.shape[1]) * 1.0, indexing="ij")
    motion = RigidMotion(0.1 * parameters[0], parameters[1:])
    return sample(image, *motion(rows, columns, (0.5 * image.shape[0], 0.5 * image.shape[1])))


def difference(parameters, moving, fixed):
    """The mean square difference after the motion."""
    return np.mean((warp(moving, parameters) - fixed) ** 2)


def correlation_loss(parameters, moving, fixed):
    """One minus the correlation, which does not mind brightness and contrast."""
    a, b = warp(moving, parameters), fixed
    a, b = a - a.mean(), b - b.mean()
    return 1.0 - (a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum())


MOTION = np.array([2.5, 2.3, -1.7])


def images(number=3):
    """A digit, and the same one moved, paler and with noise."""
    digits = load_digits()
    fixed = enlarge(digits.images[number], 3)
    moved = 0.8 * warp(fixed, MOTION) + 0.1
    return fixed, moved + 0.01 * np.random.default_rng(2).standard_normal(moved.shape)


def register(loss, number=3):
    """The motion that brings a digit onto its moved picture: scipy's OptimizeResult."""
    fixed, moved = images(number)
    return minimize(srcad.value_and_grad(loss), np.zeros(3), args=(fixed, moved), jac=True)


def main() -> None:
    print(f"true motion: {0.1 * MOTION[0]:.3f} radians, shift {MOTION[1:]}")
    for loss in (difference, correlation_loss):
        result = register(loss)
        angle, *shift = result.x
        print(f"{loss.__name__:16} {result.fun:.5f}: {0.1 * angle:.3f} radians, shift {np.array(shift).round(2)}, "
              f"{result.nfev} evaluations")


if __name__ == "__main__":
    main()
