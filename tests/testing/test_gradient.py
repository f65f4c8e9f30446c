"""``assert_gradient``: silent on what is right, and where something is wrong it says what, where and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph import OPS
from compgraph.errors import GradientError, WrongGradientError
from compgraph.testing import assert_gradient, expressions
from tests.sampling import apply, samples


def complaint(f: Callable[..., Any], *args: Any, **options: Any) -> str:
    with pytest.raises(WrongGradientError) as caught:
        assert_gradient(f, *args, **options)
    return str(caught.value)


def op(rule: Callable[..., Any], function: Callable[..., Any] = lambda x: x**3) -> Callable[..., Any]:
    """An elementwise op of one argument, called cube, with a rule of its own."""

    def cube(x: Any) -> Any:
        return function(x)

    declared: Callable[..., Any] = cg.differentiable(rule, domain=(0.5, 2))(cube)
    return declared


# ------------------------------------------------------------------------------------------------------ what is right


@given(expressions())
def test_random_expressions_are_right(f: Any) -> None:
    assert_gradient(f, *f.arguments)


@given(data=st.data())
def test_every_op_is_right(data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from(list(OPS.values())))
    sample = data.draw(samples(chosen))

    def f(*given_: Any) -> Any:
        inputs = list(sample.inputs)
        for position, x in zip(sample.differentiable, given_, strict=True):
            inputs[position] = x
        return apply(chosen, inputs, sample.params)

    assert_gradient(f, *[sample.inputs[i] for i in sample.differentiable])


RIGHT: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "a Python integer": (lambda x: x**2, (3,)),
    "a list of numbers": (lambda x: np.sum(x**2), ([1, 2.5],)),
    "single precision": (
        lambda W, x: np.tanh(W @ x),
        (np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4), np.ones((4, 2), np.float32)),
    ),
    "single precision inside": (lambda x: np.sum(x.astype(np.float32) ** 2), (np.array([1.0, 0.3]),)),
    "trees in and out": (
        lambda p, q: {"a": p["w"] * q[0], "b": [np.sum(q[1]), (p["b"],)]},
        ({"w": np.array([1.0, -2.0]), "b": 0.5}, (np.array([3.0, 4.0]), np.ones((2, 2)))),
    ),
    "labels and names": (lambda W, y, how: np.sum(getattr(np, how)(W[y])), (np.ones((3, 2)), np.array([0, 2]), "exp")),
    "complex numbers": (lambda z: np.abs(z) ** 2 * z, (np.array([1 + 2j, 0.5 - 1j]),)),
    "a constant function": (lambda x: 3.0, (1.0,)),
    "a gradient of zero": (lambda x: np.sum(cg.softmax(x)), (np.array([0.3, -1.0, 2.0]),)),
    "very unlike sizes": (np.log, (np.array([1e-4, 1.0, 1e6]),)),
    "a kink": (lambda x: np.sum(cg.relu(x) * np.abs(x)), (np.array([0.0, 1.0, -1.0]),)),
    "a tie": (np.max, (np.array([1.0, 1.0, 0.0]),)),
    "an empty array beside": (lambda x, y: np.sum(x * x) + np.sum(y), (np.ones(2), np.ones((0, 3)))),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right(name: str) -> None:
    f, args = RIGHT[name]
    assert_gradient(f, *args)


def test_the_point_of_a_sharp_slope_is_not_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a large number a small one still has a slope, which takes small steps to see."""
    monkeypatch.setattr("compgraph.testing.gradient._moved", lambda *_: pytest.fail("the point is moved"))
    assert_gradient(np.log, np.array([1e-4, 1.0, 1e6]))


def test_third_derivatives() -> None:
    assert_gradient(lambda x, y: np.sin(x) * np.exp(y * x), np.array([0.5, -1.0]), 0.3, order=3)


