"""Rules as plain Python: a rule's body run on numbers, without the compiler.

The body's source is executed with the names that the notation leaves implicit (``y_bar``, ``x_dot``) as parameters.
`direct_checks` compares a call form's adjoint and tangent with differences of the primal.
"""

from __future__ import annotations

import ast
import functools
import inspect
import operator
import textwrap
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

import srcad.runtime
from srcad.rules.registry import Call, Rule, assigned_names
from srcad.testing import numerical_jvp, pairing, random_like

NAMES = {"np": np} | {name: getattr(srcad.runtime, name) for name in srcad.runtime.__all__}
SPREAD = {np.ndarray.reshape, np.ndarray.transpose}


@functools.cache
def executable(body: Callable, suffix: str) -> tuple[Callable, tuple[str, ...]]:
    """(the rule's body as a function, the names that it assigns): the implicit names are keyword parameters."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(body)))
    definition = tree.body[0]
    definition.decorator_list = []
    names = list(inspect.signature(body).parameters)
    if suffix == "_bar":
        outputs = tuple(n for n in assigned_names(gast.ast_to_gast(tree), "_bar") if n in names[1:])
        extra = [names[0] + "_bar"]
    else:
        outputs, extra = (names[0],), [n + "_dot" for n in names[1:]]
    wanted = [n + suffix for n in outputs]
    definition.args.kwonlyargs += [ast.arg(n) for n in extra]
    definition.args.kw_defaults += [None] * len(extra)
    definition.body.append(ast.parse(f"return {{n: v for n, v in locals().items() if n in {wanted}}}").body[0])
    namespace = dict(body.__globals__)
    exec(compile(ast.fix_missing_locations(tree), f"<{body.__name__}>", "exec"), namespace)
    return namespace[body.__name__], outputs


def operands_of(
    call: Call, rng: np.random.Generator, domain: tuple = (-2.0, 2.0), dtype: Any = float
) -> dict[str, Any]:
    """Values for a call form's operands: numbers from the domain for shapes, other values as they are."""
    values = {}
    for k, (name, given) in enumerate(call.operands.items()):
        if isinstance(given, tuple):
            low, high = domain[min(k, len(domain) - 1)] if isinstance(domain[0], tuple) else domain
            low, high = max(low, -10.0), min(high, 10.0)
            numbers = rng.uniform(low, high, given)
            if np.dtype(dtype).kind == "c":
                numbers = numbers + 1j * rng.uniform(-1.0, 1.0, given)
            given = np.asarray(numbers).astype(dtype) if given else np.dtype(dtype).type(numbers).item()
        values[name] = given
    return values


def differentiated(call: Call) -> list[str]:
    """The operands that a call form is differentiated in."""
    return [name for name, given in call.operands.items() if isinstance(given, tuple)]


def outer_call(rule: Rule, call: Call, values: dict[str, Any]) -> tuple[list, dict] | None:
    """The arguments and keyword arguments with which the expression calls the rule's function, if it does."""
    node = ast.parse(call.expression, mode="eval").body
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    if isinstance(node, ast.BinOp) and rule.fn is operator.matmul:
        return [evaluate(node.left, values), evaluate(node.right, values)], {}
    if not isinstance(node, ast.Call):
        return None
    owner = []
    if isinstance(node.func, ast.Attribute) and not ast.unparse(node.func).startswith("np."):
        owner = [evaluate(node.func.value, values)]
        target = getattr(np.ndarray, node.func.attr)
    else:
        target = evaluate(node.func, values)
    if target is not rule.fn:
        return None
    args = owner + [evaluate(a, values) for a in node.args]
    if target in SPREAD and len(args) > 2:
        args = [args[0], tuple(args[1:])]
    return args, {k.arg: evaluate(k.value, values) for k in node.keywords}


def picked(call: Call, y: Any) -> int | None:
    """Which item of the function's result the call form takes, if it takes one: the others may not be determined."""
    node = ast.parse(call.expression, mode="eval").body
    if isinstance(y, tuple):
        match node:
            case ast.Subscript(slice=ast.Constant(value=int() as k)):
                return k
            case ast.Attribute(attr=name):
                return y._fields.index(name)
    return None


