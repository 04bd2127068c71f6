"""Recursive programs that write to arrays, or hand arrays down, one hazard each."""

from __future__ import annotations

import numpy as np

W = np.array([1.0, -2.0, 0.5, 3.0, 1.5, -0.7, 0.3, 2.0])
TABLE = np.array([0.9, 0.4, -0.3, 0.8])


def swap(x, i, j):
    t = x[i]
    x[i] = x[j]
    x[j] = t


def quicksort(x, lo, hi):
    if hi - lo <= 1:
        return
    pivot, i = x[hi - 1], lo
    for j in range(lo, hi - 1):
        if x[j].real < pivot.real:
            swap(x, i, j)
            i += 1
    swap(x, i, hi - 1)
    quicksort(x, lo, i)
    quicksort(x, i + 1, hi)


def sorted_in_place(x):
    y = x * x
    quicksort(y, 0, len(y))
    return (y * W).sum()


def sorted_argument(x):
    quicksort(x, 0, len(x))
    return (x * x * W).sum()


def merge_sort(x, tmp, lo, hi):
    if hi - lo < 2:
        return
    mid = (lo + hi) // 2
    merge_sort(x, tmp, lo, mid)
    merge_sort(x, tmp, mid, hi)
    i, j = lo, mid
    for k in range(lo, hi):
        if j >= hi or i < mid and x[i].real <= x[j].real:
            tmp[k] = x[i]
            i += 1
        else:
            tmp[k] = x[j]
            j += 1
    x[lo:hi] = tmp[lo:hi]


def merged(x):
    tmp = np.zeros_like(x)
    merge_sort(x, tmp, 0, len(x))
    return (x * W).sum() * tmp[2]


def butterfly(re, im, n):
    if n == 1:
        return
    h = n // 2
    for k in range(h):
        a, b = re[k], re[k + h]
        c, d = im[k], im[k + h]
        re[k] = a + b
        im[k] = c + d
        cos, sin = np.cos(np.pi * k / h), np.sin(np.pi * k / h)
        re[k + h] = (a - b) * cos + (c - d) * sin
        im[k + h] = (c - d) * cos - (a - b) * sin
    butterfly(re[:h], im[:h], h)
    butterfly(re[h:], im[h:], h)


def fft_in_place(x):
    im = np.zeros_like(x)
    butterfly(x, im, len(x))
    return (x * x * W + im * im).sum()


def accumulate(x, lo, hi):
    if hi - lo == 1:
        x[lo] = x[lo] * x[lo]
        return x[lo]
    mid = (lo + hi) // 2
    a = accumulate(x, lo, mid)
    b = accumulate(x, mid, hi)
    x[lo] += a * b
    return x[lo] * b + a


def divided(x):
    s = accumulate(x, 0, len(x))
    return s * x.sum()


def halve(x):
    if len(x) == 1:
        x *= x
        return
    m = len(x) // 2
    x[:m] *= x[m:2 * m]
    halve(x[:m])
    halve(x[m:])


def halved_views(x):
    halve(x)
    return (x * W).sum()


def returns_itself(x, n):
    if n == 0:
        return x
    x[n] *= x[n - 1]
    y = returns_itself(x, n - 1)
    y[0] += y[n]
    return y


def result_is_the_argument(x):
    y = returns_itself(x, 5)
    y *= 2.0
    return (x * W).sum() * y[1]


def either_half(x, k):
    if len(x) == 1:
        x[0] *= k
        return
    m = len(x) // 2
    half = x[:m] if x[0].real > x[m].real else x[m:]
    half *= half
    either_half(half, k * 2.0)


def view_from_a_branch(x):
    either_half(x, x[3] + 1.0)
    return (x * W).sum()


def scale_rows(a, n):
    if n == 0:
        return
    for row in a:
        row *= row[n % 2]
    scale_rows(a[1:], n - 1)


def rows_in_a_recursion(x):
    a = x.reshape(4, 2).copy()
    scale_rows(a, 3)
    return (a * a).sum()


