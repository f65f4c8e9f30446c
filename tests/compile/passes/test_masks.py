"""Choices as products with masks: the same to the last bit, and only where nothing infinite can be hidden."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.compile.capture import capture, signature_of
from compgraph.compile.passes.masks import masks
from compgraph.compile.passes.simplify import simplify
from compgraph.compile.rewriting import evaluated
from compgraph.node import Node
from compgraph.tape import Tape

CHOICES: dict[str, Any] = {
    "relu": lambda z, g: np.where(z >= 0, g, 0.0),
    "the other side": lambda z, g: np.where(z >= 0, 0.0, g),
    "half of the other side": lambda z, g: np.where(z >= 0, 0.0, 0.5 * g),
    "leaky": lambda z, g: np.where(z > 0, g, 0.01 * g),
    "leaky, of itself": lambda z, g: np.where(z >= 0, z, g * 0.0 + z * 0.3),
    "maximum": lambda z, g: np.where(z > 0, g, np.where(z == 0, 0.5 * g, 0.0)),
    "scaled": lambda z, g: np.where(z == 0, 0.5 * g, 0.0),
    "a zero of double precision": lambda z, g: np.where(z > 0, g, np.float64(0.0)),
    "spread": lambda z, g: np.where(z[:1] >= 0, g, 0.0),
}
KEPT = {"leaky, of itself", "a zero of double precision"}
ELSEWHERE: dict[str, Any] = {
    "two arrays": lambda z, g: np.where(z > 0, g, z),
    "another number": lambda z, g: np.where(z > 0, g, 1.0),
    "a larger multiple": lambda z, g: np.where(z > 0, g, 2.0 * g),
    "a negative one": lambda z, g: np.where(z > 0, g, -0.5 * g),
    "a product with anything": lambda z, g: np.where(z > 0, g, g * z),
    "a mask of numbers": lambda z, g: np.where(z, g, 0.0),
    "two multiples": lambda z, g: np.where(z > 0, 0.5 * g, 0.25 * g),
    "what may be infinite": lambda z, g: np.where(z > 0, np.log(np.absolute(z)), 0.0),
    "what may be no number": lambda z, g: np.where(z != 0, g / z, 0.0),
    "a power": lambda z, g: np.where(z > 0, np.power(np.absolute(z), -0.5) * g, 0.0),
}


def traced(f: Any, *args: Any) -> Tape:
    leaves, signature = signature_of(args, {})
    with np.errstate(all="ignore"):
        return capture(f, leaves, signature).tape


def names(tape: Tape) -> list[str]:
    return [node.op.name for node in tape if node.op is not None and node.op.name != "constant"]


def computed(tape: Tape) -> Any:
    found: dict[Node, Any] = {}
    for node in tape:
        inputs = [found[x] if isinstance(x, Node) else x for x in node.inputs]
        found[node] = node.value if node.op is None else evaluated(node, inputs)
    return found[tape.outputs[0]]


numbers = st.lists(st.one_of(st.floats(-1e100, 1e100), st.sampled_from([0.0, -0.0, 1.0])), min_size=6, max_size=6)


@pytest.mark.parametrize("choice", [*CHOICES.values(), *ELSEWHERE.values()], ids=[*CHOICES, *ELSEWHERE])
@given(z=numbers, g=numbers, single=st.booleans())
def test_a_product_is_the_choice_to_the_last_bit(choice: Any, z: list[float], g: list[float], single: bool) -> None:
    dtype = np.float32 if single else np.float64
    with np.errstate(all="ignore"):
        x, y = (np.clip(np.array(each), -1e30, 1e30).astype(dtype).reshape(2, 3) for each in (z, g))
        tape = masks(simplify(traced(choice, x, y)))
        found, expected = computed(tape), choice(x, y)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("choice", [CHOICES[name] for name in CHOICES if name not in KEPT])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_no_choice_is_left(choice: Any, dtype: Any) -> None:
    x = np.array([[0.5, -1.0, 0.0], [0.0, 2.0, -3.0]], dtype)
    tape = masks(simplify(traced(choice, x, x + 1)))
    assert "where" not in names(tape)
    assert "multiply" in names(tape)


@pytest.mark.parametrize("choice", ELSEWHERE.values(), ids=list(ELSEWHERE))
def test_other_choices_stay(choice: Any) -> None:
    x = np.array([[0.5, -1.0, 0.0], [0.0, 2.0, -3.0]])
    before = simplify(traced(choice, x, x + 1))
    assert names(masks(before)) == names(before)


def test_constants_that_are_infinite_stay_in_a_choice() -> None:
    x = np.array([0.5, -1.0, 0.0])
    for bound in (np.inf, np.nan):
        table = np.array([1.0, bound, 2.0])
        assert "where" in names(masks(traced(lambda z, table=table: np.where(z > 0, table, 0.0), x)))
    assert "where" not in names(masks(traced(lambda z: np.where(z > 0, np.array([1.0, 2.0, 3.0]), 0.0), x)))


def test_whole_numbers_and_plain_ones_stay() -> None:
    k = np.array([1, -2, 3])
    assert names(masks(traced(lambda k: np.where(k > 0, k, 0), k))) == ["greater", "where"]
    assert "where" in names(masks(traced(lambda x: np.where(x > 0, x, 0.0), 2.0)))


ACTIVATIONS: dict[str, Any] = {
    "relu": cg.relu,
    "maximum": lambda z: np.maximum(z, 0),
    "minimum": lambda z: np.minimum(z, 0),
    "leaky relu": cg.leaky_relu,
    "where": lambda z: np.where(z > 0, z, 0.01 * z),
    "a product": lambda z: z * (z > 0),
    "clip": lambda z: np.clip(z, 0, 6),
}


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=list(ACTIVATIONS))
def test_compiled_slopes_are_the_eager_ones(activation: Any) -> None:
    X = np.array([[0.5, -1.0, 2.0, 0.0], [1.0, 0.0, 7.0, 0.0]])
    eager = cg.value_and_grad(lambda W, V: np.sum(np.tanh(V @ activation(W @ X))), (0, 1))
    fast = cg.compile(eager)
    W, V = np.array([[1.0, 0.5], [-2.0, 1.0], [0.0, 0.0]]), np.array([[0.3, -0.2, 0.9]])
    for found, expected in zip(fast(W, V)[1], eager(W, V)[1], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-15)
    if activation is not ACTIVATIONS["clip"]:
        assert "np.where" not in fast.source


def test_where_a_derivative_is_infinite_zeros_are_strong() -> None:
    huge = np.array([[1e200, 1e200]])
    eager = cg.value_and_grad(lambda z: np.sum((cg.relu(z) * huge) * huge))
    z = np.array([[-1.0, -2.0]])
    with np.errstate(all="ignore"):
        value, slope = cg.compile(eager)(z)
        expected = eager(z)
    assert value == expected[0]
    np.testing.assert_array_equal(slope, expected[1])


def test_what_has_no_derivatives_in_it_is_left_alone() -> None:
    """Nobody looks whether its results are finite."""
    fast = cg.compile(lambda z, g: np.where(z >= 0, g, 0.0))
    found = fast(np.array([1.0, -1.0]), np.array([2.0, np.inf]))
    assert found.tolist() == [2.0, 0.0]
    assert "np.where" in fast.source


MISSING = np.array([True, False, False, False, False])
LOOKED_AT: dict[str, Any] = {
    "compared": lambda t: np.where(t < 1, 1.0, 2.0),
    "compared, and used": lambda t: np.where(t < 1, 1.0, 2.0) * np.where(t > 5, t, 1.0),
    "replaced": lambda t: np.nan_to_num(t, nan=7.0),
    "left out": lambda t: np.fmax(t, -0.5),
    "its sign alone": lambda t: np.copysign(1.0, t),
    "the others": lambda t: np.where(MISSING, 1.0, t),
    "a part": lambda t: t[1:],
}


@pytest.mark.parametrize("looked", LOOKED_AT.values(), ids=list(LOOKED_AT))
def test_a_choice_hides_what_is_not_finite_from_what_does_not_pass_it_on(looked: Any) -> None:
    """0 times infinity is no number, and what says nothing of that would be finite and wrong."""

    def cost(w: Any, x: Any) -> Any:
        return np.sum(looked(np.where(x < 1e300, x, 0.0)) * (w if looked is not LOOKED_AT["a part"] else w[1:]))

    eager = cg.value_and_grad(cost)
    fast = cg.compile(eager)
    w, x = np.arange(1.0, 6.0), np.array([3.0, -0.5, 2.0, 0.0, 9.0])
    fast(w, x)
    x[0] = np.inf
    value, slope = fast(w, x)
    expected = eager(w, x)
    assert value == expected[0]
    np.testing.assert_array_equal(slope, expected[1])


@pytest.mark.parametrize("times", [1, 2000])
@pytest.mark.parametrize("by", ["values", "a mask"])
def test_where_data_are_missing_the_code_is_what_is_run(by: str, times: int) -> None:
    calls: list[None] = []

    def cost(w: Any, X: Any, mask: Any) -> Any:
        calls.append(None)
        return np.sum(np.tanh(w @ np.where(mask if by == "a mask" else np.isnan(X), 0.0, X)))

    X, w = np.tile([[1.0, np.nan, 2.0], [0.5, 0.0, np.nan]], times), np.ones((1, 2))
    fast = cg.compile(cg.value_and_grad(cost))
    fast(w, X, np.isnan(X))
    count = len(calls)
    value, _ = fast(w, X, np.isnan(X))
    assert len(calls) == count
    np.testing.assert_allclose(value, cost(w, X, np.isnan(X)), rtol=1e-14)


def test_what_is_returned_beside_a_slope_may_be_a_text() -> None:
    slope = cg.grad(lambda z: np.sum(np.where(z > 0, z, 0.0) * 3.0))

    def told(z: Any) -> Any:
        return {"slope": slope(z), "of": "relu", "at": None}

    found = cg.compile(told)(np.array([1.0, -2.0]))
    assert found["slope"].tolist() == [3.0, 0.0]
    assert (found["of"], found["at"]) == ("relu", None)
