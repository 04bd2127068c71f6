"""Rules of `scipy.stats`: densities, probabilities and quantiles, with respect to the value and all parameters.

Imported only when the user's program has imported scipy.stats. A continuous distribution is given by the logarithm g of
its standard density at z = (x - loc) / scale: by ∂g/∂z, by ∂g/∂p for each shape parameter p, and by ∂F/∂p for the
cumulative distribution function F where that has a closed form. Everything else follows: with f the density,

    log f(x) = g(z) - log scale        ∂F/∂x = f,  ∂F/∂loc = -f,  ∂F/∂scale = -z f
    F(q⁻¹(q)) = q                      ∂q⁻¹/∂q = 1/f,  ∂q⁻¹/∂p = -(∂F/∂p)/f

A parameter without a closed derivative has None: differentiating it is refused. Where a density is zero, so is its
derivative in the value and in shape, location and scale. Calls reach the rules with all arguments by position (see
`srcad.specialise.distributions`).

Reference: N. L. Johnson, S. Kotz, N. Balakrishnan, "Continuous Univariate Distributions" (1994, 1995).
"""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from srcad.rules.numpy_linalg_factorisations import read_triangle, whole_matrix
from srcad.rules.registry import Call, defadjoint, deftangent, elementwise
from srcad.rules.static import refuse
from srcad.runtime import if_definite, unbroadcast

# ---------------------------------------------------------------------------------------------------------------------
# Continuous distributions, by their number of shape parameters


def inside(y, value):
    """The value where the density `y` is not zero, which it is outside of the support."""
    return np.where(y, value, 0.0)


def inside_log(y, value):
    """The value where the logarithm `y` of a density is not minus infinity; NaN where it is NaN."""
    return np.where(np.isnan(y), y, np.where(np.isneginf(y), 0.0, value))


def over(p, z):
    """``p / z``, and 0 for 0 / 0: the exponent p of z is not there."""
    return np.divide(p, z + ((p == 0) & (z == 0)))


def of_no_shape(distribution, slope, domain) -> None:
    """Rules of a distribution without shape parameters; ``slope(z)`` is ∂g/∂z."""
    density = distribution.pdf
    where = (domain, (-0.2, 0.2), (0.8, 1.2))

    @elementwise(distribution.logpdf, domain=where)
    def logpdf(y, x, loc, scale):
        z = (x - loc) / scale
        rate = inside_log(y, slope(z) / scale)
        return rate, -rate, -(inside_log(y, 1.0 / scale) + z * rate)

    @elementwise(distribution.pdf, domain=where)
    def pdf(y, x, loc, scale):
        z = (x - loc) / scale
        rate = inside(y, y * slope(z) / scale)
        return rate, -rate, -(y / scale + z * rate)

    @elementwise(distribution.cdf, domain=where)
    def cdf(y, x, loc, scale):
        f = density(x, loc, scale)
        return f, -f, -(x - loc) / scale * f

    @elementwise(distribution.sf, domain=where)
    def sf(y, x, loc, scale):
        f = density(x, loc, scale)
        return -f, f, (x - loc) / scale * f

    @elementwise(distribution.logcdf, domain=where)
    def logcdf(y, x, loc, scale):
        rate = np.exp(distribution.logpdf(x, loc, scale) - y)
        return rate, -rate, -(x - loc) / scale * rate

    @elementwise(distribution.logsf, domain=where)
    def logsf(y, x, loc, scale):
        rate = np.exp(distribution.logpdf(x, loc, scale) - y)
        return -rate, rate, (x - loc) / scale * rate

    @elementwise(distribution.ppf, domain=((0.2, 0.8), *where[1:]))
    def ppf(y, q, loc, scale):
        return 1.0 / density(y, loc, scale), 1.0, (y - loc) / scale

    @elementwise(distribution.isf, domain=((0.2, 0.8), *where[1:]))
    def isf(y, q, loc, scale):
        return -1.0 / density(y, loc, scale), 1.0, (y - loc) / scale


