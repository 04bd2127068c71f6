"""Tuples, lists and dicts that hold arrays which are written to, and are used as a whole: stacked, summed, concatenated."""

from __future__ import annotations

import numpy as np
import pytest

from .check import check, check_second_order

X = np.array([0.3, -0.7, 1.1, 0.9])
DIRECTION = np.array([0.3, -0.7, 0.4, 1.2])
EXTRA = np.array([0])


def span(n):
    """A range of a length known only at run time."""
    return range(n + int(EXTRA[0]))


def early_tuple(x):
    a = x * 2.0
    b = x * 3.0
    t = (a, b)
    a[0] *= a[1]
    s = np.stack(t).sum()
    b[1] *= s
    return s * b[1] + (np.concatenate(t) ** 2).sum()


def early_list(x):
    a = x * 2.0
    b = x * 3.0
    t = [a, b]
    for i in span(2):
        t[i][0] *= t[1 - i][1]
        s = np.stack(t).sum()
        t[1 - i][2] *= s
    return s


def tuple_of_mixed(x):
    a = x * 2.0
    t = (a, x[0] * x[1], x * x)
    a[0] *= a[1]
    u = np.concatenate((t[0], t[2])) * t[1]
    a *= 2.0
    return (u * u).sum() + a.sum()


def chosen_tuple(x):
    a = x * 2.0
    b = x * 3.0
    t = (a, b) if x[0].real > 0 else (b, a)
    a[0] *= a[1]
    s = (np.vstack(t) ** 2).sum()
    b[0] *= s
    return b.sum() + s


def list_slices(x):
    t = [x * 1.0, x * 2.0, x * 3.0]
    for i in span(2):
        t[i + 1][0] *= t[i][1]
    m = np.array(t[1:])
    t[2][1] *= m[0, 0]
    return (m * m).sum() + t[2].sum()


def summed_rows(x):
    t = [x * 1.0, x * 2.0, x * 3.0]
    for i in span(2):
        t[i + 1][0] *= t[i][1]
    s = sum(t)
    t[0] *= 2.0
    return (s * s).sum() + t[0].sum()


def rows_in_a_loop(x):
    rows = [x * 1.0, x * 2.0]
    total = 0.0
    for i in span(3):
        rows[i % 2][1] *= rows[1 - i % 2][0]
        total = total + (np.stack(rows) ** 2).sum() * x[i]
    return total


def in_a_branch(x):
    rows = [x * 1.0, x * 2.0]
    for i in span(3):
        if i != 1:
            rows[0] *= np.concatenate(rows)[i + 2]
        else:
            rows[1][2] *= rows[0][0]
    return np.hstack(rows).sum()


def unpacked_rows(x):
    rows = [x * 1.0, x * 2.0]
    for i in span(2):
        rows[i][1] *= rows[1 - i][0]
    a, b = rows
    a[0] += b[1]
    return (np.array(rows) ** 2).sum() + (a * b).sum()


def dict_of_rows(x):
    d = {"a": x * 1.0, "b": x * 2.0}
    d["a"][0] *= d["b"][1]
    m = np.stack(list(d.values()))
    d["b"][0] *= m[0, 0]
    return (m * m).sum() + d["b"].sum()


def lists_of_lists(x):
    rows = [[x * 1.0, x * 2.0], [x * 3.0]]
    for i in span(2):
        rows[i][0][1] *= rows[1 - i][0][0]
    return sum(np.stack(r).sum() for r in rows)


def stacked(x):
    rows = []
    for i in span(3):
        r = x * i
        r[1] *= r[2]
        rows.append(r)
    m = np.stack(rows)
    return (m * m).sum()


def array_of_rows(x):
    rows = []
    for i in span(3):
        r = x * i
        r[1] *= r[2]
        rows.append(r)
    rows[0][2] += x[1]
    m = np.array(rows)
    return (m @ m.T).sum()


def used_as_a_whole(x):
    rows = [x * 1.0, x * 2.0]
    for i in span(2):
        rows[i][1] *= rows[1 - i][0]
    return (np.vstack(rows) ** 2).sum() + np.concatenate(rows)[3]


class Cell:
    def __init__(self, v):
        self.v = v
        self.log = []

    def push(self, w):
        self.v *= w
        self.log.append(self.v.copy())


def objects_that_log(x):
    c = Cell(x * 1.0)
    for _ in span(3):
        c.push(c.v[::-1])
    return sum(c.log).sum() + c.log[1][2]


