"""Scalar arithmetic: operators, powers, ``math``, builtins, the ways a name can be used."""

import math

from corpus.registry import program

XY = [(2.0, 5.0), (1.5, -0.75)]
X = [(0.7,), (-1.3,)]


@program(X)
def identity(x):
    return x


@program(X)
def plus_constant(x):
    return x + 3.0


@program(X)
def constant_minus(x):
    return 3.0 - x


@program(X)
def times_constant(x):
    return 2.5 * x


@program(X)
def divided_by_constant(x):
    return x / 4.0


@program(X)
def constant_divided_by(x):
    return 4.0 / x


@program(X)
def negated(x):
    return -x


@program(X)
def posated(x):
    return +x * 2.0


@program(X)
def double_negation(x):
    return -(-x) * x  # noqa: B002


@program(XY)
def added(x, y):
    return x + y


@program(XY)
def subtracted(x, y):
    return x - y


@program(XY)
def multiplied(x, y):
    return x * y


@program(XY)
def divided(x, y):
    return x / y


@program([(2.0, 5.0), (1.5, -0.75)])
def power_of_both(x, y):
    return x**y


@program([(5.0, 3.0), (-7.5, 2.0), (7.5, -2.0)])
def modulo(x, y):
    return x % y


@program([(5.3, 3.0), (-7.3, 2.0)])
def floor_division_as_factor(x, y):
    return x // y * x * y


@program([(5.3, 3.0)])
def divmod_of_both(x, y):
    quotient, remainder = divmod(x, y)
    return quotient * remainder


@program([(3.0,), (-3.0,), (0.0,)])
def squared(x):
    return x**2


@program([(3.0,), (-3.0,), (0.0,)])
def cubed(x):
    return x**3


@program([(3.0,), (-3.0,), (0.0,)])
def power_zero(x):
    return x**0 + x


@program([(3.0,), (-3.0,), (0.0,)])
def power_one(x):
    return x**1


@program([(3.0,), (-3.0,)])
def power_minus_two(x):
    return x**-2


@program([(3.0,), (0.25,)])
def power_half(x):
    return x**0.5


@program([(3.0, 0), (0.0, 0), (-2.0, 1), (0.0, 1), (-2.0, 3), (0.0, 3), (2.0, -1)], argnums=0)
def power_integer_argument(x, n):
    return x**n + x


@program([(-2.0, 2.0), (0.0, 2.0), (-2.0, 3.0)], argnums=0)
def power_float_argument_negative_base(x, p):
    return x**p


@program([(0.5,), (-2.0,), (0.0,)])
def constant_to_the_power(x):
    return 2.0**x


@program([(0.8,)])
def power_of_power(x):
    return x**x**x


@program([(0.5,), (2.0,)])
def built_in_pow(x):
    return pow(x, 3) + pow(2.0, x)


@program(X)
def used_many_times(x):
    return x * x + x * x * x - x / (1.0 + x * x) + x


@program(X)
def fan_out(x):
    a = x * x
    b = a + a
    c = b * a
    return c + a * b


@program(XY)
def common_subexpression(x, y):
    return (x + y) * (x + y) / (1.0 + (x + y) ** 2)


@program(XY)
def long_expression(x, y):
    return ((x * y - 3.0) * (x + 2.0 * y) - x / y) * (y - x) + (x * x - y) / (2.0 + y * y)


@program(X)
def reassigned(x):
    y = x * 2.0
    y = y * y
    y = y + x
    return y


@program(X)
def parameter_reassigned(x):
    x = x * x
    x = math.sin(x)
    return x


@program(XY)
def swap(x, y):
    x, y = y, x
    return x * x / y


@program(XY)
def rotation_of_three(x, y):
    a, b, c = x, y, x * y
    a, b, c = b, c, a
    return a + 2.0 * b * c


@program(XY)
def chained_assignment(x, y):
    a = b = x * y
    b = b + x
    return a * b


@program(X)
def augmented_add(x):
    y = 1.0
    y += x
    y += x * y
    return y


@program(X)
def augmented_all(x):
    y = x + 3.0
    y -= 0.5 * x
    y *= y
    y /= x * x + 1.0
    y **= 2
    return y


@program(X)
def augmented_with_itself(x):
    y = x
    y *= y
    y -= y * x
    return y


