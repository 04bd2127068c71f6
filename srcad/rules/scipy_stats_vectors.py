"""Rules of `scipy.stats`: distributions of vectors (normal, Dirichlet, multinomial), with respect to value and parameters.

With m = Σ⁻¹ (x - μ), the derivatives of the logarithm of the normal density are -m in x, m in μ, ½ (m mᵀ - Σ⁻¹) in Σ.

Reference: N. L. Johnson, S. Kotz, N. Balakrishnan, "Continuous Multivariate Distributions" (2000), for the normal and the
Dirichlet distribution; "Discrete Multivariate Distributions" (1997), for the multinomial.
"""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from srcad.rules.numpy_linalg_factorisations import read_triangle, whole_matrix
from srcad.rules.registry import Call, defadjoint, deftangent
from srcad.rules.static import refuse
from srcad.runtime import if_definite, unbroadcast


def covariance_matrix(cov, size):
    """The covariance as a matrix: a number stands for that times the unit matrix, a vector for a diagonal."""
    if np.ndim(cov) == 0:
        return cov * np.eye(size)
    return np.diag(cov) if np.ndim(cov) == 1 else whole_matrix(cov, True)


def covariance_adjoint(g, cov):
    """The transpose of `covariance_matrix`; SciPy reads the lower triangle."""
    if np.ndim(cov) == 0:
        return np.trace(g)
    return np.diagonal(g) if np.ndim(cov) == 1 else read_triangle(g, True)


def check_vectors(x, mean, cov):
    if np.ndim(x) == 0 or (mean is None or np.ndim(mean) == 0) and np.ndim(cov) == 0:
        refuse("multivariate_normal has a derivative rule for vectors only", "use stats.norm for numbers")


def rest_of(x, mean):
    return x if mean is None else x - mean


def size_of(mean, cov):
    return np.shape(cov)[-1] if mean is None or np.ndim(mean) == 0 else np.shape(mean)[-1]


def precision(matrix, allow_singular):
    """The inverse of a covariance matrix; of a singular one, which spreads over a subspace only, that on the subspace."""
    return np.linalg.inv(matrix) if allow_singular is False else np.linalg.pinv(matrix, 1e6 * np.finfo(float).eps)


def normal_adjoint(g, x, mean, cov, allow_singular):
    """The adjoints of x - mean and of the covariance, where `g` is that of the logarithm of the density."""
    size = size_of(mean, cov)
    matrix = covariance_matrix(cov, size)
    inverse = precision(matrix, allow_singular)
    solved = rest_of(x, mean) @ inverse
    weighted = g[..., None] * solved if np.ndim(x) > 1 else g * solved
    rows = np.reshape(weighted, (-1, size))
    spread = 0.5 * (rows.T @ np.reshape(solved, (-1, size)) - np.sum(g) * inverse)
    return -weighted, covariance_adjoint(spread if allow_singular is False else if_definite(spread, matrix), cov)


def normal_tangent(x, mean, cov, moved, cov_dot, allow_singular):
    """The tangent of the logarithm of the density, where `moved` is that of x - mean."""
    size = size_of(mean, cov)
    matrix = covariance_matrix(cov, size)
    inverse = precision(matrix, allow_singular)
    change = covariance_matrix(cov_dot, size)
    if allow_singular is not False:
        change = if_definite(change, matrix)
    solved = rest_of(x, mean) @ inverse
    return (-np.sum(solved * moved, axis=-1) + 0.5 * np.sum((solved @ change) * solved, axis=-1)
            - 0.5 * np.trace(inverse @ change))


_SPREAD = "0.2 * c @ c.T + np.eye(3)"
_NORMAL = (
    Call(f"stats.multivariate_normal.logpdf(x, m, {_SPREAD})", x=(3,), m=(3,), c=(3, 3)),
    Call(f"stats.multivariate_normal.logpdf(x, mean=m, cov={_SPREAD})", x=(4, 3), m=(3,), c=(3, 3)),
    Call(f"stats.multivariate_normal.logpdf(x, cov={_SPREAD})", x=(3,), c=(3, 3)),
    Call("stats.multivariate_normal.logpdf(x, m, v * v + 1.0)", x=(2, 3), m=(3,), v=(3,)),
    Call("stats.multivariate_normal.logpdf(x, m, v * v + 1.0)", x=(3,), m=(3,), v=()),
    Call(f"stats.multivariate_normal.logpdf(x, m, {_SPREAD}, True)", x=(3,), m=(3,), c=(3, 3)),
    Call("stats.multivariate_normal.logpdf(x * np.array([1, 1, 0]), m * np.array([1, 1, 0]), "
         "np.diag([2.0, 0.5, 0.0]), allow_singular=True)", x=(2, 3), m=(3,)),
)
_NORMAL_DENSITY = (
    Call(f"stats.multivariate_normal.pdf(x, m, {_SPREAD})", x=(3,), m=(3,), c=(3, 3)),
    Call(f"stats.multivariate_normal.pdf(x, m, {_SPREAD})", x=(2, 3), m=(3,), c=(3, 3)),
    Call("stats.multivariate_normal.pdf(x * np.array([1, 0, 1]), None, np.diag([2.0, 0.0, 1.0]), allow_singular=True)", x=(3,)),
)


