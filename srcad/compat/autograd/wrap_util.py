"""From operators on functions of one argument to operators on functions of several, as in autograd.wrap_util."""

from __future__ import annotations

import functools


def get_name(fun) -> str:
    """What a function is called."""
    return getattr(fun, "__name__", "[unknown name]")


def unary_to_nary(unary_operator):
    """Make ``operator(fun, argnum)(*args)`` of ``operator(fun_of_x, x)``; x is a tuple if `argnum` is one."""

    @functools.wraps(unary_operator)
    def nary_operator(fun, argnum=0, *nary_op_args, **nary_op_kwargs):
        def nary_f(*args, **kwargs):
            if isinstance(argnum, int):
                before, after = args[:argnum], args[argnum:][1:]

                def unary_f(x):
                    return fun(*before, x, *after, **kwargs)

                x = args[argnum]
            else:
                unary_f = _of_several(fun, args, kwargs, tuple(argnum))
                x = tuple(args[i] for i in argnum)
            unary_f.__name__ = get_name(fun)
            return unary_operator(unary_f, x, *nary_op_args, **nary_op_kwargs)

        nary_f.__name__ = f"{get_name(unary_operator)}_of_{get_name(fun)}_wrt_argnum_{argnum}"
        return nary_f

    return nary_operator


def _of_several(fun, args: tuple, kwargs: dict, argnums: tuple):
    """`fun` as a function of the tuple of these arguments: they are put in one after the other, in order."""
    def place(count: int):
        if not count:
            return lambda x: ()
        at, earlier = argnums[order[count - 1]], place(count - 1)
        given = args[argnums[order[count - 2]] + 1:at] if count > 1 else args[:at]
        number = order[count - 1]
        return functools.partial(_with_next, earlier, given, number)

    order = sorted(range(len(argnums)), key=lambda k: argnums[k])
    head, rest = place(len(argnums)), args[max(argnums) + 1:] if argnums else args

    def unary_f(x):
        return fun(*head(x), *rest, **kwargs)

    return unary_f


def _with_next(earlier, given: tuple, number: int, x: tuple) -> tuple:
    return (*earlier(x), *given, x[number])
