"""Ops written out by simpler ones: the values stay, and nothing unknown is left that has a definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.compile.calls import CONSTANT
from compgraph.compile.passes.expand import expanded
from compgraph.compile.rewriting import evaluated

OURS = [cg.sigmoid, cg.relu, cg.leaky_relu, cg.softplus, cg.softmax, cg.log_softmax, cg.logsumexp]


def functions(tape: cg.Tape) -> list[Any]:
    return [node.op.function for node in tape if node.op is not None and node.op is not CONSTANT]


def computed(tape: cg.Tape) -> list[Any]:
    """The outputs, evaluated anew from the leaves."""
    values: dict[Any, Any] = {}
    for node in tape:
        inputs = [values[x] if isinstance(x, cg.Node) else x for x in node.inputs]
        values[node] = node.value if node.op is None else evaluated(node, inputs)
    return [values[node] for node in tape.outputs]


@pytest.mark.parametrize("function", OURS, ids=lambda f: f.__name__)
@given(numbers=st.lists(st.floats(-30, 30), min_size=1, max_size=4), single=st.booleans())
def test_what_is_written_out_computes_the_same(function: Any, numbers: list[float], single: bool) -> None:
    x = cg.Variable(np.array(numbers, np.float32 if single else np.float64), "x")
    y = function(x)
    tape = expanded(cg.Tape(y), ())
    assert all(getattr(f, "__module__", "numpy") != function.__module__ for f in functions(tape))
    (again,) = computed(tape)
    assert again.dtype == y.dtype
    np.testing.assert_array_equal(again, y.value)


def test_what_is_known_stays() -> None:
    x = cg.Variable([1.0, 2.0])
    assert functions(expanded(cg.Tape(cg.sigmoid(np.tanh(x))), {cg.sigmoid})) == [np.tanh, cg.sigmoid]


def test_a_form_stands_in_the_place_of_an_op_and_keeps_its_name() -> None:
    x: Any = cg.Variable(2.0, "x")
    y: Any = np.sinh(x)
    y.name = "y"
    forms: Any = {np.sinh: lambda x: (np.exp(x) - np.exp(-x)) / 2}
    tape = expanded(cg.Tape(y), {np.exp, np.negative, np.subtract, np.divide}, forms)
    assert functions(tape) == [np.exp, np.negative, np.exp, np.subtract, np.divide]
    assert tape.outputs[0].name == "y"
    assert type(tape.outputs[0].value) is float


def test_forms_lie_in_each_other() -> None:
    forms: Any = {np.sinh: lambda x: np.expm1(x) - x, np.expm1: lambda x: np.exp(x) - 1}
    tape = expanded(cg.Tape(np.sinh(cg.Variable(2.0))), {np.exp, np.subtract}, forms)
    assert functions(tape) == [np.exp, np.subtract, np.subtract]


def test_a_form_of_another_shape_or_dtype_is_left_alone() -> None:
    x = cg.Variable(np.ones(2, np.float32))
    for form in (lambda x: np.sum(x), lambda x: x * np.float64(2)):
        assert functions(expanded(cg.Tape(np.sinh(x)), set(), {np.sinh: form})) == [np.sinh]


def test_what_cannot_be_traced_is_left_alone() -> None:
    tape = expanded(cg.Tape(np.sinh(cg.Variable(2.0))), set(), {np.sinh: lambda x: x if x > 0 else -x})
    assert functions(tape) == [np.sinh]


def test_a_definition_that_comes_back_to_itself_ends() -> None:
    assert functions(expanded(cg.Tape(np.sinh(cg.Variable(2.0))), set(), {np.sinh: np.sinh})) == [np.sinh]


def test_arrays_beside_nodes_become_constants() -> None:
    x: Any = cg.Variable([1.0, 1.0])
    form: Any = {np.sinh: lambda x: x * np.array([2.0, 3.0])}
    tape = expanded(cg.Tape(np.sinh(x) * np.array([4.0, 5.0])), {np.multiply}, form)
    assert [node.value.tolist() for node in tape if node.op is CONSTANT] == [[2.0, 3.0], [4.0, 5.0]]
    assert all(isinstance(x, cg.Node) for node in tape for x in node.inputs)
