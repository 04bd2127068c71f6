"""Functions for the test of lowering, one idea each. `CASES` says with which arguments each is run.

What a function does to the outside is appended to its first argument where that is called `log`.
"""

# What ruff warns of is what is tested here.
# ruff: noqa: B007, B018, F541, F821, F841

from __future__ import annotations

import math
import operator as op

import numpy as np

CASES: list = []
RATE = 0.5
TABLE = {"a": 1, "b": [2, 3]}
NUMBERS = [1, 2, 3]


def case(*argument_lists):
    """Register a function with the arguments of one or more calls (a list of tuples)."""

    def register(f):
        CASES.append((f, argument_lists))
        return f

    return register


class Box:
    """Something with attributes, items and an order of evaluation."""

    def __init__(self, value=0, log=None):
        self.value = value
        self.items = {}
        self.log = [] if log is None else log

    def get(self, *args, **kwargs):
        self.log.append(("get", args, kwargs))
        return self.value

    def __getitem__(self, index):
        self.log.append(("getitem", index))
        return self.items.get(repr(index), self.value)

    def __setitem__(self, index, value):
        self.log.append(("setitem", index, value))
        self.items[repr(index)] = value

    def __delitem__(self, index):
        self.log.append(("delitem", index))

    def __bool__(self):
        self.log.append("bool")
        return bool(self.value)

    def __eq__(self, other):
        return isinstance(other, Box) and (self.value, self.items, self.log) == (other.value, other.items, other.log)

    __hash__ = None

    def __repr__(self):
        return f"Box({self.value!r}, {self.items!r}, {self.log!r})"


class Doubling(Box):
    """``+=`` changes it in place, ``+`` does not."""

    def __iadd__(self, other):
        self.log.append(("iadd", other))
        self.value += 2 * other
        return self

    def __add__(self, other):
        return Doubling(self.value + other)


def tell(log, value):
    log.append(value)
    return value


def scaled(x, *rest, by=2.0, **more):
    return x * by + sum(rest) + sum(more.values())


# --- operators and constants ------------------------------------------------------------------------------------------


@case((7, 3), (7.5, -2), (-7, 2))
def arithmetic(a, b):
    return a + b, a - b, a * b, a / b, a // b, a % b, a**b, -a, +a


@case((6, 3), (12, 1))
def bits(a, b):
    return a << b, a >> b, a & b, a | b, a ^ b, ~a


@case((np.eye(2), np.ones(2)))
def matrix_product(a, b):
    return a @ b


@case((1, 2), (2, 1), (1, 1))
def comparisons(a, b):
    return a < b, a <= b, a > b, a >= b, a == b, a != b, a is b, a is not b, a in [b, 5], a not in (b, 5), not a


@case((3,), (0,))
def precedence(x):
    return -(x**2) + 2 * (x - 1) ** 2 - 10 // 3


@case(())
def constants():
    return 1, -1, 2.5, -2.5, 1j, "s", b"b", None, True, False, ..., 0.0, -0.0, 1e400, "a" "b"


@case((1.5,))
def long_sum(x):
    return x + x * 2 - x / 4 + x**2 - 3 + x + 1 + x - 2


@case((2.0, 5.0))
def lecture(x1, x2):
    return math.log(x1) + x1 * x2 - math.sin(x2)


# --- order of evaluation ----------------------------------------------------------------------------------------------


@case(([],))
def operands_in_order(log):
    return tell(log, 1) + tell(log, 2) * tell(log, 3) ** tell(log, 4)


@case(([],))
def call_in_order(log):
    return scaled(tell(log, 1), *[tell(log, 2)], tell(log, 3), by=tell(log, 4), **{"k": tell(log, 5)}, z=tell(log, 6))


@case(([],))
def displays_in_order(log):
    return [tell(log, 1), (tell(log, 2), tell(log, 3))], {tell(log, 4): tell(log, 5), tell(log, 6): tell(log, 7)}


@case(([],))
def contains_in_order(log):
    return tell(log, 1) in tell(log, [1, 2]), tell(log, 3) not in tell(log, [1, 2])


@case(([], Box()))
def store_value_first(log, box):
    box[tell(log, "index")] = tell(log, "value")
    box.value = tell(log, 3)
    return log, box


