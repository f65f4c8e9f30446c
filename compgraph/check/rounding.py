"""How far two correct computations of the same gradient may lie apart through rounding alone.

Rounding is measured, not bounded: the graph is computed again with every input of every op nudged by a random
rounding error, forward and backward, and the spread of the results is what rounding does to them. Sums that cancel,
saturated activations and long chains show in it as they are; no tolerance has to be guessed.

A formula may also lose digits that the engine keeps: 1 - a is exact, but of an a near 1 few digits are left, so that
a(1 - a) for σ'(z) is off by eps however small it is. What such formulas can lose is measured on request, by giving
the slope of every nonlinear elementwise op an error of eps in absolute terms.

Source: the CESTAC method of stochastic arithmetic (Vignes, 1974), applied to a tape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from compgraph.node import Node, Variable, record
from compgraph.primitive import OPS, Op
from compgraph.reverse import gradients
from compgraph.rules.activation import log_softmax, softmax
from compgraph.tape import Tape

__all__ = ["Spread", "rounding_spread"]

SAMPLES = 8
"""With so many, that all of them happen to move ten times too little is a matter of one in 10⁸ entries."""


class Spread(NamedTuple):
    """The largest effect of rounding seen, on an output and on each of its gradients, entry by entry."""

    output: float
    gradients: list[Any]


BILINEAR = {OPS[np.add], OPS[np.subtract], OPS[np.multiply]}
"""The elementwise ops whose slopes nobody computes by a difference: they are 1, -1 or an operand."""


SHARES = {OPS[softmax], OPS[log_softmax]}
"""Ops of shares p that add up to 1, whose slope by hand is p - 1 where p is next to 1."""


def rounding_spread(
    output: Node,
    nodes: Sequence[Node],
    *,
    cancelling_slopes: bool = False,
    samples: int = SAMPLES,
    rng: np.random.Generator | None = None,
) -> Spread:
    """Return what rounding does to an output and to its gradients.

    >>> import compgraph as cg
    >>> x = cg.Variable(np.array([1e8, 1.0]))
    >>> spread = rounding_spread(np.sum(x**2 - 1e16 * np.array([1.0, 0.0])), [x])
    >>> spread.output > 0.1  # 1e16 - 1e16 has no digits left
    True
    >>> bool(np.all(spread.gradients[0] < 1e-6))  # the gradient 2x has all of them
    True

    Args:
        output: a node that is a single number.
        nodes: the leaves to take gradients with respect to.
        cancelling_slopes: also allow for local derivatives computed as a difference that cancels, such as 1 - a.
        samples: how often to compute again.
        rng: the source of the rounding errors; by default always the same.

    Returns:
        For the output and for every entry of every gradient the largest deviation, in its own units; zero where the
        value is not finite.
    """
    with np.errstate(all="ignore"):  # what overflows here or is not a number is left out below
        return _spread(output, nodes, cancelling_slopes, samples, rng or np.random.default_rng(0))


def _spread(
    output: Node, nodes: Sequence[Node], cancelling_slopes: bool, samples: int, rng: np.random.Generator
) -> Spread:
    tape = Tape(output)
    exact = gradients(output, nodes)
    output_moved = 0.0
    largest: list[Any] = [np.zeros(np.shape(g)) for g in exact]
    for _ in range(samples):
        shadow: dict[Node, Node] = {}
        for node in tape.nodes:
            if node.op is None:
                shadow[node] = Variable(node.value)
                continue
            made = record(node.op, tuple([_rounded(x, shadow, rng) for x in node.inputs]), node.params)
            if not node.op.exact:
                made.value = made.value * _factor(made.value, rng)
                if cancelling_slopes and _may_cancel(node.op):
                    for x in made.inputs:
                        if isinstance(x, Node):  # a term of value zero with a slope of rounding size
                            made = made + (x - x.value) * (_factor(made.value, rng) - 1)
            shadow[node] = made
        output_moved = max(output_moved, abs(float(shadow[output].value - output.value)))
        # a node that the output does not depend on is not on the tape, and its gradient is exactly zero
        moved = gradients(shadow[output], [shadow.get(node, node) for node in nodes])
        largest = [
            np.fmax(sofar, np.abs(np.subtract(new, old, dtype=np.float64)))
            for sofar, new, old in zip(largest, moved, exact, strict=True)
        ]
    return Spread(output_moved, [np.where(np.isfinite(each), each, 0.0) for each in largest])


def _may_cancel(op: Op) -> bool:
    """Whether somebody may compute the slope of an op as a difference."""
    return op in SHARES or (op.elementwise and op not in BILINEAR)


def _rounded(x: Any, shadow: dict[Node, Node], rng: np.random.Generator) -> Any:
    """An input of an op with each entry off by a random rounding error, and its cotangent likewise."""
    if isinstance(x, Node):
        return shadow[x] * _factor(x.value, rng)
    return x * _factor(x, rng) if isinstance(x, (float, np.ndarray, np.floating)) else x


def _factor(value: Any, rng: np.random.Generator) -> Any:
    """One plus a random rounding error for each entry; exactly one for what is no floating-point number."""
    if not isinstance(value, (float, np.ndarray, np.floating)) or np.result_type(value).kind != "f":
        return 1
    dtype = np.result_type(value)
    factor = 1 + np.finfo(dtype).eps * rng.uniform(-2, 2, np.shape(value))
    return float(factor) if type(value) is float else factor.astype(dtype)
