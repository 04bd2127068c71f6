"""Ten to forty lines, as people write them."""

import math

import numpy as np

from corpus.registry import program

X = np.array([[0.5, -1.5], [1.0, 0.25], [-0.75, 2.0], [0.1, 0.3]])
Y = np.array([1.0, 0.0, 0.0, 1.0])
LABELS = np.array([0, 2, 1, 2])


def pendulum(state, t, damping):
    angle, speed = state
    return speed, -damping * speed - 9.81 * math.sin(angle) + 0.1 * math.cos(t)


@program([(0.5, 0.1, 0.3)])
def pendulum_by_runge_kutta(angle, speed, damping):
    """Fourth-order Runge-Kutta, ten steps."""
    h = 0.05
    t = 0.0
    for _ in range(10):
        k1 = pendulum((angle, speed), t, damping)
        k2 = pendulum((angle + 0.5 * h * k1[0], speed + 0.5 * h * k1[1]), t + 0.5 * h, damping)
        k3 = pendulum((angle + 0.5 * h * k2[0], speed + 0.5 * h * k2[1]), t + 0.5 * h, damping)
        k4 = pendulum((angle + h * k3[0], speed + h * k3[1]), t + h, damping)
        angle = angle + h / 6.0 * (k1[0] + 2.0 * k2[0] + 2.0 * k3[0] + k4[0])
        speed = speed + h / 6.0 * (k1[1] + 2.0 * k2[1] + 2.0 * k3[1] + k4[1])
        t += h
    return angle * angle + 0.1 * speed * speed


def lotka_volterra(z, parameters):
    a, b, c, d = parameters
    return np.array([a * z[0] - b * z[0] * z[1], c * z[0] * z[1] - d * z[1]])


@program([(np.array([1.0, 0.5]), (1.1, 0.4, 0.1, 0.4))])
def lotka_volterra_by_runge_kutta(z, parameters):
    h = 0.1
    for _ in range(5):
        k1 = lotka_volterra(z, parameters)
        k2 = lotka_volterra(z + 0.5 * h * k1, parameters)
        k3 = lotka_volterra(z + 0.5 * h * k2, parameters)
        k4 = lotka_volterra(z + h * k3, parameters)
        z = z + (h / 6.0) * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return np.sum(z**2)


@program([(np.array([0.3, -0.2]), 0.1, X, Y)], argnums=(0, 1))
def logistic_loss(w, b, X, y):
    """Mean negative log-likelihood with a ridge penalty."""
    z = X @ w + b
    p = 1.0 / (1.0 + np.exp(-z))
    likelihood = y * np.log(p) + (1.0 - y) * np.log(1.0 - p)
    return -np.mean(likelihood) + 0.05 * np.sum(w**2)


@program([(np.array([0.3, -0.2]), 0.1, X, 2.0 * Y - 1.0)], argnums=(0, 1), complex_step=False)
def stable_logistic_loss(w, b, X, y):
    margin = y * (X @ w + b)
    return np.mean(np.logaddexp(0.0, -margin)) + 0.5 * 0.1 * np.dot(w, w)


LAYERS = [
    (np.array([[0.1, -0.4, 0.3], [0.7, 0.2, -0.6]]), np.array([0.1, 0.2, -0.1])),
    (np.array([[0.5], [-0.3], [0.8]]), np.array([0.05])),
]


@program([(LAYERS, X, Y)], argnums=0)
def multilayer_perceptron_loss(layers, X, y):
    activations = X
    for W, b in layers:
        outputs = np.dot(activations, W) + b
        activations = np.tanh(outputs)
    prediction = outputs[:, 0]
    return np.mean((prediction - y) ** 2)


