"""scipy.stats itself: importing this module gives that one, and importing a distribution from it that distribution."""

import sys

import scipy.stats

sys.modules[__name__] = scipy.stats
for _name in ("beta", "chi2", "dirichlet", "gamma", "multivariate_normal", "norm", "poisson", "t"):
    sys.modules[f"{__name__}.{_name}"] = getattr(scipy.stats, _name)
