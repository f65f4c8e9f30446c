"""The readable form of derivative code: the textbook's formulas, which run, and are equal to those derived by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compgraph as cg
from compgraph.compile.capture import capture, signature_of, without_names
from compgraph.compile.optimise import optimised
from compgraph.compile.readable import readable
from compgraph.errors import UseError
from compgraph.nested import flatten
from tests.compile.networks import ACTIVATIONS, LOSSES, network

RNG = np.random.default_rng(0)
m = 400
X, Y = RNG.normal(size=(2, m)), (RNG.random((1, m)) < 0.5).astype(float)
PARAMETERS = tuple(RNG.normal(size=shape) for shape in ((4, 2), (4, 1), (1, 4), (1, 1)))


def cost(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    J = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    return J  # noqa: RET504 - its name is in the text


TEXTBOOK = """\
    m = 400
    Z1 = W1 @ X + b1  # (4, 400)
    A1 = np.tanh(Z1)  # (4, 400)
    Z2 = W2 @ A1 + b2  # (1, 400)
    A2 = 1 / (1 + np.exp(-Z2))  # (1, 400)
    J = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    dZ2 = (A2 - Y) / m  # (1, 400)
    db2 = np.sum(dZ2, axis=1, keepdims=True)  # (1, 1)
    dW2 = dZ2 @ A1.T  # (1, 4)
    dA1 = W2.T @ dZ2  # (4, 400)
    dZ1 = dA1 * (1 - A1**2)  # (4, 400)
    db1 = np.sum(dZ1, axis=1, keepdims=True)  # (4, 1)
    dW1 = dZ1 @ X.T  # (4, 2)
    return J, (dW1, db1, dW2, db2)
"""


def code_of(f: Callable[..., Any], *args: Any, **options: Any) -> tuple[str, Callable[..., Any]]:
    """The text of a function, and the function that the text defines."""
    text = cg.to_numpy(f, *args, **options)
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    return text, namespace[f.__name__]


def test_the_two_layer_network_is_the_textbook() -> None:
    text, _ = code_of(cg.value_and_grad(cost, (0, 1, 2, 3)), *PARAMETERS)
    assert text.endswith(TEXTBOOK)


def test_what_it_says_is_what_a_compiled_function_says() -> None:
    fast = cg.compile(cg.value_and_grad(cost, (0, 1, 2, 3)))
    with pytest.raises(UseError, match="has not been compiled yet"):
        cg.to_numpy(fast)
    fast(*PARAMETERS)
    assert cg.to_numpy(fast).endswith(TEXTBOOK)


def test_the_text_runs_and_passes_the_comparison() -> None:
    _, formulas = code_of(cg.value_and_grad(cost, (0, 1, 2, 3)), *PARAMETERS)
    at = dict(zip(("W1", "b1", "W2", "b2"), PARAMETERS, strict=True))
    found = cg.compare(cost, lambda **params: formulas(*params.values(), X, Y)[1], at=at)
    assert found.ok, str(found)


def test_the_text_is_proved_to_be_the_gradient() -> None:
    at = dict(zip(("W1", "b1", "W2", "b2"), PARAMETERS, strict=True))
    _, formulas = code_of(cg.value_and_grad(cost, (0, 1, 2, 3)), *PARAMETERS)
    found = cg.prove(cost, lambda **params: formulas(*params.values(), X, Y)[1], like=at)
    assert found.proved, str(found)


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_text_computes_the_same(activation: str, loss: str, style: Any) -> None:
    net = network(activation, loss, (3, 4, 2), 7)
    eager = cg.value_and_grad(net.cost, (0, 1, 2, 3))
    text = cg.to_numpy(eager, *net.parameters(0), style=style)
    assert text.startswith("import numpy as np\n\n\n")
    assert "compgraph" not in text
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    given = {"X": net.X, "Y": net.Y}
    at = net.parameters(1)
    if style == "fast":
        names = namespace["prepare"].__code__.co_varnames[: namespace["prepare"].__code__.co_argcount]
        value, gradient = namespace["prepare"](*[given[name] for name in names])(*at)
    else:
        function = namespace["cost"]
        names = function.__code__.co_varnames[4 : function.__code__.co_argcount]
        value, gradient = function(*at, *[given[name] for name in names])
    expected, slopes = eager(*at)
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    for one, other in zip(gradient, slopes, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def body(f: Callable[..., Any], *args: Any) -> list[str]:
    """The lines of the text after its docstring."""
    return [line.strip() for line in cg.to_numpy(f, *args).rpartition('"""')[2].strip().splitlines()]


