"""Kernels out of statistics, vision and physics, with value and gradient by hand.

As in the other files the derivatives use what a careful engineer knows of reverse mode and of NumPy, and no more.
"""

from __future__ import annotations

import numpy as np

from kernel import Kernel

# A mixture of Gaussians, its covariances given by factors of their inverses.


def mixture(alphas, means, logs, lower, x):
    scales = np.exp(logs)
    factors = np.tril(lower, -1)
    centred = x[:, None, :] - means
    scaled = scales * centred + np.einsum("kij,nkj->nki", factors, centred)
    inner = alphas + np.sum(logs, axis=1) - 0.5 * np.sum(scaled * scaled, axis=2)
    top = np.max(inner, axis=1, keepdims=True)
    likelihood = np.sum(np.log(np.sum(np.exp(inner - top), axis=1)) + top[:, 0])
    weights = np.log(np.sum(np.exp(alphas)))
    prior = 0.5 * (np.sum(scales * scales) + np.sum(factors * factors)) - np.sum(logs)
    return likelihood - len(x) * weights - prior


def mixture_by_hand(alphas, means, logs, lower, x):
    scales = np.exp(logs)
    factors = np.tril(lower, -1)
    centred = x[:, None, :] - means
    scaled = scales * centred + np.einsum("kij,nkj->nki", factors, centred)
    inner = alphas + np.sum(logs, axis=1) - 0.5 * np.sum(scaled * scaled, axis=2)
    top = np.max(inner, axis=1, keepdims=True)
    e = np.exp(inner - top)
    sums = np.sum(e, axis=1)
    likelihood = np.sum(np.log(sums) + top[:, 0])
    e_alphas = np.exp(alphas)
    total = np.sum(e_alphas)
    prior = 0.5 * (np.sum(scales * scales) + np.sum(factors * factors)) - np.sum(logs)
    value = likelihood - len(x) * np.log(total) - prior
    # reverse
    inner_bar = e / sums[:, None]
    of_each = np.sum(inner_bar, axis=0)
    scaled_bar = -inner_bar[:, :, None] * scaled
    centred_bar = scales * scaled_bar + np.einsum("kij,nki->nkj", factors, scaled_bar)
    scales_bar = np.sum(scaled_bar * centred, axis=0) - scales
    return value, (of_each - len(x) / total * e_alphas, -np.sum(centred_bar, axis=0),
                   of_each[:, None] + 1.0 + scales_bar * scales,
                   np.tril(np.einsum("nki,nkj->kij", scaled_bar, centred) - factors, -1))


def mixture_arguments() -> tuple:
    rng = np.random.default_rng(0)
    n, k, d = 100, 5, 4
    return (rng.standard_normal(k), rng.standard_normal((k, d)), 0.1 * rng.standard_normal((k, d)),
            0.1 * rng.standard_normal((k, d, d)), rng.standard_normal((n, d)))


# Bundle adjustment: where a camera sees a point, against where it saw it.


def rotated(rotation, x):
    square = np.dot(rotation, rotation)
    angle = np.sqrt(square)
    cos, sin = np.cos(angle), np.sin(angle)
    axis = rotation / angle
    return x * cos + np.cross(axis, x) * sin + axis * (np.dot(axis, x) * (1.0 - cos))


def reprojection(camera, point, weight, seen):
    x = rotated(camera[:3], point - camera[3:6])
    flat = x[:2] / x[2]
    square = np.dot(flat, flat)
    distorted = flat * (1.0 + camera[9] * square + camera[10] * square * square)
    error = weight * (distorted * camera[6] + camera[7:9] - seen)
    return np.dot(error, error)


def cross(a, b):
    """The cross product of two vectors: `np.cross` takes twenty times as long."""
    a0, a1, a2 = a.tolist()
    b0, b1, b2 = b.tolist()
    return np.array([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0])


