"""The most likely story of some dice: a Viterbi algorithm, and what its answer depends on.

The occasionally dishonest casino of Durbin, Eddy, Krogh and Mitchison, *Biological Sequence Analysis*, section 3.2: a fair die
that is now and then replaced by a loaded one, and 120 of their rolls. The dynamic programme keeps a list of scores and takes
maxima; its gradient by the logarithms of the probabilities counts how often each is used on the best path. A smooth maximum
instead gives the forward algorithm and expected counts, which is all that Baum and Welch's training needs.
"""

from __future__ import annotations

import numpy as np

import srcad

ROLLS = ("315116246446644245311321631164152133625144543631656626566666"
         "651166453132651245636664631636663162326455236266666625151631")
STATES = ("F", "L")
TRANSITIONS = np.array([[0.95, 0.05], [0.10, 0.90]])
EMISSIONS = np.array([[1.0 / 6.0] * 6, [0.1] * 5 + [0.5]])
START = np.array([0.5, 0.5])


def encode(rolls):
    return [int(roll) - 1 for roll in rolls]


def best_score(log_transitions, log_emissions, rolls):
    """The logarithm of the probability of the most likely path."""
    scores = [np.log(p) + log_emissions[k, rolls[0]] for k, p in enumerate(START)]
    for roll in rolls[1:]:
        scores = [max(scores[j] + log_transitions[j, k] for j in range(len(scores))) + log_emissions[k, roll]
                  for k in range(len(scores))]
    return max(scores)


def log_sum_exp(values):
    largest = max(values)
    return largest + np.log(sum(np.exp(v - largest) for v in values))


def log_likelihood(log_transitions, log_emissions, rolls):
    """The logarithm of the probability of the rolls, over all paths."""
    scores = [np.log(p) + log_emissions[k, rolls[0]] for k, p in enumerate(START)]
    for roll in rolls[1:]:
        scores = [log_sum_exp([scores[j] + log_transitions[j, k] for j in range(len(scores))]) + log_emissions[k, roll]
                  for k in range(len(scores))]
    return log_sum_exp(scores)


def best_path(log_transitions, log_emissions, rolls):
    """The path itself: where an indicator on the states moves the best score."""
    def score(bonus):
        scores = [np.log(p) + log_emissions[k, rolls[0]] + bonus[0, k] for k, p in enumerate(START)]
        for t, roll in enumerate(rolls[1:], start=1):
            scores = [max(scores[j] + log_transitions[j, k] for j in range(2)) + log_emissions[k, roll] + bonus[t, k]
                      for k in range(2)]
        return max(scores)

    used = srcad.grad(score)(np.zeros((len(rolls), 2)))
    return "".join(STATES[k] for k in np.argmax(used, axis=1))


def baum_welch(rolls, rounds):
    """Improve transitions and emissions by expected counts, the gradient of the likelihood."""
    transitions, emissions = TRANSITIONS, EMISSIONS
    counts = srcad.value_and_grad(log_likelihood, argnums=(0, 1))
    history = []
    for _ in range(rounds):
        value, (moved, emitted) = counts(np.log(transitions), np.log(emissions), rolls)
        history.append(float(value))
        transitions = moved / moved.sum(axis=1, keepdims=True)
        emissions = emitted / emitted.sum(axis=1, keepdims=True)
    return transitions, emissions, history


def main() -> None:
    rolls = encode(ROLLS)
    parameters = np.log(TRANSITIONS), np.log(EMISSIONS)
    print(f"best path {best_score(*parameters, rolls):.3f}, all paths {log_likelihood(*parameters, rolls):.3f}")
    path = best_path(*parameters, rolls)
    for k in range(0, len(ROLLS), 60):
        print("rolls", ROLLS[k:k + 60])
        print("dice ", path[k:k + 60])
    moved, emitted = srcad.grad(best_score, argnums=(0, 1))(*parameters, rolls)
    print("moves on the best path", moved.astype(int).tolist())
    print("sixes by die          ", emitted[:, 5].astype(int).tolist())
    _, emissions, history = baum_welch(rolls, 10)
    print(f"trained: log likelihood {history[0]:.3f} to {history[-1]:.3f}; the loaded die gives {emissions[1, 5]:.3f} sixes")


if __name__ == "__main__":
    main()
