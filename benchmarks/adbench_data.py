"""Inputs of the sizes and distributions of ADBench's, from a seed."""

from __future__ import annotations

import numpy as np


def gmm(d: int, count: int, n: int = 1000) -> tuple:
    """(alphas, means, factors, x, gamma, m): standard normal parameters, points uniform in the unit cube."""
    rng = np.random.default_rng([1, d, count])
    alphas, means = rng.normal(size=count), rng.random((count, d))
    factors = rng.normal(size=(count, d + d * (d - 1) // 2))
    return alphas, means, factors, rng.random((n, d)), 1.0, 0


def places(d: int) -> np.ndarray:
    """Which entry of a triangle that is stored by columns stands where in the matrix, counted from 1; 0 for none."""
    out = np.zeros((d, d), dtype=np.int64)
    columns, rows = np.triu_indices(d, 1)
    out[rows, columns] = np.arange(1, len(rows) + 1)
    return out


def ba(cameras: int, points: int, observations: int) -> tuple:
    """(cameras, points, weights, features, seen_by, seen): the ranges of the suite's photographs."""
    rng = np.random.default_rng([2, cameras, observations])
    cams = np.empty((cameras, 11))
    cams[:, 0:3] = rng.normal(scale=0.1, size=(cameras, 3))
    cams[:, 3:6] = rng.normal(size=(cameras, 3))
    cams[:, 6] = rng.uniform(300.0, 1500.0, cameras)
    cams[:, 7:9] = rng.normal(scale=5.0, size=(cameras, 2))
    cams[:, 9] = rng.normal(scale=1e-2, size=cameras)
    cams[:, 10] = rng.normal(scale=1e-3, size=cameras)
    places = rng.normal((0.0, 0.0, 20.0), 1.0, (points, 3))
    seen_by, seen = np.sort(rng.integers(0, cameras, observations)), rng.integers(0, points, observations)
    return cams, places, np.ones(observations), rng.normal(scale=100.0, size=(observations, 2)), seen_by, seen


def lstm(layers: int, length: int, d: int = 14) -> tuple:
    """(main, extra, state, sequence): uniform parameters, the bits of characters, d of them each."""
    rng = np.random.default_rng([3, layers, length])
    main, extra, state = rng.random((layers, 2, 4, d)), rng.random((3, d)), rng.random((layers, 2, d))
    codes = np.where(rng.random(length) < 0.99, rng.integers(32, 123, length), rng.integers(8192, 8224, length))
    return main, extra, state, ((codes[:, None] >> np.arange(d - 1, -1, -1)) & 1).astype(float)


def hand(vertices: int = 544, points: int = 100, bones: int = 22) -> tuple:
    """(theta, relatives, inverses, parents, positions, weights, correspondences, points): a wrist and five fingers."""
    rng = np.random.default_rng([4, vertices, points])
    parents = [-1] + [0 if k % 4 == 1 else k - 1 for k in range(1, bones)]
    relatives = np.zeros((bones, 4, 4))
    absolutes = np.zeros((bones, 4, 4))
    for k in range(bones):
        turned, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        relatives[k, :3, :3], relatives[k, :3, 3], relatives[k, 3, 3] = turned, rng.normal(size=3), 1.0
        absolutes[k] = relatives[k] if k == 0 else absolutes[parents[k]] @ relatives[k]
    weights = np.zeros((bones, vertices))
    for v in range(vertices):
        weights[rng.choice(bones, 4, replace=False), v] = rng.dirichlet(np.ones(4))
    positions = np.vstack((rng.normal(size=(3, vertices)), np.ones(vertices)))
    return (rng.normal(scale=0.3, size=26), relatives, np.linalg.inv(absolutes), np.array(parents), positions, weights,
            rng.integers(0, vertices, points), rng.normal(size=(3, points)))


def lotka_volterra() -> tuple:
    return 1.5, 1.0, 3.0, 1.0, 10.0, 1.0, 0.01, 1000


def heat(n: int = 1000, steps: int = 100) -> tuple:
    return np.random.default_rng(5).normal(size=n), 0.2, steps
