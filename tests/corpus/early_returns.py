"""``return`` anywhere."""

import math

from corpus.registry import program


@program([(1.5,), (-1.5,)])
def guard(x):
    if x < 0.0:
        return -x * 2.0
    y = x * x
    return y * x


@program([(0.5,), (1.5,), (2.5,), (3.5,)])
def ladder(x):
    if x < 1.0:
        return x
    if x < 2.0:
        return x * x
    if x < 3.0:
        return x**3
    return math.log(x)


@program([(0.5,), (1.5,), (2.5,)])
def work_between_guards(x):
    y = math.sin(x)
    if x < 1.0:
        return y
    y = y * x
    if x < 2.0:
        return y * y
    y = y + x
    return y * 3.0


@program([(0.5, 1.0), (0.5, -1.0), (-0.5, 1.0), (-0.5, -1.0)])
def from_nested_branches(x, y):
    if x > 0.0:
        if y > 0.0:
            return x * y
        z = x - y
    else:
        z = x * x
        if y > 0.0:
            return z * y
        z = z + y
    return z * z


@program([(0.5,), (-0.5,)])
def in_both_arms(x):
    if x > 0.0:
        return x * x
    else:
        return x**3


@program([(0.5,), (-0.5,)])
def unreachable_after_both_arms(x):
    if x > 0.0:
        return x * x
    else:
        return x**3
    return x


@program([(0.5, 1.0), (-0.5, 1.0)])
def in_else_only(x, y):
    if x > 0.0:
        y = y * x
    else:
        return y - x
    return y * y


@program([(0.05,), (0.35,), (1.45,), (1.95,), (5.0,)])
def twenty_in_sequence(x):
    y = x
    if x < 0.1:
        return y
    y = y * 1.01
    if x < 0.2:
        return y * x
    y = y + 0.1
    if x < 0.3:
        return y * y
    y = y * x
    if x < 0.4:
        return y - x
    y = y + x
    if x < 0.5:
        return y * 2.0
    y = y * 1.02
    if x < 0.6:
        return y * x
    y = y + 0.2
    if x < 0.7:
        return y * y
    y = y * x
    if x < 0.8:
        return y - x
    y = y + x
    if x < 0.9:
        return y * 3.0
    y = y * 1.03
    if x < 1.0:
        return y * x
    y = y + 0.3
    if x < 1.1:
        return y * y
    y = y * x
    if x < 1.2:
        return y - x
    y = y + x
    if x < 1.3:
        return y * 4.0
    y = y * 1.04
    if x < 1.4:
        return y * x
    y = y + 0.4
    if x < 1.5:
        return y * y
    y = y * x
    if x < 1.6:
        return y - x
    y = y + x
    if x < 1.7:
        return y * 5.0
    y = y * 1.05
    if x < 1.8:
        return y * x
    y = y + 0.5
    if x < 1.9:
        return y * y
    y = y * x
    if x < 2.0:
        return y - x
    return y * 6.0


@program([(0.15,), (1.05,), (9.0,)])
def ten_nested(x):
    y = x
    if x > 0.1:
        y = y * x
        if x > 0.2:
            y = y + x
            if x > 0.3:
                y = y * x
                if x > 0.4:
                    y = y + x
                    if x > 0.5:
                        y = y * x
                        if x > 0.6:
                            y = y + x
                            if x > 0.7:
                                y = y * x
                                if x > 0.8:
                                    y = y + x
                                    if x > 0.9:
                                        y = y * x
                                        if x > 1.0:
                                            return y + 1.0
                                        y = y - x
                                    y = y * 1.1
                                y = y - x
                            y = y * 1.2
                        y = y - x
                    y = y * 1.3
                y = y - x
            y = y * 1.4
        else:
            return y * y
    return y


@program([(0.3, 8), (1.2, 8), (3.0, 8)], argnums=0)
def from_loop_in_branch(x, n):
    y = x
    if x > 0.5:
        for i in range(n):
            y = y * 1.3
            if y > 3.5:
                return y * i
        y = y + 100.0
    return y * x


@program([(0.3, 3), (1.2, 3), (3.0, 3)], argnums=0)
def from_two_loops_deep(x, n):
    y = x
    for i in range(n):
        for j in range(n):
            if y > 4.0:
                return y * x + i
            while y < 1.0:
                y = y * 1.7
                if j == 2:
                    return y
            y = y + 0.3 * x
    return y * y


@program([(0.3,), (1.2,), (3.0,)])
def at_every_level(x):
    if x < 1.0:
        return x * 2.0
    for i in range(5):
        x = x * 1.1
        if x > 2.5:
            if i > 2:
                return x * i
            x = x - 0.5
    while x > 1.0:
        x = x * 0.8
        if x < 1.3:
            return x * x
    return x


@program([(0.5,), (1.5,), (2.5,)])
def variables_live_across_guards(x):
    a = x * 2.0
    b = a * x
    if x < 1.0:
        return a
    c = a * b
    if x < 2.0:
        return b + c
    d = a + b * c
    return a * b + c * d


@program([(0.5,), (1.5,)])
def of_different_structure_depth(x):
    if x < 1.0:
        y = x * x
        return y
    if x < 2.0:
        z = x * 3.0
        w = z * x
        return w
    return x


@program([(0.5, 2.0), (3.0, 2.0)])
def of_parameter_itself(x, y):
    if x < y:
        return x
    return y
