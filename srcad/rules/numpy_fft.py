"""Discrete Fourier transforms: linear, with a symmetric matrix, so that each is nearly its own transpose.

The half-spectrum transforms of real signals drop (`rfft`) or imply (`irfft`) the conjugate half: an entry that stands
for two counts twice in the transpose. Lengths and shapes other than the operand's crop it or pad it with zeros; the
transpose does the reverse.
"""

from __future__ import annotations

import numpy as np

from srcad.rules.registry import Call, defadjoint, deftangent, linear
from srcad.rules.static import static
from srcad.runtime import fit_shape, twice_inner


@defadjoint(np.fft.fftfreq, np.fft.rfftfreq, domain=(0.3, 2.0), calls=(
    Call("np.fft.fftfreq(5, d)", d=()), Call("np.fft.fftfreq(6, d=d)", d=()), Call("np.fft.rfftfreq(6, d)", d=()),
    Call("np.fft.rfftfreq(5, d=d)", d=())))
def _frequencies(y, n, d=1.0):
    """Whole numbers, divided by the length ``n * d`` of the signal."""
    d_bar = -np.sum(y_bar * y) / d


@deftangent(np.fft.fftfreq, np.fft.rfftfreq)
def _frequencies_tangent(y, n, d=1.0):
    y_dot = -y * (d_dot / d)


def _calls(name: str, one_axis: bool) -> tuple:
    forms = [("a", (6,)), ("a", (5,)), ("a, norm='ortho'", (4,)), ("a, norm='forward'", (4,))]
    if one_axis:
        forms += [("a, 8", (5,)), ("a, 3", (5,)), ("a, axis=0", (4, 3)), ("a, n=4, axis=0", (3, 2)), ("a", (2, 5))]
    else:
        forms = [(form, (3, 4)) for form, _ in forms]
        forms += [("a, s=(4, 3), axes=(0, 1)", (3, 4)), ("a, axes=(0, 2)", (3, 2, 4)),
                  ("a, s=(2, 5), axes=(1, 0)", (3, 4))]
    return tuple(Call(f"np.fft.{name}({form})", a=shape) for form, shape in forms)


@static
def opposite(norm):
    """The normalisation that the other direction has."""
    return {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}[norm]


# ---------------------------------------------------------------------------------------------------------------------
# Along one axis


@linear(np.fft.fft, complex=True, calls=_calls("fft", True))
def _fft(y, a, n=None, axis=-1, norm=None):
    a_bar = fit_shape(np.fft.fft(y_bar, axis=axis, norm=norm), a, (axis,))


@linear(np.fft.ifft, complex=True, calls=_calls("ifft", True))
def _ifft(y, a, n=None, axis=-1, norm=None):
    a_bar = fit_shape(np.fft.ifft(y_bar, axis=axis, norm=norm), a, (axis,))


@linear(np.fft.rfft, calls=_calls("rfft", True))
def _rfft(y, a, n=None, axis=-1, norm=None):
    length = np.shape(a)[axis] if n is None else n
    a_bar = fit_shape(np.real(np.fft.fft(y_bar, length, axis, norm)), a, (axis,))


@linear(np.fft.irfft, complex=True, calls=_calls("irfft", True))
def _irfft(y, a, n=None, axis=-1, norm=None):
    spectrum = twice_inner(np.fft.rfft(y_bar, axis=axis, norm=opposite(norm)), np.shape(y)[axis], axis)
    a_bar = fit_shape(np.conj(spectrum), a, (axis,))


@linear(np.fft.hfft, complex=True, calls=_calls("hfft", True))
def _hfft(y, a, n=None, axis=-1, norm=None):
    spectrum = twice_inner(np.fft.rfft(y_bar, axis=axis, norm=norm), np.shape(y)[axis], axis)
    a_bar = fit_shape(spectrum, a, (axis,))


@linear(np.fft.ihfft, calls=_calls("ihfft", True))
def _ihfft(y, a, n=None, axis=-1, norm=None):
    length = np.shape(a)[axis] if n is None else n
    a_bar = fit_shape(np.real(np.fft.fft(np.conj(y_bar), length, axis, opposite(norm))), a, (axis,))


