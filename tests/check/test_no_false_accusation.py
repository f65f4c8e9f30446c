"""A right formula is never accused: nothing is wrong, nothing is explained, no step is marked.

Right formulas are drawn at random: networks of one to three layers with all hidden activations, of all shapes, in both
precisions, with parameters that are zero, ordinary, or so large that every unit is saturated; the gradients alone, or
with the steps of the pass, as derivatives of the cost or as the notes write them, m times that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.networks import closed_form
from compgraph.networks.activations import hidden_activation
from tests.slips.problems import PROBLEMS

SIZES = st.integers(1, 5)
EXAMPLES = st.sampled_from([1, 1, 2, 3, 7, 50])
SCALES = st.sampled_from([0.0, 1e-8, 1e-3, 1.0, 10.0, 1e3])
DTYPES = st.sampled_from([np.float64, np.float32])


@dataclass(frozen=True)
class Case:
    """A network, its data and its parameters, and how the gradients are written down."""

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    m: int
    scale: float
    input_scale: float
    dtype: Any
    seed: int
    steps: str
    labels: str
    loss: str = "cross-entropy"

    @property
    def parameters(self) -> dict[str, Any]:
        rng = np.random.default_rng([self.seed, 0])
        found = {}
        for layer in range(1, len(self.sizes)):
            shape = (self.sizes[layer], self.sizes[layer - 1])
            found[f"W{layer}"] = (rng.normal(size=shape) * self.scale).astype(self.dtype)
            found[f"b{layer}"] = (rng.normal(size=(shape[0], 1)) * self.scale).astype(self.dtype)
        return found

    @property
    def data(self) -> tuple[Any, Any]:
        rng = np.random.default_rng([self.seed, 1])
        X = (rng.normal(size=(self.sizes[0], self.m)) * self.input_scale).astype(self.dtype)
        if self.labels == "random":
            return X, (rng.random((self.sizes[-1], self.m)) < 0.5).astype(self.dtype)
        layers = range(1, len(self.sizes))
        W, b = ([self.parameters[f"{name}{layer}"] for layer in layers] for name in "Wb")
        return X, np.round(closed_form.deep_forward(W, b, X, self.activations).A[-1])

    def cost(self, **at: Any) -> Any:
        X, Y = self.data
        Z, A = {}, {0: X}
        layers = len(self.sizes) - 1
        for layer in range(1, layers + 1):
            Z[layer] = at[f"W{layer}"] @ A[layer - 1] + at[f"b{layer}"]
            if layer < layers:
                A[layer] = hidden_activation(self.activations[layer - 1])(Z[layer])
        if self.loss == "half the squared error":
            return np.sum((Z[layers] - Y) ** 2) / (2 * self.m)
        return np.sum(cg.binary_cross_entropy_with_logits(Z[layers], Y)) / self.m

    def manual(self, **at: Any) -> dict[str, Any]:
        X, Y = self.data
        layers = len(self.sizes) - 1
        W, b = ([at[f"{name}{layer}"] for layer in range(1, layers + 1)] for name in "Wb")
        Z, A = closed_form.deep_forward(W, b, X, self.activations)
        given_as = 1 if self.steps == "the notes'" else self.m
        found = {}
        delta = (Z if self.loss == "half the squared error" else A)[-1] - Y
        for layer in reversed(range(layers)):
            found[f"dW{layer + 1}"] = np.dot(delta, A[layer].T) / self.m
            found[f"db{layer + 1}"] = np.sum(delta, axis=1, keepdims=True) / self.m
            if self.steps != "none":
                found[f"dZ{layer + 1}"] = delta / given_as
            if layer:
                slope = closed_form.DERIVATIVES[self.activations[layer - 1]](Z[layer - 1])
                delta = np.dot(W[layer].T, delta) * slope
        return found


@st.composite
def cases(draw: st.DrawFn) -> Case:
    layers = draw(st.integers(1, 3))
    return Case(
        sizes=tuple(draw(SIZES) for _ in range(layers + 1)),
        activations=tuple(draw(st.sampled_from(sorted(closed_form.ACTIVATIONS))) for _ in range(layers - 1)),
        m=draw(EXAMPLES),
        scale=draw(SCALES),
        input_scale=draw(st.sampled_from([0.0, 1.0, 1.0, 1e-4, 100.0])),
        dtype=draw(DTYPES),
        seed=draw(st.integers(0, 2**32)),
        steps=draw(st.sampled_from(["none", "the cost's", "the notes'"])),
        labels=draw(st.sampled_from(["random", "as predicted"])),
        loss=draw(st.sampled_from(["cross-entropy", "half the squared error"])),
    )


def assert_not_accused(found):
    assert not [row for row in found if row.verdict == "wrong"], f"\n{found}"
    assert not [row for row in found if row.step], f"\n{found}"
    kinds = {explanation.kind for row in found for explanation in row.explanations}
    assert kinds <= {"convention"}, f"\n{found}"


DIGITS_LOST = Case((1, 1, 2, 1), ("linear", "linear"), 2, 10.0, 0.0, np.float64, 0, "the notes'", "as predicted")
"""Here A3 - Y has five digits, and is m times a derivative that has them all."""


AT_A_KINK = Case((1, 1, 1), ("leaky_relu",), 2, 0.0, 0.0, np.float64, 0, "the notes'", "random")
"""Here all inputs of the activation are 0, and dZ2 is m times the derivative."""

TWICE_A_LENGTH = Case(
    (1, 1, 2), ("linear",), 2, 0.0, 0.0, np.float64, 0, "the notes'", "random", "half the squared error"
)
"""Here 2m is 4, which is the number of entries of Z2 as well."""


@example(case=TWICE_A_LENGTH)
@example(case=AT_A_KINK)
@example(case=DIGITS_LOST)
@given(case=cases())
def test_a_right_network_is_not_accused(case):
    found = cg.compare(case.cost, case.manual, at=case.parameters)
    assert_not_accused(found)
    steps = [row.name for row in found if row.part == "intermediate"]
    assert len(steps) == (0 if case.steps == "none" else len(case.sizes) - 1)


@given(case=cases())
def test_a_right_network_is_not_accused_of_values_given_outright(case):
    assert_not_accused(cg.compare(case.cost, case.manual(**case.parameters), at=case.parameters))


@pytest.mark.parametrize("name", PROBLEMS)
@example(seed=3313, dtype=np.float32, scale=4.0, steps=False)  # the cost takes log(1 - A2) of an A2 that rounds to 1
@example(seed=218, dtype=np.float32, scale=4.0, steps=False)
@given(
    seed=st.integers(0, 2**32),
    dtype=DTYPES,
    scale=st.sampled_from([0.0, 1e-6, 1e-2, 1.0, 4.0]),
    steps=st.booleans(),
)
def test_a_right_formula_of_the_corpus_is_not_accused_wherever_it_is_defined(name, seed, dtype, scale, steps):
    problem = PROBLEMS[name]
    at, data = problem.draw(np.random.default_rng(seed), dtype)
    if name not in ("Gaussian", "Poisson", "logistic, saturated"):  # a scale that is zero has no logarithm
        at = {key: np.asarray(value * scale, dtype)[()] for key, value in at.items()}
    manual = problem.written(steps=problem.steps if steps else ())
    with np.errstate(all="ignore"):
        assume(np.isfinite(problem.cost(**at, **data)))  # a probability may be zero to rounding, and have no logarithm
        assume(all(np.all(np.isfinite(value)) for value in manual(**at, **data).values()))  # exp may overflow
        found = cg.compare(problem.cost, manual, at=at, data=data)
    assert_not_accused(found)