@program(
    [(np.arange(6.0).reshape(2, 3) / 10.0, np.array([0.1, -0.1, 0.0]), X, LABELS)], argnums=(0, 1), complex_step=False
)
def softmax_cross_entropy(W, b, X, labels):
    logits = X @ W + b
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_normaliser = np.log(np.sum(np.exp(shifted), axis=1))
    n = X.shape[0]
    picked = shifted[np.arange(n), labels]
    return np.sum(log_normaliser - picked) / n


@program([(np.array([1.0, 3.0, -2.0]),)], complex_step=False)
def softmax(x):
    e = np.exp(x - np.max(x))
    return e / e.sum()


@program([(2.5,), (0.2,)])
def newton_cube_root(a):
    """Newton's method on x**3 - a, until it converges."""
    x = 1.0
    iterations = 0
    while True:
        step = (x**3 - a) / (3.0 * x**2)
        x = x - step
        iterations += 1
        if abs(step) < 1e-14 or iterations > 50:
            break
    return x


@program([([1.0, -2.0, 0.5, 3.0], 1.3)])
def horner(coefficients, x):
    result = 0.0
    for c in reversed(coefficients):
        result = result * x + c
    return result


@program([(0.9, 0.3), (2.0, 0.6)])
def kepler_equation(mean_anomaly, eccentricity):
    """The eccentric anomaly, by Newton's method."""
    E = mean_anomaly if eccentricity < 0.8 else math.pi
    for _ in range(30):
        delta = (E - eccentricity * math.sin(E) - mean_anomaly) / (1.0 - eccentricity * math.cos(E))
        E -= delta
        if abs(delta) < 1e-14:
            break
    return E


@program([(0.05, 0.3, [1.1, 0.9, 1.4, 1.2])])
def scalar_kalman_filter(process_variance, measurement_variance, measurements):
    """Negative log-likelihood of a random walk that is seen through noise."""
    estimate, variance = 1.0, 1.0
    loss = 0.0
    for z in measurements:
        variance = variance + process_variance
        innovation = z - estimate
        s = variance + measurement_variance
        loss += 0.5 * (math.log(2.0 * math.pi * s) + innovation**2 / s)
        gain = variance / s
        estimate = estimate + gain * innovation
        variance = (1.0 - gain) * variance
    return loss


def normal_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


@program([(100.0, 95.0, 0.5, 0.02, 0.3)])
def black_scholes_call(spot, strike, expiry, rate, volatility):
    total = volatility * math.sqrt(expiry)
    d1 = (math.log(spot / strike) + (rate + 0.5 * volatility**2) * expiry) / total
    d2 = d1 - total
    return spot * normal_cdf(d1) - strike * math.exp(-rate * expiry) * normal_cdf(d2)


@program([(100.0, 105.0, 0.02, 0.3)])
def binomial_put(spot, strike, rate, volatility):
    """A European put on a tree of four steps, by its closed sum."""
    n = 4
    dt = 1.0 / n
    up = math.exp(volatility * math.sqrt(dt))
    down = 1.0 / up
    p = (math.exp(rate * dt) - down) / (up - down)
    total = 0.0
    for k in range(n + 1):
        terminal = spot * up**k * down ** (n - k)
        payoff = max(strike - terminal, 0.0)
        total += math.comb(n, k) * p**k * (1.0 - p) ** (n - k) * payoff
    return math.exp(-rate) * total


@program([(np.array([1.0, 2.0, -3.0, 0.5]),)], complex_step=False)
def log_sum_exp(x):
    top = x.max()
    return top + np.log(np.exp(x - top).sum())


@program([(np.array([1.2, -0.4]), np.array([0.0, 0.5]), np.array([[2.0, 0.3], [0.3, 1.0]]))])
def gaussian_log_density(x, mean, covariance):
    delta = x - mean
    quadratic = delta @ np.linalg.solve(covariance, delta)
    return -0.5 * (quadratic + np.log(np.linalg.det(covariance)) + len(x) * np.log(2.0 * np.pi))


