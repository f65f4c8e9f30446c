"""Ops of functions written in C, which need not say what arguments they take: then the declaration does."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator

import pytest

import compgraph as cg
from compgraph import OPS
from compgraph.errors import MissingRuleError
from compgraph.primitive import primitive


@pytest.fixture
def hypotenuse() -> Iterator[cg.Op]:
    with pytest.raises(ValueError, match="no signature"):
        inspect.signature(math.hypot)
    op = primitive(
        math.hypot,
        lambda grad, out, x, y, digits=None: grad * x / out,
        lambda grad, out, x, y, digits=None: grad * y / out,
        domain=(1, 2),
        elementwise=True,
    )
    yield op
    del OPS[math.hypot]


def test_the_names_are_those_of_the_rule(hypotenuse: cg.Op) -> None:
    assert hypotenuse.bind((3.0, 4.0), {}) == ((3.0, 4.0), {})
    assert hypotenuse.bind((3.0,), {"y": 4.0}) == ((3.0, 4.0), {})
    with pytest.raises(MissingRuleError, match="hypot without y has no derivative rule: give x, y, digits"):
        hypotenuse.bind((3.0,), {})
    with pytest.raises(MissingRuleError, match="hypot takes 3 arguments, not 4"):
        hypotenuse.bind((3.0, 4.0, 5, 6), {})
