"""Idioms of Python and NumPy that write in place or change lists, one or two a program."""

from __future__ import annotations

import bisect
import copy
import functools
import heapq
import itertools
from typing import NamedTuple

import numpy as np

from .programs import Programs

programs = Programs()
R = np.random.default_rng(12)
V, W, U = R.normal(size=(3, 6)) * 0.5
A, B = R.normal(size=(2, 4, 4)) * 0.5
REAL = {"complex_step": False}


@programs(V)
def slice_object(x):
    inner = slice(1, -1)
    left, right = slice(None, -2), slice(2, None)
    x[inner] += 0.2 * (x[left] - x[right]) * x[inner]
    return x


@programs(A)
def ndindex_writes(a):
    for i, j in np.ndindex(4, 4):
        if i != j:
            a[i, j] *= a[j, i]
    return a


@programs(A, B)
def zip_rows_written(a, b):
    for p, q in zip(a, b):
        p += q[0] * q
        q[:] = p[::-1]
    return a * b


@programs(A)
def chained_items(a):
    for i in range(3):
        a[i][1:] = a[i + 1][:-1] * a[i][0]
        a[i][0] -= a[i + 1][2]
    return a


@programs(V)
def fancy_reversal(x):
    idx = np.array([0, 2, 4])
    x[idx] = x[idx][::-1] * 2.0
    x[[1, 3]] += x[[3, 1]]
    return x * x


@programs(A)
def rows_swapped_by_views(a):
    a[0], a[1] = a[1], a[0]        # NumPy: both end as the old second row
    a[2], a[3] = a[3].copy(), a[2].copy()
    return (a * np.arange(16.0).reshape(4, 4)).sum(), a[0] * a[1]


@programs(V, W)
def positional_outs(x, y):
    np.add(x, y, x)
    np.multiply(x, x, y)
    np.negative(x, x)
    np.exp(y, y)
    return x * y


@programs(V)
def accumulate_out(x):
    np.add.accumulate(x, out=x)
    x.cumsum(out=x)
    np.multiply.accumulate(x, out=x)
    return x


@programs(V, **REAL)
def clip_out(x):
    np.clip(x, -0.3, 0.4, out=x)
    x.clip(-0.2, 1.0, out=x)
    return x * x


@programs(V, W)
def divide_where(x, y):
    z = np.zeros_like(x)
    np.divide(x, y, out=z, where=np.abs(y.real) > 0.2)
    return z * x


@programs(V)
def copyto_overlap(x):
    np.copyto(x[1:], x[:-1] * 2.0)
    np.copyto(x[::2], x[1::2] ** 2)
    return x


@programs(V)
def put_wrap(x):
    np.put(x, [7, -1], x[:2] * 3.0, mode="wrap")
    x.put([0], x[1])
    return x


@programs(V)
def windows_read_before_a_write(x):
    w = np.lib.stride_tricks.sliding_window_view(x, 3)
    s = (w * w).sum(axis=1)
    x[1] = 2.0 * x[0]
    return s, w.sum(axis=1)


@programs(V, **REAL)
def nonlocal_counter(x):
    total = np.zeros(2)
    count = 0

    def visit(i):
        nonlocal count
        count += 1
        total[i % 2] += x[i] * count

    for i in range(6):
        visit(i)
    return total


@programs(V, W)
def star_arguments(x, y):
    def scale(*arrays, by):
        for a in arrays:
            a *= by

    scale(x, y[1:], x[::2], by=x[0] + 1.0)
    return x * y


class State(NamedTuple):
    x: np.ndarray
    v: np.ndarray
    t: float


@programs(V, W)
def named_tuple_state(x, v):
    s = State(x, v, 0.0)
    for _ in range(3):
        s.x[1:] += 0.1 * s.v[:-1]
        s = s._replace(v=s.v - 0.1 * s.x, t=s.t + 0.1)
    return s.x * s.v * s.t


@programs(V)
def itertools_accumulate(x):
    s = list(itertools.accumulate(x, lambda a, b: a * 0.5 + b * b))
    s[2] = s[1] * s[0]
    return sum(s)


@programs(V)
def reduce_with_writes(x):
    def step(acc, v):
        acc[1:] += v * acc[:-1]
        return acc

    return functools.reduce(step, [0.1, 0.2, 0.3], x)


@programs(V, W)
def deep_copies(x, y):
    arrays = [x, y]
    saved = copy.deepcopy(arrays)
    shallow = copy.copy(arrays)
    shallow[0][1:] *= 2.0
    arrays[0][0] = 3.0 * y[1]
    return saved[0] * x + saved[1] * y


@programs(A)
def list_of_rows(a):
    rows = list(a)
    rows[0] += rows[1]
    rows.reverse()
    rows[0] *= rows[1]
    return a


@programs(V)
def array_split_pieces(x):
    a, b, c = np.array_split(x, 3)
    a += b
    c *= a
    b[:] = c[::-1]
    return x