def of_one_shape(distribution, slope, of_shape, cumulative, domain, shapes) -> None:
    """Rules for one shape parameter: ``slope(z, a)``, ``of_shape(z, a)`` = ∂g/∂a; ``cumulative(z, a, f)`` = ∂F/∂a or None."""
    density = distribution.pdf
    where = (domain, shapes, (-0.1, 0.1), (0.9, 1.1))

    @elementwise(distribution.logpdf, domain=where)
    def logpdf(y, x, a, loc, scale):
        z = (x - loc) / scale
        rate = inside_log(y, slope(z, a) / scale)
        return (rate, inside_log(y, of_shape(z, a)), -rate,
                -(inside_log(y, 1.0 / scale) + z * rate))

    @elementwise(distribution.pdf, domain=where)
    def pdf(y, x, a, loc, scale):
        z = (x - loc) / scale
        rate = inside(y, y * slope(z, a) / scale)
        return rate, inside(y, y * of_shape(z, a)), -rate, -(y / scale + z * rate)

    @elementwise(distribution.cdf, domain=where)
    def cdf(y, x, a, loc, scale):
        """In a for lognorm, pareto, powerlaw and weibull_min only."""
        z = (x - loc) / scale
        f = density(x, a, loc, scale)
        return f, cumulative(z, a, f * scale), -f, -z * f

    @elementwise(distribution.sf, domain=where)
    def sf(y, x, a, loc, scale):
        """In a for lognorm, pareto, powerlaw and weibull_min only."""
        z = (x - loc) / scale
        f = density(x, a, loc, scale)
        return -f, negated(cumulative(z, a, f * scale)), f, z * f

    @elementwise(distribution.logcdf, domain=where)
    def logcdf(y, x, a, loc, scale):
        """In a for lognorm, pareto, powerlaw and weibull_min only."""
        z = (x - loc) / scale
        rate = np.exp(distribution.logpdf(x, a, loc, scale) - y)
        return rate, cumulative(z, a, rate * scale), -rate, -z * rate

    @elementwise(distribution.logsf, domain=where)
    def logsf(y, x, a, loc, scale):
        """In a for lognorm, pareto, powerlaw and weibull_min only."""
        z = (x - loc) / scale
        rate = np.exp(distribution.logpdf(x, a, loc, scale) - y)
        return -rate, negated(cumulative(z, a, rate * scale)), rate, z * rate

    @elementwise(distribution.ppf, domain=((0.2, 0.8), *where[1:]))
    def ppf(y, q, a, loc, scale):
        """In a for lognorm, pareto, powerlaw and weibull_min only."""
        z = (y - loc) / scale
        return 1.0 / density(y, a, loc, scale), scaled(cumulative(z, a, 1.0), -scale), 1.0, z

    @elementwise(distribution.isf, domain=((0.2, 0.8), *where[1:]))
    def isf(y, q, a, loc, scale):
        """In a for lognorm, pareto, powerlaw and weibull_min only."""
        z = (y - loc) / scale
        return -1.0 / density(y, a, loc, scale), scaled(cumulative(z, a, 1.0), -scale), 1.0, z