@case(([], Box(3)))
def in_place_once(log, box):
    box[tell(log, "index")] += tell(log, 10)
    box.value -= tell(log, 1)
    return log, box


@case((4,))
def walrus_does_not_change_earlier_operands(x):
    return x + (x := 10) * x, x


@case(([1, 2],))
def star_is_taken_before_later_operands(xs):
    return [*xs, xs.append(3), *xs], xs


@case(({"a": 1},))
def mapping_is_taken_before_later_operands(m):
    return {**m, "b": m.update(a=9), **m}, dict(**m, z=m.update(c=3))


@case(([],))
def comparison_evaluates_the_middle_once(log):
    return tell(log, 1) < tell(log, 2) < tell(log, 3), tell(log, 5) < tell(log, 4) < tell(log, 6), log


@case(([],))
def short_circuits(log):
    a = tell(log, 0) and tell(log, 1)
    b = tell(log, 2) or tell(log, 3)
    c = tell(log, 4) and tell(log, 0) and tell(log, 5) or tell(log, 6)
    return a, b, c, log


@case((Box(0), Box(1)), (Box(1), Box(0)))
def truth_is_asked_once(a, b):
    c = a and b
    d = a or b or a
    return c, d


# --- names ------------------------------------------------------------------------------------------------------------


@case((1, 2))
def copies(a, b):
    c = a
    a = b
    b = c
    return a, b, c


@case((1, 2))
def swap(a, b):
    a, b = b, a
    return a, b


@case((1, 2, 3))
def rotate(a, b, c):
    (a, b), c = [b, c], a
    return a, b, c


@case((3,))
def chained_assignment(x):
    a = b = c = x * 2
    b += 1
    return a, b, c


@case(([1, 2],))
def chained_with_tuple(xs):
    whole = a, b = xs
    return whole, a, b


@case(([1, 2, 3, 4],), ((1, 2),), ("abc",), ([1],))
def starred(xs):
    a, *b, c = xs
    *d, e = xs
    f, *g = xs
    return a, b, c, d, e, f, g


@case(([1, (2, [3, 4, 5])],))
def nested_targets(xs):
    a, (b, [c, *d]) = xs
    return a, b, c, d


@case(([1, 2],), ([1, 2, 3],), ([1, 2, 3, 4],), (5,))
def unpack_exactly(xs):
    a, b, c = xs
    return c, b, a


@case(([0, 0, 0], 1))
def targets_from_left_to_right(xs, i):
    i, xs[i] = 2, 5
    xs[0], xs[1] = xs[1], xs[0]
    return i, xs


@case((2,))
def annotated(x):
    y: float = x * 2
    z: int
    z = 3
    return y + z


@case((2,))
def walrus(x):
    return (y := x * 2) + y, [z := 1, z + 1], (w := y) and w


@case((2,), (-2,))
def walrus_in_arm(x):
    y = 1
    z = (y := 5) if x > 0 else x
    return x > 0 and (w := 3) > 2 and w, y, z


@case((1,))
def docstring(x):
    """Nothing happens here."""
    ...
    "nor here"
    pass
    x
    return x


@case((1,))
def shadowed_builtins(x):
    sum = x + 1
    v1, d, tape, np = sum, 2, 3, 4
    return sum, v1, d, tape, np


@case((1,))
def deleted(x):
    y = x
    del y
    y = 3
    a = b = 1
    del a, (b)
    return y


@case((1,))
def deleted_and_read(x):
    del x
    return x


@case((1,))
def deleted_twice(x):
    del x
    del x


@case((1,), (-1,))
def unbound(x):
    if x > 0:
        y = 1
    return y


@case((1,))
def read_before_bound(x):
    z = y
    y = x
    return z, y


@case((3.0,))
def free_names(x):
    return RATE * x + len(NUMBERS) + TABLE["b"][0] + abs(-x)


@case((3.0,))
def global_read(x):
    global RATE
    return RATE * x


# --- attributes, subscripts, calls ------------------------------------------------------------------------------------


@case((np.arange(6.0).reshape(2, 3),))
def methods(x):
    return x.sum(), x.sum(axis=0), x.T.shape, x.T.reshape(-1)[0], np.sin(x).max()


