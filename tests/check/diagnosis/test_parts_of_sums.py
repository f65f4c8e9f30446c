"""Slips of a range: the last or first example left out, or counted alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.check.diagnosis.suspects import told

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
