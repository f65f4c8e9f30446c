"""Slips of what is looked up by an index that repeats entries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from compgraph.check.diagnosis.repeated_index import repeated_index
from tests.check.diagnosis.suspects import numbers, suspect_of, told

SEEDS = st.integers(0, 2**32)
FEW = settings(max_examples=4)  # of each of six cases: every one is compared at three places
INDICES = st.lists(st.integers(0, 3), min_size=3, max_size=7).filter(lambda places: len(set(places)) < len(places))


def added(E: Any, words: Any, dx: Any) -> Any:
    dE = np.zeros_like(E)
    np.add.at(dE, words, dx)
    return dE


def overwritten(E: Any, words: Any, dx: Any) -> Any:
    dE = np.zeros_like(E)
    dE[words] += dx
    return dE


SLIPS: dict[str, tuple[str, str, Any]] = {
    "overwritten": ("missing-sum", "the last place alone", overwritten),
    "averaged": (
        "mean-for-sum",
        "the mean over its places",
        lambda E, words, dx: added(E, words, dx / np.bincount(words)[words][:, None]),
    ),
    "not gathered": ("missing-sum", "the derivative of E[words]", lambda E, words, dx: dx),
}


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("how", ["getitem", "take"])
@FEW
@given(places=INDICES, seed=SEEDS)
def test_what_is_not_added_up(slip, how, places, seed):
    words = np.array(places)
    G = numbers((len(places), 3), seed)
    kind, says, slipped = SLIPS[slip]

    def cost(E, words):
        x = E[words] if how == "getitem" else np.take(E, words, axis=0)
        return np.sum(G * np.tanh(x))

    def manual(E, words):
        return slipped(E, words, G * (1 - np.tanh(E[words]) ** 2))

    at = {"E": numbers((4, 3), seed) / 2}
    assume(slip != "not gathered" or len(places) != 4)
    messages = [each.message for each in told(cost, manual, at, data={"words": words}) if each.kind == kind]
    assert messages
    assert says in messages[0]
    assert "np.add.at(dE, words, ...)" in messages[0]


def test_of_an_index_without_repetition_nothing_is_said():
    E, G = numbers((4, 3), 0), numbers((3, 3), 1)
    for words, expected in ((np.array([2, 0, 3]), []), (np.array([2, 0, 2]), ["missing-sum"])):
        suspect = suspect_of(lambda E, words: np.sum(G * E[words]), [overwritten(E, words, G)], [E], data=[words])
        assert [guess.kind for guess in repeated_index(suspect)] == expected
