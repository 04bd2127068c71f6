"""Where Pluto will be, and what that depends on: an N-body integrator written with classes.

The Sun and the outer planets, from their positions and velocities of 5 September 1994 (Hairer, Lubich and Wanner,
*Geometric Numerical Integration*, section I.2.4). The system is a list of bodies with methods, stepped by the leapfrog
scheme; srcad differentiates straight through it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

import srcad

G = 2.95912208286e-4          # astronomical units, days, masses of the Sun

BODIES = [
    ("Sun", 1.00000597682, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
    ("Jupiter", 9.54786104043e-4, (-3.5023653, -3.8169847, -1.5507963), (0.00565429, -0.00412490, -0.00190589)),
    ("Saturn", 2.85583733151e-4, (9.0755314, -3.0458353, -1.6483708), (0.00168318, 0.00483525, 0.00192462)),
    ("Uranus", 4.37273164546e-5, (8.3101420, -16.2901086, -7.2521278), (0.00354178, 0.00137102, 0.00055029)),
    ("Neptune", 5.17759138449e-5, (11.4707666, -25.7294829, -10.8169456), (0.00288930, 0.00114527, 0.00039677)),
    ("Pluto", 7.6923076923e-9, (-15.5387357, -25.2225594, -3.1902382), (0.00276725, -0.00170702, -0.00136504)),
]
NAMES = [name for name, *_ in BODIES]
MASSES = np.array([mass for _, mass, _, _ in BODIES])
POSITIONS = np.array([position for _, _, position, _ in BODIES])
VELOCITIES = np.array([velocity for _, _, _, velocity in BODIES])


@dataclass(frozen=True)
class Body:
    """A point with a mass."""

    mass: float
    position: np.ndarray
    velocity: np.ndarray

    def pull_of(self, other):
        """The acceleration of this body by another one."""
        offset = other.position - self.position
        return G * other.mass * offset / np.linalg.norm(offset) ** 3

    @property
    def kinetic_energy(self):
        return 0.5 * self.mass * np.sum(self.velocity**2)

    def kicked(self, acceleration, dt):
        return replace(self, velocity=self.velocity + dt * acceleration)

    def drifted(self, dt):
        return replace(self, position=self.position + dt * self.velocity)


class System:
    """Bodies that attract each other."""

    def __init__(self, bodies):
        self.bodies = bodies

    def kick(self, dt):
        pulls = [sum(body.pull_of(other) for other in self.bodies if other is not body) for body in self.bodies]
        self.bodies = [body.kicked(pull, dt) for body, pull in zip(self.bodies, pulls)]

    def step(self, dt):
        """A half kick, a drift, a half kick."""
        self.kick(0.5 * dt)
        self.bodies = [body.drifted(dt) for body in self.bodies]
        self.kick(0.5 * dt)

    def run(self, days, dt):
        for _ in range(round(days / dt)):
            self.step(dt)
        return self

    def energy(self):
        total = sum(body.kinetic_energy for body in self.bodies)
        for k, body in enumerate(self.bodies):
            for other in self.bodies[:k]:
                total -= G * body.mass * other.mass / np.linalg.norm(body.position - other.position)
        return total


def solar_system(masses, velocities):
    return System([Body(m, x, v) for m, x, v in zip(masses, POSITIONS, velocities)])


def distance_of_pluto(masses, velocities, days=3650.0, dt=50.0):
    """How far Pluto is from the Sun after some time."""
    system = solar_system(masses, velocities).run(days, dt)
    return np.linalg.norm(system.bodies[-1].position - system.bodies[0].position)


def drift_of_energy(velocities, days=3650.0, dt=50.0):
    """How far the integrator is from conserving the energy, relatively."""
    before = solar_system(MASSES, velocities).energy()
    after = solar_system(MASSES, velocities).run(days, dt).energy()
    return (after - before) / before


def main() -> None:
    print(f"Pluto after ten years: {distance_of_pluto(MASSES, VELOCITIES):.6f} astronomical units from the Sun")
    by_mass, by_velocity = srcad.grad(distance_of_pluto, argnums=(0, 1))(MASSES, VELOCITIES)
    for name, mass, slope in zip(NAMES, MASSES, by_mass):
        print(f"  one percent more of {name:8} moves it by {0.01 * mass * slope:13.5e}")
    print(f"  by its own velocity {np.array2string(by_velocity[-1], precision=3)} days")
    print(f"relative drift of the energy {drift_of_energy(VELOCITIES):.3e}")


if __name__ == "__main__":
    main()
