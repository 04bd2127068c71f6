"""A recurrent network that learns a sentence by heart: an LSTM written as loops, trained with Adam.

Hochreiter and Schmidhuber's cell (1997, with forget gates), one character after the other. Nothing but NumPy: the weights are
a dict, the states are lists, and the loss runs through time in a ``for`` loop.
"""

from __future__ import annotations

import itertools

import numpy as np

import srcad

TEXT = "the quick brown fox jumps over the lazy dog. "
ALPHABET = sorted(set(TEXT))
HIDDEN = 24


def sigmoid(x):
    return 0.5 * (np.tanh(0.5 * x) + 1.0)


def initial_weights(rng, characters, hidden):
    weights = {}
    for gate in ("input", "forget", "output", "change"):
        weights[gate] = rng.normal(scale=0.3, size=(hidden, hidden + characters))
        weights[gate + "_bias"] = np.zeros(hidden)
    weights["forget_bias"] = np.ones(hidden)
    weights["predict"] = rng.normal(scale=0.3, size=(characters, hidden))
    weights["predict_bias"] = np.zeros(characters)
    return weights


def cell(weights, x, hidden, memory):
    """One step: the new hidden state and the new memory."""
    joined = np.concatenate([hidden, x])

    def gate(name, squash):
        return squash(weights[name] @ joined + weights[name + "_bias"])

    memory = gate("forget", sigmoid) * memory + gate("input", sigmoid) * gate("change", np.tanh)
    return gate("output", sigmoid) * np.tanh(memory), memory


def log_softmax(scores):
    shifted = scores - np.max(scores)
    return shifted - np.log(np.sum(np.exp(shifted)))


def loss(weights, text):
    """The mean surprise at the next character, in nats."""
    hidden = memory = np.zeros(len(weights["forget_bias"]))
    surprise = []
    for current, following in itertools.pairwise(text):
        x = np.zeros(len(ALPHABET))
        x[current] = 1.0
        hidden, memory = cell(weights, x, hidden, memory)
        scores = weights["predict"] @ hidden + weights["predict_bias"]
        surprise.append(-log_softmax(scores)[following])
    return sum(surprise) / len(surprise)


def encode(text):
    return [ALPHABET.index(character) for character in text]


def train(steps, rate=0.03):
    """Weights, and the loss before each step."""
    weights = initial_weights(np.random.default_rng(0), len(ALPHABET), HIDDEN)
    first = {name: np.zeros_like(w) for name, w in weights.items()}
    second = {name: np.zeros_like(w) for name, w in weights.items()}
    value_and_gradient = srcad.value_and_grad(loss)
    history = []
    for step in range(1, steps + 1):
        value, gradient = value_and_gradient(weights, encode(TEXT))
        history.append(float(value))
        for name, g in gradient.items():
            first[name] = 0.9 * first[name] + 0.1 * g
            second[name] = 0.99 * second[name] + 0.01 * g**2
            scale = np.sqrt(second[name] / (1.0 - 0.99**step)) + 1e-8
            weights[name] = weights[name] - rate * first[name] / (1.0 - 0.9**step) / scale
    return weights, history


def continuation(weights, start, length):
    """What the network says next."""
    hidden = memory = np.zeros(HIDDEN)
    text = start
    for k in range(len(start) + length - 1):
        hidden, memory = cell(weights, np.eye(len(ALPHABET))[ALPHABET.index(text[k])], hidden, memory)
        if k + 1 >= len(start):
            text += ALPHABET[int(np.argmax(weights["predict"] @ hidden + weights["predict_bias"]))]
    return text


def main() -> None:
    weights, history = train(60)
    for step in (0, 10, 30, 59):
        print(f"step {step:3}: loss {history[step]:.3f}")
    print("it says:", continuation(weights, "the q", 20))


if __name__ == "__main__":
    main()
