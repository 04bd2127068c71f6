"""Names that a generator of code might want for itself."""

import math

import numpy as np

from corpus.registry import program

V = np.array([0.5, -1.5, 2.0])


@program([(2.0, 5.0)])
def temporaries_called_v(x, y):
    v1 = x * y
    v2 = v1 + math.sin(x * x) * y
    v3 = v2 * v1 - x
    return v3 * v2


@program([(2.0, 5.0)])
def parameters_called_v(v1, v2):
    return math.log(v1) + v1 * v2 - math.sin(v2)


@program([(2.0, 5.0)])
def called_bar_and_dot(x, x_bar):
    x_dot = x * x_bar
    y_bar = x_dot + x
    return y_bar * x_dot * x_bar


@program([(2.0, 5.0)])
def called_result(result, result_bar):
    result = result * result_bar
    result_dot = result * result
    return result_dot + result


@program([(2.0, 5.0)])
def called_v_bar(v1_bar, v1_dot):
    v1 = v1_bar * v1_dot
    v2_bar = v1 * v1_bar
    return v2_bar + v1


@program([(2.0, 3)], argnums=0)
def called_tape(tape, n):
    stack = tape
    for k in range(n):
        tape = tape * stack + math.sin(tape) * k
    return tape


@program([(2.0, 3)], argnums=0)
def called_tape_in_loops(x, tape):
    arm = x
    for i in range(tape):
        if i % 2:
            arm = arm * x
        else:
            arm = math.sin(arm)
    return arm


@program([(2.0, 5.0)])
def called_d(d, dx):
    dy = d * dx
    return dy * d


@program([(2.0, V)])
def parameter_called_np(np, x):
    return np * x


@program([(2.0, 5.0)])
def parameter_called_math(math, x):
    return math * x * x


@program([(2.0,)])
def local_called_np(x):
    np = x * x
    return np * x


@program([(2.0, 5.0)])
def called_like_builtins(sum, len):
    max = sum * len
    range = max + sum
    return range * max


@program([(2.0, 5.0)])
def called_like_builtins_used_by_loops(zip, reversed):
    y = zip
    for i in range(3):
        y = y * reversed + zip * i
    return y


@program([(2.0,)])
def own_name_as_variable(x):
    own_name_as_variable = x * x
    return own_name_as_variable * x


@program([(2.0,)])
def f(f):
    return f * f


@program([(2.0,)])
def f_grad(x):
    f_adjoint = x * x
    f_tangent = f_adjoint * x
    return f_tangent + f_adjoint


@program([(2.0, 5.0)])
def called_grad(grad, srcad):
    jvp = grad * srcad
    return jvp * grad


@program([(2.0, 5.0)])
def called_runtime(runtime, args):
    kwargs = runtime * args
    return kwargs * kwargs + runtime


@program([(2.0, 5.0)])
def leading_underscores(_x, __y):
    _ = _x * __y
    __ = _ * _x
    return _ + __


@program([(2.0, 5.0)])
def soft_keywords(match, case):
    type = match * case
    return type * match


@program([(2.0, 5.0)])
def unicode_names(α, β):
    ẋ = α * β
    return ẋ * α + math.sin(β)


@program([(2.0, 5.0)])
def case_matters(x, X):
    return x * X * X


@program([(2.0, 3)], argnums=0)
def loop_counter_called_like_generated(x, n):
    trip = 0
    trips = x
    for i1 in range(n):
        k = i1 + trip
        trips = trips * x + k
        trip = trip + 1
    return trips


@program([(2.0, 5.0)])
def called_seed_and_saved(seed, saved):
    g = seed * saved
    y = g * seed
    return y * g


@program([(2.0, 5.0)])
def called_x_bar_bar(x_bar_bar, x_bar_dot):
    x_dot_bar = x_bar_bar * x_bar_dot
    return x_dot_bar * x_bar_bar


@program([(2.0, 5.0)])
def name_shadowing_a_global(V, x):
    return V * x * x


def helper(v1):
    v2 = v1 * v1
    return v2 * v1


@program([(2.0,)])
def same_names_in_callee(v1):
    v2 = helper(v1)
    v3 = helper(v2 * 0.1)
    return v3 * v2 + v1


@program([(2.0,)])
def local_called_like_callee(x):
    helper_result = helper(x)
    helper_adjoint = helper_result * x
    helper_forward = helper_adjoint + helper_result
    return helper_forward * x


@program([(2.0, 5.0)])
def ends_in_bar_of_other_parameter(y, y_bar):
    return y * y + y_bar**3


@program([(V, 2.0)])
def called_unbroadcast(unbroadcast, zeros):
    return np.sum(unbroadcast * zeros)


@program([(2.0, 5.0)])
def called_np_alias(numpy, float64):
    return numpy * float64 + np.sin(numpy)


@program([(1.5,)])
def numbered_name_in_the_middle(x):
    v2 = math.sin(x) * math.cos(x)
    v10 = math.exp(v2) * v2
    return v10 + v2
