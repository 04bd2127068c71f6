"""Small numerical routines as people write them."""

import functools
import math
from collections import namedtuple

import numpy as np

from corpus.registry import program

V = np.array([0.4, 1.3, -0.7, 0.9])
POSITIVE = np.array([0.4, 1.3, 0.7, 0.9])
M = np.array([[2.0, -0.3, 0.2], [-0.3, 1.6, -0.4], [0.2, -0.4, 1.9]])


@program([(0.7,)])
def horner(x):
    result = 0.0
    for coefficient in (1.0, -2.0, 0.5, 3.0):
        result = result * x + coefficient
    return result


@program([(POSITIVE, 0.6)])
def linear_interpolation(values, x):
    k = 1
    t = x - 0.2
    return (1.0 - t) * values[k] + t * values[k + 1]


@program([(2.3,)], complex_step=False)
def newton_square_root(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


@program([(0.3, 1.4)])
def simpson(a, b):
    n = 8
    h = (b - a) / n
    total = math.exp(a) + math.exp(b)
    for k in range(1, n):
        total += (4 if k % 2 else 2) * math.exp(a + k * h)
    return total * h / 3


@program([(V,)])
def running_mean_and_variance(x):
    mean, m2 = 0.0, 0.0
    for n, value in enumerate(x, start=1):
        delta = value - mean
        mean += delta / n
        m2 += delta * (value - mean)
    return m2 / (len(x) - 1) + mean


@program([(POSITIVE,)])
def entropy(weights):
    p = weights / weights.sum()
    return -sum(q * math.log(q) for q in p)


@program([(V, V[::-1] * 0.5)], complex_step=False)
def cosine_similarity(a, b):
    return np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b))


@program([(V,)])
def softmax_by_hand(x):
    e = np.exp(x - x.max())
    return e / e.sum()


@program([(V,)])
def differences_of_neighbours(x):
    return sum((b - a) ** 2 for a, b in zip(x, x[1:]))  # noqa: RUF007


@program([(np.array([3.0, 1.0, 2.5]), np.array([0.5, 2.0, 1.5]))])
def distance_matrix(x, y):
    d = (x[:, None] - y[None, :]) ** 2
    return np.sqrt(d + 0.1)


@program([(M, np.array([1.0, 0.5, -0.2]))], complex_step=False)
def cholesky_by_hand(A, b):
    n = len(b)
    L = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = A[i, j] - sum(L[i, k] * L[j, k] for k in range(j))
            L[i, j] = np.sqrt(s) if i == j else s / L[j, j]
    y = np.zeros(n)
    for i in range(n):
        y[i] = (b[i] - L[i, :i] @ y[:i]) / L[i, i]
    return y @ y


@program([(M,)], complex_step=False)
def power_iteration(A):
    v = np.ones(3) / math.sqrt(3.0)
    for _ in range(6):
        v = A @ v
        v = v / np.linalg.norm(v)
    return v @ A @ v


@program([(M, np.array([1.0, 0.5, -0.2]))])
def jacobi_sweeps(A, b):
    x = np.zeros(3)
    D = np.diag(A)
    R = A - np.diag(D)
    for _ in range(4):
        x = (b - R @ x) / D
    return x


@program([(M, np.array([1.0, 0.5, -0.2]))])
def conjugate_gradients(A, b):
    x = np.zeros_like(b)
    r = b - A @ x
    p = r
    rr = r @ r
    for _ in range(2):
        Ap = A @ p
        alpha = rr / (p @ Ap)
        x = x + alpha * p
        r = r - alpha * Ap
        rr, old = r @ r, rr
        p = r + rr / old * p
    return x


@program([(np.array([0.3, 0.5, 0.2]),)])
def markov_chain(p):
    T = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.0, 0.4, 0.6]])
    for _ in range(3):
        p = p @ T
    return -np.log(p[1])


@program([(0.7, 1.2)])
def leapfrog_pendulum(angle, speed):
    for _ in range(5):
        speed = speed - 0.05 * math.sin(angle)
        angle = angle + 0.1 * speed
        speed = speed - 0.05 * math.sin(angle)
    return 0.5 * speed**2 - math.cos(angle)


