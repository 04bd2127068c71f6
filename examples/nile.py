"""How much of the Nile's variation is noise: the likelihood of a state-space model by a Kalman filter.

Annual flow at Aswan, 1871 to 1970, in 10^8 cubic metres (Cobb, *Biometrika*, 1978). The local level model of Durbin and
Koopman, *Time Series Analysis by State Space Methods*, chapter 2, is fitted by maximum likelihood; the filter is written
for models with any number of states.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

import srcad

FLOW = np.array([
    1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140,
    1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969,
    831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759,
    781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
    744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740], dtype=float)


@dataclass
class Model:
    """``state = F state + noise``, ``observation = H state + noise``"""

    transition: np.ndarray
    observation: np.ndarray
    state_noise: np.ndarray
    observation_noise: float


class KalmanFilter:
    """Keeps the mean and the covariance of the state."""

    def __init__(self, model, mean, covariance):
        self.model = model
        self.mean = mean
        self.covariance = covariance
        self.log_likelihood = 0.0

    def predict(self):
        F = self.model.transition
        self.mean = F @ self.mean
        self.covariance = F @ self.covariance @ F.T + self.model.state_noise

    def update(self, y):
        H = self.model.observation
        innovation = y - H @ self.mean
        variance = H @ self.covariance @ H + self.model.observation_noise
        gain = self.covariance @ H / variance
        self.mean = self.mean + gain * innovation
        self.covariance = self.covariance - np.outer(gain, H @ self.covariance)
        self.log_likelihood -= 0.5 * (np.log(2.0 * np.pi * variance) + innovation**2 / variance)


def local_level(theta):
    """A level that wanders: theta has the logarithms of the standard deviations of observation and level."""
    sigma = np.exp(theta)
    return Model(np.eye(1), np.ones(1), sigma[1] ** 2 * np.eye(1), sigma[0] ** 2)


def local_trend(theta):
    """A level with a slope that wanders too."""
    sigma = np.exp(theta)
    return Model(np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([1.0, 0.0]), np.diag(sigma[1:] ** 2), sigma[0] ** 2)


def negative_log_likelihood(theta, make_model, series):
    """Of the observations after the first, given the first (a diffuse start for the level)."""
    model = make_model(theta)
    states = len(model.observation)
    covariance = np.zeros((states, states))
    covariance[0, 0] = model.observation_noise
    kalman = KalmanFilter(model, np.concatenate(([series[0]], np.zeros(states - 1))), covariance)
    for y in series[1:]:
        kalman.predict()
        kalman.update(y)
    return -kalman.log_likelihood


START = {local_level: np.log([100.0, 50.0]), local_trend: np.log([100.0, 50.0, 1.0])}


def fit(make_model=local_level):
    """The maximum likelihood estimate: scipy's OptimizeResult."""
    return minimize(srcad.value_and_grad(negative_log_likelihood), START[make_model], args=(make_model, FLOW), jac=True)


def main() -> None:
    result = fit()
    noise, level = np.exp(2.0 * result.x)
    print(f"log likelihood       {-result.fun:10.2f}")
    print(f"variance of noise    {noise:10.1f}")
    print(f"variance of level    {level:10.1f}")
    information = srcad.hessian(negative_log_likelihood)(result.x, local_level, FLOW)
    print("standard errors of the logarithms", np.sqrt(np.diag(np.linalg.inv(information))).round(3))
    slope = srcad.grad(negative_log_likelihood)(START[local_trend], local_trend, FLOW)
    print("gradient with a trend", slope.round(3))


if __name__ == "__main__":
    main()
