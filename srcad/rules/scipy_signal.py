"""Rules of `scipy.signal`: convolutions, and linear filters.

Imported only when the user's program has imported scipy.signal. Adjoints are transposes without conjugation. A filter is
the equation A y = B x + a_0 z with the Toeplitz matrices of its coefficients and the initial state z: its transpose is
the same filter, run backwards.

Reference: A. V. Oppenheim, R. W. Schafer, "Discrete-Time Signal Processing" (2010), section 6.3 for the transposed direct
form, of which SciPy gives and takes the state.
"""

from __future__ import annotations

import numpy as np
from scipy import signal

from srcad.rules.registry import Call, defadjoint, deftangent, multilinear
from srcad.runtime import in_full_signal, lagged_back, lagged_products, lagged_sum, pad_last, unbroadcast

# ---------------------------------------------------------------------------------------------------------------------
# Convolutions


_SHAPES = (((5,), (3,)), ((2,), (4,)), ((4, 3), (2, 2)))


def _modes(name: str) -> tuple:
    return tuple(Call(f"signal.{name}(a, v{mode})", a=a, v=v) for mode in ("", ", 'same'", ", mode='valid'")
                 for a, v in _SHAPES)


@multilinear(signal.convolve, complex=True, ignores=("method",), calls=(
    *_modes("convolve"), Call("signal.convolve(a, v, 'same', 'fft')", a=(4, 3), v=(3, 2)),
    Call("signal.convolve(a, v)", a=(), v=())))
def _convolve(y, in1, in2, mode="full", method="auto"):
    full = in_full_signal(y_bar, in1, in2, mode, None)
    in1_bar = signal.convolve(full, np.flip(in2), "valid", method)
    in2_bar = signal.convolve(full, np.flip(in1), "valid", method)


@multilinear(signal.correlate, complex=True, ignores=("method",), calls=_modes("correlate"))
def _correlate(y, in1, in2, mode="full", method="auto"):
    """The convolution with the conjugate of the second operand, from its end."""
    full = in_full_signal(y_bar, in1, in2, mode, None)
    in1_bar = signal.convolve(full, np.conj(in2), "valid", method)
    in2_bar = np.conj(np.flip(signal.convolve(full, np.flip(in1), "valid", method)))


_ALONG = (((3, 5), (3, 2), "1"), ((3, 5), (1, 2), "-1"), ((5, 2), (3, 2), "[0]"), ((4, 3, 2), (2, 3, 2), "(0, 2)"))


@multilinear(signal.fftconvolve, signal.oaconvolve, complex=True, calls=(
    *_modes("fftconvolve"), *(Call(f"signal.fftconvolve(a, v, axes={axes})", a=a, v=v) for a, v, axes in _ALONG),
    *(Call(f"signal.fftconvolve(a, v, '{mode}', axes=1)", a=(3, 5), v=(1, 2)) for mode in ("same", "valid"))))
def _fftconvolve(y, in1, in2, mode="full", axes=None):
    full = in_full_signal(y_bar, in1, in2, mode, axes)
    in1_bar = unbroadcast(signal.fftconvolve(full, np.flip(in2, axes), "valid", axes), in1)
    in2_bar = unbroadcast(signal.fftconvolve(full, np.flip(in1, axes), "valid", axes), in2)


# ---------------------------------------------------------------------------------------------------------------------
# Filters along one axis, the last one in what follows: b and a are the coefficients


_STATE = "zi=np.stack([z, 2.0 * z], -1)"


@defadjoint(signal.lfilter, complex=True, calls=(
    Call("signal.lfilter(b, a + np.array([4.0, 0.0, 0.0]), x)", b=(2,), a=(3,), x=(6,)),
    Call("signal.lfilter(b, [1.0], x)", b=(3,), x=(6,)), Call("signal.lfilter(b, 2.0, x)", b=(), x=(3,)),
    Call("signal.lfilter([0.3, 0.2], a + np.array([4.0, 0.0]), x)", a=(2,), x=(1,)),
    Call("signal.lfilter(b, a + np.array([4.0, 0.0]), x, axis=0)", b=(3,), a=(2,), x=(4, 2)),
    Call("signal.lfilter(b, a + np.array([4.0, 0.0]), x)", b=(4,), a=(2,), x=(2, 3)),
    *(Call(f"signal.lfilter(b, a + np.array([4.0, 0.0]), x, {_STATE})[{k}]", b=(3,), a=(2,), x=(2, n), z=(2,))
      for k in (0, 1) for n in (1, 5)),
    Call("signal.lfilter(b, a + np.array([4.0, 0.0]), x, 0, z)[1]", b=(2,), a=(2,), x=(4, 2), z=(1, 2))))
def _lfilter(y, b, a, x, axis=-1, zi=None):
    """With a state given, the result is the filtered signal and the state that it leaves."""
    known = np.atleast_1d(a)
    signals = np.moveaxis(x, axis, -1)
    count = np.shape(signals)[-1]
    if zi is None:
        g = backwards(known, np.moveaxis(y_bar, axis, -1))
        in_a = -lagged_products(g, np.moveaxis(y, axis, -1), np.size(a))
    else:
        left = np.moveaxis(y_bar[1], axis, -1) / known[0]
        values = np.moveaxis(y[0], axis, -1)
        after = lagged_back(known, pad_last(left, count, 0), count)
        g = np.concatenate([backwards(known, np.moveaxis(y_bar[0], axis, -1) - after), left], -1)
        given = g[..., :np.shape(zi)[axis]]
        in_first = np.sum(given * np.moveaxis(zi, axis, -1)) - np.sum(left * np.moveaxis(y[1], axis, -1))
        in_a = in_first * (np.arange(np.size(a)) == 0) - lagged_products(g, values, np.size(a))
        zi_bar = np.moveaxis(known[0] * given, -1, axis)
    a_bar = np.reshape(in_a, np.shape(a))
    b_bar = np.reshape(lagged_products(g, signals, np.size(b)), np.shape(b))
    x_bar = np.moveaxis(lagged_back(np.atleast_1d(b), g, count), -1, axis)


@deftangent(signal.lfilter)
def _lfilter_tangent(y, b, a, x, axis=-1, zi=None):
    known = np.atleast_1d(a)
    signals = np.moveaxis(x, axis, -1)
    values = np.moveaxis(y if zi is None else y[0], axis, -1)
    count = np.shape(signals)[-1]
    total = count if zi is None else count + np.shape(zi)[axis]
    moved = (lagged_sum(np.atleast_1d(b_dot), signals, total) + lagged_sum(np.atleast_1d(b), np.moveaxis(x_dot, axis, -1), total)
             - lagged_sum(np.atleast_1d(a_dot), values, total))
    if zi is None:
        y_dot = np.moveaxis(signal.lfilter([1.0], known, moved), -1, axis)
    else:
        in_first = np.atleast_1d(a_dot)[0]
        state_dot = in_first * np.moveaxis(zi, axis, -1) + known[0] * np.moveaxis(zi_dot, axis, -1)
        moved = moved + pad_last(state_dot, 0, count)
        values_dot = signal.lfilter([1.0], known, moved[..., :count])
        left = (moved - lagged_sum(known, values_dot, total))[..., count:] - in_first * np.moveaxis(y[1], axis, -1)
        y_dot = (np.moveaxis(values_dot, -1, axis), np.moveaxis(left / known[0], -1, axis))


def backwards(a, g):
    """The transpose of the filter without b: from the end to the start."""
    return np.flip(signal.lfilter([1.0], a, np.flip(g, -1)), -1)