@case((np.arange(24.0).reshape(2, 3, 4), 1))
def subscripts(x, i):
    return x[i], x[i, 0], x[-1, :2], x[..., ::-1], x[:, None, 1:3], x[[0, i]], x[i][0][1], x[:], x[i:], x[(0, 1)]


@case(([1, 2, 3, 4],))
def starred_index(x):
    key = (slice(1, 3),)
    return np.array(x)[*key], np.array([x, x])[*key, 0]


@case(([1, 2, 3, 4],))
def subscript_stores(x):
    x[0] = 9
    x[1:3] = [7, 7, 7]
    x[-1] *= 2
    del x[0]
    del x[1:2]
    return x


@case((Box(1),))
def attribute_stores(box):
    box.value = 5
    box.value += 2
    box.other = box.value
    del box.other
    return box, hasattr(box, "other")


@case((np.zeros((2, 2)),))
def array_stores(x):
    x[0, :] = 1
    x[:, 1] += 3
    x[x > 2] = -1
    y = x
    y += 1
    y = y + 1
    return x, y


@case((Doubling(1),))
def in_place_or_not(a):
    b = a
    b += 3
    a = a + 1
    return a, b, b is a


@case(([1],))
def lists_in_place(xs):
    ys = xs
    ys += [2]
    ys *= 2
    zs = ys
    zs = [*zs, 3]
    return xs, ys, zs, xs is ys


@case((2.0,))
def calls(x):
    args, options = (1, 2), {"by": 3.0}
    return (
        scaled(x),
        scaled(x, 1, 2),
        scaled(x, by=4),
        scaled(x, *args),
        scaled(*args, x, **options),
        scaled(x, *args, *args, k=1, **options, **{"m": 5}),
        scaled(by=x, **{"x": 3}),
    )


@case((2.0,))
def repeated_keyword(x):
    return scaled(x, by=1, **{"by": 2})


@case((3,))
def call_of_a_call(x):
    return op.itemgetter(1)((x, x + 1)), (abs if x else len)(-x), TABLE.get("z", x)


@case((3, [1, 2]))
def print_is_called(x, xs):
    xs.append(x)
    print(end="")
    xs.extend([x] * 2)
    return xs


# --- displays and strings ---------------------------------------------------------------------------------------------


@case((1, [2, 3], {"k": 4}))
def displays(a, b, m):
    return (a,), (a, *b), [a, *b, *b], {a, *b}, {"x": a, **m, "y": b}, {}, [], (), {**m}


@case((3.14159, 8, "s"))
def strings(x, w, s):
    return f"{x}", f"x={x:.2f} {s!r:>{w}}|{s!s}{s!a}", f"{{}}{x:{w}.{2}f}", f"plain", f"{x=}", f"{s}" "tail"


# --- choices ----------------------------------------------------------------------------------------------------------


@case((1,), (0,), (-1,))
def ternary(x):
    y = x + 1 if x > 0 else x - 1
    return y, (1 if x else 2 if x is None else 3), (x if x else -x)


@case((1, 0), (0, 0), (3, 4))
def boolean_values(a, b):
    return a and b, a or b, a and b or 7, not (a or b), (a or None) is None, a and b and a + b


@case((1, 2, 3), (3, 2, 1), (1, 1, 1))
def chained_comparison(a, b, c):
    d = a < b < c
    e = a <= b == c != a
    return d, e, 1 if 0 < a < 2 else 2, a in (1, 3) != [c]


@case((0,), (5,), (20,))
def many_operands(x):
    return (
        x and 1 and 2 and 3 and 4 and 5 and 6 and 7 and 8 and 9 and 10 and x + 1,
        x == 1 or x == 2 or x == 3 or x == 4 or x == 5 or x == 6 or x == 7 or x == 8 or x == 9 or x == 20,
    )


# --- if ---------------------------------------------------------------------------------------------------------------


@case((1,), (-1,), (0,))
def if_else(x):
    if x > 0:
        y = x * 2
    elif x < 0:
        y = -x
    else:
        y = 0
        x = 7
    return x, y


@case((1,), (-1,))
def if_only(x):
    y = 1
    if x > 0:
        y = x + y
        z = 3
    return y


@case((1,), (-1,))
def same_in_both_arms(x):
    a = 5
    if x > 0:
        y = a
        z = 1
    else:
        y = a
        z = 1
    return y, z


