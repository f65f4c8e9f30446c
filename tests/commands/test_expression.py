"""Formulas of the command line: what they mean, what they refuse, and where the complaint points."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.commands.expression import compute, values_at
from compgraph.commands.expression_evaluation import DEEPEST, MOST_OPERATIONS
from compgraph.commands.expression_functions import CONSTANTS, FUNCTIONS
from compgraph.commands.expression_source import LONGEST_TEXT, Source
from compgraph.errors import UseError
from compgraph.node import Node

X = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])
Y = np.array([[2.0, 1.0, 0.5], [1.5, 3.0, 1.0]])
W = np.array([[2.0, 0.5], [0.5, 1.0]])
V = np.array([0.25, 0.5, 0.125])
AT = {"a": 5.0, "b": 3.0, "c": 2.0, "X": X, "Y": Y, "W": W, "v": V, "é": 4.0}


def value(text: str) -> Any:
    """What a formula gives; the variables that it does not name are left out."""
    used = {name: given for name, given in AT.items() if re.search(rf"(?<!\w){name}(?!\w)", text)}
    return compute(text, used).output.value


def refused(text: str, *at: str) -> str:
    with pytest.raises(UseError) as caught:
        compute(text, values_at(at))
    told = str(caught.value)
    assert told.isprintable()
    return told


# ------------------------------------------------------------------------------------------------------------- meaning


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("J = 3*(a + b*c)", 33.0),
        ("u = b*c; w = a + u; J = 3*w", 33.0),
        ("u = b*c\n\n  w = (a +\n u)\r\nJ = 3*w\n;", 33.0),
        ("3*(a + b*c)", 33.0),
        ("-a**2 + +b", -22.0),
        ("a**-1", 0.2),
        ("2**-1*a", 2.5),
        ("a/b/c", 5 / 3 / 2),
        ("a - b - c", 0.0),
        ("2**b**c", 512.0),
        ("7*a/2", 17.5),
        (".5*a + 1.e1 + 1E-1", 12.6),
        ("pi*a + np.pi + np.e", 6 * math.pi + math.e),
        ("ü = 2*a; é*b + ü", 22.0),
        ("a\n", 5.0),
        ("ａ２ = 2*a; a2 + ａ2", 20.0),  # one name, as Python has it
        ("sum(X)", X.sum()),
        ("np.sum(X, axis=0)", X.sum(axis=0)),
        ("sum(X, 1, keepdims=True)", X.sum(axis=1, keepdims=True)),
        ("mean(X, axis=(0, 1))", X.mean()),
        ("var(X, 1, 1)", X.var(axis=1, ddof=1)),
        ("W @ X", W @ X),
        ("X @ v", X @ V),
        ("X.T @ W.T", X.T @ W.T),
        ("(X + 1).T", (X + 1).T),
        ("X[0]", X[0]),
        ("X[:, 1:]", X[:, 1:]),
        ("X[-1, ::2]", X[-1, ::2]),
        ("X[..., None, 0]", X[..., None, 0]),
        ("v[None] * v[:, None]", V[None] * V[:, None]),
        ("v * [1, 2, -3]", V * [1, 2, -3]),
        ("[[a, b], [c, 1]] @ W", np.array([[5, 3], [2, 1.0]]) @ W),
        ("[v, v + 1]", np.stack([V, V + 1])),
        ("where(X > 0, X, 0.1*X)", np.where(X > 0, X, 0.1 * X)),
        ("np.where(a != b, a, b)", 5.0),
        ("where(X <= Y.T.T, X, Y)", np.where(X <= Y, X, Y)),
        ("concatenate([X, Y], axis=1)", np.concatenate([X, Y], axis=1)),
        ("stack((v, v))", np.stack([V, V])),
        ("reshape(X, (3, -1))", X.reshape(3, 2)),
        ("reshape(X, 6)", X.ravel()),
        ("v * ones(3) + zeros((3,)) + full(3, 2)", V + 2),
        ("W @ eye(2) + np.eye(2, M=2)", W + np.eye(2)),
        ("a * linspace(0, 1, 5)", 5 * np.linspace(0, 1, 5)),
        ("a * linspace(0, 1)", 5 * np.linspace(0, 1)),
        ("a * arange(3) + arange(1, 7, 2)", 5 * np.arange(3) + np.arange(1, 7, 2)),
        ("v @ ones_like([1, 2, 3])", V.sum()),
        ("np.linalg.norm(v) + norm(v, axis=0)", 2 * np.linalg.norm(V)),
        ("solve(W, X)", np.linalg.solve(W, X)),
        ("inv(W) * det(W)", np.linalg.inv(W) * np.linalg.det(W)),
        ("clip(X, -1, 1)", np.clip(X, -1, 1)),
        ("dot(W, X) + inner(W, X.T) + np.outer(v[:2], v)", 2 * W @ X + np.outer(V[:2], V)),
        ("diag(v) + diag(diag(v))", np.diag(V) + V),
        ("cg.relu(X) + relu(X)", 2 * np.maximum(X, 0)),
        ("softmax(X, axis=0)", np.exp(X) / np.exp(X).sum(axis=0)),
        ("leaky_relu(X, slope=0.5)", np.where(X > 0, X, 0.5 * X)),
        ("mean = sum(v); mean + 1", V.sum() + 1),  # the name of a function is free for a value
    ],
)
def test_formulas_mean_what_they_mean_in_numpy(text: str, expected: Any) -> None:
    found = value(text)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-13)


# Each function of the list by a call, with what NumPy itself gives for the constants.
CALLS: dict[str, tuple[str, ...]] = {
    "arccosh": ("Y + 1",),
    **dict.fromkeys(("arccos", "arcsin", "arctanh"), ("v",)),
    **dict.fromkeys(("log", "log10", "log1p", "log2", "sqrt", "cbrt"), ("Y",)),
    **dict.fromkeys(("add", "arctan2", "divide", "hypot", "logaddexp"), ("Y", "Y + 1")),
    **dict.fromkeys(("maximum", "minimum", "multiply", "power", "subtract"), ("Y", "Y + 1")),
    "clip": ("X", "0", "1"),
    "where": ("X > 0", "X", "Y"),
    **dict.fromkeys(("concatenate", "stack", "hstack", "vstack"), ("[X, Y]",)),
    "reshape": ("X", "(3, 2)"),
    "expand_dims": ("X", "0"),
    "matmul": ("W", "X"),
    **dict.fromkeys(("dot", "solve"), ("W", "X")),
    **dict.fromkeys(("inner", "outer"), ("v", "v")),
    "diag": ("v",),
    **dict.fromkeys(("ones", "zeros"), ("3",)),
    "full": ("3", "2"),
    "eye": ("3",),
    "linspace": ("0", "1"),
    "arange": ("3",),
    **dict.fromkeys(("inv", "det", "trace"), ("W",)),
    "binary_cross_entropy": ("v", "v"),
    "binary_cross_entropy_with_logits": ("v", "v"),
}


@pytest.mark.parametrize("name", sorted(name for name in FUNCTIONS if "." not in name))
def test_every_function_of_the_list_is_the_function_of_its_name(name: str) -> None:
    """By its short and by its full name, of variables; and its usage names as many arguments as it takes."""
    arguments = CALLS.get(name, ("X",))
    text = f"({', '.join(arguments)})"
    function = FUNCTIONS[name]
    space: dict[str, Any] = {**AT, "np": np, "cg": cg}
    expected = eval(function.title + text, space)  # the test's own text, with Python's own evaluation
    for written in (name, function.title):
        np.testing.assert_allclose(value(f"0*a + {written}{text}"), np.asarray(expected), rtol=1e-13)
    assert function.usage.startswith(f"{function.title}(")
    assert len(function.usage.split(", ")) >= len(arguments) or "[" in function.usage
    assert "too few arguments: write" in refused(f"{name}()*a", "a=1")
    assert "too many arguments: write" in refused(f"{name}({', '.join(['a'] * 9)})", "a=1")


@given(st.data())
def test_arithmetic_is_that_of_numpy(data: st.DataObject) -> None:
    """Formulas drawn together with their value, with brackets and blanks wherever they may be."""
    numbers = st.floats(-3, 3).map(lambda x: round(x, 2))

    def grow(inner: Any) -> Any:
        return st.one_of(
            st.tuples(inner, st.sampled_from("+-*"), inner).map(combined),
            inner.map(lambda pair: (f"-({pair[0]})", -pair[1])),
            inner.map(lambda pair: (f"tanh( {pair[0]}\n)", np.tanh(pair[1]))),
        )

    def combined(parts: Any) -> Any:
        (left, x), sign, (right, y) = parts
        return f"({left} {sign}\t({right}))", {"+": x + y, "-": x - y, "*": x * y}[sign]

    leaf = st.one_of(st.just(("a", 1.25)), st.just(("b", -0.5)), numbers.map(lambda x: (f"({x})", x)))
    text, expected = data.draw(st.recursive(leaf, grow, max_leaves=12))
    found = compute(f"J = a*b*0 + {text}", {"a": 1.25, "b": -0.5})
    np.testing.assert_allclose(found.output.value, expected, rtol=1e-12, atol=1e-12)


def test_the_names_are_kept_for_the_picture() -> None:
    found = compute("k = [1, 2]; u = b*k; J = sum(u)", {"b": 3.0})
    assert list(found.names) == ["b", "k", "u", "J"]
    assert found.names["J"] is found.output
    assert isinstance(found.names["u"], Node)
    assert found.names["b"].name == "b"
    assert isinstance(found.names["k"], np.ndarray)


def test_the_derivatives_are_those_of_the_formula() -> None:
    found = compute("u = b*c; v = a + u; J = 3*v", {"a": 5.0, "b": 3.0, "c": 2.0})
    found.output.backward()
    assert [found.names[name].grad for name in "abcuv"] == [3.0, 6.0, 9.0, 3.0, 3.0]


def test_infinities_in_a_graph_are_shown_and_warn_nobody(recwarn: pytest.WarningsRecorder) -> None:
    assert compute("J = a/0", {"a": 1.0}).output.value == np.inf
    assert np.isnan(compute("J = log(a)", {"a": -1.0}).output.value)
    assert not recwarn.list


# -------------------------------------------------------------------------------------------------------------- values


def test_values_are_numbers_nested_lists_and_formulas_without_variables() -> None:
    found = values_at(["a=5", " b = -1/4", "x=[[1, 2], [3, -4]]", "W=np.eye(2)", "ａ2=1e3", "e=[]"])
    assert {name: type(given) for name, given in found.items()} == {
        "a": float, "b": float, "x": np.ndarray, "W": np.ndarray, "a2": float, "e": np.ndarray,
    }  # fmt: skip
    assert (found["a"], found["b"], found["a2"]) == (5.0, -0.25, 1000.0)
    assert found["x"].dtype == np.float64
    np.testing.assert_array_equal(found["x"], [[1, 2], [3, -4]])
    assert found["e"].shape == (0,)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (["a"], "--at a: write name=value"),
        (["a=1", "a=2"], "--at gives a twice"),
        (["a="], "--at a: one value stands after the ="),
        (["a=1;2"], "--at a: one value stands after the ="),
        (["a=b=1"], "--at a: one value stands after the ="),
        (["=1"], "--at: '' is no name"),
        (["2=1"], "--at: '2' is no name"),
        (["a b=1"], "--at: 'a b' is no name"),
        (["np=1"], "--at: 'np' is no name"),
        (["True=1"], "--at: 'True' is no name"),
        (["__class__=1"], "--at: '__class__' is no name"),
        (["lambda=1"], "--at: 'lambda' is no name"),
        (["(a)+1=1"], "--at: '(a)+1' is no name"),
        (["a=b"], "--at a: column 1: b is no number"),
        (["a=2 + c"], "--at a: column 5: c is no number"),
        (["a=nan"], "--at a: column 1: nan is no number"),
        (["a=[[1, 2], [3]]"], "--at a: column 1: the rows of an array have one length"),
        (["a='x'"], '--at a: column 1: "\'" has no place'),
        (["a=True"], "--at a: column 1: this is no number"),
        (["a=1/0"], "--at a: column 1: this is not finite"),
        (["a=ones((10000, 10000))"], "--at a: column 1: this makes an array of more than 10,000 entries"),
    ],
)
def test_a_value_that_is_none_is_refused(at: list[str], told: str) -> None:
    with pytest.raises(UseError) as caught:
        values_at(at)
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    ("text", "at", "told"),
    [
        ("J = 3*(a + b*c)", ["a=5", "b=3"], "column 14: no value is given for c: add --at c=..."),
        ("J = 3*(a + b*c)", [], "column 8: no value is given for a, b and c: add --at a=... b=... c=..."),
        ("J = a", ["a=1", "b=1"], "--at gives b, which the formula does not use"),
        ("J = a", ["a=1", "b=1", "J=1"], "column 1: J is given by --at: choose another name"),
        ("J = a; J = 2*J", ["a=1"], "column 8: J has a value already: choose another name"),
        ("J = 2*u; u = a", ["a=1"], "column 7: u has no value yet here"),
        ("J = 3", [], "column 1: this is a constant, there is no variable in it: give a variable its value"),
        ("u = 2*a; J = 3", ["a=1"], "column 10: this is a constant, there is no variable in it"),
        ("", [], "there is no formula"),
        (" \n;;\n", [], "there is no formula"),
        ("2*a; J = 3*a", ["a=1"], "column 1: only the last formula can be without a name"),
    ],
)
def test_every_name_has_one_value_and_every_value_is_used(text: str, at: list[str], told: str) -> None:
    assert refused(text, *at).startswith(told)


# -------------------------------------------------------------------------------------------------------------- places


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("J = a^2", "column 6: '^' has no place in a formula: a power is written **"),
        ("J = a²", "column 5: '²' has no place in a name: a power is written **"),
        ("J = 2a", "column 5: 2 is followed by a letter: a product is written 2*..."),
        ("J = 2(a)", "column 5: what stands before ( is no function: a product is written *(...)"),
        ("J = a(2)", "column 5: what stands before ( is no function: a product is written a*(...)"),
        ("J = a.sum()", "column 5: there is no a.sum: write np.sum(x, axis=, keepdims=)"),
        ("J = sigmod(a)", "column 5: sigmod is not among the functions of a formula: did you mean sigmoid?"),
        ("J = np.sigmoid(a)", "column 5: there is no np.sigmoid: write cg.sigmoid(x)"),
        ("J = a * np.load(a)", "column 9: np.load is not among the functions"),
        ("J = a * tanh", "column 9: tanh is a function: write np.tanh(x)"),
        ("J = a * np.tanh", "column 9: np.tanh is a function: write np.tanh(x)"),
        ("J = a * np", "column 9: np is not a value"),
        ("J = a * np.T", "column 9: np.T is not among the functions"),
        ("J = a.real", "column 5: .real is not there: .T is the only one of its kind"),
        ("J = a +", "column 8: something is missing or too much"),
        ("J = a a", "column 7: something is missing or too much"),
        ("é = 2*a; J = é é", "column 16: something is missing or too much"),
        ("é = 2*a; J = é + foo(é)", "column 18: foo is not among"),
        ("u = 2*a\nJ = u + $", "line 2, column 9: '$' has no place"),
        ("u = 2*a\nJ = (u +\n  é*foo(1))", "line 3, column 3: no value is given for é"),
        ("u = 2*a\nJ = (u +\n  u*foo(1))", "line 3, column 5: foo is not among"),
        ("J = (a", "column 5: ( is never closed"),
        ("J = (a]", "column 7: ] closes no ["),
        ("J = a)", "column 6: ) closes no ("),
        ("J = (a; a)", "column 7: ; within brackets"),
        ("J = K = a", "column 7: to the left of = stands one name"),
        ("[J] = a", "column 5: to the left of = stands one name"),
        ("J += a", "column 4: to the left of = stands one name"),
        ("J =", "column 1: nothing stands to the right of J ="),
        ("np = a", "column 1: np is no name for a value"),
        ("None = a", "column 1: None is no name for a value"),
        ("J = a < 2", "column 5: a comparison stands only in the first place of where"),
        ("J = where(a, a, a)", "column 11: one comparison stands here"),
        ("J = where(0 < a < 1, a, a)", "column 11: one comparison stands here"),
        ("J = where(a in a, a, a)", "column 13: in has no place"),
        ("J = (a, a)", "column 5: an array is written in brackets"),
        ("J = a // 2", "column 5: // has no derivative"),
        ("J = a @ a", "column 5: matmul of a () and a ()"),
        ("J = a[0]", "column 5: too many indices"),
        ("J = a[a]", "column 7: an index is a whole number"),
        ("J = a[1.0]", "column 7: an index is a whole number"),
        ("J = a[[0]]", "column 7: an index is a whole number"),
        ("J = sum(a, a)", "column 12: a plain number stands here"),
        ("J = sum(a, axis=3)", "column 5: sum of a (): axis 3 is out of bounds"),
        ("J = sum(a, axis=0.5)", "column 5: "),
        ("J = sum(a, dtype=1)", "column 12: there is no argument of that name: write np.sum(x, axis=, keepdims=)"),
        ("J = sum(a, 0, axis=0)", "column 15: axis is given twice"),
        ("J = tanh(x=a)", "column 10: there is no argument of that name: write np.tanh(x)"),
        ("J = stack(a)", "column 11: a list of arrays stands here"),
        ("J = a * ones(2.0)", "column 9: a size is a whole number, not 2.0"),
        ("J = a * ones((2, -1))", "column 9: a size is a whole number, not -1"),
        ("J = a * ones(True)", "column 9: a size is a whole number, not True"),
        ("J = a * eye(2, M=2.5)", "column 9: a size is a whole number, not 2.5"),
        ("J = a * 1e999", "column 9: the number is too large"),
        ("J = a + 1/0", "column 9: this is not finite"),
        ("J = a + log(-1)", "column 9: this is not finite"),
        ("J = a + (-8)**0.5", "column 9: this is not finite"),
        ("J = a + [[1, 2], [3]]", "column 9: the rows of an array have one length"),
        ("J = a + True", "column 9: this is no number"),
        ("J = a + None", "column 9: this is no number"),
        ("J = a + ...", "column 9: this is no number"),
        ("J = a + _b", "column 9: _b: a name does not begin with _"),
        ("J = a + b__c", "column 9: b__c: a name does not begin with _ and has no two of them in a row"),
    ],
)
def test_a_complaint_points_at_its_place(text: str, told: str) -> None:
    assert refused(text, "a=1").startswith(told)


@given(st.integers(0, 60), st.sampled_from("$%&!?#~`|{}\\\"'"))
def test_a_stranger_is_found_wherever_it_stands(at: int, letter: str) -> None:
    text = "uu = bb*cc; vv = aa + uu;\nJJ = np.sum(3*vv[0:2], axis=0)"
    at = min(at, len(text))
    line, column = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
    assert refused(text[:at] + letter + text[at:]).startswith(f"line {line}, column {column}: ")


# -------------------------------------------------------------------------------------------------------------- limits


def test_what_is_just_small_enough_is_computed() -> None:
    assert value("+".join(["a"] * DEEPEST)) == 5 * DEEPEST
    lines = [f"x{i + 1} = x{i} + a" for i in range(MOST_OPERATIONS - 1)]
    assert value("; ".join(["x0 = 0*a", *lines])) == 5 * (MOST_OPERATIONS - 1)
    assert value("a * ones((100, 100))").shape == (100, 100)
    assert value("matmul(a*ones((100, 100)), ones((100, 100)))").shape == (100, 100)
    assert value(f"a{' ' * (LONGEST_TEXT - 1)}") == 5.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("+".join(["a"] * (DEEPEST + 1)), "nests more than 100 deep"),
        ("(" * 51 + "a" + ")" * 51, "more than 50 brackets within brackets"),
        (
            "; ".join(["x0 = 0*a", *[f"x{i + 1} = x{i} + a" for i in range(MOST_OPERATIONS)]]),
            "more than 500 operations",
        ),
        (f"[{'a,' * (MOST_OPERATIONS + 1)}]", "more than 500 operations"),
        ("a * ones((101, 100))", "more than 10,000 entries"),
        ("a" + " " * LONGEST_TEXT, "characters is too long"),
        ("a[" + "None, " * 17 + "]", "at most 16 axes"),
        ("a * " + "[" * 17 + "1" + "]" * 17, "at most 16 axes"),
    ],
)
def test_what_is_a_little_larger_is_refused(text: str, told: str) -> None:
    assert told in refused(text, "a=5")


# ------------------------------------------------------------------------------------------------------- what is shown


def test_the_page_lists_every_function() -> None:
    page = (Path(__file__).parents[2] / "docs" / "command_line.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `((?:np|cg)\.[^`(]+)\(", page, re.MULTILINE))
    assert listed == {function.title for function in FUNCTIONS.values()}
    assert all(f"`{function.usage}`" in page for function in FUNCTIONS.values())
    assert all(f"`{name}`" in page for name in CONSTANTS)


def test_a_place_is_told_by_line_only_where_there_are_several() -> None:
    make: Callable[[str], str] = lambda text: str(Source(text, "--at a: ").error(len(text) - 1, "x"))  # noqa: E731
    assert make("abc") == "--at a: column 3: x"
    assert make("a\nbc") == "--at a: line 2, column 2: x"
