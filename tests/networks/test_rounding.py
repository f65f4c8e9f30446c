"""The tolerance explains rounding, all of it, and nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.networks import closed_form
from compgraph.networks.rounding import rounding_tolerances
from tests.networks.drawn import ACTIVATIONS, SPURIOUS, Network, assert_within, networks

pytestmark = SPURIOUS

MUCH_FINER = np.finfo(np.longdouble).eps < np.finfo(np.float64).eps / 1000


@given(networks(st.integers(1, 4)))
@pytest.mark.skipif(not MUCH_FINER, reason="this machine's long double is no finer than float64")
def test_a_computation_lies_within_half_the_tolerance_of_the_truth(network: Network) -> None:
    """Half, because two computations may err to opposite sides; the truth is taken from 64-bit mantissas."""
    got = closed_form.deep_by_delta(network.W, network.b, network.X, network.Y, network.activations)
    fine = [
        [array.astype(np.longdouble) for array in arrays] for arrays in (network.W, network.b, [network.X, network.Y])
    ]
    truth = closed_form.deep_by_delta(fine[0], fine[1], fine[2][0], fine[2][1], network.activations)
    allowed = network.tolerances()
    assert_within(got.cost, truth.cost, allowed.cost / 2, "cost")
    for layer in range(len(network.W)):
        assert_within(got.dW[layer], truth.dW[layer], allowed.dW[layer] / 2, f"dW{layer + 1}")
        assert_within(got.db[layer], truth.db[layer], allowed.db[layer] / 2, f"db{layer + 1}")


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("dtype", "small"), [("float64", 1e-12), ("float32", 1e-3)])
def test_the_tolerance_is_small(activation: str, dtype: str, small: float) -> None:
    """It explains rounding and nothing else: at a network of ordinary size it is far below any real mistake."""
    rng = np.random.default_rng(3)
    W = [rng.normal(size=(5, 4)).astype(dtype), rng.normal(size=(1, 5)).astype(dtype)]
    b = [rng.normal(size=(5, 1)).astype(dtype), rng.normal(size=(1, 1)).astype(dtype)]
    X, Y = rng.normal(size=(4, 30)).astype(dtype), rng.integers(0, 2, (1, 30)).astype(dtype)
    exact = closed_form.deep_by_delta(W, b, X, Y, [activation])
    allowed = rounding_tolerances(W, b, X, Y, [activation])
    largest = max(np.max(np.abs(gradient)) for gradient in (*exact.dW, *exact.db))
    assert allowed.cost < small * exact.cost
    assert max(np.max(off) for off in (*allowed.dW, *allowed.db)) < small * largest
    with pytest.raises(AssertionError, match="the two differ by"):
        assert_within(exact.dW[0] * (1 + 10 * small), exact.dW[0], allowed.dW[0], "dW1")


def test_whole_numbers_before_a_relu_get_no_allowance() -> None:
    """2 - 2 is 0 in every order of adding, so that the side of the kink is certain; 0.1 + 0.2 - 0.3 is not."""
    X, Y = np.array([[1.0]]), np.array([[1.0]])
    W2, b2 = np.array([[1.0]]), np.zeros((1, 1))

    def allowed(W1: float, b1: float) -> float:
        off = rounding_tolerances([np.array([[W1]]), W2], [np.array([[b1]]), b2], X, Y, ["relu"])
        return float(off.dW[0][0, 0])

    assert allowed(2.0, -2.0) < 1e-14
    assert allowed(0.3, -0.3) > 0.1


def test_parameters_are_not_written_to() -> None:
    W, b = [np.ones((1, 2), np.float32)], [np.ones((1, 1), np.float32)]
    X, Y = np.ones((2, 3), np.float32), np.ones((1, 3), np.float32)
    for array in (*W, *b, X, Y):
        array.flags.writeable = False
    off = rounding_tolerances(W, b, X, Y, [])
    assert off.dW[0].shape == (1, 2)
    assert off.dW[0].dtype == np.float64