@case((1,), (-1,))
def empty_arms(x):
    if x > 0:
        pass
    else:
        pass
    if x:
        pass
    return x


@case((-1,), (1,), (3,), (7,))
def early_returns(x):
    if x < 0:
        return 0.0
    y = x * 2
    if x < 2:
        return y
    y = y + 1
    if x < 5:
        return y
    return y * 10


@case((-1,), (1,), (3,), (7,))
def returns_in_elif(x):
    if x < 0:
        return "a"
    elif x < 2:
        y = 1
    elif x < 5:
        return "c"
    else:
        y = 2
    z = y + x
    return z


@case((-1,), (1,), (3,), (7,))
def return_in_the_else(x):
    if x < 2:
        y = x
        if x < 0:
            y = y + 1
    else:
        return "else"
    return y * 2


@case(*((a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)))
def nested_returns(a, b, c):
    y = 0
    if a:
        y = 1
        if b:
            y = 2
            if c:
                return y, "deep"
            y = y + 10
        y = y + 100
    else:
        if c:
            return y
    y = y + 1000
    return y


@case((1,), (-1,), (0,))
def falls_off_the_end(x):
    if x > 0:
        return 1
    if x < 0:
        return


@case((1,), (-1,))
def both_return(x):
    if x > 0:
        return 1
    else:
        return 2
    return 3  # not reached


@case((1,))
def after_return(x):
    return x
    x = undefined_name


@case((1,))
def returns_nothing(x):
    x = x + 1


@case((2,), (-2,), (0,))
def return_a_container(x):
    if x > 0:
        return [x, (x,), {"k": x}]
    if x < 0:
        return {"a": -x}
    return ()


# --- for --------------------------------------------------------------------------------------------------------------


@case((0,), (1,), (5,))
def sum_loop(n):
    s = 0
    for i in range(n):
        s += i * i
    return s


@case((0,), (3,))
def loop_variable_after(n):
    for i in range(n):
        pass
    return i


@case((0,), (3,))
def loop_variable_reassigned(n):
    i = 100
    out = []
    for i in range(n):
        i = i * 2
        out.append(i)
    return i, out


@case((0,), (3,))
def bound_in_the_loop(n):
    for i in range(n):
        last = i * 2
    return last


@case((4,))
def local_to_the_body(n):
    s = 0
    for i in range(n):
        t = i + 1
        u = t * 2
        s = s + u
    return s


@case((3,))
def previous_trip(n):
    out = []
    for i in range(n):
        if i > 0:
            out.append(before)
        before = i
    return out


@case((5,))
def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


@case(([1, 2], (3, 4)), ([], ()))
def many_iterables(xs, ys):
    out = []
    for x, y in zip(xs, ys):
        out.append(x * y)
    for i, (x, y) in enumerate(zip(xs, ys)):
        out.append((i, x, y))
    for x in reversed(xs):
        out.append(x)
    for k, v in {"a": 1, "b": 2}.items():
        out += [k, v]
    return out


@case(([(1, [2, 3]), (4, [5])],))
def nested_loop_targets(pairs):
    out = []
    for a, (b, *c) in pairs:
        out.append((a, b, c))
    for out[0], d in [(1, 2)]:
        out.append(d)
    return out


@case((np.arange(6.0).reshape(3, 2),))
def over_an_array(x):
    s = 0
    for row in x:
        for e in row:
            s = s + e
        row[0] = -1
    return s, x


@case((6, 3), (2, 3), (0, 0), (4, 3), (5, 4))
def break_and_continue(n, k):
    s = 0
    for i in range(n):
        if i == 1:
            continue
        if i == k:
            break
        s += i
    return s


@case((4,))
def conditional_break_first(n):
    for i in range(n):
        if i > 2:
            break
    return i


@case((4,), (0,))
def break_at_once(n):
    for i in range(n):
        i = i + 10
        break
    else:
        i = -1
    return i


@case((4,))
def only_continue(n):
    out = []
    for i in range(n):
        out.append(i)
        continue
        out.append(-1)  # not reached
    return out


@case((4, 2), (4, 9), (0, 0))
def for_else(n, k):
    for i in range(n):
        if i == k:
            found = i
            break
    else:
        found = None
    return found


