"""Steps as formulas: they say what the engine's numbers are."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from hypothesis import given

import compgraph as cg
from compgraph.explain.naming import Naming
from compgraph.page.data import page_data
from compgraph.page.formulas import computed
from compgraph.render.diagram import diagram
from tests.page.graphs import numbers


def data_of(J: cg.Node, names: dict[str, Any] | None = None) -> dict[str, Any]:
    tape = cg.Tape(J)
    return page_data(tape, [diagram(tape)], Naming(tape, names or {}))


def steps(J: cg.Node, **names: Any) -> dict[str, dict[str, Any]]:
    return {node["name"]: node for node in data_of(J, {"J": J, **names})["nodes"]}


def value_of(written: str) -> float:
    """A sum of products as a number."""
    return float(eval(re.sub("[·×]", "*", written).replace("−", "-")))


@given(numbers())
def test_every_line_of_a_step_has_the_value_that_the_engine_computed(J):
    data = data_of(J)
    tape = cg.Tape(J)
    for node, told in zip(tape, data["nodes"], strict=True):
        derivative = told["backward"]["text"].split(" = ")
        assert value_of(derivative[-1]) == cg.gradients(J, [node])[0]
        if len(derivative) > 2:
            assert value_of(derivative[-2]) == value_of(derivative[-1]) or "/d" in derivative[-2]
        forward = told["forward"]["text"].split(" = ")
        assert value_of(forward[-1]) == node.value
        if node.op is not None and len(forward) > 3:
            assert value_of(forward[-2]) == node.value


def test_the_lecture():
    a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    u = b * c
    v = a + u
    J = 3 * v
    J.backward()
    told = steps(J, u=u, v=v)
    assert [node["forward"]["text"] for node in told.values()] == [
        "a = 5", "b = 3", "c = 2", "u = b × c = 3 × 2 = 6", "v = a + u = 5 + 6 = 11", "J = 3 × v = 3 × 11 = 33",
    ]  # fmt: skip
    assert [node["backward"]["text"] for node in told.values()] == [
        "dJ/da = dJ/dv · dv/da = 3 · 1 = 3",
        "dJ/db = dJ/du · du/db = 3 · 2 = 6",
        "dJ/dc = dJ/du · du/dc = 3 · 3 = 9",
        "dJ/du = dJ/dv · dv/du = 3 · 1 = 3",
        "dJ/dv = 3",
        "dJ/dJ = 1",
    ]
    assert told["b"]["backward"]["why"] == ["u = b × c, so du/db = c = 2"]
    assert told["b"]["backward"]["left"] == r"\frac{\mathrm{d}J}{\mathrm{d}b}"
    assert told["J"]["backward"]["why"] == ["the reverse pass begins here: the slope of J in itself is 1"]


def test_a_number_used_several_times():
    x = cg.Variable(2.0, "x")
    s = x * x
    J = s * x - x
    J.backward()
    told = steps(J, s=s)["x"]["backward"]
    assert told["text"].endswith("= 11")
    assert "(x + x)" in " ".join(told["why"]) or "x + x" in " ".join(told["why"])


def test_many_uses_are_cut():
    x = cg.Variable(2.0, "x")
    J = sum((x * k for k in range(1, 13)), start=0.0 * x)
    J.backward()
    told = steps(J)["x"]["backward"]
    assert "…" in told["text"]
    assert told["why"][-1] == "and 7 more uses of x"


def test_a_network_in_matrix_form():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 5))
    W, b = cg.variables(W=rng.normal(size=(3, 2)), b=np.zeros((3, 1)))
    Z = W @ X + b
    A = np.tanh(Z)
    J = np.sum(A)
    J.backward()
    told = steps(J, Z=Z, A=A, X=X)
    assert told["W"]["backward"]["text"] == "dW = dv3 Xᵀ"
    assert told["W"]["backward"]["shapes"] == ["(3×2) = (3×5)(5×2)"]
    assert told["b"]["backward"]["text"] == "db = Σ(dZ, axis=1, keepdims)"
    assert "b (3, 1) was broadcast along axis 1 to (3, 5)" in " ".join(told["b"]["backward"]["why"])
    assert told["v3"]["forward"]["shapes"] == ["W (3×2), X (2×5) → v3 (3×5)"]
    assert told["Z"]["forward"]["why"] == ["b (3×1) is broadcast to (3×5)"]
    assert told["A"]["forward"]["rows"] == [["=", r"\tanh\left(Z\right)"]]
    assert told["J"]["forward"]["shapes"] == ["A (3×5) → J ()"]
    assert told["J"]["backward"]["text"] == "dJ/dJ = 1"


def test_operations_in_latex():
    x, y = cg.variables(x=-2.0, y=3.0)
    z = cg.Variable([[1.0, 2.0]], "z")
    names = {"x": x, "y": y, "z": z}
    cases: tuple[tuple[Any, str], ...] = (
        (x / y, r"x \div y"),
        (x - y, "x - y"),
        (x**2, "{x}^{2}"),
        (-x, "-x"),
        (x * -3.0, r"x \times \left(-3\right)"),
        (np.exp(x), r"\exp\left(x\right)"),
        (cg.sigmoid(x), r"\sigma\left(x\right)"),
        (np.arctan(x), r"\mathrm{arctan}\left(x\right)"),
        (z.T, r"{z}^{\mathsf{T}}"),
        (z[0], r"\mathrm{z[0]}"),
        (np.sum(z, axis=1), r"\mathrm{Σ(z,\ axis=1)}"),
        (np.maximum(x, y), r"\mathrm{max(x,\ y)}"),
    )
    for made, latex in cases:
        assert computed(made, Naming(cg.Tape(made), names)).rows[0][1].latex == latex
