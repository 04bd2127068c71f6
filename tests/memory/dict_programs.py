"""Dicts whose keys are known only at run time, or differ by path or trip, one hazard each; lists of lists made empty."""

from __future__ import annotations

import numpy as np

LABELS = ["u", "v", "u", "w"]
NUMBERS = np.array([0, 1, 0, 2])
NAMES = ("a", "b", "a", "c")
N = np.array([5])
EDGE = np.array([[0, 1], [1, 2], [0, 3], [3, 2], [2, 4]])
EXTRA = np.array([0])


def span(n):
    """A range of a length known only at run time."""
    return range(n + int(EXTRA[0]))


def counts(x):
    d = {}
    for i in span(len(x)):
        k = i % 3
        if k in d:
            d[k] = d[k] * x[i]
        else:
            d[k] = x[i]
    return sum(d.values())


def by_names(x):
    names = NAMES
    d = {}
    for n, v in zip(names, x):
        d[n] = d.get(n, 1.0) * v
    return d["a"] * d["b"] + d["c"]


def on_a_path(x):
    d = {"a": x[0]}
    if x[1] < 0.0:
        d["b"] = x[1] * x[2]
    s = 0.0
    for _, v in d.items():
        s = s * 0.5 + v * v
    return s


def setdefault(x):
    d = {}
    for i in span(len(x)):
        d.setdefault(i // 2, x[i] * 2.0)
        d[i // 2] += x[i] * x[i]
    return d[0] * d[1]


def popped(x):
    d = {}
    for i in span(len(x)):
        d[i] = x[i] * x[i]
    a = d.pop(1)
    del d[2]
    s = a
    for k in d:
        s += d[k] * (k + 1.0)
    return s * len(d) + d.pop(9, x[3])


def arrays(x):
    d = {}
    for i in span(6):
        k = i % 2
        if k not in d:
            d[k] = x * (i + 1.0)
        else:
            d[k] = d[k] * np.sin(x)
    return (d[0] * d[1]).sum()


def arrays_written(x):
    d = {}
    for i in span(3):
        d[i] = x * (i + 1.0)
    for i in span(3):
        v = d[i]
        v[1:] *= v[:-1]
        d[(i + 1) % 3][0] += v[2]
    return (d[0] * d[1] * d[2]).sum()


def values_assigned_while_gone_through(x):
    d = {}
    for i in span(4):
        d[i] = x[i]
    for k, v in d.items():
        d[k] = v * v + d[0]
    return d[1] * d[2] + sum(d.values())


def nested_keys(x):
    d = {}
    for i in span(2):
        for j in span(2):
            d[i, j] = x[i] * x[2 + j]
    return d[0, 1] * d[1, 0] + d[(1, 1)]


def first_in_a_loop(x):
    n = int(N[0])
    d = {}
    for i in span(n):
        if i == 0:
            d["s"] = x[0]
        else:
            d["s"] = d["s"] * x[i % 4] + x[1]
    return d["s"]


def memo(x):
    d = {}
    def f(k):
        if k in d:
            return d[k]
        v = x[k % 4] * (k + 1.0)
        d[k] = v
        return v
    s = 0.0
    for i in span(7):
        s = s + f(i % 3) * x[i % 4]
    return s


def sorted_keys(x):
    d = {}
    for i in span(4):
        d[(7 * i) % 5] = x[i] * x[i]
    s = 0.0
    for k in sorted(d):
        s = s * x[0] + d[k]
    return s


def copied(x):
    d = {}
    for i in span(4):
        d[i] = x[i]
    e = dict(d)
    e[1] = e[1] * e[2]
    e[7] = x[0]
    d.clear()
    d[3] = e[7] * x[1]
    return sum(e.values()) * d[3] + len(e) + len(d)


def in_a_while(x):
    d = {0: x[0]}
    n = 0
    while n < 5 and d[n] * d[n] < 4.0:
        d[n + 1] = d[n] * 1.3 + x[n % 4]
        n += 1
    return d[n] + d[n - 1] * n


def graph(x):
    edges = EDGE
    out = {}
    for a, b in edges:
        out.setdefault(a, 0.0)
        out.setdefault(b, 0.0)
        out[b] += x[a % 4] * (out[a] + 1.0)
    return sum(v * v for v in out.values())


def lists_in_it(x):
    d = {}
    for i in span(6):
        k = i % 2
        if k not in d:
            d[k] = []
        d[k].append(x[i % 4] * i)
    return sum(d[0]) * d[1][1]


def counter_of_ints(x):
    d = {}
    for i in span(len(x)):
        k = int(x[i].real > 0)
        d[k] = d.get(k, 0) + 1
    return x.sum() * d[1] + d[0]


def comprehended(x):
    d = {}
    for i in span(4):
        d[i] = x[i]
    return sum([v * v for v in d.values() if v.real > 0.0]) + sum([d[k] * k for k in d])


def maxed(x):
    d = {}
    for i in span(4):
        d[i] = x[i] * x[i]
    return d[1] * len(d) + [v for k, v in d.items()][2]


def built_by_a_callee(x):
    def put(d, k, v):
        d[k] = v
        return d
    d = {}
    for i in span(4):
        put(d, i % 3, x[i])
    return d[0] * d[1]


def updated(x):
    d = {}
    for i in span(3):
        d[i] = x[i]
    d.update({1: x[3], 9: x[0] * x[1]})
    return d[1] * d[9] + d[2]


class Bag:
    def __init__(self): self.items = {}
    def add(self, k, v): self.items[k] = self.items.get(k, 0.0) + v
    def total(self): return sum(v * v for v in self.items.values())


def groups(x):
    g = {}
    for i in span(4):
        g.setdefault(i % 2, []).append(x[i])
    s = 0.0
    for k, vs in g.items():
        s = s * 0.5 + sum(vs) * (k + 1.0) * vs[-1]
    return s


def rows_of_lists(x):
    rows = []
    for i in span(3):
        rows.append([])
        for j in span(i + 1):
            rows[i].append(x[j] * x[i])
    return sum(rows[2]) * rows[1][0] + len(rows)


def attribute(x):
    b = Bag()
    for i in span(6):
        b.add(i % 3, x[i % 4] * x[0])
    return b.total()


def nested_dicts(x):
    d = {"a": {}, "b": {}}
    for i in span(4):
        d["a"][i] = x[i]
        d["b"][i % 2] = x[i] * x[i]
    return d["a"][3] * d["b"][1]


def reads_constant_dict(x):
    w = {"p": 2.0, "q": 3.0, 0: x[0], 1: x[1]}
    s = 0.0
    for i in span(4):
        s += w[i % 2] * x[i]
    return s * w["p"]


def in_branch_in_loop(x):
    d = {"s": 1.0}
    for i in span(4):
        if x[i].real > 0.0:
            d["pos"] = x[i]
            d["s"] = d["s"] * x[i]
        elif "neg" in d:
            d["neg"] += x[i]
        else:
            d["neg"] = x[i] * 2.0
    return d["s"] * d["pos"] + d.get("neg", 0.0) * d.get("none", 1.0)


def deleted_in_loop(x):
    d = {}
    for i in span(4):
        d[i] = x[i] * x[i]
        if i > 1:
            del d[i - 2]
    return d[2] * d[3] * len(d)


def two_dicts(x):
    a = {}
    b = {}
    for i in span(4):
        a[i] = x[i]
        b[i % 2] = a.get(i - 1, 1.0) * a[i]
    return a[0] * b[1] + b[0]


def same_dict_two_names(x):
    a = {}
    b = a
    for i in span(4):
        a[i] = x[i]
        b[0] = b[0] * x[i] if i else x[1]
    return a[0] * b[3]


def array_values_accumulate(x):
    d = {}
    for i in span(6):
        d[i % 2] = d.get(i % 2, np.zeros(4)) + x * i
    return (d[0] * d[1]).sum()


def items_sorted(x):
    d = {}
    for i in span(4):
        d[3 - i] = x[i]
    s = 0.0
    for k, v in sorted(d.items()):
        s = s * 0.7 + v * k
    return s


def float_keys(x):
    d = {}
    for i in span(4):
        d[i * 0.5] = x[i]
    return d[0.5] * d[1.5]


def max_key(x):
    d = {}
    for i in span(4):
        d[i] = x[i] * x[i]
    best = max(d, key=lambda k: d[k].real)
    return d[best] * 3.0 + x[0]


def comprehension_of_names(x):
    d = {i: x[i] * 2.0 for i in range(4)}
    s = 0.0
    for i in span(4):
        s += d[i] * d[(i + 1) % 4]
        d[i] = s
    return s


def popitem(x):
    d = {}
    for i in span(4):
        d[i] = x[i]
    s = 1.0
    while d:
        k, v = d.popitem()
        s = s * v + k
    return s


def two_returns(x):
    d = {}
    for i in span(4):
        d[i] = x[i]
        if x[i].real > 1.0:
            return d[i] * d[0]
    return d[1]


def sorted_pairs(x):
    keys = [3 - i for i in span(4)]
    values = [x[i] * x[i] for i in span(4)]
    s = 0.0
    for k, v in sorted(zip(keys, values)):
        s = s * 0.7 + v * k
    return s


def compared_before_it_has_items(x):
    best = {}
    for i in span(4):
        k = i % 2
        if k not in best or x[i].real > best[k].real:
            best[k] = x[i] * x[i]
    return best[0] * best[1]


def read_before_it_has_items(x):
    d = {}
    last = 0.0
    for i in span(4):
        for j in span(2):
            if j in d:
                last = last * 0.5 + d[j] * x[i]
        d[i % 2] = x[i] + last
    return last * d[1]


def arrays_written_in_place(x):
    d = {}
    for i in span(4):
        k = LABELS[i % 2] if i < 3 else "z"
        if k not in d:
            d[k] = x * 1.0
        d[k][i] *= 2.0
        d[k] += x
    e = d["u"]
    e *= d["v"]
    return sum(v.sum() for v in d.values()) + (e * d["z"]).sum()


def lists_changed_in_it(x):
    d = {}
    for i in span(3):
        d[i] = [x[i], x[i + 1]]
    for k in d:
        d[k].append(d[k][0] * d[k][1])
        d[k][0] = 2.0 * d[k][2]
    return sum(sum(v) for v in d.values()) * d[1][2]


def remembered(x):
    cache = {}
    def fib(n):
        if n < 2:
            return x[n]
        return cache[n - 1] * 0.5 + cache[n - 2] * x[2]
    for n in span(7):
        cache[n] = fib(n)
    return cache[6] + cache[3]


def emptied_in_a_while(x):
    d = {}
    for i in span(4):
        d[i] = x[i]
    s = 0.0
    n = 0
    while d:
        k = min(d)
        s = s + d.pop(k) * (n + 1.0)
        if k == 1:
            d[9] = s * x[0]
        n += 1
    return s + n


def views_in_it(x):
    d = {}
    for i in span(2):
        d[i] = x[2 * i:2 * i + 2]
    for i in span(2):
        d[i][0] *= 3.0
        d[1 - i][1] += d[i][0]
    return (x * x).sum() + d[0][1]


def history_by_number(x):
    hist = {}
    y = x * 1.0
    for i in span(3):
        hist[i] = y
        y = y * hist[0]
        hist[i][1] += 1.0
    return sum(h.sum() for h in hist.values()) * y[0]


def tuples_as_keys(x):
    d = {}
    for i in span(4):
        d[i % 2, "k"] = d.get((i % 2, "k"), 1.0) * x[i]
    t = 0.0
    for (i, _), v in d.items():
        t = t + v * (i + 2.0)
    return t


def copied_and_thinned(x):
    a = {}
    for i in span(4):
        a[i] = x[i]
    b = dict(a)
    for k in list(b):
        if k % 2:
            del b[k]
    return sum(b.values()) * a[1] + len(b)


def keys_by_branch(x):
    d = {"a": x[0]}
    f = d
    if x[1].real < 0:
        f["b"] = x[1] * d["a"]
    else:
        f["c"] = x[2]
    out = 0.0
    for k in ("a", "b", "c"):
        if k in d:
            out = out + d[k] * d["a"]
    return out


def stacked_values(x):
    d = {}
    for i in span(3):
        d[i] = np.zeros(2) + x[i]
    m = np.stack(list(d.values()))
    d[1] *= m[0, 0]
    m2 = np.array([d[k] for k in sorted(d)])
    return (m * m2).sum()


def add_to(d, k, v):
    if k in d:
        d[k] += v
    else:
        d[k] = v


def changed_by_a_callee(x):
    d = {}
    for i in span(4):
        add_to(d, i // 2, x[i] * x[0])
    return d[0] * d[1]


def from_enumerate(x):
    d = {}
    for i, v in enumerate(x):
        d[i] = v
    vals = [d[i] * d[3 - i] for i in span(4)]
    return sum(vals) + max(d.values())


def sorted_by_values(x):
    q = {}
    for i in span(4):
        q[i] = x[i]
    items = sorted(q.items(), key=lambda kv: kv[1].real)
    s = 0.0
    for j, (k, v) in enumerate(items):
        s = s + v * (j + 1.0) * (k + 1.0)
    return s


def lists_of_arrays(x):
    g = {}
    for i in span(4):
        g.setdefault(i % 2, []).append(x[i] * x)
    return sum((r[0] * r[1]).sum() for r in g.values())


def lists_of_arrays_written(x):
    g = {}
    for i in span(4):
        g.setdefault(i % 2, []).append(x[i] * x)
    g[0][1][2] *= 3.0
    g[1][0] += g[0][1]
    return sum(np.stack(r).sum() for r in g.values()) + (g[0][1] * g[1][0]).sum()


def made_again_by_comprehensions(x):
    d = {}
    for i in range(4):
        d[NUMBERS[i]] = x[i]
    for _ in range(2):
        d = {k: v * v for k, v in d.items()}
    return sum(d.values())


def filled_by_a_comprehension(x):
    d = {i: x[i] * x[i] for i in range(len(x))}
    d[0] = d[1] * d[2]
    return d[0] * d[3]


def numbers_as_keys(x):
    d = {int(label): v for label, v in zip(NUMBERS, x)}
    return d[0] * d[1] + d[2]


def only_some_keys(x):
    d = {k: v for k, v in zip(NUMBERS, x) if k > 0}
    return sum(d.values()) * d[2]


def values_of_a_comprehension(x):
    return sum({i % 2: v * v for i, v in enumerate(x)}.values())


def from_another_dict(x):
    d = {label: x[i] for i, label in enumerate(NUMBERS)}
    e = {k: d[k] * 2.0 for k in d}
    return e[0] * d[1]


def names_as_keys(x):
    names = ["a", "b", "c", "d"]
    d = {n: v for n, v in zip(names, x)}
    d = {n: d[n] * d["a"] for n in names if n != "b"}
    return d["a"] + d["c"] * d["d"]


def lists_made_by_a_comprehension(x):
    d = {i: [x[i], x[i] * 2.0] for i in range(len(x))}
    d[1].append(x[0])
    return d[1][2] * d[0][1]


def arrays_made_by_a_comprehension(x):
    d = {i: x * x[i] for i in range(len(x))}
    d[1][2:] += d[0][:2]
    return (d[1] * d[2]).sum()


def loop_over_the_names_of_arrays(x):
    now = {"u": x, "v": x[::-1] * 2.0}
    new = {"u": np.zeros_like(x), "v": np.zeros_like(x)}
    for _ in range(3):
        for k in now:
            new[k][1:] = now[k][:-1] * 0.9
            new[k][0] = now["u"][0] * now["v"][-1]
        for k in now:
            now[k][:] *= new[k]
        now, new = new, now
    return (now["u"] * now["v"]).sum()


def displayed(x):
    k = int(EXTRA[0])
    d = {k: x[0], k + 1: x[1] * x[2]}
    return d[k + 1] * x[3] + d[k]


def displayed_with_tuples(x):
    d = {(0, 1): x[0], (1, 0): x[1] * x[2], "c": x[3]}
    return d[1, 0] * d["c"] + d[(0, 1)] ** 2 + sum(d.values())


def displayed_twice(x):
    k = int(EXTRA[0])
    d = {k: x[0], 1: x[1], k + 1: x[2] ** 2}
    return d[1] * x[3] + len(d)


def displayed_and_changed(x):
    d = {int(N[0]): x[0] * x[1]}
    d[int(N[0])] += x[2] ** 2
    return sum(d.values())


def displayed_in_a_loop(x):
    total = 0.0
    for i in span(len(x)):
        d = {i % 2: x[i], 7: x[i] ** 2}
        total = total + d[i % 2] * d[7]
    return total


PROGRAMS = [
    arrays_written_in_place,
    lists_changed_in_it,
    remembered,
    emptied_in_a_while,
    views_in_it,
    history_by_number,
    tuples_as_keys,
    copied_and_thinned,
    keys_by_branch,
    stacked_values,
    changed_by_a_callee,
    from_enumerate,
    sorted_by_values,
    lists_of_arrays,
    lists_of_arrays_written,
    compared_before_it_has_items,
    read_before_it_has_items,
    counts,
    by_names,
    on_a_path,
    setdefault,
    popped,
    arrays,
    arrays_written,
    values_assigned_while_gone_through,
    nested_keys,
    first_in_a_loop,
    memo,
    sorted_keys,
    copied,
    in_a_while,
    graph,
    lists_in_it,
    counter_of_ints,
    comprehended,
    maxed,
    built_by_a_callee,
    updated,
    groups,
    rows_of_lists,
    attribute,
    nested_dicts,
    reads_constant_dict,
    in_branch_in_loop,
    deleted_in_loop,
    two_dicts,
    same_dict_two_names,
    array_values_accumulate,
    items_sorted,
    float_keys,
    max_key,
    comprehension_of_names,
    popitem,
    two_returns,
    sorted_pairs,
    made_again_by_comprehensions,
    filled_by_a_comprehension,
    numbers_as_keys,
    only_some_keys,
    values_of_a_comprehension,
    from_another_dict,
    names_as_keys,
    lists_made_by_a_comprehension,
    arrays_made_by_a_comprehension,
    loop_over_the_names_of_arrays,
    displayed,
    displayed_with_tuples,
    displayed_twice,
    displayed_and_changed,
    displayed_in_a_loop,
]
