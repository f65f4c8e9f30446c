"""Several terms of a sum at once with the wrong constants, and one of many alone."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from compgraph.check.diagnosis.several_terms import one_term_alone, several_terms
from tests.check.diagnosis.suspects import assert_mends, numbers, suspect_of, told

SEEDS = st.integers(0, 2**32)
FEW = settings(max_examples=10)
TIMES = st.sampled_from([0.0, 1.0, 2.0, 0.5, -1.0, 7.0])


def cost(w, m):
    fit = np.sum(np.exp(w)) / m
    penalty = 0.3 * np.sum(w**4)
    barrier = np.sum(np.cos(w))
    return fit + penalty + barrier


def made_of(times, m=7):
    def manual(w, m=m):
        parts = [np.exp(w) / m, 1.2 * w**3, -np.sin(w)]
        return sum(factor * part for factor, part in zip(times, parts, strict=True))

    return manual


@FEW
@given(seed=SEEDS, times=st.tuples(TIMES, TIMES, TIMES), as_values=st.booleans())
def test_two_terms_with_wrong_constants(seed, times, as_values):
    assume(len(set(times)) > 1 and sum(factor != 1 for factor in times) >= 2)
    at = {"w": numbers((3, 4), seed) / 2}
    suspect = suspect_of(cost, [made_of(times)(at["w"])] if as_values else made_of(times), at, data={"m": 7})
    (guess,) = several_terms(suspect)
    assert_mends([guess], suspect.as_given, suspect.right)
    words = {0.0: "lacks", 2.0: "divide by 2", 0.5: "multiply by 2", -1.0: "change the sign", 7.0: "divide by m"}
    for factor, term in zip(times, ("fit", "penalty", "barrier"), strict=True):
        assert (term in guess.message) == (factor != 1)
        assert factor == 1 or words[factor] in guess.message


def test_one_wrong_term_a_common_factor_and_another_function_are_others_affair():
    at = {"w": numbers((3, 4), 0) / 2}
    for times in ((1.0, 2.0, 1.0), (2.0, 2.0, 2.0), (1.0, 1.234, 1.0), (0.777, 1.234, 1.0)):
        assert list(several_terms(suspect_of(cost, made_of(times), at, data={"m": 7}))) == []
    other = suspect_of(cost, lambda w, m: made_of((1.0, 1.0, 2.0))(w) + 0.1, at, data={"m": 7})
    assert list(several_terms(other)) == []


@FEW
@given(seed=SEEDS, last=st.booleans(), halved=st.booleans())
def test_a_loop_over_the_terms_of_the_cost(seed, last, halved):
    x = np.random.default_rng(seed).normal(size=6)

    def looped(w):
        J = 0.0
        for each in x:
            J = J + np.sin(w * each)
        return J / 2 if halved else J

    def manual(w):
        dw = 0.0
        for each in x if last else x[::-1]:
            dw = each * np.cos(w * each) / (2 if halved else 1)
        return dw

    suspect = suspect_of(looped, manual, {"w": 0.7})
    (guess,) = one_term_alone(suspect)
    assert f"of the {'last' if last else 'first'} alone of the 6 terms" in guess.message
    assert_mends([guess], suspect.as_given, suspect.right)


def test_a_gradient_with_several_wrong_terms_is_told_so():
    (first, *_) = told(cost, made_of((1.0, 2.0, 0.5)), {"w": numbers((3, 4), 3) / 2}, data={"m": 7})
    assert first.kind == "term-factor"
    assert first.message.count("exactly") == 2