def rebound_and_aliased(x):
    rows = [x * 1.0, x * 2.0]
    alias = rows[0]
    for i in span(3):
        rows[i % 2] = rows[i % 2] * rows[1 - i % 2]
        alias *= 1.1
    return (rows[0] * rows[1] * alias).sum()


def stack_of_views(x):
    stack = [x[:2] * 1.0]
    out = 0.0
    while stack:
        v = stack.pop()
        v[0] *= v[1]
        out = out + v.sum()
        if out.real < 1.2 and len(stack) < 3 and v[1].real > -2:
            stack.append(v * 1.5)
            stack.append(v[::-1])
            if v[1].real < -1.2:
                break
    return out


def dict_of_lists_of_arrays(x):
    d = {"a": x * 1.0, "b": [x * 2.0]}
    e = d["b"]
    for i in span(2):
        d["a"] += e[0]
        e[0] = d["a"] * 1.0
        d["b"][0][i] *= 2.0
    return (d["a"] * e[0]).sum()


def rows_kept_in_a_list(x):
    m = np.outer(x, x)
    views = [m[i] for i in range(4)]
    for i in span(3):
        views[i] += views[i + 1] * x[i]
    m[2] *= 2.0
    return (m * m).sum() + views[2].sum()


def rows_and_columns_in_a_list(x):
    m = np.outer(x, x)
    views = []
    for i in span(4):
        views.append(m[i])
        views.append(m[:, i])
    for v in views:
        v *= v[0]
    return m.sum() + np.stack(views)[3].sum()


def swapped_and_paired(x):
    a, b = x * 1.0, x * 2.0
    for i in span(4):
        if a[i].real > 0.5:
            a, b = b, a
        a[i] *= b[i]
        t = (a, b)
        t[1][0] += t[0][i]
    return (t[0] * a).sum() + b.sum()


def inner_function_on_its_argument(x):
    def outer(v):
        v[0] *= 2.0
        def inner(w, k):
            w[k] += v[0] * w[k - 1]
            return w
        return inner(v, 2)
    y = x * 1.0
    z = outer(y)
    z[1] *= y[2]
    return (y * z).sum()


def three_names_of_two_lists(x):
    xs = [x[0], x[1]]
    ys = xs
    zs = list(xs)
    for i in span(3):
        ys.append(xs[-1] * zs[i % 2])
        zs[0] = ys[i] * 2.0
    xs += zs
    return sum(ys) * xs[-1] + len(ys)


def lists_that_hold_each_other(x):
    xs = [[x[0]], [x[1]]]
    for i in span(3):
        xs[i % 2].append(xs[1 - i % 2][-1] * x[i])
    xs.append(xs[0])
    xs[2][0] *= 3.0
    return sum(xs[0]) * sum(xs[1])


def history_of_what_changes(x):
    a = x * 1.0
    hist = []
    for i in span(3):
        hist.append(a)
        a = a * hist[0]
        hist[-1][i] *= 2.0
    return sum(h.sum() for h in hist) + a.sum()


def history_of_one_array(x):
    a = x * 1.0
    hist = []
    for i in span(3):
        a *= a[i]
        hist.append(a)
    return sum(h.sum() for h in hist)


def queue(x):
    q = [x[0] * 1.0]
    n = 0
    while len(q) > 0 and n < 6:
        v = q.pop(0)
        n += 1
        q.append(v * x[n % 4])
        if n % 2:
            q.insert(0, v + x[1])
    return sum(q) + n


def state_through_a_callee(x):
    state = {"u": x * 1.0, "n": 0, "h": []}
    def step(s, dt):
        s["u"] = s["u"] + dt * np.sin(s["u"])
        s["h"].append(s["u"].sum())
        s["n"] += 1
        return s
    for _ in span(3):
        state = step(state, 0.1)
        state["u"][0] *= 1.5
    return state["u"].sum() * state["h"][1] + state["n"]


def buffers_in_a_list(x):
    buf = [x * 1.0, x * 0.5]
    for _ in span(3):
        new = buf[0] * 2.0 - buf[1]
        buf = [new, buf[0]]
        buf[1][0] += new[1]
    return (buf[0] * buf[1]).sum()


def swap_in_nested_dicts(x):
    tree = {"l": {"v": x[0]}, "r": {"v": x[1]}}
    for i in span(3):
        tree["l"]["v"], tree["r"]["v"] = tree["r"]["v"] * x[2], tree["l"]["v"] + x[i]
    return tree["l"]["v"] * tree["r"]["v"]


def views_in_pairs(x):
    a = x * 1.0
    pairs = [(a, 0), (a[1:], 1), (a[::-1], 2)]
    for v, k in pairs:
        v[k] *= v[0]
    return (a * a).sum()


