"""Kernels over Python floats, with their derivatives by hand.

The derivatives are what a careful engineer writes who knows reverse mode: common subexpressions are computed once, what
the reverse sweep reads is put on a list, and nothing else is. No insight into the particular mathematics (such as the
identity between the two normal densities in the Black-Scholes formula) is used, for a compiler cannot have it.
"""

from __future__ import annotations

import math

from kernel import Kernel


def lecture(x1, x2):
    return math.log(x1) + x1 * x2 - math.sin(x2)


def lecture_by_hand(x1, x2):
    return 1.0 / x1 + x2, x1 - math.cos(x2)


def black_scholes(spot, strike, rate, volatility, time):
    spread = volatility * math.sqrt(time)
    d1 = (math.log(spot / strike) + (rate + 0.5 * volatility**2) * time) / spread
    d2 = d1 - spread
    n1 = 0.5 * (1.0 + math.erf(d1 / math.sqrt(2.0)))
    n2 = 0.5 * (1.0 + math.erf(d2 / math.sqrt(2.0)))
    return spot * n1 - strike * math.exp(-rate * time) * n2


def black_scholes_by_hand(spot, strike, rate, volatility, time):
    root = math.sqrt(time)
    spread = volatility * root
    drift = rate + 0.5 * volatility**2
    root_2 = math.sqrt(2.0)
    d1 = (math.log(spot / strike) + drift * time) / spread
    d2 = d1 - spread
    u1 = d1 / root_2
    u2 = d2 / root_2
    n1 = 0.5 * (1.0 + math.erf(u1))
    n2 = 0.5 * (1.0 + math.erf(u2))
    discount = math.exp(-rate * time)
    present = strike * discount
    # reverse
    scale = 1.0 / (math.sqrt(math.pi) * root_2)
    d2_bar = -present * scale * math.exp(-u2 * u2)
    d1_bar = d2_bar + spot * scale * math.exp(-u1 * u1)
    numerator_bar = d1_bar / spread
    spread_bar = -d2_bar - numerator_bar * d1
    exponent_bar = -present * n2
    drift_bar = numerator_bar * time
    spot_bar = n1 + numerator_bar / spot
    strike_bar = -discount * n2 - numerator_bar / strike
    rate_bar = drift_bar - exponent_bar * time
    volatility_bar = spread_bar * root + drift_bar * volatility
    time_bar = numerator_bar * drift - exponent_bar * rate + 0.5 * spread_bar * volatility / root
    return spot_bar, strike_bar, rate_bar, volatility_bar, time_bar


def horner(x, coefficients):
    y = 0.0
    for c in coefficients:
        y = y * x + c
    return y


def horner_by_hand(x, coefficients):
    y = 0.0
    tape = []
    for c in coefficients:
        tape.append(y)
        y = y * x + c
    x_bar = 0.0
    y_bar = 1.0
    for y in tape[::-1]:
        x_bar += y_bar * y
        y_bar *= x
    return x_bar


def bounce(height, speed, gravity, drag, restitution, dt, bounces):
    while bounces > 0:
        if speed > 0.0:
            acceleration = -gravity - drag * speed * speed
        else:
            acceleration = -gravity + drag * speed * speed
        speed = speed + dt * acceleration
        height = height + dt * speed
        if height < 0.0:
            height = -height
            speed = -restitution * speed
            bounces = bounces - 1
    return height + 0.1 * speed


def bounce_by_hand(height, speed, gravity, drag, restitution, dt, bounces):
    tape = []
    while bounces > 0:
        before = speed
        if speed > 0.0:
            acceleration = -gravity - drag * speed * speed
        else:
            acceleration = -gravity + drag * speed * speed
        speed = speed + dt * acceleration
        height = height + dt * speed
        hit = height < 0.0
        tape.append((before, hit, speed))
        if hit:
            height = -height
            speed = -restitution * speed
            bounces = bounces - 1
    # reverse
    height_bar = 1.0
    speed_bar = 0.1
    gravity_bar = drag_bar = restitution_bar = 0.0
    for before, hit, after in tape[::-1]:
        if hit:
            height_bar = -height_bar
            restitution_bar -= speed_bar * after
            speed_bar = -restitution * speed_bar
        speed_bar += dt * height_bar
        acceleration_bar = dt * speed_bar
        gravity_bar -= acceleration_bar
        t = acceleration_bar * before
        if before > 0.0:
            drag_bar -= t * before
            speed_bar -= 2.0 * drag * t
        else:
            drag_bar += t * before
            speed_bar += 2.0 * drag * t
    return height_bar, speed_bar, gravity_bar, drag_bar, restitution_bar


