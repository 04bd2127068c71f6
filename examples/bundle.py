"""Bundle adjustment: cameras and points found together from where the points are seen.

The corners and edges of a box, photographed from four sides; the pictures are synthetic, measured to a fifth of a pixel. A
camera has a rotation vector (Rodrigues), a position, a focal length and a coefficient of radial distortion, as in the
datasets of Agarwal, Snavely, Seitz and Szeliski, *Bundle Adjustment in the Large* (2010). scipy's least squares does
the fit with srcad's Jacobian.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

import srcad


class Camera(NamedTuple):
    rotation: np.ndarray
    translation: np.ndarray
    focal: float
    distortion: float


def rotate(w, points):
    """Rodrigues' formula, and its limit for small angles."""
    angle_squared = np.dot(w, w)
    if angle_squared < 1e-12:
        return points + np.cross(w, points)
    angle = np.sqrt(angle_squared)
    axis = w / angle
    along = np.outer(points @ axis, axis)
    return np.cos(angle) * points + np.sin(angle) * np.cross(axis, points) + (1.0 - np.cos(angle)) * along


def project(camera, points):
    """Where points are seen, in pixels from the centre of the picture."""
    seen = rotate(camera.rotation, points) + camera.translation
    image = -seen[:, :2] / seen[:, 2:]
    squared = np.sum(image**2, axis=1, keepdims=True)
    return camera.focal * (1.0 + camera.distortion * squared) * image


def unpack(parameters, cameras):
    """Cameras and points from one vector."""
    split = 8 * cameras
    rows = parameters[:split].reshape(cameras, 8)
    return [Camera(row[:3], row[3:6], 1000.0 * row[6], row[7]) for row in rows], parameters[split:].reshape(-1, 3)


def residuals(parameters, observations):
    """Predicted minus measured, in pixels: one row of pixels for each camera."""
    cameras, points = unpack(parameters, len(observations))
    return np.concatenate([(project(camera, points) - seen).ravel() for camera, seen in zip(cameras, observations)])


def true_scene():
    """Four cameras around a box, as one vector."""
    corners = np.array([(x, y, z) for x in (-1.0, 1.0) for y in (-0.6, 0.6) for z in (-0.4, 0.4)])
    middles = 0.5 * (corners[[0, 0, 0, 3, 5, 6]] + corners[[1, 2, 4, 7, 7, 7]])
    cameras = []
    for k, angle in enumerate(np.linspace(-0.6, 0.6, 4)):
        rotation = np.array([0.15 * (-1) ** k, angle, 0.05 * k])
        cameras.append(np.concatenate([rotation, [0.1 * k, -0.1, -6.0 - 0.2 * k], [1.2, -0.05]]))
    return np.concatenate([*cameras, np.concatenate([corners, middles]).ravel()])


def photographs(rng):
    """What the cameras see, measured to a fifth of a pixel."""
    cameras, points = unpack(true_scene(), 4)
    exact = np.array([project(camera, points) for camera in cameras])
    return exact + rng.normal(scale=0.2, size=exact.shape)


def fit():
    """Start from a rough guess; scipy's OptimizeResult."""
    rng = np.random.default_rng(3)
    observations = photographs(rng)
    guess = true_scene() * (1.0 + 0.03 * rng.normal(size=true_scene().size))
    return least_squares(residuals, guess, jac=srcad.jacfwd(residuals), args=(observations,), x_scale="jac", ftol=1e-6)


def main() -> None:
    result = fit()
    count = result.fun.size
    print(f"{count} residuals of {result.x.size} parameters")
    print(f"root mean square residual {np.sqrt(np.mean(result.fun**2)):.4f} pixels after {result.nfev} evaluations")
    cameras, points = unpack(result.x, 4)
    print("focal lengths", " ".join(f"{camera.focal:.0f}" for camera in cameras))
    edges = np.linalg.norm(points[:4] - points[4:8], axis=1)
    print("ratios of the box's long edges", (edges / edges[0]).round(4))


if __name__ == "__main__":
    main()
