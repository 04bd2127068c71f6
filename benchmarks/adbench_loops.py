"""The objectives of ADBench as loops over elements, for Numba. No array is made inside a loop."""

from __future__ import annotations

import math

import numpy as np

import srcad


def gmm(alphas, means, factors, x, gamma, m):
    """As `adbench_numpy.gmm`."""
    n, d = x.shape
    count = len(alphas)
    diagonals = np.empty((count, d))
    sums = np.empty(count)
    prior = 0.0
    for k in range(count):
        s = 0.0
        squares = 0.0
        for j in range(d):
            diagonals[k, j] = math.exp(factors[k, j])
            s += factors[k, j]
            squares += diagonals[k, j] * diagonals[k, j]
        for j in range(d, factors.shape[1]):
            squares += factors[k, j] * factors[k, j]
        sums[k] = s
        prior += m * s - 0.5 * gamma * gamma * squares
    likelihood = 0.0
    beta = np.empty(count)
    moved = np.empty(d)
    y = np.empty(d)
    for i in range(n):
        for k in range(count):
            for j in range(d):
                moved[j] = x[i, j] - means[k, j]
                y[j] = diagonals[k, j] * moved[j]
            at = d
            for j in range(d):
                for r in range(j + 1, d):
                    y[r] += factors[k, at] * moved[j]
                    at += 1
            squares = 0.0
            for j in range(d):
                squares += y[j] * y[j]
            beta[k] = alphas[k] + sums[k] - 0.5 * squares
        likelihood += log_sum_exp(beta)
    return likelihood - n * (0.5 * d * math.log(2 * math.pi) + log_sum_exp(alphas)) + prior + wishart_constant(
        d, count, gamma, m)


def log_sum_exp(v):
    top = v[0]
    for k in range(1, len(v)):
        if v[k] > top:
            top = v[k]
    total = 0.0
    for k in range(len(v)):
        total += math.exp(v[k] - top)
    return top + math.log(total)


def wishart_constant(d, count, gamma, m):
    freedom = d + m + 1
    log_gamma = 0.25 * d * (d - 1) * math.log(math.pi)
    for j in range(d):
        log_gamma += math.lgamma(0.5 * (freedom - j))
    return count * (freedom * d * math.log(gamma / math.sqrt(2)) - log_gamma)


def project(r0, r1, r2, c0, c1, c2, focal, u0, v0, k1, k2, x0, x1, x2):
    """Where a camera sees a point."""
    angle = math.sqrt(r0 * r0 + r1 * r1 + r2 * r2)
    a0, a1, a2 = r0 / angle, r1 / angle, r2 / angle
    m0, m1, m2 = x0 - c0, x1 - c1, x2 - c2
    cosine, sine = math.cos(angle), math.sin(angle)
    along = (a0 * m0 + a1 * m1 + a2 * m2) * (1.0 - cosine)
    s0 = m0 * cosine + (a1 * m2 - a2 * m1) * sine + a0 * along
    s1 = m1 * cosine + (a2 * m0 - a0 * m2) * sine + a1 * along
    s2 = m2 * cosine + (a0 * m1 - a1 * m0) * sine + a2 * along
    p0, p1 = s0 / s2, s1 / s2
    square = p0 * p0 + p1 * p1
    distortion = 1.0 + k1 * square + k2 * square * square
    return p0 * distortion * focal + u0, p1 * distortion * focal + v0


def ba(cameras, points, weights, features, seen_by, seen):
    """Weighted reprojection errors: observation i is of point seen[i] by camera seen_by[i]."""
    count = len(weights)
    errors = np.empty((count, 2))
    for i in range(count):
        c, p = seen_by[i], seen[i]
        u, v = project(cameras[c, 0], cameras[c, 1], cameras[c, 2], cameras[c, 3], cameras[c, 4], cameras[c, 5],
                       cameras[c, 6], cameras[c, 7], cameras[c, 8], cameras[c, 9], cameras[c, 10],
                       points[p, 0], points[p, 1], points[p, 2])
        errors[i, 0] = weights[i] * (u - features[i, 0])
        errors[i, 1] = weights[i] * (v - features[i, 1])
    return errors