def of_two_shapes(distribution, slope, of_first, of_second, domain, shapes) -> None:
    """Rules for two shape parameters, in which the cumulative distribution function has no closed derivative."""
    density = distribution.pdf
    where = (domain, shapes, shapes, (-0.01, 0.01), (0.98, 1.02))

    @elementwise(distribution.logpdf, domain=where)
    def logpdf(y, x, a, b, loc, scale):
        z = (x - loc) / scale
        rate = inside_log(y, slope(z, a, b) / scale)
        return (rate, inside_log(y, of_first(z, a, b)), inside_log(y, of_second(z, a, b)), -rate,
                -(inside_log(y, 1.0 / scale) + z * rate))

    @elementwise(distribution.pdf, domain=where)
    def pdf(y, x, a, b, loc, scale):
        z = (x - loc) / scale
        rate = inside(y, y * slope(z, a, b) / scale)
        return (rate, inside(y, y * of_first(z, a, b)), inside(y, y * of_second(z, a, b)), -rate,
                -(y / scale + z * rate))

    @elementwise(distribution.cdf, domain=where)
    def cdf(y, x, a, b, loc, scale):
        f = density(x, a, b, loc, scale)
        return f, None, None, -f, -(x - loc) / scale * f

    @elementwise(distribution.sf, domain=where)
    def sf(y, x, a, b, loc, scale):
        f = density(x, a, b, loc, scale)
        return -f, None, None, f, (x - loc) / scale * f

    @elementwise(distribution.logcdf, domain=where)
    def logcdf(y, x, a, b, loc, scale):
        rate = np.exp(distribution.logpdf(x, a, b, loc, scale) - y)
        return rate, None, None, -rate, -(x - loc) / scale * rate

    @elementwise(distribution.logsf, domain=where)
    def logsf(y, x, a, b, loc, scale):
        rate = np.exp(distribution.logpdf(x, a, b, loc, scale) - y)
        return -rate, None, None, rate, (x - loc) / scale * rate

    @elementwise(distribution.ppf, domain=((0.2, 0.8), *where[1:]))
    def ppf(y, q, a, b, loc, scale):
        return 1.0 / density(y, a, b, loc, scale), None, None, 1.0, (y - loc) / scale

    @elementwise(distribution.isf, domain=((0.2, 0.8), *where[1:]))
    def isf(y, q, a, b, loc, scale):
        return -1.0 / density(y, a, b, loc, scale), None, None, 1.0, (y - loc) / scale


def negated(x):
    return None if x is None else -x


def scaled(x, factor):
    return None if x is None else x * factor


def unknown(z, a, f):
    """No closed form."""
    return None


def cauchy_slope(z):
    return -2.0 * z / (1.0 + z * z)


REAL, POSITIVE, UNIT, ABOVE = (-2.0, 2.0), (0.5, 2.5), (0.2, 0.8), (1.5, 4.0)

of_no_shape(stats.norm, lambda z: -z, REAL)
of_no_shape(stats.cauchy, cauchy_slope, REAL)
of_no_shape(stats.laplace, lambda z: -np.sign(z), REAL)
of_no_shape(stats.logistic, lambda z: -np.tanh(0.5 * z), REAL)
of_no_shape(stats.expon, lambda z: -1.0, POSITIVE)
of_no_shape(stats.uniform, lambda z: 0.0, (0.35, 0.65))
of_no_shape(stats.gumbel_r, lambda z: np.exp(-z) - 1.0, REAL)
of_no_shape(stats.gumbel_l, lambda z: 1.0 - np.exp(z), REAL)
of_no_shape(stats.halfnorm, lambda z: -z, POSITIVE)
of_no_shape(stats.halfcauchy, cauchy_slope, POSITIVE)
of_no_shape(stats.rayleigh, lambda z: 1.0 / z - z, POSITIVE)
of_no_shape(stats.maxwell, lambda z: 2.0 / z - z, POSITIVE)

of_one_shape(stats.t, lambda z, a: -(a + 1.0) * z / (a + z * z), lambda z, a: 0.5 * (
    special.digamma(0.5 * (a + 1.0)) - special.digamma(0.5 * a) - 1.0 / a - np.log1p(z * z / a)
    + (a + 1.0) * z * z / (a * (a + z * z))), unknown, REAL, (1.5, 6.0))
of_one_shape(stats.gamma, lambda z, a: over(a - 1.0, z) - 1.0, lambda z, a: np.log(z) - special.digamma(a), unknown,
             POSITIVE, POSITIVE)