@case((4, 2), (4, 9), (0, 0))
def for_else_without_break(n, k):
    s = 0
    for i in range(n):
        s += i
    else:
        s += 100
    return s


@case((4, 2, 1), (4, 2, 3), (4, 9, 3), (0, 0, 0), (4, 9, 9))
def for_else_break_return(n, k, r):
    log = []
    for i in range(n):
        log.append(i)
        if i == k:
            break
        if i == r:
            return "returned", log
        log.append(-i)
    else:
        log.append("else")
        if k > 5:
            return "else", log
    log.append("after")
    return log


@case((4, 2), (4, 9), (0, 0))
def return_from_loop(n, k):
    s = 1
    for i in range(n):
        s = s * 2
        if i == k:
            return s, i
    return s


@case((4, 2), (4, 9), (0, 0))
def return_from_loop_without_value(n, k):
    for i in range(n):
        if i == k:
            return
    return n


@case((4,), (0,))
def return_at_once(n):
    s = 0
    for i in range(n):
        s = i + 1
        return s
    return s


@case((3, 5), (3, 2), (3, 100), (0, 0), (3, 1))
def return_from_nested_loops(n, k):
    count = 0
    for i in range(n):
        for j in range(n):
            count += 1
            if i * j > 2:
                break
            if count == k:
                return i, j
        else:
            count += 10
        count += 100
        if count > 340:
            continue
        count += 1000
    return count


@case((3,))
def break_in_the_else_of_an_inner_loop(n):
    out = []
    for i in range(n):
        for j in range(n):
            out.append((i, j))
        else:
            if i == 1:
                break
        out.append("next")
    else:
        out.append("never")
    return out


@case((5,), (0,))
def raise_in_the_loop(n):
    s = 0
    for i in range(n):
        if i == 3:
            message = "three"
            raise ValueError(message)
        s += i
    return s


@case((3,))
def loop_changes_what_it_runs_over(n):
    xs = [1, 2, 3]
    out = []
    for x in xs:
        if len(out) < n:
            xs = [*xs, x]
        out.append(x)
    return xs, out


@case((3,))
def loop_with_unchanged_name(n):
    x = y = n
    for _ in range(n):
        x = y
        x, y = y, x
    return x, y


@case((4,), (0,))
def delete_in_loop(n):
    t = 5
    for _ in range(n):
        t = t + 1
        if n > 9:
            del t
    return t


@case((4,), (1,))
def deleted_by_the_first_trip(n):
    t = 5
    out = []
    for _ in range(n):
        out.append(t)
        del t
    return out


@case(*((k,) for k in range(14)))
def many_exits(k):
    log = []
    for i in range(10):
        if i == k:
            continue
        log.append(i)
        if i == k - 1:
            break
        log.append("b")
        if i + k == 12:
            return "r", log
        if i > 5:
            if k > 10:
                if i > 7:
                    break
                log.append("c")
            elif k > 8:
                continue
            log.append("d")
        log.append("e")
    else:
        log.append("else")
    return log


# --- while ------------------------------------------------------------------------------------------------------------


@case((10,), (0,), (1,))
def while_loop(n):
    steps = 0
    while n > 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps, n


@case((5,), (50,))
def while_true(n):
    while True:
        n = n + 1
        if n % 7 == 0:
            break
    return n


@case((5,), (50,))
def while_true_return(n):
    while 1:
        n = n + 1
        if n % 7 == 0:
            return n


@case((5,), (50,), (51,))
def while_true_break_or_return(n):
    while True:
        n = n + 1
        if n % 7 == 0:
            return n, "returned"
        if n % 13 == 0:
            break
    else:
        n = -1
    return n


@case((5,))
def while_true_raises(n):
    while True:
        n = n + 1
        if n > 9:
            raise ValueError(n)


@case((3, 1), (3, 9))
def while_else(n, k):
    out = []
    while n > 0:
        n -= 1
        if n == k:
            break
        out.append(n)
    else:
        out.append("else")
    return n, out


@case(([3, 2, 0, 5],), ([0],), ([3, 4, -1],))
def while_walrus(xs):
    out = []
    while (x := xs.pop(0)) > 0:
        if x == 4:
            break
        out.append(x)
    else:
        out.append("else")
    return x, out, xs


