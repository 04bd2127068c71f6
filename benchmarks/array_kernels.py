"""Kernels over NumPy arrays, with their derivatives by hand.

The derivatives share what the primal computed, allocate each adjoint once, and call NumPy as seldom as the mathematics
allows. The network's maximum is differentiated by hand as the constant shift that it is: it cancels, and no system that
follows the program can know.
"""

from __future__ import annotations

import numpy as np

from kernel import Kernel


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_by_hand(x):
    a = x[:-1]
    u = x[1:] - a**2
    v = 1.0 - a
    value = np.sum(100.0 * u**2 + v**2)
    t = 200.0 * u
    x_bar = np.zeros_like(x)
    x_bar[1:] = t
    x_bar[:-1] -= 2.0 * (t * a + v)
    return value, x_bar


def logistic(w, X, y, l2):
    z = X @ w[:-1] + w[-1]
    return np.mean(np.logaddexp(0.0, z) - y * z) + 0.5 * l2 * np.sum(w[:-1] ** 2)


def logistic_by_hand(w, X, y, l2):
    weights = w[:-1]
    z = X @ weights + w[-1]
    s = np.logaddexp(0.0, z)
    value = np.mean(s - y * z) + 0.5 * l2 * np.sum(weights**2)
    z_bar = (np.exp(z - s) - y) / z.size
    w_bar = np.empty_like(w)
    w_bar[:-1] = z_bar @ X + l2 * weights
    w_bar[-1] = np.sum(z_bar)
    return value, w_bar


def network(parameters, X, targets):
    W1, b1, W2, b2 = parameters
    hidden = np.tanh(X @ W1 + b1)
    logits = hidden @ W2 + b2
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    normaliser = np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(np.sum(targets * (shifted - normaliser), axis=1))


def network_by_hand(parameters, X, targets):
    W1, b1, W2, b2 = parameters
    hidden = np.tanh(X @ W1 + b1)
    logits = hidden @ W2 + b2
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    total = np.sum(exponentials, axis=1, keepdims=True)
    value = -np.mean(np.sum(targets * (shifted - np.log(total)), axis=1))
    # reverse
    scaled = targets / -len(X)
    logits_bar = scaled - exponentials * (np.sum(scaled, axis=1, keepdims=True) / total)
    z_bar = (logits_bar @ W2.T) * (1.0 - hidden**2)
    W1_bar = X.T @ z_bar
    b1_bar = np.sum(z_bar, axis=0)
    W2_bar = hidden.T @ logits_bar
    b2_bar = np.sum(logits_bar, axis=0)
    return value, (W1_bar, b1_bar, W2_bar, b2_bar)


def lstm(W, U, b, forget_bias, xs, h, c):
    n = len(h)
    error = 0.0
    for x in xs:
        z = W @ h + U @ x + b
        i = 1.0 / (1.0 + np.exp(-z[:n]))
        f = 1.0 / (1.0 + np.exp(-(z[n : 2 * n] + forget_bias)))
        o = 1.0 / (1.0 + np.exp(-z[2 * n : 3 * n]))
        g = np.tanh(z[3 * n :])
        c = f * c + i * g
        h = o * np.tanh(c)
        error = error + (h[0] - x[0]) ** 2
    return error / len(xs)


def lstm_by_hand(W, U, b, forget_bias, xs, h, c):
    n = len(h)
    error = 0.0
    tape = []
    for x in xs:
        z = W @ h + U @ x + b
        i = 1.0 / (1.0 + np.exp(-z[:n]))
        f = 1.0 / (1.0 + np.exp(-(z[n : 2 * n] + forget_bias)))
        o = 1.0 / (1.0 + np.exp(-z[2 * n : 3 * n]))
        g = np.tanh(z[3 * n :])
        c_new = f * c + i * g
        t = np.tanh(c_new)
        h_new = o * t
        difference = h_new[0] - x[0]
        tape.append((x, h, c, i, f, o, g, t, difference))
        error = error + difference**2
        c = c_new
        h = h_new
    # reverse
    scale = 2.0 / len(xs)
    W_bar = np.zeros_like(W)
    U_bar = np.zeros_like(U)
    b_bar = np.zeros_like(b)
    forget_bias_bar = 0.0
    h_bar = np.zeros_like(h)
    c_bar = np.zeros_like(c)
    for x, h, c, i, f, o, g, t, difference in tape[::-1]:
        h_bar[0] += scale * difference
        c_bar = c_bar + h_bar * o * (1.0 - t * t)
        f_bar = c_bar * c * f * (1.0 - f)
        forget_bias_bar += np.sum(f_bar)
        z_bar = np.empty_like(b)
        z_bar[:n] = c_bar * g * i * (1.0 - i)
        z_bar[n : 2 * n] = f_bar
        z_bar[2 * n : 3 * n] = h_bar * t * o * (1.0 - o)
        z_bar[3 * n :] = c_bar * i * (1.0 - g * g)
        W_bar += np.outer(z_bar, h)
        U_bar += np.outer(z_bar, x)
        b_bar += z_bar
        h_bar = W.T @ z_bar
        c_bar = c_bar * f
    return error / len(xs), (W_bar, U_bar, b_bar, forget_bias_bar)


def rosenbrock_arguments(size: int = 1000) -> tuple:
    return (np.random.default_rng(0).uniform(-1.5, 1.5, size),)


def logistic_arguments(samples: int = 569, features: int = 30) -> tuple:
    rng = np.random.default_rng(1)
    X = rng.standard_normal((samples, features))
    y = (X @ rng.standard_normal(features) > 0.0).astype(float)
    return 0.1 * rng.standard_normal(features + 1), X, y, 1e-3


def network_arguments(samples: int = 128, inputs: int = 64, hidden: int = 32, classes: int = 10) -> tuple:
    rng = np.random.default_rng(2)
    layers = [(inputs, hidden), (hidden, classes)]
    parameters = []
    for rows, columns in layers:
        parameters += [rng.standard_normal((rows, columns)) / np.sqrt(rows), 0.1 * rng.standard_normal(columns)]
    X = rng.standard_normal((samples, inputs))
    return tuple(parameters), X, np.eye(classes)[rng.integers(classes, size=samples)]


def lstm_arguments(length: int = 20, inputs: int = 4, hidden: int = 16) -> tuple:
    rng = np.random.default_rng(3)
    W = rng.standard_normal((4 * hidden, hidden)) / np.sqrt(hidden)
    U = rng.standard_normal((4 * hidden, inputs)) / np.sqrt(inputs)
    xs = rng.standard_normal((length, inputs))
    return W, U, 0.1 * rng.standard_normal(4 * hidden), 1.0, xs, np.zeros(hidden), np.zeros(hidden)


KERNELS = (
    Kernel("vectorised Rosenbrock (1000)", rosenbrock, rosenbrock_by_hand, rosenbrock_arguments(), with_value=True),
    Kernel("logistic loss (569 x 30)", logistic, logistic_by_hand, logistic_arguments(), with_value=True),
    Kernel("network (128 x 64-32-10)", network, network_by_hand, network_arguments(), with_value=True),
    Kernel("LSTM cell in a loop (20 x 16)", lstm, lstm_by_hand, lstm_arguments(), (0, 1, 2, 3), with_value=True),
)