def ping(x, n):
    if n > 0:
        x[n] *= x[n - 1]
        pong(x, n - 1)
        x[0] += x[n]


def pong(x, n):
    if n > 0:
        x[n] += x[n - 1] * x[n]
        ping(x, n - 1)


def mutual(x):
    ping(x, 6)
    return (x * W).sum()


def mix(x, y, n):
    if n == 0:
        return
    x[n] *= y[n - 1]
    y[n] += x[n] * x[n - 1]
    mix(y, x, n - 1)


def taking_turns(x):
    y = x * 2.0
    mix(x, y, 6)
    return (x * W).sum() + (y * y).sum()


def same_twice(x):
    mix(x, x, 6)
    return (x * W).sum()


def overlapping(x):
    mix(x[1:], x[:-1], 5)
    return (x * W).sum()


def gather(x, out, lo, hi):
    if hi - lo == 1:
        out[lo] += x[lo] * x[lo]
        return
    mid = (lo + hi) // 2
    gather(x, out, lo, mid)
    gather(x, out, mid, hi)
    out[lo] *= x[mid]


def only_read_and_written(x):
    out = np.ones_like(x)
    gather(x, out, 0, len(x))
    return (out * W).sum()


def read_is_a_value(x):
    out = np.ones_like(x)
    gather(np.sin(x), out, 0, len(x))
    gather(x, out, 2, 5)
    return (out * W).sum()


def with_scratch(x, n):
    if n == 0:
        return x[0] * x[1]
    tmp = np.zeros_like(x)
    tmp[1:] = x[:-1] * x[1:]
    tmp[0] = x[n]
    tmp[2:] *= tmp[0]
    x[n] = tmp[n]
    s = with_scratch(tmp, n - 1)
    return s * tmp[3] + x[n]


def scratch_in_each_call(x):
    s = with_scratch(x, 4)
    return s * x.sum()


def only_scratch(x, n):
    if n == 0:
        return x[0] * x[2]
    tmp = np.zeros_like(x)
    for i in range(1, len(x)):
        tmp[i] = x[i] * x[i - 1] + 0.1
    tmp[0] = x[n]
    return only_scratch(tmp, n - 1) * x[n]


def scratch_alone(x):
    return only_scratch(x, 3)


def made_and_returned(x, n):
    out = np.zeros_like(x)
    if n == 0:
        out[:] = x * x
        return out
    before = made_and_returned(x, n - 1)
    out[1:] = before[:-1] * x[1:]
    before[0] *= 2.0
    out[0] = before[0] * x[n]
    return out


def returned_arrays_are_written(x):
    y = made_and_returned(x, 4)
    y[3] *= y[2]
    return (y * W).sum()


def in_a_loop_and_a_branch(x):
    s = 0.0
    for k in range(3):
        if x[k].real > 0.0:
            s = s + accumulate(x, k, k + 4)
        else:
            halve(x[k:k + 4])
        x[k] *= 0.5
    return s * x[3] + (x * W).sum()


def saved_values(x):
    e = np.exp(0.1 * x)
    y = e * x
    halve(e)
    return (y * e).sum()


def twiddled(x, w, lo, hi):
    if hi - lo == 1:
        return
    mid = (lo + hi) // 2
    for k in range(mid - lo):
        t = w[k % 4] * x[mid + k]
        x[mid + k] = x[lo + k] * t
        x[lo + k] += t
    twiddled(x, w, lo, mid)
    twiddled(x, w, mid, hi)


def table_given_along(x):
    twiddled(x, TABLE, 0, 8)
    return (x * W).sum()


def table_that_varies(x):
    twiddled(x, x[:4] * 2.0, 0, 8)
    return (x * W).sum()


def eliminate(a):
    if len(a) == 1:
        return a[0, 0] * 1.0
    for i in range(1, len(a)):
        a[i, 1:] -= a[i, 0] / a[0, 0] * a[0, 1:]
    return a[0, 0] * eliminate(a[1:, 1:])


