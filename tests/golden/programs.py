"""One function for each construct, and the kernels of the benchmarks, with the arguments whose derivative is shown."""

import importlib
import math
import sys
from pathlib import Path

import numpy as np

SHOWN = {}


def shown(*args, argnums=0, mode="grad"):
    def register(f):
        SHOWN[f.__name__] = (f, args, argnums, mode, {})
        return f

    return register


ROW = np.array([0.5, 1.5, 2.5])
TABLE = np.arange(6.0).reshape(2, 3) + 1.0


@shown(2.0, 5.0, argnums=(0, 1))
def lecture(x1, x2):
    return math.log(x1) + x1 * x2 - math.sin(x2)


@shown(3.0, 4.0, argnums=(0, 1))
def book(x, y):
    return x**2 * y + y + 2


@shown(0.5, mode="value_and_grad")
def value_too(x):
    return math.exp(math.sin(x))


@shown(0.5, mode="tangent")
def forward(x):
    y = math.sin(x)
    return y * y


@shown(0.5, mode="adjoint")
def seeded(x):
    return math.sqrt(1.0 + x * x)


@shown(1.5)
def branch(x):
    if x > 1.0:
        y = x * x
    else:
        y = math.sin(x)
    return y * x


@shown(1.5)
def early_return(x):
    if x < 0.0:
        return -x
    return x**3


@shown(1.5)
def conditional_expression(x):
    return (x if x > 0.0 else 0.1 * x) * 2.0


@shown(0.5, 4)
def loop(x, n):
    s = 0.0
    for k in range(n):
        s = s + x**k
    return s


@shown(0.5, 4)
def recurrence(x, n):
    y = x
    for _ in range(n):
        y = math.sin(y) * x
    return y


@shown(0.5, [1.0, 2.0, 3.0])
def over_a_list(x, coefficients):
    y = 0.0
    for c in coefficients:
        y = y * x + c
    return y


@shown(0.5, 0.1, 4)
def invariant_step(x, h, n):
    for _ in range(n):
        x = x + 0.5 * h * x * x
    return x


@shown(0.5)
def open_end(x):
    y = x
    while y < 10.0:
        y = y * y + 1.0
    return y


@shown(0.5, 5)
def left_early(x, n):
    y = x
    for _ in range(n):
        y = y * 3.0
        if y > 4.0:
            break
    return y


@shown(0.5, 3)
def loops_in_loops(x, n):
    s = 0.0
    for i in range(n):
        for j in range(i):
            s = s + x * math.sin(s + j)
    return s


def half(x):
    return 0.5 * x * x


@shown(0.5)
def calls(x):
    return half(x) + half(half(x))


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


@shown(0.5, 3)
def recursion(x, n):
    return power(x, n)


@shown((1.0, 2.0))
def tuple_argument(p):
    a, b = p
    return a * b + a


@shown({"w": 2.0, "b": 1.0}, 3.0)
def dict_argument(p, x):
    return p["w"] * x + p["b"]


@shown(ROW)
def sum_of_squares(x):
    return np.sum(x**2)


@shown(ROW)
def shared(x):
    return np.sum(np.exp(x) * np.sin(x))


@shown(ROW)
def neighbours(x):
    return np.sum((x[1:] - x[:-1]) ** 2)


@shown(ROW, np.array([0, 2, 0]))
def gather(x, index):
    return np.sum(x[index] ** 2)


@shown(TABLE, ROW, argnums=(0, 1))
def broadcast(A, x):
    return np.sum(A * x)


@shown(TABLE, ROW, argnums=(0, 1))
def product(A, x):
    return np.sum(np.tanh(A @ x))


@shown(TABLE)
def softmax_loss(Z):
    shifted = Z - np.max(Z, axis=1, keepdims=True)
    return -np.mean(shifted[:, 0] - np.log(np.sum(np.exp(shifted), axis=1)))


@shown(TABLE)
def reductions(A):
    return np.sum(np.mean(A, axis=0) ** 2) + np.prod(A[0])


@shown(TABLE)
def shapes(A):
    return np.sum(np.reshape(A.T, (6,)) * np.concatenate([A[0], A[1]]))


@shown(ROW)
def chosen(x):
    return np.sum(np.where(x > 1.0, x**2, 0.0))


@shown(np.eye(2) * 2.0, np.ones(2), argnums=(0, 1))
def linear_system(A, b):
    return np.sum(np.linalg.solve(A, b))


@shown(np.eye(3), TABLE)
def network_in_time(W, xs):
    h = np.zeros(3)
    for x in xs:
        h = np.tanh(W @ h + x)
    return np.sum(h)


def kernels() -> None:
    """The kernels that the benchmarks time."""
    place = str(Path(__file__).resolve().parents[2] / "benchmarks")
    sys.path.insert(0, place)
    try:
        modules = [importlib.import_module(name) for name in ("scalar_kernels", "array_kernels", "model_kernels")]
    finally:
        sys.path.remove(place)
    for kernel in (kernel for module in modules for kernel in module.KERNELS):
        mode = "value_and_grad" if kernel.with_value else "grad"
        name = "_".join(["kernel", kernel.primal.__name__, *kernel.options])
        SHOWN[name] = kernel.primal, kernel.args, kernel.argnums, mode, kernel.options


kernels()
