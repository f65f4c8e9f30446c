"""What is left out of a reduction gets exactly nothing back, whatever it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import compgraph as cg

KEPT = np.array([True, False, True])


@pytest.mark.parametrize("left_out", [np.nan, np.inf, 0.0])
@pytest.mark.parametrize("f", [np.sum, np.prod, np.mean, np.var, np.std])
def test_entries_left_out(f: Any, left_out: float) -> None:
    found = cg.grad(lambda x: f(x, where=KEPT))(np.array([2.0, left_out, 5.0]))
    np.testing.assert_allclose(found, np.insert(cg.grad(f)(np.array([2.0, 5.0])), 1, 0.0), rtol=1e-14)
    assert found[1] == 0.0


@pytest.mark.parametrize("name", ["nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin", "nanmedian"])
def test_nan_gets_nothing_back(name: str) -> None:
    found = cg.grad(getattr(np, name))(np.array([2.0, np.nan, 5.0]))
    plain = {"nanmax": "max", "nanmin": "min"}.get(name, name[3:])
    np.testing.assert_allclose(found, np.insert(cg.grad(getattr(np, plain))(np.array([2.0, 5.0])), 1, 0.0))


def test_an_initial_value_that_wins_and_one_that_ties() -> None:
    x = np.array([3.0, 1.0])
    np.testing.assert_array_equal(cg.grad(lambda x: np.max(x, initial=9))(x), [0, 0])
    np.testing.assert_array_equal(cg.grad(lambda x: np.max(x, initial=3))(x), [0.5, 0])
    np.testing.assert_array_equal(cg.grad(lambda x: x.min(initial=9))(x), [0, 1])


def test_the_deviation_of_a_constant() -> None:
    np.testing.assert_array_equal(cg.grad(np.nanstd)(np.array([1.0, np.nan, 1.0])), np.zeros(3))
    np.testing.assert_array_equal(cg.grad(lambda x: np.std(x, where=KEPT))(np.ones(3)), np.zeros(3))
