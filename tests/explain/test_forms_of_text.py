"""Explanations as text, LaTeX and HTML, whatever the nodes are called."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.explain import Explanation, explain
from compgraph.explain.latex import lines
from compgraph.explain.symbol import derivative, differential, latex_name, of_number
from compgraph.node import Node

ANY_NAME = st.text(st.characters(codec=None), max_size=40)
HOSTILE = [
    r"\input{x}",
    "}{",
    "$x$",
    "a & b",
    "50%",
    "#1",
    "x_y^2~",
    "<script>",
    "a'b''",
    "🐍 损失",
    "\\",
    "two\nlines",
    "]",
]


def a_graph(name: str, of_arrays: bool) -> tuple[Node, Node]:
    x = cg.Variable(np.array([[0.5, -1.0]]) if of_arrays else 0.5, name=name)
    u: Any = np.tanh(x) * x
    u.name = f"{name}{name}"
    J: Any = np.sum(u * u - 3.0 * x) * 1e-9 + 2
    J.name = name or None
    return J, x


def forms(name: str) -> list[Explanation]:
    found = []
    for of_arrays in (False, True):
        J, x = a_graph(name, of_arrays)
        found += [explain(J, wrt=x), explain(J, wrt=x, most_paths=0, most_steps=4), explain(J, wrt=J)]
        found.append(explain(J, wrt=cg.Variable(1.0, name=name)))
    return found


def is_balanced(latex: str) -> bool:
    """Whether braces, and the pairs of \\left and \\right, close in order."""
    opened: list[str] = []
    for sign in re.findall(r"\\left(?![a-z])|\\right(?![a-z])|\\begin\{aligned\}|\\end\{aligned\}|\\.|[{}]", latex):
        if sign in ("{", "\\left") or sign.startswith("\\begin"):
            opened.append(sign)
        elif sign in ("}", "\\right") or sign.startswith("\\end"):
            pair = {"}": "{", "\\right": "\\left"}.get(sign, "\\begin{aligned}")
            if not opened or opened.pop() != pair:
                return False
    return not opened


def with_hostile_names(test: Any) -> Any:
    for name in HOSTILE:
        test = example(name)(test)
    return given(ANY_NAME)(test)


@with_hostile_names
def test_latex_closes_what_it_opens_and_escapes_every_name(name: str) -> None:
    for found in forms(name):
        assert is_balanced(found.latex), found.latex
        assert found._repr_latex_() == f"$$\n{found.latex}\n$$"
        bare = re.sub(r"\\[^a-zA-Z]", "", found.latex)
        assert not set(bare.replace(" &= ", " ")) & set("$#%&~")
        assert not re.search(r"<[^}]", found.latex.replace("{<}", ""))


@with_hostile_names
def test_html_is_well_formed_and_says_what_the_text_says(name: str) -> None:
    for found in forms(name):
        tree = ElementTree.fromstring(found._repr_html_())
        assert {element.tag for element in tree.iter()} <= {
            *("div", "p", "code", "strong", "small", "br", "ul", "li", "table", "thead", "tbody", "tr", "th", "td")
        }
        said = "".join(tree.itertext())
        assert found.text.splitlines()[-1].strip().rstrip(".") in said


@with_hostile_names
def test_text_has_no_line_that_a_name_broke(name: str) -> None:
    for found in forms(name):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", found.text)
        assert found.text == found.text.strip("\n")


def test_text_is_at_most_100_columns_wide_where_a_variable_is_used_often() -> None:
    w, a = cg.variables(w=-0.9, a=0.5)
    b: Any = a
    for _ in range(5_000):
        b = np.tanh(w * b)
    said = explain(b, wrt=w).text
    assert max(map(len, said.splitlines())) <= 100
    (step,) = re.findall(r"^db/dw = (.*?)^    with (.*?)^$", said, re.DOTALL | re.MULTILINE)
    names, amounts, _ = " ".join(step[0].split()).split(" = ")
    assert names.startswith("db/dv10001 · dv10001/dw + ")
    assert names.count(" + ") == amounts.count(" + ") == 6
    assert names.endswith(" + … (4,994 more)")
    assert len(" ".join(step[1].split()).split(", ")) == 6


@pytest.mark.parametrize("name", ["x", "W1", "theta", "my loss", "a_b", *HOSTILE[:9]])
def test_matplotlib_sets_the_latex(name: str) -> None:
    mathtext = pytest.importorskip("matplotlib.mathtext", reason="the extra plot is not installed")
    parser = mathtext.MathTextParser("path")
    for found in forms(name):
        for sides in lines(found):
            for side in filter(None, sides):
                known = side.replace(r"\&", "")  # which LaTeX knows and matplotlib does not
                parser.parse(f"${known}$")


def test_latex_of_the_lecture() -> None:
    a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    u: Any = b * c
    v = a + u
    J: Any = -3 * v
    assert explain(J, wrt=b).latex.splitlines() == [
        r"\begin{aligned}",
        r"\frac{\mathrm{d}u}{\mathrm{d}b} &= c = 2 \\",
        r"\frac{\mathrm{d}v}{\mathrm{d}u} &= 1 \\",
        r"\frac{\mathrm{d}J}{\mathrm{d}v} &= -3 \\",
        r"\frac{\mathrm{d}J}{\mathrm{d}b} &= \frac{\mathrm{d}J}{\mathrm{d}v} \cdot "
        r"\frac{\mathrm{d}v}{\mathrm{d}u} \cdot \frac{\mathrm{d}u}{\mathrm{d}b} \\",
        r" &= \left(-3\right) \cdot 1 \cdot 2 \\",
        r" &= -6",
        r"\end{aligned}",
    ]


def test_latex_of_matrices() -> None:
    W, X, b = cg.variables(W=np.ones((3, 4)), X=np.ones((4, 7)), b=np.ones((3, 1)))
    Z = W @ X + b
    J: Any = np.sum(Z * Z)
    rows = explain(J, wrt=W).latex.splitlines()
    assert r"\mathrm{d}W &= \mathrm{d}v_{4}\, X^{\mathsf{T}} \qquad (3 \times 4) = (3 \times 7)(7 \times 4)" in rows
    rows = explain(J, wrt=b).latex.splitlines()
    assert rows[-2] == (
        r"\mathrm{d}b &= \sum_{\mathrm{axis}\,1} \mathrm{d}Z \qquad (3 \times 1) \leftarrow (3 \times 7)"
    )


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("W2", "W_{2}"),
        ("w_12", "w_{12}"),
        ("theta", r"\theta"),
        ("theta1", r"\theta_{1}"),
        ("loss", r"\mathrm{loss}"),
        ("dW1", r"\mathrm{dW1}"),
        ("a_b", r"\mathrm{a\_b}"),
        ("{x}", r"\mathrm{\{x\}}"),
        ("v#3", r"\mathrm{v\#3}"),
    ],
)
def test_names_in_latex(name: str, latex: str) -> None:
    assert latex_name(name) == latex


def test_derivatives_of_names_that_are_no_single_word() -> None:
    assert derivative("J", "a + b").text == "dJ/d(a + b)"
    assert differential("layers[0]").text == "dlayers[0]"


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_numbers_read_back(value: float) -> None:
    text = of_number(value).text.replace("−", "-")
    assert float(text) == pytest.approx(value, rel=1e-5, abs=0, nan_ok=True)
    assert is_balanced(of_number(value).latex)


def test_names_with_operators_are_put_into_parentheses() -> None:
    x = cg.Variable(2.0, name="a + b")
    J: Any = x**3
    J.name = "J"
    assert "3 · (a + b)²" in str(explain(J, wrt=x))


def test_two_nodes_of_one_name_are_told_apart() -> None:
    x, y = cg.Variable(2.0, name="x"), cg.Variable(3.0, name="x")
    J: Any = x * y
    assert "dJ/dx#1 = x#2 = 3" in str(explain(J, wrt=x))


def test_the_callers_variables_give_the_names_unless_others_are_given() -> None:
    weight = cg.Variable(2.0)
    cost = weight * weight
    assert repr(explain(cost, wrt=weight)) == "<Explanation of dcost/dweight: 1 path>"
    assert repr(explain(cost, wrt=weight, names={"w": weight})) == "<Explanation of doutput/dw: 1 path>"
