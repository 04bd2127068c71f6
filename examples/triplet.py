"""A lens designed by its gradient: rays traced through a Cooke triplet.

Three lenses, six spherical surfaces, focal length 50: the classical photographic lens (H. D. Taylor, 1893) with glasses SK16
and F2 at 587.6 nm. Bundles of skew rays are refracted by Snell's law from surface to surface; the merit function is the
mean square size of the spots on the film, and the curvatures and distances are improved along its gradient.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

import srcad

RADII = np.array([22.01359, -435.76044, -22.21328, 20.29192, 79.68360, -18.39533])
DISTANCES = np.array([3.25896, 6.00755, 0.99997, 4.75041, 2.95208, 42.20778])
INDICES = [1.62041, 1.0, 1.62005, 1.0, 1.62041, 1.0]
FIELDS = np.radians([0.0, 10.0, 14.0])
APERTURE = 4.0


@dataclass
class Surface:
    """A sphere with its vertex on the axis, at the origin of its own coordinates."""

    curvature: float
    thickness: float
    index: float

    def intersect(self, points, directions):
        """Where rays from the plane z = 0 meet the sphere (Welford, *Aberrations of Optical Systems*, section 4.3)."""
        c = self.curvature
        x, y, z = points.T
        m = directions[:, 2] - c * np.sum(points * directions, axis=1)
        q = c * (x**2 + y**2 + z**2) - 2.0 * z
        length = q / (m + np.sqrt(m**2 - c * q))
        return points + length[:, None] * directions

    def refract(self, points, directions, ratio):
        """Snell's law in vectors; `ratio` is of the index before to that after the surface."""
        normals = np.array([0.0, 0.0, 1.0]) - self.curvature * points
        cosine = np.sum(normals * directions, axis=1)
        bent = np.sqrt(1.0 - ratio**2 * (1.0 - cosine**2))
        return ratio * directions + (bent - ratio * cosine)[:, None] * normals


class Lens:
    def __init__(self, surfaces):
        self.surfaces = surfaces

    def trace(self, points, directions):
        """Where rays hit the film."""
        index = 1.0
        for surface in self.surfaces:
            points = surface.intersect(points, directions)
            directions = surface.refract(points, directions, index / surface.index)
            points = points - np.array([0.0, 0.0, 1.0]) * surface.thickness
            index = surface.index
        return points - (points[:, 2] / directions[:, 2])[:, None] * directions


def bundle(field, rings=3, arms=8):
    """Parallel rays under an angle, aimed at the stop; their starting points lie in the plane z = 0."""
    radius = APERTURE * np.sqrt((np.arange(rings) + 0.5) / rings)
    angle = 2.0 * np.pi * np.arange(arms) / arms
    r, phi = (grid.ravel() for grid in np.meshgrid(radius, angle))
    points = np.stack([r * np.cos(phi), r * np.sin(phi) - 10.0 * np.tan(field), np.zeros(r.size)], axis=1)
    directions = np.tile([0.0, np.sin(field), np.cos(field)], (r.size, 1))
    return points, directions


def spot_size(curvatures, distances, field):
    """The mean square distance of a bundle's rays from its centre."""
    lens = Lens([Surface(c, d, n) for c, d, n in zip(curvatures, distances, INDICES)])
    spot = lens.trace(*bundle(field))[:, :2]
    return np.mean(np.sum((spot - np.mean(spot, axis=0)) ** 2, axis=1))


def focal_length(curvatures, distances):
    """By a paraxial ray."""
    height, slope, index = 1.0, 0.0, 1.0
    for k, n in enumerate(INDICES):
        slope = (index * slope - height * curvatures[k] * (n - index)) / n
        height, index = height + distances[k] * slope if k < len(INDICES) - 1 else height, n
    return -1.0 / slope


def merit(design):
    """Spots over the field of view, and a penalty for another focal length than 50."""
    curvatures, distances = design[:6], design[6:]
    spots = sum(spot_size(curvatures, distances, field) for field in FIELDS)
    return 1e3 * spots + (focal_length(curvatures, distances) - 50.0) ** 2


def main() -> None:
    design = np.concatenate((1.0 / RADII, DISTANCES))
    gradient = srcad.grad(merit)(design)
    print(f"focal length {focal_length(design[:6], design[6:]):.3f}")
    for field in FIELDS:
        radius = 1e3 * np.sqrt(spot_size(design[:6], design[6:], field))
        print(f"spot at {np.degrees(field):4.1f} degrees: {radius:6.2f} micrometres")
    print(f"merit {merit(design):.5f}; by the curvatures", gradient[:6].round(1))
    scale = np.concatenate((np.full(6, 1e-3), np.ones(6)))

    def scaled(u):
        return merit(design + scale * u)

    result = minimize(srcad.value_and_grad(scaled), np.zeros(12), jac=True, options={"maxiter": 40})
    better = design + scale * result.x
    print(f"improved merit {result.fun:.5f}, radii", (1.0 / better[:6]).round(2))


if __name__ == "__main__":
    main()
