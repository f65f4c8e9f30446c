"""What if a step had been otherwise: told where it leads to the person's gradient, and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compgraph.check.diagnosis.what_if import BESIDES, what_if
from tests.check.diagnosis.suspects import assert_mends, numbers, suspect_of

SEEDS = st.integers(0, 2**32)
X = np.random.default_rng(1).normal(size=(3, 7))


def cost(w: Any, X: Any) -> Any:
    m = X.shape[1]
    Z = w * X
    A = np.tanh(Z)
    return np.sum(A**2) / m


def suspect_whose(seed: int, change: Any, times: float) -> Any:
    """A gradient that is so many times what follows where the derivative of Z changes."""
    at = {"w": numbers((3, 1), seed)}
    right = suspect_of(cost, {"dw": np.zeros((3, 1))}, at, data={"X": X}).right
    slipped = right + np.sum(change * X, axis=1, keepdims=True)
    made = suspect_of(cost, {"dw": times * slipped}, at, data={"X": X})
    return made, made.scene.nodes["Z"], slipped


@given(seed=SEEDS, times=st.sampled_from([1.0, 7.0, 1 / 7, -1.0, 2.0]))
def test_a_change_that_leads_to_the_person_s_gradient_is_told(seed, times):
    change = np.random.default_rng(seed).normal(size=(3, 7))
    suspect, Z, _ = suspect_whose(seed, change, times)
    (guess,) = what_if(suspect, {Z: change}, "missing-derivative", "key", "do this", 0.25)
    assert guess.kind == "missing-derivative"
    assert_mends([guess], suspect.as_given, suspect.right)
    if times == 1:
        assert (guess.message, guess.far, guess.key) == ("do this", 0.25, "key")
    else:
        assert guess.far == 0.25 + BESIDES
        assert guess.message.startswith("do this; and ")
        remedy = {7.0: "divide by m", 1 / 7: "multiply by m", -1.0: "change the sign", 2.0: "divide by 2"}[times]
        assert guess.message.endswith(remedy)


@given(seed=SEEDS, times=st.sampled_from([7.0, 2.0]))
def test_a_constant_may_be_part_of_the_slip(seed, times):
    change = np.random.default_rng(seed).normal(size=(3, 7))
    suspect, Z, _ = suspect_whose(seed, change, times)
    (guess,) = what_if(suspect, {Z: change}, "missing-derivative", "key", "do this", scaled=True)
    assert (guess.message, guess.far) == ("do this", 0.0)
    assert_mends([guess], suspect.as_given, suspect.right)


@given(seed=SEEDS, off=st.sampled_from([1e-6, 1e-3, 1.0]), times=st.sampled_from([1.2345, 7.0, 1.0]))
def test_a_change_that_leads_elsewhere_is_not(seed, off, times):
    rng = np.random.default_rng(seed)
    change = rng.normal(size=(3, 7))
    suspect, Z, slipped = suspect_whose(seed, change, times)
    other = change + off * rng.normal(size=(3, 7))
    assume(not suspect.agree(slipped, suspect.right + np.sum(other * X, axis=1, keepdims=True)))
    assert list(what_if(suspect, {Z: other}, "missing-derivative", "key", "do this")) == []
    if times == 1.2345:  # a constant that nobody knows
        assert list(what_if(suspect, {Z: change}, "missing-derivative", "key", "do this")) == []


@given(seed=SEEDS)
def test_no_change_is_no_slip(seed):
    suspect, Z, _ = suspect_whose(seed, np.zeros((3, 7)), 7.0)
    assert list(what_if(suspect, {Z: np.zeros((3, 7))}, "missing-derivative", "key", "do this")) == []


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_changes_that_are_not_finite_lead_nowhere(bad):
    suspect, Z, _ = suspect_whose(0, np.ones((3, 7)), 1.0)
    assert list(what_if(suspect, {Z: np.full((3, 7), bad)}, "missing-derivative", "key", "do this")) == []


def test_the_factor_m_of_an_intermediate_is_a_convention():
    at = {"w": np.array([[0.5], [-1.0], [2.0]])}
    m = 7

    def manual(w, X):
        Z = w * X
        return {"dw": w, "dZ": 2 * np.tanh(Z)}  # of the summed cost, without tanh'(Z)

    suspect = suspect_of(cost, manual, at, "Z", data={"X": X})
    change = {suspect.target: suspect.manual / m - suspect.right}
    (guess,) = what_if(suspect, change, "missing-derivative", "key", "multiply by tanh'(Z)")
    assert guess.message == "multiply by tanh'(Z)"
    assert_mends([guess], suspect.as_given, suspect.right)
