"""What is timed: six programs, each with its hand-derived gradients in plain NumPy.

A program is written once, against a namespace `xp` that offers tanh, exp, log and sum, so that every engine runs the
same formula. `by_hand` is the yardstick: the same value and derivatives as a person would write them, no engine in it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.benchmarks.goals import Ahead, Asked, Goal, Limit

__all__ = ["ALONE", "BY_HAND", "COMPILED", "PEERS", "WORKLOADS", "Answer", "Workload"]

BY_HAND = "by hand"

COMPILED, ALONE = "compgraph compile", "compgraph 1 thread"

PEERS = ("jax jit", "torch", "torch fused", "autograd", "mygrad", "micrograd")

# The value, then the derivative with respect to each parameter.
Answer = tuple[Any, ...]


@dataclass(frozen=True)
class Workload:
    """One program to differentiate.

    `program(xp, parameters, data)` returns the scalar to differentiate with respect to each of `parameters`;
    `data` are the arrays it reads besides.
    """

    key: str
    title: str
    parameters: tuple[Any, ...]
    data: tuple[Any, ...]
    program: Callable[[Any, Any, Any], Any]
    by_hand: Callable[[], Answer]
    goals: tuple[Asked, ...]
    scalar: bool = False  # of single numbers only
    network: bool = False  # the two-layer network, of which some engines have a faster form
    shared: bool = False  # so much work that a compiled function shares the examples among threads
    depth: int = 0  # operations one behind the other, for engines that recurse or unroll


# -------------------------------------------------------------------------------------------------------------- W1, W1b


def three_times_a_plus_bc() -> Workload:
    a, b, c = 5.0, 3.0, 2.0

    def by_hand() -> Answer:
        u = b * c
        v = a + u
        J = 3 * v
        dv = 3.0
        da = du = dv
        return J, da, du * c, du * b

    return Workload(
        key="W1",
        title="J = 3(a + bc)",
        parameters=(a, b, c),
        data=(),
        program=lambda xp, p, data: 3 * (p[0] + p[1] * p[2]),
        by_hand=by_hand,
        goals=(Goal("micrograd", 0.8), Limit(1e-6, COMPILED), Ahead(COMPILED, PEERS)),
        scalar=True,
    )


def scalar_recurrence(rounds: int = 250, variables: int = 8) -> Workload:
    """acc ← tanh(acc·x + 0.5) - 0.1·x over and over: five nodes a round, what remains is the cost of a node."""
    values = tuple(float(v) for v in np.random.default_rng(0).normal(size=variables))

    def program(xp: Any, p: Any, data: Any) -> Any:
        acc = p[0]
        for i in range(rounds):
            x = p[i % variables]
            acc = xp.tanh(acc * x + 0.5) - x * 0.1
        return acc

    def by_hand() -> Answer:
        acc, steps = values[0], []
        for i in range(rounds):
            x = values[i % variables]
            t = math.tanh(acc * x + 0.5)
            steps.append((acc, x, t))
            acc = t - x * 0.1
        gradients = [0.0] * variables
        d_acc = 1.0
        for i in reversed(range(rounds)):
            before, x, t = steps[i]
            d_inner = d_acc * (1 - t * t)
            gradients[i % variables] += d_inner * before - 0.1 * d_acc
            d_acc = d_inner * x
        gradients[0] += d_acc
        return acc, *gradients

    return Workload(
        key="W1b",
        title=f"a program of {5 * rounds:,} scalar nodes",
        parameters=values,
        data=(),
        program=program,
        by_hand=by_hand,
        goals=(
            Goal("torch", 0.6),
            Goal("micrograd", 1.0),
            Goal(BY_HAND, 1.0, COMPILED),
            Ahead(COMPILED, PEERS),
        ),
        scalar=True,
        depth=3 * rounds,
    )


# ----------------------------------------------------------------------------------------------------------- W2, W3, W4


def two_layer_network(
    key: str, n_x: int, n_h: int, n_y: int, m: int, goals: tuple[Asked, ...], shared: bool = False
) -> Workload:
    """tanh hidden layer, σ output, cross-entropy cost; a column of X is an example."""
    random = np.random.default_rng(0)
    X, Y = random.normal(size=(n_x, m)), (random.random((n_y, m)) < 0.5).astype(np.float64)
    W1, b1 = random.normal(size=(n_h, n_x)) * 0.1, np.zeros((n_h, 1))
    W2, b2 = random.normal(size=(n_y, n_h)) * 0.1, np.zeros((n_y, 1))

    def program(xp: Any, p: Any, data: Any) -> Any:
        W1, b1, W2, b2 = p
        X, Y = data
        A1 = xp.tanh(W1 @ X + b1)
        A2 = 1 / (1 + xp.exp(-(W2 @ A1 + b2)))
        return -xp.sum(Y * xp.log(A2) + (1 - Y) * xp.log(1 - A2)) / m

    def by_hand() -> Answer:
        A1 = np.tanh(W1 @ X + b1)
        A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
        J = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
        dZ2 = A2 - Y
        dW2 = dZ2 @ A1.T / m
        db2 = np.sum(dZ2, axis=1, keepdims=True) / m
        dZ1 = (W2.T @ dZ2) * (1 - A1**2)
        dW1 = dZ1 @ X.T / m
        db1 = np.sum(dZ1, axis=1, keepdims=True) / m
        return J, dW1, db1, dW2, db2

    return Workload(
        key=key,
        title=f"two-layer network {n_x}-{n_h}-{n_y}, m = {m:,}",
        parameters=(W1, b1, W2, b2),
        data=(X, Y),
        program=program,
        by_hand=by_hand,
        goals=(*goals, Ahead(COMPILED, PEERS)),
        network=True,
        shared=shared,
    )


# ------------------------------------------------------------------------------------------------------------------- W5


def chain_of_tanh(length: int = 10_000, size: int = 100) -> Workload:
    start = np.linspace(0.1, 1.0, size)

    def program(xp: Any, p: Any, data: Any) -> Any:
        (x,) = p
        for _ in range(length):
            x = xp.tanh(x)
        return xp.sum(x)

    def by_hand() -> Answer:
        x, values = start, []
        for _ in range(length):
            x = np.tanh(x)
            values.append(x)
        dx = np.ones(size)
        for value in reversed(values):
            dx = dx * (1 - value * value)
        return np.sum(x), dx

    return Workload(
        key="W5",
        title=f"a chain of {length:,} tanh on {size} numbers",
        parameters=(start,),
        data=(),
        program=program,
        by_hand=by_hand,
        goals=(Goal(BY_HAND, 2.3),),
        depth=length,
    )


WORKLOADS = (
    three_times_a_plus_bc(),
    scalar_recurrence(),
    two_layer_network("W2", 2, 4, 1, 400, (Goal(BY_HAND, 2.5), Goal(BY_HAND, 0.7, COMPILED))),
    two_layer_network("W3", 784, 128, 10, 256, (Goal(BY_HAND, 1.1), Goal(BY_HAND, 0.9, COMPILED)), shared=True),
    two_layer_network(
        "W4",
        30,
        16,
        1,
        100_000,
        (Goal(BY_HAND, 1.1), Goal(BY_HAND, 0.5, ALONE), Goal(BY_HAND, 0.35, COMPILED)),
        shared=True,
    ),
    chain_of_tanh(),
)