@defadjoint(stats.multivariate_normal.logpdf, calls=_NORMAL)
def _normal_logpdf(y, x, mean=None, cov=1, allow_singular=False):
    check_vectors(x, mean, cov)
    bars = normal_adjoint(y_bar, x, mean, cov, allow_singular)
    x_bar = bars[0]
    cov_bar = bars[1]
    if mean is not None:
        mean_bar = -unbroadcast(bars[0], mean)


@deftangent(stats.multivariate_normal.logpdf)
def _normal_logpdf_tangent(y, x, mean=None, cov=1, allow_singular=False):
    check_vectors(x, mean, cov)
    y_dot = normal_tangent(x, mean, cov, x_dot if mean is None else x_dot - mean_dot, cov_dot, allow_singular)


@defadjoint(stats.multivariate_normal.pdf, calls=_NORMAL_DENSITY)
def _normal_pdf(y, x, mean=None, cov=1, allow_singular=False):
    check_vectors(x, mean, cov)
    bars = normal_adjoint(y_bar * y, x, mean, cov, allow_singular)
    x_bar = bars[0]
    cov_bar = bars[1]
    if mean is not None:
        mean_bar = -unbroadcast(bars[0], mean)


@deftangent(stats.multivariate_normal.pdf)
def _normal_pdf_tangent(y, x, mean=None, cov=1, allow_singular=False):
    check_vectors(x, mean, cov)
    y_dot = y * normal_tangent(x, mean, cov, x_dot if mean is None else x_dot - mean_dot, cov_dot, allow_singular)


def simplex_score(x, alpha):
    """The derivatives of the logarithm of Dirichlet's density; of points without their last coordinate too."""
    if np.ndim(x) != 1 or np.ndim(alpha) != 1:
        refuse("dirichlet has a derivative rule for one point only", "loop over the points")
    return (alpha - 1.0) / x, np.log(x) - special.digamma(alpha) + special.digamma(np.sum(alpha))


_SHARES = "np.exp(x) / np.sum(np.exp(x))"


@defadjoint(stats.dirichlet.logpdf, domain=((-1.0, 1.0), (0.8, 3.0)), calls=(
    Call(f"stats.dirichlet.logpdf({_SHARES}, a)", x=(3,), a=(3,)),
    Call(f"stats.dirichlet.logpdf(x={_SHARES}, alpha=a)", x=(4,), a=(4,))))
def _dirichlet_logpdf(y, x, alpha):
    score = simplex_score(x, alpha)
    x_bar = y_bar * score[0]
    alpha_bar = y_bar * score[1]


@deftangent(stats.dirichlet.logpdf)
def _dirichlet_logpdf_tangent(y, x, alpha):
    score = simplex_score(x, alpha)
    y_dot = np.sum(score[0] * x_dot) + np.sum(score[1] * alpha_dot)


@defadjoint(stats.dirichlet.pdf, domain=((-1.0, 1.0), (0.8, 3.0)), calls=(
    Call(f"stats.dirichlet.pdf({_SHARES}, a)", x=(3,), a=(3,)),))
def _dirichlet_pdf(y, x, alpha):
    score = simplex_score(x, alpha)
    x_bar = y_bar * y * score[0]
    alpha_bar = y_bar * y * score[1]


@deftangent(stats.dirichlet.pdf)
def _dirichlet_pdf_tangent(y, x, alpha):
    score = simplex_score(x, alpha)
    y_dot = y * (np.sum(score[0] * x_dot) + np.sum(score[1] * alpha_dot))


def multinomial_score(x, p):
    """SciPy takes the last probability to be what the others leave of 1, whatever is given."""
    if np.ndim(x) > 1 or np.ndim(p) != 1:
        refuse("multinomial has a derivative rule for one vector of counts only", "loop over the vectors")
    free = p[:-1]
    counts = np.asarray(x)
    return np.append(counts[:-1] / free - counts[-1] / (1.0 - np.sum(free)), 0.0)


@defadjoint(stats.multinomial.logpmf, domain=(-1.0, 1.0), calls=(
    Call(f"stats.multinomial.logpmf(np.array([1, 0, 3]), 4, {_SHARES})", x=(3,)),
    Call(f"stats.multinomial.logpmf([2, 1, 1], n=4, p={_SHARES})", x=(3,))))
def _multinomial_logpmf(y, x, n, p):
    p_bar = y_bar * multinomial_score(x, p)


@deftangent(stats.multinomial.logpmf)
def _multinomial_logpmf_tangent(y, x, n, p):
    y_dot = np.sum(multinomial_score(x, p) * p_dot)


@defadjoint(stats.multinomial.pmf, domain=(-1.0, 1.0), calls=(
    Call(f"stats.multinomial.pmf(np.array([1, 0, 3]), 4, {_SHARES})", x=(3,)),))
def _multinomial_pmf(y, x, n, p):
    p_bar = y_bar * y * multinomial_score(x, p)


@deftangent(stats.multinomial.pmf)
def _multinomial_pmf_tangent(y, x, n, p):
    y_dot = y * np.sum(multinomial_score(x, p) * p_dot)
