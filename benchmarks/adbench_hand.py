"""Adjoints by hand, to be compiled by Numba: what generated code is measured against."""

from __future__ import annotations

import math

import numpy as np


def lstm(main, extra, state, sequence):
    """Value and gradient of `adbench_loops.lstm` by (main, extra); six numbers are kept of each cell and step."""
    layers, d = len(main), sequence.shape[1]
    trips = len(sequence) - 1
    hidden, cell = state[:, 0].copy(), state[:, 1].copy()
    kept = np.empty((trips, layers, d, 7))
    x = np.empty(d)
    ends = np.empty((trips, d))
    powers = np.empty((trips, d))
    sums = np.empty(trips)
    total = 0.0
    for t in range(trips):
        for j in range(d):
            x[j] = sequence[t, j] * extra[0, j]
        for k in range(layers):
            for j in range(d):
                forget = 1.0 / (1.0 + math.exp(-(x[j] * main[k, 0, 0, j] + main[k, 1, 0, j])))
                ingate = 1.0 / (1.0 + math.exp(-(hidden[k, j] * main[k, 0, 1, j] + main[k, 1, 1, j])))
                outgate = 1.0 / (1.0 + math.exp(-(x[j] * main[k, 0, 2, j] + main[k, 1, 2, j])))
                change = math.tanh(hidden[k, j] * main[k, 0, 3, j] + main[k, 1, 3, j])
                now = cell[k, j] * forget + ingate * change
                bent = math.tanh(now)
                kept[t, k, j, 0] = x[j]
                kept[t, k, j, 1] = forget
                kept[t, k, j, 2] = ingate
                kept[t, k, j, 3] = outgate
                kept[t, k, j, 4] = change
                kept[t, k, j, 5] = bent
                kept[t, k, j, 6] = cell[k, j]
                cell[k, j] = now
                hidden[k, j] = outgate * bent
                x[j] = hidden[k, j]
        s = 2.0
        weight = 0.0
        for j in range(d):
            ends[t, j] = x[j]
            y = x[j] * extra[1, j] + extra[2, j]
            powers[t, j] = math.exp(y)
            s += powers[t, j]
            total += sequence[t + 1, j] * y
            weight += sequence[t + 1, j]
        sums[t] = s
        total -= weight * math.log(s)
    scale = -1.0 / (trips * d)
    main_bar, extra_bar = np.zeros_like(main), np.zeros_like(extra)
    hidden_bar, cell_bar, x_bar = np.zeros((layers, d)), np.zeros((layers, d)), np.empty(d)
    for t in range(trips - 1, -1, -1):
        weight = 0.0
        for j in range(d):
            weight += sequence[t + 1, j]
        weight /= sums[t]
        for j in range(d):
            y_bar = scale * (sequence[t + 1, j] - weight * powers[t, j])
            extra_bar[1, j] += y_bar * ends[t, j]
            extra_bar[2, j] += y_bar
            x_bar[j] = y_bar * extra[1, j]
        for k in range(layers - 1, -1, -1):
            for j in range(d):
                x0, forget, ingate = kept[t, k, j, 0], kept[t, k, j, 1], kept[t, k, j, 2]
                outgate, change, bent = kept[t, k, j, 3], kept[t, k, j, 4], kept[t, k, j, 5]
                old = kept[t - 1, k, j, 3] * kept[t - 1, k, j, 5] if t > 0 else state[k, 0, j]
                h_bar = x_bar[j] + hidden_bar[k, j]
                c_bar = cell_bar[k, j] + h_bar * outgate * (1.0 - bent * bent)
                f_bar = c_bar * kept[t, k, j, 6] * forget * (1.0 - forget)
                i_bar = c_bar * change * ingate * (1.0 - ingate)
                o_bar = h_bar * bent * outgate * (1.0 - outgate)
                g_bar = c_bar * ingate * (1.0 - change * change)
                main_bar[k, 0, 0, j] += f_bar * x0
                main_bar[k, 0, 1, j] += i_bar * old
                main_bar[k, 0, 2, j] += o_bar * x0
                main_bar[k, 0, 3, j] += g_bar * old
                main_bar[k, 1, 0, j] += f_bar
                main_bar[k, 1, 1, j] += i_bar
                main_bar[k, 1, 2, j] += o_bar
                main_bar[k, 1, 3, j] += g_bar
                cell_bar[k, j] = c_bar * forget
                hidden_bar[k, j] = i_bar * main[k, 0, 1, j] + g_bar * main[k, 0, 3, j]
                x_bar[j] = f_bar * main[k, 0, 0, j] + o_bar * main[k, 0, 2, j]
        for j in range(d):
            extra_bar[0, j] += x_bar[j] * sequence[t, j]
    return total * scale, (main_bar, extra_bar)