A, B, v = RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3)), RNG.normal(size=3)

FORMS: tuple[Callable[[Any, Any], Any], ...] = (
    lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / (1 + y * y), lambda x, y: x @ y,
    lambda x, y: abs(x) ** (y / (1 + abs(y))), lambda x, y: -x, lambda x, y: x.T, lambda x, y: x**2, lambda x, y: 3 - x,
    lambda x, y: x[0] + 0 * y, lambda x, y: x[:, ::-1] - y[..., :1], lambda x, y: x * (x > y), lambda x, y: 0 + (x < y),
    lambda x, y: 0.0 + ((x > y) == (y > 0)), lambda x, y: x % (2 + abs(y)), lambda x, y: x / 7, lambda x, y: np.tanh(x),
    lambda x, y: np.where(~(x > y) & (y > 0), x, y), lambda x, y: np.sum(x, axis=0, keepdims=True) * -0.5 + 0 * y,
)  # fmt: skip
"""Ops whose results, one inside of the other, need brackets; each is given two matrices of three by three."""

expressions = st.recursive(
    st.sampled_from((0, 1)),
    lambda inner: st.tuples(st.integers(0, len(FORMS) - 1), inner, inner),
    max_leaves=8,
)


def evaluated(expression: Any, arguments: tuple[Any, ...]) -> Any:
    if isinstance(expression, int):
        return arguments[expression]
    form, left, right = expression
    return FORMS[form](evaluated(left, arguments), evaluated(right, arguments))


@settings(max_examples=4 * settings().max_examples)
@given(expressions)
def test_the_text_of_a_random_formula_computes_the_same(expression: Any) -> None:
    def value(a: Any, b: Any) -> Any:
        return evaluated(expression, (a, b))

    for f in (value, cg.grad(lambda a, b: np.sum(value(a, b)), (0, 1))):
        leaves, signature = signature_of((A, B), {})
        unnamed = capture(f, leaves, signature, without_names)  # so that formulas are long
        text = readable(optimised(unnamed)[0]._replace(name="f"))
        namespace: dict[str, Any] = {}
        exec(text, namespace)
        expected = flatten(f(A, B))[0]
        for x, y in zip(flatten(namespace["f"](A, B))[0], expected, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-9 * np.max(np.abs(y)), err_msg=text)


@pytest.mark.parametrize(
    ("f", "args", "text"),
    [
        (lambda a, b: (a + b)[0], (A, B), "(a + b)[0]"),
        (lambda a, b: (a @ b)[:, 1:], (A, B), "(a @ b)[:, 1:]"),
        (lambda a, b: (a @ b)[0][1:], (A, B), "(a @ b)[0][1:]"),
        (lambda a, b: np.linalg.eigh(a @ b.T)[0], (A, A), "np.linalg.eigh(a @ b.T)[0]"),
        (lambda a, b: (a > b) == (b > 0), (A, B), "(a > b) == (b > 0)"),
        (lambda a, b: a + b > a * b, (A, B), "a + b > a * b"),
        (lambda a, b: a - (b - a), (A, B), "a - (b - a)"),
        (lambda a, b: 2.0 ** (a**b), (abs(A), B), "2.0**(a**b)"),
        (lambda a, b: (2.0**a) ** b, (A, B), "(2.0**a)**b"),
    ],
)
def test_brackets_stand_where_they_are_needed(f: Callable[..., Any], args: Any, text: str) -> None:
    assert body(f, *args) == [f"return {text}"]
    namespace: dict[str, Any] = {}
    exec(cg.to_numpy(f, *args), namespace)
    np.testing.assert_allclose(namespace["function"](*args), f(*args))


def test_a_tenth_in_single_precision_is_no_tenth_in_double() -> None:
    assert body(lambda a: np.float32(0.1) * a, A) == ["return np.float32(0.10000000149011612) * a"]
    assert body(lambda a: np.float32(0.1) * a, A.astype(np.float32)) == ["return a / 10"]
    assert body(lambda a: 0.1 * a, A) == ["return a / 10"]


def test_what_is_transposed_twice_is_computed_once() -> None:
    def twice(a: Any, b: Any) -> Any:
        return np.tanh(a + b).T @ a + np.tanh(a + b).T * 2

    assert body(twice, A, B) == ["t1 = np.tanh(a + b)  # (3, 3)", "return t1.T @ a + t1.T * 2"]