@program([(np.array([0.3, -0.1]), X, np.array([0.5, 1.0, -1.0, 0.0]), 0.7)], argnums=(0, 3), complex_step=False)
def huber_regression(w, X, y, delta):
    residual = np.abs(y - X @ w)
    quadratic = np.minimum(residual, delta)
    linear = residual - quadratic
    return np.mean(0.5 * quadratic**2 + delta * linear)


@program([(np.array([0.0, 0.3, 0.9, 1.2]), np.array([0.1, 0.5, -0.2, 0.4]), 0.8, 0.05)], argnums=(1, 2, 3))
def gaussian_process_likelihood(x, y, length, noise):
    distance = x[:, None] - x[None, :]
    K = np.exp(-0.5 * (distance / length) ** 2) + noise * np.eye(len(x))
    alpha = np.linalg.solve(K, y)
    return 0.5 * y @ alpha + 0.5 * np.log(np.linalg.det(K))


@program([(1.7, 0.4)], argnums=(0, 1))
def trapezoid_integral(b, k):
    n = 20
    h = b / n
    total = 0.5 * (math.exp(-k * 0.0) + math.exp(-k * b * b))
    for i in range(1, n):
        x = i * h
        total += math.exp(-k * x * x)
    return total * h


@program([(2.0, 0.8)])
def bisection_then_newton(a, b):
    """A root of x*exp(x) - a*b, to full precision by Newton from where a bisection ends."""
    low, high = 0.0, 2.0
    for _ in range(6):
        middle = 0.5 * (low + high)
        if middle * math.exp(middle) > a * b:
            high = middle
        else:
            low = middle
    x = low
    for _ in range(6):
        e = math.exp(x)
        x = x - (x * e - a * b) / (e * (1.0 + x))
    return x


@program([(45.0, 30.0, 0.02)])
def projectile_with_drag(angle, speed, drag):
    theta = math.radians(angle)
    vx, vy = speed * math.cos(theta), speed * math.sin(theta)
    x, y = 0.0, 0.0
    dt = 0.1
    while x < 1e4:
        v = math.hypot(vx, vy)
        vx -= drag * v * vx * dt
        vy -= (9.81 + drag * v * vy) * dt
        x_next, y_next = x + vx * dt, y + vy * dt
        if y_next < 0.0:
            fraction = y / (y - y_next)
            return x + fraction * (x_next - x)
        x, y = x_next, y_next
    return x


@program([(np.array([0.0, 1.0, 0.5, 0.0, 0.0, 0.2]), 0.2, 4)], argnums=(0, 1))
def heat_equation(u, r, steps):
    for _ in range(steps):
        interior = u[1:-1] + r * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        u = np.concatenate([u[:1], interior, u[-1:]])
    return np.sum(u**2)


@program([(np.array([[0.0, 0.0], [1.1, 0.2], [0.3, 1.3]]),)])
def lennard_jones(positions):
    n = positions.shape[0]
    energy = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            d = positions[i] - positions[j]
            r2 = np.dot(d, d)
            s6 = 1.0 / r2**3
            energy += 4.0 * (s6 * s6 - s6)
    return energy


@program([(np.array([0.2, -0.3]), np.array([0.5, 0.1, -0.7]))], argnums=(0, 1))
def recurrent_cell(parameters, inputs):
    w, u = parameters
    h = 0.0
    loss = 0.0
    for x in inputs:
        h = np.tanh(w * h + u * x)
        loss = loss + (h - x) ** 2
    return loss


@program([(np.array([0.5, 0.3, 0.2]), np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]]))])
def hidden_markov_forward(initial, transition):
    emission = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    alpha = initial * emission[:, 0]
    log_likelihood = 0.0
    for observation in (1, 0, 1):
        alpha = (alpha @ transition) * emission[:, observation]
        scale = np.sum(alpha)
        alpha = alpha / scale
        log_likelihood = log_likelihood + np.log(scale)
    return log_likelihood