@case(([3, 2, 0, 5],), ([0],), ([3, 4, 0],))
def while_walrus_return(xs):
    while xs and (x := xs.pop(0)):
        if x == 4:
            return "four"
    return x, xs


@case((2, 8), (9, 8), (9, 10))
def while_chained(a, b):
    steps = 0
    while 0 < a < b and (steps < 20 or a == 5):
        a = a * 2 - 1
        b = b - 1 if b > 3 else b
        steps += 1
    return a, b, steps


@case((17.0,))
def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = (x + a / x) / 2
    return x


@case((20,))
def while_in_for(n):
    total = 0
    for i in range(n):
        k = i
        while k > 0:
            k -= 3
            if k == 1:
                break
            if k == 2:
                continue
            total += k
        else:
            total += 100
    return total, k


# --- raise, assert ----------------------------------------------------------------------------------------------------


@case((1,), (0,))
def raises(x):
    if x > 0:
        raise ValueError("positive", x)
    return x


@case((1,), (0,))
def raises_class_from(x):
    if x > 0:
        raise KeyError from ValueError("cause")
    raise KeyError("k") from None


@case((1,))
def raises_again(x):
    raise


@case((1,), (0,), (-1,))
def raises_in_else(x):
    if x > 0:
        y = x
    elif x == 0:
        return "zero"
    else:
        raise ValueError
    return y


@case((1,), (0,), (-1,))
def asserts(x):
    assert x >= 0
    assert x, f"not {x}"
    return x


@case(([], 1), ([], 0))
def assert_message_is_lazy(log, x):
    assert tell(log, x), tell(log, "message")
    return log


@case((0,), (1,))
def guard_clauses(x):
    if x < 0:
        raise ValueError("negative")
    y = math.sqrt(x)
    if y == 0:
        return y
    return 1 / y


# --- imports ----------------------------------------------------------------------------------------------------------


@case((2.0,))
def imports(x):
    import os.path
    import xml.sax.saxutils as saxutils
    from math import cos
    from math import sin as sine
    from xml import sax

    return cos(x) + sine(x), os.path.join("a", "b"), saxutils.escape("<"), sax.__name__


# --- parameters -------------------------------------------------------------------------------------------------------


@case((1,), (1, 2), (1, 2, 3, 4, 5))
def parameters(a, /, b=10, *rest, c=RATE, d=-2, **more):
    return a, b, rest, c, d, more


@case((3,), (3, 4))
def default_list(x, seen=[7]):  # noqa: B006
    seen.append(x)
    return list(seen), seen.pop()


# --- realistic --------------------------------------------------------------------------------------------------------


@case((np.array([3.0, 1.0, 2.0]),), (np.array([]),))
def insertion_sort(x):
    x = x.copy()
    for i in range(1, len(x)):
        j = i
        while j > 0 and x[j - 1] > x[j]:
            x[j - 1], x[j] = x[j], x[j - 1]
            j -= 1
    return x


@case((lambda x: x**3 - 2, 0.0, 2.0), (lambda x: x + 5, 0.0, 1.0))
def bisection(f, lo, hi, tol=1e-6):
    if f(lo) * f(hi) > 0:
        raise ValueError("no sign change")
    for _ in range(100):
        mid = 0.5 * (lo + hi)
        if f(mid) == 0.0 or hi - lo < tol:
            return mid
        if f(lo) * f(mid) < 0:
            hi = mid
        else:
            lo = mid
    return mid


@case((0.3, 4), (2.0, 4), (-5.0, 0))
def bessel_like(x, n):
    if n == 0:
        return math.cos(x)
    term = total = 1.0
    for k in range(1, n + 1):
        term *= -(x**2) / (4 * k * k)
        if abs(term) < 1e-3:
            break
        total += term
    return total if x >= 0 else -total


@case((np.array([[4.0, 2.0], [2.0, 3.0]]),), (np.array([[1.0, 2.0], [2.0, 1.0]]),))
def cholesky(a):
    n = len(a)
    low = np.zeros_like(a)
    for i in range(n):
        for j in range(i + 1):
            s = a[i, j] - np.dot(low[i, :j], low[j, :j])
            if i == j:
                if s <= 0:
                    return None
                low[i, i] = math.sqrt(s)
            else:
                low[i, j] = s / low[j, j]
    return low
