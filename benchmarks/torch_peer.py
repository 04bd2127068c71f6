"""The kernels with PyTorch, in its eager mode: the primal's own text with other meanings for `np` and `math`.

What differs between the two libraries in more than a name is translated here; where PyTorch cannot differentiate what is
written in place, `by_torch` says so by returning None.
"""

from __future__ import annotations

import functools
import math
import types
from collections.abc import Callable

import numpy as np

from kernel import Kernel


def by_torch(kernel: Kernel) -> Callable | None:
    """A function of the kernel's arguments that gives what the derivative by hand gives."""
    import torch

    torch.set_num_threads(1)
    text = kernel.text().replace(".copy()", ".clone()")
    primal = kernel.rewritten({"np": numpy_names(), "math": math_names()}, text)
    which = (kernel.argnums,) if isinstance(kernel.argnums, int) else kernel.argnums
    args = [tensors(arg, k in which) for k, arg in enumerate(kernel.args)]
    inputs = [args[k] for k in which]

    def derivative():
        result = primal(*args)
        found = iter(torch.autograd.grad(result, leaves(inputs)))
        gradient = [like(one, found) for one in inputs]
        answer = gradient[0] if isinstance(kernel.argnums, int) else tuple(gradient)
        return (result, answer) if kernel.with_value else answer

    try:
        derivative()
    except RuntimeError as error:
        if "inplace" not in str(error):
            raise
        return None
    return derivative


def tensors(arg, differentiated: bool):
    """An argument as PyTorch takes it."""
    import torch

    if isinstance(arg, tuple):
        return tuple(tensors(item, differentiated) for item in arg)
    if isinstance(arg, np.ndarray) or differentiated and isinstance(arg, float):
        return torch.tensor(arg, dtype=torch.float64, requires_grad=differentiated)
    return arg


def leaves(tree) -> list:
    return [leaf for item in tree for leaf in leaves(item)] if isinstance(tree, tuple | list) else [tree]


def like(tree, found):
    return tuple(like(item, found) for item in tree) if isinstance(tree, tuple) else next(found)


def plain(result):
    """Tensors as arrays, for the comparison."""
    return tuple(map(plain, result)) if isinstance(result, tuple) else result.detach().numpy()


def math_names() -> types.SimpleNamespace:
    import torch

    def either(name: str) -> Callable:
        of_tensors, of_floats = getattr(torch, name), getattr(math, name)
        return lambda x: of_tensors(x) if isinstance(x, torch.Tensor) else of_floats(x)

    return types.SimpleNamespace(**{name: either(name) for name in ("log", "sqrt", "exp", "sin", "cos", "erf")}, pi=math.pi)


def numpy_names() -> types.SimpleNamespace:
    import torch

    same = {name: getattr(torch, name) for name in (
        "sum", "mean", "exp", "log", "sqrt", "sin", "cos", "tanh", "tril", "einsum", "dot", "outer")}
    like_64 = functools.partial(functools.partial, dtype=torch.float64)
    return types.SimpleNamespace(
        **same, max=torch.amax, cross=torch.linalg.cross, eye=like_64(torch.eye), zeros=like_64(torch.zeros),
        logaddexp=lambda a, b: torch.logaddexp(torch.as_tensor(a, dtype=torch.float64), b),
        linalg=types.SimpleNamespace(solve=torch.linalg.solve, det=torch.linalg.det))
