"""``if``, ternaries, ``and`` / ``or`` / ``not``, chained comparisons."""

import math

from corpus.registry import program

SIGNS = [(1.5,), (-1.5,)]
XY = [(2.0, 5.0), (5.0, 2.0), (-2.0, 1.0)]


@program(SIGNS)
def if_else(x):
    if x > 0.0:
        y = x * x
    else:
        y = -x * 3.0
    return y


@program(SIGNS)
def if_without_else(x):
    y = x
    if x > 0.0:
        y = y * x * x
    return y * x


@program([(0.5,), (1.5,), (2.5,), (-1.0,)])
def elif_chain(x):
    if x < 0.0:
        y = x**3
    elif x < 1.0:
        y = x**2
    elif x < 2.0:
        y = 2.0 * x - 1.0
    else:
        y = math.log(x)
    return y


@program([(0.5, 1.0), (0.5, -1.0), (-0.5, 1.0), (-0.5, -1.0)])
def nested_if(x, y):
    if x > 0.0:
        if y > 0.0:
            z = x * y
        else:
            z = x - y * y
    else:
        if y > 0.0:
            z = x / y
        else:
            z = x * x * y
    return z * x


@program(SIGNS)
def empty_arm(x):
    y = x * 2.0
    if x > 0.0:
        pass
    else:
        y = y * y
    return y


@program(SIGNS)
def constant_in_one_arm(x):
    if x > 0.0:
        y = 2.0
    else:
        y = x
    return y * x


@program([(1.5, 2.0), (-1.5, 2.0)])
def different_variables_in_arms(x, y):
    a = x
    b = y
    if x > 0.0:
        a = a * y
    else:
        b = b * x
    return a * b


@program([(1.5, 2.0), (-1.5, 2.0)])
def swapped_in_one_arm(x, y):
    if x > 0.0:
        x, y = y, x
    return x * x + 3.0 * y


@program(SIGNS)
def condition_variable(x):
    positive = x > 0.0
    y = x * x
    if positive:
        y = y * x
    return y


@program(SIGNS)
def condition_overwritten_in_arm(x):
    c = x
    if c > 0.0:
        c = c * c
    else:
        c = 1.0 - c
    return c * x


@program([(1.5, True), (1.5, False)], argnums=0)
def flag_argument(x, flag):
    if flag:
        return x * x
    return x


@program([(1.5, "square"), (1.5, "cube"), (1.5, "other")], argnums=0)
def string_argument(x, kind):
    if kind == "square":
        y = x**2
    elif kind == "cube":
        y = x**3
    else:
        y = x
    return y


@program([(1.5, None), (1.5, 2.0)], argnums=0)
def none_argument(x, scale):
    if scale is None:
        scale = 1.0
    return x * x * scale


@program([(1.5,), (-1.5,)], argnums=0)
def truthiness_of_a_number(x):
    n = 3
    if n:
        return x * n
    return x


@program([(0.0,), (2.0,)], jumps=True)
def truthiness_of_active(x):
    if x:
        return x * x
    return 3.0 * x


@program(SIGNS)
def ternary(x):
    return x * x if x > 0.0 else -x


@program([(0.5,), (1.5,), (-1.5,)])
def nested_ternary(x):
    return x if x < 0.0 else x * x if x < 1.0 else x**3


@program(SIGNS)
def ternary_in_expression(x):
    return x * (2.0 if x > 0.0 else x) + (x if x < 0.0 else 1.0)


@program([(4.0,), (-1.0,)])
def ternary_guards_domain(x):
    return math.sqrt(x) if x > 0.0 else x * x


@program([(0.5,), (2.0,), (-2.0,)])
def chained_comparison(x):
    return x * x if 0.0 < x < 1.0 else 2.0 * x


@program([(0.5, 1.0), (2.0, 3.0), (3.0, 2.0)])
def long_chained_comparison(x, y):
    if 0.0 <= x < y <= 3.5:
        return x * y
    return x - y


@program([(0.5, 1.0), (-0.5, 1.0), (0.5, -1.0)])
def and_condition(x, y):
    if x > 0.0 and y > 0.0:
        return x * y
    return x + y


