"""``assert_matches``: silent on what is right, else the whole comparison."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import WrongGradientError
from compgraph.testing import Network, assert_matches, networks

X = np.array([1.0, 2.0, 4.0])


def cost(w: Any, b: Any) -> Any:
    return np.mean((w * X + b - 1.0) ** 2)


def right(w: Any, b: Any) -> Any:
    error = w * X + b - 1.0
    return {"dw": np.mean(2 * error * X), "db": np.mean(2 * error)}


@given(networks(), st.data())
def test_networks_with_and_without_a_slip(network: Network, data: st.DataObject) -> None:
    assert_matches(network.cost, network.manual, network.params)
    found = network.manual(**network.params)
    name = data.draw(st.sampled_from(sorted(found)))
    if np.any(np.abs(found[name]) > 1e-6):
        found[name] = 2 * found[name]
        with pytest.raises(WrongGradientError, match=name):
            assert_matches(network.cost, found, network.params)


def test_the_message_is_the_comparison() -> None:
    def slip(w: Any, b: Any) -> Any:
        return {**right(w, b), "db": 0.0}

    with pytest.raises(AssertionError) as caught:
        assert_matches(cost, slip, {"w": 0.5, "b": 0.25})
    assert isinstance(caught.value, WrongGradientError)
    assert str(caught.value) == f"\n{cg.compare(cost, slip, at={'w': 0.5, 'b': 0.25})}"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("at", [{"w": 0.5, "b": 0.25}, [0.5, 0.25], (0.5, 0.25)])
def test_what_is_right_at_one_point_only(at: Any) -> None:
    there = right(0.5, 0.25)
    assert_matches(cost, right, at, points=4)
    assert_matches(cost, lambda w, b: there, at)
    with pytest.raises(WrongGradientError, match=r"near the given one \(seed=3, number 1 of 2\)"):
        assert_matches(cost, lambda w, b: there, at, points=2, seed=3)


def test_a_single_array() -> None:
    w = np.array([1.0, -2.0])
    assert_matches(lambda w: np.sum(w**2), lambda w: 2 * w, w, points=3)
    with pytest.raises(WrongGradientError, match="near the given one"):
        assert_matches(lambda w: np.sum(w**2), lambda w: np.array([2.0, -4.0]), w, points=3)


def test_values_are_compared_at_their_point_only() -> None:
    assert_matches(cost, right(0.5, 0.25), [0.5, 0.25], points=4)


def test_further_arguments_are_those_of_compare() -> None:
    slip = {**right(0.5, 0.25), "db": 0.0}
    assert_matches(cost, slip, {"w": 0.5, "b": 0.25}, wrt=["w"])


def test_what_is_inconclusive_does_not_pass() -> None:
    """It would be a test of nothing."""

    def vanishing(w: Any) -> Any:
        return np.sum((w + 1e16) - 1e16 - w)

    found = cg.compare(vanishing, lambda w: 1e-30 * w, at={"w": np.array([1.0, 2.0])})
    assert not found.ok
    with pytest.raises(WrongGradientError):
        assert_matches(vanishing, lambda w: 1e-30 * w, {"w": np.array([1.0, 2.0])})
