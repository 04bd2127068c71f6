"""The objectives of ADBench in natural NumPy. `np` may be replaced by another library's NumPy."""

from __future__ import annotations

import math

import numpy as np


def log_sum_exp(v):
    top = np.max(v)
    return top + np.log(np.sum(np.exp(v - top)))


def gmm(alphas, means, factors, x, gamma, m, places):
    """Log posterior of a Gaussian mixture; `factors` holds log diagonals, then lower triangles by columns.

    `places` is a matrix: which entry of a component's triangle stands where, 0 for none (counted from 1).
    """
    n, d = x.shape
    count = len(alphas)
    prior = 0.0
    beta = np.empty((count, n))
    for k in range(count):
        sum_logs = np.sum(factors[k, :d])
        triangle = np.concatenate((np.zeros(1), factors[k, d:]))
        q = np.diag(np.exp(factors[k, :d])) + triangle[places]
        y = q @ (x - means[k]).T
        beta[k] = alphas[k] + sum_logs - 0.5 * np.sum(y * y, axis=0)
        prior = prior + m * sum_logs - 0.5 * gamma * gamma * np.sum(q * q)
    top = np.max(beta, axis=0)
    likelihood = np.sum(top + np.log(np.sum(np.exp(beta - top), axis=0)))
    return likelihood - n * (0.5 * d * math.log(2 * math.pi) + log_sum_exp(alphas)) + prior + wishart_constant(
        d, count, gamma, m)


def wishart_constant(d, count, gamma, m):
    freedom = d + m + 1
    log_gamma = 0.25 * d * (d - 1) * math.log(math.pi)
    for j in range(d):
        log_gamma = log_gamma + math.lgamma(0.5 * (freedom - j))
    return count * (freedom * d * math.log(gamma / math.sqrt(2)) - log_gamma)


def cross(a, b):
    return np.stack((a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1], a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2],
                     a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]), axis=1)


def ba(cameras, points, weights, features):
    """Weighted reprojection errors, one row of two for each observation; one camera and one point given for each."""
    rotation, centre = cameras[:, 0:3], cameras[:, 3:6]
    angle = np.sqrt(np.sum(rotation * rotation, axis=1))
    axis = rotation / angle[:, None]
    moved = points - centre
    cosine = np.cos(angle)[:, None]
    seen = moved * cosine + cross(axis, moved) * np.sin(angle)[:, None] + axis * (
        np.sum(axis * moved, axis=1)[:, None] * (1.0 - cosine))
    plane = seen[:, 0:2] / seen[:, 2:3]
    square = np.sum(plane * plane, axis=1)
    distorted = plane * (1.0 + cameras[:, 9] * square + cameras[:, 10] * square * square)[:, None]
    projected = distorted * cameras[:, 6:7] + cameras[:, 7:9]
    return weights[:, None] * (projected - features)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm(main, extra, state, sequence):
    """Negative log likelihood of a sequence under an LSTM whose matrices are diagonal; main: (layers, 2, 4, d)."""
    layers = len(main)
    hidden, cell = state[:, 0].copy(), state[:, 1].copy()
    total = 0.0
    for t in range(len(sequence) - 1):
        x = sequence[t] * extra[0]
        for layer in range(layers):
            weight, bias = main[layer, 0], main[layer, 1]
            forget = sigmoid(x * weight[0] + bias[0])
            ingate = sigmoid(hidden[layer] * weight[1] + bias[1])
            outgate = sigmoid(x * weight[2] + bias[2])
            change = np.tanh(hidden[layer] * weight[3] + bias[3])
            cell[layer] = cell[layer] * forget + ingate * change
            hidden[layer] = outgate * np.tanh(cell[layer])
            x = hidden[layer]
        y = x * extra[1] + extra[2]
        total = total + np.sum(sequence[t + 1] * (y - np.log(2.0 + np.sum(np.exp(y)))))
    return -total / ((len(sequence) - 1) * sequence.shape[1])


def hand(theta, relatives, inverses, parents, positions, weights, correspondences, points):
    """Distances from a posed hand's vertices to points, (3, count); rotations of bones by Euler angles."""
    bones = len(parents)
    angles = pose(theta, bones)
    absolutes = np.empty((bones, 4, 4))
    for k in range(bones):
        relative = relatives[k] @ euler(angles[k])
        absolutes[k] = relative if parents[k] < 0 else absolutes[parents[k]] @ relative
    total = np.zeros((3, positions.shape[1]))
    for k in range(bones):
        total = total + (absolutes[k] @ inverses[k])[:3] @ positions * weights[k]
    placed = rodrigues(theta[0:3]) @ total + theta[3:6][:, None]
    return points - placed[:, correspondences]


def pose(theta, bones):
    """Three angles for each bone: none for the wrist, then two, one, one and none for those of a finger."""
    angles = np.zeros((bones, 3))
    for finger in range(5):
        first, bone = 6 + 4 * finger, 1 + 4 * finger
        angles[bone, 0] = theta[first]
        angles[bone, 1] = theta[first + 1]
        angles[bone + 1, 0] = theta[first + 2]
        angles[bone + 2, 0] = theta[first + 3]
    return angles


def euler(angles):
    """The rotation by three angles, as a matrix of homogeneous coordinates."""
    cx, cy, cz = math.cos(angles[0]), math.cos(angles[1]), math.cos(angles[2])
    sx, sy, sz = math.sin(angles[0]), math.sin(angles[1]), math.sin(angles[2])
    r = np.zeros((4, 4))
    r[0, 0], r[0, 1], r[0, 2] = cy * cz, -cx * sz + sx * sy * cz, sx * sz + cx * sy * cz
    r[1, 0], r[1, 1], r[1, 2] = cy * sz, cx * cz + sx * sy * sz, -sx * cz + cx * sy * sz
    r[2, 0], r[2, 1], r[2, 2] = -sy, sx * cy, cx * cy
    r[3, 3] = 1.0
    return r


def rodrigues(v):
    """The rotation about a vector by its length."""
    angle = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    x, y, z = v[0] / angle, v[1] / angle, v[2] / angle
    c, s = math.cos(angle), math.sin(angle)
    r = np.empty((3, 3))
    r[0, 0], r[0, 1], r[0, 2] = x * x + (1 - x * x) * c, x * y * (1 - c) - z * s, x * z * (1 - c) + y * s
    r[1, 0], r[1, 1], r[1, 2] = x * y * (1 - c) + z * s, y * y + (1 - y * y) * c, y * z * (1 - c) - x * s
    r[2, 0], r[2, 1], r[2, 2] = x * z * (1 - c) - y * s, z * y * (1 - c) + x * s, z * z + (1 - z * z) * c
    return r


def heat(u, rate, steps):
    """Sum of squares after explicit steps of the heat equation, the ends held fast, in one array."""
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += rate * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)
