"""What stands on the arrows."""

from __future__ import annotations

import numpy as np
import pytest

import compgraph as cg
from compgraph.node import Node
from compgraph.primitive import OPS
from compgraph.render.diagram import diagram
from compgraph.render.local_derivatives import local_derivatives
from tests.render.graphs import lecture, two_layers

ELEMENTWISE = [op for op in OPS.values() if op.elementwise and isinstance(op.vjps, tuple)]


@pytest.mark.parametrize(
    ("make", "slopes"),
    [
        (lambda x, y: x * y, [3.0, 2.0]),
        (lambda x, y: x * x, [2.0, 2.0]),
        (lambda x, y: x / y, [1 / 3, -2 / 9]),
        (lambda x, y: x**2, [4.0, None]),
        (lambda x, y: np.maximum(x, y), [0.0, 1.0]),
        (lambda x, y: np.sqrt(0 * x), [np.inf]),
        (lambda x, y: (0 * x) ** -0.5, [-np.inf, None]),
        (lambda x, y: np.hypot(x, y), [2 / 13**0.5, 3 / 13**0.5]),
        (lambda x, y: np.stack([x, y]), [None, None]),
        (lambda x, y: np.sum(np.stack([x, y])), [None]),
    ],
)
def test_slopes(make, slopes):
    with np.errstate(all="ignore"):
        node = make(cg.Variable(2.0), cg.Variable(3.0))
    assert local_derivatives(node) == pytest.approx(slopes)


def test_a_leaf_has_none_and_complex_numbers_have_no_single_one():
    assert local_derivatives(cg.Variable(2.0)) == []
    z = cg.Variable(1 + 2j)
    assert local_derivatives(z * z) == [None, None]


@pytest.mark.parametrize(
    "op", [op for op in OPS.values() if op.elementwise and isinstance(op.vjps, tuple)], ids=lambda op: op.name
)
def test_they_are_what_the_reverse_pass_multiplies_with(op):
    rng = np.random.default_rng(0)
    leaves = [cg.Variable(x) for x in rng.uniform(0.2, 0.8, len(op.names))]
    try:
        with np.errstate(all="ignore"):
            node = op.function(*leaves)
    except (TypeError, cg.CompgraphError):
        pytest.skip("takes other operands than real numbers")
    if not isinstance(node, Node) or node.op is not op or node.size != 1:
        pytest.skip("is made of other ops")
    with np.errstate(all="ignore"):
        node.backward()
    told = local_derivatives(node)
    for x, slope in zip(node.inputs, told, strict=True):
        if isinstance(x, Node):
            assert (x.grad or 0.0) == pytest.approx(slope or 0.0, nan_ok=True)
        else:
            assert slope is None
    assert any(told) or not any(x.grad for x in leaves)


def test_labels_of_the_lecture():
    labels = {(a.tail, a.head): a.label for a in diagram(cg.Tape(lecture())).arrows}
    assert list(labels.values()) == ["du/db = 2", "du/dc = 3", "dv/da = 1", "dv/du = 1", None, "dJ/dv = 3"]


def test_there_are_none_before_the_reverse_pass_and_on_arrays():
    assert not any(arrow.label for arrow in diagram(cg.Tape(lecture(backward=False))).arrows)
    assert [a.label for a in diagram(cg.Tape(two_layers())).arrows if a.label] == ["−1", "0.333333"]


def test_of_several_outputs_only_the_differentiated_one_has_labels():
    a, b = cg.variables(a=5.0, b=3.0)
    J, K = a * a, a * b
    J.name, K.name = "J", "K"
    J.backward()
    assert [arrow.label for arrow in diagram(cg.Tape([J, K])).arrows] == ["dJ/da = 5", "dJ/da = 5", None, None]
