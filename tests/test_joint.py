"""Nodes of whole calls: several results of one node, several cotangents of one rule."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.joint import cut, results
from compgraph.nested import ravel
from tests.trees import leaves

Variable: Any = cg.Variable


@given(st.lists(leaves, min_size=1, max_size=4))
def test_a_vector_is_cut_into_what_it_was_made_of(values: list[Any]) -> None:
    vector = ravel(values)
    for x, y in zip(values, cut(vector, values), strict=True):
        assert (type(x) is float) is (type(y) is float)
        np.testing.assert_array_equal(x, y, strict=True)
    for x, node in zip(values, cut(Variable(vector), values), strict=True):
        assert isinstance(node, cg.Node)
        assert (type(x) is float) is (type(node.value) is float)
        np.testing.assert_array_equal(x, node.value, strict=True)


@given(st.lists(leaves, min_size=1, max_size=4))
def test_the_parts_of_a_node_send_back_their_own_cotangents(values: list[Any]) -> None:
    node = Variable(ravel(values))
    cost = sum([(i + 1) * np.sum(part) for i, part in enumerate(cut(node, values))])
    expected = [np.full(np.size(x), i + 1.0) for i, x in enumerate(values)]
    np.testing.assert_array_equal(cg.gradients(cost, [node])[0], np.concatenate(expected))


def test_parts_of_one_dtype_are_views() -> None:
    node = Variable(np.arange(6.0))
    parts = cut(node, [np.ones((2, 2)), np.ones(2)])
    assert all(np.shares_memory(part.value, node.value) for part in parts)


def test_one_evaluation_of_the_rule_serves_all_inputs() -> None:
    calls = []

    def rule(grad: Any, out: Any, x: Any, y: Any) -> list[Any]:
        calls.append(out)
        return [grad * y, None]

    x, y = Variable(3.0), Variable(2.0)
    (product,) = results("product", [6.0], [x, y], lambda x, y: [x * y], rule)
    assert cg.gradients(product, [x, y]) == [2.0, 0.0]
    assert calls == [6.0]
    assert cg.gradients(product, [y]) == [0.0]
    assert repr(product) == "<Node product 6.0>"
    assert product.op is not None
    assert product.op.forward(5.0, 4.0) == 20.0
    assert product.op not in cg.OPS.values()


def test_the_rules_one_by_one() -> None:
    """As forward mode and the masked sweep use them."""
    x, y = Variable(3.0), Variable(2.0)
    (product,) = results("f", [6.0], [x, y], lambda x, y: [x * y], lambda grad, out, x, y: [grad * y, None])
    assert product.op is not None
    rules: Any = product.op.vjps
    first, second = rules
    assert (first(1.0, 6.0, 3.0, 2.0), second(1.0, 6.0, 3.0, 2.0)) == (2.0, 0.0)
    assert len(product.op.vjps) == 2


def test_the_parts_are_ops_of_the_registry() -> None:
    node = Variable(np.arange(3.0))
    (number, row) = cut(node, [1.0, np.ones((1, 2), np.float32)])
    assert number.op is cg.OPS[operator.getitem]
    assert row.dtype == np.float32