of_one_shape(stats.invgamma, lambda z, a: (1.0 / z - a - 1.0) / z, lambda z, a: -np.log(z) - special.digamma(a), unknown,
             POSITIVE, POSITIVE)
of_one_shape(stats.chi2, lambda z, a: over(0.5 * a - 1.0, z) - 0.5,
             lambda z, a: 0.5 * (np.log(0.5 * z) - special.digamma(0.5 * a)), unknown, POSITIVE, ABOVE)
of_one_shape(stats.lognorm, lambda z, a: -(1.0 + np.log(z) / (a * a)) / z, lambda z, a: (np.log(z) ** 2 / (a * a) - 1.0) / a,
             lambda z, a, f: -np.log(z) / a * z * f, POSITIVE, (0.5, 1.5))
of_one_shape(stats.weibull_min, lambda z, a: over(a - 1.0, z) - a * z ** (a - 1.0),
             lambda z, a: 1.0 / a + np.log(z) * (1.0 - z**a), lambda z, a, f: f * z * np.log(z) / a, POSITIVE, POSITIVE)
of_one_shape(stats.pareto, lambda z, a: -(a + 1.0) / z, lambda z, a: 1.0 / a - np.log(z),
             lambda z, a, f: f * z * np.log(z) / a, ABOVE, POSITIVE)
of_one_shape(stats.powerlaw, lambda z, a: over(a - 1.0, z), lambda z, a: 1.0 / a + np.log(z),
             lambda z, a, f: f * z * np.log(z) / a, (0.3, 0.7), POSITIVE)
of_one_shape(stats.vonmises, lambda z, a: -a * np.sin(z), lambda z, a: np.cos(z) - special.i1e(a) / special.i0e(a), unknown,
             REAL, POSITIVE)

of_two_shapes(stats.beta, lambda z, a, b: over(a - 1.0, z) - over(b - 1.0, 1.0 - z),
              lambda z, a, b: np.log(z) - special.digamma(a) + special.digamma(a + b),
              lambda z, a, b: np.log1p(-z) - special.digamma(b) + special.digamma(a + b), UNIT, POSITIVE)
of_two_shapes(stats.f, lambda z, a, b: over(0.5 * a - 1.0, z) - 0.5 * a * (a + b) / (b + a * z),
              lambda z, a, b: 0.5 * (np.log(a * z / (b + a * z)) + 1.0 - (a + b) * z / (b + a * z)
                                     - special.digamma(0.5 * a) + special.digamma(0.5 * (a + b))),
              lambda z, a, b: 0.5 * (np.log(b / (b + a * z)) + 1.0 - (a + b) / (b + a * z)
                                     - special.digamma(0.5 * b) + special.digamma(0.5 * (a + b))), POSITIVE, ABOVE)


# ---------------------------------------------------------------------------------------------------------------------
# Discrete distributions: the value is a whole number, and so is its location


def of_one_parameter(distribution, of_log, of_mass, of_sum, domain) -> None:
    """Rules of a discrete distribution of a parameter p: the derivatives in p of the logarithm, of the mass, of its sum.

    They are functions of the whole number, of p, and of the masses of that number and of the one before. Those of the
    mass and of its sum hold where they are zero too.
    """
    mass = distribution.pmf

    @elementwise(distribution.logpmf, domain=domain)
    def logpmf(y, k, p, loc):
        return None, inside_log(y, of_log(k - loc, p)), None

    @elementwise(distribution.pmf, domain=domain)
    def pmf(y, k, p, loc):
        return None, of_mass(k - loc, p, y, mass(k - 1, p, loc)), None

    @elementwise(distribution.cdf, domain=domain)
    def cdf(y, k, p, loc):
        whole = np.floor(k)
        return None, of_sum(whole - loc, p, mass(whole, p, loc)), None

    @elementwise(distribution.sf, domain=domain)
    def sf(y, k, p, loc):
        whole = np.floor(k)
        return None, -of_sum(whole - loc, p, mass(whole, p, loc)), None

    @elementwise(distribution.logcdf, domain=domain)
    def logcdf(y, k, p, loc):
        whole = np.floor(k)
        return None, inside_log(y, of_sum(whole - loc, p, mass(whole, p, loc)) * np.exp(-y)), None

    @elementwise(distribution.logsf, domain=domain)
    def logsf(y, k, p, loc):
        whole = np.floor(k)
        return None, inside_log(y, -of_sum(whole - loc, p, mass(whole, p, loc)) * np.exp(-y)), None


