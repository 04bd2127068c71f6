"""How arguments reach parameters: defaults, keyword-only, positional-only, variadic."""

import math

from corpus.registry import program


@program([(1.5,)])
def default_unused(x, scale=2.0):
    return x * x * scale


@program([(1.5, 3.0)], argnums=0)
def default_given(x, scale=2.0):
    return x * x * scale


@program([(1.5, 3.0)], argnums=(0, 1))
def default_differentiated(x, scale=2.0):
    return x * x * scale


@program([(1.5,)], kwargs={"scale": 3.0})
def default_by_keyword(x, scale=2.0):
    return x * x * scale


@program([(1.5,)])
def default_none(x, scale=None):
    if scale is None:
        scale = 4.0
    return x * scale


@program([(1.5,)])
def default_string(x, kind="sine"):
    if kind == "sine":
        return math.sin(x)
    return x


@program([(1.5,)])
def default_tuple(x, weights=(1.0, 2.0)):
    return x * weights[0] + x * x * weights[1]


@program([(1.5,)])
def keyword_only_default(x, *, power=3):
    return x**power


@program([(1.5,)], kwargs={"power": 2})
def keyword_only_given(x, *, power=3):
    return x**power


@program([(1.5,)], kwargs={"power": 2})
def keyword_only_required(x, *, power):
    return x**power


@program([(1.5, 2.0)])
def positional_only(x, y, /):
    return x * y * y


@program([(1.5, 2.0)], kwargs={"z": 3.0})
def every_sort(x, /, y, *, z):
    return x * y * z + x


@program([(1.5, 2.0, 3.0), (1.5, 2.0, 3.0, 4.0)])
def variadic(*values):
    total = 1.0
    for v in values:
        total = total * v + v
    return total


@program([(1.5, 2.0, 3.0)], argnums=0)
def variadic_after_first(x, *rest):
    return x * rest[0] + x * x * rest[1]


@program([(1.5, 2.0, 3.0)], argnums=(0, 2))
def variadic_element_differentiated(x, *rest):
    return x * rest[0] * rest[1]


@program([(1.5,)], argnums=0)
def variadic_empty(x, *rest):
    y = x * x
    for r in rest:
        y = y * r
    return y


@program([(1.5, 2.0)], argnums=(0, 1))
def variadic_forwarded(*values):
    return weighted(*values) * values[0]


def weighted(x, y, scale=2.0):
    return x * y * scale


@program([(1.5,)], kwargs={"scale": 2.0, "shift": 0.5})
def keyword_variadic(x, **options):
    return x * x * options["scale"] + options["shift"]


@program([(1.5,)])
def keyword_variadic_empty(x, **options):
    return x * x + len(options)


@program([(1.5,)], kwargs={"scale": 3.0})
def keyword_variadic_forwarded(x, **options):
    return scaled_by(x, **options)


def scaled_by(x, scale=1.0, shift=0.0):
    return x * x * scale + shift


@program([(1.5, 2.0)], kwargs={"c": 3.0, "d": 4.0})
def all_of_them(a, b=1.0, *rest, c, **others):
    return a * b * c + others["d"] * a + len(rest)


@program([(1.5, 2.0)], argnums=0)
def annotated(x: float, y: float = 1.0) -> float:
    return x * x * y


@program([(1.5, 3)], argnums=0)
def integer_default_overridden(x, n: int = 2):
    return x**n


@program([(1.5, math.sin), (1.5, math.exp)], argnums=0, complex_step=False)
def function_argument(x, f):
    return f(x) * x


@program([(1.5, (2.0, 3))], argnums=0)
def inactive_tuple_argument(x, settings):
    scale, n = settings
    return scale * x**n


@program([(1.5, {"n": 2, "scale": 3.0})], argnums=0)
def inactive_dict_argument(x, settings):
    return settings["scale"] * x ** settings["n"]
