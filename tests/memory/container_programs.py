"""Programs that change lists, dicts and objects, one hazard each.

All take an array of four numbers; what else they take has a default.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def slot(x):
    xs = [x[0], x[1], x[2]]
    xs[1] = xs[0] * xs[2]
    xs[-1] = np.sin(xs[1])
    return xs[0] + xs[1] * xs[2]


def app(x):
    xs = []
    xs.append(x[0])
    xs.append(x[1] * x[2])
    xs.extend([x[3], x[0] * x[3]])
    ys = xs
    ys.insert(1, x[2] * x[2])
    v = xs.pop()
    del xs[0]
    xs.reverse()
    xs += [v * v]
    s = 0.0
    for i, a in enumerate(xs):
        s = s + a * (i + 1) ** 2
    return s * v


def twice(x):
    a = [x[0]]
    b = [a, a]
    b[0].append(x[1] * x[0])
    b[1][0] = x[2]
    return a[0] * a[1] + b[1][1] * len(a)


def dd(x):
    d = {}
    d['a'] = x[0] * x[1]
    d['b'] = np.sin(x[2])
    d['a'] *= x[3]
    d.update(c=x[0], b=d['b'] * 2.0)
    v = d.pop('c')
    d.setdefault('z', v * v)
    del d['b']
    s = 0.0
    for _k, w in d.items():
        s = s + w * w
    return s + v


def dl(x):
    d = {'u': x[0], 'v': x[1]}
    for _i in range(5):
        d['u'] = d['u'] * d['v']
        d['v'] = np.cos(d['u']) + d['v']
    return d['u'] * d['v']


def br(x):
    xs = [x[0]]
    if x[1] > 0.2:
        xs.append(x[1] * x[2])
        xs[0] = x[3]
    else:
        xs.append(x[2])
    if x[0] > 5:
        ys = [x[0]]
    else:
        ys = [x[1] * xs[1]]
    ys.append(xs[0])
    return xs[0] * xs[1] * ys[0] * ys[1]


def literal_loop(x):
    d = {}
    for i in range(4):
        d[i] = x[i] * x[0]
    s = 0.0
    for k in d:
        s += d[k] * d[k]
    return s


def arrs(x):
    xs = [x * 1.0, x * 2.0]
    xs[0][1] = x[0] * x[2]
    xs[1] += xs[0]
    xs[0] = xs[1]
    xs[0] *= xs[1]
    return xs[0].sum() + (xs[1] * x).sum()


@dataclass
class P:
    a: float
    hist: list


def obj(x):
    p = P(x[0], [])
    p.hist.append(p.a * x[1])
    p.a = p.a * x[2]
    p.hist.append(p.a)
    return p.hist[0] * p.hist[1] * p.a


def state(x):
    s = {'q': x[0], 'p': x[1]}
    log = [0.0]
    for _i in range(7):
        s = {'q': s['q'] + 0.1 * s['p'], 'p': s['p'] - 0.1 * np.sin(s['q'])}
        log[0] = log[0] + s['q']
    return s['q'] * s['p'] + log[0]


def live(x):
    xs = [x[0], x[1], x[2]]
    for i, v in enumerate(xs):
        if i + 1 < len(xs):
            xs[i + 1] = xs[i + 1] * v
    return xs[2] * xs[1]


def nested(x):
    m = [[x[0], x[1]], [x[2], x[3]]]
    for row in m:
        row[0] = row[0] * row[1]
    m[0][1] += m[1][0]
    m[0], m[1] = (m[1], m[0])
    return m[0][0] * m[1][1] + m[0][1] * m[1][0]


def callee(x):

    def add(xs, v):
        xs.append(v * v)
        return xs
    xs = [x[0]]
    ys = add(xs, x[1])
    ys[0] = x[2]
    return xs[0] * xs[1] * len(ys)


def grow(x, n=5):
    xs = []
    for i in range(n):
        xs.append(x[0] * (i + 1) * np.sin(x[1]))
    s = 0.0
    for v in xs:
        s = s + v * v
    return s + xs[1] * xs[-1]


def fib(x, n=5):
    f = [0.0] * (n + 2)
    f[1] = x[0]
    for i in range(2, n + 2):
        f[i] = f[i - 1] * x[1] + f[i - 2]
    return f[n + 1]


def fib_int(x, n=5):
    f = [0] * (n + 2)
    f[1] = x[0]
    for i in range(2, n + 2):
        f[i] = f[i - 1] * x[1] + f[i - 2]
    return f[n + 1]


def stack(x, n=5):
    st = []
    for i in range(n):
        st.append(x[i % 4] * x[0])
    s = 0.0
    while st:
        v = st.pop()
        s = s * v + v
    return s


def to_array(x, n=5):
    out = []
    for i in range(n):
        out.append(np.sin(x * i))
    return np.stack(out).sum() + (np.array(out) ** 2).sum()


def build(x, n=5):
    out = []
    for i in range(n):
        if x[i % 4] > 0.4:
            out.append(x[i % 4] ** 2)
        else:
            out.append(x[0])
            out.append(x[1])
    a = np.array(out)
    return (a * a).sum()


def dyn_ops(x, n=5):
    out = []
    for i in range(n):
        out.append(x[i % 4] * i)
    out.insert(1, x[2] * x[3])
    del out[0]
    v = out.pop(0)
    out.reverse()
    out += [v, v * v]
    out[1:2] = [x[0], x[1]]
    out.extend(out)
    s = 0.0
    for i, a in enumerate(out):
        s = s + a * a * (i + 1)
    return s


def double(x, n=5):
    old = [x[0], x[1], x[2]]
    new = [0.0, 0.0, 0.0]
    for _k in range(n):
        for i in range(3):
            new[i] = 0.5 * old[i] + 0.25 * old[(i + 1) % 3] * x[3]
        old, new = (new, old)
    return old[0] * old[1] + new[2]


def table(x, n=5):
    t = [[0.0] * n for _ in range(n)]
    for i in range(n):
        t[i][0] = x[i % 4]
        t[0][i] = x[0] * x[1]
    for i in range(1, n):
        for j in range(1, n):
            t[i][j] = t[i - 1][j] * x[2] + t[i][j - 1]
    return t[n - 1][n - 1]


def arrays_in(x, n=5):
    xs = []
    for i in range(n):
        a = x * 0.0
        a[i % 4] = x[0] * i
        xs.append(a)
    for a in xs:
        a *= x
        a += x[1]
    xs[1][2] = x[3]
    return (xs[0] * xs[1]).sum() + xs[-1].sum()


def alias_rows(x, n=5):
    row = [0.0] * 3
    t = [row] * n
    for i in range(n):
        t[i][1] = t[i][1] + x[i % 4]
        row[0] = row[0] + x[0] * t[0][1]
    return t[-1][1] * row[0]


def break_loop(x, n=5):
    xs = [x[0]]
    for _i in range(n):
        xs.append(xs[-1] * x[1] + 0.5)
        if len(xs) > 4:
            break
    return xs[-1] * xs[2]


def early(x, n=5):
    xs = []
    for i in range(n):
        xs.append(x[i % 4])
        if i == 2:
            return xs[0] * xs[1] * xs[2]
    return xs[0]


def choose(x, n=5):
    a = [x[0]]
    b = [x[1]]
    for i in range(n):
        c = a if i % 2 == 0 else b
        c.append(x[2] * i * c[-1])
    return a[-1] * b[-1] + len(a)


def tuples(x, n=5):
    h = []
    for i in range(n):
        h.append((x[0] * i, x * i))
    s = 0.0
    for t, a in h:
        s = s + t * a.sum()
    return s


def live_dyn(x, n=5):
    xs = [x[0]] * n
    for i in range(n):
        xs[i] = xs[i] * x[i % 4]
    for i, v in enumerate(xs):
        if i + 1 < len(xs):
            xs[i + 1] = xs[i + 1] * v
    return xs[-1]


def held_tuple(x, n=5):
    a = x * 0.0
    b = x * 2.0
    t = (a, b)
    for i in range(n):
        t[0][i % 4] = x[i % 4] * b[0]
        p = t[i % 2]
        p[1] = p[1] * x[2]
    return a.sum() * b[1]


def swap_arrays(x, n=5):
    t = [x * 1.0, x * 2.0]
    for _i in range(n):
        t[0], t[1] = (t[1], t[0])
        t[0][1] = t[1][2] * x[0]
    return (t[0] * t[1]).sum()


def closure_list(x):
    log = []

    def note(v):
        log.append(v * v)
    note(x[0])
    note(x[1] * x[2])
    return log[0] * log[1]


def closure_loop(x, n=5):
    log = []

    def note(v):
        log.append(v * v)
    for i in range(n):
        note(x[i % 4])
    return log[0] * log[-1] + len(log)


def rebind_closure(x):
    xs = [x[0]]

    def last():
        return xs[-1]
    a = last()
    xs.append(x[1])
    b = last()
    xs = [x[2]]
    c = last()
    return a * b * c


def while_queue(x):
    q = [x[0], x[1]]
    k = 0
    s = 0.0
    while q and k < 6:
        v = q.pop(0)
        s = s + v * v
        if k < 3:
            q.append(v * x[2])
            q.append(v + x[3])
        k += 1
    return s


def for_else(x):
    xs = [x[0], x[1]]
    for _i in range(3):
        xs.append(xs[-1] * xs[-2])
        if xs[-1].real > 100:
            break
    else:
        xs.append(x[3])
    return xs[-1] * xs[-2]


def ret_list(x):
    ys = []
    for i in range(3):
        ys.append(x[i] * x[i + 1])
    return ys


def ret_tuple_lists(x, n=3):
    a = []
    b = []
    for i in range(n):
        a.append(x[i])
        b.append(a[-1] * x[0])
    return (sum(a), sum(b) * b[0])


def slices(x, n=6):
    xs = [0.0] * n
    for i in range(n):
        xs[i] = x[i % 4] * (i + 1)
    a = xs[1:4]
    b = xs[::-1]
    c = xs[:]
    xs[0] = x[3]
    a[0] = a[0] * x[2]
    c.append(a[0])
    return sum(a) * b[-1] + c[-1] * c[0] + xs[0]


def comp_then_mutate(x, n=5):
    xs = [x[i % 4] * i for i in range(n)]
    xs[2] = xs[1] * xs[3]
    xs.append(xs[2])
    return sum(v * v for v in xs)


def sorted_list(x):
    xs = [x[2], x[0], x[3], x[1]]
    xs.sort()
    xs[0] = xs[0] * xs[3]
    return xs[0] * 1.0 + xs[1] * 2.0 + xs[2] * 3.0


def sort_key(x):
    xs = [x[2], x[0], x[3]]
    xs.append(x[1])
    xs.sort(key=lambda v: -v)
    return xs[0] * 1.0 + xs[1] * 2.0 + xs[2] * 3.0 + xs[3] * x[0]


def remove_value(x):
    ks = [3, 1, 2]
    ks.remove(1)
    s = 0.0
    for k in ks:
        s = s + x[k] ** 2 * k
    return s


def mult_alias(x):
    a = [x[0] * 1.0]
    b = a
    b += [x[1]]
    c = b * 2
    c[0] = x[2]
    a[1] = a[1] * c[0]
    return a[0] * b[1] * c[3]


def tuple_swap(x, n=4):
    a = [x[0]]
    b = [x[1]]
    for i in range(n):
        a, b = (b, a)
        a.append(a[-1] * x[2] + i)
    return a[-1] * b[-1]


def matrix_list(x, n=3):
    m = [[x[i] * x[j] for j in range(n)] for i in range(n)]
    for k in range(n):
        for i in range(k + 1, n):
            f = m[i][k] / (m[k][k] + 1.0)
            for j in range(n):
                m[i][j] = m[i][j] - f * m[k][j]
    return m[0][0] * m[1][1] * m[2][2] + m[2][1]


def shared_rows(x, n=3):
    r = [x[0], x[1]]
    m = [r, [x[2], x[3]], r]
    for i in range(n):
        m[i][0] = m[i][0] * m[i][1]
    return m[0][0] * m[2][0] + m[1][0]


def dict_lists(x, n=4):
    d = {'a': [], 'b': []}
    for i in range(n):
        d['a'].append(x[i])
        d['b'].append(x[i] * d['a'][0])
    return sum(d['a']) * d['b'][-1]


def dict_branch(x):
    d = {'v': x[0]}
    if x[1] > 0:
        d['v'] = d['v'] * x[1]
    else:
        d['v'] = x[2]
    d2 = d
    d2['v'] *= x[3]
    return d['v'] ** 2


def dict_iter_change(x):
    d = {'a': x[0], 'b': x[1]}
    for k in d:
        d[k] = d[k] * x[2]
    for k in list(d.keys()):
        d[k + '2'] = d[k] * x[3]
    return sum(d.values())


def count_keys(x):
    d = {}
    for k in ('u', 'v', 'u', 'u'):
        d[k] = d.get(k, 0.0) + x[0] * x[1]
    return d['u'] * d['v']


class Obj:

    def __init__(self, v):
        self.v = v
        self.hist = []

    def step(self, dt):
        self.v = self.v + dt * self.v * self.v
        self.hist.append(self.v)
        return self


def obj_loop(x, n=4):
    o = Obj(x[0])
    for _i in range(n):
        o.step(x[1] * 0.1)
    return o.v * o.hist[1] + sum(o.hist)


def obj_list(x, n=3):
    os = [Obj(x[0]), Obj(x[1])]
    for _i in range(n):
        for o in os:
            o.step(0.1 * x[2])
    return os[0].v * os[1].v


def unpack_star(x):
    a, *rest = [x[0], x[1], x[2], x[3]]
    rest.append(a * a)
    rest[0] = rest[0] * rest[-1]
    return sum(rest)


def nested_tuple(x):
    t = ([x[0]], [x[1]])
    t[0].append(x[2])
    t[1][0] = t[0][1] * x[3]
    return t[0][0] * t[1][0]


def arr_in_dict(x, n=3):
    d = {'w': x * 1.0, 'm': x * 0.0}
    for _i in range(n):
        d['m'] = 0.9 * d['m'] + 0.1 * d['w'] ** 2
        d['w'] -= 0.1 * d['m']
        d['m'][0] *= x[1]
    return (d['w'] * d['m']).sum()


def params_list(x, n=3):
    ps = [x * 1.0, x[:2] * 2.0]
    for _i in range(n):
        gs = [p * p for p in ps]
        for k in range(len(ps)):
            ps[k] = ps[k] - 0.1 * gs[k]
    return ps[0].sum() * ps[1].sum()


def inplace_params(x, n=3):
    ps = [x * 1.0, x[:2] * 2.0]
    for _i in range(n):
        for p in ps:
            p -= 0.1 * p * p
    return ps[0].sum() * ps[1].sum()


def copy_list(x):
    a = [x[0], x[1]]
    b = a.copy()
    c = list(a)
    d = a[:]
    a[0] = x[2]
    b[0] *= x[3]
    return a[0] * b[0] * c[0] * d[0]


def deep(x):
    a = [[x[0]], [x[1]]]
    b = list(a)
    b[0][0] = x[2]
    b[1] = [x[3]]
    return a[0][0] * a[1][0] * b[1][0]


def history_arrays(x, n=4):
    h = [x * 1.0]
    for _i in range(n):
        h.append(h[-1] * 0.5 + h[0] * x[1])
    return np.array(h).sum() + h[2][1] * h[-1][0]


def concat(x, n=3):
    h = []
    for i in range(n):
        h.append(x[:i + 1] * x[i])
    return (np.concatenate(h) ** 2).sum()


def stack_inplace(x, n=3):
    h = []
    b = x * 1.0
    for i in range(n):
        b[i] *= x[i + 1]
        h.append(b)
        h.append(b.copy())
    return (np.stack(h) * np.arange(4.0)).sum()


def ends_empty(x, n=3):
    st = [x[0]]
    for _i in range(n):
        st.append(st.pop() * x[1])
    v = st.pop()
    return v + len(st)


def two_stacks(x, n=4):
    a = []
    b = []
    for i in range(n):
        a.append(x[i] * i)
    while len(a) > 0:
        b.append(a.pop() * x[0])
    s = 0.0
    while len(b) > 0:
        s = s * 0.5 + b.pop()
    return s


def enumerate_write(x, n=4):
    xs = [x[0]] * n
    for i, v in enumerate(xs):
        xs[i] = v * x[i % 4]
    return sum(xs)


def zip_write(x, n=4):
    xs = []
    ys = []
    for i in range(n):
        xs.append(x[i])
        ys.append(x[i] * x[0])
    for i, (u, v) in enumerate(zip(xs, ys)):
        xs[i] = u * v
    return sum(xs) * ys[1]


def minmax(x, n=4):
    xs = []
    for i in range(n):
        xs.append(x[i] * (3 - i))
    return max(xs) * min(xs) + xs[xs.index(xs[2])]


def product_before_a_slot_is_bound(x, i=1):
    xs = []
    for k in range(3):
        xs.append(x[k] * (k + 1.0))
    s = np.prod(xs)
    xs[i] = 3.0 * x[3]
    return s * xs[0] + xs[i]


PROGRAMS = [
    slot, app, twice, dd, dl, br, literal_loop, arrs, obj, state, live, nested, callee, grow, fib, fib_int, stack,
    to_array, build, dyn_ops, double, table, arrays_in, alias_rows, break_loop, early, choose, tuples, live_dyn,
    held_tuple, swap_arrays, closure_list, closure_loop, rebind_closure, while_queue, for_else, ret_list,
    ret_tuple_lists, slices, comp_then_mutate, sorted_list, sort_key, remove_value, mult_alias, tuple_swap,
    matrix_list, shared_rows, dict_lists, dict_branch, dict_iter_change, count_keys, obj_loop, obj_list, unpack_star,
    nested_tuple, arr_in_dict, params_list, inplace_params, copy_list, deep, history_arrays, concat, stack_inplace,
    ends_empty, two_stacks, enumerate_write, zip_write, minmax, product_before_a_slot_is_bound,
]