@programs(A)
def hsplit_vsplit(a):
    left, right = np.hsplit(a, 2)
    top, bottom = np.vsplit(left, 2)
    top += bottom
    right *= left
    return a


@programs(V)
def reshaped_item_written(x):
    x.reshape(2, -1)[0] += x.reshape(2, 3)[1] ** 2
    x.reshape(3, 2)[:, 1] *= 0.5
    m = x.reshape(2, 3).T
    m[0] -= m[1]
    return x


@programs(A)
def squeezed_and_swapped(a):
    np.squeeze(a[None])[0] = a[1] * 2.0
    a.swapaxes(0, 1)[2] += a[0]
    a.ravel()[::5] = 1.5
    np.moveaxis(a, 0, 1)[1, 2:] *= a[3, :2]
    return a


@programs(A)
def triangles(a):
    a[np.triu_indices(4, 1)] = 0.0
    a[np.tril_indices(4, -1)] *= 2.0
    a[np.eye(4, dtype=bool)] += a[:, 0]
    np.fill_diagonal(a[1:, 1:], a[2, 0])
    return a @ a


@programs(A)
def columns_swapped(a):
    a[:, [0, 2]] = a[:, [2, 0]]
    a[[1, 3], :] = a[[3, 1], :] * 2.0
    a[...] = a.T
    return a * a


@programs(V)
def even_and_odd(x):
    x[::2], x[1::2] = x[1::2] * 2.0, x[::2] + 1.0
    x[:3], x[3:] = x[3:].copy(), x[:3].copy()
    return x * np.arange(6.0)


@programs(V[:4], W[:4], **REAL)
def complex_parts(x, y):
    z = np.zeros(4, complex)
    z.real = x
    z.imag[:] = y
    z.imag += 0.3 * z.real
    z *= 1j
    return (z.real * z.imag).sum() + np.abs(z[0]) ** 2


@programs(V)
def try_finally_writes(x):
    try:
        x[0] = x[1] * x[2]
        x *= 2.0
    finally:
        x[3] = x[0]
    with np.errstate(all="ignore"):
        x[4] += x[3] ** 2
    return x


@programs(V, 2)
def match_statement(x, k):
    for i in range(6):
        match i % 3:
            case 0:
                x[i] *= 2.0
            case 1 if k > 1:
                x[i] = x[i - 1] * x[i]
            case _:
                x[i] -= x[0]
    return x


@programs(V)
def walrus(x):
    i = 0
    while (v := x[i]) is not None and (i := i + 1) < 5:
        x[i] += v * v
    return x


@programs(V)
def for_else_search(x):
    for i in range(5):
        x[i + 1] += 0.5 * x[i]
        if i == 7:
            break
    else:
        x *= x[2]
    return x


class Vector:
    def __init__(self, data):
        self.data = data

    def __getitem__(self, i):
        return self.data[i]

    def __setitem__(self, i, v):
        self.data[i] = v

    def __iadd__(self, other):
        self.data += other.data
        return self

    def __len__(self):
        return len(self.data)

    @property
    def head(self):
        return self.data[0]

    @head.setter
    def head(self, v):
        self.data[0] = v


@programs(V, W)
def wrapper_class(x, y):
    a, b = Vector(x), Vector(y)
    a += b
    a[1] = a[0] * b[2]
    a.head = a.head * a[3]
    a[2:4] = b[1:3]
    for i in range(len(a) - 1):
        a[i + 1] += a[i] * 0.1
    return a.data * b.data


@programs(V)
def matrix_of_lists(x):
    n = 3
    m = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            m[i][j] = x[i] * x[j + 1]
    for i in range(n):
        for j in range(i):
            m[i][j], m[j][i] = m[j][i], m[i][j]
    m[0][1] += m[2][2]
    return m[0][1] * m[1][0] + sum(sum(row) for row in m)


@programs(V, **REAL)
def heap_of_numbers(x):
    h = []
    for v in x:
        heapq.heappush(h, v)
    return heapq.heappop(h) * heapq.heappop(h)


@programs(V)
def type_changes(x):
    y = 0
    y = x[0] * 2.0
    y = x[1:] * y
    y[0] = 3.0 * y[1]
    y = y.sum()
    x = [x, y]
    x[0][2] *= x[1]
    x = x[0]
    return x


@programs(V, **REAL)
def early_exit_callee(x):
    def relax(v):
        for i in range(1, len(v)):
            v[i] += 0.5 * v[i - 1]
            if v[i] > 0.3:
                v[0] *= 2.0
                return i
        return -1

    k = relax(x)
    relax(x[1:])
    return x * (k + 2)


@programs(V, W)
def nested_lists_of_arrays(x, y):
    grid = [[x, y], [y, x]]
    grid[0][0][1:] += grid[1][0][:-1]
    grid[1][1] *= 2.0
    grid[0][1] = grid[0][0] * grid[1][0]
    return grid[0][1] + grid[1][0] + x


