"""Every way of calling that a declaration names, each of them once: none is left to the luck of the draw.

The property tests choose among the calls at random, so that of a long list some are not met in a quick run.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from compgraph import OPS, Op
from compgraph.primitive import Call
from compgraph.rules.composition import COMPOSED, Composition
from tests.rules import test_every_composition, test_every_op
from tests.sampling import Sample, following, pieces, shapes_of, spread_over, values

SIZES = dict(zip("abcdefgh", [2, 3, 1, 2, 3, 1, 2, 3], strict=True))

DECLARATIONS: list[Op | Composition] = [*OPS.values(), *COMPOSED.values()]

every_call = pytest.mark.parametrize(
    ("declaration", "call"),
    [
        pytest.param(declaration, call, id=f"{declaration.name}-{i}")
        for declaration in DECLARATIONS
        for i, call in enumerate(declaration.calls)
    ],
)


class Drawn:
    """What st.data() is to a property test, with one sample of a call in it."""

    def __init__(self, declaration: Op | Composition, call: Call) -> None:
        self.sample = sample_of(declaration, call)

    def draw(self, strategy: Any) -> Any:
        return self.sample


def sample_of(declaration: Op | Composition, call: Call) -> Any:
    rng = np.random.default_rng(0)
    params = {name: following(value, SIZES) for name, value in call.params.items()}
    shapes = shapes_of(call.shapes, SIZES)
    if isinstance(declaration, Op):
        return Sample(values(declaration, shapes, rng), params)
    arrays = []
    for position, shape in enumerate(shapes):
        interval: Any = declaration.domain[min(position, len(declaration.domain) - 1)]
        arrays.append(spread_over(pieces(interval, declaration.kinks), int(np.prod(shape)), rng).reshape(shape))
    return arrays, params


def property_tests(declaration: Op | Composition) -> Any:
    return test_every_op if isinstance(declaration, Op) else test_every_composition


@every_call
def test_the_value_is_that_of_numpy(declaration: Op | Composition, call: Call) -> None:
    test = property_tests(declaration).test_the_value_is_that_of_numpy
    test.hypothesis.inner_test(declaration, Drawn(declaration, call))


@every_call
def test_derivatives(declaration: Op | Composition, call: Call) -> None:
    tests = property_tests(declaration)
    for test in (tests.test_first_derivatives, tests.test_second_derivatives):
        test.hypothesis.inner_test(declaration, Drawn(declaration, call), seed=0)
