"""Rules of `scipy.stats`: discrete distributions, with respect to their parameters.

The value is a whole number, and so is its location: neither has a derivative.

Reference: N. L. Johnson, A. W. Kemp, S. Kotz, "Univariate Discrete Distributions" (2005).
"""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from srcad.rules.registry import elementwise
from srcad.rules.scipy_stats import UNIT, inside, inside_log, over, scaled


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
