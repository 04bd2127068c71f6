"""How a comet's position depends on its orbit: the derivative of a Newton iteration, a ``while`` loop.

Kepler's equation E - e sin E = M gives the eccentric anomaly E for the mean anomaly M and the eccentricity e. The loop
runs as often as it needs; srcad records what its reverse sweep reads and replays it backwards. The result is compared
with the derivative of the equation itself: dE/dM = 1 / (1 - e cos E), dE/de = sin E / (1 - e cos E).
"""

from __future__ import annotations

import math

import srcad

# Eccentricity, and mean anomaly at the epoch J2000 in degrees (for the comet, two years after its perihelion of 1986).
ORBITS = {
    "Mercury": (0.205630, 174.796),
    "Earth": (0.016709, 357.517),
    "Mars": (0.093401, 19.390),
    "Pluto": (0.248808, 14.530),
    "Halley's comet": (0.967143, 9.563),
}


def eccentric_anomaly(mean_anomaly, eccentricity):
    """Solve Kepler's equation by Newton's method."""
    E = mean_anomaly + eccentricity * math.sin(mean_anomaly)
    step = 1.0
    while abs(step) > 1e-9:
        step = (E - eccentricity * math.sin(E) - mean_anomaly) / (1.0 - eccentricity * math.cos(E))
        E = E - step
    return E


def implicit(mean_anomaly: float, eccentricity: float) -> tuple[float, float]:
    """The two derivatives from the implicit function theorem."""
    E = eccentric_anomaly(mean_anomaly, eccentricity)
    slope = 1.0 / (1.0 - eccentricity * math.cos(E))
    return slope, slope * math.sin(E)


def main() -> None:
    gradient = srcad.grad(eccentric_anomaly, argnums=(0, 1))
    print(f"{'':16}{'E':>12}{'dE/dM':>12}{'dE/de':>12}{'error':>12}")
    for name, (eccentricity, degrees) in ORBITS.items():
        M = math.radians(degrees)
        by_mean_anomaly, by_eccentricity = gradient(M, eccentricity)
        exact = implicit(M, eccentricity)
        error = max(abs(by_mean_anomaly - exact[0]), abs(by_eccentricity - exact[1]))
        E = eccentric_anomaly(M, eccentricity)
        print(f"{name:16}{E:12.6f}{by_mean_anomaly:12.6f}{by_eccentricity:12.6f}{error:12.1e}")
    print("\nThe gradient as source:\n")
    print(gradient.source)


if __name__ == "__main__":
    main()
