"""What an option is worth and what moves its price: a Monte Carlo simulation with fixed draws.

Paths of a stock under Black and Scholes' model; a European call, for which the price and its derivatives ("the Greeks") are
known in closed form, and an Asian one with a barrier that is smoothed, for which they are not. The draws are made inside
the function from a seed, so that every call, and the derivative, sees the same paths.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

import srcad


@dataclass(frozen=True)
class Call:
    """The right to buy at the strike."""

    strike: float

    def payoff(self, paths):
        return np.maximum(paths[:, -1] - self.strike, 0.0)


@dataclass(frozen=True)
class AsianWithBarrier:
    """A call on the mean price, which is lost where the stock rises over the barrier."""

    strike: float
    barrier: float
    smoothing: float = 2.0

    def payoff(self, paths):
        alive = np.prod(0.5 * (1.0 - np.tanh((paths - self.barrier) / self.smoothing)), axis=1)
        return np.maximum(np.mean(paths, axis=1) - self.strike, 0.0) * alive


def simulate(spot, rate, volatility, maturity, steps, count, seed):
    """Paths of the stock, without the start: an array of shape (count, steps)."""
    rng = np.random.default_rng(seed)
    draws = rng.standard_normal((count // 2, steps))
    draws = np.concatenate([draws, -draws])
    dt = maturity / steps
    log_steps = (rate - 0.5 * volatility**2) * dt + volatility * math.sqrt(dt) * draws
    return spot * np.exp(np.cumsum(log_steps, axis=1))


def price(option, spot, rate, volatility, maturity, steps=12, count=20000, seed=1):
    """The discounted mean of the payoff."""
    paths = simulate(spot, rate, volatility, maturity, steps, count, seed)
    return math.exp(-rate * maturity) * np.mean(option.payoff(paths))


def closed_form(strike, spot, rate, volatility, maturity):
    """Black and Scholes' price of a call."""
    deviation = volatility * math.sqrt(maturity)
    d1 = (math.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / deviation
    return spot * ndtr(d1) - strike * math.exp(-rate * maturity) * ndtr(d1 - deviation)


def implied_volatility(target, strike, spot, rate, maturity):
    """Newton's method on the closed form."""
    vega = srcad.grad(closed_form, argnums=3)
    volatility = 0.5
    for _ in range(20):
        arguments = (strike, spot, rate, volatility, maturity)
        volatility -= (closed_form(*arguments) - target) / vega(*arguments)
    return volatility


MARKET = (100.0, 0.03, 0.25, 1.0)
GREEKS = ("delta", "rho", "vega", "minus theta")


def main() -> None:
    call = Call(105.0)
    print(f"{'':12}{'simulated':>12}{'closed form':>12}")
    print(f"{'price':12}{price(call, *MARKET):12.4f}{closed_form(call.strike, *MARKET):12.4f}")
    simulated = srcad.grad(price, argnums=(1, 2, 3, 4))(call, *MARKET)
    exact = srcad.grad(closed_form, argnums=(1, 2, 3, 4))(call.strike, *MARKET)
    for name, a, b in zip(GREEKS, simulated, exact):
        print(f"{name:12}{a:12.4f}{b:12.4f}")
    asian = AsianWithBarrier(100.0, 130.0)
    greeks = srcad.grad(price, argnums=(1, 2, 3, 4))(asian, *MARKET)
    print(f"Asian option with a barrier: price {price(asian, *MARKET):.4f},", end=" ")
    print(", ".join(f"{name} {value:.4f}" for name, value in zip(GREEKS, greeks)))
    print(f"volatility implied by a price of 8: {implied_volatility(8.0, 105.0, 100.0, 0.03, 1.0):.6f}")


if __name__ == "__main__":
    main()