@program([(np.array([1.0, 2.0, 0.5]), np.array([0.1, 0.2, 0.15]), 0.5)], argnums=(0, 1))
def momentum_descent(x, scale, momentum):
    velocity = np.zeros_like(x)
    for _ in range(5):
        gradient = 2.0 * scale * x + np.cos(x) * 0.1
        velocity = momentum * velocity - 0.1 * gradient
        x = x + velocity
    return np.sum(x * x * scale)


@program([(300.0, 1.2, 0.4)])
def van_der_waals_volume(temperature, pressure, b):
    """The volume at which the equation of state holds, by Newton from the ideal gas."""
    a, R = 1.36, 0.0821
    v = R * temperature / pressure
    for _ in range(20):
        residual = (pressure + a / v**2) * (v - b) - R * temperature
        slope = (pressure + a / v**2) - 2.0 * a / v**3 * (v - b)
        update = residual / slope
        v -= update
        if abs(update) < 1e-12 * v:
            break
    return v


@program([(np.array([[1.0, 0.2], [0.1, 0.9]]), np.array([[0.5], [1.0]]), np.array([1.0, -0.5]))])
def linear_quadratic_cost(A, B, x):
    cost = 0.0
    for _ in range(4):
        u = -0.3 * (B.T @ x)
        cost = cost + x @ x + 0.1 * (u @ u)
        x = A @ x + B @ u
    return cost + 5.0 * (x @ x)


@program([(0.3, 0.7)])
def haversine(latitude, longitude):
    home_latitude, home_longitude = 0.9, 0.1
    a = (
        math.sin((latitude - home_latitude) / 2.0) ** 2
        + math.cos(latitude) * math.cos(home_latitude) * math.sin((longitude - home_longitude) / 2.0) ** 2
    )
    return 2.0 * 6371.0 * math.atan2(math.sqrt(a), math.sqrt(1.0 - a))


@program([(0.7,), (-2.0,), (4.5,)])
def gelu(x):
    return 0.5 * x * (1.0 + math.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))


@program([(0.5,), (12.0,), (90.0,)])
def progressive_tax(income):
    tax = 0.0
    previous = 0.0
    for limit, rate in ((10.0, 0.1), (40.0, 0.2), (80.0, 0.4)):
        if income <= limit:
            return tax + rate * (income - previous)
        tax = tax + rate * (limit - previous)
        previous = limit
    return tax + 0.5 * (income - previous)


@program([(X, np.array([[0.1, 0.2], [0.9, -0.4]]))], complex_step=False)
def k_means_objective(X, centres):
    distances = np.sum((X[:, None, :] - centres[None, :, :]) ** 2, axis=2)
    return np.sum(np.min(distances, axis=1))


@program(
    [(np.array([[0.2, -0.1], [0.4, 0.3]]), np.array([[0.1, 0.5], [-0.2, 0.3]]), X)], argnums=(0, 1), complex_step=False
)
def single_head_attention(Q, K, X):
    q, k = X @ Q, X @ K
    scores = q @ k.T / np.sqrt(q.shape[1])
    weights = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    weights = weights / np.sum(weights, axis=-1, keepdims=True)
    return np.sum((weights @ X) ** 2)


@program([(0.2, 5.0, 4.0)])
def spring_mass_energy(x, k, m):
    v = 0.0
    dt = 0.01
    for step in range(12):
        a = -k * x / m
        v += a * dt
        x += v * dt
        if step % 4 == 3:
            v *= 0.95
    return 0.5 * m * v * v + 0.5 * k * x * x


@program([(np.array([0.4, 1.2, -0.3, 0.8]), 0.6)], argnums=(0, 1))
def exponential_moving_average_error(series, alpha):
    level = series[0]
    error = 0.0
    for i in range(1, len(series)):
        error += (series[i] - level) ** 2
        level = alpha * series[i] + (1.0 - alpha) * level
    return error / (len(series) - 1)