BOUNCE_FOR_JAX = """
def bounce(height, speed, gravity, drag, restitution, dt, bounces):
    def step(state, _):
        height, speed, bounces = state
        acceleration = -gravity - drag * speed * np.abs(speed)
        new_speed = speed + dt * acceleration
        new_height = height + dt * new_speed
        hit = new_height < 0.0
        new_speed = np.where(hit, -restitution * new_speed, new_speed)
        new_height = np.where(hit, -new_height, new_height)
        going = bounces > 0
        height = np.where(going, new_height, height)
        speed = np.where(going, new_speed, speed)
        return (height, speed, np.where(going & hit, bounces - 1, bounces)), None
    (height, speed, _), _ = lax.scan(step, (height, speed, bounces), length=256)
    return height + 0.1 * speed
"""


def lotka_volterra(prey, predators, a, b, c, d, h, steps):
    for _ in range(steps):
        p1 = (a - b * predators) * prey
        q1 = (d * prey - c) * predators
        prey2 = prey + 0.5 * h * p1
        predators2 = predators + 0.5 * h * q1
        p2 = (a - b * predators2) * prey2
        q2 = (d * prey2 - c) * predators2
        prey3 = prey + 0.5 * h * p2
        predators3 = predators + 0.5 * h * q2
        p3 = (a - b * predators3) * prey3
        q3 = (d * prey3 - c) * predators3
        prey4 = prey + h * p3
        predators4 = predators + h * q3
        p4 = (a - b * predators4) * prey4
        q4 = (d * prey4 - c) * predators4
        prey = prey + h / 6.0 * (p1 + 2.0 * p2 + 2.0 * p3 + p4)
        predators = predators + h / 6.0 * (q1 + 2.0 * q2 + 2.0 * q3 + q4)
    return prey + predators


def lotka_volterra_by_hand(prey, predators, a, b, c, d, h, steps):
    half = 0.5 * h
    sixth = h / 6.0
    tape = []
    for _ in range(steps):
        u1 = a - b * predators
        w1 = d * prey - c
        p1 = u1 * prey
        q1 = w1 * predators
        prey2 = prey + half * p1
        predators2 = predators + half * q1
        u2 = a - b * predators2
        w2 = d * prey2 - c
        p2 = u2 * prey2
        q2 = w2 * predators2
        prey3 = prey + half * p2
        predators3 = predators + half * q2
        u3 = a - b * predators3
        w3 = d * prey3 - c
        p3 = u3 * prey3
        q3 = w3 * predators3
        prey4 = prey + h * p3
        predators4 = predators + h * q3
        u4 = a - b * predators4
        w4 = d * prey4 - c
        tape.append((prey, predators, prey2, predators2, prey3, predators3, prey4, predators4, u1, w1, u2, w2, u3, w3, u4, w4))
        prey = prey + sixth * (p1 + 2.0 * p2 + 2.0 * p3 + u4 * prey4)
        predators = predators + sixth * (q1 + 2.0 * q2 + 2.0 * q3 + w4 * predators4)
    # reverse
    x_bar = y_bar = 1.0
    a_bar = b_bar = c_bar = d_bar = 0.0
    for x1, y1, x2, y2, x3, y3, x4, y4, u1, w1, u2, w2, u3, w3, u4, w4 in tape[::-1]:
        x6_bar = sixth * x_bar
        y6_bar = sixth * y_bar
        x3_bar = 2.0 * x6_bar
        y3_bar = 2.0 * y6_bar
        # fourth stage: p = u * x, q = w * y, u = a - b * y, w = d * x - c
        u4_bar = x6_bar * x4
        w4_bar = y6_bar * y4
        x4_bar = x6_bar * u4 + w4_bar * d
        y4_bar = y6_bar * w4 - u4_bar * b
        # third
        p_bar = x3_bar + h * x4_bar
        q_bar = y3_bar + h * y4_bar
        u3_bar = p_bar * x3
        w3_bar = q_bar * y3
        state_x = p_bar * u3 + w3_bar * d
        state_y = q_bar * w3 - u3_bar * b
        x_bar += x4_bar + state_x
        y_bar += y4_bar + state_y
        # second
        p_bar = x3_bar + half * state_x
        q_bar = y3_bar + half * state_y
        u2_bar = p_bar * x2
        w2_bar = q_bar * y2
        state_x = p_bar * u2 + w2_bar * d
        state_y = q_bar * w2 - u2_bar * b
        # first
        p_bar = x6_bar + half * state_x
        q_bar = y6_bar + half * state_y
        u1_bar = p_bar * x1
        w1_bar = q_bar * y1
        a_bar += u1_bar + u2_bar + u3_bar + u4_bar
        b_bar -= u1_bar * y1 + u2_bar * y2 + u3_bar * y3 + u4_bar * y4
        c_bar -= w1_bar + w2_bar + w3_bar + w4_bar
        d_bar += w1_bar * x1 + w2_bar * x2 + w3_bar * x3 + w4_bar * x4
        x_bar += state_x + p_bar * u1 + w1_bar * d
        y_bar += state_y + q_bar * w1 - u1_bar * b
    return x_bar, y_bar, a_bar, b_bar, c_bar, d_bar