def lotka_volterra(a, b, c, d, prey, hunters, step, steps):
    """Value and gradient of `adbench_loops.lotka_volterra` by its first six arguments; the states are kept."""
    kept = np.empty((steps, 2))
    half = 0.5 * step
    sixth = step / 6.0
    for t in range(steps):
        kept[t, 0] = prey
        kept[t, 1] = hunters
        p1, h1 = prey * (a - b * hunters), hunters * (d * prey - c)
        p, h = prey + half * p1, hunters + half * h1
        p2, h2 = p * (a - b * h), h * (d * p - c)
        p, h = prey + half * p2, hunters + half * h2
        p3, h3 = p * (a - b * h), h * (d * p - c)
        p, h = prey + step * p3, hunters + step * h3
        p4, h4 = p * (a - b * h), h * (d * p - c)
        prey += sixth * (p1 + 2.0 * p2 + 2.0 * p3 + p4)
        hunters += sixth * (h1 + 2.0 * h2 + 2.0 * h3 + h4)
    value = prey * prey + hunters * hunters
    prey_bar, hunters_bar = 2.0 * prey, 2.0 * hunters
    a_bar = b_bar = c_bar = d_bar = 0.0
    for t in range(steps - 1, -1, -1):
        q1, g1 = kept[t, 0], kept[t, 1]
        p1, h1 = q1 * (a - b * g1), g1 * (d * q1 - c)
        q2, g2 = q1 + half * p1, g1 + half * h1
        p2, h2 = q2 * (a - b * g2), g2 * (d * q2 - c)
        q3, g3 = q1 + half * p2, g1 + half * h2
        p3, h3 = q3 * (a - b * g3), g3 * (d * q3 - c)
        q4, g4 = q1 + step * p3, g1 + step * h3
        p_bar, h_bar = sixth * prey_bar, sixth * hunters_bar          # of the fourth slope
        q4_bar = p_bar * (a - b * g4) + h_bar * d * g4
        g4_bar = h_bar * (d * q4 - c) - p_bar * b * q4
        a_bar += p_bar * q4
        b_bar -= p_bar * q4 * g4
        c_bar -= h_bar * g4
        d_bar += h_bar * g4 * q4
        p_bar, h_bar = 2.0 * sixth * prey_bar + step * q4_bar, 2.0 * sixth * hunters_bar + step * g4_bar
        q3_bar = p_bar * (a - b * g3) + h_bar * d * g3
        g3_bar = h_bar * (d * q3 - c) - p_bar * b * q3
        a_bar += p_bar * q3
        b_bar -= p_bar * q3 * g3
        c_bar -= h_bar * g3
        d_bar += h_bar * g3 * q3
        p_bar, h_bar = 2.0 * sixth * prey_bar + half * q3_bar, 2.0 * sixth * hunters_bar + half * g3_bar
        q2_bar = p_bar * (a - b * g2) + h_bar * d * g2
        g2_bar = h_bar * (d * q2 - c) - p_bar * b * q2
        a_bar += p_bar * q2
        b_bar -= p_bar * q2 * g2
        c_bar -= h_bar * g2
        d_bar += h_bar * g2 * q2
        p_bar, h_bar = sixth * prey_bar + half * q2_bar, sixth * hunters_bar + half * g2_bar
        a_bar += p_bar * q1
        b_bar -= p_bar * q1 * g1
        c_bar -= h_bar * g1
        d_bar += h_bar * g1 * q1
        prey_bar += q2_bar + q3_bar + q4_bar + p_bar * (a - b * g1) + h_bar * d * g1
        hunters_bar += g2_bar + g3_bar + g4_bar + h_bar * (d * q1 - c) - p_bar * b * q1
    return value, (a_bar, b_bar, c_bar, d_bar, prey_bar, hunters_bar)


def heat(u, rate, steps):
    """Value and gradient of `adbench_loops.heat` by the initial state."""
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
    bar = 2.0 * u
    keep = 1.0 - 2.0 * rate
    for _ in range(steps):
        left_bar = 0.0
        for j in range(n - 2, 0, -1):
            share = rate * bar[j]
            bar[j + 1] += share
            bar[j] = keep * bar[j] + left_bar
            left_bar = share
        bar[0] += left_bar
    return total, bar
