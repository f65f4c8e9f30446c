"""Sigmoids, their logarithms and softplus: one exponential, one logarithm, all digits however large the argument is."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.compile.capture import capture, signature_of
from compgraph.compile.optimise import in_numpy
from compgraph.compile.passes.common import common_subexpressions
from compgraph.compile.passes.sigmoid_slope import sigmoid_slopes
from compgraph.compile.passes.sigmoids import sigmoids
from compgraph.compile.passes.simplify import simplify
from compgraph.compile.rewriting import evaluated
from compgraph.node import Node
from compgraph.tape import Tape

special = pytest.importorskip("scipy.special", reason="SciPy's functions of this kind need SciPy")

LABELS = {0: 0.0, 1: 1.0, 2: 0.25}


def log_sigma(z: Any) -> Any:
    """By another formula than the compiler's: log σ(z) = -log(exp(0) + exp(-z))."""
    return -np.logaddexp(0, -z)


FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "sigmoid(z)": (cg.sigmoid, lambda z: np.exp(log_sigma(z))),
    "sigmoid(-z)": (lambda z: cg.sigmoid(-z), lambda z: np.exp(log_sigma(-z))),
    "1 - sigmoid(z)": (lambda z: 1 - cg.sigmoid(z), lambda z: np.exp(log_sigma(-z))),
    "1 - sigmoid(-z)": (lambda z: 1 - cg.sigmoid(-z), lambda z: np.exp(log_sigma(z))),
    "1 - (1 - sigmoid(z))": (lambda z: 1 - (1 - cg.sigmoid(z)), lambda z: np.exp(log_sigma(z))),
    "log(sigmoid(z))": (lambda z: np.log(cg.sigmoid(z)), log_sigma),
    "log(sigmoid(-z))": (lambda z: np.log(cg.sigmoid(-z)), lambda z: log_sigma(-z)),
    "log(1 - sigmoid(z))": (lambda z: np.log(1 - cg.sigmoid(z)), lambda z: log_sigma(-z)),
    "log1p(-sigmoid(z))": (lambda z: np.log1p(-cg.sigmoid(z)), lambda z: log_sigma(-z)),
    "log(expit(z))": (lambda z: np.log(special.expit(z)), log_sigma),
    "log(1 - expit(z))": (lambda z: np.log(1 - special.expit(z)), lambda z: log_sigma(-z)),
    "log_expit(z)": (lambda z: special.log_expit(z), log_sigma),
    "log_expit(-z)": (lambda z: special.log_expit(-z), lambda z: log_sigma(-z)),
    "softplus(z)": (cg.softplus, lambda z: -log_sigma(-z)),
    "softplus(-z)": (lambda z: cg.softplus(-z), lambda z: -log_sigma(z)),
    "logaddexp(0, z)": (lambda z: np.logaddexp(0, z), lambda z: -log_sigma(-z)),
    "logaddexp(-z, 0)": (lambda z: np.logaddexp(-z, 0), lambda z: -log_sigma(z)),
}


def traced(f: Any, *args: Any) -> Tape:
    leaves, signature = signature_of(args, {})
    return capture(f, leaves, signature).tape


def names(tape: Tape) -> list[str]:
    return [node.op.name for node in tape if node.op is not None and node.op.name != "constant"]


def computed(tape: Tape) -> list[Any]:
    """The outputs, evaluated anew from the leaves, without any of NumPy's warnings but that of a tiny result."""
    found: dict[Node, Any] = {}
    with np.errstate(all="raise", under="ignore"):
        for node in tape:
            found[node] = node.value
            if node.op is not None:
                found[node] = _once(node, [found[x] if isinstance(x, Node) else x for x in node.inputs])
    return [found[node] for node in tape.outputs]


def _once(node: Node, values: list[Any]) -> Any:
    assert node.op is not None
    return node.op.forward(*values, **node.params) if node.inputs else evaluated(node, values)


arguments = st.lists(
    st.one_of(st.floats(-800, 800), st.floats(-40, 40), st.sampled_from([0.0, -0.0, 800.0, -800.0])),
    min_size=1,
    max_size=5,
)


