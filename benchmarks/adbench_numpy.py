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
    logs = []
    for k in range(count):
        diagonal = np.exp(factors[k, :d])
        sum_logs = np.sum(factors[k, :d])
        triangle = np.concatenate((np.zeros(1), factors[k, d:]))
        q = np.diag(diagonal) + triangle[places]
        y = (x - means[k]) @ q.T
        logs.append(alphas[k] + sum_logs - 0.5 * np.sum(y * y, axis=1))
        prior = prior + m * sum_logs - 0.5 * gamma * gamma * np.sum(q * q)
    beta = np.stack(logs, axis=1)
    top = np.max(beta, axis=1)
    likelihood = np.sum(top + np.log(np.sum(np.exp(beta - top[:, None]), axis=1)))
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
    hidden = [state[layer, 0] for layer in range(layers)]
    cell = [state[layer, 1] for layer in range(layers)]
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
    angles = pose(theta)
    absolutes = []
    for k in range(bones):
        relative = relatives[k] @ euler(angles[k])
        absolutes.append(relative if parents[k] < 0 else absolutes[parents[k]] @ relative)
    total = np.zeros((3, positions.shape[1]))
    for k in range(bones):
        total = total + (absolutes[k] @ inverses[k])[:3] @ positions * weights[k]
    placed = rodrigues(theta[0:3]) @ total + theta[3:6][:, None]
    return points - placed[:, correspondences]


def pose(theta):
    """Three angles for the wrist, the palm, and four bones of each finger."""
    none = 0.0 * theta[0]
    angles = [np.stack((none, none, none))]
    for finger in range(5):
        first = 6 + 4 * finger
        angles.append(np.stack((none, none, none)))
        angles.append(np.stack((theta[first], theta[first + 1], none)))
        angles.append(np.stack((theta[first + 2], none, none)))
        angles.append(np.stack((theta[first + 3], none, none)))
    angles.append(np.stack((none, none, none)))
    return angles


def euler(angles):
    cx, cy, cz = np.cos(angles[0]), np.cos(angles[1]), np.cos(angles[2])
    sx, sy, sz = np.sin(angles[0]), np.sin(angles[1]), np.sin(angles[2])
    none = 0.0 * cx
    return np.stack((
        np.stack((cy * cz, -cx * sz + sx * sy * cz, sx * sz + cx * sy * cz, none)),
        np.stack((cy * sz, cx * cz + sx * sy * sz, -sx * cz + cx * sy * sz, none)),
        np.stack((-sy, sx * cy, cx * cy, none)),
        np.stack((none, none, none, none + 1.0))))


def rodrigues(r):
    angle = np.sqrt(np.sum(r * r))
    x, y, z = r[0] / angle, r[1] / angle, r[2] / angle
    c, s = np.cos(angle), np.sin(angle)
    return np.stack((
        np.stack((x * x + (1 - x * x) * c, x * y * (1 - c) - z * s, x * z * (1 - c) + y * s)),
        np.stack((x * y * (1 - c) + z * s, y * y + (1 - y * y) * c, y * z * (1 - c) - x * s)),
        np.stack((x * z * (1 - c) - y * s, z * y * (1 - c) + x * s, z * z + (1 - z * z) * c))))


def heat(u, rate, steps):
    """Sum of squares after explicit steps of the heat equation, the ends held fast."""
    for _ in range(steps):
        u = np.concatenate((u[:1], u[1:-1] + rate * (u[2:] - 2.0 * u[1:-1] + u[:-2]), u[-1:]))
    return np.sum(u * u)
