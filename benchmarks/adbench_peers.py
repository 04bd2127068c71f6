"""The objectives without writing in place, for libraries that cannot follow it; `np` is their NumPy (or `torch`)."""

from __future__ import annotations

import math

import adbench_numpy


def gmm(np, alphas, means, factors, x, gamma, m, places):
    """As `adbench_numpy.gmm`."""
    n, d = x.shape
    count = len(alphas)
    prior = 0.0
    logs = []
    for k in range(count):
        sum_logs = np.sum(factors[k, :d])
        triangle = np.concatenate((np.zeros(1), factors[k, d:]))
        q = np.diag(np.exp(factors[k, :d])) + triangle[places]
        y = q @ (x - means[k]).T
        logs.append(alphas[k] + sum_logs - 0.5 * np.sum(y * y, axis=0))
        prior = prior + m * sum_logs - 0.5 * gamma * gamma * np.sum(q * q)
    beta = np.stack(logs)
    likelihood = np.sum(log_sum_exp(np, beta))
    return likelihood - n * (0.5 * d * math.log(2 * math.pi) + log_sum_exp(np, alphas)) + prior + (
        adbench_numpy.wishart_constant(d, count, gamma, m))


def log_sum_exp(np, v):
    """Along the first axis."""
    top = np.amax(v, 0)
    return top + np.log(np.sum(np.exp(v - top), axis=0))


def ba(np, cameras, points, weights, features):
    """As `adbench_numpy.ba`: a row for each observation."""
    rotation = cameras[:, 0:3]
    angle = np.sqrt(np.sum(rotation * rotation, axis=1))[:, None]
    axis, moved = rotation / angle, points - cameras[:, 3:6]
    cosine = np.cos(angle)
    crossed = np.stack((axis[:, 1] * moved[:, 2] - axis[:, 2] * moved[:, 1],
                        axis[:, 2] * moved[:, 0] - axis[:, 0] * moved[:, 2],
                        axis[:, 0] * moved[:, 1] - axis[:, 1] * moved[:, 0]), axis=1)
    along = np.sum(axis * moved, axis=1)[:, None] * (1.0 - cosine)
    seen = moved * cosine + crossed * np.sin(angle) + axis * along
    plane = seen[:, 0:2] / seen[:, 2:3]
    square = np.sum(plane * plane, axis=1)
    distortion = 1.0 + cameras[:, 9] * square + cameras[:, 10] * square * square
    return weights[:, None] * (plane * distortion[:, None] * cameras[:, 6:7] + cameras[:, 7:9] - features)


def lstm_step(np, main, extra, state, now, following):
    """(state, log likelihood) after one more item of a sequence; state: ((hidden, cell), ...)."""
    x = now * extra[0]
    new = []
    for layer, (hidden, cell) in enumerate(state):
        weight, bias = main[layer, 0], main[layer, 1]
        forget, outgate = (1.0 / (1.0 + np.exp(-(x * weight[k] + bias[k]))) for k in (0, 2))
        ingate = 1.0 / (1.0 + np.exp(-(hidden * weight[1] + bias[1])))
        cell = cell * forget + ingate * np.tanh(hidden * weight[3] + bias[3])
        x = outgate * np.tanh(cell)
        new.append((x, cell))
    y = x * extra[1] + extra[2]
    return tuple(new), np.sum(following * (y - np.log(2.0 + np.sum(np.exp(y)))))


def lstm(np, main, extra, state, sequence):
    """As `adbench_numpy.lstm`."""
    states = tuple((s[0], s[1]) for s in state)
    total = 0.0
    for t in range(len(sequence) - 1):
        states, part = lstm_step(np, main, extra, states, sequence[t], sequence[t + 1])
        total = total + part
    return -total / ((len(sequence) - 1) * sequence.shape[1])


def jax_lstm(main, extra, state, sequence):
    """As `lstm`, with a loop that JAX does not unroll."""
    import jax

    def step(states, items):
        return lstm_step(jax.numpy, main, extra, states, *items)

    _, parts = jax.lax.scan(step, tuple((s[0], s[1]) for s in state), (sequence[:-1], sequence[1:]))
    return -jax.numpy.sum(parts) / ((len(sequence) - 1) * sequence.shape[1])