def ba_jacobian(cameras, points, weights, features, seen_by, seen):
    """The derivatives of each observation's two errors by its camera, its point and its weight, (count, 2, 15)."""
    count = len(weights)
    blocks = np.empty((count, 2, 15))
    for i in range(count):
        c, p = seen_by[i], seen[i]
        (u, v), pull = srcad.vjp(
            project, cameras[c, 0], cameras[c, 1], cameras[c, 2], cameras[c, 3], cameras[c, 4], cameras[c, 5], cameras[c, 6],
            cameras[c, 7], cameras[c, 8], cameras[c, 9], cameras[c, 10], points[p, 0], points[p, 1], points[p, 2])
        w = weights[i]
        put(blocks[i, 0], pull((w, 0.0)), u - features[i, 0])
        put(blocks[i, 1], pull((0.0, w)), v - features[i, 1])
    return blocks


def put(row, bars, error):
    """A row of the Jacobian."""
    (row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10], row[11], row[12],
     row[13]) = bars
    row[14] = error


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


def lstm(main, extra, state, sequence):
    """As `adbench_numpy.lstm`."""
    layers, d = len(main), sequence.shape[1]
    hidden, cell = state[:, 0].copy(), state[:, 1].copy()
    x = np.empty(d)
    y = np.empty(d)
    total = 0.0
    for t in range(len(sequence) - 1):
        for j in range(d):
            x[j] = sequence[t, j] * extra[0, j]
        for layer in range(layers):
            for j in range(d):
                forget = sigmoid(x[j] * main[layer, 0, 0, j] + main[layer, 1, 0, j])
                ingate = sigmoid(hidden[layer, j] * main[layer, 0, 1, j] + main[layer, 1, 1, j])
                outgate = sigmoid(x[j] * main[layer, 0, 2, j] + main[layer, 1, 2, j])
                change = math.tanh(hidden[layer, j] * main[layer, 0, 3, j] + main[layer, 1, 3, j])
                cell[layer, j] = cell[layer, j] * forget + ingate * change
                hidden[layer, j] = outgate * math.tanh(cell[layer, j])
                x[j] = hidden[layer, j]
        s = 2.0
        for j in range(d):
            y[j] = x[j] * extra[1, j] + extra[2, j]
            s += math.exp(y[j])
        s = math.log(s)
        for j in range(d):
            total += sequence[t + 1, j] * (y[j] - s)
    return -total / ((len(sequence) - 1) * d)


def lotka_volterra(a, b, c, d, prey, hunters, step, steps):
    """Prey and hunters after steps of Runge and Kutta's method of order 4: the sum of their squares."""
    for _ in range(steps):
        p1, h1 = prey * (a - b * hunters), hunters * (d * prey - c)
        p, h = prey + 0.5 * step * p1, hunters + 0.5 * step * h1
        p2, h2 = p * (a - b * h), h * (d * p - c)
        p, h = prey + 0.5 * step * p2, hunters + 0.5 * step * h2
        p3, h3 = p * (a - b * h), h * (d * p - c)
        p, h = prey + step * p3, hunters + step * h3
        p4, h4 = p * (a - b * h), h * (d * p - c)
        prey = prey + step / 6.0 * (p1 + 2.0 * p2 + 2.0 * p3 + p4)
        hunters = hunters + step / 6.0 * (h1 + 2.0 * h2 + 2.0 * h3 + h4)
    return prey * prey + hunters * hunters


def heat(u, rate, steps):
    """As `adbench_numpy.heat`, element by element in one array."""
    u = u.copy()
    n = len(u)
    for _ in range(steps):
        left = u[0]
        for j in range(1, n - 1):
            middle = u[j]
            u[j] = middle + rate * (u[j + 1] - 2.0 * middle + left)
            left = middle
    total = 0.0
    for j in range(n):
        total += u[j] * u[j]
    return total
