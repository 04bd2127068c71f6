"""What the classes of numpy.polynomial do, written so that it can be followed: `FOLLOWED` says which class stands for which.

An object that is made in a differentiated function is one of NumPy's class; only its methods are looked up here. Series are
sums of coefficients times basis functions of ``offset + scale * x``, which takes the domain to the window.
"""

from __future__ import annotations

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

ABCPolyBase = np.polynomial.Polynomial.__bases__[0]


class Series:
    """What all classes have in common; `_domain` and `_window` are those of an object that is made without."""

    _domain = np.array([-1.0, 1.0])
    _window = np.array([-1.0, 1.0])

    def __init__(self, coef, domain=None, window=None, symbol="x"):
        self.coef = np.atleast_1d(np.asarray(coef)) + 0.0
        self.domain = self._domain if domain is None else np.asarray(domain) + 0.0
        self.window = self._window if window is None else np.asarray(window) + 0.0
        self._symbol = symbol

    @property
    def symbol(self):
        return self._symbol

    def _with(self, coef):
        return self.__class__(coef, self.domain, self.window, self._symbol)

    def _coefficients(self, other):
        """The coefficients of an operand, which is a series of the same kind, an array, or a number."""
        if not isinstance(other, ABCPolyBase):
            return np.atleast_1d(np.asarray(other)) + 0.0
        if not isinstance(other, self.__class__):
            raise TypeError("Polynomial types differ")
        if not np.all(self.domain == other.domain):
            raise TypeError("Domains differ")
        if not np.all(self.window == other.window):
            raise TypeError("Windows differ")
        return other.coef

    def __call__(self, arg):
        offset, scale = self.mapparms()
        return self._val(offset + scale * np.asarray(arg), self.coef)

    def __len__(self):
        return len(self.coef)

    def __neg__(self):
        return self._with(-self.coef)

    def __pos__(self):
        return self

    def __add__(self, other):
        return self._with(self._add(self.coef, self._coefficients(other)))

    def __radd__(self, other):
        return self._with(self._add(self._coefficients(other), self.coef))

    def __sub__(self, other):
        return self._with(self._sub(self.coef, self._coefficients(other)))

    def __rsub__(self, other):
        return self._with(self._sub(self._coefficients(other), self.coef))

    def __mul__(self, other):
        return self._with(self._product(self.coef, other))

    def __rmul__(self, other):
        return self._with(self._product(self.coef, other))

    def _product(self, coef, other):
        if not isinstance(other, ABCPolyBase) and np.ndim(other) == 0:
            return polynomial.polymul(coef, [other])
        return self._mul(coef, self._coefficients(other))

    def __truediv__(self, number):
        return self._with(self.coef / number)

    def __floordiv__(self, other):
        return self._with(self._div(self.coef, self._coefficients(other))[0])

    def __mod__(self, other):
        return self._with(self._div(self.coef, self._coefficients(other))[1])

    def __divmod__(self, other):
        quotient, rest = self._div(self.coef, self._coefficients(other))
        return self._with(quotient), self._with(rest)

    def __pow__(self, power):
        return self._with(self._pow(self.coef, power))

    def copy(self):
        return self._with(self.coef)

    def degree(self):
        return len(self.coef) - 1

    def mapparms(self):
        """Offset and scale of the map from domain to window."""
        old, new = self.domain, self.window
        length = old[1] - old[0]
        return (old[1] * new[0] - old[0] * new[1]) / length, (new[1] - new[0]) / length

    def deriv(self, m=1):
        return self._with(self._der(self.coef, m, self.mapparms()[1]))

    def integ(self, m=1, k=(), lbnd=None):
        offset, scale = self.mapparms()
        coef = self._int(self.coef, m, k, 0 if lbnd is None else offset + scale * lbnd, 1.0 / scale)
        return self._with(coef)

    def truncate(self, size):
        return self._with(self.coef[:size])

    def cutdeg(self, deg):
        return self.truncate(deg + 1)

    def roots(self):
        old, new = self.window, self.domain
        length = old[1] - old[0]
        return (old[1] * new[0] - old[0] * new[1]) / length + (new[1] - new[0]) / length * self._roots(self.coef)

    def linspace(self, n=100, domain=None):
        between = self.domain if domain is None else domain
        x = np.linspace(between[0], between[1], n)
        return x, self(x)


class Polynomial(Series):
    """Powers."""

    _val, _add, _sub = staticmethod(polynomial.polyval), staticmethod(polynomial.polyadd), staticmethod(polynomial.polysub)
    _mul, _div, _pow = staticmethod(polynomial.polymul), staticmethod(polynomial.polydiv), staticmethod(polynomial.polypow)
    _der, _int, _roots = staticmethod(polynomial.polyder), staticmethod(polynomial.polyint), staticmethod(polynomial.polyroots)

    @classmethod
    def fromroots(cls, roots):
        return cls(polynomial.polyfromroots(np.asarray(roots)))


class Chebyshev(Series):
    """Chebyshev polynomials of the first kind."""

    _val, _add, _sub = staticmethod(chebyshev.chebval), staticmethod(chebyshev.chebadd), staticmethod(chebyshev.chebsub)
    _mul, _der, _int = staticmethod(chebyshev.chebmul), staticmethod(chebyshev.chebder), staticmethod(chebyshev.chebint)


class Legendre(Series):
    """Legendre polynomials."""

    _val, _add, _sub = staticmethod(legendre.legval), staticmethod(legendre.legadd), staticmethod(legendre.legsub)
    _mul, _der, _int = staticmethod(legendre.legmul), staticmethod(legendre.legder), staticmethod(legendre.legint)


class Hermite(Series):
    """Hermite polynomials of the physicists."""

    _val, _add, _sub = staticmethod(hermite.hermval), staticmethod(hermite.hermadd), staticmethod(hermite.hermsub)
    _mul, _der, _int = staticmethod(hermite.hermmul), staticmethod(hermite.hermder), staticmethod(hermite.hermint)


class HermiteE(Series):
    """Hermite polynomials of the statisticians."""

    _val, _add = staticmethod(hermite_e.hermeval), staticmethod(hermite_e.hermeadd)
    _sub, _mul = staticmethod(hermite_e.hermesub), staticmethod(hermite_e.hermemul)
    _der, _int = staticmethod(hermite_e.hermeder), staticmethod(hermite_e.hermeint)


class Laguerre(Series):
    """Laguerre polynomials."""

    _domain = np.array([0.0, 1.0])
    _window = np.array([0.0, 1.0])
    _val, _add, _sub = staticmethod(laguerre.lagval), staticmethod(laguerre.lagadd), staticmethod(laguerre.lagsub)
    _mul, _der, _int = staticmethod(laguerre.lagmul), staticmethod(laguerre.lagder), staticmethod(laguerre.lagint)


#: NumPy's class → the class whose methods are followed for it.
FOLLOWED = {np.polynomial.Polynomial: Polynomial, np.polynomial.Chebyshev: Chebyshev, np.polynomial.Legendre: Legendre,
            np.polynomial.Hermite: Hermite, np.polynomial.HermiteE: HermiteE, np.polynomial.Laguerre: Laguerre}
