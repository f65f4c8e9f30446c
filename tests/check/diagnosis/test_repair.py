"""One operation of the person's own formula written otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from compgraph.check.diagnosis.repair import repairs
from tests.check.diagnosis.suspects import assert_mends, numbers, suspect_of


@pytest.mark.parametrize(
    ("manual", "kind", "says"),
    [
        (lambda w, X: 3 * w**2 / X, "wrong-derivative", "* X"),
        (lambda w, X: 3 * w**3 * X, "wrong-derivative", "**2"),
    ],
)
def test_one_operation_otherwise_mends_it(manual, kind, says):
    X = numbers((4,), 3)

    def cost(w, X):
        return np.sum(w**3 * X)

    suspect = suspect_of(cost, manual, {"w": numbers((4,), 1)}, data={"X": X})
    guesses = [guess for guess in repairs(suspect) if guess.kind == kind and says in guess.message]
    assert guesses
    assert_mends(guesses, suspect.as_given, suspect.right)
    assert list(repairs(suspect_of(cost, [X], {"w": numbers((4,), 1)}, data={"X": X}))) == []
