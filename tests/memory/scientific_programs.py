"""Numerical programs as they are written: solvers, sorting, stencils, buffers, stacks, work arrays, `out=`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .programs import Programs

programs = Programs()
R = np.random.default_rng(11)
V, W, U = R.normal(size=(3, 6)) * 0.5
A, B = R.normal(size=(2, 4, 4)) * 0.5 + 2.0 * np.eye(4)
G = R.normal(size=(6, 6)) * 0.4
SPD = A @ A.T + np.eye(4)
REAL = {"complex_step": False}


# --- solvers ----------------------------------------------------------------------------------------------------------


@programs(V, W)
def thomas(rhs, lower):
    n = len(rhs)
    diag = np.full(n, 4.0) + 0.1 * lower
    upper = np.ones(n - 1)
    for i in range(1, n):
        m = lower[i] / diag[i - 1]
        diag[i] -= m * upper[i - 1]
        rhs[i] -= m * rhs[i - 1]
    rhs[-1] /= diag[-1]
    for i in range(n - 2, -1, -1):
        rhs[i] = (rhs[i] - upper[i] * rhs[i + 1]) / diag[i]
    return rhs


@programs(SPD, V[:4])
def gauss_seidel(a, b):
    x = np.zeros_like(b)
    for _ in range(3):
        for i in range(len(b)):
            x[i] = (b[i] - a[i, :i] @ x[:i] - a[i, i + 1:] @ x[i + 1:]) / a[i, i]
    return x @ b


@programs(A, V[:4], **REAL)
def gauss_with_pivots(a, b):
    n = len(b)
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        if p != k:
            a[[k, p]] = a[[p, k]]
            b[[k, p]] = b[[p, k]]
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            a[i, k:] -= f * a[k, k:]
            b[i] -= f * b[k]
    x = np.empty(n)
    for i in reversed(range(n)):
        x[i] = (b[i] - np.dot(a[i, i + 1:], x[i + 1:])) / a[i, i]
    return x


@programs(SPD)
def cholesky_in_place(a):
    n = a.shape[0]
    for j in range(n):
        a[j, j] = np.sqrt(a[j, j] - np.sum(a[j, :j] ** 2))
        for i in range(j + 1, n):
            a[i, j] = (a[i, j] - np.sum(a[i, :j] * a[j, :j])) / a[j, j]
        a[j, j + 1:] = 0.0
    return np.sum(np.log(np.diag(a))) + a[3, 1]


@programs(A)
def crout_packed(a):
    n = len(a)
    for k in range(n - 1):
        a[k + 1:, k] /= a[k, k]
        a[k + 1:, k + 1:] -= np.outer(a[k + 1:, k], a[k, k + 1:])
    det = 1.0
    for k in range(n):
        det *= a[k, k]
    return det


@programs(A, V[:4])
def power_iteration_out(a, v):
    w = np.empty_like(v)
    for _ in range(4):
        np.dot(a, v, out=w)
        w /= np.sqrt(w @ w)
        v, w = w, v
    return v @ a @ v


@programs(A, **REAL)
def modified_gram_schmidt(a):
    q = a.copy()
    r = np.zeros((4, 4))
    for j in range(4):
        for i in range(j):
            r[i, j] = q[:, i] @ q[:, j]
            q[:, j] -= r[i, j] * q[:, i]
        r[j, j] = np.sqrt((q[:, j] ** 2).sum())
        q[:, j] /= r[j, j]
    return r


@programs(SPD, V[:4], **REAL)
def jacobi_two_buffers(a, b):
    old, new = np.zeros(4), np.zeros(4)
    d = np.diag(a).copy()
    for _ in range(4):
        np.matmul(a, old, out=new)
        new -= d * old
        np.subtract(b, new, out=new)
        new /= d
        old, new = new, old
    return old


@programs(A)
def householder(a):
    m = a.shape[0]
    for k in range(m - 1):
        v = a[k:, k].copy()
        v[0] += np.sqrt((v * v).sum())
        v /= np.sqrt(v @ v)
        a[k:, k:] -= 2.0 * np.outer(v, v @ a[k:, k:])
    return np.triu(a)


@programs(G, V)
def sor_on_a_grid(u, f):
    n = u.shape[0]
    for _ in range(2):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                residual = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - f[i]) - u[i, j]
                u[i, j] += 1.5 * residual
    return (u * u).sum()


@programs(SPD, V[:4], **REAL)
def newton_with_work_arrays(a, x):
    g = np.empty(4)
    h = np.empty((4, 4))
    for _ in range(2):
        g[:] = a @ x + 0.1 * x ** 3
        h[:] = a
        h[np.arange(4), np.arange(4)] += 0.3 * x ** 2
        x -= np.linalg.solve(h, g)
    return (x * x).sum() + g[0]


@programs(V, W)
def richardson_until_small(b, x):
    r = np.empty_like(b)
    trips = 0
    for _ in range(20):
        np.subtract(b, 2.0 * x + 0.1 * np.roll(x, 1), out=r)
        if np.max(np.abs(r)) < 1e-2:
            break
        x += 0.4 * r
        trips += 1
    return x.sum() * trips


# --- sorting ----------------------------------------------------------------------------------------------------------


@programs(V, **REAL)
def insertion_sort(x):
    for i in range(1, len(x)):
        key = x[i]
        j = i - 1
        while j >= 0 and x[j] > key:
            x[j + 1] = x[j]
            j -= 1
        x[j + 1] = key
    return (x * np.arange(6)).sum()


@programs(V, W, **REAL)
def selection_sort_with_companion(x, y):
    n = len(x)
    for i in range(n):
        m = i
        for j in range(i + 1, n):
            if x[j] < x[m]:
                m = j
        x[i], x[m] = x[m], x[i]
        y[i], y[m] = y[m], y[i]
    return x[1] * y[0] + x[-1] * y[3] ** 2


@programs(V, **REAL)
def merge_sort_bottom_up(x):
    n = len(x)
    work = np.empty(n)
    width = 1
    while width < n:
        for lo in range(0, n, 2 * width):
            mid, hi = min(lo + width, n), min(lo + 2 * width, n)
            i, j = lo, mid
            for k in range(lo, hi):
                if i < mid and (j >= hi or x[i] <= x[j]):
                    work[k] = x[i]
                    i += 1
                else:
                    work[k] = x[j]
                    j += 1
        x, work = work, x
        width *= 2
    return x[0] * x[1] + np.sin(x[4])


@programs(V, **REAL)
def quicksort_with_a_stack(x):
    stack = [(0, len(x) - 1)]
    while stack:
        lo, hi = stack.pop()
        if lo >= hi:
            continue
        pivot, i = x[hi], lo
        for j in range(lo, hi):
            if x[j] < pivot:
                x[i], x[j] = x[j], x[i]
                i += 1
        x[i], x[hi] = x[hi], x[i]
        stack.append((lo, i - 1))
        stack.append((i + 1, hi))
    return x * x[0]


@programs(V, **REAL)
def heapsort(x):
    n = len(x)

    def sift(start, end):
        root = start
        while 2 * root + 1 < end:
            child = 2 * root + 1
            if child + 1 < end and x[child] < x[child + 1]:
                child += 1
            if x[root] >= x[child]:
                return
            x[root], x[child] = x[child], x[root]
            root = child

    for start in range(n // 2 - 1, -1, -1):
        sift(start, n)
    for end in range(n - 1, 0, -1):
        x[0], x[end] = x[end], x[0]
        sift(0, end)
    return (x * x * np.arange(1.0, 7.0)).sum()


@programs(V, W, **REAL)
def bubble_until_sorted(x, w):
    swapped = True
    while swapped:
        swapped = False
        for i in range(len(x) - 1):
            if x[i] > x[i + 1]:
                x[i], x[i + 1] = x[i + 1], x[i]
                swapped = True
    return x @ w


@programs(V, W, **REAL)
def running_median(x, y):
    window = np.zeros(3)
    for i in range(len(x)):
        window[i % 3] = x[i]
        ordered = window.copy()
        ordered.sort()
        y[i] *= ordered[1]
    return y


# --- stencils ---------------------------------------------------------------------------------------------------------


@programs(G)
def heat_in_two_dimensions(u):
    new = u.copy()
    for _ in range(3):
        new[1:-1, 1:-1] = u[1:-1, 1:-1] + 0.1 * (
            u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1])
        u, new = new, u
    return (u ** 3).sum()


@programs(V, W)
def leapfrog_wave(now, before):
    after = np.zeros_like(now)
    for _ in range(4):
        after[1:-1] = 2.0 * now[1:-1] - before[1:-1] + 0.2 * (now[2:] - 2.0 * now[1:-1] + now[:-2])
        after[0] = after[-1] = 0.0
        before, now, after = now, after, before
    return now @ now + before[2]


@programs(V, 0.3, **REAL)
def burgers_upwind(u, c):
    flux = np.empty(len(u) + 1)
    for _ in range(3):
        flux[1:-1] = 0.5 * u[:-1] ** 2
        flux[0] = flux[-1] = c * u[0]
        u -= 0.1 * np.diff(flux)
    return u


@programs(G)
def red_black(u):
    for colour in (0, 1):
        for i in range(1, 5):
            start = 1 + (i + colour) % 2
            u[i, start:-1:2] = 0.25 * (
                u[i - 1, start:-1:2] + u[i + 1, start:-1:2] + u[i, start - 1:-2:2] + u[i, start + 1::2])
    return u * u


@programs(V, **REAL)
def periodic_advection(u):
    ghost = np.empty(len(u) + 2)
    for _ in range(3):
        ghost[1:-1] = u
        ghost[0], ghost[-1] = u[-1], u[0]
        u[:] = ghost[1:-1] - 0.3 * ghost[1:-1] * (ghost[2:] - ghost[:-2])
    return u


@programs(G, np.array([0.2, 0.5, 0.3]))
def separable_blur(image, kernel):
    work = np.zeros_like(image)
    for k in range(3):
        work[1:-1] += kernel[k] * image[k:k + 4]
    image[...] = 0.0
    for k in range(3):
        image[:, 1:-1] += kernel[k] * work[:, k:k + 4]
    return (image ** 2).sum()


@programs(G, V)
def boundary_conditions(u, edge):
    u[0, :] = edge
    u[-1, :] = edge[::-1]
    u[:, 0] = u[:, 1]
    u[:, -1] = 2.0 * u[:, -2] - u[:, -3]
    u[1:-1, 1:-1] *= u[:-2, 1:-1]
    return u.sum() + (u[0] * u[:, 0]).sum()


@programs(V, W, **REAL)
def lax_wendroff_system(h, q):
    hm, qm = np.zeros(5), np.zeros(5)
    for _ in range(2):
        hm[:] = 0.5 * (h[1:] + h[:-1]) - 0.1 * (q[1:] - q[:-1])
        qm[:] = 0.5 * (q[1:] + q[:-1]) - 0.1 * (h[1:] ** 2 - h[:-1] ** 2)
        h[1:-1] -= 0.2 * (qm[1:] - qm[:-1])
        q[1:-1] -= 0.2 * (hm[1:] ** 2 - hm[:-1] ** 2)
    return h * q


# --- integrators and filters ------------------------------------------------------------------------------------------


def _pendulum(t, y, out):
    out[0] = y[1]
    out[1] = -np.sin(y[0]) - 0.1 * t * y[1]


@programs(V[:2], 0.2, **REAL)
def runge_kutta_with_buffers(y, h):
    k = np.empty((4, 2))
    stage = np.empty(2)
    t = 0.0
    for _ in range(2):
        _pendulum(t, y, k[0])
        np.multiply(k[0], 0.5 * h, out=stage)
        stage += y
        _pendulum(t + 0.5 * h, stage, k[1])
        np.multiply(k[1], 0.5 * h, out=stage)
        stage += y
        _pendulum(t + 0.5 * h, stage, k[2])
        np.multiply(k[2], h, out=stage)
        stage += y
        _pendulum(t + h, stage, k[3])
        y += h / 6.0 * (k[0] + 2.0 * k[1] + 2.0 * k[2] + k[3])
        t += h
    return y


@programs(V, W)
def velocity_verlet(x, v):
    a = -np.sin(x)
    for _ in range(3):
        x += 0.1 * v + 0.005 * a
        new = -np.sin(x)
        v += 0.05 * (a + new)
        a[:] = new
    return (x * v).sum()


@programs(V, 0.4)
def adams_bashforth_history(y, h):
    history = []
    for _ in range(4):
        f = -y * y
        history.append(f)
        if len(history) > 2:
            history.pop(0)
        if len(history) == 1:
            y = y + h * history[0]
        else:
            y = y + h * (1.5 * history[1] - 0.5 * history[0])
    return y


@programs(A, V[:4], 0.5)
def kalman_steps(p, x, r):
    f = np.eye(4)
    f[0, 1] = f[2, 3] = 0.1
    for z in (0.3, -0.2):
        x[:] = f @ x
        p[:] = f @ p @ f.T
        p[np.diag_indices(4)] += 0.01
        s = p[0, 0] + r
        gain = p[:, 0] / s
        x += gain * (z - x[0])
        p -= np.outer(gain, p[0])
    return x @ p @ x


@programs(V, W, **REAL)
def delay_line(x, taps):
    line = np.zeros(3)
    out = np.zeros_like(x)
    for n in range(len(x)):
        line[1:] = line[:-1]
        line[0] = x[n] + 0.3 * line[2]
        out[n] = line @ taps[:3]
    return out


@programs(V, 0.3, **REAL)
def ring_buffer_echo(x, gain):
    ring = np.zeros(3)
    pos = 0
    y = np.empty_like(x)
    for i, s in enumerate(x):
        y[i] = s + gain * ring[pos]
        ring[pos] = y[i] * y[i]
        pos = (pos + 1) % 3
    return y


@programs(V, 0.7)
def exponential_smoothing(x, alpha):
    for i in range(1, x.size):
        x[i] = alpha * x[i] + (1 - alpha) * x[i - 1]
    return x


@programs(V, W[:3], U[:3], **REAL)
def direct_form_filter(x, b, a):
    state = np.zeros(2)
    for i in range(len(x)):
        y = b[0] * x[i] + state[0]
        state[0] = b[1] * x[i] - 0.2 * a[1] * y + state[1]
        state[1] = b[2] * x[i] - 0.2 * a[2] * y
        x[i] = y
    return x


@programs(V, **REAL)
def scan_up_and_down(x):
    data = np.zeros(8)
    data[:6] = x
    step = 1
    while step < 8:
        data[2 * step - 1::2 * step] += data[step - 1::2 * step]
        step *= 2
    data[-1] = 0.0
    step = 4
    while step >= 1:
        t = data[step - 1::2 * step].copy()
        data[step - 1::2 * step] = data[2 * step - 1::2 * step]
        data[2 * step - 1::2 * step] += t
        step //= 2
    return data ** 2


@programs(V[:4], W[:4])
def butterflies(re, im):
    for half in (1, 2):
        for start in range(0, 4, 2 * half):
            for k in range(half):
                c, s = np.cos(np.pi * k / half), -np.sin(np.pi * k / half)
                i, j = start + k, start + k + half
                tr = c * re[j] - s * im[j]
                ti = c * im[j] + s * re[j]
                re[j], im[j] = re[i] - tr, im[i] - ti
                re[i] += tr
                im[i] += ti
    return re * re + im * im


# --- assembling and scattering ----------------------------------------------------------------------------------------


@programs(V[:5], W, **REAL)
def finite_elements(k, f):
    n = len(f)
    stiff = np.zeros((n, n))
    local = np.array([[1.0, -1.0], [-1.0, 1.0]])
    for e in range(n - 1):
        nodes = [e, e + 1]
        stiff[np.ix_(nodes, nodes)] += np.exp(k[e]) * local
    stiff[0, :] = 0.0
    stiff[0, 0] = 1.0
    f[0] = 0.0
    return np.linalg.solve(stiff, f)


@programs(V, W)
def bonds(x, strength):
    i, j = np.array([0, 0, 1, 2, 4]), np.array([1, 2, 2, 3, 5])
    force = np.zeros_like(x)
    d = x[j] - x[i]
    pull = strength[:5] * d ** 3
    np.add.at(force, i, pull)
    np.subtract.at(force, j, pull)
    x += 0.1 * force
    return x


@programs(V, W, **REAL)
def sparse_rows(data, x):
    indices, starts = [0, 2, 1, 5, 3, 0], [0, 2, 3, 6]
    y = np.zeros(3)
    for row in range(3):
        for p in range(starts[row], starts[row + 1]):
            y[row] += data[p] * x[indices[p]]
    x[:3] = y
    return x @ data


@programs(V, W, **REAL)
def weighted_histogram(x, w):
    bins = np.zeros(4)
    for value, weight in zip(x, w):
        k = min(int(np.floor(abs(value.real) * 4)), 3)
        bins[k] += weight * value
    return bins / (1.0 + (bins ** 2).sum())


@programs(R.normal(size=(4, 2)), V[:4])
def pair_forces(pos, mass):
    acc = np.zeros_like(pos)
    for i in range(len(pos)):
        for j in range(i + 1, len(pos)):
            d = pos[j] - pos[i]
            r = (d @ d + 0.1) ** -1.5
            acc[i] += mass[j] * r * d
            acc[j] -= mass[i] * r * d
    pos += 0.01 * acc
    return (pos ** 2).sum(axis=1)


@programs(G)
def softmax_rows_in_place(a):
    a -= a.mean(axis=1, keepdims=True)
    np.exp(a, out=a)
    a /= a.sum(axis=1, keepdims=True)
    return np.log(a[:, 0]).sum()


@programs(V, G, W, **REAL)
def forward_algorithm(start, trans, emit):
    alpha = np.zeros((4, 6))
    alpha[0] = np.exp(start) * np.exp(emit)
    scale = np.zeros(4)
    for t in range(4):
        if t > 0:
            alpha[t] = (alpha[t - 1] @ np.exp(trans)) * np.exp(emit * t)
        scale[t] = alpha[t].sum()
        alpha[t] /= scale[t]
    return np.log(scale).sum()


@programs(V, W, **REAL)
def soft_edit_distance(x, y):
    n, m = 4, 4
    d = np.zeros((n + 1, m + 1))
    d[:, 0] = np.arange(n + 1)
    d[0, :] = np.arange(m + 1)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = (x[i - 1] - y[j - 1]) ** 2
            options = np.array([d[i - 1, j] + 1.0, d[i, j - 1] + 1.0, d[i - 1, j - 1] + cost])
            d[i, j] = -np.log(np.exp(-options).sum())
    return d[n, m]


# --- states, layers, histories ----------------------------------------------------------------------------------------


@programs(V, W)
def adam(x, target):
    state = {"m": np.zeros_like(x), "v": np.zeros_like(x)}
    for t in range(1, 4):
        g = 2.0 * (x - target) + 0.1
        state["m"] *= 0.9
        state["m"] += 0.1 * g
        state["v"] *= 0.99
        state["v"] += 0.01 * g * g
        x -= 0.1 * (state["m"] / (1 - 0.9 ** t)) / (np.sqrt(state["v"] / (1 - 0.99 ** t)) + 1e-2)
    return x


@dataclass
class Body:
    position: np.ndarray
    velocity: np.ndarray
    trail: list = field(default_factory=list)

    def drift(self, dt):
        self.position += dt * self.velocity
        self.trail.append(self.position[0])

    def kick(self, dt):
        self.velocity -= dt * self.position ** 3


@programs(V[:3], W[:3])
def body_with_methods(x, v):
    body = Body(x.copy(), v)
    for _ in range(3):
        body.kick(0.1)
        body.drift(0.2)
    return sum(body.trail) + body.position @ body.velocity


class Grid:
    def __init__(self, values):
        self.values = values
        self.work = np.zeros_like(values)

    def step(self):
        self.work[1:-1] = 0.5 * (self.values[2:] + self.values[:-2])
        self.work[0] = self.values[0]
        self.work[-1] = self.values[-1]
        self.values, self.work = self.work, self.values


@programs(V)
def grid_object_swaps_buffers(x):
    grid = Grid(x)
    for _ in range(3):
        grid.step()
    return grid.values * x


@programs(V, A, B)
def layers_in_lists(x, w1, w2):
    activations = [x[:4]]
    for w in [w1, w2]:
        z = w @ activations[-1]
        np.tanh(z, out=z)
        activations.append(z)
    activations[0] *= activations[2]
    return sum((a * a).sum() for a in activations)


@programs(V, W)
def history_of_steps(x, g):
    steps, changes = [], []
    for k in range(4):
        s = -0.1 * g * (k + 1)
        x += s
        steps.append(s)
        changes.append(s * x)
        if len(steps) > 2:
            del steps[0], changes[0]
        g = g - 0.3 * x
    q = g.copy()
    for s, y in zip(reversed(steps), reversed(changes)):
        q -= (s @ q) * y
    return q


@programs(V, W)
def reverse_polish(x, y):
    stack = []
    for token in ("x0", "y1", "*", "x2", "+", "y3", "x0", "-", "*"):
        if token in "+-*":
            b = stack.pop()
            a = stack.pop()
            stack.append(a + b if token == "+" else a - b if token == "-" else a * b)
        else:
            stack.append((x if token[0] == "x" else y)[int(token[1])])
    return stack.pop()


@programs(V, W, **REAL)
def tree_with_a_stack(value, weight):
    left, right = [1, 3, -1, -1, -1, -1], [2, 4, 5, -1, -1, -1]
    total = np.zeros(6)
    stack = [0]
    order = []
    while stack:
        k = stack.pop()
        order.append(k)
        if left[k] >= 0:
            stack.append(left[k])
        if right[k] >= 0:
            stack.append(right[k])
    for k in reversed(order):
        total[k] = value[k] * weight[k]
        for child in (left[k], right[k]):
            if child >= 0:
                total[k] += np.sin(total[child])
    return total[0]


def _coarse(u):
    v = np.empty(len(u) // 2)
    v[:] = 0.5 * (u[::2] + u[1::2])
    return v


@programs(np.concatenate([V, W[:2]]), **REAL)
def multigrid_levels(u):
    levels = [u]
    while len(levels[-1]) > 1:
        levels.append(_coarse(levels[-1]))
    for k in range(len(levels) - 1, 0, -1):
        coarse, fine = levels[k], levels[k - 1]
        fine[::2] += coarse * fine[1::2]
        fine[1::2] -= coarse
    return levels[0]


@programs(V, W)
def rectified_with_masks(x, y):
    x[x.real < 0] *= 0.1
    y[np.abs(y.real) > 0.5] = 0.5
    np.maximum(y.real, -0.2)
    x[(x.real > 0.1) & (y.real < 0.4)] += y[(x.real > 0.1) & (y.real < 0.4)] ** 2
    return x * y


@programs(G, V)
def rows_normalised_in_a_loop(a, w):
    for row, s in zip(a, w):
        row /= np.sqrt(row @ row)
        row *= s
    a.T[0] += w
    return a @ w


@programs(V, **REAL)
def work_array_reset_each_time(x):
    work = np.empty(3)
    total = 0.0
    for i in range(len(x) - 2):
        work[:] = 0.0
        work[0] = x[i] * x[i + 1]
        work[1:] += x[i + 1:i + 3]
        work *= work[::-1].copy()
        total += work.sum() * x[i]
    return total


@programs(V, W, **REAL)
def products_of_polynomials(p, q):
    out = np.zeros(11)
    for i, c in enumerate(p):
        out[i:i + 6] += c * q
    while len(out) > 8:
        lead = out[-1]
        out = out[:-1]
        out[-3:] -= lead * np.array([0.1, 0.2, 0.3])
    return out


@programs(A, **REAL)
def exponential_by_series(a):
    term = np.eye(4)
    total = np.eye(4)
    work = np.empty((4, 4))
    for k in range(1, 5):
        np.matmul(term, 0.1 * a, out=work)
        work /= k
        total += work
        term[:] = work
    return total


@programs(V, G)
def floyd_warshall_soft(x, d):
    d[np.diag_indices(6)] = x
    for k in range(3):
        d -= 0.1 * np.log(1.0 + np.exp(-(d[:, k, None] + d[None, k, :])))
    return d


def _kernel(x, out, c):
    out[:] = c * x
    out[1:] += out[:-1] * x[1:]
    x *= out


@programs(V, W, 0.2)
def kernel_that_returns_nothing(x, out, c):
    for k in range(3):
        _kernel(x[k:], out[:6 - k], c)
    return out + x


@programs(V, W)
def bisect_each(lo, width):
    hi = lo + 1.0 + width ** 2
    mid = np.empty_like(lo)
    for _ in range(3):
        mid[:] = 0.5 * (lo + hi)
        above = (mid.real ** 2 - 0.5) > 0
        hi[above] = mid[above]
        lo[~above] = mid[~above]
    return lo * hi


@programs(V, W)
def cyclic_reduction(a, b):
    n = 6
    for s in (1, 2):
        for i in range(s, n, 2 * s):
            w = 0.2 * a[i - s]
            b[i] -= w * b[i - s]
            a[i] = a[i] * 0.5 - w * a[i - s]
    return a @ b


@programs(V, W, **REAL)
def levinson(r, y):
    r = r + np.array([3.0, 0, 0, 0, 0, 0])
    f = np.zeros(6)
    x = np.zeros(6)
    f[0] = 1.0 / r[0]
    x[0] = y[0] / r[0]
    for n in range(1, 6):
        ef = r[n:0:-1] @ f[:n]
        ex = r[n:0:-1] @ x[:n]
        b = f[:n][::-1].copy()
        denominator = 1.0 - ef * ef
        f[:n + 1] /= denominator
        f[1:n + 1] -= ef / denominator * b
        x[:n + 1] += (y[n] - ex) * f[:n + 1][::-1]
    return x


@programs(V, W, **REAL)
def outputs_in_a_tuple_of_buffers(x, y):
    s, c = np.empty(6), np.empty(6)
    for out, fn in ((s, np.sin), (c, np.cos)):
        fn(x, out=out)
        out *= y
    s += c
    return s @ c