@program([(5.3,)])
def augmented_modulo(x):
    y = x * 2.0
    y %= 3.0
    return y * x


@program(X)
def walrus(x):
    return (y := x * x) * y + x


@program(X)
def walrus_rebinds_operand(x):
    y = x
    return y * (y := y + 2.0) * y


@program(XY)
def walrus_in_call(x, y):
    return math.sin(z := x * y) + z


@program(XY)
def starred_target(x, y):
    first, *rest = x, y, x * y
    return first * rest[0] + rest[1]


@program(XY)
def starred_in_the_middle(x, y):
    first, *middle, last = x, y, x + y, x - y
    return first * middle[0] * middle[1] - last


@program(XY)
def nested_target(x, y):
    (a, b), c = (x, y), x * y
    return a * b + c


@program(XY, argnums=0)
def one_argument_inactive(x, y):
    return x * y * y + y


@program(XY, argnums=1)
def second_argument_active(x, y):
    return x * y * y + x


@program(XY, argnums=0)
def inactive_computation(x, y):
    z = math.exp(y) * 3.0
    w = z * z + y
    return w * x


@program(X)
def dead_code(x):
    y = x * x
    unused = math.exp(y) * x
    unused = unused + 1.0
    return y + x


@program(X)
def overwritten_before_use(x):
    y = math.sin(x)
    y = x * 3.0
    return y * y


@program([(1.0, 2.0)], disconnected=True)
def unused_argument(x, y):
    return x * x


@program([(1.5,)], disconnected=True)
def constant_result(x):
    return 3.0


@program([(1.5,)], disconnected=True)
def result_of_inactive(x):
    n = 4
    return n * 2.0


@program([(1.7,), (-1.7,)])
def integer_part_factor(x):
    return int(x) * x


@program([(1.7,), (-2.4,)])
def rounded_factor(x):
    return round(x) * x * x


@program([(1.7,), (-2.4,)])
def floor_factor(x):
    return math.floor(x) * x + math.ceil(x) * x


@program([(1.7,), (-2.4,)], order=1)
def only_through_floor(x):
    return float(math.floor(x)) + 0.0 * x


@program([(1.7,), (-2.4,)])
def fractional_part(x):
    return (x - math.trunc(x)) ** 2


@program(X, complex_step=False)
def float_call(x):
    return float(x) * x


@program([(2,), (-3,)])
def int_argument_as_float(x):
    return x * x * x


@program([(2, 3)], argnums=0)
def int_argument_beside_int(x, n):
    return x * n + n


@program([(2, 3)], argnums=(0, 1))
def int_division(x, y):
    return x / y


@program([(True, 2.0), (False, 2.0)], argnums=1)
def bool_argument(flag, x):
    return flag * x + x * x


@program(X)
def bool_in_arithmetic(x):
    return (x > 0.0) * x * x + x


@program(X)
def absolute_value(x):
    return abs(x) * x


@program([(2.0, 5.0), (5.0, 2.0)])
def built_in_max_min(x, y):
    return max(x, y) * 2.0 + min(x, y) ** 2


@program([(2.0, 5.0), (5.0, 2.0), (-1.0, -2.0)])
def max_of_three(x, y):
    return max(x * y, x + y, 3.0) * x


@program([(2.0, 5.0), (-5.0, 2.0)])
def clamp(x, y):
    return max(-1.0, min(1.0, x)) * y + x * y


@program([(2.0, 5.0)])
def built_in_sum(x, y):
    return sum((x, y, x * y)) + sum([x, y], 1.0)


@program([(2.0, 5.0)])
def math_prod_fsum(x, y):
    return math.prod([x, y, x]) + math.fsum([x, y, x * y])


@program([(0.4,)])
def math_sin_cos_tan(x):
    return math.sin(x) * math.cos(2.0 * x) + math.tan(x)


@program([(0.4,), (-0.6,)])
def math_inverse_trigonometric(x):
    return math.asin(x) + 2.0 * math.acos(x) * x + math.atan(x)


@program([(0.4,), (-0.6,)])
def math_hyperbolic(x):
    return math.sinh(x) + math.cosh(x) * math.tanh(x)


@program([(1.4,)])
def math_inverse_hyperbolic(x):
    return math.asinh(x) + math.acosh(x) + math.atanh(x / 2.0)


@program([(0.4,), (2.5,)])
def math_logarithms(x):
    return math.log(x) + math.log2(x) * math.log10(x) + math.log1p(x)


