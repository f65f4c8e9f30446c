"""A gradient is linear in the weights of the results, and its derivative by them is the tangent: complex ones too.

That goes through the rules once more, of linear functions as well, whose second derivatives are zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from tests.rules.test_complex import (
    Declaration,
    close,
    draws,
    loss,
    moved,
    pairing,
    random_like,
    slope,
    taking_complex,
)
from tests.sampling import PER_OP, SEEDS


@taking_complex
@PER_OP
@given(data=st.data(), seed=SEEDS)
def test_the_derivative_by_the_weights_is_the_tangent(declaration: Declaration, data: Any, seed: int) -> None:
    """Of Re Σ ∇L(w) v, where L = Re Σ w f(x): it is J v, the change of f along v."""
    drawn = data.draw(draws(declaration))
    rng = np.random.default_rng(seed)
    direction = [random_like(x, rng) for x in drawn.given]
    weights = [cg.Variable(random_like(part, rng)) for part in drawn.results(drawn.given)]
    variables = [cg.Variable(x) for x in drawn.given]
    first = cg.gradients(loss(drawn.results(variables), weights), variables, create_graph=True)
    along = sum(pairing(g, v) for g, v in zip(first, direction, strict=True))
    for k, tangent in enumerate(cg.gradients(along, weights)):
        close(tangent, slope(lambda t, k=k: drawn.results(moved(drawn.given, direction, t))[k]))  # type: ignore[misc]
