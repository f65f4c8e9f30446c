"""Logarithms of a sigmoid where it is as good as 0 or 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import compgraph as cg
from tests.compile.comparing import agree


def logarithm_of_the_rest(z: Any) -> Any:
    return np.log(1 - 1 / (1 + np.exp(-z)))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_logarithm_of_one_is_zero_however_far_out(dtype: Any) -> None:
    far = np.array([-np.inf, -1e30, -800.0, -100.0], dtype)
    with np.errstate(all="ignore"):
        found = cg.compile(logarithm_of_the_rest)(far)
        np.testing.assert_allclose(found, logarithm_of_the_rest(far), rtol=0, atol=np.finfo(dtype).tiny)


@pytest.mark.parametrize("z", [-30.0, -10.0, 0.0, 10.0, 700.0])
def test_it_is_as_exact_as_its_argument(z: float) -> None:
    found = cg.compile(logarithm_of_the_rest)(np.array([z])).item()
    expected = -(max(z, 0.0) + np.log1p(np.exp(-abs(z))))
    assert abs(found - expected) <= 2 * np.spacing(max(abs(z), 1.0))


def test_a_cross_entropy_that_is_cut_off_is_so_on_one_side_only() -> None:
    """As PyTorch has it: no logarithm below -100."""
    z, labels = np.array([800.0, -800.0, 3.0, -3.0]), np.array([1.0, 0.0, 1.0, 0.0])

    def cost(z: Any) -> Any:
        A = 1 / (1 + np.exp(-z))
        return -np.mean(np.where(labels == 1, np.maximum(np.log(A), -100), np.maximum(np.log(1 - A), -100)))

    with np.errstate(all="ignore"):
        agree(cg.compile(cost)(z), cost(z), 8)