@program([(3.0, 2.0)])
def math_log_with_base(x, base):
    return math.log(x, base)


@program([(3.0,), (0.25,)])
def math_log_constant_base(x):
    return math.log(x, 3)


@program([(0.4,), (-1.5,)])
def math_exponentials(x):
    return math.exp(x) + math.expm1(x) * x


@program([(0.4,), (-1.5,)])
def math_exp2(x):
    return math.exp2(x)


@program([(0.4,), (3.0,)])
def math_roots(x):
    return math.sqrt(x) + math.cbrt(x)


@program([(0.4, 2.0), (-1.5, 0.5)])
def math_hypot(x, y):
    return math.hypot(x, y)


@program([(0.4, 2.0)])
def math_hypot_of_three(x, y):
    return math.hypot(x, y, x * y)


@program([(0.4, 2.0), (-1.5, 0.5), (-1.5, -0.5)])
def math_atan2(y, x):
    return math.atan2(y, x)


@program([(1.4, 2.0), (0.3, -1.5)])
def math_pow(x, y):
    return math.pow(x, y)


@program([(5.4, 2.0), (-5.4, 2.0)])
def math_fmod(x, y):
    return math.fmod(x, y) * x


@program([(1.4, -2.0), (-0.3, 1.5)])
def math_copysign(x, y):
    return math.copysign(x, y) * y


@program([(1.4,), (-0.3,)])
def math_fabs(x):
    return math.fabs(x) * x


@program([(0.5,), (-1.2,)])
def math_erf(x):
    return math.erf(x) + x * math.erfc(x)


@program([(1.5,), (3.2,)], complex_step=False)
def math_gamma(x):
    return math.lgamma(x) + math.gamma(x)


@program([(30.0,)])
def math_degrees_radians(x):
    return math.sin(math.radians(x)) + math.degrees(x) / 100.0


@program([(2.0,)])
def math_constants(x):
    return math.pi * x + math.e * x * x


@program([(2.0, 3.0)])
def math_dist(x, y):
    return math.dist((x, y), (1.0, x * y))


@program([(0.3,)])
def composition(x):
    return math.exp(math.sin(math.log(1.0 + x * x)))


@program([(0.3, 0.9)])
def nested_calls(x, y):
    return math.sin(x * math.cos(y * math.exp(x - y)))


@program([(1.3,)])
def temporaries_reused(x):
    t = x * x
    s = t + 1.0
    t = s * t
    s = t - s
    return s * t


@program([(1.3,)])
def annotated_assignment(x: float) -> float:
    y: float = x * x
    return y * x


@program([(1.3,)])
def docstring_and_pass(x):
    """A docstring is no statement of the program."""
    pass
    return x * x


@program([(1.3,)])
def assertion(x):
    assert x > 0.0, "x must be positive"
    return math.log(x)


@program([(1.3,)])
def conditional_raise(x):
    if x < 0.0:
        raise ValueError("negative")
    return math.sqrt(x)


@program([(1.3,)])
def conversion_to_bool(x):
    return bool(x) * x * x


@program([(1e-3,), (30.0,)])
def softplus_stable(x):
    return math.log1p(math.exp(-abs(x))) + max(x, 0.0)


@program([(2.0, 3.0)], argnums=(1, 0))
def argnums_out_of_order(x, y):
    return x * x * y


@program([(2.0, 3.0, 4.0, 5.0, 6.0)])
def five_arguments(a, b, c, d, e):
    return a * b - c / d + e * e * a


@program([(1.0 + 2.0j,)], complex_step=False, order=1)
def complex_square(z):
    return z * z


@program([(1.0 + 2.0j,)], complex_step=False, order=1)
def complex_real_part(z):
    return (z * z).real


@program([(1.0 + 2.0j, 0.5)], complex_step=False, order=1)
def complex_times_real(z, x):
    return z * x + x * x


@program([(1.0 + 2.0j,)], complex_step=False, order=1)
def complex_conjugate(z):
    return z.conjugate() * z * z


@program([(1.0 + 2.0j,)], complex_step=False, order=1)
def complex_absolute_value(z):
    return abs(z)


@program([(0.5, 2.0)], complex_step=False)
def complex_inside(x, y):
    z = complex(x, y)
    return (z * z).imag * x
