"""Products of arrays: linear in each operand, so that the tangent is the product rule.

In adjoints nothing is conjugated: they are transposes, not Hermitian ones. Where stacks of matrices broadcast against
each other, the adjoint of each is summed back to its own shape.
"""

from __future__ import annotations

import operator

import numpy as np

from srcad.rules.registry import Call, multilinear
from srcad.rules.static import static
from srcad.runtime import broadcast_like, cross, fit_vectors, on_diagonals, split_kron, unbroadcast


def _pairs(form: str, *shapes) -> tuple:
    return tuple(Call(form, a=a, b=b) for a, b in shapes)


_MATRICES = (
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((1, 3), (3, 1)), ((4, 2, 3), (4, 3, 5)),
    ((2, 3), (4, 3, 5)), ((4, 2, 3), (3, 5)), ((4, 1, 2, 3), (5, 3, 2)), ((1, 2, 3), (4, 3, 2)), ((4, 2, 3), (3,)),
    ((3,), (4, 3, 2)), ((2, 0), (0, 3)), ((0, 3), (3, 2)),
)


@multilinear(np.matmul, operator.matmul, np.linalg.matmul, complex=True, calls=(
    *_pairs("np.matmul(a, b)", *_MATRICES), *_pairs("a @ b", *_MATRICES)))
def _matmul(y, a, b):
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        a_bar = y_bar * b
        b_bar = y_bar * a
    elif np.ndim(a) == 2 and np.ndim(b) == 2:
        a_bar = y_bar @ b.T
        b_bar = a.T @ y_bar
    elif np.ndim(a) == 2 and np.ndim(b) == 1:
        a_bar = np.outer(y_bar, b)
        b_bar = y_bar @ a
    elif np.ndim(a) == 1 and np.ndim(b) == 2:
        a_bar = b @ y_bar
        b_bar = np.outer(a, y_bar)
    elif np.ndim(b) == 1:
        a_bar = y_bar[..., None] * b
        b_bar = unbroadcast((y_bar[..., None, :] @ a)[..., 0, :], b)
    elif np.ndim(a) == 1:
        a_bar = unbroadcast((b @ y_bar[..., None])[..., 0], a)
        b_bar = a[:, None] * y_bar[..., None, :]
    else:
        a_bar = unbroadcast(y_bar @ b.mT, a)
        b_bar = unbroadcast(a.mT @ y_bar, b)