@pytest.mark.parametrize(("f", "expected"), FUNCTIONS.values(), ids=list(FUNCTIONS))
@given(numbers=arguments, single=st.booleans())
def test_all_digits_are_there_whatever_the_argument(f: Any, expected: Any, numbers: list[float], single: bool) -> None:
    z = np.array(numbers, np.float32 if single else np.float64)
    tape = sigmoids(traced(f, z))
    (found,) = computed(tape)
    assert found.dtype == z.dtype
    wide = expected(z.astype(np.float64))
    # where a float has all its digits; the exponential of what was rounded at 800 is off by 800 roundings of double
    np.testing.assert_allclose(found, wide, rtol=5e-7 if single else 4e-13, atol=1e-37 if single else 1e-300)
    assert not {"sigmoid", "expit", "log", "log_expit", "logaddexp", "softplus", "where"} & set(names(tape))


@pytest.mark.parametrize("f", [f for f, _ in FUNCTIONS.values()], ids=list(FUNCTIONS))
def test_infinities_and_nan(f: Any) -> None:
    z = np.array([np.inf, -np.inf, np.nan])
    with np.errstate(all="ignore"):
        expected = f(z)
        tape = sigmoids(traced(f, z))
        (found,) = [node.value for node in tape.outputs]
    np.testing.assert_array_equal(found, expected)


@given(numbers=arguments)
def test_a_sigmoid_is_the_function_to_the_last_bit(numbers: list[float]) -> None:
    z = np.array(numbers)
    (found,) = computed(sigmoids(traced(cg.sigmoid, z)))
    np.testing.assert_array_equal(found, cg.sigmoid(z))
    (found,) = computed(sigmoids(traced(lambda z: cg.sigmoid(-z), z)))
    np.testing.assert_array_equal(found, cg.sigmoid(-z))


CROSS_ENTROPIES = {
    "bce": lambda z, y: cg.binary_cross_entropy(cg.sigmoid(z), y),
    "bce of the other answer": lambda z, y: cg.binary_cross_entropy(cg.sigmoid(-z), 1 - y),
    "with logits": cg.binary_cross_entropy_with_logits,
}


@pytest.mark.parametrize("loss", CROSS_ENTROPIES.values(), ids=list(CROSS_ENTROPIES))
@given(
    numbers=arguments,
    picks=st.lists(st.sampled_from(sorted(LABELS)), min_size=5, max_size=5),
    known=st.booleans(),
)
def test_a_cross_entropy_has_all_its_digits(loss: Any, numbers: list[float], picks: list[int], known: bool) -> None:
    z = np.array(numbers)
    y = np.array([LABELS[i] for i in picks[: z.size]])
    tape = traced(lambda z: loss(z, y), z) if known else traced(loss, z, y)
    (found,) = computed(common_subexpressions(in_numpy(sigmoids(tape))))
    np.testing.assert_allclose(found, -(y * log_sigma(z) + (1 - y) * log_sigma(-z)), rtol=4e-15, atol=1e-300)


def test_known_labels_of_0_and_1_need_no_choice_and_no_logarithm_but_one() -> None:
    z, y = np.array([[3.0, -2.0, 800.0]]), np.array([[1.0, 0.0, 1.0]])
    for loss in CROSS_ENTROPIES.values():
        tape = in_numpy(sigmoids(traced(lambda z, loss=loss: loss(z, y), z)))
        assert not {"where", "heaviside", "log"} & set(names(tape))
        assert names(tape).count("exp") == names(tape).count("log1p") == 1
        np.testing.assert_allclose(computed(tape)[0], -(y * log_sigma(z) + (1 - y) * log_sigma(-z)), rtol=4e-15)