def test_a_complex_argument_arrives_as_it_is() -> None:
    z = np.array([1 + 2j, 0.5 - 1j], np.complex64)
    seen = []

    def f(z: Any) -> Any:
        seen.append(getattr(z, "value", z))
        return np.real(z * z)

    assert_gradient(f, z, order=1)
    assert all(np.allclose(x, z, rtol=1e-2) for x in seen)
    assert {x.dtype.name for x in seen} == {"complex64", "complex128"}


def test_arguments_are_left_as_they_are() -> None:
    x = np.array([1.0, 2.0])
    before, state = x.copy(), np.random.get_state()[1].copy()  # type: ignore[index]
    assert_gradient(lambda x: x**2, x, points=3)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # type: ignore[index]


# ------------------------------------------------------------------------------------------------------ what is wrong


def test_the_message_names_mode_order_argument_entry_and_values() -> None:
    cube = op(lambda grad, out, x: grad * 2 * x**2)
    found = complaint(lambda p, q: np.sum(cube(p["w"])) * q, {"w": np.array([[1.0, 1.0, 2.0]])}, 1.0)
    assert found.startswith("f: both modes are wrong at order 1: df/dp['w'][0, 2]\n")
    assert re.search(r"reverse mode: +8\n +forward mode: +8\n +nudging: +12(\.0\d*)? ± \de-\d\d\n", found)
    assert "3 of 4 entries of the arguments are wrong" in found
    assert "Look at the rule of cube" in found


def test_the_entry_of_the_result_is_named() -> None:
    cube = op(lambda grad, out, x: grad * 2 * x**2)

    def layer(x: Any, y: Any) -> Any:
        return {"fine": x * y, "bad": [y**2, cube(x)]}

    found = complaint(layer, np.ones(2), np.array([1.0, 2.0]))
    assert re.search(r"the derivative of layer\['bad'\]\[1\]\[(\d)\] by x\[\1\]\n", found)


@given(st.integers(0, 9_999))
def test_one_entry_of_many_is_found(place: int) -> None:
    """By halving: the array is too large to nudge every entry."""
    mask = np.zeros(10_000)
    mask[place] = 1e-4
    square = op(lambda grad, out, x: grad * 2 * x * (1 + mask), lambda x: x**2)
    found = complaint(lambda x: np.sum(square(x)), np.ones(10_000), order=1, seed=place)
    assert f"df/dx[{place}]" in found


@pytest.mark.parametrize("error", [1e-7, -1e-3, np.nan, np.inf])
@pytest.mark.parametrize("mode", ["rev", "fwd"])
def test_small_errors_of_single_entries_are_found(mode: str, error: float) -> None:
    rule = np.array([3.0, 3.0 * (1 + error), 3.0])
    cube = op(lambda grad, out, x: grad * rule * x**2)
    assert "/dx[1]" in complaint(lambda x: np.sum(cube(x)), np.ones(3), modes=(mode,), order=1)


def test_an_error_of_the_second_derivative_only() -> None:
    cube = op(lambda grad, out, x: grad * cg.stop_gradient(3 * x**2))
    assert_gradient(cube, np.ones(2), order=1)
    found = complaint(cube, np.array([0.5, 1.0]))
    assert "wrong at order 2, of reverse mode: " in found
    assert re.search(r"\(d<u, f>/dx\)\[1\] by x\[1\]|\(d<u, cube>/dx\)\[1\] by x\[1\]", found)
    assert "The derivatives of order 1 are right" in found


def test_a_rule_that_is_not_linear() -> None:
    cube = op(lambda grad, out, x: grad * np.abs(grad) * 3 * x**2)
    found = complaint(lambda x: np.sum(2 * cube(x)), np.ones(2))
    assert "whether the rule of cube is a linear function of its cotangent" in found


def test_an_op_that_is_declared_elementwise_and_is_not() -> None:
    """Reverse mode is right and forward mode is not: it takes the rule's transpose to be the rule."""
    shifted = op(lambda grad, out, x: np.roll(grad, -1), lambda x: np.roll(x, 1))
    x = np.array([1.0, 2.0, 3.0, 5.0])
    assert_gradient(shifted, x, modes=("rev",), order=1)
    assert "forward mode is wrong at order 1" in complaint(shifted, x, modes=("fwd",), order=1)
    found = complaint(shifted, x)
    assert "forward mode is wrong at order 1" in found
    assert "declared elementwise and is not" in found


