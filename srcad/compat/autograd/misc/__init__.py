"""autograd.misc: flattening of structures, and optimisers."""

import functools

from srcad.compat.autograd.misc.flatten import flatten

__all__ = ["const_graph", "flatten"]


def const_graph(fun, *args, **kwargs):
    """`fun` with some arguments fixed. Generated code is kept anyway, so there is no graph to remember."""
    return functools.partial(fun, *args, **kwargs)