def determinant(x):
    a = np.outer(x[:4], x[4:]) + np.diag(x[:4] + 3.0)
    return eliminate(a)


def shuffle(p, n):
    if n == 0:
        return
    t = p[n]
    p[n] = p[n - 1]
    p[n - 1] = t
    shuffle(p, n - 1)


def indices_written(x):
    p = np.arange(8)
    y = x[p] * W
    shuffle(p, 5)
    z = y[p] * x
    shuffle(p, 7)
    return (z * x[p]).sum()


def product_tree(x, lo, hi):
    if hi - lo == 1:
        return x[lo] * x[lo]
    mid = (lo + hi) // 2
    return product_tree(x, lo, mid) * product_tree(x, mid, hi) + x[lo]


def read_only(x):
    return product_tree(x, 0, len(x))


def read_of_memory(x):
    x[2] *= x[1]
    s = product_tree(x, 0, len(x))
    x[3] *= s
    return s * product_tree(x[1:], 0, 4)


def tree_of(x, lo, hi):
    if hi - lo == 1:
        return 0.1 * x[lo] * x[lo]
    mid = (lo + hi) // 2
    return tree_of(x, lo, mid) + tree_of(x, mid, hi)


def slices_tree(x):
    if len(x) == 1:
        return x[0] * x[0]
    m = len(x) // 2
    return slices_tree(x[:m]) * slices_tree(x[m:]) + x[0]


def read_only_slices(x):
    return slices_tree(x) * slices_tree(x * 2.0)


def captured(x):
    def tree(lo, hi):
        if hi - lo == 1:
            return x[lo] * x[lo]
        mid = (lo + hi) // 2
        return tree(lo, mid) * tree(mid, hi) + x[mid]
    return tree(0, len(x))


def captured_and_written(x):
    y = x * 1.5

    def walk(lo, hi):
        if hi - lo == 1:
            y[lo] *= x[lo]
            return
        mid = (lo + hi) // 2
        walk(lo, mid)
        walk(mid, hi)
        y[lo] += y[mid] * x[mid]
    walk(0, len(x))
    return (y * W).sum()


def hanoi(x, a, b, c, n):
    if n == 0:
        return 0.0
    s = hanoi(x, a, c, b, n - 1)
    x[b] += x[a] * x[n]
    x[a] *= 0.5
    return s + hanoi(x, c, b, a, n - 1) * x[c]


def three_pegs(x):
    return hanoi(x, 0, 1, 2, 4) * (x * W).sum()


def until_small(x, n):
    while n > 0 and x[n].real > 0.2:
        x[n] *= x[n - 1]
        n -= 1
        if n % 2:
            until_small(x, n)
            break
    x[n] += x[0]


def loops_and_early_ends(x):
    until_small(x, 7)
    return (x * W).sum()