def test_labels_may_be_of_more_examples_than_the_scores() -> None:
    z, y = np.array([3.0, -2.0]), np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    for loss in CROSS_ENTROPIES.values():
        tape = in_numpy(sigmoids(traced(lambda z, loss=loss: loss(z, y), z)))
        assert tape.outputs[0].shape == (3, 2)
        np.testing.assert_allclose(computed(tape)[0], -(y * log_sigma(z) + (1 - y) * log_sigma(-z)), rtol=4e-15)


def test_an_infinite_score_of_a_sure_label_costs_nothing() -> None:
    z, y = np.array([np.inf, -np.inf]), np.array([1.0, 0.0])
    loss = CROSS_ENTROPIES["bce"]
    for labels in ("known", "an argument"):
        with np.errstate(all="ignore"):
            tape = traced(lambda z: loss(z, y), z) if labels == "known" else traced(loss, z, y)
            (node,) = sigmoids(tape).outputs
        assert node.value.tolist() == [0.0, 0.0]


def test_one_exponential_and_one_logarithm_for_all_of_one_argument() -> None:
    def f(z: Any) -> Any:
        a = cg.sigmoid(z)
        rest = np.log(1 - a) + cg.softplus(-z) + np.logaddexp(z, 0) + special.log_expit(-z)
        return a * np.log(a) + rest * cg.sigmoid(-z)

    tape = common_subexpressions(sigmoids(traced(f, np.array([0.5, -3.0]))))
    assert names(tape).count("exp") == names(tape).count("log1p") == names(tape).count("absolute") == 1
    assert "log" not in names(tape)
    np.testing.assert_allclose(computed(tape)[0], f(np.array([0.5, -3.0])), rtol=1e-15)


def test_the_difference_stays_where_the_sigmoid_is_needed_anyway() -> None:
    z = np.array([0.5, -3.0])
    assert names(sigmoids(traced(lambda z: 1 - cg.sigmoid(z), z))).count("subtract") == 0

    def slope(z: Any) -> Any:
        a = cg.sigmoid(z)
        return a * (1 - a)

    tape = sigmoids(traced(slope, z))
    assert names(tape).count("subtract") == names(tape).count("divide") == 1

    def both(z: Any) -> Any:
        a = cg.sigmoid(z)
        return a, 1 - a

    assert names(sigmoids(traced(both, z))).count("subtract") == 1