LOTKA_VOLTERRA_FOR_JAX = """
def lotka_volterra(prey, predators, a, b, c, d, h, steps):
    def step(_, state):
        prey, predators = state
        p1 = (a - b * predators) * prey
        q1 = (d * prey - c) * predators
        prey2 = prey + 0.5 * h * p1
        predators2 = predators + 0.5 * h * q1
        p2 = (a - b * predators2) * prey2
        q2 = (d * prey2 - c) * predators2
        prey3 = prey + 0.5 * h * p2
        predators3 = predators + 0.5 * h * q2
        p3 = (a - b * predators3) * prey3
        q3 = (d * prey3 - c) * predators3
        prey4 = prey + h * p3
        predators4 = predators + h * q3
        p4 = (a - b * predators4) * prey4
        q4 = (d * prey4 - c) * predators4
        prey = prey + h / 6.0 * (p1 + 2.0 * p2 + 2.0 * p3 + p4)
        predators = predators + h / 6.0 * (q1 + 2.0 * q2 + 2.0 * q3 + q4)
        return prey, predators
    prey, predators = lax.fori_loop(0, steps, step, (prey, predators))
    return prey + predators
"""


def pull(angle, speed, damping):
    return -math.sin(angle) - damping * speed


def pendulum(angle, speed, damping, h, steps):
    energy = 0.0
    for _ in range(steps):
        middle = speed + 0.5 * h * pull(angle, speed, damping)
        angle = angle + h * middle
        speed = middle + 0.5 * h * pull(angle, middle, damping)
        energy = energy + speed * speed
    return energy


def pendulum_by_hand(angle, speed, damping, h, steps):
    half = 0.5 * h
    tape = []
    for _ in range(steps):
        middle = speed + half * (-math.sin(angle) - damping * speed)
        angle_1 = angle + h * middle
        speed_1 = middle + half * (-math.sin(angle_1) - damping * middle)
        tape.append((angle, speed, middle, angle_1, speed_1))
        angle = angle_1
        speed = speed_1
    # reverse
    angle_bar = speed_bar = damping_bar = 0.0
    for angle, speed, middle, angle_1, speed_1 in tape[::-1]:
        speed_bar += 2.0 * speed_1
        pull_bar = half * speed_bar
        angle_bar -= pull_bar * math.cos(angle_1)
        damping_bar -= pull_bar * middle
        middle_bar = speed_bar - pull_bar * damping + h * angle_bar
        pull_bar = half * middle_bar
        angle_bar -= pull_bar * math.cos(angle)
        damping_bar -= pull_bar * speed
        speed_bar = middle_bar - pull_bar * damping
    return angle_bar, speed_bar, damping_bar


PENDULUM_FOR_JAX = """
def pull(angle, speed, damping):
    return -math.sin(angle) - damping * speed


def pendulum(angle, speed, damping, h, steps):
    def step(_, state):
        angle, speed, energy = state
        middle = speed + 0.5 * h * pull(angle, speed, damping)
        angle = angle + h * middle
        speed = middle + 0.5 * h * pull(angle, middle, damping)
        energy = energy + speed * speed
        return angle, speed, energy
    return lax.fori_loop(0, steps, step, (angle, speed, 0.0))[2]
"""

KERNELS = (
    Kernel("formula (lecture)", lecture, lecture_by_hand, (2.0, 5.0), (0, 1)),
    Kernel(
        "formula (Black-Scholes)",
        black_scholes,
        black_scholes_by_hand,
        (100.0, 95.0, 0.03, 0.2, 0.75),
        (0, 1, 2, 3, 4),
    ),
    Kernel("loop (Horner, 50)", horner, horner_by_hand, (0.9, [math.sin(k) for k in range(50)])),
    Kernel(
        "branchy while (bouncing ball)",
        bounce,
        bounce_by_hand,
        (2.0, 0.0, 9.81, 0.02, 0.7, 0.01, 3),
        (0, 1, 2, 3, 4),
        jax=BOUNCE_FOR_JAX,
    ),
    Kernel(
        "Runge-Kutta (Lotka-Volterra, 100)",
        lotka_volterra,
        lotka_volterra_by_hand,
        (30.0, 4.0, 0.55, 0.028, 0.8, 0.024, 0.05, 100),
        (0, 1, 2, 3, 4, 5),
        jax=LOTKA_VOLTERRA_FOR_JAX,
        static=(7,),
    ),
    Kernel(
        "loop with calls (pendulum, 100)",
        pendulum,
        pendulum_by_hand,
        (1.0, 0.0, 0.1, 0.05, 100),
        (0, 1, 2),
        helpers=(pull,),
        jax=PENDULUM_FOR_JAX,
        static=(4,),
    ),
)