def reprojection_by_hand(camera, point, weight, seen):
    rotation, moved = camera[:3], point - camera[3:6]
    angle = np.sqrt(np.dot(rotation, rotation))
    cos, sin = np.cos(angle), np.sin(angle)
    axis = rotation / angle
    across = np.cross(axis, moved)
    along = np.dot(axis, moved)
    x = moved * cos + across * sin + axis * (along * (1.0 - cos))
    flat = x[:2] / x[2]
    square = np.dot(flat, flat)
    factor = 1.0 + camera[9] * square + camera[10] * square * square
    distorted = flat * factor
    difference = distorted * camera[6] + camera[7:9] - seen
    error = weight * difference
    # reverse
    error_bar = 2.0 * error
    difference_bar = weight * error_bar
    camera_bar = np.empty(11)
    camera_bar[7:9] = difference_bar
    camera_bar[6] = np.dot(difference_bar, distorted)
    distorted_bar = difference_bar * camera[6]
    factor_bar = np.dot(distorted_bar, flat)
    camera_bar[9] = factor_bar * square
    camera_bar[10] = factor_bar * square * square
    square_bar = factor_bar * (camera[9] + 2.0 * camera[10] * square)
    flat_bar = distorted_bar * factor + 2.0 * square_bar * flat
    x_bar = np.empty(3)
    x_bar[:2] = flat_bar / x[2]
    x_bar[2] = -np.dot(x_bar[:2], flat)
    on_axis = np.dot(x_bar, axis)
    along_bar = on_axis * (1.0 - cos)
    across_bar = x_bar * sin
    angle_bar = np.dot(x_bar, across) * cos - (np.dot(x_bar, moved) - on_axis * along) * sin
    axis_bar = x_bar * (along * (1.0 - cos)) + along_bar * moved + cross(moved, across_bar)
    moved_bar = x_bar * cos + along_bar * axis + cross(across_bar, axis)
    angle_bar = angle_bar - np.dot(axis_bar, axis) / angle
    camera_bar[:3] = axis_bar / angle + angle_bar * axis
    camera_bar[3:6] = -moved_bar
    return np.dot(error, error), (camera_bar, moved_bar, np.dot(error_bar, difference))


def reprojection_by_component(camera, point, weight, seen):
    """The function's own operations as they are, so that the value is the same to the last bit; the rest on numbers."""
    rotation, moved = camera[:3], point - camera[3:6]
    angle = np.sqrt(np.dot(rotation, rotation))
    cos, sin = np.cos(angle), np.sin(angle)
    axis = rotation / angle
    across = np.cross(axis, moved)
    along = np.dot(axis, moved)
    x = moved * cos + across * sin + axis * (along * (1.0 - cos))
    flat = x[:2] / x[2]
    square = np.dot(flat, flat)
    factor = 1.0 + camera[9] * square + camera[10] * square * square
    distorted = flat * factor
    difference = distorted * camera[6] + camera[7:9] - seen
    error = weight * difference
    # reverse
    _, _, _, _, _, _, focal, _, _, k1, k2 = camera.tolist()
    angle, cos, sin, along, square, factor = map(float, (angle, cos, sin, along, square, factor))
    e0, e1 = error.tolist()
    d0, d1 = difference.tolist()
    e0, e1 = 2.0 * e0, 2.0 * e1
    d0_bar, d1_bar = weight * e0, weight * e1
    f0, f1 = distorted.tolist()
    focal_bar = d0_bar * f0 + d1_bar * f1
    f0_bar, f1_bar = d0_bar * focal, d1_bar * focal
    u0, u1 = flat.tolist()
    factor_bar = f0_bar * u0 + f1_bar * u1
    k1_bar = factor_bar * square
    twice = 2.0 * factor_bar * (k1 + 2.0 * k2 * square)
    depth = 1.0 / x.item(2)
    x0 = (f0_bar * factor + twice * u0) * depth
    x1 = (f1_bar * factor + twice * u1) * depth
    x2 = -(x0 * u0 + x1 * u1)
    a0, a1, a2 = axis.tolist()
    m0, m1, m2 = moved.tolist()
    c0, c1, c2 = across.tolist()
    rest = 1.0 - cos
    on_axis = x0 * a0 + x1 * a1 + x2 * a2
    along_bar, scale = on_axis * rest, along * rest
    c0_bar, c1_bar, c2_bar = x0 * sin, x1 * sin, x2 * sin
    angle_bar = (x0 * c0 + x1 * c1 + x2 * c2) * cos - (x0 * m0 + x1 * m1 + x2 * m2 - on_axis * along) * sin
    a0_bar = x0 * scale + along_bar * m0 + m1 * c2_bar - m2 * c1_bar
    a1_bar = x1 * scale + along_bar * m1 + m2 * c0_bar - m0 * c2_bar
    a2_bar = x2 * scale + along_bar * m2 + m0 * c1_bar - m1 * c0_bar
    m0_bar = x0 * cos + along_bar * a0 + c1_bar * a2 - c2_bar * a1
    m1_bar = x1 * cos + along_bar * a1 + c2_bar * a0 - c0_bar * a2
    m2_bar = x2 * cos + along_bar * a2 + c0_bar * a1 - c1_bar * a0
    inverse = 1.0 / angle
    angle_bar = angle_bar - (a0_bar * a0 + a1_bar * a1 + a2_bar * a2) * inverse
    camera_bar = np.array([a0_bar * inverse + angle_bar * a0, a1_bar * inverse + angle_bar * a1,
                           a2_bar * inverse + angle_bar * a2,
                           -m0_bar, -m1_bar, -m2_bar, focal_bar, d0_bar, d1_bar, k1_bar, k1_bar * square])
    return np.dot(error, error), (camera_bar, np.array([m0_bar, m1_bar, m2_bar]), np.float64(e0 * d0 + e1 * d1))