@program([(np.array([1.0, 0.5]),)])
def lotka_volterra_euler(state):
    x, y = state
    for _ in range(4):
        x, y = x + 0.1 * x * (1.0 - y), y + 0.1 * y * (x - 1.0)
    return np.array([x, y])


@program([(V,)])
def exponential_smoothing(x):
    level = x[0]
    error = 0.0
    for value in x[1:]:
        error += (value - level) ** 2
        level = 0.3 * value + 0.7 * level
    return error


@program([(V, np.array([0.25, 0.5, 0.25]))], complex_step=False)
def convolution_by_hand(x, kernel):
    n, m = len(x), len(kernel)
    out = np.zeros(n - m + 1)
    for i in range(n - m + 1):
        out[i] = np.sum(x[i:i + m] * kernel)
    return out


@program([(np.arange(16.0).reshape(4, 4) * 0.1,)])
def pooled(image):
    return image.reshape(2, 2, 2, 2).mean(axis=(1, 3)) ** 2


@program([(np.arange(9.0).reshape(3, 3) * 0.1 - 0.3,)])
def total_variation(image):
    dx = np.diff(image, axis=1)[:-1, :]
    dy = np.diff(image, axis=0)[:, :-1]
    return np.sum(np.sqrt(dx**2 + dy**2 + 1e-2))


@program([(V,)], complex_step=False)
def huber_loss(r):
    return np.sum(np.where(np.abs(r) < 0.8, 0.5 * r**2, 0.8 * (np.abs(r) - 0.4)))


@program([(V,)])
def hinge_loss(margins):
    return np.maximum(0.0, 1.0 - margins).sum()


@program([(POSITIVE,)])
def geometric_and_harmonic_means(x):
    return math.prod(x) ** (1.0 / len(x)) + len(x) / sum(1.0 / v for v in x)


@program([(V,)])
def ranked_sum(x):
    return sum(k * v for k, v in enumerate(sorted(x), start=1))


@program([(V,)])
def trimmed_mean(x):
    return np.mean(np.sort(x)[1:-1] ** 2)


@program([(V,)])
def median_of_squares(x):
    return np.median(x**2 + 0.1 * x)


@program([(np.array([0.1, 0.9, 1.0, 0.2, 0.5, 0.8]),)], complex_step=False)
def shoelace_area(flat):
    points = flat.reshape(-1, 2)
    area = 0.0
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0)):
        area += x0 * y1 - x1 * y0
    return 0.5 * abs(area)


@program([(0.3, 0.7)])
def quaternion_rotation(a, b):
    def multiply(p, q):
        a1, b1, c1, d1 = p
        a2, b2, c2, d2 = q
        return (a1 * a2 - b1 * b2 - c1 * c2 - d1 * d2, a1 * b2 + b1 * a2 + c1 * d2 - d1 * c2,
                a1 * c2 - b1 * d2 + c1 * a2 + d1 * b2, a1 * d2 + b1 * c2 - c1 * b2 + d1 * a2)

    q = (math.cos(a), math.sin(a), 0.0, 0.0)
    inverse = (q[0], -q[1], -q[2], -q[3])
    rotated = multiply(multiply(q, (0.0, 1.0, b, 2.0)), inverse)
    return sum(x * k for k, x in enumerate(rotated))


@program([(0.4,)])
def continued_fraction(x):
    value = x
    for k in range(6, 0, -1):
        value = x / (k + value)
    return value


@program([(0.4,)])
def series_until_small(x):
    term, total, k = x, x, 1
    while abs(term) > 1e-13:
        term = -term * x * x / ((2 * k) * (2 * k + 1))
        total = total + term
        k += 1
    return total


@program([(1.5, 2.5)])
def arithmetic_geometric_mean(a, b):
    for _ in range(4):
        a, b = 0.5 * (a + b), math.sqrt(a * b)
    return a