def test_products_with_vectors_are_those_of_the_textbook() -> None:
    def cost(W: Any, x: Any) -> Any:
        z = W @ x
        a = np.tanh(z)
        return np.sum(a)

    assert body(cg.grad(cost, (0, 1)), A, v) == [
        "z = W @ x  # (3,)",
        "a = np.tanh(z)  # (3,)",
        "dz = 1 - a**2  # (3,)",
        "dW = np.outer(dz, x)  # (3, 3)",
        "dx = W.T @ dz  # (3,)",
        "return dW, dx",
    ]
    assert body(cg.grad(lambda x, W: cost(W.T, x)), v, A)[-2:] == ["dx = W @ dz  # (3,)", "return dx"]


def test_another_style_is_refused() -> None:
    with pytest.raises(UseError, match="'pretty'"):
        cg.to_numpy(cost, *PARAMETERS, style="pretty")  # type: ignore[arg-type]
    with pytest.raises(UseError, match="give arguments to call cost with"):
        cg.to_numpy(cost)


def test_arrays_that_follow_a_rule_are_written_by_it() -> None:
    assert body(lambda a: a @ np.zeros(3) + a[np.arange(3)][:, 0], A) == [
        "return a @ np.zeros((3,), np.float64) + a[np.arange(3)][:, 0]"
    ]
    signed = np.array([0.0, -0.0, 0.0])  # which is equal to zeros
    assert body(lambda a: a @ signed.copy(), A) == ["return a @ np.array([0.0, -0.0, 0.0], dtype=np.float64)"]
    assert body(lambda a: a @ np.ones(3, complex), A) == ["return a @ np.ones((3,), np.complex128)"]


def test_the_transpose_of_an_array_is_known_by_its_name() -> None:
    data = RNG.normal(size=(3, 20))

    def cost(w: Any) -> Any:
        z = data.T @ w
        return np.sum(np.tanh(z))

    assert body(cost, v) == ["z = dataT @ w  # (20,)", "return np.sum(np.tanh(z))"]
    text, formulas = code_of(cg.grad(cost), v)
    assert "data: float64 (3, 20)" in text
    np.testing.assert_allclose(formulas(v, data), cg.grad(cost)(v))


def test_one_line_imports_all_that_is_needed_of_a_module() -> None:
    text = cg.to_numpy(lambda x: np.sin(x) * np.cos(x) + np.exp(x), 1.0, style="fast")
    assert text.startswith("from math import cos, exp, sin\n\n\ndef")


def named(name: str, expression: str) -> Any:
    space: dict[str, Any] = {"np": np, "cg": cg}
    exec(f"def f({name}):\n    return {expression}", space)
    return space["f"]


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("sigmoid", "np.sum(cg.sigmoid(sigmoid))"),
        ("softplus", "np.sum(cg.softplus(softplus) ** 2)"),
        ("embed", "np.sum(embed[1:] ** 2)"),
        ("contract", "np.sum(np.einsum('i,j->ij', contract, contract) ** 2)"),
    ],
)
def test_a_variable_may_be_called_as_a_function_of_the_text(name: str, expression: str) -> None:
    f = cg.value_and_grad(named(name, expression))
    text, formulas = code_of(f, v)
    assert f"{name}_2" in text
    for x, y in zip(formulas(v), f(v), strict=True):
        np.testing.assert_allclose(x, y)


def test_a_function_may_be_called_as_one_that_it_calls() -> None:
    def sigmoid(z: Any) -> Any:
        return cg.sigmoid(z) * 2.0

    space: dict[str, Any] = {}
    exec(cg.to_numpy(sigmoid, v), space)
    np.testing.assert_allclose(space["sigmoid_"](v), sigmoid(v))


def test_windows_are_numpy_alone() -> None:
    windows = np.lib.stride_tricks.sliding_window_view

    def f(x: Any) -> Any:
        return np.sum(windows(x, 2) ** 2)

    text, formulas = code_of(f, v)
    assert "np.lib.stride_tricks.sliding_window_view(x, 2)" in text
    np.testing.assert_allclose(formulas(v), f(v))


def test_a_complex_number_keeps_its_side_of_the_cut() -> None:
    def f(z: Any) -> Any:
        return np.sqrt(z / -1)

    z = np.array([4 + 0j, -4 + 0j])
    np.testing.assert_array_equal(code_of(f, z)[1](z), f(z))