def reprojection_arguments() -> tuple:
    camera = np.array([0.1, -0.2, 0.15, 0.5, -0.3, -4.0, 500.0, 3.0, -2.0, 0.01, 0.002])
    return camera, np.array([0.4, 0.2, 1.0]), 0.9, np.array([10.0, 40.0])


# A Kalman filter: the likelihood of measurements of a system with noise.


def kalman(a, q, r, h, ys):
    m, p = np.zeros(len(a)), np.eye(len(a))
    likelihood = 0.0
    for y in ys:
        m = a @ m
        p = a @ p @ a.T + q
        e = y - h @ m
        hp = h @ p
        s = hp @ h.T + r
        gain = np.linalg.solve(s, hp)
        solved = np.linalg.solve(s, e)
        m = m + e @ gain
        p = p - hp.T @ gain
        likelihood = likelihood - 0.5 * (e @ solved + np.log(np.linalg.det(s)))
    return likelihood


def kalman_by_hand(a, q, r, h, ys):
    m, p = np.zeros(len(a)), np.eye(len(a))
    likelihood = 0.0
    tape = []
    for y in ys:
        m_0, ap = m, a @ p
        m = a @ m
        p_0, p = p, ap @ a.T + q
        e = y - h @ m
        hp = h @ p
        s = hp @ h.T + r
        gain = np.linalg.solve(s, hp)
        solved = np.linalg.solve(s, e)
        tape.append((m_0, p_0, ap, e, hp, s, gain, solved))
        m = m + e @ gain
        p = p - hp.T @ gain
        likelihood = likelihood - 0.5 * (e @ solved + np.log(np.linalg.det(s)))
    a_bar, q_bar, r_bar = np.zeros_like(a), np.zeros_like(q), np.zeros_like(r)
    m_bar, p_bar = np.zeros(len(a)), np.zeros_like(a)
    for m_0, p_0, ap, e, hp, s, gain, solved in tape[::-1]:
        hp_bar = -gain @ p_bar.T
        gain_bar = np.outer(e, m_bar) - hp @ p_bar
        of_gain = np.linalg.solve(s.T, gain_bar)
        of_solved = np.linalg.solve(s.T, -0.5 * e)
        s_bar = -of_gain @ gain.T - np.outer(of_solved, solved) - 0.5 * np.linalg.inv(s).T
        e_bar = gain @ m_bar - 0.5 * solved + of_solved
        hp_bar += of_gain + s_bar @ h
        r_bar += s_bar
        p_bar = p_bar + h.T @ hp_bar
        q_bar += p_bar
        m_bar = m_bar - h.T @ e_bar
        ap_bar = p_bar @ a
        a_bar += p_bar.T @ ap + ap_bar @ p_0.T + np.outer(m_bar, m_0)
        p_bar = a.T @ ap_bar
        m_bar = a.T @ m_bar
    return likelihood, (a_bar, q_bar, r_bar)


def kalman_arguments() -> tuple:
    rng = np.random.default_rng(0)
    a = np.array([[1.0, 0.0, 0.1, 0.0], [0.0, 1.0, 0.0, 0.1], [-0.1, 0.0, 0.95, 0.0], [0.0, -0.1, 0.0, 0.95]])
    h = np.eye(2, 4)
    return a, 0.1 * np.eye(4), 0.5 * np.eye(2), h, rng.standard_normal((50, 2))


# Bodies that attract one another, one step of leapfrog; the energy behind it.


def bodies(x, v, masses, step):
    between = x[:, None, :] - x
    squares = np.sum(between * between, axis=2) + 0.01
    pull = masses / (squares * np.sqrt(squares))
    v = v - step * np.sum(pull[:, :, None] * between, axis=1)
    x = x + step * v
    between = x[:, None, :] - x
    squares = np.sum(between * between, axis=2) + 0.01
    kinetic = 0.5 * np.sum(masses * np.sum(v * v, axis=1))
    potential = 0.5 * (masses @ (1.0 / np.sqrt(squares)) @ masses)
    return kinetic - potential