@program([(POSITIVE,)])
def product_of_all_others(x):
    return np.array([functools.reduce(lambda p, q: p * q, [v for j, v in enumerate(x) if j != i]) for i in range(4)])


Rate = namedtuple("Rate", "growth decay")


@program([(Rate(0.7, 0.2), 1.5)])
def named_rates(rate, x):
    for _ in range(3):
        x = x * (1.0 + 0.1 * rate.growth) - 0.1 * rate.decay * x * x
    return x


@program([({"weights": [np.ones((2, 2)) * 0.3, np.array([[0.5], [-0.4]])], "biases": [np.array([0.1, -0.2]), np.array([0.3])]},)])
def network_from_lists(parameters):
    h = np.array([0.7, -1.1])
    for W, b in zip(parameters["weights"], parameters["biases"]):
        h = np.tanh(h @ W + b)
    return h[0]


@program([(V,)], complex_step=False)
def two_pass_normalisation(x):
    centred = x - x.mean()
    scaled = centred / centred.std()
    return scaled**3


@program([(V, np.array([1.0, -0.5]))])
def polynomial_features(x, w):
    features = np.stack([x**k for k in range(1, 3)], axis=1)
    return features @ w


@program([(np.array([[0.1, 0.2], [1.0, 0.3], [0.4, 1.2]]),)])
def pairwise_repulsion(points):
    energy = 0.0
    n = points.shape[0]
    for i in range(n):
        for j in range(i + 1, n):
            r = points[i] - points[j]
            energy += 1.0 / math.sqrt(r[0] ** 2 + r[1] ** 2)
    return energy


@program([(POSITIVE,)])
def discount_factors(rates):
    factor, total = 1.0, 0.0
    for rate in rates:
        factor /= 1.0 + rate
        total += factor
    return total


@program([(1.3, 0.4)])
def bisection_then_newton(a, b):
    lo, hi = 0.0, 3.0
    for _ in range(5):
        mid = 0.5 * (lo + hi)
        if mid**3 + 0.4 * mid < 1.3:
            lo = mid
        else:
            hi = mid
    x = 0.5 * (lo + hi)
    for _ in range(5):
        x = x - (x**3 + b * x - a) / (3.0 * x * x + b)
    return x


@program([(V,)])
def prefix_products(x):
    out = [1.0]
    for v in x:
        out.append(out[-1] * v)
    return np.array(out)


@program([(V,)])
def largest_gap(x):
    s = np.sort(x)
    return np.max(s[1:] - s[:-1]) ** 2


@program([(1.3,), (-0.2,)])
def leaky_by_expression(x):
    return (x > 0) * x + (x <= 0) * 0.1 * x


@program([(V,)])
def clipped_norm(g):
    norm = np.sqrt(np.sum(g**2))
    return g * min(1.0, 0.5 / norm)


@program([(0.8, 1.7)])
def haversine(a, b):
    h = math.sin(0.5 * (b - a)) ** 2 + math.cos(a) * math.cos(b) * math.sin(0.25) ** 2
    return 2.0 * math.asin(math.sqrt(h))


@program([(np.array([0.2, 0.5, 0.3]), np.array([0.4, 0.4, 0.2]))])
def divergence(p, q):
    return sum(a * math.log(a / b) for a, b in zip(p, q) if a > 0.0)


@program([(V,)])
def autocorrelation(x):
    c = x - np.mean(x)
    return np.array([np.sum(c[:len(c) - k] * c[k:]) for k in range(3)]) / np.sum(c * c)


@program([(np.array([0.3, 0.4]),)])
def mixture_log_density(w):
    third = 1.0 - np.sum(w)
    densities = [weight * np.exp(-0.5 * (0.7 - mean) ** 2) for weight, mean in zip((w[0], w[1], third), (-1.0, 0.0, 1.0))]
    return np.log(sum(densities))


@program([(M,)])
def matrix_exponential_by_terms(A):
    term, total = np.eye(3), np.eye(3)
    for k in range(1, 5):
        term = term @ A / k
        total = total + term
    return total
