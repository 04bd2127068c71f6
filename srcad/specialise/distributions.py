"""Calls of the methods of scipy.stats' distributions: all arguments by position, frozen distributions as what they freeze.

Enters: a call while it is being specialised. Leaves: the call of the method of the distribution that SciPy names::

    stats.norm.logpdf(x, scale=s)        stats.norm.logpdf(x, 0, s)
    stats.norm(m, s).logpdf(x)           stats.norm.logpdf(x, m, s)
"""

from __future__ import annotations

import sys
import types

from srcad.places import Attribute
from srcad.specialise.names import value_of_object
from srcad.specialise.unpacking import expand_mapping, static_items
from srcad.specialise.values import Partial
from srcad.trace.ir import Lit, Ref

#: Methods of one value and the distribution's parameters.
METHODS = {"pdf", "logpdf", "pmf", "logpmf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf"}


def is_distribution(value) -> bool:
    """Is an object a distribution of SciPy's?"""
    stats = sys.modules.get("scipy.stats")
    if stats is None or not type(value).__module__.startswith("scipy.stats"):
        return False
    return isinstance(value, stats.rv_continuous | stats.rv_discrete) or type(value).__name__ in (
        "multivariate_normal_gen", "dirichlet_gen", "multinomial_gen")


def is_univariate(value) -> bool:
    stats = sys.modules["scipy.stats"]
    return isinstance(value, stats.rv_continuous | stats.rv_discrete)


def is_method(target) -> bool:
    """Is it a method of a distribution that has derivatives?"""
    return isinstance(target, types.MethodType) and target.__name__ in METHODS and is_distribution(target.__self__)


#: Classes of distributions that were frozen outside of the program → the attributes that hold their parameters.
FROZEN = {"rv_continuous_frozen": None, "rv_discrete_frozen": None, "multivariate_normal_frozen": ("mean", "cov"),
          "dirichlet_frozen": ("alpha",), "multinomial_frozen": ("n", "p")}


def is_frozen_method(target) -> bool:
    """Is it a method of a distribution whose parameters were fixed outside of the program?"""
    if not isinstance(target, types.MethodType) or target.__name__ not in METHODS:
        return False
    cls = type(target.__self__)
    return cls.__module__.startswith("scipy.stats") and cls.__name__ in FROZEN


def named(distribution):
    """The distribution that scipy.stats has by this one's name; a frozen one has a copy."""
    found = getattr(sys.modules["scipy.stats"], getattr(distribution, "name", None) or "", None)
    return found if type(found) is type(distribution) else distribution


def call_method_of(s, target, args: list, kwargs: list, hint: str):
    """A method of a distribution: an operation with its arguments by position."""
    distribution = named(target.__self__)
    method = getattr(distribution, target.__name__)
    if not is_univariate(distribution):
        return s.operation(method, args, kwargs, hint)
    shapes = [name.strip() for name in distribution.shapes.split(",")] if distribution.shapes else []
    continuous = isinstance(distribution, sys.modules["scipy.stats"].rv_continuous)
    first = "q" if target.__name__ in ("ppf", "isf") else "x" if continuous else "k"
    names = [first, *shapes, "loc", *(["scale"] if continuous else [])]
    defaults = {"loc": Lit(0), "scale": Lit(1)}
    given = dict(kwargs)
    bound = []
    for position, name in enumerate(names):
        if position < len(args):
            bound.append(args[position])
        elif name in given:
            bound.append(given.pop(name))
        elif name in defaults:
            bound.append(defaults[name])
        else:
            raise s.refuse(f"{distribution.name}.{target.__name__}() misses the argument {name!r}",
                           f"its parameters are {', '.join(names)}")
    if given or len(args) > len(names):
        raise s.refuse(f"{distribution.name}.{target.__name__}() got arguments that it does not have",
                       f"its parameters are {', '.join(names)}")
    return s.operation(method, bound, [], hint)


def freeze(distribution, args: list, kwargs: list) -> Partial:
    """``stats.norm(m, s)``: exists while the program is compiled."""
    return Partial(Ref(distribution), tuple(args), tuple(kwargs))


def is_frozen_here(owner) -> bool:
    return isinstance(owner, Partial) and isinstance(owner.function, Ref) and is_distribution(owner.function.value)


def call_frozen(s, owner: Partial, name: str, args: list, kwargs: list, hint: str):
    """A method of a distribution that was frozen in the program."""
    method = getattr(owner.function.value, name, None)
    if method is None or name not in METHODS:
        raise s.refuse(f"the method {name} of a distribution has no derivative that is known to srcad",
                       "use pdf, cdf, sf, ppf or their logarithms")
    return s.call_object(method, [*args, *owner.args], [*kwargs, *owner.kwargs], hint)


def call_frozen_method(s, target, args: list, kwargs: list, hint: str):
    """A method of a distribution that was frozen outside: its parameters are read at each call."""
    owner = target.__self__
    names = FROZEN[type(owner).__name__]

    def read(name: str):
        return value_of_object(s, getattr(owner, name), name, Attribute(owner, name), ("frozen", id(owner), name))

    if names is not None:
        distribution = getattr(sys.modules["scipy.stats"], type(owner).__name__.removesuffix("_frozen"))
        return s.call_object(getattr(distribution, target.__name__), [*args, *map(read, names)], kwargs, hint)
    keywords = expand_mapping(s, read("kwds")) if owner.kwds else []
    parameters = static_items(s, read("args")) if owner.args else []
    return s.call_object(getattr(owner.dist, target.__name__), [*args, *parameters], [*kwargs, *keywords], hint)
