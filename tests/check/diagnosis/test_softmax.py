"""Slips in the derivative of the softmax, along either axis, however it is written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compgraph as cg
from tests.check.diagnosis.suspects import numbers, told

SEEDS = st.integers(0, 2**32)
FEW = settings(max_examples=4)
"""Of each of many cases: every one is compared at three places."""
G = np.random.default_rng(8).normal(size=(4, 5))


def softmax(S: Any, axis: int, written: str) -> Any:
    if written == "by the engine":
        return cg.softmax(S, axis=axis)
    E = np.exp(S - np.max(S, axis=axis, keepdims=True)) if written == "less the maximum" else np.exp(S)
    return E / np.sum(E, axis=axis, keepdims=True)


SLIPS: dict[str, Any] = {
    "as if it were elementwise": lambda P, dP, axis: dP * P * (1 - P),
    "the sum forgotten": lambda P, dP, axis: dP * P,
    "the diagonal forgotten": lambda P, dP, axis: -P * np.sum(dP * P, axis=axis, keepdims=True),
    "not at all": lambda P, dP, axis: dP,
    "the outer factor forgotten": lambda P, dP, axis: dP - np.sum(dP * P, axis=axis, keepdims=True),
    "summed along the other axis": lambda P, dP, axis: P * (dP - np.sum(dP * P, axis=1 - axis, keepdims=True)),
}
WHERE = {
    "the sum forgotten": "missing-term",
    "the diagonal forgotten": "missing-term",
    "not at all": "missing-derivative",
}


@pytest.mark.parametrize("slip", SLIPS)
@FEW
@given(
    seed=SEEDS, axis=st.sampled_from([0, 1]), written=st.sampled_from(["by the engine", "less the maximum", "plain"])
)
def test_slips_of_the_jacobian(slip, seed, axis, written):
    def cost(W):
        S = 1.5 * W
        P = softmax(S, axis, written)
        return np.sum(G * P**2)

    def manual(W):
        P = softmax(1.5 * W, axis, written)
        return 1.5 * SLIPS[slip](P, 2 * G * P, axis)

    (first, *_) = told(cost, manual, {"W": numbers((4, 5), seed) / 2})
    assert first.kind in ("wrong-derivative", "missing-derivative", "missing-term")
    assert first.kind == WHERE.get(slip, first.kind)
    assert f"np.sum(dP * P, axis={axis}, keepdims=True)" in first.message
    assert first.message.startswith("dS is ")  # not the scores less their maximum
