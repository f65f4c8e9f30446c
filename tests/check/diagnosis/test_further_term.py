"""A term too many: weight decay that the cost does not have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.check.diagnosis.further_term import further_term
from tests.check.diagnosis.suspects import assert_mends, numbers, suspect_of, told

SEEDS = st.integers(0, 2**32)
X = np.random.default_rng(4).normal(size=(6, 5))


@given(seed=SEEDS, strength=st.sampled_from([0.0125, 0.3, 1.0, 2.0]), sign=st.booleans(), as_values=st.booleans())
def test_weight_decay_that_the_cost_does_not_have(seed, strength, sign, as_values):
    def cost(w, lam):
        return np.sum((X @ w) ** 2) / 2

    def manual(w, lam):
        return X.T @ (X @ w) + strength * (np.sign(w) if sign else w)

    at, data = {"w": numbers((5,), seed)}, {"lam": 0.3}
    (first, *_) = told(cost, manual(at["w"], 0.3) if as_values else manual, at, data=data)
    assert first.kind == "extra-term"
    term = "np.sign(w)" if sign else "w"
    names = ("strength * ", "lam * ", "") if strength in (0.3, 1.0) else ("strength * ", f"{strength:g} * ")
    assert any(f"has a term {name}{term} too many" in first.message for name in names)


def test_of_a_single_number_only_with_a_known_strength():
    def cost(b, lam):
        return (b - 2.0) ** 2 / 2

    for strength, expected in ((0.3, ["extra-term"]), (0.123, [])):
        suspect = suspect_of(cost, [1.5 - 2 + strength * 1.5], {"b": 1.5}, data={"lam": 0.3})
        guesses = list(further_term(suspect))
        assert [guess.kind for guess in guesses] == expected
        assert_mends(guesses, suspect.as_given, suspect.right)


@pytest.mark.parametrize("strength", [2.0, 0.5, -1.0])
def test_a_penalty_that_the_cost_has_is_not_one_too_many(strength):
    for at in (numbers((5,), 1), 1.5):
        suspect = suspect_of(
            lambda w: np.sum(np.exp(w)) + 0.3 * np.sum(w**2) + np.sum(np.abs(w)),
            lambda w: np.exp(w) + strength * 0.6 * w + np.sign(w),
            {"w": at},
        )
        assert list(further_term(suspect)) == []


def test_a_penalty_that_is_taken_away_is_not_one_too_many():
    suspect = suspect_of(lambda w: np.sum(np.exp(w)), lambda w: np.exp(w) - 0.25 * w, {"w": numbers((5,), 1)})
    assert list(further_term(suspect)) == []