@programs(V)
def sum_of_pops(x):
    s = [v * v for v in x]
    t = 0.0
    while len(s) > 1:
        a, b = s.pop(), s.pop(0)
        s.insert(len(s) // 2, a * b + 0.1)
        t = t + s[0]
    return t * s[0]


@programs(V, W)
def swap_by_xor_style(x, y):
    x += y
    y[:] = x - y
    x -= y
    t = x
    x = y
    y = t
    x[0] *= 2.0
    return x - y * y


@programs(A, V[:4])
def newaxis_and_ellipsis(a, x):
    a[..., 0] = x
    a[None, 1][0] *= x
    a[:, None, 2] += a[:, 0, None]
    b = a[..., ::-1]
    b[0, ...] = b[1] ** 2
    return a


@programs(V)
def conditional_view(x):
    v = x[:3] if len(x) > 4 else x[3:]
    v *= v[::-1].copy()
    w = v if x.size == 7 else x[::2]
    w += 1.0
    w **= 2
    return x


@programs(V[:4], **REAL)
def heap_made_at_once(x):
    h = [x[0], x[1], x[2], x[3]]
    heapq.heapify(h)
    first = heapq.heapreplace(h, x[1] * x[2])
    return first * h[0] + heapq.heappushpop(h, x[3] * 0.5) + h[-1]


@programs(np.array([0.4, 0.9, 0.2, 0.5]), **REAL)
def shortest_path(length):
    heap, distance = [(0.0, 0)], [100.0] * 4
    while heap:
        d, i = heapq.heappop(heap)
        if d >= distance[i]:
            continue
        distance[i] = d
        for step in (1, 2):
            if i + step < 4:
                heapq.heappush(heap, (d + step * length[i] ** 2, i + step))
    return distance[3]


@programs(V, **REAL)
def sorted_as_it_grows(x):
    kept = sorted([x[0], x[1]])
    for v in x[2:]:
        bisect.insort(kept, v)
    k = bisect.bisect_left(kept, 0.1)
    bisect.insort_left(kept, x[0] * 0.5, 0, 3)
    return kept[0] * kept[2] + kept[k - 1]


@programs(V)
def methods_of_ufuncs_with_out(x):
    np.add.accumulate(x, out=x)
    np.multiply.accumulate(x[1:], out=x[1:])
    r = x[:1] * 1.0
    np.add.reduce(x.reshape(6, 1), axis=0, out=r)
    return x * r


@programs(V)
def shallow_copies(x):
    kept = [x, x * 2.0]
    other = copy.copy(kept)
    other[0] = x * x
    named = copy.copy({"a": x})
    named["a"] = named["a"] * 2.0
    apart = copy.copy(x)
    apart[0] = 3.0
    return (kept[0] * other[0] + apart).sum() + named["a"][1]


@programs(V, W)
def list_read_in_a_branch_only(x, y):
    kept = [x * 1.0, y * 2.0]
    pairs = []
    for i in range(len(x)):
        pairs.append([x[i], y[i]])
    for i in range(3):
        if np.real(kept[-1].sum()) > 5.0 * (i - 1):
            kept[i % len(kept)][3] = pairs[-1][-1] * pairs[0][0]
    return kept[0].sum() + kept[-1].sum()


@programs(V)
def arrays_of_lists_in_a_list(x):
    rows = []
    for i in range(3):
        rows.append(np.array([x[i], x[i] * x[0]]))
    rows[0][1] += rows[1][0]
    return (rows[0] * rows[2]).sum()


@programs(V)
def tuple_of_views(x):
    parts = (x[:2], x[2:4], x[4:])
    for p in parts:
        p *= parts[0][0] + 1.0
    a, b, c = parts
    a += c * b
    return x


@programs(V)
def index_array_changed_after_use(x):
    idx = np.array([0, 1, 2])
    x[idx] *= 2.0
    idx += 2
    x[idx] += x[idx - 1]
    idx[0] = 0
    x[idx] **= 2
    return x


@programs(V, W)
def mask_changed_after_use(x, y):
    m = np.real(x) > 0
    x[m] *= 3.0
    m[:] = ~m
    x[m] += y[m] * y[m]
    m[0] = True
    y[m] = x[m]
    return x * y


@programs(V)
def shrinking_views(x):
    v = x
    while len(v) > 1:
        v[1:] += v[:-1] * 0.5
        v = v[1:]
    return x


@programs(V)
def partial_with_out(x):
    scale = functools.partial(np.multiply, out=x)
    scale(x, 2.0)
    scale(x[::-1].copy(), x)
    return x


@programs(V)
def queue_by_list(x):
    queue = [(x[0], 0)]
    out = x * 0.0
    while queue:
        v, depth = queue.pop(0)
        out[depth] += v
        if depth < 2:
            queue.append((v * x[depth + 1], depth + 1))
            queue.append((v - x[depth + 2], depth + 1))
    return out


@programs(V, W)
def clenshaw(c, t):
    b1, b2 = np.zeros_like(t), np.zeros_like(t)
    for a in c[:0:-1]:
        b2 *= -1.0
        b2 += 2 * t * b1 + a
        b1, b2 = b2, b1
    return t * b1 - b2 + c[0]