def lotka_volterra_step(a, b, c, d, step, prey, hunters):
    p1, h1 = prey * (a - b * hunters), hunters * (d * prey - c)
    p, h = prey + 0.5 * step * p1, hunters + 0.5 * step * h1
    p2, h2 = p * (a - b * h), h * (d * p - c)
    p, h = prey + 0.5 * step * p2, hunters + 0.5 * step * h2
    p3, h3 = p * (a - b * h), h * (d * p - c)
    p, h = prey + step * p3, hunters + step * h3
    p4, h4 = p * (a - b * h), h * (d * p - c)
    return prey + step / 6.0 * (p1 + 2.0 * p2 + 2.0 * p3 + p4), hunters + step / 6.0 * (h1 + 2.0 * h2 + 2.0 * h3 + h4)


def lotka_volterra(np, a, b, c, d, prey, hunters, step, steps):
    """As `adbench_loops.lotka_volterra`."""
    for _ in range(steps):
        prey, hunters = lotka_volterra_step(a, b, c, d, step, prey, hunters)
    return prey * prey + hunters * hunters


def jax_lotka_volterra(a, b, c, d, prey, hunters, step, steps):
    """As `lotka_volterra`, with a loop that JAX does not unroll."""
    import jax

    def advance(state, _):
        return lotka_volterra_step(a, b, c, d, step, *state), None

    (prey, hunters), _ = jax.lax.scan(advance, (prey, hunters), None, length=steps)
    return prey * prey + hunters * hunters


def heat_step(np, u, rate):
    return np.concatenate((u[:1], u[1:-1] + rate * (u[2:] - 2.0 * u[1:-1] + u[:-2]), u[-1:]))


def heat(np, u, rate, steps):
    """As `adbench_numpy.heat`."""
    for _ in range(steps):
        u = heat_step(np, u, rate)
    return np.sum(u * u)


def jax_heat(u, rate, steps):
    """As `heat`, with a loop that JAX does not unroll."""
    import jax

    u, _ = jax.lax.scan(lambda v, _: (heat_step(jax.numpy, v, rate), None), u, None, length=steps)
    return jax.numpy.sum(u * u)


def hand(np, theta, relatives, inverses, parents, positions, weights, correspondences, points):
    """As `adbench_numpy.hand`; `parents` are ordinary numbers."""
    absolutes: list = []
    for k, parent in enumerate(parents):
        finger, bone = divmod(k - 1, 4)
        first, none = 6 + 4 * finger, 0.0 * theta[0]
        x, y = none, none
        if 0 < k <= 20 and bone < 3:
            x = theta[first + (0, 2, 3)[bone]]
            y = theta[first + 1] if bone == 0 else none
        cx, sx, cy, sy = np.cos(x), np.sin(x), np.cos(y), np.sin(y)
        turn = np.stack([np.stack(row) for row in (
            (cy, sx * sy, cx * sy, none), (none, cx, -sx, none), (-sy, sx * cy, cx * cy, none), (none, none, none, 1.0 + none))])
        relative = relatives[k] @ turn
        absolutes.append(relative if parent < 0 else absolutes[parent] @ relative)
    total = 0.0
    for k, absolute in enumerate(absolutes):
        total = total + (absolute @ inverses[k])[:3] @ positions * weights[k]
    angle = np.sqrt(np.sum(theta[0:3] * theta[0:3]))
    x, y, z = theta[0] / angle, theta[1] / angle, theta[2] / angle
    c, s = np.cos(angle), np.sin(angle)
    turn = np.stack([np.stack(row) for row in (
        (x * x + (1 - x * x) * c, x * y * (1 - c) - z * s, x * z * (1 - c) + y * s),
        (x * y * (1 - c) + z * s, y * y + (1 - y * y) * c, y * z * (1 - c) - x * s),
        (x * z * (1 - c) - y * s, z * y * (1 - c) + x * s, z * z + (1 - z * z) * c))])
    placed = turn @ total + theta[3:6][:, None]
    return points - placed[:, correspondences]