@program([(0.5, 1.0), (-0.5, 1.0), (-0.5, -1.0)])
def or_condition(x, y):
    if x > 0.0 or y > 0.0:
        return x * y
    return x + y


@program([(0.5, 1.0), (-0.5, 1.0)])
def not_condition(x, y):
    if not x > 0.0:
        return x * y
    return x + y


@program([(4.0,), (-1.0,)])
def short_circuit_guards_domain(x):
    if x > 0.0 and math.sqrt(x) > 1.5:
        return math.sqrt(x) * x
    return x


@program([(0.5, 1.0), (-0.5, 1.0), (-0.5, -1.0), (2.0, -3.0)])
def mixed_conditions(x, y):
    if (x > 0.0 and y > 0.0) or (x < 0.0 and not y > 0.0):
        return x * y * y
    return x - 2.0 * y


@program([(2.0, 3.0), (0.0, 3.0)], jumps=True)
def or_as_value(x, y):
    return (x or y) * y + x


@program([(2.0, 3.0), (0.0, 3.0)], jumps=True)
def and_as_value(x, y):
    return (x and y) * 2.0 + y * x


@program([(2.0, 3.0), (-2.0, 3.0)])
def and_or_idiom(x, y):
    return (x > 0.0 and x * y) or y * y


@program([(2.0, None), (2.0, 3.0)], argnums=0)
def or_for_default(x, y):
    y = y or 5.0
    return x * x * y


@program(XY)
def comparison_operators(x, y):
    z = x * y
    if x <= 1.0:
        z = z + x
    if y >= 1.5:
        z = z * y
    if x == 4.0:
        z = z - x
    if y != 4.0:
        z = z * 2.0
    return z


@program(XY)
def comparison_as_value(x, y):
    bigger = x > y
    return bigger * x + (1 - bigger) * y


@program([(2.0, 1), (2.0, 2), (2.0, 7)], argnums=0)
def membership(x, n):
    if n in (1, 2, 3):
        return x * n
    if n not in (4, 5):
        return x * x
    return x


@program([(2.0, 3), (2.0, 4)], argnums=0)
def integer_parity(x, n):
    return x * x if n % 2 == 0 else x


@program([(1.5,), (0.5,), (-0.9,)])
def walrus_in_condition(x):
    if (y := x * x) > 1.0:
        return y * x
    return y + x


@program([(1.5,), (-1.5,)])
def walrus_in_short_circuit(x):
    y = 1.0
    if x > 0.0 and (y := x * x) > 1.0:
        return y * y
    return x + y


@program([(1.5,), (-1.5,)])
def branch_on_intermediate(x):
    y = math.sin(x)
    z = y * x
    if y > 0.5:
        z = z + y
    return z * z


@program([(1.5,), (-1.5,)], disconnected=True)
def one_arm_constant_result(x):
    if x > 0.0:
        return 1.0
    return 2.0


@program([(1.5,), (-1.5,)])
def constant_on_one_side(x):
    if x > 0.0:
        return x * x
    return 0.0


@program([(1.5,), (-1.5,)])
def integer_constant_on_one_side(x):
    if x > 0.0:
        return x * x
    return 0


@program([(3.0,), (1.0,), (-1.0,)])
def sequence_of_ifs(x):
    y = x
    if x > 0.0:
        y = y * 2.0
    if y > 3.0:
        y = y * x
    if y < 0.0:
        y = y + 1.0
    return y


@program([(2.0, 3.0)], complex_step=False)
def condition_known_at_compile_time(x, y):
    if isinstance(x, float):
        return x * y
    return y


@program([(2.0, 3.0), (3.0, 2.0)])
def defined_in_both_arms_only(x, y):
    if x < y:
        low, high = x, y
    else:
        low, high = y, x
    return high * high - low


@program([(-0.2,), (0.5,), (1.3,)])
def smoothstep(x):
    t = 0.0 if x < 0.0 else 1.0 if x > 1.0 else x
    return t * t * (3.0 - 2.0 * t) + x


@program([(0.3, 1.0), (3.0, 1.0), (-3.0, 1.0)])
def huber(r, delta):
    if abs(r) <= delta:
        return 0.5 * r * r
    return delta * (abs(r) - 0.5 * delta)