def of_two_parameters(distribution, of_count, of_log, of_mass, of_sum, domain) -> None:
    """The same of a count n and a probability p; ``of_count(k, n, p)`` may be None, the others get `mass` and loc."""
    mass = distribution.pmf

    @elementwise(distribution.logpmf, domain=domain)
    def logpmf(y, k, n, p, loc):
        return None, kept_log(y, of_count(k - loc, n, p)), inside_log(y, of_log(k - loc, n, p)), None

    @elementwise(distribution.pmf, domain=domain)
    def pmf(y, k, n, p, loc):
        return None, kept(y, scaled(of_count(k - loc, n, p), y)), of_mass(k - loc, n, p, mass), None

    @elementwise(distribution.cdf, domain=domain)
    def cdf(y, k, n, p, loc):
        return None, None, of_sum(np.floor(k) - loc, n, p, mass), None

    @elementwise(distribution.sf, domain=domain)
    def sf(y, k, n, p, loc):
        return None, None, -of_sum(np.floor(k) - loc, n, p, mass), None

    @elementwise(distribution.logcdf, domain=domain)
    def logcdf(y, k, n, p, loc):
        return None, None, inside_log(y, of_sum(np.floor(k) - loc, n, p, mass) * np.exp(-y)), None

    @elementwise(distribution.logsf, domain=domain)
    def logsf(y, k, n, p, loc):
        return None, None, inside_log(y, -of_sum(np.floor(k) - loc, n, p, mass) * np.exp(-y)), None


def kept_log(y, value):
    return None if value is None else inside_log(y, value)


def kept(y, value):
    return None if value is None else inside(y, value)


of_one_parameter(stats.poisson, lambda k, p: over(k, p) - 1.0, lambda k, p, f, before: before - f, lambda k, p, f: -f,
                 (None, (0.8, 4.0), None))
of_one_parameter(stats.bernoulli, lambda k, p: np.where(k == 1, 1.0, -1.0) / np.where(k == 1, p, 1.0 - p),
                 lambda k, p, f, before: 1.0 * (k == 1) - (k == 0), lambda k, p, f: np.where(k == 0, -1.0, 0.0),
                 (None, UNIT, None))
of_one_parameter(stats.geom, lambda k, p: 1.0 / p - over(k - 1.0, 1.0 - p), lambda k, p, f, before: f / p - (k - 1.0) * before,
                 lambda k, p, f: k / p * f, (None, UNIT, None))
of_two_parameters(stats.binom, lambda k, n, p: None, lambda k, n, p: over(k, p) - over(n - k, 1.0 - p),
                  lambda k, n, p, mass: n * (mass(k - 1, n - 1, p, 0) - mass(k, n - 1, p, 0)),
                  lambda k, n, p, mass: -n * mass(k, n - 1, p, 0), (None, None, UNIT, None))
of_two_parameters(stats.nbinom, lambda k, n, p: special.digamma(n + k) - special.digamma(n) + np.log(p),
                  lambda k, n, p: n / p - over(k, 1.0 - p),
                  lambda k, n, p, mass: n / p * (mass(k, n, p, 0) - mass(k - 1, n + 1.0, p, 0)),
                  lambda k, n, p, mass: (n + k) / p * mass(k, n, p, 0), (None, (1.5, 4.0), UNIT, None))


# ---------------------------------------------------------------------------------------------------------------------
# Distributions of vectors


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
