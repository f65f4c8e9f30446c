"""Infinite cotangents that no strong zero takes away: they arrive as NumPy computes them."""

from __future__ import annotations

from typing import Any

import numpy as np

import compgraph as cg
from compgraph import OPS


def test_of_finite_arguments_nothing_is_taken_away() -> None:
    A = np.array([[1.0, 2.0], [3.0, 4.0]])
    x = cg.Variable([5.0, 6.0])
    product: Any = A @ x
    with np.errstate(all="ignore"):
        (found,) = cg.gradients(product, [x], seed=np.array([np.inf, 0.0]))
    np.testing.assert_array_equal(found, [np.inf, np.inf])


def test_a_rule_that_cannot_be_tried_with_other_numbers() -> None:
    """What depends on which argument is found by putting numbers in the place of NaN; a rule may not take them."""

    def rule(grad: Any, out: Any, x: Any) -> Any:
        if np.all(np.isfinite(x)):
            raise np.linalg.LinAlgError("singular")
        return grad * x

    def rooted(x: Any) -> Any:
        return x * 1.0

    function: Any = cg.differentiable(
        rule, domain=(-1, 1), elementwise=False, calls=(cg.call("a"),), name="touchy"
    )(rooted)  # fmt: skip
    try:
        x = cg.Variable([np.nan, 2.0])
        (found,) = cg.gradients(function(x), [x], seed=np.array([0.0, 1.0]))
        np.testing.assert_array_equal(found, [np.nan, 2.0])
    finally:
        del OPS[function]
