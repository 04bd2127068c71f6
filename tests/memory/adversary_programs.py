"""Programs as they are written in numerical code, which write in place: each has one hazard, or a few that come together."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from .programs import Programs

programs = Programs()

V = np.array([0.3, -0.6, 0.9, 1.2, 0.5, -0.2])
W = np.array([1.1, 0.7, -0.4, 0.8, 1.3, 0.6])
M = np.cos(np.arange(16.0).reshape(4, 4)) * 0.4 + 2.0 * np.eye(4)
R = np.sin(np.arange(12.0).reshape(3, 4) * 0.7) + 0.2
B = np.array([0.5, -1.0, 0.25, 0.75])


# --- stencils and time steps ------------------------------------------------------------------------------------------


@programs(R)
def jacobi_with_two_buffers(u):
    new = np.zeros_like(u)
    for _ in range(3):
        new[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        new[0], new[-1], new[:, 0], new[:, -1] = u[0], u[-1], u[:, 0], u[:, -1]
        u, new = new, u
    return (u * u).sum()


@programs(M, 1.3)
def gauss_seidel(u, omega):
    n = u.shape[0]
    for _ in range(2):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                r = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
                u[i, j] = (1.0 - omega) * u[i, j] + omega * r
    return np.sin(u).sum()


@programs(M)
def red_black(u):
    for colour in (0, 1):
        for i in range(1, 3):
            first = 1 + (i + colour) % 2
            u[i, first:-1:2] = 0.25 * (u[i - 1, first:-1:2] + u[i + 1, first:-1:2]) * u[i, first - 1:-2:2]
    return (u ** 2).sum()


@programs(V, 0.1)
def leapfrog_wave(u, dt):
    old = u.copy()
    for _ in range(3):
        lap = np.zeros_like(u)
        lap[1:-1] = u[2:] - 2.0 * u[1:-1] + u[:-2]
        old[:] = 2.0 * u - old + dt * lap * u
        old, u = u, old
    return u @ u


@programs(V)
def upwind_in_place(u):
    for _ in range(2):
        u[1:] -= 0.3 * u[1:] * (u[1:] - u[:-1])
        u[0] = u[-1]
    return u


@programs(V, W, complex_step=False)
def ghost_cells(u, c):
    g = np.empty(len(u) + 2)
    for _ in range(2):
        g[1:-1] = u
        g[0], g[-1] = g[-2], g[1]
        u[:] = g[1:-1] + 0.1 * c * (g[2:] - g[:-2])
    return np.sum(u * u * u)


@programs(V, complex_step=False)
def runge_kutta_with_work(y):
    k = np.zeros((4, len(y)))

    def rate(v, out):
        out[:] = np.sin(v)
        out[1:] -= 0.5 * v[:-1] * v[1:]

    h = 0.1
    rate(y, k[0])
    rate(y + 0.5 * h * k[0], k[1])
    rate(y + 0.5 * h * k[1], k[2])
    rate(y + h * k[2], k[3])
    y += h / 6.0 * (k[0] + 2.0 * k[1] + 2.0 * k[2] + k[3])
    return y.sum() * y[0]


@programs(V, W)
def velocity_verlet(q, p):
    f = -np.sin(q)
    for _ in range(3):
        p += 0.05 * f
        q += 0.1 * p
        f[:] = -np.sin(q)
        p += 0.05 * f
    return (p * p).sum() - np.cos(q).sum()


@programs(V)
def lax_wendroff_overlapping_views(u):
    left, mid, right = u[:-2], u[1:-1], u[2:]
    for _ in range(2):
        mid += 0.1 * (right - left) * mid + 0.02 * (right - 2.0 * mid + left)
    return u.sum() * u[2]


@programs(R, 0.2)
def alternating_directions(u, r):
    for _ in range(2):
        for line in u:
            line[1:-1] += r * (line[2:] - 2.0 * line[1:-1] + line[:-2])
        for line in u.T:
            line[1:-1] *= 1.0 - r * line[:1]
    return np.sum(u ** 3)


@programs(V, 0.5)
def exponential_smoothing(x, a):
    s = x
    for t in range(1, len(x)):
        s[t] = a * s[t] + (1.0 - a) * s[t - 1]
    return (x * s).sum()


@programs(np.vstack([V, W, V * W]))
def cumulative_table(t):
    for i in range(1, t.shape[0]):
        for j in range(1, t.shape[1]):
            t[i, j] += t[i - 1, j] + t[i, j - 1] - t[i - 1, j - 1]
    return np.sin(t[-1]).sum()


@programs(V, W, complex_step=False)
def longest_path_table(a, b):
    t = np.zeros((len(a) + 1, len(b) + 1))
    for i in range(len(a)):
        for j in range(len(b)):
            t[i + 1, j + 1] = max(t[i, j + 1], t[i + 1, j], t[i, j] + a[i] * b[j])
    return t[-1, -1]


@programs(V, complex_step=False)
def pascal(x):
    row = np.zeros(len(x))
    row[0] = 1.0
    for k in range(len(x)):
        row[1:] = row[1:] + row[:-1] * x[k]
    return row


@programs(V, 0.3, complex_step=False)
def horner_of_derivatives(c, x):
    d = np.zeros(3)
    for a in c[::-1]:
        for k in (2, 1):
            d[k] = d[k] * x + k * d[k - 1]
        d[0] = d[0] * x + a
    return d


# --- linear algebra in place ------------------------------------------------------------------------------------------


@programs(W[1:], W + 3.0, W[1:] * 0.5, V)
def thomas(a, b, c, d):
    n = len(b)
    for i in range(1, n):
        w = a[i - 1] / b[i - 1]
        b[i] -= w * c[i - 1]
        d[i] -= w * d[i - 1]
    d[-1] /= b[-1]
    for i in range(n - 2, -1, -1):
        d[i] = (d[i] - c[i] * d[i + 1]) / b[i]
    return d


@programs(M, B)
def lu_in_place(a, b):
    n = len(b)
    for k in range(n - 1):
        a[k + 1:, k] /= a[k, k]
        a[k + 1:, k + 1:] -= np.outer(a[k + 1:, k], a[k, k + 1:])
    for k in range(n):
        b[k] -= a[k, :k] @ b[:k]
    for k in range(n - 1, -1, -1):
        b[k] = (b[k] - a[k, k + 1:] @ b[k + 1:]) / a[k, k]
    return b


@programs(M[::-1].copy(), B, complex_step=False)
def elimination_with_pivots(a, b):
    n = len(b)
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        if p != k:
            a[[k, p]] = a[[p, k]]
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            a[i, k:] -= f * a[k, k:]
            b[i] -= f * b[k]
    for k in range(n - 1, -1, -1):
        b[k] = (b[k] - (a[k, k + 1:] * b[k + 1:]).sum()) / a[k, k]
    return b.sum()


@programs(M @ M.T)
def cholesky_in_place(a):
    n = a.shape[0]
    for j in range(n):
        a[j, j] = np.sqrt(a[j, j] - a[j, :j] @ a[j, :j])
        for i in range(j + 1, n):
            a[i, j] = (a[i, j] - a[i, :j] @ a[j, :j]) / a[j, j]
            a[j, i] = 0.0
    return a


@programs(M)
def gram_schmidt(a):
    q = a.copy()
    for k in range(a.shape[1]):
        v = q[:, k]
        v /= np.sqrt(v @ v)
        for j in range(k + 1, a.shape[1]):
            q[:, j] -= (v @ q[:, j]) * v
    return q[:, -1]


@programs(M, B)
def householder_columns(a, b):
    for k in range(3):
        v = a[k:, k].copy()
        v[0] += np.sqrt(v @ v)
        v /= np.sqrt(v @ v)
        a[k:, k:] -= 2.0 * np.outer(v, v @ a[k:, k:])
        b[k:] -= 2.0 * v * (v @ b[k:])
    return b


@programs(M)
def givens(a):
    for i in range(1, 4):
        r = np.sqrt(a[0, 0] ** 2 + a[i, 0] ** 2)
        c, s = a[0, 0] / r, a[i, 0] / r
        top = a[0].copy()
        a[0] = c * top + s * a[i]
        a[i] = c * a[i] - s * top
    return a


@programs(M)
def gauss_jordan_inverse(a):
    n = len(a)
    aug = np.hstack([a, np.eye(n)])
    for k in range(n):
        aug[k] /= aug[k, k]
        for i in range(n):
            if i != k:
                aug[i] -= aug[i, k] * aug[k]
    return aug[:, n:]


@programs(M, B)
def conjugate_gradients(a, b):
    a = a @ a.T
    x = np.zeros_like(b)
    r = b.copy()
    p = r.copy()
    rr = r @ r
    for _ in range(3):
        q = a @ p
        alpha = rr / (p @ q)
        x += alpha * p
        r -= alpha * q
        new = r @ r
        p *= new / rr
        p += r
        rr = new
    return x


@programs(M, B)
def power_iteration(a, v):
    w = np.empty_like(v)
    for _ in range(3):
        np.dot(a, v, out=w)
        w /= np.sqrt(w @ w)
        v, w = w, v
    return v @ (a @ v)


@programs(B, complex_step=False)
def circulant(b):
    n = len(b)
    a = np.empty((n, n))
    for k in range(n):
        a[k, k:] = b[:n - k]
        a[k, :k] = b[n - k:]
    return a @ a


@programs(B, complex_step=False)
def vandermonde(x):
    a = np.ones((len(x), 4))
    for k in range(1, 4):
        np.multiply(a[:, k - 1], x, out=a[:, k])
    return (a * a).sum()


@programs(V, W, complex_step=False)
def fft_butterflies(re, im):
    z = np.zeros(4, dtype=complex)
    z.real, z.imag = re[:4], im[:4]
    z[1], z[2] = z[2], z[1]
    size = 2
    while size <= 4:
        half = size // 2
        for start in range(0, 4, size):
            for k in range(half):
                w = complex(math.cos(-2.0 * math.pi * k / size), math.sin(-2.0 * math.pi * k / size))
                t = w * z[start + k + half]
                z[start + k + half] = z[start + k] - t
                z[start + k] += t
        size *= 2
    return (z.real * z.imag).sum()


@programs(np.arange(8.0) / 5.0 - 0.4)
def haar_wavelet(x):
    n = len(x)
    while n > 1:
        half = n // 2
        s, d = x[:n:2] + x[1:n:2], x[:n:2] - x[1:n:2]
        x[:half] = s * 0.7
        x[half:n] = d * 0.7
        n = half
    return x


@programs(np.arange(8.0) / 5.0 + 0.1)
def walsh_hadamard(x):
    h = 1
    while h < len(x):
        for i in range(0, len(x), 2 * h):
            a, b = x[i:i + h].copy(), x[i + h:i + 2 * h].copy()
            x[i:i + h] = a + b
            x[i + h:i + 2 * h] = a - b
        h *= 2
    return np.sin(x).sum()


@programs(np.arange(8.0) / 5.0 + 0.1)
def prefix_sum_by_doubling(x):
    d = 1
    while d < len(x):
        x[d:] += x[:-d]
        d *= 2
    return (x * x).sum()


@programs(np.arange(8.0) / 5.0 + 0.1)
def tree_reduction(x):
    n = len(x)
    while n > 1:
        n //= 2
        x[:n] *= x[n:2 * n]
    return x[0]


# --- sorting and permuting --------------------------------------------------------------------------------------------


@programs(V, W, complex_step=False)
def bubble_sort(x, w):
    n = len(x)
    for i in range(n):
        for j in range(n - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
    return x @ w


@programs(V, W, complex_step=False)
def insertion_sort(x, w):
    for i in range(1, len(x)):
        key = x[i]
        j = i - 1
        while j >= 0 and x[j] > key:
            x[j + 1] = x[j]
            j -= 1
        x[j + 1] = key
    return x @ (w * w)


@programs(V, W, complex_step=False)
def selection_sort_with_index(x, w):
    order = np.arange(len(x))
    for i in range(len(x)):
        k = i + int(np.argmin(x[i:]))
        x[i], x[k] = x[k], x[i]
        order[i], order[k] = order[k], order[i]
    return (x * w[order]).sum()


@programs(V, complex_step=False)
def partition_around(x):
    pivot = x[-1]
    i = 0
    for j in range(len(x) - 1):
        if x[j] < pivot:
            x[i], x[j] = x[j], x[i]
            i += 1
    x[i], x[-1] = x[-1], x[i]
    return x[:i].sum() * x[i]


@programs(V, complex_step=False)
def merge_halves(x):
    m = len(x) // 2
    left, right = np.sort(x[:m]), np.sort(x[m:])
    i = j = 0
    for k in range(len(x)):
        if j == len(right) or i < len(left) and left[i] <= right[j]:
            x[k] = left[i]
            i += 1
        else:
            x[k] = right[j]
            j += 1
    return x * np.arange(1.0, len(x) + 1.0)


@programs(V, W)
def sort_one_gather_other(x, w):
    order = np.argsort(np.real(x))
    x[:] = x[order]
    order[0] = order[-1]
    return (x * w[order]).sum()


@programs(V)
def reverse_by_swaps(x):
    i, j = 0, len(x) - 1
    while i < j:
        x[i], x[j] = x[j] * 2.0, x[i] * 3.0
        i, j = i + 1, j - 1
    return x


@programs(V)
def rotate_by_reversals(x):
    k = 2
    x[:k] = x[:k][::-1]
    x[k:] = x[k:][::-1]
    x[:] = x[::-1]
    return x * np.arange(6.0)


@programs(V)
def roll_in_place(x):
    last = x[-1]
    x[1:] = x[:-1]
    x[0] = last
    x[:-1] *= x[1:]
    return x


@programs(V)
def follow_cycles(x):
    to = [2, 0, 1, 5, 3, 4]
    k, carried = 0, x[0]
    for _ in range(3):
        k = to[k]
        x[k], carried = carried, x[k]
    return x ** 2


@programs(R)
def sort_rows_in_place(a):
    for row in a:
        row.sort()
    return a * np.arange(4.0)


@programs(R)
def sort_columns_through_the_transpose(a):
    t = a.T
    t.sort()
    return (a[0] * a[1]).sum()


@programs(V)
def sort_a_reversed_view(x):
    x[::-1].sort()
    return x * np.arange(6.0)


@programs(V)
def median_by_partition(x):
    x.partition(3)
    return x[3] * x[3]


@programs(V, W, complex_step=False)
def riffle(x, y):
    z = np.empty(12)
    z[::2], z[1::2] = x, y
    z[3:9] = z[8:2:-1]
    return z * np.arange(12.0)


# --- views ------------------------------------------------------------------------------------------------------------


@programs(V)
def view_of_view_of_view(x):
    a = x[1:]
    b = a[::-1]
    c = b[::2]
    c *= a[0]
    return x * x


@programs(R)
def corner_of_the_transpose(a):
    corner = a.T[1:, :2]
    corner += corner.sum()
    corner[0] *= 2.0
    return np.sin(a)


@programs(M)
def four_blocks(a):
    tl, tr, bl, br = a[:2, :2], a[:2, 2:], a[2:, :2], a[2:, 2:]
    br -= bl @ tr
    tl += tr * bl
    tr[:] = br
    return a


@programs(np.arange(24.0).reshape(2, 3, 4) / 10.0)
def three_axes(a):
    a[:, 1:, ::2] *= a[:, :-1, 1::2]
    a[1] -= a[0, ::-1]
    a[..., -1] = a.sum(axis=2)
    return (a * a).sum()


@programs(np.arange(24.0).reshape(2, 3, 4) / 10.0)
def moved_axes(a):
    b = np.moveaxis(a, 0, -1)
    b[0, 1:, 0] *= b[0, :-1, 1]
    c = np.swapaxes(b, 0, 1)
    c[2] += 1.0
    return np.sin(a).sum()


@programs(R)
def reshaped_twice(a):
    flat = a.reshape(-1)
    pairs = flat.reshape(6, 2)
    pairs[:, 0] *= pairs[:, 1]
    return (a * a).sum()


@programs(R)
def reshape_of_a_transpose_is_a_copy(a):
    flat = a.T.reshape(-1)
    flat *= 2.0
    flat[0] = a[1, 1]
    return a.sum() + (flat * flat).sum()


@programs(np.asfortranarray(R))
def fortran_order_ravelled(a):
    v = a.ravel()
    v[1:] *= v[:-1]
    w = a.ravel("F") if False else a.T.ravel()
    w[0] = 3.0 * w[1]
    return a.sum() + v.sum() + w.sum()


@programs(np.asfortranarray(M))
def fortran_order_rows(a):
    for row in a:
        row[1:] += row[:-1] * row[1:]
    return a


@programs(np.arange(24.0).reshape(4, 6)[::2, ::-2] / 7.0)
def given_a_strided_array(a):
    a[:, 1] *= a[:, 0]
    b = a.reshape(-1)
    b[0] = 5.0 * b[1]
    return a.sum() + np.sin(b).sum()


@programs(V[::-1])
def given_a_reversed_array(x):
    x[1:] *= x[:-1]
    return x


@programs(R)
def diagonal_by_stride(a):
    flat = a.reshape(-1)
    flat[::5] = flat[::5] * flat[1:12:5]
    return a


@programs(V)
def column_vector(x):
    col = x[:, None]
    col *= 2.0
    col[0] = col[1] * col[2]
    return (col * x).sum()


@programs(V)
def expanded_and_squeezed(x):
    e = np.expand_dims(x, 0)
    s = np.squeeze(e)
    s[2] = s[1] * s[3]
    return e.sum() + x[2]


@programs(M)
def flipped(a):
    b = np.flip(a, axis=0)
    b[0] *= b[1]
    c = np.rot90(a)
    c[0] = np.sin(c[1])
    return a


@programs(M)
def diagonal_read_while_written(a):
    s = 0.0
    for k in range(4):
        s += np.diagonal(a).sum() * a[k, 0]
        a[k, k] = s
    return a.sum()


@programs(M)
def trace_after_fill_diagonal(a):
    np.fill_diagonal(a, a[0])
    return np.trace(a) * a[1, 2]


@programs(V)
def split_and_written(x):
    a, b = np.split(x, 2)
    a *= b
    b[:] = a[::-1]
    return x


@programs(R)
def unpacked_rows(a):
    p, q, r = a
    p += q * r
    q, r = r, q
    q[0] = p[0]
    return a


@programs(R)
def starred_rows(a):
    first, *rest = a
    rest[0][:] *= first
    return a.sum() * rest[-1][0]


@programs(M)
def starred_rows_in_the_middle(a):
    first, *inner, last = a
    for row in inner:
        row += first * last
    inner[1], first = first, inner[1]
    first *= inner[1]
    return a


@programs(V, W)
def starred_items_of_a_list(x, y):
    _, *others = [x, y, x[::-1]]
    others[0][1:] *= others[1][:-1]
    others[1][0] = 3.0 * y[1]
    return x * y


@programs(R)
def rows_in_a_list(a):
    rows = list(a)
    rows[0] += rows[1] * rows[2]
    rows[0], rows[2] = rows[2], rows[0]
    rows[0][1] = rows[2][0]
    return a


@programs(R)
def rows_in_a_tuple(a):
    p, q = tuple(a)[:2]
    q *= p
    everything = [*a]
    first = everything[0]
    first[:] = q[::-1]
    return a


@programs(V)
def broadcast_read(x):
    b = np.broadcast_to(x, (2, 6))
    s = (b * b).sum()
    x[0] = 4.0
    return s + (b[0] * b[1]).sum()


@programs(V)
def windows_read(x):
    w = np.lib.stride_tricks.sliding_window_view(x, 3)
    before = (w[0] * w[-1]).sum()
    x *= x
    return before + (w * w).sum()


@programs(V)
def copy_before_and_after(x):
    a = x.copy()
    b = x
    b[1:4] = a[2:5] * x[0]
    c = x.copy()
    x[:] = 0.0
    return (a * b).sum() + (c * c).sum() + a[0]


@programs(V)
def asarray_is_the_same(x):
    a = np.asarray(x)
    a[2] *= a[3]
    b = np.array(x)
    b[3] = 100.0
    return x.sum() + b.sum()


@programs(V)
def ascontiguous_of_a_slice(x):
    a = np.ascontiguousarray(x[::2])
    b = np.ascontiguousarray(x)
    a[0] *= 2.0
    b[1] *= 3.0
    return (x * x).sum() + a.sum()


@programs(V)
def atleast_2d_view(x):
    a = np.atleast_2d(x)
    a[0, 1:] *= a[0, :-1]
    return x


@programs(np.array(0.7), V)
def zero_dimensional(s, x):
    s *= x[0]
    s[...] = s * s + x[1]
    s[()] += x[2]
    x[0] = s
    return (x * s).sum()


@programs(V)
def zero_dimensional_view(x):
    e = x[2, ...]
    e *= x[1]
    e += 1.0
    return x * x


@programs(np.zeros(0), V, complex_step=False)
def empty(e, x):
    e *= 2.0
    e[:] = x[:0]
    x[3:3] = e
    x[x > 100.0] = e.sum()
    return x.sum() + (e * e).sum()


@programs(V)
def self_overlap_all_ways(x):
    x[1:] += x[:-1]
    x[:-1] *= x[1:]
    x[::2] -= x[1::2]
    x += x[::-1]
    x[:] = x[::-1] * x
    return x


@programs(V)
def shifted_assignment(x):
    x[2:] = x[:-2]
    x[:-1] = x[1:]
    return x * np.arange(1.0, 7.0)


@programs(M)
def transpose_onto_itself(a):
    a[:] = a.T
    a += a.T
    a *= a.T[::-1]
    return a


@programs(M)
def symmetrise_triangles(a):
    for i in range(4):
        for j in range(i):
            a[i, j] = a[j, i] = 0.5 * (a[i, j] + a[j, i])
    return a @ a


@programs(V)
def chained_names(x):
    a = b = x
    a[1] *= 2.0
    b = b * 1.0
    b[1] = 5.0
    a[2] = b[1] * a[1]
    return x.sum() + b.sum()


@programs(V, W)
def rebound_by_addition(x, y):
    a = x
    a = a + y
    a[0] = 10.0
    b = x
    b += y
    b[1] = 10.0
    return (x * a).sum()


# --- names, branches, loops -------------------------------------------------------------------------------------------


@programs(V, W, 0.4)
def alias_by_branch(x, y, c):
    t = x if np.real(c) > 0.0 else y
    t[1:] *= c
    u = y if np.real(c) > 0.0 else x
    u += t
    return (x * y).sum()


@programs(V, W, -0.4)
def view_on_one_branch(x, y, c):
    if np.real(c) > 0:
        w = x[2:]
    else:
        w = y[:4] * c
    w *= w
    return x.sum() + y.sum() + w.sum()


@programs(V, 0.7)
def array_or_copy(x, c):
    w = x.copy() if np.real(c) > 1.0 else x
    w[0] = c * w[1]
    return x * w


@programs(V)
def name_that_changes_type(x):
    s = 0.0
    for k in range(3):
        s = s + x[k] * x
    s[0] = s[1]
    s = s.sum()
    s *= s
    return s


@programs(V, 2.0)
def number_or_array_by_turns(x, c):
    a = c
    a *= x[0]
    a = x[1:3]
    a *= c
    a = a[0]
    a += c
    return a + x.sum()


@programs(V, 0.3)
def early_return(x, c):
    x[0] *= c
    if np.real(x[0]) > 10.0:
        return x[0]
    for i in range(1, 6):
        x[i] += x[i - 1] * c
        if np.real(x[i]) > 0.8:
            x[i] *= 5.0
            return x[i] * x[i - 1]
    return x.sum()


@programs(V, 0.9)
def break_and_else(x, c):
    for i in range(6):
        x[i] *= c
        if np.real(x[i]) > 5.0:
            break
    else:
        x[0] = x[-1] * c
    return x


@programs(V, 0.9)
def continue_skips_a_write(x, c):
    for i in range(6):
        x[i] += c
        if np.real(x[i]) < 1.0:
            continue
        x[i] *= x[i - 1]
    return x


@programs(V, 0.2)
def while_until_small(x, c):
    n = 0
    while np.real(x @ x) > 0.5 and n < 20:
        x *= 0.8
        x[n % 6] += 0.1 * c
        n += 1
    return x * n


@programs(V)
def loop_of_no_trips(x):
    y = x
    for i in range(len(x), len(x)):
        y = x[i::2]
        y *= 2.0
    y[0] = y[1] * y[2]
    return x


@programs(V)
def variable_after_the_loop(x):
    for i in range(0, 5, 2):
        row = x[i:i + 2]
        row *= row[::-1] + i
    row[0] += i
    return x


@programs(R)
def rows_swapped_in_a_loop(a):
    p, q = a[0], a[1]
    for _ in range(3):
        p += 0.5 * q
        p, q = q, p
    return (p * a[2]).sum() + a.sum()


@programs(V, W)
def three_buffers_turn(x, y):
    z = np.zeros_like(x)
    for k in range(4):
        z[:] = x + np.sin(y) * k
        x, y, z = y, z, x
    return (x * y * z).sum()


@programs(V)
def buffer_reset_each_time(x):
    acc = np.zeros_like(x)
    work = np.empty_like(x)
    for k in range(3):
        work[:] = 0.0
        work[k:] = x[:6 - k] * x[k]
        work[0] += acc[-1]
        acc += work
    return acc


@programs(V, complex_step=False)
def buffer_not_reset(x):
    work = np.zeros(3)
    total = 0.0
    for k in range(4):
        work += x[k:k + 3]
        work[k % 3] *= x[k]
        total += work @ work
    return total


@programs(V, complex_step=False)
def dead_writes(x):
    x[0] = x[1]
    x[0] = x[2] * 2.0
    y = np.zeros(6)
    y[:] = x
    y[:] = 3.0
    y[1:3] = x[:2]
    return (x * y).sum()


@programs(V)
def saved_by_a_rule_then_overwritten(x):
    e = np.exp(x)
    e += x
    t = np.tanh(e)
    e[:] = 0.0
    s = np.sqrt(t * t + 1.0)
    t *= s
    s -= t
    return (s * t).sum() + e.sum()


@programs(V)
def condition_that_the_branch_destroys(x):
    if np.real(x[0]) > 0.0:
        x[0] = -x[0]
    if np.real(x[0]) < 0.0:
        x *= x[0]
    return x


@programs(V)
def mask_that_the_write_changes(x):
    m = np.real(x) > 0.4
    x[m] = -x[m]
    x[m] *= 2.0
    m[:] = True
    x[m] += 0.5
    return x * x


@programs(V)
def loop_bound_from_written_array(x):
    n = int(np.real(x[2] * 4.0))
    for i in range(n):
        x[2] *= 0.5
        x[i] += x[2]
    return x


@programs(V)
def nested_loops_on_views(x):
    for i in range(0, 6, 3):
        block = x[i:i + 3]
        for j in range(1, 3):
            block[j] += block[j - 1] * x[5 - i]
    return x


@programs(V)
def comprehension_of_views(x):
    parts = [x[i:i + 2] for i in range(0, 6, 2)]
    for p in parts:
        p[0] *= p[1]
    return x.sum() * parts[1][0]


@programs(V, W)
def zip_of_memory(x, y):
    s = 0.0
    for i, (a, b) in enumerate(zip(x, y)):
        x[i - 1] = a * b + s
        s += x[i - 1]
    return x


@programs(V)
def iterating_while_writing(x):
    s = 1.0
    for v in x:
        x[-1] *= 1.1
        s *= v + 2.0
    return s


@programs(V)
def backwards_through_itself(x):
    for i in reversed(range(5)):
        x[i] += x[i + 1] ** 2
    for v in reversed(x):
        x[0] += v * 0.1
    return x


# --- indices ----------------------------------------------------------------------------------------------------------


@programs(V, W)
def repeated_index_assigned(x, y):
    x[[1, 1, 2, 1]] = y[:4]
    return x * x


@programs(V, W)
def repeated_index_added(x, y):
    k = np.array([0, 0, 3, 3, 3])
    x[k] += y[:5]
    np.add.at(x, k, y[1:])
    return x * y


@programs(V, W)
def repeated_index_scaled(x, y):
    k = np.array([2, 2, 4])
    x[k] *= y[:3]
    np.multiply.at(x, k, y[:3])
    return x


@programs(V, W)
def subtract_at_two_axes(x, y):
    a = np.outer(x, y)
    np.subtract.at(a, ([0, 0, 1], [1, 1, 2]), x[:3])
    return a


@programs(V, W, complex_step=False)
def maximum_at(x, y):
    k = np.array([0, 1, 0, 2])
    np.maximum.at(x, k, y[:4])
    return x


@programs(V, W)
def index_overwritten_after_use(x, y):
    k = np.array([4, 2, 0])
    x[k] = y[:3] * x[k]
    k[:] = 1
    x[k] *= 3.0
    k += 1
    x[k] = 7.0 * x[0]
    return x


@programs(V)
def counter_overwritten_after_use(x):
    i = 0
    x[i] = x[i + 1] * x[i]
    i = i + 2
    x[i] *= x[i - 1]
    i = int(np.real(x[0]) < 0)
    x[i + 3] = x[i] * 2.0
    return x


@programs(V, W, complex_step=False)
def histogram_of_weights(x, y):
    h = np.zeros(3)
    for v, w in zip(x, y):
        k = min(2, max(0, int(np.floor(np.real(v) * 2.1))))
        h[k] += w * v
    return h * h


@programs(M, V, complex_step=False)
def scatter_assembly(k, x):
    big = np.zeros((6, 6))
    for e in [[0, 1, 2, 3], [2, 3, 4, 5], [1, 3, 0, 5]]:
        big[np.ix_(e, e)] += k
    return x @ big @ x


@programs(R, V)
def gather_scatter_rows(a, x):
    rows = np.array([0, 2, 0])
    a[rows] = a[rows] * x[:3, None]
    a[rows, [1, 1, 3]] += x[3:]
    return a


@programs(V, W)
def boolean_assignment_of_values(x, y):
    m = np.array([True, False, True, True, False, False])
    x[m] = y[:3] * x[~m]
    x[~m] *= x[m]
    return x


@programs(R)
def two_axis_mask(a):
    a[np.real(a) > 0.5] = 0.5
    a[np.real(a) < 0.0] *= 0.1
    return a * a


@programs(R)
def mask_and_column(a):
    a[np.real(a[:, 0]) > 0.5, 1:3] = a[0, :2] * 2.0
    return a


@programs(V, W)
def put_and_place(x, y):
    np.put(x, [0, 5, -2], y[:3] * x[0])
    np.place(x, np.arange(6) % 2 == 0, y[3:5])
    np.putmask(y, np.arange(6) > 3, x)
    return x * y


@programs(R)
def along_axis(a):
    k = np.array([[1], [3], [0]])
    v = np.take_along_axis(a, k, axis=1)
    np.put_along_axis(a, k, v * v, axis=1)
    return a


@programs(V, W)
def where_and_copyto(x, y):
    np.copyto(x, y * x, where=np.real(y) > 0.7)
    np.copyto(y[2:], x[:4])
    np.negative(x, out=x, where=np.real(x) > 0.5)
    return x * y


@programs(R)
def flat_by_number(a):
    a.flat[3] = a.flat[0] * 2.0
    a.flat[5:8] *= a.flat[1]
    a.flat[[0, 11]] = a[1, 1]
    return a


@programs(V)
def slices_from_variables(x):
    for lo, hi, step in [(0, 4, 1), (1, 6, 2), (5, 0, -2)]:
        s = slice(lo, hi, step)
        x[s] = x[s] * x[lo]
    return x


@programs(V)
def negative_and_ellipsis(x):
    x[-1] = x[-2] * x[-3]
    x[...] *= x[..., -1]
    x[-3:] -= x[:3]
    return x


@programs(R)
def newaxis_target(a):
    a[:, None, 1] *= a[:, None, 0]
    a[None][0, 2] = a[0]
    return a


@programs(R, V)
def column_from_broadcast(a, x):
    a[:, :2] = x[:3, None]
    a[1:] = x[:4]
    a[0] = x[5]
    return a * a


# --- out= and functions that write ------------------------------------------------------------------------------------


@programs(V, W)
def out_is_an_operand(x, y):
    np.multiply(x, y, out=x)
    np.add(x, x[::-1], out=x)
    np.sin(y, y)
    np.divide(x, 2.0 + y, x)
    return x + y


@programs(M, B, complex_step=False)
def out_of_products(a, b):
    t = np.empty((4, 4))
    np.matmul(a, a, out=t)
    np.dot(t, b, out=b)
    np.cumsum(t, axis=0, out=t)
    np.clip(b, -0.5, 50.0, out=b)
    return t @ b


@programs(V, W, complex_step=False)
def out_is_a_view(x, y):
    np.exp(x[:3], out=y[::2])
    np.subtract(y[1:], y[:-1], out=x[1:])
    total = np.add(x, y, out=np.empty(6))
    total *= total
    return total * x


@programs(R, complex_step=False)
def sums_into_rows(a):
    s = np.zeros((2, 4))
    np.sum(a, axis=0, out=s[0])
    a.mean(axis=0, out=s[1])
    a[0] = s[0] * s[1]
    return a


@programs(V)
def cumulative_into_itself(x):
    np.cumsum(x, out=x)
    np.cumprod(x[:4], out=x[:4])
    x.cumsum(out=x)
    return x


@programs(V, complex_step=False)
def fill_and_powers(x):
    y = np.empty(6)
    y.fill(x[0])
    y **= 2
    x **= 3
    x //= 1.0e9
    return y * (x + 1.0)


@programs(V, W, complex_step=False)
def remainder_in_place(x, y):
    x %= 0.7
    y *= x
    return y


# --- callees ----------------------------------------------------------------------------------------------------------


def axpy(a, x, y):
    y += a * x


def scaled(v, s):
    v *= s
    return v


def normalise(v):
    v /= np.sqrt(v @ v)
    return v


def inner_part(v):
    return v[1:-1]


def swap_parts(v, i, j):
    v[i], v[j] = v[j].copy(), v[i].copy()


def prefix(v, out):
    total = 0.0
    for i in range(len(v)):
        total = total + v[i]
        out[i] = total
    return total


def bounded(v, limit):
    for i in range(len(v)):
        if np.real(v[i]) > limit:
            v[i] = limit
            return i
        v[i] *= 1.5
    return -1


@programs(V, W, 0.3)
def callee_writes(x, y, a):
    axpy(a, x, y)
    axpy(y[0], y[1:], x[:-1])
    axpy(a, x, x)
    return x * y


@programs(V, 1.5)
def callee_returns_its_argument(x, s):
    y = scaled(x, s)
    y[0] = y[1] * s
    scaled(x[::2], y[3])
    return x + y


@programs(V)
def callee_returns_a_view(x):
    m = inner_part(inner_part(x))
    m *= x[0]
    inner_part(x)[0] += 5.0 * x[-1]
    return x


@programs(R)
def callee_on_rows_and_columns(a):
    for row in a:
        normalise(row)
    scaled(a[:, 1], 3.0)
    swap_parts(a, 0, 2)
    swap_parts(a[0], 1, 3)
    return a


@programs(V)
def callee_into_itself(x):
    t = prefix(x, x)
    u = prefix(x[::-1], x[::-1])
    return x * t + u


@programs(V, W)
def callee_with_both_halves(x, y):
    t = prefix(x[:3], x[3:])
    prefix(y, x)
    return x * t


@programs(V)
def callee_stops_early(x):
    i = bounded(x, 1.0)
    j = bounded(x[i:], 0.4)
    return x * (i + 2 * j)


@programs(V, W, complex_step=False)
def workspace_of_a_callee(x, y):
    work = np.zeros(6)

    def step(u, k):
        work[:] = u
        work[k:] *= u[:6 - k]
        u += 0.2 * work

    step(x, 1)
    step(y, 2)
    step(x, 3)
    return x * y + work


@programs(V)
def default_work_array(x):
    def add_to(v, out=None):
        if out is None:
            out = np.zeros_like(v)
        out += v * v
        return out

    a = add_to(x)
    b = add_to(a, a)
    add_to(x, b[::-1])
    return a


@programs(V, W)
def function_given_to_a_function(x, y):
    def apply(f, v, n):
        for _ in range(n):
            f(v)
        return v

    def half(v):
        v *= 0.5
        v[0] += y[1]

    apply(half, x, 3)
    apply(lambda v: v.__setitem__(0, v[1]) if False else axpy(0.5, v, v), y, 2)
    return x * y


@programs(V)
def closure_over_a_view(x):
    tail = x[3:]

    def bump(k):
        tail[k] = tail[k] * x[k]
        return tail

    bump(0)
    bump(2)[1] *= 4.0
    return x


@programs(V)
def recursion_that_reads(x):
    def total(v):
        if len(v) == 1:
            return v[0] * v[0]
        m = len(v) // 2
        return total(v[:m]) + total(v[m:]) * v[0]

    return total(x)


# --- containers -------------------------------------------------------------------------------------------------------


@programs(V, W)
def list_of_arrays(x, y):
    state = [x, y]
    for k in range(3):
        state[0] += 0.1 * state[1]
        state[1][k] *= state[0][k]
        state.reverse()
    return state[0] * x


@programs(V, W)
def double_buffer_in_a_list(x, y):
    bufs = [x, y]
    for k in range(4):
        src, dst = bufs[k % 2], bufs[(k + 1) % 2]
        dst[1:] = src[:-1] * 0.9
        dst[0] = src[-1]
    return bufs[0] - bufs[1] * 2.0


@programs(V)
def history_of_copies(x):
    past = []
    for k in range(3):
        past.append(x.copy())
        x *= x[k]
    return past[0] * past[1] + past[2]


@programs(V)
def history_of_the_same_array(x):
    past = []
    for k in range(3):
        past.append(x)
        x *= x[k]
    return past[0] * past[1] + past[2]


@programs(V, complex_step=False)
def ring_buffer(x):
    ring = np.zeros(3)
    out = np.zeros(6)
    for t in range(6):
        ring[t % 3] = x[t]
        out[t] = ring.sum() * ring[(t + 1) % 3]
    return out


@programs(V)
def ring_buffer_as_a_list(x):
    ring = [0.0, 0.0, 0.0]
    total = 0.0
    for t in range(6):
        total += ring[t % 3] * x[t]
        ring[t % 3] = x[t] * x[t]
    return total


@programs(V)
def stack_machine(x):
    stack = []
    for k in range(6):
        stack.append(x[k])
        if k % 2 == 1:
            b, a = stack.pop(), stack.pop()
            stack.append(a * b + a)
    while len(stack) > 1:
        stack.append(stack.pop() * 2.0 - stack.pop())
    return stack[0]


@programs(V)
def queue_by_pop_zero(x):
    queue = [x[0], x[1]]
    for k in range(2, 6):
        queue.append(queue.pop(0) * x[k])
    return queue[0] - queue[1]


@programs(V)
def built_and_stacked(x):
    rows = []
    for k in range(3):
        rows.append(x * x[k])
        x[k] += 1.0
    a = np.array(rows)
    a[1] *= a[0]
    return a


@programs(V, W)
def dict_of_fields(x, y):
    d = {"rho": x, "mom": y, "old": x.copy()}
    for _ in range(2):
        d["old"][:] = d["rho"]
        d["rho"][1:] -= 0.1 * d["mom"][:-1]
        d["mom"] += 0.1 * d["old"] * d["rho"]
    return d["rho"] * d["mom"]


@programs(V, W)
def tuple_of_views(x, y):
    pair = x[:3], y[3:]
    for v in pair:
        v *= v[0]
    a, b = pair
    a += b
    return x * y


@programs(V)
def nested_lists_of_numbers(x):
    grid = [[x[0], x[1]], [x[2], x[3]]]
    grid[0][1] = grid[1][0] * x[4]
    row = grid[1]
    row[0] = grid[0][0]
    row.append(x[5])
    return grid[1][0] * grid[0][1] + grid[1][2]


@dataclass
class Particle:
    position: np.ndarray
    velocity: np.ndarray
    trace: list = field(default_factory=list)

    def move(self, dt):
        self.position += dt * self.velocity
        self.velocity[0] -= dt * np.sin(self.position[1])
        self.trace.append(self.position.sum())


@programs(V, W, 0.1)
def object_with_arrays(x, y, dt):
    p = Particle(x, y)
    for _ in range(3):
        p.move(dt)
    p.velocity = p.velocity * 2.0
    p.velocity[1] = 0.0
    return (p.position * p.velocity).sum() + p.trace[-1] * p.trace[0]


@programs(V)
def slices_of_lists(x):
    items = [v * v for v in x]
    items[1:3] = [x[0], x[1], x[2]]
    del items[0]
    items.insert(2, x[5])
    items[-1] *= items[0]
    return sum(items[::2])


@programs(V)
def swap_in_a_list(x):
    a = [x[:3].copy(), x[3:].copy()]
    a[0], a[1] = a[1], a[0]
    a[0][0] *= a[1][1]
    first, second = a
    first += second
    return a[0] * second


# --- complex, single precision, constants -----------------------------------------------------------------------------


@programs(V, W, complex_step=False)
def complex_parts(x, y):
    z = x + 1j * y
    z.real[1:] *= z.imag[:-1]
    z.imag = z.real * 2.0
    z *= z
    z[0] = z[1].conjugate()
    return (abs(z) ** 2).sum()


@programs(V, W, complex_step=False)
def complex_elements(x, y):
    z = np.zeros(6, complex)
    for i in range(6):
        z[i] = complex(x[i], y[i])
        z[i] *= z[i - 1] + 1.0
    z[::2] = z[1::2].conj()
    return np.real(z * np.conj(z)).sum() + z.imag[0]


@programs(V, W, complex_step=False)
def complex_view_of_pairs(x, y):
    z = np.empty((2, 6), complex)
    z[0] = x
    z[1] = 1j * y
    z[0] += z[1]
    z[1, ::-1] = z[0] ** 2
    return z.real * z.imag


@programs(V.astype(np.float32), W.astype(np.float32), complex_step=False, tolerance=1e-3)
def single_precision(x, y):
    x *= y
    x[1:] += x[:-1] * np.float32(0.5)
    return x


@programs(V)
def constants_overwrite_parts(x):
    x[::2] = 1.0
    x[1:3] = [2.0, 3.0]
    x[-1] = np.pi
    return x * x * np.arange(1.0, 7.0)


@programs(V)
def integers_beside(x):
    count = np.zeros(3, int)
    for i in range(6):
        k = i % 3
        count[k] += 1
        x[i] *= count[k]
    return x / count.sum()


@programs(V)
def random_numbers_aside(x):
    noise = np.arange(6.0)
    noise[::2] *= -1.0
    x += noise
    x *= noise[::-1]
    return np.sin(x)


@programs(V, W)
def result_is_the_argument(x, y):
    x *= y
    return x


@programs(V, W)
def results_share_memory(x, y):
    x *= y
    return x[1:], x, x[::-1][:2], y


@programs(V, complex_step=False)
def result_is_a_view_of_a_local(x):
    t = np.zeros(8)
    t[1:7] = x
    t[0], t[7] = t[6], t[1]
    return t[::2]


@programs(V, W)
def one_argument_unused_after(x, y):
    y[:] = x
    x[:] = 0.0
    y *= y
    return y.sum()


@programs(V, W)
def argument_rebound(x, y):
    x = x * y
    x[0] = y[1]
    y = x[2:]
    y += 1.0
    return x


@programs(V, 3)
def steps_given_as_an_integer(x, n):
    for k in range(n):
        x[k:] *= x[k]
        n = n - 1
    return x * n


@programs(R)
def matrix_powers_in_place(a):
    b = a[:, :3]
    for _ in range(2):
        b[:] = b @ b * 0.5
    return a


@programs(V)
def swap_with_a_temporary_view(x):
    t = x[:3]
    x[:3] = x[3:]
    x[3:] = t
    return x * np.arange(1.0, 7.0)


@programs(V)
def swap_with_a_temporary_copy(x):
    t = x[:3].copy()
    x[:3] = x[3:]
    x[3:] = t * x[0]
    return x


@programs(R)
def swap_of_rows_that_are_views(a):
    a[0], a[1] = a[1], a[0]
    return a * np.arange(4.0)


@programs(R)
def normalised_rows_by_broadcasting(a):
    a -= a.mean(axis=1, keepdims=True)
    a /= np.sqrt((a * a).sum(axis=1))[:, None]
    return a


@programs(V, W)
def softmax_in_place(x, w):
    x -= x.sum() * 0.1
    np.exp(x, out=x)
    x /= x.sum()
    return x @ w


@programs(R, B, complex_step=False)
def layers(a, b):
    h = np.zeros((3, 4))
    h[0] = b
    for k in range(1, 3):
        np.tanh(a[k] * h[k - 1] + b, out=h[k])
    h[0] -= h[2]
    return (h * h).sum()


@programs(V, 0.8)
def adam(x, rate):
    m, v = np.zeros_like(x), np.zeros_like(x)
    for t in range(1, 4):
        g = 2.0 * x + np.cos(x)
        m *= 0.9
        m += 0.1 * g
        v *= 0.99
        v += 0.01 * g * g
        x -= rate * 0.1 * (m / (1.0 - 0.9 ** t)) / (np.sqrt(v / (1.0 - 0.99 ** t)) + 1e-3)
    return x


@programs(V, W)
def particles_collide(q, p):
    for i in range(6):
        for j in range(i):
            d = q[i] - q[j]
            f = d / (0.1 + d * d)
            p[i] += 0.1 * f
            p[j] -= 0.1 * f
    q += 0.1 * p
    return q


@programs(V, complex_step=False)
def levinson(r):
    a = np.zeros(4)
    a[0] = 1.0
    e = r[0] + 5.0
    for k in range(1, 4):
        lam = -(a[:k] @ r[k:0:-1]) / e
        a[1:k + 1] += lam * a[k - 1::-1][:k]
        e *= 1.0 - lam * lam
    return a * e


@programs(V, W)
def divided_differences(y, x):
    n = len(x)
    for j in range(1, n):
        y[j:] = (y[j:] - y[j - 1:-1]) / (x[j:] + 3.0 * np.arange(j, n) - x[:n - j] - 3.0 * np.arange(n - j))
    return y


@programs(V)
def neville(y):
    x = np.arange(6.0)
    for k in range(1, 6):
        for i in range(6 - k):
            y[i] = ((0.5 - x[i + k]) * y[i] + (x[i] - 0.5) * y[i + 1]) / (x[i] - x[i + k])
    return y[0] ** 2


@programs(V, W, complex_step=False)
def convolution_by_hand(x, k):
    out = np.zeros(11)
    for i in range(6):
        out[i:i + 6] += x[i] * k
    x[:] = out[:6] * x
    return x


@programs(V)
def running_maximum(x):
    for i in range(1, 6):
        if np.real(x[i]) < np.real(x[i - 1]):
            x[i] = x[i - 1]
    return x * np.arange(1.0, 7.0)


@programs(V, W, complex_step=False)
def interpolation_table(x, t):
    out = np.empty(6)
    for i in range(6):
        s = np.real(t[i]) * 2.0
        k = int(s)
        f = t[i] * 2.0 - k
        out[i] = x[k] * (1.0 - f) + x[k + 1] * f
        x[k] += 0.1 * out[i]
    return out


# --- containers of memory, used as a whole ----------------------------------------------------------------------------


@programs(V, W)
def stacked_after_a_write(x, y):
    q = [y, x * 1.0]
    y **= 2
    v = np.array(q).sum(axis=0)
    x[0] -= v[1]
    return x * v


@programs(V, W)
def mixed_tuple_stacked(x, y):
    q = x, y[0] * y[1], y * 1.0
    x *= 2.0
    return np.stack([q[0], q[2]]).sum(axis=0) * q[1]


@programs(V, W)
def summed_and_added_back(x, y):
    q = [x, y]
    x *= x
    s = sum(q)
    x += s
    return s * x


@programs(V, W)
def joined_and_then_overwritten(x, y):
    q = [x, y * 1.0]
    x *= x
    s = np.concatenate(q)
    y[0] = s[5]
    x[1] = 4.0
    return s * s


@programs(V, W)
def nested_list_as_an_array(x, y):
    q = [[x, y], [y * 2.0, x]]
    x *= x
    s = np.array(q)
    x[0] = 3.0
    return s * x


@programs(V, W)
def views_collected_and_joined(x, y):
    q = []
    for k in range(3):
        q.append(x[k:])
    x *= y
    s = np.concatenate(q)
    x[1] = 2.0
    return s * s


@programs(V, W)
def values_of_a_dict_stacked(x, y):
    d = {"a": x, "b": y * 1.0}
    x *= 2.0
    s = np.stack(list(d.values()))
    x[1] = 5.0
    return s.sum(axis=0) * x


@programs(V, W)
def list_read_by_a_callee(x, y):
    def total(parts, n):
        found = 0.0
        for v in parts:
            found = found + v[n]
        return found

    q = [x, y * 1.0]
    s = total(q, 1)
    x *= x
    t = total(q, 2)
    q[0][1] = t
    return s * x


@programs(V, W)
def comprehension_over_memory(x, y):
    q = [v for v in (x, y) if len(v) > 2]
    x -= y
    r = [np.sin(v) for v in q]
    r[0][1] = 2.0
    q[1][:] = r[0]
    return np.array(r) * y


@programs(V, W)
def blocks_swapped_by_joining(x, y):
    q = [x[:2], x[2:]]
    y *= x
    x[:] = np.concatenate(q[::-1])
    return np.block(q) * y


@programs(V, W, 0.4)
def rows_swapped_in_a_branch(x, y, c):
    a = np.outer(x, y)
    v, w = a[3], y.copy()
    for _ in a:
        w, v = v, w
        if np.real(c) > 0.1:
            a[[3, 0]] = a[[0, 3]]
            w[:] = w * a[-4, 3]
    return a


@programs(V, W)
def one_place_read_three_times(x, y):
    y[::2] = (x[1:4] * x[1:4]) + (x[1:4] * y[3])
    return y


@programs(V[:4], W[:4], R[:, :3])
def constants_recorded_in_an_inner_loop(x, y, a):
    w = np.zeros(3)
    for row, s in zip(a, x):
        row *= s
        for i in range(3):
            y[i] *= w[i]
        x, y = y, x
    return a * x[:3]


@programs(V[:4], M)
def gathered_from_what_is_written(x, a):
    x[:] = a @ x
    v = x[1:4].copy()
    v -= v[np.array([2, 1, 0])]
    return (v * v).sum() + v.sum()


@programs(V, 4)
def popped_and_written(x, n):
    q = []
    for k in range(n):
        q.append(x[k:k + 2])
    while len(q) > 1:
        v = q.pop()
        v *= q[-1][0]
    return x * x


@programs(V, 4)
def slot_rebound_after_the_whole_was_read(x, n):
    q = []
    for k in range(n):
        q.append(x[k:k + 2])
    v = np.concatenate(q)
    for k in range(n - 1):
        q[k] = q[k + 1]
        q[k] *= x[0]
    return v[0] * v[3] * x
