"""Every public function of NumPy has a rule, a composition, an entry as plain, or a written reason why it has none."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import MissingRuleError
from compgraph.primitive import OPS, PLAIN
from compgraph.rules.composition import COMPOSED, REASONS

NAMESPACES = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft}


def public(namespace: Any) -> dict[str, Callable[..., Any]]:
    """The functions of a namespace: what can be called and is no class."""
    found = {name: getattr(namespace, name) for name in dir(namespace) if not name.startswith("_")}
    return {name: f for name, f in found.items() if callable(f) and not inspect.isclass(f)}


@pytest.mark.parametrize("title", NAMESPACES)
def test_every_public_function_is_accounted_for(title: str) -> None:
    functions = public(NAMESPACES[title])
    assert len(functions) > 15
    missing = [n for n, f in functions.items() if not any(f in table for table in (OPS, COMPOSED, PLAIN, REASONS))]
    assert not missing, f"{title} has functions without a rule, a composition, an entry as plain or a reason: {missing}"


def test_a_function_is_accounted_for_once() -> None:
    """A rule and a composition may stand together, for two forms of calling; nothing else may."""
    for one, other in ((OPS, PLAIN), (OPS, REASONS), (COMPOSED, PLAIN), (COMPOSED, REASONS), (PLAIN, REASONS)):
        both = [f.__name__ for f in one if f in other]
        assert not both


def test_a_refusal_says_the_reason() -> None:
    x = cg.Variable([1.0, 2.0])
    with pytest.raises(MissingRuleError, match=r"np\.histogram has no derivative rule: the derivative of counts"):
        np.histogram(x)
    with pytest.raises(MissingRuleError, match=r"np\.bitwise_and has no derivative rule: it is a function of whole"):
        np.bitwise_and(x, 1)
    with pytest.raises(MissingRuleError, match=r"np\.roots has no derivative rule: .* write np\.linalg\.eigvals"):
        np.roots(x)


DISPATCHED = [
    f
    for namespace in NAMESPACES.values()
    for f in public(namespace).values()
    if f in REASONS and (hasattr(f, "_implementation") or isinstance(f, np.ufunc))
]


def refusal(function: Any) -> str:
    """What a function says to a node in one of its places."""
    x = cg.Variable(np.eye(2) + 1)
    for args in ((np.sum, x, 0), (x,), (x, x), (x, 1), (x, 1, 1), ("file", x), (x, x, x), (x, x, x, 0)):
        try:
            function(*args)
        except MissingRuleError as error:
            return str(error)
        except (TypeError, AttributeError):  # another number of arguments
            continue
    return "it let a node through"


@pytest.mark.parametrize("function", DISPATCHED, ids=lambda f: f.__name__)
def test_no_function_with_a_reason_lets_a_node_through(function: Any) -> None:
    """None of them quietly returns a plain array for a node."""
    assert REASONS[function] in refusal(function)
