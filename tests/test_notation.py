"""Every op is written the same way by all that write formulas: what is written, read back, is the operation meant."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.compile.calls import op_of
from compgraph.compile.spelling import Imports, operator_text
from compgraph.explain.expression import Slot, write
from compgraph.explain.symbol import named
from compgraph.node import Node
from compgraph.notation import LATEX, OPERATORS, Text, index_text, operation, raised
from compgraph.primitive import OPS
from compgraph.render.formula import formula
from tests.check.diagnosis.suspects import numbers, suspect_of

AT: dict[str, Any] = {"a": np.array([[5, 3], [2, 7]]), "b": np.array([[2, 1], [3, 4]]), "c": np.array([[6, 1], [1, 3]])}
SIGNS = {
    "×": "*",
    "÷": "/",
    "−": "-",
    "∧": "&",
    "∨": "|",
    "¬": "~",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "ᵀ": ".T",
    "·": "*",
}
ARITHMETIC = [np.add, np.subtract, np.multiply, np.divide, np.negative, np.power]
ROUNDED_ALIKE = [f for f in OPERATORS if f in OPS and f is not np.floor_divide]  # ⌊a ÷ b⌋ is that of a rounded a ÷ b
Tree = Any
"""A name, or a function with the trees of its operands."""


def trees(functions: Sequence[Callable[..., Any]]) -> st.SearchStrategy[Tree]:
    def larger(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        return st.sampled_from(functions).flatmap(lambda f: st.tuples(st.just(f), *[inner] * getattr(f, "nin", 1)))

    return st.recursive(st.sampled_from(sorted(AT)), larger, max_leaves=7)


def pairs(functions: Sequence[Callable[..., Any]]) -> list[Tree]:
    """Every function with the result of every other as each of its operands."""
    found = []
    for outer in functions:
        for place in range(getattr(outer, "nin", 1)):
            for inner in functions:
                operands: list[Tree] = sorted(AT)[: getattr(outer, "nin", 1)]
                operands[place] = (inner, *["b", "c"][: getattr(inner, "nin", 1)])
                found.append((outer, *operands))
    return found


def text_of(tree: Tree) -> Text:
    return Text(tree) if isinstance(tree, str) else operation(tree[0], *map(text_of, tree[1:]))


def bracketed(tree: Tree) -> str:
    """With every bracket there may be."""
    if isinstance(tree, str):
        return tree
    sign, operands = OPERATORS[tree[0]][0], [f"({bracketed(operand)})" for operand in tree[1:]]
    return operands[0] + sign if sign == ".T" else sign + operands[0] if len(operands) == 1 else sign.join(operands)


def drawn(tree: Tree) -> str:
    """As a picture writes it."""
    return tree if isinstance(tree, str) else formula(op_of(tree[0]).symbol, [drawn(operand) for operand in tree[1:]])


def python_of(written: str) -> str:
    """What a picture or an explanation writes, as Python."""
    written = re.sub("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: f"**{found[0].translate(ROWS)}", written)
    written = re.sub(r"⌊", "floor(", written).replace("⌋", ")").replace(" mod ", " % ").replace(" = ", " == ")
    return "".join([SIGNS.get(letter, letter) for letter in written])


ROWS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def parsed(text: str) -> str:
    return ast.dump(ast.parse(text, mode="eval"))


@given(trees(list(OPERATORS)))
def test_python_reads_what_was_meant(tree: Tree) -> None:
    assert parsed(text_of(tree).text) == parsed(bracketed(tree))


def test_python_reads_each_operator_in_another() -> None:
    for tree in pairs(list(OPERATORS)):
        assert parsed(text_of(tree).text) == parsed(bracketed(tree)), text_of(tree)


@given(trees(list(OPERATORS)))
def test_no_bracket_stands_there_in_vain(tree: Tree) -> None:
    """Each pair of brackets is needed, but for those that keep comparisons and powers readable."""
    text = text_of(tree).text
    for at in [found.start() for found in re.finditer(r"\(", text)]:
        depth = 0
        for end in range(at, len(text)):
            depth += (text[end] == "(") - (text[end] == ")")
            if not depth:
                break
        without = f"{text[:at]} {text[at + 1 : end]} {text[end + 1 :]}"
        signs = "**" in without or any(sign in without for sign in "<>=!")
        assert signs or parsed(text) != parsed(without.strip())


@pytest.mark.parametrize("function", OPERATORS, ids=lambda function: function.__name__)
def test_an_operator_is_its_function(function: Callable[..., Any]) -> None:
    names = sorted(AT)[: getattr(function, "nin", 1)]
    text = operation(function, *map(Text, names)).text
    np.testing.assert_array_equal(eval(text, {}, AT), function(*[AT[name] for name in names]))


@pytest.mark.parametrize("function", OPERATORS, ids=lambda function: function.__name__)
def test_pictures_and_source_write_the_same(function: Callable[..., Any]) -> None:
    op, names = op_of(function), sorted(AT)[: getattr(function, "nin", 1)]
    values = tuple([AT[name] for name in names])
    source = operator_text(Node(op, function(*values), values), [Text(name) for name in names], Imports())
    assert source is not None
    assert source == operation(function, *map(Text, names))
    if function is np.bitwise_xor:  # which has no sign of its own in pictures
        return
    shown = python_of(formula(op.symbol, names)).replace("floor(a / b)", "a // b").replace(" ** ", "**")
    assert shown == source.text


def values_of(tree: Tree, shown: str, **names: Any) -> tuple[Any, Any]:
    """What was meant, and what is read where it is shown."""
    at = {name: value + 0.0 for name, value in AT.items()}
    with np.errstate(all="ignore"):
        return eval(bracketed(tree), {}, at), eval(python_of(shown), names, at)


@pytest.mark.parametrize("tree", pairs(ROUNDED_ALIKE))
def test_a_picture_shows_each_operation_in_another(tree: Tree) -> None:
    np.testing.assert_allclose(*values_of(tree, drawn(tree)), rtol=1e-12)


@given(trees(ROUNDED_ALIKE))
def test_a_picture_shows_what_was_meant(tree: Tree) -> None:
    np.testing.assert_allclose(*values_of(tree, drawn(tree)), rtol=1e-12)


def explained(tree: Tree) -> str:
    return write(text_of(tree).text, {name: Slot(named(name)) for name in AT}).text


@pytest.mark.parametrize("tree", pairs(ARITHMETIC))
def test_an_explanation_shows_each_operation_in_another(tree: Tree) -> None:
    np.testing.assert_allclose(*values_of(tree, explained(tree)), rtol=1e-12)


@given(trees(ARITHMETIC))
def test_an_explanation_shows_what_was_meant(tree: Tree) -> None:
    np.testing.assert_allclose(*values_of(tree, explained(tree)), rtol=1e-12)


@pytest.mark.parametrize("tree", pairs([*ARITHMETIC, np.remainder, np.floor_divide]))
def test_a_diagnosis_spells_each_operation_in_another(tree: Tree) -> None:
    scope: dict[str, Any] = {"np": np}
    exec(f"def cost(a, b, c):\n    z = {bracketed(tree)}\n    return np.sum(np.where(z < 9, z, 0) * a)", scope)
    at = {name: value + 0.0 for name, value in AT.items()}
    with np.errstate(all="ignore"):
        suspect = suspect_of(scope["cost"], {f"d{name}": x for name, x in at.items()}, at)
    text = suspect.spelling.inside(suspect.scene.nodes["z"])
    expected, shown = values_of(tree, text, remainder=np.remainder, floor_divide=np.floor_divide)
    np.testing.assert_allclose(shown, expected, rtol=1e-12)


def test_every_sign_that_an_op_declares_has_a_form_in_latex() -> None:
    signs = {op.symbol for op in OPS.values() if len(op.symbol) == 1 and "scipy" not in str(op.function)}
    assert len(signs) > 8
    assert signs <= LATEX.keys()


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda w: w / 0.25, "w / (1/m)"),
        (lambda w: w * -4.0, "w * -m"),
        (lambda w: (-3.5) ** w, "(-3.5)**w"),
        (lambda w: -2.0 * w, "-2 * w"),
        (lambda w: w[(0, 1), :] - 1, "w[(0, 1), :] - 1"),
        (lambda w: -(w // 3.5), "-floor_divide(w, 3.5)"),
    ],
)
def test_numbers_and_indices_in_a_diagnosis(make: Callable[[Any], Any], text: str) -> None:
    X = numbers((3, 4), 7)

    def cost(w: Any, X: Any) -> Any:
        m = X.shape[1]
        z = make(w)
        return np.sum(w * X) / m + np.sum(z)

    with np.errstate(all="ignore"):
        suspect = suspect_of(cost, lambda w, X: w, {"w": np.ones((3, 1))}, data={"X": X})
    assert suspect.spelling.inside(suspect.scene.nodes["z"]) == text


def test_a_user_s_function_is_not_taken_for_its_namesake() -> None:
    @cg.differentiable(lambda grad, out, x, y: grad, None, domain=(-3, 3), name="add")
    def shifted(x: Any, y: Any) -> Any:
        return x + 2 * y

    try:
        suspect = suspect_of(lambda w: np.sum(shifted(w, w)), {"dw": np.ones(2)}, {"w": np.ones(2)})
        assert suspect.spelling.inside(suspect.scene.output) == "sum(add(w, w))"
    finally:
        del OPS[shifted]


parts = st.one_of(
    st.integers(-2, 1),
    st.builds(slice, *[st.none() | st.integers(-2, 2)] * 2, st.none() | st.sampled_from((1, 2, -1))),
    st.none(),
    st.sampled_from(([0, 1], (0, 1), (1,))),
)


@given(parts | st.lists(parts, max_size=3).map(tuple) | st.just(...))
def test_an_index_is_read_back(index: Any) -> None:
    x = np.arange(24).reshape(2, 2, 2, 3)
    np.testing.assert_array_equal(eval(f"x[{index_text(index, str)}]", {"x": x}), x[index])


def test_tuples_in_an_index_are_compiled_as_they_stand() -> None:
    x = np.arange(24.0).reshape(4, 3, 2)
    functions: list[Callable[[Any], Any]] = [
        lambda x: 2 * x[(0, 1), :], lambda x: 2 * x[((0, 1),)], lambda x: 2 * x[(2,)],
        lambda x: x[((0, 1), (1, 2))] * 3,
    ]  # fmt: skip
    for f in functions:
        compiled = cg.compile(f)
        for _ in range(2):
            np.testing.assert_array_equal(compiled(x), f(x))


def test_a_minus_stands_before_the_whole_quotient() -> None:
    def f(a: Any, b: Any) -> Any:
        return (a // b) * -0.25

    a, b = np.array([5.0, 7.0]), np.array([2.0, 4.0])
    space: dict[str, Any] = {}
    exec(cg.to_numpy(f, a, b), space)
    np.testing.assert_array_equal(space["f"](a, b), f(a, b))


def test_exponents() -> None:
    assert [raised(text) for text in ("−2", "12", "x", "0.5", "−", "²")] == ["⁻²", "¹²", "", "", "", ""]