def bodies_by_hand(x, v, masses, step):
    between = x[:, None, :] - x
    squares = np.sum(between * between, axis=2) + 0.01
    roots = np.sqrt(squares)
    cubes = squares * roots
    pull = masses / cubes
    force = np.sum(pull[:, :, None] * between, axis=1)
    v = v - step * force
    x = x + step * v
    between_1 = x[:, None, :] - x
    squares_1 = np.sum(between_1 * between_1, axis=2) + 0.01
    inverse = 1.0 / np.sqrt(squares_1)
    speeds = np.sum(v * v, axis=1)
    towards = masses @ inverse
    kinetic = 0.5 * np.sum(masses * speeds)
    potential = 0.5 * (towards @ masses)
    # reverse
    masses_bar = 0.5 * speeds - 0.5 * (towards + inverse @ masses)
    squares_1_bar = 0.25 * np.outer(masses, masses) * (inverse / squares_1)
    between_1_bar = 2.0 * squares_1_bar[:, :, None] * between_1
    x_bar = np.sum(between_1_bar, axis=1) - np.sum(between_1_bar, axis=0)
    v_bar = masses[:, None] * v + step * x_bar
    force_bar = -step * v_bar
    pull_bar = np.sum(between * force_bar[:, None, :], axis=2)
    masses_bar += np.sum(pull_bar / cubes, axis=0)
    squares_bar = -1.5 * pull_bar * pull / squares
    between_bar = pull[:, :, None] * force_bar[:, None, :] + 2.0 * squares_bar[:, :, None] * between
    x_bar += np.sum(between_bar, axis=1) - np.sum(between_bar, axis=0)
    return kinetic - potential, (x_bar, v_bar, masses_bar)


def bodies_arguments() -> tuple:
    rng = np.random.default_rng(0)
    return rng.standard_normal((10, 3)), 0.1 * rng.standard_normal((10, 3)), 1.0 + rng.random(10), 0.01


# Heat along a rod, written in place.


def heat(u, rate, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += rate * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def heat_by_hand(u, rate, steps):
    u = u.copy()
    tape = []
    for _ in range(steps):
        bend = u[2:] - 2.0 * u[1:-1] + u[:-2]
        tape.append(bend)
        u[1:-1] += rate * bend
    value = np.sum(u * u)
    u_bar = 2.0 * u
    left, inside, right = u_bar[:-2], u_bar[1:-1], u_bar[2:]
    rate_bar = 0.0
    for bend in tape[::-1]:
        rate_bar += np.vdot(inside, bend)
        bend_bar = rate * inside
        right += bend_bar
        inside -= 2.0 * bend_bar
        left += bend_bar
    return value, (u_bar, rate_bar)


HEAT_FOR_JAX = """
def heat(u, rate, steps):
    def step(_, u):
        return u.at[1:-1].add(rate * (u[2:] - 2.0 * u[1:-1] + u[:-2]))
    u = lax.fori_loop(0, steps, step, u)
    return np.sum(u * u)
"""


# Elements of an array, written one by one.


def relaxed(x, n):
    x = x.copy()
    for i in range(1, n):
        x[i] = np.sin(x[i - 1]) * x[i]
    return x[n - 1]


def relaxed_by_hand(x, n):
    x = x.copy()
    tape = []
    for i in range(1, n):
        before, here = x[i - 1], x[i]
        sin = np.sin(before)
        tape.append((before, here, sin))
        x[i] = sin * here
    x_bar = np.zeros_like(x)
    x_bar[n - 1] = 1.0
    for i in range(n - 1, 0, -1):
        before, here, sin = tape[i - 1]
        g = x_bar[i]
        x_bar[i] = g * sin
        x_bar[i - 1] += g * here * np.cos(before)
    return x[n - 1], x_bar


RELAXED_FOR_JAX = """
def relaxed(x, n):
    def step(i, x):
        return x.at[i].set(np.sin(x[i - 1]) * x[i])
    x = lax.fori_loop(1, n, step, x)
    return x[n - 1]
"""


KERNELS = (
    Kernel("mixture of Gaussians (100 x 5 x 4)", mixture, mixture_by_hand, mixture_arguments(), (0, 1, 2, 3), with_value=True),
    Kernel("bundle adjustment (one point)", reprojection, reprojection_by_hand, reprojection_arguments(), (0, 1, 2),
           with_value=True, helpers=(rotated,)),
    Kernel("bundle adjustment, small_axes=11", reprojection, reprojection_by_component, reprojection_arguments(), (0, 1, 2),
           with_value=True, helpers=(rotated,), options={"small_axes": 11}),
    Kernel("Kalman filter (50 x 4)", kalman, kalman_by_hand, kalman_arguments(), (0, 1, 2), with_value=True),
    Kernel("N bodies (10)", bodies, bodies_by_hand, bodies_arguments(), (0, 1, 2), with_value=True),
    Kernel("heat equation in place (500 x 50)", heat, heat_by_hand, (np.sin(np.linspace(0.0, 6.0, 500)), 0.2, 50), (0, 1),
           with_value=True, jax=HEAT_FOR_JAX, static=(2,), in_place=True),
    Kernel("elements in place (100)", relaxed, relaxed_by_hand, (np.linspace(0.5, 1.5, 100), 100), with_value=True,
           jax=RELAXED_FOR_JAX, static=(1,), in_place=True),
)
