"""The chain rule of an explanation: the numbers along the paths, and step by step, are those of the engine."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.explain import explain as typed_explain
from compgraph.explain.amounts import amount
from compgraph.explain.chain import Graph, ScalarStep, Step, count_paths
from compgraph.explain.naming import Naming
from compgraph.node import Node

explain: Any = typed_explain  # which is also given what it has to refuse
FUNCTIONS: list[Any] = [np.tanh, np.sin, np.exp, cg.sigmoid, cg.softplus, np.square, np.negative, np.floor]


@st.composite
def scalar_graphs(draw: st.DrawFn) -> tuple[Node, list[Node]]:
    """A random graph of numbers, and its nodes: with shared nodes, squares, constants and flat ops."""
    start = [cg.Variable(draw(st.integers(-8, 8)) / 8) for _ in range(draw(st.integers(1, 3)))]
    nodes: list[Any] = list(start)
    for _ in range(draw(st.integers(1, 10))):
        x, y = draw(st.sampled_from(nodes)), draw(st.sampled_from([*nodes, 0.5, 2]))
        match draw(st.integers(0, 3)):
            case 0:
                made = draw(st.sampled_from(FUNCTIONS))(np.tanh(x))
            case 1:
                made = x * y
            case 2:
                made = x - y
            case _:
                made = x + y
        nodes.append(made)
    return nodes[-1], nodes


@given(scalar_graphs(), st.data())
def test_the_products_along_the_paths_add_up_to_the_derivative(graph: tuple[Node, list[Node]], data: Any) -> None:
    output, nodes = graph
    wrt = data.draw(st.sampled_from(nodes))
    found = explain(output, wrt=wrt, most_paths=10_000)
    (expected,) = cg.gradients(output, [wrt])
    assert found.value == expected
    assert len(found.paths) == found.count
    assert sum(path.product for path in found.paths) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    for path in found.paths:
        if not path.left_out:
            product = np.prod([factor.value for factor in path.factors])
            assert product == pytest.approx(path.product, rel=1e-9, abs=1e-300)
            assert [f.by for f in path.factors[:-1]] == [f.of for f in path.factors[1:]]
        assert not path.factors or (path.factors[0].of, path.factors[-1].by) == (found.output, found.by)
    assert len({tuple((f.of, f.by) for f in path.factors) for path in found.paths if not path.left_out}) == len(
        [path for path in found.paths if not path.left_out]
    )


@given(scalar_graphs(), st.data())
def test_each_step_is_the_sum_over_the_uses_and_all_derivatives_are_the_engines(
    graph: tuple[Node, list[Node]], data: Any
) -> None:
    output, nodes = graph
    wrt = data.draw(st.sampled_from(nodes))
    found = explain(output, wrt=wrt, names={}, most_paths=0, most_steps=1000)
    if not found.steps:
        assert found.count == 0 or output is wrt
        return
    names = Naming(cg.Tape(output), others=nodes)
    by_name = {names(node): node for node in cg.Tape(output)}
    values: dict[str, float] = {}
    for step in found.steps:
        assert isinstance(step, ScalarStep)
        assert step.value == pytest.approx(cg.gradients(output, [by_name[step.name]])[0], rel=1e-12, abs=1e-15)
        if step.factors and not step.left_out:
            assert step.value == pytest.approx(sum(f.value * above for f, above in step.factors), rel=1e-9, abs=1e-12)
        for factor, above in step.factors:
            assert above == values[factor.of]
        values[step.name] = step.value
    assert found.steps[0].name == found.output
    assert found.steps[-1].name == found.by


@given(scalar_graphs())
def test_grad_is_neither_read_nor_set(graph: tuple[Node, list[Node]]) -> None:
    output, nodes = graph
    explain(output, wrt=nodes[0])
    explain(output, wrt=nodes[0], most_paths=0)
    assert all(node.grad is None for node in nodes)
    nodes[-1].backward()
    before = [node.grad for node in nodes]
    explain(output * 3.0, wrt=nodes[0])
    assert [node.grad for node in nodes] == before


def test_the_lecture() -> None:
    a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    u = b * c
    v = a + u
    J: Any = 3 * v
    found = explain(J, wrt=b)
    assert str(found).splitlines()[-1] == "dJ/db = dJ/dv · dv/du · du/db = 3 · 1 · 2 = 6"
    assert "  u = b × c = 6    du/db = c = 2" in str(found).splitlines()
    assert [explain(J, wrt=x).value for x in (a, b, c, u, v, J)] == [3.0, 6.0, 9.0, 3.0, 3.0, 1.0]
    assert str(explain(J, wrt=J)) == "dJ/dJ = 1: J is what is differentiated, and its slope in itself is 1."


@pytest.mark.parametrize(
    ("make", "formula", "slope"),
    [
        (lambda x: x * x, "x + x", 6.0),
        (lambda x: x - x, "1 + (−1)", 0.0),
        (lambda x: x / x, "1 / x + (−x / x²)", 0.0),
        (lambda x: np.hypot(x, x), "x / J + x / J", 2**0.5),
    ],
)
def test_a_number_that_enters_twice_has_the_sum_of_both_slopes(make: Any, formula: str, slope: float) -> None:
    x = cg.Variable(3.0)
    J = make(x)
    (factor,) = explain(J, wrt=x).factors
    assert factor.formula.text == formula
    assert factor.value == pytest.approx(slope)
    assert (r"+ \left(-1\right)" in factor.formula.latex) == (formula == "1 + (−1)")


def test_paths_are_counted_without_being_gone_along() -> None:
    x: Any = cg.Variable(1.0)
    y = x
    for _ in range(200):
        y = np.sin(y) + y
    tape = cg.Tape(y)
    assert count_paths(Graph(tape, x, Naming(tape))) == 10**15
    found = explain(y, wrt=x)
    assert found.paths == ()
    assert len(found.steps) == 24
    assert found.left_out == len(tape) - 24
    assert "more than 1e15 paths" in str(found).lower()


def test_few_paths_beyond_the_limit_are_shown_node_by_node_with_their_number() -> None:
    x = cg.Variable(0.5)
    J: Any = x * x + np.sin(x) + np.cos(x)
    assert len(explain(J, wrt=x, most_paths=3).paths) == 3
    found = explain(J, wrt=x, most_paths=2)
    assert found.paths == ()
    assert "3 paths lead from x to J, more than the 2" in str(found)


def test_a_deep_graph_is_explained_at_its_ends() -> None:
    x = y = cg.Variable(0.5)
    for _ in range(20_000):
        y = y * 0.9999
    found = explain(y, wrt=x)
    assert found.paths[0].product == pytest.approx(0.9999**20_000, rel=1e-9)
    assert found.paths[0].left_out == 20_000 - 12
    assert len(str(found)) < 5000
    assert "… (19,988 more) …" in str(found)
    stepwise = explain(y, wrt=x, most_paths=0)
    assert stepwise.left_out == 20_001 - 24
    assert len(str(stepwise)) < 8000


def test_a_number_used_often_shows_the_first_of_its_uses() -> None:
    x = cg.Variable(0.5)
    J: Any = sum((x * i for i in range(2, 30)), start=x)
    step = explain(J, wrt=x).steps[-1]
    assert isinstance(step, ScalarStep)
    assert (len(step.factors), step.left_out) == (6, 23)
    assert "… (23 more)" in str(explain(J, wrt=x))


def test_from_an_exact_zero_nothing_flows() -> None:
    x = cg.Variable(0.0)
    J: Any = np.where(x.value > 0, np.sqrt(x), 0.0)
    found = explain(J, wrt=x)
    assert found.value == 0.0
    assert found.paths[0].product == 0.0
    y: Any = np.sqrt(x)
    J = y - y * 1.0
    found = explain(J, wrt=x)
    assert found.value == 0.0
    assert "nothing flows from an exact zero" in str(found)


def test_what_the_output_does_not_depend_on() -> None:
    x, y = cg.variables(x=2.0, y=np.ones((2, 3)))
    J: Any = x * x
    found = explain(J, wrt=y)
    assert str(found) == "J does not depend on y, so dJ/dy = 0 in every entry."
    np.testing.assert_array_equal(found.value, np.zeros((2, 3)))
    assert found.count == 0
    assert found.latex.splitlines()[1] == r"\frac{\mathrm{d}J}{\mathrm{d}y} &= 0"
    assert (
        str(explain(J, wrt=cg.Variable(1.0), names={"J": J}))
        == "J does not depend on a variable, so dJ/d(a variable) = 0."
    )


def network() -> tuple[Node, dict[str, Node]]:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2, 7)), (rng.random((1, 7)) > 0.5) * 1.0
    W1, b1, W2, b2 = cg.variables(
        W1=rng.normal(size=(4, 2)), b1=np.zeros((4, 1)), W2=rng.normal(size=(1, 4)), b2=np.zeros((1, 1))
    )
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    A2 = cg.sigmoid(Z2)
    J: Any = np.mean(cg.binary_cross_entropy(A2, Y))
    nodes = {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2, "J": J}
    for name, node in nodes.items():
        node.name = name
    return J, {**nodes, "X": X}


def test_the_backward_pass_of_a_network_reads_as_in_the_notes() -> None:
    J, nodes = network()
    found = explain(J, wrt=nodes["W1"], names=nodes)
    steps = {step.name: step for step in found.steps if isinstance(step, Step)}
    written = {name: [c.formula.text for c in step.contributions] for name, step in steps.items()}
    assert written["A1"] == ["W2ᵀ dv8"]
    assert written["Z1"] == ["dA1 * (1 − A1²)"]
    assert written["W1"] == ["dv5 Xᵀ"]
    assert written["J"] == []
    for name in nodes.keys() & steps.keys():
        assert steps[name].value == amount(cg.gradients(J, [nodes[name]])[0])
    assert steps["W1"].contributions[0].shapes == ((4, 2), (4, 7), (7, 2))
    assert "dW1 = dv5 Xᵀ                                (4, 2) = (4, 7)(7, 2)" in str(found).splitlines()
    np.testing.assert_array_equal(found.value, cg.gradients(J, [nodes["W1"]])[0])
    bias = explain(J, wrt=nodes["b1"], names=nodes).steps[-1]
    assert isinstance(bias, Step)
    assert bias.contributions[0].formula.text == "Σ(dZ1, axis=1, keepdims)"


def test_an_array_used_several_times_is_a_sum_of_its_uses() -> None:
    x = cg.Variable(np.array([[1.0, 2.0], [3.0, 4.0]]))
    J: Any = np.sum(x @ x + x)
    (*_, last) = explain(J, wrt=x).steps
    assert isinstance(last, Step)
    assert sorted(c.formula.text for c in last.contributions) == ["dv2 xᵀ", "dv3", "xᵀ dv2"]
    assert "dx is a sum, since x is used 3 times:" in str(explain(J, wrt=x))


def test_an_explanation_keeps_no_node_alive() -> None:
    def explained() -> tuple[Any, Any]:
        x = cg.Variable(np.ones(3))
        J: Any = np.sum(np.tanh(x))
        return explain(J, wrt=x), weakref.ref(J)

    found, gone = explained()
    gc.collect()
    assert gone() is None
    assert "tanh" in str(found)


def test_numbers_of_single_precision_and_parts_of_the_graph() -> None:
    x = cg.Variable(np.float32(0.5))
    J: Any = np.tanh(x) * x
    found = explain(J, wrt=x)
    assert found.value.dtype == np.float32
    assert sum(path.product for path in found.paths) == pytest.approx(found.value, rel=1e-6)


def test_an_op_of_ones_own_and_a_call_as_one_node_are_explained_by_their_names() -> None:
    @cg.custom_gradient
    def clipped(x: Any) -> Any:
        return np.sin(x), lambda grad: grad * 0.5

    x = cg.Variable(2.0)
    J: Any = clipped(x) * 3.0
    found = explain(J, wrt=x)
    assert found.value == 1.5
    assert found.paths[0].product == 1.5
    assert found.factors[0].formula.text == "clipped′(x)"


def test_inside_debug_a_derivative_that_is_not_finite_is_told_as_everywhere() -> None:
    x = cg.Variable(0.0)
    with cg.debug():
        J: Any = np.sqrt(x)
        with pytest.raises(cg.errors.NonFiniteError):
            explain(J, wrt=x)


def test_complex_numbers_on_the_way_are_explained_step_by_step() -> None:
    z = cg.Variable(1 + 2j)
    J: Any = np.real(z * np.conjugate(z))
    found = explain(J, wrt=z)
    assert found.paths == ()
    assert all(isinstance(step, Step) for step in found.steps)
    assert found.value == cg.gradients(J, [z])[0]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda x, y: explain(3.0, wrt=x), cg.errors.ConversionError, "not of float"),
        (lambda x, y: explain(x, wrt="x"), cg.errors.ConversionError, "takes one node as wrt, not str"),
        (lambda x, y: explain(x, wrt=[x]), cg.errors.ConversionError, "one by one"),
        (lambda x, y: explain(y, wrt=x), cg.errors.GradientError, r"output\[0, 0\]"),
        (lambda x, y: explain(np.sum(y) * 1j, wrt=y), cg.errors.DtypeError, "its real part"),
        (lambda x, y: explain(x, wrt=x, most_paths=-1), cg.errors.SettingError, "most_paths=-1"),
        (lambda x, y: explain(x, wrt=x, most_steps=True), cg.errors.SettingError, "most_steps=True"),
    ],
)
def test_what_cannot_be_explained_is_refused_with_a_remedy(call: Any, kind: Any, message: str) -> None:
    x, y = cg.variables(x=1.0, y=np.ones((2, 3)))
    with pytest.raises(kind, match=message):
        call(x, y)