def evaluate(node: ast.expr, values: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<call>", "eval"), NAMES | values)


def bind(body: Callable, args: list, kwargs: dict) -> inspect.BoundArguments:
    """The rule's parameters for a call; the result's is left None."""
    bound = inspect.signature(body).bind(None, *args, **kwargs)
    bound.apply_defaults()
    return bound


def places(signature: inspect.Signature, args: list, kwargs: dict) -> dict[str, Any]:
    """Where in a call the rule's parameters are: a position, a slice for a variadic one, or a keyword."""
    found: dict[str, Any] = {name: name for name in kwargs}
    position = 0
    for name, parameter in list(signature.parameters.items())[1:]:
        if parameter.kind is parameter.VAR_POSITIONAL:
            found[name] = slice(position, len(args))
            position = len(args)
        elif position < len(args) and parameter.kind is not parameter.KEYWORD_ONLY:
            found[name] = position
            position += 1
    return found


def is_inexact(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(is_inexact, value))
    return isinstance(value, float | complex) or (isinstance(value, np.ndarray) and value.dtype.kind in "fc")


def direct_checks(rule: Rule, call: Call, rng: np.random.Generator, dtype: Any = float) -> bool:
    """Check the rule's bodies on one call form; False if the form is not a plain call of the function."""
    values = operands_of(call, rng, rule.domain, dtype)
    arguments = outer_call(rule, call, values)
    if arguments is None:
        return False
    args, kwargs = arguments
    if any(has_equal_sizes(a) for a in args):
        return False
    run, outputs = executable(rule.adjoint, "_bar")
    bound = bind(rule.adjoint, args, kwargs)
    names = list(bound.arguments)

    given = places(bound.signature, args, kwargs)

    def primal(**changed):
        """The function with some of the rule's parameters changed."""
        new_args, new_kwargs = list(args), dict(kwargs)
        for name, value in changed.items():
            value = in_layout(value, bound.arguments[name])
            match given[name]:
                case slice() as place:
                    new_args[place] = value
                case int() as place:
                    new_args[place] = value
                case str() as place:
                    new_kwargs[place] = value
        return rule.fn(*new_args, **new_kwargs)

    y = primal()
    part = picked(call, y)
    seed = random_like(y, rng)
    if part is not None:
        seed = tuple(s if k == part else srcad.runtime.zeros_like(v) for k, (s, v) in enumerate(zip(seed, y)))
    bars = run(y, *bound.args[1:], **bound.kwargs, **{names[0] + "_bar": seed})
    moving = [n for n in outputs if n in given and is_inexact(bound.arguments[n]) and n + "_bar" in bars]
    assert moving, "nothing to differentiate"
    tangents = {n: random_like(bound.arguments[n], rng) for n in moving}
    for n in moving:
        expected = numerical_jvp(lambda v, n=n: primal(**{n: v}), (bound.arguments[n],), (tangents[n],))
        left, right = pairing(seed, expected), pairing(matched(bars[n + "_bar"], bound.arguments[n], n), tangents[n])
        difference = abs(left - right) / max(1.0, abs(left), abs(right))
        assert difference <= 1e-6, f"{call.expression}: adjoint of {n}: {right}, expected {left}"
    if rule.tangent is not None:
        run, _ = executable(rule.tangent, "_dot")
        dots = {n + "_dot": tangents.get(n, srcad.runtime.zeros_like(bound.arguments[n])) for n in names[1:]}
        y_dot = run(y, *bound.args[1:], **bound.kwargs, **dots)[names[0] + "_dot"]
        expected = numerical_jvp(lambda *vs: primal(**dict(zip(moving, vs))), [bound.arguments[n] for n in moving],
                                 [tangents[n] for n in moving])
        if part is None:
            close(y_dot, expected, call.expression)
        else:
            close(y_dot[part], expected[part], call.expression)
    return True


def has_equal_sizes(value: Any) -> bool:
    """Has a complex operand elements of the same absolute value? Moved one by one, an extremum of those has a kink."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "c":
        return False
    sizes = np.sort(np.abs(value), axis=None)
    return bool(np.any((np.diff(sizes) == 0) & (sizes[1:] > 0)))


def in_layout(value: Any, like: Any) -> Any:
    """The value with its axes in memory in the order of `like`, which reading in order "K" follows."""
    if not isinstance(like, np.ndarray):
        return value
    result = np.empty_like(like, dtype=np.result_type(value))
    result[...] = value
    return result


def close(actual: Any, expected: Any, what: str) -> None:
    if isinstance(expected, list | tuple):
        assert len(actual) == len(expected), what
        for a, e in zip(actual, expected):
            close(a, e, what)
    elif expected is not None:
        assert np.shape(actual) == np.shape(expected), f"{what}: {np.shape(actual)}, not {np.shape(expected)}"
        np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-8, err_msg=f"{what}: tangent")


def matched(bar: Any, value: Any, name: str) -> Any:
    """The adjoint, asserted to have the value's structure and shapes; real where the value is."""
    if isinstance(value, list | tuple):
        same = type(bar) is type(value) and len(bar) == len(value)
        assert same, f"adjoint of {name} is no {type(value).__name__} of that length"
        return type(value)(matched(b, v, name) for b, v in zip(bar, value))
    assert np.shape(bar) == np.shape(value), f"adjoint of {name} has shape {np.shape(bar)}, its value {np.shape(value)}"
    return srcad.runtime.match_kind(bar, value) if is_inexact(value) else None
