"""Programs that change containers among their arguments, or write to arrays that these hold; one hazard each.

``@programs(p, ...)`` registers a function with its arguments; ``refused=`` is a piece of the message of what is refused,
``raised=`` of a ValueError when the derivative is called.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

A, B, C = np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.5, -1.0]), np.array([0.7, -0.2, 0.4])
M = np.arange(6.0).reshape(2, 3) / 5 + 0.2


class Programs(list):
    def __call__(self, *args, refused: str = "", raised: str = "", second: str = "", step: bool = True):
        def add(function):
            self.append((function, args, refused, raised, second, step))
            return function
        return add


programs = Programs()


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    b: np.ndarray
    rate: float = 0.5

    def smooth(self, k):
        self.w[1:] += k * self.w[:-1]

    def decay(self):
        self.rate *= 0.9
        self.w = self.w * self.rate


class Particle:
    def __init__(self, x, v, m):
        self.x, self.v, self.m = x, v, m

    def step(self, dt):
        self.v += dt * np.sin(self.x) / self.m
        self.x = self.x + dt * self.v

    @property
    def energy(self):
        return 0.5 * self.m * (self.v ** 2).sum()

    @energy.setter
    def energy(self, value):
        self.v *= value


class Slots:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class State(NamedTuple):
    q: np.ndarray
    p: np.ndarray


@dataclasses.dataclass(frozen=True)
class Frozen:
    w: np.ndarray
    s: float


class Watched:
    def __init__(self, x):
        object.__setattr__(self, "x", x)

    def __setattr__(self, name, value):
        object.__setattr__(self, name, 2.0 * value)


# --- arrays in containers are written to ------------------------------------------------------------------------------


@programs({"w": A, "b": B})
def item_of_a_dict(p):
    p["w"] *= 2.0
    return (p["w"] ** 2).sum() * p["b"].sum()


@programs({"w": A, "b": B})
def slices_of_items(p):
    p["w"][1:] += p["b"][:-1] * p["w"][0]
    p["b"][0] = p["w"][2] ** 2
    return (p["w"] * p["b"]).sum()


@programs([A, B])
def of_a_list(ws):
    ws[0][1:] += ws[1][:-1]
    return (ws[0] ** 2).sum()


@programs([A])
def of_a_list_of_one(ws):
    ws[0][1:] *= ws[0][:-1]
    return (ws[0] ** 2).sum()


@programs([np.array([2.0]), np.array([3.0])])
def of_a_list_of_arrays_of_one(ws):
    ws[0] *= ws[1]
    ws[1][0] = ws[0][0] ** 2
    return (ws[0] * ws[1]).sum()


@programs((A, B))
def of_a_tuple(t):
    a, b = t
    a *= b
    b[0] = a[1]
    return (a * a).sum() + b[0]


@programs([A, B, C])
def gone_through(ws):
    for w in ws:
        w *= 2.0
        w[1] = w[0] * w[2]
    return sum((w * w).sum() for w in ws)


@programs({"a": A, "b": B})
def gone_through_items(p):
    for key, w in p.items():
        w[0] = w[1] * w[2]
        if key == "a":
            w += 1.0
    return sum((w ** 2).sum() for w in p.values())


@programs([A, B, C], 2)
def chosen_at_run_time(ws, k):
    ws[k][0] = ws[k - 1][1] ** 2
    ws[k - 1] *= 1.5
    return (ws[0] * ws[1] * ws[2]).sum()


@programs({"layers": [{"w": A, "b": B}, {"w": B + 1.0, "b": A + 0.5}], "scale": 1.5})
def nested(p):
    for layer in p["layers"]:
        layer["w"] *= p["scale"]
        layer["w"][0] = layer["b"][1] ** 2
    return sum((layer["w"] * layer["b"]).sum() for layer in p["layers"])


@programs({"w": A, "b": B})
def by_a_callee(p):
    def smooth(u, v):
        u[1:-1] = 0.5 * (u[:-2] + u[2:]) * v[0]

    smooth(p["w"], p["b"])
    smooth(p["w"], p["w"].copy())
    return (p["w"] ** 3).sum()


def _step(p, k):
    p["x"] += k * p["v"]
    p["v"][...] = p["v"] - k * np.sin(p["x"])


@programs({"x": A, "v": B}, 3)
def by_a_callee_with_the_dict(p, n):
    for _ in range(n):
        _step(p, 0.1)
    return (p["x"] ** 2).sum()


@programs((A, B))
def given_back(p):
    p[0][0] = p[1][0] ** 2
    return (p[0] * p[1]).sum() + p[0].sum()


@programs({"w": A, "b": B})
def result_is_an_item(p):
    p["w"][0] = p["b"][1] ** 2
    return p["w"]


@programs({"w": A, "b": B})
def result_is_a_view_of_an_item(p):
    p["w"] *= p["b"]
    return p["w"][::2]


@programs([A.copy()], B)
def two_arguments(p, x):
    p[0][0] = x[1]
    return (p[0] * x).sum()


@programs([A.copy()], B)
def two_arguments_both_written(p, x):
    p[0][0] = x[1] ** 2
    x *= p[0]
    return (p[0] * x).sum()


@programs(Layer(A, B))
def of_a_dataclass(layer):
    layer.w *= layer.b
    layer.b[0] = layer.w[1] * layer.rate
    return (layer.w * layer.b).sum()


@programs(Layer(A, B))
def by_a_method(layer):
    layer.smooth(layer.b[0])
    layer.smooth(2.0)
    return (layer.w ** 2).sum() * layer.rate


@programs(Particle(A, B, 2.0))
def of_an_object(particle):
    particle.v += np.sin(particle.x)
    return (particle.v ** 2).sum() / particle.m


@programs(State(A, B))
def of_a_named_tuple(s):
    s.q[1:] += s.p[:-1] ** 2
    s.p[...] = s.q * s[1]
    return (s.q * s.p).sum()


@programs(Frozen(A, 2.0))
def of_a_frozen_dataclass(f):
    f.w[...] = f.w * f.s
    f.w[0] = f.w[1] ** 2
    return (f.w ** 2).sum()


@programs({"deep": ({"m": M}, [A, State(B, C)])})
def deep(p):
    p["deep"][0]["m"][0] *= p["deep"][1][0]
    p["deep"][1][1].q[...] = p["deep"][0]["m"].sum(axis=0)
    return (p["deep"][1][1].q * p["deep"][1][1].p).sum()


@programs({"m": M})
def rows_and_views(p):
    rows = p["m"]
    for row in rows:
        row *= row[0]
    flat = p["m"].reshape(-1)
    flat[3] = flat[1] ** 2
    return (p["m"] ** 2).sum()


@programs({"m": np.asfortranarray(M)})
def in_fortran_order(p):
    flat = p["m"].ravel()
    flat[3] = flat[1] ** 2
    p["m"] *= 2.0
    return (p["m"] ** 2).sum() + flat.sum()


@programs({"w": A, "n": 3, "name": "x", "flag": True, "none": None, "i": np.array([0, 2])})
def beside_other_things(p):
    for _ in range(p["n"]):
        p["w"][p["i"]] *= p["w"][1]
    if p["flag"] and p["name"] == "x" and p["none"] is None:
        p["w"] += 1.0
    return (p["w"] ** 2).sum()


@programs({"w": A, "count": np.array([0, 0, 0])})
def whole_numbers_are_written(p):
    p["count"][1] += 2
    p["w"][p["count"][1]] = p["w"][0] ** 2
    return (p["w"] * p["count"]).sum() + p["w"].sum()


@programs({"w": A})
def overwritten_after_use(p):
    e = np.exp(p["w"])
    p["w"] += e
    e += p["w"]
    return (e * p["w"]).sum()


@programs({"w": A, "b": B}, 3)
def while_loop(p, n):
    k = 0
    while k < n and p["w"][0] < 50.0:
        p["w"][0] *= p["w"][1]
        p["b"] -= 0.1 * p["w"]
        k += 1
    return (p["b"] * p["w"]).sum()


@programs({"w": A, "b": B})
def branch(p):
    if p["w"][0] > 0:
        p["w"][1:] = p["b"][1:] ** 2
        return (p["w"] ** 2).sum()
    p["b"] *= 2.0
    return p["b"].sum()


@programs(A, {"w": B})
def only_the_workspace_is_written(x, work):
    work["w"][...] = x * x
    work["w"][1:] += work["w"][:-1]
    return (work["w"] ** 2).sum()


@programs({"a": A, "b": B})
def buffers_take_turns(p):
    a, b = p["a"], p["b"]
    for _ in range(3):
        b[1:] = a[:-1] * 2.0
        a, b = b, a
    return (a * b).sum()


@programs({"xs": [1.0, 2.0, 3.0], "w": A})
def a_list_of_numbers_in_a_dict(p):
    p["xs"][0] = p["xs"][1] * p["xs"][2]
    p["xs"].append(p["w"][0] ** 2)
    p["w"][1] = p["xs"][3] * p["xs"][0]
    return sum(p["xs"]) * p["w"].sum()


@programs({"w": A.astype(np.float32), "b": B})
def of_single_precision(p):
    p["w"] += p["b"]
    return (p["w"] * p["b"]).sum()


@programs({"z": A + 0j, "b": B}, step=False)
def of_complex_numbers(p):
    p["z"] *= 1j * p["b"]
    p["z"][0] = p["z"][1] ** 2
    return (p["z"] * p["z"].conj()).real.sum()


@programs({"w": np.array(2.0), "e": np.zeros(0), "b": B})
def without_axes_and_empty(p):
    p["w"] *= p["b"][0]
    p["e"] += 1.0
    return p["w"] ** 2 * p["b"].sum() + p["e"].sum()


# --- slots are bound anew -------------------------------------------------------------------------------------------------


@programs({"w": A, "b": B})
def slot_is_bound_anew(p):
    p["w"] = p["w"] * p["b"]
    return (p["w"] ** 2).sum()


@programs({"w": A})
def new_slot(p):
    p["c"] = p["w"] * 2.0
    return (p["c"] ** 2).sum()


@programs({"w": A, "b": B, "s": 2.0})
def removed_slot(p):
    x = p.pop("b")
    del p["s"]
    return (p["w"] * x).sum()


@programs({"w": A, "b": B, "s": 2.0})
def removed_and_inserted_again(p):
    x = p.pop("w")
    p["w"] = x * p["s"]
    p["s"] = p["s"] ** 2
    return (p["w"] * p["b"]).sum() * p["s"]


@programs({"w": A, "b": B})
def swapped_slots(p):
    p["w"], p["b"] = p["b"], p["w"]
    return (p["w"] ** 2 * p["b"]).sum()


@programs({"w": A, "b": B})
def swapped_and_written(p):
    p["w"], p["b"] = p["b"], p["w"]
    p["w"] *= 3.0
    p["b"][0] = p["w"][1] ** 2
    return (p["w"] ** 2 * p["b"]).sum()


@programs({"w": A, "b": B})
def the_same_array_in_two_slots(p):
    p["c"] = p["w"]
    p["c"][0] = p["b"][0] ** 2
    return (p["w"] * p["b"]).sum()


@programs({"w": A, "b": B})
def a_new_array_in_two_slots(p):
    v = p["w"] * p["b"]
    p["c"] = v
    p["d"] = v
    return (p["c"] ** 2).sum() + p["d"].sum()


@programs({"w": A, "b": B})
def a_new_array_is_written_after_it_is_stored(p):
    v = p["w"] * p["b"]
    p["c"] = v
    v[0] = v[1] ** 2
    v *= p["w"]
    return (p["c"] ** 2).sum()


@programs([A, 2.0])
def item_of_a_list_of_different_things(state):
    state[0] = state[0] * state[1]
    state[1] = state[1] ** 2
    return (state[0] ** 2).sum() * state[1]


@programs([2.0, 3.0])
def item_of_a_list_of_numbers(state):
    state[0] = state[0] * state[1]
    state[1] += state[0] ** 2
    return state[0] * state[1]


@programs([A, B])
def list_grows(args):
    args.append(args[0] * args[1])
    args[2][0] = args[0][1] ** 2
    return (args[2] ** 2).sum()


@programs([A, B, C])
def list_is_changed_in_many_ways(args):
    x = args.pop(1)
    args.insert(0, x * 2.0)
    args.reverse()
    args += [args[0] * args[1]]
    return sum((a ** 2).sum() for a in args)


@programs([A, B], 3)
def list_is_rotated_in_a_loop(xs, n):
    for _ in range(n):
        xs[0], xs[1] = xs[1], xs[0] * xs[1]
    return (xs[0] * xs[1]).sum()


@programs({"x": A, "v": B}, 4)
def slots_in_a_loop(state, n):
    for _ in range(n):
        state["v"] = state["v"] - 0.1 * np.sin(state["x"])
        state["x"] = state["x"] + 0.1 * state["v"]
    return (state["x"] ** 2).sum()


@programs({"x": A, "n": 0}, 4)
def slots_augmented_in_a_loop(state, n):
    for _ in range(n):
        state["x"] += 0.1 * state["x"] ** 2
        state["n"] += 1
    return (state["x"] ** 2).sum() * state["n"]


@programs({"w": A, "b": B})
def slot_on_one_branch(p):
    if p["w"][0] > 0.0:
        p["w"] = p["w"] * p["b"]
    return (p["w"] ** 2).sum()


@programs({"w": A, "b": B})
def slot_before_an_early_return(p):
    p["b"] = p["b"] * 2.0
    if p["w"][0] > 0.0:
        return (p["w"] * p["b"]).sum()
    p["w"] = p["b"]
    return p["w"].sum()


@programs({"w": A})
def slot_holds_a_view(p):
    p["w"] = p["w"][1:]
    p["v"] = p["w"][::-1]
    return (p["w"] ** 2 * p["v"]).sum()


@programs(Layer(A, B))
def attribute_is_bound_anew(layer):
    layer.rate *= 2.0
    layer.w = layer.w * layer.b
    return (layer.w ** 2).sum() * layer.rate


@programs(Layer(A, B), 3)
def attributes_by_methods(layer, n):
    for _ in range(n):
        layer.decay()
    return (layer.w ** 2).sum()


@programs(Particle(A, B, 2.0), 3)
def steps_of_an_object(particle, n):
    for _ in range(n):
        particle.step(0.1)
    particle.seen = particle.x[0]
    return particle.energy * particle.seen


@programs(Particle(A, B, 2.0))
def a_property_is_set(particle):
    particle.energy = particle.x
    return (particle.v ** 2).sum()


@programs(Slots(A, 2.0))
def attributes_in_slots(o):
    o.y += o.x[0] ** 2
    o.x *= o.y
    return o.x.sum()


@programs({"layers": [Layer(A, B), Layer(B + 0.5, C)], "lr": 0.1})
def gradient_step(p):
    loss = 0.0
    for layer in p["layers"]:
        loss = loss + (np.tanh(layer.w) * layer.b).sum()
        layer.w -= p["lr"] * layer.b
        layer.b = layer.b * (1.0 - p["lr"])
    p["lr"] *= 0.5
    return loss + sum((layer.w * layer.b).sum() for layer in p["layers"])


@programs({"a": {"x": A}, "b": {"x": B}})
def containers_are_swapped(p):
    p["a"], p["b"] = p["b"], p["a"]
    p["a"]["x"] = p["a"]["x"] * 2.0
    p["b"]["y"] = p["a"]["x"]
    return (p["a"]["x"] ** 2 * p["b"]["x"]).sum()


@programs({"a": [A], "b": 1.0})
def a_container_put_into_a_new_one(p):
    p["c"] = {"kept": p["a"], "both": (p["a"][0], p["b"])}
    p["a"].append(p["a"][0] * 2.0)
    return (p["c"]["kept"][1] ** 2).sum() * p["b"]


@programs({"w": A}, {"w": B})
def moved_to_another_argument(p, q):
    q["w"] = p["w"] * q["w"]
    p["w"] = q["w"] ** 2
    return (p["w"] * q["w"]).sum()


@programs({"history": [], "x": A}, 3)
def an_empty_list_is_filled(p, n):
    for k in range(n):
        p["history"].append(p["x"][k % 3] ** 2)
    p["x"] *= 2.0
    return sum(p["history"]) * p["x"].sum()


@programs({"w": A, "b": B})
def returned_as_a_whole(p):
    p["w"] = p["w"] * p["b"]
    p["b"][0] = 2.0 * p["b"][1]
    return p


@programs({"w": A, "b": B})
def cleared_and_updated(p):
    w = p["w"]
    p.clear()
    p.update(u=w * 2.0, v=w)
    return (p["u"] * p["v"]).sum()


@programs({(0, 1): A, 2: B})
def keys_that_are_no_strings(p):
    p[(0, 1)] *= p[2]
    p[2] = p[(0, 1)] ** 2
    return p[2].sum()


@programs(A, 3.0)
def held_by_star_args(*args):
    args[0][0] = args[1] ** 2
    return (args[0] ** 2).sum() * args[1]


@programs({"w": A, "b": B})
def a_copy_of_the_dict(p):
    q = dict(p)
    q["w"] *= 2.0
    q["c"] = q["w"]
    return (p["w"] * q["c"]).sum()


def _rebind(p):
    p["w"] = np.sin(p["w"]) * p["b"]
    p["b"] = p["b"] + 0.1 * p["w"]
    p["n"] = p["n"] + 1.0


@programs({"w": A, "b": B, "n": 1.0}, 2)
def slots_by_a_callee(p, n):
    for _ in range(n):
        _rebind(p)
    return p["w"].sum() * p["b"].sum() * p["n"]


def _halve(p, n):
    if n:
        p["w"][n] *= p["b"][0]
        _halve(p, n - 1)


@programs({"w": A, "b": B}, 2)
def recursion_that_writes(p, n):
    _halve(p, n)
    return (p["w"] ** 2).sum()


@programs({"w": A, "b": B})
def methods_of_a_dict(p):
    x = p.setdefault("c", p["w"] * 2.0)
    p |= {"w": p["w"] * 3.0, "z": p["b"]}
    p.update({k: v * 2.0 for k, v in p.items() if k != "b"})
    _, last = p.popitem()
    return (x * p["w"] * last).sum()


@programs({"w": A, "b": B})
def keys_are_gone_through_and_added(p):
    for k in list(p):
        p[k] = p[k] * 2.0
        p[k + "_2"] = p[k] ** 2
    return p["w_2"].sum() * p["b_2"].sum()


@programs({"w": A, "b": B})
def closures_write_and_see(p):
    def total():
        return p["w"].sum()

    def double():
        p["w"] = p["w"] * 2.0

    first = total()
    double()
    double()
    return first * total()


@programs({"w": A, "b": B})
def the_argument_is_put_in_a_list(p):
    stack = [p]
    stack[0]["w"] = stack[0]["w"] * 2.0
    stack[-1]["w"] *= p["b"]
    return (p["w"] ** 2).sum()


@programs({"w": A})
def a_view_is_taken_before_the_slot_is_bound_anew(p):
    r = p["w"][::-1]
    p["w"] = r * 2.0
    r *= 3.0
    return (p["w"] * r).sum()


@programs({"w": A})
def slot_in_a_while_loop(p):
    while p["w"].real.sum() < 50.0:
        p["w"] = p["w"] * 2.0
    return (p["w"] ** 2).sum()


@programs({"w": A, "b": B})
def slots_and_a_break(p):
    for _ in range(5):
        p["w"] = p["w"] * 1.5
        if p["w"][0].real > 2.0:
            break
        p["b"] = p["b"] + p["w"]
    return (p["w"] * p["b"]).sum()


@programs({"w": A, "b": B})
def an_item_on_one_branch_is_written(p):
    a = p["w"] if p["b"][0].real > 0.0 else p["b"]
    a *= 2.0
    return (p["w"] ** 2 * p["b"]).sum()


@programs([2.5, np.float64(2.0)])
def numbers_of_two_kinds_in_a_list(xs):
    xs[0] = xs[1] ** 2
    xs.append(xs[0] * 2.0)
    return xs[0] * xs[1] + xs[2]


@programs([A, B], 2)
def items_swapped_at_run_time(xs, k):
    xs[k - 2], xs[k - 1] = xs[k - 1], xs[k - 2] * 2.0
    return (xs[0] ** 2 * xs[1]).sum()


@programs({"w": A}, [B, C], Slots(M[0].copy(), 2.0))
def arrays_of_other_arguments_are_put_into_slots(p, xs, o):
    p["v"] = xs[1][::-1]
    o.x = xs[0]
    xs.append(p["w"])
    return (p["v"] * o.x * xs[2]).sum() * o.y


# --- refused --------------------------------------------------------------------------------------------------------------


@programs({"w": A}, refused="depends on the way")
def a_key_that_may_be_there(p):
    if p["w"][0] > 2.0:
        p["c"] = p["w"] * 2.0
    return (p["w"] ** 2).sum()


@programs({"w": A, "b": B}, refused="put a copy into it")
def arrays_swapped_and_written_in_a_loop(p):
    for _ in range(3):
        p["w"], p["b"] = p["b"], p["w"]
        p["w"] *= 2.0
    return (p["w"] ** 2 * p["b"]).sum()


@programs({"w": A, "b": B}, refused="put a copy into it")
def a_view_of_what_is_written(p):
    p["v"] = p["w"][1:]
    p["w"] *= 2.0
    return (p["w"] ** 2).sum()


@programs(Watched(A), refused="__setattr__")
def a_class_that_watches_its_attributes(o):
    o.x = o.x * 3.0
    return (o.x ** 2).sum()


@programs(Frozen(A, 2.0), refused="frozen")
def a_frozen_attribute(f):
    f.s = 3.0
    return (f.w ** 2).sum()


SHARED = A.copy()


@programs([SHARED, SHARED], raised="share memory")
def an_array_that_is_held_twice(ws):
    ws[0][1:] += ws[1][:-1]
    return (ws[0] ** 2).sum()


@programs([SHARED], SHARED, raised="share memory")
def an_array_that_is_held_and_given(ws, x):
    ws[0][0] = x[1]
    return (ws[0] * x).sum()


HELD = {"x": B.copy()}


@programs({"a": HELD, "b": HELD}, raised="twice")
def a_dict_that_is_held_twice(p):
    p["a"]["x"] = p["a"]["x"] * 2.0
    return (p["b"]["x"] ** 2).sum()