_DOTS = (((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((), (2, 3)), ((2, 3), ()), ((), ()),
         ((2, 3, 4), (4,)), ((4,), (2, 4, 3)), ((2, 3, 4), (5, 4, 2)), ((3, 4), (2, 4, 3)), ((2, 3, 4), (4, 2)))


@multilinear(np.dot, np.ndarray.dot, complex=True, calls=(
    *_pairs("np.dot(a, b)", *_DOTS), *_pairs("a.dot(b)", *_DOTS[:4])))
def _dot(y, a, b):
    if np.ndim(a) == 0:
        a_bar = np.sum(y_bar * b)
        b_bar = y_bar * a
    elif np.ndim(b) == 0:
        a_bar = y_bar * b
        b_bar = np.sum(y_bar * a)
    elif np.ndim(a) == 1 and np.ndim(b) == 1:
        a_bar = y_bar * b
        b_bar = y_bar * a
    elif np.ndim(a) == 2 and np.ndim(b) == 2:
        a_bar = np.dot(y_bar, b.T)
        b_bar = np.dot(a.T, y_bar)
    elif np.ndim(b) == 1:
        a_bar = y_bar[..., None] * b
        b_bar = np.tensordot(y_bar, a, np.ndim(y))
    elif np.ndim(a) == 1:
        a_bar = np.tensordot(np.moveaxis(b, -2, 0), y_bar, np.ndim(y))
        b_bar = a[:, None] * y_bar[..., None, :]
    else:
        free = np.ndim(b) - 1
        a_bar = np.tensordot(y_bar, np.moveaxis(b, -2, -1), (range(-free, 0), range(free)))
        rows = range(np.ndim(a) - 1)
        b_bar = np.moveaxis(np.tensordot(a, y_bar, (rows, rows)), 0, -2)


@multilinear(np.inner, complex=True, calls=_pairs(
    "np.inner(a, b)", ((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), (4, 3)), ((2, 3, 4), (5, 4)), ((), (2, 3)),
    ((2,), ())))
def _inner(y, a, b):
    if np.ndim(a) == 0:
        a_bar = np.sum(y_bar * b)
        b_bar = y_bar * a
    elif np.ndim(b) == 0:
        a_bar = y_bar * b
        b_bar = np.sum(y_bar * a)
    elif np.ndim(a) == 1 and np.ndim(b) == 1:
        a_bar = y_bar * b
        b_bar = y_bar * a
    else:
        a_bar = np.tensordot(y_bar, b, np.ndim(b) - 1)
        rows = range(np.ndim(a) - 1)
        b_bar = np.tensordot(y_bar, a, (rows, rows))


@multilinear(np.outer, complex=True, calls=_pairs(
    "np.outer(a, b)", ((3,), (2,)), ((2, 3), (2,)), ((3,), ()), ((), ()), ((0,), (2,))))
def _outer(y, a, b):
    a_bar = np.reshape(y_bar @ np.ravel(b), np.shape(a))
    b_bar = np.reshape(np.ravel(a) @ y_bar, np.shape(b))


@multilinear(np.linalg.outer, complex=True, calls=_pairs("np.linalg.outer(a, b)", ((3,), (2,))))
def _linalg_outer(y, x1, x2):
    x1_bar = y_bar @ x2
    x2_bar = x1 @ y_bar


@multilinear(np.vdot, complex=True, calls=_pairs(
    "np.vdot(a, b)", ((3,), (3,)), ((2, 3), (2, 3)), ((2, 3), (6,)), ((), ())))
def _vdot(y, a, b):
    a_bar = np.reshape(np.conj(y_bar * np.ravel(b)), np.shape(a))
    b_bar = np.reshape(y_bar * np.conj(np.ravel(a)), np.shape(b))


@multilinear(np.vecdot, np.linalg.vecdot, complex=True, calls=(
    *_pairs("np.vecdot(a, b)", ((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (4, 3))),
    *_pairs("np.vecdot(a, b, axis=0)", ((3, 2), (3, 2))),
    *_pairs("np.linalg.vecdot(a, b)", ((2, 3), (3,)))))
def _vecdot(y, x1, x2, *, axis=-1):
    g = np.expand_dims(y_bar, axis)
    x1_bar = unbroadcast(np.conj(g * x2), x1)
    x2_bar = unbroadcast(g * np.conj(x1), x2)


if hasattr(np, "matvec"):  # NumPy 2.2

    @multilinear(np.matvec, complex=True, calls=_pairs(
        "np.matvec(a, b)", ((2, 3), (3,)), ((4, 2, 3), (3,)), ((2, 3), (4, 3)), ((4, 1, 2, 3), (5, 3))))
    def _matvec(y, x1, x2):
        x1_bar = unbroadcast(y_bar[..., :, None] * x2[..., None, :], x1)
        x2_bar = unbroadcast((y_bar[..., None, :] @ x1)[..., 0, :], x2)

    @multilinear(np.vecmat, complex=True, calls=_pairs(
        "np.vecmat(a, b)", ((3,), (3, 2)), ((3,), (4, 3, 2)), ((4, 3), (3, 2)), ((5, 3), (4, 1, 3, 2))))
    def _vecmat(y, x1, x2):
        x1_bar = unbroadcast(np.conj((x2 @ y_bar[..., None])[..., 0]), x1)
        x2_bar = unbroadcast(np.conj(x1)[..., :, None] * y_bar[..., None, :], x2)


@multilinear(np.tensordot, np.linalg.tensordot, complex=True, calls=(
    *_pairs("np.tensordot(a, b)", ((2, 3, 4), (3, 4, 5)), ((3, 4), (3, 4))),
    *_pairs("np.tensordot(a, b, axes=1)", ((2, 3), (3, 4)), ((3,), (3,)), ((2, 2, 3), (3, 2))),
    *_pairs("np.tensordot(a, b, axes=0)", ((2,), (3,)), ((2, 2), (2, 1))),
    *_pairs("np.tensordot(a, b, axes=([0, 2], [1, 0]))", ((2, 3, 4), (4, 2, 5))),
    *_pairs("np.tensordot(a, b, ((-1, 0), (0, 2)))", ((2, 3, 4), (4, 3, 2))),
    *_pairs("np.tensordot(a, b, axes=(1, 0))", ((2, 3), (3, 4)))))
def _tensordot(y, a, b, axes=2):
    if isinstance(axes, int):
        left = range(np.ndim(a) - axes)
        right = range(axes, np.ndim(b))
        a_bar = np.tensordot(y_bar, b, (range(np.ndim(a) - axes, np.ndim(y)), right))
        b_bar = np.tensordot(a, y_bar, (left, left))
    elif isinstance(axes[0], int):
        left = range(np.ndim(a) - 1)
        a_bar = np.moveaxis(np.tensordot(
            y_bar, np.moveaxis(b, axes[1], 0), (range(np.ndim(a) - 1, np.ndim(y)), range(1, np.ndim(b)))), -1, axes[0])
        b_bar = np.moveaxis(np.tensordot(np.moveaxis(a, axes[0], -1), y_bar, (left, left)), 0, axes[1])
    else:
        count = len(axes[0])
        last = tuple(range(-count, 0))
        first = tuple(range(count))
        left = range(np.ndim(a) - count)
        a_bar = np.moveaxis(np.tensordot(
            y_bar, np.moveaxis(b, axes[1], first),
            (range(np.ndim(a) - count, np.ndim(y)), range(count, np.ndim(b)))), last, axes[0])
        b_bar = np.moveaxis(np.tensordot(np.moveaxis(a, axes[0], last), y_bar, (left, left)), first, axes[1])


@multilinear(np.kron, complex=True, calls=_pairs(
    "np.kron(a, b)", ((2,), (3,)), ((2, 2), (3, 1)), ((2,), (2, 3)), ((2, 3), (2,)), ((), (3,)), ((2,), ())))
def _kron(y, a, b):
    blocks = split_kron(y_bar, a, b)
    a_bar = np.reshape(blocks @ np.ravel(b), np.shape(a))
    b_bar = np.reshape(np.ravel(a) @ blocks, np.shape(b))


@multilinear(np.cross, complex=True, calls=(
    *_pairs("np.cross(a, b)", ((3,), (3,)), ((4, 3), (3,)), ((3,), (2, 1, 3)), ((2, 1, 3), (4, 3))),
    *_pairs("np.cross(a, b, axis=0)", ((3, 2), (3, 2))),
    *_pairs("np.cross(a, b, axisa=0, axisb=-1, axisc=0)", ((3, 2), (2, 3)))))
def _cross(y, a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is not None:
        a_bar = cross_adjoint(b, y_bar, a, axis, axis, axis)
        b_bar = cross_adjoint(y_bar, a, b, axis, axis, axis)
    elif axisa == -1 and axisb == -1 and axisc == -1:
        a_bar = fit_vectors(np.cross(b, y_bar), a)
        b_bar = fit_vectors(np.cross(y_bar, a), b)
    else:
        a_bar = cross_adjoint(b, y_bar, a, axisb, axisc, axisa)
        b_bar = cross_adjoint(y_bar, a, b, axisc, axisa, axisb)


@multilinear(cross, complex=True, calls=_pairs("cross(a, b)", ((3,), (3,)), ((1, 3), (3,))))
def _single_cross(y, a, b):
    a_bar = unbroadcast(cross(b, y_bar), a)
    b_bar = unbroadcast(cross(y_bar, a), b)


def cross_adjoint(p, q, x, axisp, axisq, axisx):
    """``p × q`` along these axes, as an adjoint of `x`."""
    product = np.cross(np.moveaxis(p, axisp, -1), np.moveaxis(q, axisq, -1))
    return np.moveaxis(fit_vectors(product, np.moveaxis(x, axisx, -1)), -1, axisx)


@multilinear(np.linalg.cross, complex=True, calls=(
    *_pairs("np.linalg.cross(a, b)", ((3,), (3,)), ((4, 3), (3,))),
    *_pairs("np.linalg.cross(a, b, axis=0)", ((3, 2), (3, 2)))))
def _linalg_cross(y, x1, x2, *, axis=-1):
    x1_bar = cross_adjoint(x2, y_bar, x1, axis, axis, axis)
    x2_bar = cross_adjoint(y_bar, x1, x2, axis, axis, axis)


# ---------------------------------------------------------------------------------------------------------------------
# einsum
#
# The adjoint of an operand contracts the result's adjoint with the other operands, to the operand's own subscripts. A
# subscript that only this operand has was summed over: ones take its place. An operand that repeats a subscript, or
# has the ellipsis behind one, is seen through a view in which it does not.


def _split_subscripts(subscripts: str) -> tuple[list[str], str]:
    """The operands' and the result's subscripts, the ellipsis as a single dot."""
    inputs, arrow, output = subscripts.replace(" ", "").replace("...", ".").partition("->")
    if not arrow:
        letters = sorted(c for c in set(inputs) - {",", "."} if inputs.count(c) == 1)
        output = ("." if "." in inputs else "") + "".join(letters)
    return inputs.split(","), output


def _unique(subscripts: str) -> str:
    """Every subscript once, the ellipsis first."""
    letters = "".join(dict.fromkeys(subscripts.replace(".", "")))
    return "." + letters if "." in subscripts else letters


@static
def einsum_view(subscripts: str, k: int) -> str:
    """Subscripts that make a view of operand `k` with every subscript once and the ellipsis first; "" if it is so."""
    own = _split_subscripts(subscripts)[0][k]
    return "" if own == _unique(own) else f"{own}->{_unique(own)}".replace(".", "...")


@static
def einsum_needs_ones(subscripts: str, k: int) -> bool:
    """Does operand `k` have a subscript that nothing else has?"""
    inputs, output = _split_subscripts(subscripts)
    return not set(inputs[k]) <= set(output).union(*inputs[:k], *inputs[k + 1:])


@static
def einsum_may_shrink(subscripts: str, k: int) -> bool:
    """Is a subscript of operand `k` summed over with others, which may have length one there and be repeated?"""
    inputs, output = _split_subscripts(subscripts)
    return not set(inputs[k]) <= set(output) and not einsum_needs_ones(subscripts, k)


@static
def einsum_transposed(subscripts: str, k: int) -> str:
    """Subscripts that give the adjoint of (the view of) operand `k` from the result's and the other operands."""
    inputs, output = _split_subscripts(subscripts)
    own = _unique(inputs[k])
    sources = [output, *inputs[:k], *inputs[k + 1:]]
    if not set(own) <= set().union(*sources):
        sources.append(own)
    ellipsis = "." if any("." in source for source in sources) and "." not in own else ""
    return f"{','.join(sources)}->{ellipsis}{own}".replace(".", "...")


def einsum_adjoint(g, subscripts, k, x, others, optimize):
    """The adjoint of operand `k` of an einsum, whose value is `x`."""
    view = einsum_view(subscripts, k)
    seen = x
    if view != "":
        seen = np.einsum(view, x)
    if einsum_needs_ones(subscripts, k):
        others = (*others, np.ones_like(seen))
    if optimize is False:
        contracted = np.einsum(einsum_transposed(subscripts, k), g, *others)
    else:
        contracted = np.einsum(einsum_transposed(subscripts, k), g, *others, optimize=True)
    contracted = unbroadcast(contracted, seen)
    if einsum_may_shrink(subscripts, k):
        contracted = broadcast_like(contracted, seen)
    if view != "":
        contracted = on_diagonals(contracted, x, view)
    return contracted


def einsum_adjoints(g, subscripts, operands, optimize):
    return tuple([einsum_adjoint(g, subscripts, k, operands[k], operands[:k] + operands[k + 1:], optimize)
                  for k in range(len(operands))])


@multilinear(np.einsum, complex=True, calls=(
    *_pairs("np.einsum('ij,jk->ik', a, b)", ((2, 3), (3, 4))),
    *_pairs("np.einsum('ij,jk', a, b)", ((2, 3), (3, 4))),
    *_pairs("np.einsum('ba,b', a, b)", ((2, 3), (2,))),
    *_pairs("np.einsum('i,i', a, b)", ((3,), (3,))),
    *_pairs("np.einsum('i,j->ji', a, b)", ((3,), (2,))),
    *_pairs("np.einsum('...ij,...jk->...ik', a, b)", ((4, 2, 3), (3, 2)), ((1, 2, 3), (4, 3, 2)), ((2, 3), (3, 2))),
    *_pairs("np.einsum('i...,i...', a, b)", ((3, 2), (3, 2)), ((3,), (3, 2))),
    *_pairs("np.einsum('i...j,j...->...i', a, b)", ((2, 4, 3), (3, 4))),
    *_pairs("np.einsum('ii,ij->j', a, b)", ((3, 3), (3, 2))),
    *_pairs("np.einsum('ij,k->i', a, b)", ((2, 3), (4,))),
    *_pairs("np.einsum('ij,ij->ij', a, b)", ((1, 3), (2, 3))),
    *_pairs("np.einsum(',i->i', a, b)", ((), (3,))),
    *_pairs("np.einsum('ij , jk -> ki', a, b, optimize=True)", ((2, 3), (3, 4))),
    Call("np.einsum('ii->i', x)", x=(3, 3)),
    Call("np.einsum('ii', x)", x=(3, 3)),
    Call("np.einsum('ij->ji', x)", x=(2, 3)),
    Call("np.einsum('ij->', x)", x=(2, 3)),
    Call("np.einsum('ji', x)", x=(2, 3)),
    Call("np.einsum('iij->j', x)", x=(2, 2, 3)),
    Call("np.einsum('...ii->...', x)", x=(2, 3, 3)),
    Call("np.einsum('iji->ij', x)", x=(2, 3, 2)),
    Call("np.einsum('ij->i', x)", x=(2, 3)),
    Call("np.einsum('ij,jk,kl->il', a, b, c)", a=(2, 3), b=(3, 2), c=(2, 4)),
    Call("np.einsum('i,ij,j->', x, a, x)", x=(3,), a=(3, 3)),
    Call("np.einsum('a,b,ab,c->c', a, b, c, d)", a=(2,), b=(3,), c=(2, 3), d=(2,)),
    Call("np.einsum('a,b,ab,c,c->c', a, b, c, d, d)", a=(2,), b=(3,), c=(2, 3), d=(2,))))
def _einsum(y, subscripts, *operands, optimize=False, dtype=None, order="K", casting="safe"):
    operands_bar = einsum_adjoints(y_bar, subscripts, operands, optimize)
