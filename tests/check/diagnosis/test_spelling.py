"""What nodes are called: names, and formulas that mean the node when they are read as Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compgraph.check.diagnosis.spelling import LONGEST
from tests.check.diagnosis.suspects import numbers, suspect_of

X = numbers((3, 4), 7)
OPERATIONS = ("{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} / {1}", "-{0}", "{0} ** 2", "np.exp({0})", "{0} - 3.5")


@given(data=st.data(), count=st.integers(1, 4))
def test_a_formula_means_its_node(data, count):
    """Read as Python, with the names that the cost has, it gives the node's value."""
    parts = ["w", "v"]
    for _ in range(count):
        one, other = data.draw(st.sampled_from(parts)), data.draw(st.sampled_from(parts))
        parts.append("(" + data.draw(st.sampled_from(OPERATIONS)).format(one, other) + ")")
    lines = ["def cost(w, v):", f"    z = {parts[-1]}", "    return np.sum(z * w * v)"]
    space: dict[str, Any] = {"np": np}
    exec("\n".join(lines), space)
    at = {"w": np.array([1.5, 0.5]), "v": np.array([0.75, 2.0])}
    with np.errstate(all="ignore"):
        assume(np.all(np.isfinite(space["cost"](**at))))
        suspect = suspect_of(space["cost"], {"dw": np.ones(2), "dv": np.ones(2)}, at)
    spelling = suspect.spelling
    known = {**at, "np": np, "exp": np.exp, "z": suspect.scene.nodes["z"].value}
    for node in suspect.steps.tape.nodes:
        for text in (spelling(node), spelling.atom(node), spelling.inside(node)):
            assert len(text) <= LONGEST or text.count("…") == 0
            if "…" in text or text.startswith("sum("):
                continue
            np.testing.assert_allclose(eval(text, dict(known)), node.value, rtol=1e-5, err_msg=text)
            factor = eval(f"2 * {spelling.atom(node)}", dict(known)) if "…" not in spelling.atom(node) else None
            assert factor is None or np.allclose(factor, 2 * node.value, rtol=1e-5)


def test_names_arrays_and_numbers():
    def cost(w, X):
        m = X.shape[1]
        Z = w.T @ X
        L = (1 - X) * Z
        return np.sum(L) / m + np.sum(Z * np.transpose(X.T))

    suspect = suspect_of(cost, lambda w, X: w, {"w": np.ones((3, 1))}, data={"X": X})
    spelling, nodes = suspect.spelling, suspect.scene.nodes
    assert spelling(nodes["Z"]) == "Z"
    assert spelling.derivative(nodes["Z"]) == "dZ"
    assert spelling.inside(nodes["Z"]) == "w.T @ X"
    assert spelling.inside(nodes["L"]) == "(1 - X) * Z"
    assert spelling(X) == "X"
    assert spelling(np.array(X)) == "X"
    assert spelling(X.T) == "X.T"
    assert spelling(-X) == "-X"
    assert spelling.atom(1 - X) == "(1 - X)"
    assert spelling(numbers((5,), 0)) == "an array of shape (5,)"
    assert (spelling(X[1:]), spelling(X[:-1]), spelling(X[1:-1])) == ("X[1:]", "X[:-1]", "X[1:-1]")
    assert (spelling(X**2), spelling.atom(X**2)) == ("X**2", "(X**2)")
    assert spelling.transposed(nodes["Z"]) == "dZ.T"
    assert spelling(4) == "m"
    assert spelling.number(4.0) == "m"
    assert spelling.number(0.25) == "1/m"
    assert spelling.number(2.0) == "2"
    assert spelling.number(0.123456789) == "0.123457"
    assert spelling("text") == "text"
    unnamed = next(node for node in suspect.steps.tape.nodes if node not in suspect.scene.names and node.shape)
    assert spelling.derivative(unnamed).startswith("the derivative with respect to ")
    assert spelling.transposed(unnamed).startswith("the transpose of the derivative with respect to ")
    assert spelling.among({nodes["Z"]: "other"})(nodes["Z"]) == "other"
    assert spelling.among({}, {"theirs": numbers((5,), 0)})(numbers((5,), 0)) == "theirs"


def test_products_of_data_and_indices():
    A, B, words = numbers((2, 3), 1), numbers((3, 4), 2), np.array([1, 0, 1])

    def cost(w, A, B, words):
        return np.sum((A @ B) @ w) + np.sum(w[words] ** 2) + np.sum(w[(words, words * 0)])

    suspect = suspect_of(cost, lambda w, A, B, words: w, {"w": np.ones((4, 3))}, data={"A": A, "B": B, "words": words})
    assert suspect.spelling(A @ B) == "A @ B"
    looked_up = [node for node in suspect.steps.tape.nodes if node.op is not None and node.op.name == "getitem"]
    assert [suspect.spelling(node) for node in looked_up] == ["w[words]", "w[words, …]"]
    assert [suspect.spelling.index(node) for node in looked_up] == ["words", "the index"]


@pytest.mark.parametrize("depth", [0, 1, 6, 30])
def test_long_formulas_are_cut(depth):
    def cost(w):
        return deep(w, depth)

    def deep(w: Any, n: int) -> Any:
        return np.sum(np.sin(w)) if n == 0 else np.tanh(deep(w, n - 1) * 1.5 + 0.25)

    suspect = suspect_of(cost, lambda w: w, {"w": np.ones(3)})
    text = suspect.spelling.inside(suspect.scene.output)
    assert ("…" in text) == (depth > 0)
    assert len(text) < 200


def test_parentheses_stand_where_the_order_matters_and_lengths_are_kept():
    def cost(w, v, lam):
        z = w - (v - w)
        u = np.sin(np.exp(w) + np.exp(v)) * np.cos(np.exp(w) - np.exp(v)) * np.tanh(np.exp(w) * np.exp(v))
        return np.sum(z * u)

    at, data = {"w": np.ones(3), "v": np.full(3, 2.0)}, {"lam": 0.3}
    suspect = suspect_of(cost, {"dw": np.ones(3), "dv": np.ones(3)}, at, data=data)
    spelling, nodes = suspect.spelling, suspect.scene.nodes
    assert spelling.inside(nodes["z"]) == "w - (v - w)"
    unnamed = spelling.among({node: name for node, name in suspect.scene.names.items() if name in ("w", "v")})
    assert len(unnamed(nodes["u"])) <= LONGEST
    assert "…" in unnamed(nodes["u"])
    assert spelling.number(0.09) == "(lam**2)"
