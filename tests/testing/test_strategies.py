"""The strategies draw what they promise, all kinds of it, and shrink to what can be read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import SettingError
from compgraph.networks.activations import HIDDEN_ACTIVATIONS
from compgraph.testing import Network, arrays_like, broadcastable, expressions, networks
from compgraph.testing.expression import STEPS
from tests.trees import leaves_of, same_type_of, trees


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """So many draws, the same on every run."""
    found: list[Any] = []

    @settings(max_examples=count, derandomize=True, database=None, phases=[Phase.generate])
    @given(strategy)
    def collect(x: Any) -> None:
        found.append(x)

    collect()
    return found


# -------------------------------------------------------------------------------------------------------------- arrays


@given(trees, st.data())
def test_arrays_like_keeps_structure_shapes_and_dtypes(tree: Any, data: st.DataObject) -> None:
    drawn = data.draw(arrays_like(tree))
    assert same_type_of(tree, drawn)
    for old, new in zip(leaves_of(tree), leaves_of(drawn), strict=True):
        assert (type(old), np.shape(old), np.asarray(old).dtype) == (type(new), np.shape(new), np.asarray(new).dtype)
        assert np.all(np.abs(new) <= 2)
        np.testing.assert_array_equal(np.asarray(new) * 256 % 1, 0)
        assert not (isinstance(old, np.ndarray) and np.shares_memory(old, new))


@given(arrays_like(np.zeros((2, 2), np.complex64), low=1.0, high=1.5))
def test_arrays_like_complex_numbers(z: Any) -> None:
    assert z.dtype == np.complex64
    assert np.all((z.real >= 1) & (z.real <= 1.5) & (z.imag >= 1) & (z.imag <= 1.5))


@given(arrays_like([np.array([3, 1]), "name", None, True, 7, 1j, [1.0, 2.0]]))
def test_arrays_like_passes_on_what_has_no_derivative(drawn: Any) -> None:
    labels, *rest = drawn
    assert labels.tolist() == [3, 1]
    assert rest[:4] == ["name", None, True, 7]
    assert type(rest[4]) is complex
    assert np.shape(rest[5]) == (2,)


@given(arrays_like(np.zeros((100, 200))))
@settings(max_examples=5)
def test_arrays_like_draws_large_arrays(x: Any) -> None:
    assert x.shape == (100, 200)


def test_arrays_like_shrinks_to_zeros() -> None:
    found = find(arrays_like({"W": np.ones((2, 2)), "b": 1.0}), lambda p: p["W"][0, 1] > 1)
    np.testing.assert_array_equal(found["W"], [[0, 257 / 256], [0, 0]])
    assert found["b"] == 0.0


@given(st.integers(1, 4), st.data())
def test_broadcastable(count: int, data: st.DataObject) -> None:
    xs = data.draw(broadcastable(count, max_dims=2, max_side=4))
    assert len(xs) == count
    assert all(type(x) is np.ndarray and x.dtype == np.float64 and x.ndim <= 2 and 0 < x.size <= 16 for x in xs)
    np.broadcast_arrays(*xs)


def test_broadcastable_draws_shapes_that_differ() -> None:
    shapes = [{x.shape for x in xs} for xs in drawn(broadcastable(), 200)]
    assert sum(len(found) == 2 for found in shapes) > 50
    assert {len(shape) for found in shapes for shape in found} == {0, 1, 2, 3}


def test_an_empty_interval_is_refused() -> None:
    with pytest.raises(SettingError, match=r"low=0\.001 and high=0.002"):
        arrays_like(1.0, low=0.001, high=0.002)
    with pytest.raises(SettingError, match="low=1 and high=0"):
        broadcastable(low=1, high=0)


# ------------------------------------------------------------------------------------------------------------ networks


@given(st.one_of(networks(), networks(dtype=np.float32)))
def test_the_hand_derived_gradient_of_a_network_is_that_of_its_cost(network: Network) -> None:
    found = cg.compare(network.cost, network.manual, at=network.params)
    assert [row.name for row in found] == [f"d{name}" for name in network.params]
    found.raise_if_wrong()
    assert {np.asarray(g).dtype.name for g in network.manual(**network.params).values()} == {network.dtype}


@given(networks())
def test_a_network_can_be_made_again_from_what_is_shown_of_it(network: Network) -> None:
    again = eval(repr(network))
    for name, value in network.params.items():
        np.testing.assert_array_equal(again.params[name], value)
    np.testing.assert_array_equal(again.X, network.X)
    np.testing.assert_array_equal(again.Y, network.Y)
    assert network.X.shape == (network.sizes[0], network.m)
    assert network.Y.shape == (network.sizes[-1], network.m)


def test_networks_of_all_kinds_are_drawn() -> None:
    found = drawn(networks(), 100)
    assert {len(network.sizes) for network in found} == {2, 3, 4, 5}
    assert {name for network in found for name in network.activations} == set(HIDDEN_ACTIVATIONS)
    assert {len(network.sizes) for network in drawn(networks(layers=3), 10)} == {4}


def test_units_near_a_kink_are_noticed() -> None:
    near = [s for s in range(3000) if not Network((1, 4, 1), ("relu",), 5, s).clear_of_kinks]
    assert 0 < len(near) < 200
    assert all(Network((1, 4, 1), ("tanh",), 5, s).clear_of_kinks for s in near)


def test_networks_are_drawn_clear_of_kinks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compgraph.testing.network.CLEAR", 0.03)  # so that not being clear is no rare thing
    found = drawn(networks(layers=3), 100)
    assert any(set(network.activations) & {"relu", "leaky_relu"} for network in found)
    assert all(network.clear_of_kinks for network in found)


@pytest.mark.parametrize("options", [{"layers": 0}, {"layers": -1}, {"max_units": 0}, {"max_examples": 0}])
def test_no_network_is_refused(options: dict[str, int]) -> None:
    with pytest.raises(SettingError, match="each at least 1"):
        networks(**options)  # type: ignore[arg-type]


# --------------------------------------------------------------------------------------------------------- expressions


@given(expressions(max_steps=4, max_inputs=2))
def test_an_expression_is_a_function_of_arrays_and_of_nodes(f: Any) -> None:
    assert 1 <= len(f.steps) <= 4
    assert 1 <= len(f.arguments) <= 2
    value = f(*f.arguments)
    assert np.all(np.isfinite(value))
    node = f(*[cg.Variable(x) for x in f.arguments])
    assert isinstance(node, cg.Node)
    np.testing.assert_allclose(node.value, value, rtol=1e-12)


@given(expressions())
def test_every_argument_and_every_step_is_used(f: Any) -> None:
    variables = [cg.Variable(x) for x in f.arguments]
    assert {id(x) for x in cg.Tape(f(*variables)).leaves} == {id(x) for x in variables}
    assert [step.name for step in f.steps] == [f"v{i + 1}" for i in range(len(f.steps))]  # none drawn in vain


@given(expressions())
def test_what_is_shown_of_an_expression_is_a_program(f: Any) -> None:
    *definition, call = repr(f).split("\n\n")
    space: dict[str, Any] = {}
    exec("\n".join(definition), space)
    np.testing.assert_array_equal(eval(call, space), f(*f.arguments))


def test_steps_of_all_kinds_are_drawn() -> None:
    found = {step.text for f in drawn(expressions(), 300) for step in f.steps}
    for table in STEPS.values():
        assert len(found & set(table)) > 0.8 * len(table)


@pytest.mark.parametrize("options", [{"max_steps": 0}, {"max_inputs": 0}])
def test_no_expression_is_refused(options: dict[str, int]) -> None:
    with pytest.raises(SettingError, match="each is at least 1"):
        expressions(**options)
