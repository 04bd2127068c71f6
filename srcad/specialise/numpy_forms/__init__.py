"""Other spellings of NumPy's functions: methods of ufuncs, `einsum` with lists of axes, `np.r_`, functions of functions.

Enters: a call while it is being specialised. Leaves: calls of functions that have rules, with the same value::

    np.add.reduce(x)                    np.sum(x, axis=0)
    np.subtract.outer(x, y)             np.subtract(np.reshape(x, (3, 1)), y)
    np.einsum(a, [0, 1], b, [1, 2])     np.einsum("AB,BC", a, b)
    np.r_[x, 1.0]                       np.concatenate([x, np.atleast_1d(1.0)])
"""

from srcad.specialise.numpy_forms import einsum, functionals, optional, padding, polynomials

#: Callable → ``handler(s, args, kwargs)``, which may give NotImplemented.
SPECIAL: dict = einsum.SPECIAL | functionals.SPECIAL | optional.SPECIAL | padding.SPECIAL | polynomials.SPECIAL
