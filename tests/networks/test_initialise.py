"""Start values: their shapes, sizes and seeds."""

import numpy as np
import pytest

from compgraph.errors import SettingError
from compgraph.networks.initialise import random_layers, random_two_layer, zero_layers, zero_two_layer


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_and_dtype(dtype: type) -> None:
    for layers in (random_layers([4, 3, 2, 1], dtype=dtype), zero_layers([4, 3, 2, 1], dtype=dtype)):
        assert [w.shape for w in layers.W] == [(3, 4), (2, 3), (1, 2)]
        assert [v.shape for v in layers.b] == [(3, 1), (2, 1), (1, 1)]
        assert {array.dtype for array in (*layers.W, *layers.b)} == {np.dtype(dtype)}
    for two in (random_two_layer(4, 3, 2, dtype=dtype), zero_two_layer(4, 3, 2, dtype=dtype)):
        assert [array.shape for array in two] == [(3, 4), (3, 1), (2, 3), (2, 1)]
        assert {array.dtype for array in two} == {np.dtype(dtype)}


def test_small_random_weights_and_zero_biases() -> None:
    W1, b1, W2, b2 = random_two_layer(200, 100, seed=5)
    # 20,000 draws: their standard deviation lies within 5/√(2·20000) of the true one but once in a million times.
    assert abs(W1.std() / 0.01 - 1) < 5 / np.sqrt(2 * W1.size)
    assert abs(W1.mean()) < 5 * 0.01 / np.sqrt(W1.size)
    assert not b1.any()
    assert not b2.any()
    assert W2.any()


def test_scale() -> None:
    small, large = random_two_layer(3, 2, seed=1), random_two_layer(3, 2, seed=1, scale=1.0)
    np.testing.assert_allclose(small.W1 * 100, large.W1)


def test_a_seed_is_repeatable_in_any_dtype_and_a_generator_goes_on() -> None:
    one, same = random_two_layer(3, 2, seed=7), random_two_layer(3, 2, seed=7, dtype=np.float32)
    np.testing.assert_array_equal(one.W1.astype(np.float32), same.W1)
    generator = np.random.default_rng(7)
    first, second = random_two_layer(3, 2, seed=generator), random_two_layer(3, 2, seed=generator)
    np.testing.assert_array_equal(first.W1, one.W1)
    assert not np.array_equal(first.W1, second.W1)


def test_zero_weights_are_plain_zeros() -> None:
    W1, b1, W2, b2 = zero_two_layer(3, 2)
    for array in (W1, b1, W2, b2):
        assert not array.any()
        assert not np.signbit(array).any()


@pytest.mark.parametrize("sizes", [[], [3], [3, 0, 1], [3, -1]])
def test_sizes_that_are_no_network(sizes: list[int]) -> None:
    for start in (random_layers, zero_layers):
        with pytest.raises(SettingError, match="at least two sizes, each at least 1"):
            start(sizes)
