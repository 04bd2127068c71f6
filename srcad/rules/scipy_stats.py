"""Rules of `scipy.stats`: densities, probabilities and quantiles, with respect to the value and all parameters.

Continuous distributions are here, discrete ones and those of vectors in modules of their own. Imported only when the
user's program has imported scipy.stats. A continuous distribution is given by the logarithm g of its standard density
at z = (x - loc) / scale: by ∂g/∂z, by ∂g/∂p for each shape parameter p, and by ∂F/∂p for the
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

from srcad.rules.registry import elementwise


def load() -> None:
    """Register the rules of all of scipy.stats; they are registered when their modules are imported."""
    from srcad.rules import scipy_stats_discrete, scipy_stats_vectors  # noqa: F401


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
