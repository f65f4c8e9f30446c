"""The readable form of derivative code: the textbook's formulas, which run, and are equal to those derived by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import UseError
from tests.compile.networks import ACTIVATIONS, LOSSES, network

RNG = np.random.default_rng(0)
m = 400
X, Y = RNG.normal(size=(2, m)), (RNG.random((1, m)) < 0.5).astype(float)
PARAMETERS = tuple(RNG.normal(size=shape) for shape in ((4, 2), (4, 1), (1, 4), (1, 1)))


def cost(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    J = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    return J  # noqa: RET504 - its name is in the text


TEXTBOOK = """\
    m = 400
    Z1 = W1 @ X + b1  # (4, 400)
    A1 = np.tanh(Z1)  # (4, 400)
    Z2 = W2 @ A1 + b2  # (1, 400)
    A2 = 1 / (1 + np.exp(-Z2))  # (1, 400)
    J = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    dZ2 = (A2 - Y) / m  # (1, 400)
    db2 = np.sum(dZ2, axis=1, keepdims=True)  # (1, 1)
    dW2 = dZ2 @ A1.T  # (1, 4)
    dA1 = W2.T @ dZ2  # (4, 400)
    dZ1 = dA1 * (1 - A1**2)  # (4, 400)
    db1 = np.sum(dZ1, axis=1, keepdims=True)  # (4, 1)
    dW1 = dZ1 @ X.T  # (4, 2)
    return J, (dW1, db1, dW2, db2)
"""


def code_of(f: Callable[..., Any], *args: Any, **options: Any) -> tuple[str, Callable[..., Any]]:
    """The text of a function, and the function that the text defines."""
    text = cg.to_numpy(f, *args, **options)
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    return text, namespace[f.__name__]


def test_the_two_layer_network_is_the_textbook() -> None:
    text, _ = code_of(cg.value_and_grad(cost, (0, 1, 2, 3)), *PARAMETERS)
    assert text.endswith(TEXTBOOK)


def test_what_it_says_is_what_a_compiled_function_says() -> None:
    fast = cg.compile(cg.value_and_grad(cost, (0, 1, 2, 3)))
    with pytest.raises(UseError, match="has not been compiled yet"):
        cg.to_numpy(fast)
    fast(*PARAMETERS)
    assert cg.to_numpy(fast).endswith(TEXTBOOK)


def test_the_text_runs_and_passes_the_comparison() -> None:
    _, formulas = code_of(cg.value_and_grad(cost, (0, 1, 2, 3)), *PARAMETERS)
    at = dict(zip(("W1", "b1", "W2", "b2"), PARAMETERS, strict=True))
    found = cg.compare(cost, lambda **params: formulas(*params.values(), X, Y)[1], at=at)
    assert found.ok, str(found)


def test_the_text_is_proved_to_be_the_gradient() -> None:
    at = dict(zip(("W1", "b1", "W2", "b2"), PARAMETERS, strict=True))
    _, formulas = code_of(cg.value_and_grad(cost, (0, 1, 2, 3)), *PARAMETERS)
    found = cg.prove(cost, lambda **params: formulas(*params.values(), X, Y)[1], like=at)
    assert found.proved, str(found)


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_text_computes_the_same(activation: str, loss: str, style: Any) -> None:
    net = network(activation, loss, (3, 4, 2), 7)
    eager = cg.value_and_grad(net.cost, (0, 1, 2, 3))
    text = cg.to_numpy(eager, *net.parameters(0), style=style)
    assert text.startswith("import numpy as np\n\n\n")
    assert "compgraph" not in text
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    given = {"X": net.X, "Y": net.Y}
    at = net.parameters(1)
    if style == "fast":
        names = namespace["prepare"].__code__.co_varnames[: namespace["prepare"].__code__.co_argcount]
        value, gradient = namespace["prepare"](*[given[name] for name in names])(*at)
    else:
        function = namespace["cost"]
        names = function.__code__.co_varnames[4 : function.__code__.co_argcount]
        value, gradient = function(*at, *[given[name] for name in names])
    expected, slopes = eager(*at)
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    for one, other in zip(gradient, slopes, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def test_another_style_is_refused() -> None:
    with pytest.raises(UseError, match="'pretty'"):
        cg.to_numpy(cost, *PARAMETERS, style="pretty")  # type: ignore[arg-type]
    with pytest.raises(UseError, match="give arguments to call cost with"):
        cg.to_numpy(cost)