def test_the_modes_are_held_against_one_another_beyond_what_nudging_can_tell() -> None:
    def rule(grad: Any, out: Any, x: Any) -> Any:
        return grad * 3 * x**2 + 1e-11 * np.roll(grad, 1)

    found = complaint(op(rule), np.array([1.0, 2.0, 3.0]), order=1)
    assert "the modes disagree" in found
    assert "both modes use the same rules" in found.lower()


def test_what_is_right_at_one_point_only() -> None:
    cube = op(lambda grad, out, x: grad * 3 * x)
    assert_gradient(cube, 1.0, order=1)
    assert "both modes are wrong" in complaint(cube, 1.0, order=1, points=2)


def test_points_outside_the_domain_are_passed_over() -> None:
    def careful(x: Any) -> Any:
        if np.any(getattr(x, "value", x) > 1.001):
            raise ValueError("out of my domain")
        return np.sqrt(1.002 - x)

    assert_gradient(careful, 1.0, order=1, points=6)


def test_a_rule_beside_a_kink() -> None:
    ramp = op(lambda grad, out, x: grad * np.where(x > 0, 2.0, 0.0), lambda x: np.maximum(x, 0.0))
    assert "wrong at order 1" in complaint(ramp, np.zeros(8))


# ----------------------------------------------------------------------------------------------- what can't be decided


def test_rounding_that_drowns_the_slope() -> None:
    found = complaint(lambda x: 1e14 + x**2, np.array([1.0]))
    assert found.startswith("f: inconclusive at order 1: ")
    assert "rounding drowns the slope" in found


@pytest.mark.parametrize("frequency", [1e9, 1e10])
def test_kinks_wherever_one_looks(frequency: float) -> None:
    """The engine is right, and every step of the usual size leads across several kinks: so nothing is called wrong."""
    found = complaint(lambda x: np.abs(np.remainder(x * frequency, 1.0) - 0.5), 0.300000001017, order=1)
    assert found.startswith("f: inconclusive at order 1: ")
    assert "there is a kink" in found


def test_a_value_that_is_not_finite() -> None:
    with np.errstate(divide="ignore"):
        assert "not finite" in complaint(lambda x: np.log(x) * 0 + np.log(0.0), 1.0)


def test_a_function_that_draws_random_numbers() -> None:
    rng = np.random.default_rng(0)
    assert "not the same twice" in complaint(lambda x: x * rng.random(), 1.0)


def test_a_function_that_treats_nodes_otherwise() -> None:
    found = complaint(lambda x: x * 2 if isinstance(x, cg.Node) else x * 3, 1.0)
    assert "2.0 of nodes and 3.0 of plain arrays" in found


# -------------------------------------------------------------------------------------------------- what is asked for


def test_only_the_arguments_that_are_named() -> None:
    cube = op(lambda grad, out, x: grad)
    for argnums in (0, "a", (0,), [-2], ("a",)):
        assert_gradient(lambda a, b: a**2 + cube(b), 2.0, 3.0, argnums=argnums)
    assert "df/db" in complaint(lambda a, b: a**2 + cube(b), 2.0, 3.0, argnums="b")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"modes": ("reverse",)}, "name 'rev', 'fwd' or both"),
        ({"modes": ()}, "name 'rev', 'fwd' or both"),
        ({"order": 0}, "the first derivatives are of order 1"),
        ({"argnums": 3}, "called with 1 arguments by position and has no 3"),
    ],
)
def test_what_cannot_be_asked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(GradientError, match=message):
        assert_gradient(np.tanh, 1.0, **options)


def test_nothing_to_differentiate() -> None:
    with pytest.raises(GradientError, match="give an array of integers as floats"):
        assert_gradient(np.sum, np.array([1, 2]))
    with pytest.raises(GradientError, match="is a return missing"):
        assert_gradient(lambda x: None, 1.0)