def power(m, n):
    if n == 1:
        return m.copy()
    half = power(m, n // 2)
    half[:] = half @ half
    if n % 2:
        half[0] *= m[0, 0]
    return half


def matrix_power(x):
    return power(x[:4].reshape(2, 2), 5).sum()


def smooth(u, f, n):
    u[1:-1] += 0.3 * (u[:-2] - 2.0 * u[1:-1] + u[2:] + f[1:-1])
    if n > 0:
        r = np.zeros_like(u)
        r[1:-1] = f[1:-1] * u[1:-1]
        e = np.zeros_like(u)
        smooth(e, r, n - 1)
        u += e
        u[1:-1] *= 0.9


def multigrid(x):
    u = x * 1.0
    smooth(u, x, 3)
    return (u * u * W).sum()


def float_depth(x, tolerance):
    if tolerance.real < 0.3:
        return
    x[:-1] *= x[1:]
    float_depth(x, tolerance * 0.5)
    x[0] += tolerance * x[3]


def depth_by_a_float(x):
    float_depth(x, x[1] + 2.0)
    return (x * W).sum()


def pair_result(x, lo, hi):
    if hi - lo == 1:
        x[lo] *= 2.0
        return x[lo], x[lo] * x[lo]
    mid = (lo + hi) // 2
    a, b = pair_result(x, lo, mid)
    c, d = pair_result(x, mid, hi)
    x[lo] += a * d
    return a + c, b * d


def two_results(x):
    a, b = pair_result(x, 0, 8)
    return a * b + (x * W).sum()


def turns_and_reversed_step(x, y, n):
    if n == 0:
        return
    t = x[n] * y[n]
    turns_and_reversed_step(y, x, n - 1)
    x[n - 1] += t * y[n]
    y[:n] *= x[1:n + 1]


def turns_and_reversed(x):
    turns_and_reversed_step(x, x[::-1], 5)
    return (x * W).sum()


def saved_and_overwritten_step(x, n):
    e = np.exp(0.1 * x)
    if n > 0:
        x *= e
        saved_and_overwritten_step(x[1:], n - 1)
        x += e * x[0]
    return e.sum()


def saved_and_overwritten(x):
    return saved_and_overwritten_step(x, 4) * (x * W).sum()


def calls_in_a_loop_step(x, k):
    s = 0.0
    for i in range(k):
        x[i] *= x[i + 1]
        s = s + calls_in_a_loop_step(x, k - 1 - i) * x[i]
    return s + x[k]


def calls_in_a_loop(x):
    return calls_in_a_loop_step(x, 4) + (x * W).sum()


def scalars_beside_arrays_step(a, b, n, c):
    if n == 0:
        b[0] += a[1] * c
        return c * a[0]
    a[n] = b[n - 1] * a[n] + c
    z = scalars_beside_arrays_step(b, a, n - 1, c * a[n])
    b[n] -= z
    return z * b[n - 1]


def scalars_beside_arrays(x):
    y = np.cos(x)
    q = scalars_beside_arrays_step(x, y, 6, x[2] * 1.0)
    return q * (x * y * W).sum()


def elimination_by_rows_step(m, i):
    if i >= len(m):
        return
    row = m[i]
    row /= row[i] + 3.0
    for j in range(len(m)):
        if j != i:
            m[j] -= m[j, i] * row
    elimination_by_rows_step(m, i + 1)


def elimination_by_rows(x):
    m = np.outer(x[:4], x[4:]) + 4.0 * np.eye(4)
    elimination_by_rows_step(m, 0)
    return (m * m).sum()


def returned_through_all_calls_step(x, n, out):
    if n == 0:
        out[0] = x[0] * 1.0
        return out
    prev = returned_through_all_calls_step(x, n - 1, out)
    prev[n] = prev[n - 1] * x[n]
    return prev


def returned_through_all_calls(x):
    out = np.zeros_like(x)
    y = returned_through_all_calls_step(x, 7, out)
    y[2] *= 2.0
    return (out * y * W).sum()


def path_of_indices_step(x, path):
    if len(path) == 0:
        return x[0] * 1.0
    x[path[0]] *= x[0]
    return path_of_indices_step(x, path[1:]) + x[path[0]]


def path_of_indices(x):
    return path_of_indices_step(x, np.array([1, 3, 1, 2])) * x.sum()


def halves_swapped_step(x, lo, hi, depth=0):
    if hi - lo < 2 or depth > 3:
        return 1.0
    mid = (lo + hi) // 2
    x[lo:mid], x[mid:hi] = x[mid:hi].copy() * x[lo], x[lo:mid] * 2.0
    return halves_swapped_step(x, lo, mid, depth + 1) * x[lo] + halves_swapped_step(x, mid, hi, depth=depth + 1)


def halves_swapped(x):
    return halves_swapped_step(x, 0, 8) * (x * W).sum()


def calls_in_a_while_step(x, n):
    while n > 0:
        x[n] *= x[n - 1]
        if x[n].real > 0:
            n = n - 2
            calls_in_a_while_step(x, n // 2)
        else:
            n -= 1
    x[0] += x[3]


def calls_in_a_while(x):
    calls_in_a_while_step(x, 7)
    return (x * W).sum()


def inner_function_that_writes(x):
    def go(i):
        if i == 7:
            return
        x[i] *= x[i + 1]
        go(i + 1)
        x[i + 1] += x[i] * 0.5
    go(0)
    return (x * W).sum()


def view_by_parity_step(x, w, n):
    v = x[1:] if n % 2 else x[:-1]
    if n == 0:
        return (v * v).sum()
    v *= w[n]
    return view_by_parity_step(v, w, n - 1) + v[0]


def view_by_parity(x):
    return view_by_parity_step(x, W, 4) + (x * W).sum()


def halves_of_two_step(x, y):
    if len(x) == 1:
        y[0] += x[0] * x[0]
        return
    m = len(x) // 2
    halves_of_two_step(x[:m], y[m:])
    halves_of_two_step(x[m:], y[:m])
    x[:m] *= y[:m]


def halves_of_two(x):
    halves_of_two_step(x, x)
    return (x * W).sum()


def array_of_each_call_step(x, n):
    if n == 0:
        return x * 1.0
    y = array_of_each_call_step(x * 0.5 + 0.1, n - 1)
    y[n] *= x[n - 1]
    return y


def array_of_each_call(x):
    return (array_of_each_call_step(x, 4) * W).sum()


def squared_and_put_back_step(x, i, n):
    if i == n:
        return 0.0
    old = x[i]
    x[i] = old * old
    s = squared_and_put_back_step(x, i + 1, n) + x[i]
    x[i] = old
    return s


def squared_and_put_back(x):
    return squared_and_put_back_step(x, 0, 8) * x[3]


def backtracking_step(b, k, n):
    t = 0.0
    if k == n:
        return b[0] * b[n - 1]
    for v in range(2):
        b[k] += v + 0.3
        t = t + backtracking_step(b, k + 1, n) * b[k]
        b[k] -= v + 0.3
    return t


def backtracking(x):
    return backtracking_step(x, 0, 4)


def rows_of_a_loop(x):
    tot = 0.0
    for i in range(3):
        y = x * (i + 1.0)
        halves_of_two_step(y[:4], y[4:])
        tot = tot + (y * W).sum() * y[0]
    return tot


def overlapping_slices_step(x, n):
    if n == 0:
        return
    x[n:] += x[:-n]
    overlapping_slices_step(x, n - 1)


def overlapping_slices(x):
    overlapping_slices_step(x, 4)
    return (x * x * W).sum()


def pair_of_results_step(x, n):
    if n == 0:
        return x.sum(), x[0]
    x[n] *= 2.0
    a, b = pair_of_results_step(x, n - 1)
    x[0] *= b
    return a * x[n], b + a


def pair_of_results(x):
    a, b = pair_of_results_step(x, 3)
    return a * b * x[1]


PROGRAMS = [
    sorted_in_place, sorted_argument, merged, fft_in_place, divided, halved_views, result_is_the_argument, view_from_a_branch,
    rows_in_a_recursion, mutual, taking_turns, same_twice, overlapping, only_read_and_written, read_is_a_value,
    scratch_in_each_call, scratch_alone, returned_arrays_are_written, in_a_loop_and_a_branch, saved_values, table_given_along,
    table_that_varies, determinant, indices_written, read_only, read_of_memory, read_only_slices, captured,
    captured_and_written, three_pegs, loops_and_early_ends, matrix_power, multigrid, depth_by_a_float, two_results,
    turns_and_reversed, saved_and_overwritten, calls_in_a_loop, scalars_beside_arrays, elimination_by_rows,
    returned_through_all_calls, path_of_indices, halves_swapped, calls_in_a_while, inner_function_that_writes,
    view_by_parity, halves_of_two, array_of_each_call, squared_and_put_back, backtracking, rows_of_a_loop,
    overlapping_slices, pair_of_results,
]