# ---------------------------------------------------------------------------------------------------------------------
# Along several axes


@linear(np.fft.fft2, complex=True, calls=_calls("fft2", False))
def _fft2(y, a, s=None, axes=(-2, -1), norm=None):
    a_bar = fit_shape(np.fft.fft2(y_bar, axes=axes, norm=norm), a, axes)


@linear(np.fft.ifft2, complex=True, calls=_calls("ifft2", False))
def _ifft2(y, a, s=None, axes=(-2, -1), norm=None):
    a_bar = fit_shape(np.fft.ifft2(y_bar, axes=axes, norm=norm), a, axes)


@linear(np.fft.fftn, complex=True, calls=(*_calls("fftn", False), Call("np.fft.fftn(a)", a=(2, 3, 2))))
def _fftn(y, a, s=None, axes=None, norm=None):
    a_bar = fit_shape(np.fft.fftn(y_bar, axes=axes, norm=norm), a, axes)


@linear(np.fft.ifftn, complex=True, calls=(*_calls("ifftn", False), Call("np.fft.ifftn(a)", a=(2, 3, 2))))
def _ifftn(y, a, s=None, axes=None, norm=None):
    a_bar = fit_shape(np.fft.ifftn(y_bar, axes=axes, norm=norm), a, axes)


@linear(np.fft.rfft2, calls=_calls("rfft2", False))
def _rfft2(y, a, s=None, axes=(-2, -1), norm=None):
    a_bar = half_spectrum_adjoint(y_bar, a, s, axes, norm)


@linear(np.fft.rfftn, calls=(*_calls("rfftn", False), Call("np.fft.rfftn(a)", a=(2, 3, 3))))
def _rfftn(y, a, s=None, axes=None, norm=None):
    a_bar = half_spectrum_adjoint(y_bar, a, s, axes, norm)


def half_spectrum_adjoint(g, a, s, axes, norm):
    """The adjoint of a transform of a real `a` that leaves out half of the last axis."""
    last = -1 if axes is None else axes[-1]
    length = np.shape(a)[last] if s is None else s[-1]
    whole = np.fft.fft(g, length, last, norm)
    if axes is None:
        rest = tuple(range(np.ndim(a) - 1))
    else:
        rest = axes[:-1]
    if len(rest) > 0:
        whole = np.fft.fftn(whole, axes=rest, norm=norm)
    return fit_shape(np.real(whole), a, axes)


@linear(np.fft.irfft2, complex=True, calls=_calls("irfft2", False))
def _irfft2(y, a, s=None, axes=(-2, -1), norm=None):
    a_bar = whole_signal_adjoint(y_bar, a, axes, norm)


@linear(np.fft.irfftn, complex=True, calls=(*_calls("irfftn", False), Call("np.fft.irfftn(a)", a=(2, 3, 3))))
def _irfftn(y, a, s=None, axes=None, norm=None):
    a_bar = whole_signal_adjoint(y_bar, a, axes, norm)


def whole_signal_adjoint(g, a, axes, norm):
    """The adjoint of a transform to a real signal, `g` being the signal's."""
    last = -1 if axes is None else axes[-1]
    spectrum = twice_inner(np.fft.rfftn(g, axes=axes, norm=opposite(norm)), np.shape(g)[last], last)
    return fit_shape(np.conj(spectrum), a, axes)


# ---------------------------------------------------------------------------------------------------------------------
# Order of frequencies


@linear(np.fft.fftshift, complex=True, calls=(
    Call("np.fft.fftshift(x)", x=(5,)), Call("np.fft.fftshift(x, axes=0)", x=(3, 4)),
    Call("np.fft.fftshift(x, (0, 1))", x=(3, 4))))
def _fftshift(y, x, axes=None):
    x_bar = np.fft.ifftshift(y_bar, axes)


@linear(np.fft.ifftshift, complex=True, calls=(
    Call("np.fft.ifftshift(x)", x=(5,)), Call("np.fft.ifftshift(x, axes=0)", x=(3, 4))))
def _ifftshift(y, x, axes=None):
    x_bar = np.fft.fftshift(y_bar, axes)