@pytest.mark.parametrize(
    ("f", "z"),
    [
        (cg.sigmoid, 2.0),
        (lambda z: np.sum(np.log(cg.sigmoid(np.sum(z)))), np.array([1.0, 2.0])),
        (lambda z: np.logaddexp(z, np.array([1.0, 2.0])), np.array([1.0, 2.0])),
        (lambda z: np.logaddexp(z, 1.0), np.array([1.0, 2.0])),
        (lambda z: np.logaddexp(z, np.zeros((3, 1))), np.array([1.0, 2.0])),
        (lambda z: np.logaddexp(z, np.float64(0.0)), np.array([1.0, 2.0], np.float32)),
        (cg.sigmoid, np.array([1, 2])),
        (lambda z: np.log(2 - cg.sigmoid(z)), np.array([1.0, 2.0])),
        (lambda z: np.log1p(cg.sigmoid(z)), np.array([1.0, 2.0])),
        (lambda z: cg.binary_cross_entropy(z, np.array([0.0, 1.0])), np.array([0.3, 0.6])),
    ],
)
def test_what_is_something_else_keeps_its_value_and_type(f: Any, z: Any) -> None:
    tape = in_numpy(sigmoids(traced(f, z)))
    (found,) = [node.value for node in tape.outputs]
    expected = f(z)
    assert np.result_type(found) == np.result_type(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_scipys_sigmoid_meets_a_cross_entropy_as_ours_does() -> None:
    z, y = np.array([[0.3, -1.2, 2.0]]), np.array([[1.0, 0.0, 1.0]])

    def f(z: Any) -> Any:
        a = special.expit(z)
        return (y / a - (1 - y) / (1 - a)) * a * special.expit(-z)

    assert names(simplify(sigmoid_slopes(simplify(traced(f, z))))) == ["expit", "subtract"]


@pytest.mark.parametrize("scale", [1.0, -0.25])
def test_the_slope_of_log_sigmoid_keeps_its_digits(scale: float) -> None:
    z = np.array([[40.0, 100.0, 3.0, -5.0]])
    tape = simplify(sigmoid_slopes(simplify(traced(cg.grad(lambda z: scale * np.sum(np.log(cg.sigmoid(z)))), z))))
    assert "divide" not in names(tape)
    np.testing.assert_allclose(computed(tape)[0], scale * np.exp(log_sigma(-z)), rtol=1e-13)


def test_another_line_in_a_sigmoid_is_not_taken_for_its_slope() -> None:
    z = np.array([[0.5, -3.0]])

    def f(z: Any) -> Any:
        a = cg.sigmoid(z)
        return cg.sigmoid(-z), (1 / a - 2) * a

    tape = simplify(sigmoid_slopes(simplify(traced(f, z))))
    assert names(tape).count("divide") == 0
    np.testing.assert_allclose(computed(tape)[1], 1 - 2 * cg.sigmoid(z), rtol=1e-15)


def by_sigmoid(z: Any, y: Any) -> Any:
    a = cg.sigmoid(z)
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


def by_expit(z: Any, y: Any) -> Any:
    a = special.expit(z)
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


COSTS = {
    "sigmoid": by_sigmoid,
    "expit": by_expit,
    "softplus": lambda z, y: np.mean(cg.softplus(z) - y * z),
    "both softpluses": lambda z, y: np.mean(y * cg.softplus(-z) + (1 - y) * cg.softplus(z)),
    "logaddexp": lambda z, y: np.mean(np.logaddexp(0, z) - y * z),
    "cross-entropy": lambda z, y: np.mean(cg.binary_cross_entropy(cg.sigmoid(z), y)),
    "with logits": lambda z, y: np.mean(cg.binary_cross_entropy_with_logits(z, y)),
}


CANCELLING = {"softplus", "logaddexp"}
"""Costs that add up terms as large as z and subtract them again: it is so that they are written."""


@pytest.mark.parametrize(
    ("name", "dtype"),
    # the rule of logaddexp goes over double where the other argument is the number 0
    [
        (name, dtype)
        for name in COSTS
        for dtype in (np.float64, np.float32)
        if (name, dtype) != ("logaddexp", np.float32)
    ],
)
def test_a_compiled_cost_takes_one_exponential_and_one_logarithm(name: str, dtype: Any) -> None:
    cost = COSTS[name]
    z = np.array([[-800.0, 0.5, -40.0, 0.0, 30.0, 800.0]], dtype)
    y = np.array([[0.0, 1.0, 0.0, 1.0, 0.0, 1.0]], dtype)
    fast = cg.compile(cg.value_and_grad(lambda z: cost(z, y)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, slope = fast(z)
    source = fast.source
    assert source.count("np.exp(") == 1
    assert source.count("np.log1p(") == 1
    assert not any(slow in source for slow in ("np.log(", "np.where(", "logaddexp", "heaviside", "scipy", "isinf"))
    wide = z.astype(float)
    expected = -np.mean(y * log_sigma(wide) + (1 - y) * log_sigma(-wide))
    digits = np.finfo(dtype).eps
    assert value.dtype == slope.dtype == dtype
    np.testing.assert_allclose(value, expected, rtol=4 * digits, atol=800 * digits if name in CANCELLING else 0)
    np.testing.assert_allclose(slope, (np.exp(log_sigma(wide)) - y) / 6, rtol=0, atol=2 * digits)


@pytest.mark.parametrize("cost", [by_sigmoid, by_expit], ids=["sigmoid", "expit"])
def test_the_slope_in_a_compiled_cost_is_the_difference(cost: Any) -> None:
    y = np.array([[0.0, 1.0, 0.0]])
    fast = cg.compile(cg.value_and_grad(lambda z: cost(z, y)))
    fast(np.array([[1.0, 0.5, -4.0]]))
    assert "np.subtract(a, y, " in fast.source
    assert fast.source.count("np.divide(") == 1
