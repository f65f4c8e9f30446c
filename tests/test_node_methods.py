"""The methods that a node shares with an array: the same as NumPy's function, and refused as that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import MissingRuleError
from compgraph.rules.composition import REASONS

M = np.arange(9.0).reshape(3, 3) - 3.5

METHODS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "diagonal": (lambda x: x.diagonal(1), lambda x: np.diagonal(x, 1)),
    "trace": (lambda x: x.trace(), np.trace),
    "repeat": (lambda x: x.repeat(2, axis=1), lambda x: np.repeat(x, 2, axis=1)),
    "take": (lambda x: x.take([2, 0], axis=0), lambda x: np.take(x, [2, 0], axis=0)),
    "sum of some": (lambda x: x.sum(where=M > 0), lambda x: np.sum(x, where=M > 0)),
}


@pytest.mark.parametrize(("method", "function"), METHODS.values(), ids=list(METHODS))
def test_a_method_is_the_function(method: Callable[[Any], Any], function: Callable[[Any], Any]) -> None:
    x = cg.Variable(M)
    by_method, by_function = method(x), function(x)
    assert isinstance(by_method, cg.Node)
    np.testing.assert_array_equal(by_method.value, method(M))
    np.testing.assert_array_equal(by_method.value, by_function.value)
    slopes = [cg.gradients(np.sum(node * node), [x])[0] for node in (by_method, by_function)]
    np.testing.assert_array_equal(*slopes)
    assert np.any(slopes[0])


def test_a_method_refuses_what_it_does_not_know() -> None:
    with pytest.raises(MissingRuleError, match=r"swapaxes\(\.\.\., order=\.\.\.\) has no derivative rule"):
        cg.Variable(M).swapaxes(0, 1, order="C")


def test_a_function_that_nobody_has_thought_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that a later NumPy may bring: neither a rule, nor a composition, nor a reason."""
    monkeypatch.delitem(REASONS, np.histogram)
    with pytest.raises(MissingRuleError, match=r"np\.histogram has no derivative rule.*or declare it"):
        np.histogram(cg.Variable([3.0, 1.0, 2.0]))
