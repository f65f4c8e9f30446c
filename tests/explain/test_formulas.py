"""Every formula that an explanation shows is computed, and is what the engine's rule gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.explain.expression import Slot, write
from compgraph.explain.matrix_forms import FORMS
from compgraph.explain.naming import Naming
from compgraph.explain.pullback import form, in_words, slots_of
from compgraph.explain.slopes import CHOICES, SLOPES, slope
from compgraph.explain.symbol import named
from compgraph.node import Node, record
from compgraph.primitive import OPS, Op
from compgraph.pull import apply_rule, fit
from tests import sampling
from tests.explain.computing import compute

OWN = [op for op in OPS.values() if "scipy" not in str(getattr(op.function, "__module__", ""))]


def the_node(op: Op, sample: sampling.Sample) -> Node:
    """What an op makes of the sample, each differentiable input being a variable."""
    inputs = [cg.Variable(x) if x.dtype != bool else x for x in sample.inputs]
    return record(op, tuple(inputs), sample.params)


def sent(node: Node, place: int, grad: Any) -> Any:
    """What the engine sends back to an input."""
    assert node.op is not None
    values = [x.value if isinstance(x, Node) else x for x in node.inputs]
    rule = next(vjp for i, vjp in enumerate(node.op.vjps) if i == place)
    shape = node.inputs[place].shape
    if rule is None:
        return np.zeros(shape)
    cotangent = fit(apply_rule(rule, grad, node.value, values, node.params), node.inputs[place].value, node.op)
    return np.broadcast_to(cotangent, shape)


def drawn_grad(node: Node, seed: int) -> Any:
    values = np.random.default_rng(seed).uniform(0.5, 2.0, node.shape)
    return values if node.shape else float(values)


@pytest.mark.parametrize("op", OWN, ids=lambda op: op.name)
@sampling.PER_OP
@given(data=st.data())
def test_each_formula_computes_what_the_rule_gives(op: Op, data: st.DataObject) -> None:
    sample = data.draw(sampling.samples(op))
    node = the_node(op, sample)
    grad = drawn_grad(node, data.draw(st.integers(0, 1000)))
    names = Naming(cg.Tape(node))
    for place in sample.differentiable:
        found = form(node, place, names)
        written, reasons, shapes = in_words(node, place, names)
        assert written.text
        assert all(reasons)
        assert shapes[0] == node.inputs[place].shape
        if found is None:
            assert op.name in "".join(reasons)
            continue
        expected = sent(node, place, grad)
        np.testing.assert_allclose(compute(found, node, place, grad), expected, rtol=1e-9, atol=1e-12)
        if len(shapes) > 2 and found.template != "outer(grad, y)" and found.template != "outer(x, grad)":
            product = np.empty(shapes[1])
            for shape in shapes[2:]:
                product = product @ np.empty(shape)
            assert product.shape[-len(shapes[0]) :] == shapes[0]


@pytest.mark.parametrize("function", [*SLOPES, *CHOICES, *FORMS], ids=lambda function: OPS[function].name)
def test_an_op_of_the_tables_has_a_formula_in_its_first_case(function: Any) -> None:
    op = OPS[function]
    found: list[bool] = []

    @sampling.PER_OP
    @given(sampling.samples(op))
    def look(sample: sampling.Sample) -> None:
        node = the_node(op, sample)
        names = Naming(cg.Tape(node))
        found.extend(form(node, place, names) is not None for place in sample.differentiable)

    look()
    assert any(found)


def test_the_ops_of_the_course_all_have_formulas() -> None:
    x, y = cg.variables(x=np.array([[0.3, 0.6], [0.2, 0.9]]), y=np.array([[0.5, 0.4], [0.7, 0.1]]))
    makers: list[Any] = [
        x + y, x - y, x * y, x / y, -x, x @ y, x.T, x**2, np.exp(x), np.log(x), np.tanh(x), np.sum(x),
        np.mean(x, axis=1), cg.sigmoid(x), cg.relu(x), cg.softplus(x), cg.leaky_relu(x), np.reshape(x, (4,)), x[0],
        np.dot(x, y), cg.binary_cross_entropy(x, y), cg.binary_cross_entropy_with_logits(x, y), cg.softmax(x),
        np.maximum(x, y), np.where(x.value > 0.5, x, y), np.clip(x, 0.25, 0.7), np.max(x, axis=0), np.abs(x),
        np.sqrt(x),
    ]  # fmt: skip
    for node in makers:
        place = next(i for i, input_ in enumerate(node.inputs) if isinstance(input_, Node))
        assert form(node, place, Naming(cg.Tape(node))) is not None, node


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda x: x**2, "2 · x"),
        (lambda x: x**3, "3 · x²"),
        (lambda x: x**-1, "−1 · x⁻²"),
        (lambda x: x**0.5, "0.5 · x ** (−0.5)"),
        (lambda x: x**1, "1"),
        (lambda x: x**0, "0"),
        (lambda x: 2**x, "out · log(2)"),
        (lambda x: np.tanh(x), "1 − out²"),
        (lambda x: cg.sigmoid(x), "out · (1 − out)"),
        (lambda x: x / 3, "1 / 3"),
        (lambda x: 3 / x, "−3 / x²"),
        (lambda x: -2 / x, "−(−2) / x²"),
        (lambda x: x * -2, "−2"),
        (lambda x: np.maximum(x, 2.0), "[x > 2] + 0.5 · [x = 2]"),
        (lambda x: np.maximum(x, 0.0), "[x > 0]"),
        (lambda x: cg.leaky_relu(x), "[x ≥ 0] + 0.01 · [x < 0]"),
        (lambda x: np.clip(x, 0, 5), "[0 < x < 5]"),
        (lambda x: np.clip(x, None, 5), "[x < 5]"),
        (lambda x: np.clip(x, 0, None), "[x > 0]"),
        (lambda x: (x + 1) * (x - 1), "v3"),
        (lambda x: 1 / (1 / x), "−1 / v2²"),
        (lambda x: np.log2(x), "1 / (x · log(2))"),
    ],
)
def test_slopes_read_as_one_writes_them(make: Any, expected: str) -> None:
    node = make(cg.Variable(2.0, name="x"))
    node.name = "out"
    place = next(i for i, x in enumerate(node.inputs) if isinstance(x, Node))
    template = slope(node, place)
    assert template is not None
    assert write(template, slots_of(node, Naming(cg.Tape(node)))).text == expected


def test_a_transpose_is_explained_with_its_side_and_shapes() -> None:
    W2, A1 = cg.variables(W2=np.ones((3, 4)), A1=np.ones((4, 7)))
    Z2 = W2 @ A1
    Z2.name = "Z2"
    names = Naming(cg.Tape(Z2))
    assert in_words(Z2, 0, names)[0].text == "dZ2 A1ᵀ"
    assert in_words(Z2, 0, names)[2] == ((3, 4), (3, 7), (7, 4))
    assert in_words(Z2, 1, names)[0].text == "W2ᵀ dZ2"
    assert in_words(Z2, 1, names)[1] == ("each entry of A1 enters Z2 through a column of W2, hence W2ᵀ on the left",)


@pytest.mark.parametrize(
    ("shape", "text", "reason"),
    [
        ((3, 1), "Σ(dZ, axis=1, keepdims)", "b (3, 1) was broadcast along axis 1 to (3, 7), so"),
        ((7,), "Σ(dZ, axis=0)", "b (7,) was broadcast along axis 0 to (3, 7), so"),
        ((1, 1), "Σ(dZ, axis=(0, 1), keepdims)", "b (1, 1) was broadcast along the axes 0, 1 to (3, 7), so"),
        ((), "Σ(dZ)", "b is one number in every entry of (3, 7), so"),
    ],
)
def test_a_sum_is_explained_by_what_was_broadcast(shape: tuple[int, ...], text: str, reason: str) -> None:
    b = cg.Variable(np.ones(shape), name="b")
    Z: Any = np.ones((3, 7)) + b
    Z.name = "Z"
    formula, reasons, shapes = in_words(Z, 1, Naming(cg.Tape(Z)))
    assert formula.text == text
    assert reasons[1].startswith(reason)
    assert shapes == (shape, (3, 7))


def test_largest_entries_that_tie_are_explained_by_the_op_alone() -> None:
    x = cg.Variable(np.array([1.0, 3.0, 3.0]), name="x")
    J: Any = np.max(x)
    J.name = "J"
    assert form(J, 0, Naming(cg.Tape(J))) is None
    formula, reasons, _ = in_words(J, 0, Naming(cg.Tape(J)))
    assert formula.text == "(∂J/∂x)ᵀ dJ"
    assert "max" in reasons[0]


def test_only_what_was_broadcast_is_summed_over() -> None:
    b = cg.Variable(np.ones((1, 1)), name="b")
    Z: Any = np.ones((3, 1)) + b
    Z.name = "Z"
    assert in_words(Z, 1, Naming(cg.Tape(Z)))[0].text == "Σ(dZ, axis=0, keepdims)"


@pytest.mark.parametrize(
    ("template", "text", "latex"),
    [
        ("x - (y - z)", "x − (y − z)", r"x - \left(y - z\right)"),
        ("x * (y * z)", "x · (y · z)", r"x \cdot \left(y \cdot z\right)"),
        ("x / (y * z)", "x / (y · z)", r"\frac{x}{y \cdot z}"),
        ("x / (y / z)", "x / (y / z)", r"\frac{x}{\frac{y}{z}}"),
        ("(x + y) / z", "(x + y) / z", r"\frac{x + y}{z}"),
        ("-(x + y)", "−(x + y)", r"-\left(x + y\right)"),
        ("-(-x)", "−(−x)", r"-\left(-x\right)"),
        ("(x + y)**2", "(x + y)²", r"\left(x + y\right)^{2}"),
        ("(x**2)**3", "(x²)³", r"{\left(x^{2}\right)}^{3}"),
        ("x**(y - 1)", "x ** (y − 1)", "x^{y - 1}"),
        ("A @ (B + A)", "A (B + A)", r"A\, \left(B + A\right)"),
        ("A.T @ B", "Aᵀ B", r"A^{\mathsf{T}}\, B"),
        ("A * B", "A * B", r"A \odot B"),
        ("x * A", "x · A", r"x \cdot A"),
        ("[x > y]", "[x > y]", r"\left[x > y\right]"),
        ("sqrt(1 - x**2)", "√(1 − x²)", r"\sqrt{1 - x^{2}}"),
        ("exp(x)", "exp(x)", r"\exp\left(x\right)"),
        ("sigmoid(x - y)", "σ(x − y)", r"\sigma\left(x - y\right)"),
    ],
)
def test_parentheses_stand_where_they_are_needed(template: str, text: str, latex: str) -> None:
    slots = {name: Slot(named(name)) for name in "xyz"} | {name: Slot(named(name), is_array=True) for name in "AB"}
    written = write(template, slots)
    assert (written.text, written.latex) == (text, latex)


def test_complex_values_are_explained_by_the_op_alone() -> None:
    z = cg.Variable(np.array([1 + 2j, 3 - 1j]), name="z")
    J = z * z
    assert form(J, 0, Naming(cg.Tape(J))) is None
    assert "multiply" in in_words(J, 0, Naming(cg.Tape(J)))[1][0]