def views_zipped(x):
    a = x * 1.0
    for v, k in zip([a, a[1:]], [0, 1]):
        v += a[k]
    return (a * a).sum()


def one_array_three_times(x):
    a = [x * 1.0] * 3
    for i in span(3):
        a[i][i] *= 2.0
    a[1] = a[1] * x
    a[0] += a[1]
    return sum(v.sum() for v in a)


def names_swapped_in_a_loop(x):
    a = x * 1.0
    t = a, a * 2.0
    u, w = t
    for i in span(2):
        u[i] *= w[i]
        w, u = u, w
    return (t[0] * t[1] * u).sum()


def rows_filtered(x):
    rows = np.outer(x, x)
    picked = [r for r in rows if r[0].real > 0]
    for p in picked:
        p *= 2.0
    return (rows * rows).sum() + sum(p.sum() for p in picked)


def compared_under_another_name(x):
    xs = []
    ys = xs
    for i in span(4):
        if len(ys) > 1 and ys[-1].real > 0.0:
            xs.append(x[i] * ys[-1])
        else:
            xs.append(x[i])
    return sum(xs) * ys[-1]


def read_before_filled(x):
    xs = []
    s = 0.0
    for i in span(3):
        for j in span(len(xs)):
            s = s * 0.5 + xs[j] * x[i]
        for j in span(i + 1):
            if j == i:
                xs.append(x[j] + s)
    return s + xs[-1]


def two_empty_lists(x):
    groups = [[], []]
    for i in span(4):
        g = groups[i % 2]
        if len(g) > 0 and g[-1].real > 0.2:
            g.append(g[-1] * x[i])
        else:
            g.append(x[i])
    return sum(groups[0]) * sum(groups[1])


def monotone_stack(x):
    xs = []
    for i in span(4):
        while len(xs) > 0 and xs[-1].real < x[i].real:
            xs.pop()
        xs.append(x[i] * x[i])
    return sum(xs) + len(xs)


def empty_list_in_a_dict(x):
    d = {"s": []}
    for i in span(4):
        if d["s"] and d["s"][-1].real > 0.0:
            d["s"].append(x[i] * d["s"][-1])
        else:
            d["s"].append(x[i] * 2.0)
    return sum(d["s"])


def lists_of_what_came_before(x):
    class_ = []
    out = []
    for i in span(4):
        out.append([v * x[i] for v in class_])
        class_.append(x[i])
    return sum(sum(o) for o in out)


def grown_by_a_callee(x):
    def grow(xs, v):
        if len(xs) > 0 and xs[0].real > 0:
            xs.append(v * xs[0])
        else:
            xs.append(v)
        return xs
    xs = []
    for i in span(4):
        xs = grow(xs, x[i])
    return sum(xs)


def stack_of_numbers(x):
    stack = []
    total = 0.0
    for i in span(4):
        if stack:
            v = stack.pop()
            total = total + v * x[i]
        stack.append(x[i] + total)
        stack.append(x[i] * 2.0)
    return total + sum(stack)


def rows_from_rows(x):
    rows = []
    for i in span(3):
        if rows:
            r = rows[-1] * x[i]
            r[0] += rows[0][1]
        else:
            r = x * 1.0
        rows.append(r)
        rows[0][2] *= 1.5
    return sum(q.sum() for q in rows)


PROGRAMS = [
    compared_under_another_name,
    read_before_filled,
    two_empty_lists,
    monotone_stack,
    empty_list_in_a_dict,
    lists_of_what_came_before,
    grown_by_a_callee,
    stack_of_numbers,
    rows_from_rows,
    objects_that_log,
    rebound_and_aliased,
    stack_of_views,
    dict_of_lists_of_arrays,
    rows_kept_in_a_list,
    rows_and_columns_in_a_list,
    swapped_and_paired,
    inner_function_on_its_argument,
    three_names_of_two_lists,
    lists_that_hold_each_other,
    history_of_what_changes,
    history_of_one_array,
    queue,
    state_through_a_callee,
    buffers_in_a_list,
    swap_in_nested_dicts,
    views_in_pairs,
    views_zipped,
    one_array_three_times,
    names_swapped_in_a_loop,
    rows_filtered,
    early_tuple,
    early_list,
    tuple_of_mixed,
    chosen_tuple,
    list_slices,
    summed_rows,
    rows_in_a_loop,
    in_a_branch,
    unpacked_rows,
    dict_of_rows,
    lists_of_lists,
    stacked,
    array_of_rows,
    used_as_a_whole,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_holder(program):
    check(program, X)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_second_order(program):
    check_second_order(program, X, DIRECTION)
