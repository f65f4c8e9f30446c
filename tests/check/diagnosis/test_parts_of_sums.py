"""Slips of a range: the last or first example left out, or counted alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from compgraph.check.diagnosis.parts_of_sums import parts_of_sums
from tests.check.diagnosis.suspects import numbers, suspect_of, told

SEEDS = st.integers(0, 2**32)
SLICES = {
    "leaves out the last": np.s_[:-1],
    "leaves out the first": np.s_[1:],
    "is that of the last alone": np.s_[-1:],
    "is that of the first alone": np.s_[:1],
}


@settings(max_examples=20)
@given(seed=SEEDS, words=st.sampled_from(sorted(SLICES)), m=st.integers(3, 8))
def test_a_range_that_is_one_off(seed, words, m):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(m, 4)), rng.normal(size=m)

    def cost(w):
        r = X @ w - y
        return np.sum(r**2) / m

    def manual(w):
        r = X @ w - y
        which = range(m)[SLICES[words]]
        return sum(2 * r[i] * X[i] for i in which) / m

    (first, *_) = told(cost, manual, {"w": rng.normal(size=4)})
    assert first.kind == "off-by-one"
    assert f"{words}" in first.message
    assert f"of the {m} examples" in first.message


def test_of_parts_that_are_zero_none_is_called_the_only_one():
    """A term is missing: that one of its parts is there, which is zero, would be true and mean nothing."""
    x, y = numbers((6,), 1), np.array([1.0, 0, 0, 1, 0, 1])

    def cost(w):
        p = np.exp(w * x)
        return np.sum((1 - y) * p) + np.sum(np.log(p) ** 2)

    suspect = suspect_of(cost, lambda w: 2 * w * x * x, {"w": numbers((6,), 2)})
    assert [guess.message for guess in parts_of_sums(suspect) if "alone" in guess.message] == []


def test_of_one_path_of_several_it_is_said_that_it_is_one():
    x = numbers((6,), 1)

    def cost(w):
        p = w * x
        return np.sum(p) + np.sum(w**2)

    (guess, *_) = parts_of_sums(suspect_of(cost, lambda w: x[-1] + 2 * w, {"w": 1.5}))
    assert guess.message.startswith("the part of manual dw that comes")
    (guess, *_) = parts_of_sums(suspect_of(lambda w: np.sum(w * x), lambda w: x[-1], {"w": 1.5}))
    assert guess.message.startswith("manual dw is that of the last alone")
