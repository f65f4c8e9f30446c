"""Transforms: functions in, functions of their derivatives out, nested in any way."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import compgraph as cg
from compgraph.errors import ConversionError, DtypeError, GradientError, ShapeError

Variable: Any = cg.Variable
numbers = st.floats(-3, 3).map(lambda x: round(x, 3))


def J(a: Any, b: Any, c: Any) -> Any:
    return 3 * (a + b * c)


# ------------------------------------------------------------------------------------------------ grad, value_and_grad


def test_argnums() -> None:
    assert cg.grad(J)(5.0, 3.0, 2.0) == 3.0
    assert cg.grad(J, 1)(5.0, 3.0, 2.0) == 6.0
    assert cg.grad(J, -1)(5.0, 3.0, 2.0) == 9.0
    assert cg.grad(J, argnums=(0, 1, 2))(5.0, 3.0, 2.0) == (3.0, 6.0, 9.0)
    assert cg.grad(J, argnums=(2,))(5.0, 3.0, 2.0) == (9.0,)
    assert cg.grad(J, argnums=(2, 0))(5.0, 3.0, 2.0) == (9.0, 3.0)
    assert cg.grad(J, argnums=(1, 1, -2))(5.0, 3.0, 2.0) == (6.0, 6.0, 6.0)
    assert cg.value_and_grad(J, (1, 2))(5.0, 3.0, 2.0) == (33.0, (6.0, 9.0))
    assert cg.value_and_grad(J)(5.0, 3.0, 2.0) == (33.0, 3.0)


@pytest.mark.parametrize("argnums", [3, -4, (0, 3)])
def test_an_argument_that_is_not_there(argnums: Any) -> None:
    with pytest.raises(GradientError, match="argnums: J was called with 3 positional arguments and has no number"):
        cg.grad(J, argnums)(5.0, 3.0, 2.0)
    with pytest.raises(GradientError, match="2 positional arguments"):
        cg.grad(J, 2)(5.0, 3.0, c=2.0)


def test_keywords_and_constants_pass_through() -> None:
    seen: dict[str, Any] = {}

    def f(x: Any, *rest: Any, power: Any = 2, **options: Any) -> Any:
        seen.update(options, rest=rest, power=power)
        return x**power

    marker = object()
    assert cg.grad(f)(3.0, "rest", power=3, other=marker) == 27.0
    assert seen == {"rest": ("rest",), "power": 3, "other": marker}


def test_a_transformed_function_is_named_after_its_own() -> None:
    assert cg.grad(J).__name__ == "J"
    assert cg.value_and_grad(np.sin)(0.0) == (0.0, 1.0)
    assert cg.grad(functools.partial(J, 5.0, 3.0))(2.0) == 9.0

    class Cost:
        def __call__(self, x: Any) -> Any:
            return x * x

    assert cg.grad(Cost())(3.0) == 6.0


@pytest.mark.parametrize(
    ("x", "slope"),
    [
        (3.0, 6.0),
        (3, 6.0),
        (np.float64(3), np.float64(6)),
        (np.float32(3), np.float32(6)),
        (np.array(3.0), np.float64(6)),
        (np.array([1.0, 2.0]), np.array([2.0, 4.0])),
        (np.array([1, 2]), np.array([2.0, 4.0])),
        ([1.0, 2.0], np.array([2.0, 4.0])),
        (np.array([[1.0], [2.0]], np.float32), np.array([[2.0], [4.0]], np.float32)),
        (np.asfortranarray(np.arange(6.0).reshape(2, 3)), 2 * np.arange(6.0).reshape(2, 3)),
        (np.ones((0, 2)), np.ones((0, 2))),
    ],
    ids=repr,
)
def test_a_gradient_is_of_the_type_and_shape_of_its_argument(x: Any, slope: Any) -> None:
    before = np.array(x)
    cost, found = cg.value_and_grad(lambda x: np.sum(x * x))(x)
    assert not isinstance(cost, cg.Node)
    assert cost == np.sum(before * before)
    assert type(found) is type(slope)
    np.testing.assert_array_equal(found, slope, strict=True)
    np.testing.assert_array_equal(x, before)
    assert not np.shares_memory(found, np.asarray(x))


def test_a_function_that_ignores_its_argument_has_zero_slope() -> None:
    x = np.ones((2, 1), np.float32)
    for f in (lambda x: 7.0, lambda x: np.float32(7), lambda x: np.array(7.0), lambda x: 7, lambda x: x[0, 0] > 0):
        np.testing.assert_array_equal(cg.grad(f)(x), np.zeros_like(x), strict=True)
    assert cg.value_and_grad(lambda x, y: y * y, (0, 1))(2.0, 3.0) == (9.0, (0.0, 6.0))
    assert cg.value_and_grad(lambda x: 7.0)(2.0) == (7.0, 0.0)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: x, r"returned an array of shape \(2,\).*np\.sum or np\.mean"),
        (lambda x: np.ones(3), r"returned an array of shape \(3,\)"),
        (lambda x: x[:1], r"returned an array of shape \(1,\)"),
        (lambda x: None, "returned None.*is a return missing"),
        (lambda x: "cost", "returned 'cost', which is no real number"),
        (lambda x: 1j, "returned 1j, which is no real number"),
    ],
)
def test_a_function_that_returns_no_number(f: Any, message: str) -> None:
    for transform in (cg.grad, cg.value_and_grad):
        with pytest.raises(GradientError, match=message):
            transform(f)(np.ones(2))


def test_a_function_that_returns_a_list() -> None:
    with pytest.raises(cg.CompgraphError):
        cg.grad(lambda x: [x[0], x[1]])(np.ones(2))


@pytest.mark.parametrize(("x", "error"), [(True, DtypeError), (1j, DtypeError), ("a", DtypeError), (None, DtypeError)])
def test_an_argument_that_cannot_vary(x: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="cannot be differentiated"):
        cg.grad(lambda x: 2.0)(x)


# ------------------------------------------------------------------------------------------------------------- nesting


def test_derivatives_of_any_order() -> None:
    f: Any = np.sin
    for expected in (np.cos(0.5), -np.sin(0.5), -np.cos(0.5), np.sin(0.5)):
        f = cg.grad(f)
        assert f(0.5) == pytest.approx(expected, rel=1e-14, abs=0)
    power: Any = lambda x: x**4  # noqa: E731
    for expected in (32.0, 48.0, 48.0, 24.0, 0.0, 0.0):
        power = cg.grad(power)
        assert power(2.0) == expected
        assert type(power(2.0)) is float


@pytest.mark.parametrize("x", [2.0, np.float32(2.0)])
def test_perturbations_are_not_confused(x: Any) -> None:
    """The inner derivative is by the inner variable alone (Siskind and Pearlmutter's examples)."""
    d: Callable[..., Any] = cg.grad
    assert d(lambda x: x * d(lambda y: x + y)(1.0))(x) == 1.0
    assert d(lambda x: x * d(lambda y: x * y)(1.0))(x) == 2 * x
    assert d(lambda x: d(lambda y: x * y**2)(3.0))(x) == 6.0
    assert d(lambda x: d(lambda y: x * y)(x))(x) == 1.0
    assert d(lambda x: d(lambda y: x * y * y)(x))(x) == 4 * x
    assert d(lambda x: x * d(lambda x: x * x)(3.0))(x) == 6.0
    assert d(lambda x: d(lambda y: d(lambda z: x * y * z)(4.0))(3.0))(x) == 1.0
    assert d(lambda x: d(lambda y: d(lambda z: x * y**2 * z**3)(1.0))(3.0))(x) == 18.0
    assert d(lambda x: d(lambda y: 5.0 * y)(x))(x) == 0.0
    assert d(lambda x: d(lambda y: x**3)(x) + x)(x) == 1.0
    assert d(d(lambda x: x**3))(x) == 6 * x


def test_what_is_plain_stays_plain_inside() -> None:
    """A derivative at a plain point, of a function without outer variables, is a plain number wherever it is taken."""
    kinds = []

    def f(x: Any) -> Any:
        kinds.append(type(cg.grad(lambda y: y * y)(3.0)))
        kinds.append(type(cg.grad(lambda y: y * x)(3.0)))
        kinds.append(type(cg.grad(lambda y: y * x.value)(3.0)))
        return x * cg.grad(lambda y: y * y)(3.0)

    assert cg.grad(f)(2.0) == 6.0
    assert kinds == [float, cg.Node, float]


def test_a_closure_over_an_outer_node() -> None:
    w = Variable([1.0, 2.0])
    value, slope = cg.value_and_grad(lambda x: np.sum(w * x**2))(np.array([3.0, 4.0]))
    assert isinstance(value, cg.Node)
    assert isinstance(slope, cg.Node)
    np.testing.assert_array_equal(slope.value, 2 * w.value * [3.0, 4.0])
    np.testing.assert_array_equal(cg.gradients(np.sum(slope), [w])[0], [6.0, 8.0])
    np.testing.assert_array_equal(cg.gradients(value, [w])[0], [9.0, 16.0])


def test_a_node_as_the_argument() -> None:
    x = Variable(3.0)
    slope = cg.grad(lambda x: x**3)(x)
    assert isinstance(slope, cg.Node)
    assert slope.value == 27.0
    assert cg.gradients(slope, [x]) == [18.0]
    plain = Variable([2.0])
    zero = cg.grad(lambda y: 5.0)(plain)
    np.testing.assert_array_equal(zero, [0.0])


def test_variables_made_inside_are_constants_of_the_function() -> None:
    def f(x: Any) -> Any:
        w = Variable([0.5, 2.0])
        np.sum(w * w).backward()
        (second,) = cg.gradients(np.sum(w**3), [w], create_graph=True)
        return np.sum(w.grad * x * w) + np.sum(second) * 0.0

    slope = cg.grad(f)(np.array([1.0, 1.0]))
    assert type(slope) is np.ndarray
    np.testing.assert_array_equal(slope, [0.5, 8.0])
    value, slope = cg.value_and_grad(lambda x: Variable(2.0) * x)(3.0)
    assert (type(value), value, slope) == (float, 6.0, 2.0)


def test_an_inner_descent_is_differentiated_through() -> None:
    """Two steps of gradient descent, as a function of where they started."""

    def descended(w: Any) -> Any:
        for _ in range(2):
            w = w - 0.1 * cg.grad(lambda w: np.sum(w**3) / 3)(w)
        return np.sum(w)

    w = np.array([1.0, 2.0])
    first = w - 0.1 * w**2
    np.testing.assert_allclose(cg.grad(descended)(w), (1 - 0.2 * w) * (1 - 0.2 * first))


def test_an_error_inside_leaves_nothing() -> None:
    def f(x: Any) -> Any:
        return cg.grad(lambda y: float(y))(x)

    for _ in range(2):
        with pytest.raises(ConversionError):
            cg.grad(f)(2.0)
        assert cg.grad(cg.grad(lambda x: x**3))(2.0) == 12.0


# --------------------------------------------------------------------------------------- vectors, matrices, directions


def network(W: Any, X: Any) -> Any:
    """Of any shape, neither linear nor elementwise."""
    return np.tanh(W @ X) * np.sum(W**2) + np.exp(-W[:, :1])


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_forward_and_reverse_mode_agree(rows: int, inner: int, columns: int, seed: int) -> None:
    """⟨v, J u⟩ = ⟨Jᵀ v, u⟩, and both are made of the entries of the jacobian, by rows or by columns."""
    rng = np.random.default_rng(seed)
    W, X = rng.normal(size=(rows, inner)), rng.normal(size=(inner, columns))
    u = [rng.normal(size=W.shape), rng.normal(size=X.shape)]
    v = rng.normal(size=(rows, columns))
    value, pushed = cg.jvp(network, [W, X], u)
    same, pull = cg.vjp(network, W, X)
    pulled = pull(v)
    np.testing.assert_array_equal(value, network(W, X))
    np.testing.assert_array_equal(same, value)
    assert [p.shape for p in pulled] == [W.shape, X.shape]
    np.testing.assert_allclose(
        np.sum(v * pushed), sum(np.sum(p * d) for p, d in zip(pulled, u, strict=True)), atol=1e-9
    )
    for k, x in enumerate((W, X)):
        by_rows = cg.jacobian(network, k, mode="reverse")(W, X)
        by_columns = cg.jacobian(network, k, mode="forward")(W, X)
        assert by_rows.shape == by_columns.shape == (*v.shape, *x.shape)
        np.testing.assert_allclose(by_rows, by_columns, atol=1e-10)
        np.testing.assert_array_equal(cg.jacobian(network, k)(W, X), by_columns if x.size < v.size else by_rows)
        np.testing.assert_allclose(np.tensordot(v, by_rows, 2), pulled[k], atol=1e-9)
    # a jacobian against slopes measured by nudging
    step = 1e-6
    nudged = (network(W + step * u[0], X + step * u[1]) - network(W - step * u[0], X - step * u[1])) / (2 * step)
    np.testing.assert_allclose(pushed, nudged, rtol=1e-6, atol=1e-6)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_second_derivatives_agree(rows: int, inner: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    W, X, v = rng.normal(size=(rows, inner)), rng.normal(size=(inner, 2)), rng.normal(size=(rows, inner))

    def cost(W: Any, X: Any) -> Any:
        return np.sum(network(W, X) ** 2)

    H = cg.hessian(cost)(W, X)
    assert H.shape == (rows, inner, rows, inner)
    np.testing.assert_allclose(H, np.transpose(H, (2, 3, 0, 1)), atol=1e-8)
    np.testing.assert_allclose(np.tensordot(H, v, 2), cg.hessian_vector_product(cost)(W, X, v), atol=1e-8)
    along = cg.jvp(lambda W: cg.grad(cost)(W, X), [W], [v])[1]
    np.testing.assert_allclose(along, np.tensordot(H, v, 2), atol=1e-8)
    forward = cg.jacobian(cg.grad(cost), mode="forward")(W, X)
    np.testing.assert_allclose(forward, H, atol=1e-8)


@given(shape=array_shapes(min_dims=0, max_dims=2, max_side=3), seed=st.integers(0, 2**32 - 1))
def test_elementwise_derivatives(shape: tuple[int, ...], seed: int) -> None:
    x = np.random.default_rng(seed).uniform(-2, 2, shape)
    np.testing.assert_allclose(cg.elementwise_grad(np.sin)(x), np.cos(x))
    np.testing.assert_allclose(cg.elementwise_grad(cg.elementwise_grad(np.sin))(x), -np.sin(x))


def test_results_that_are_numbers_or_constants() -> None:
    assert cg.jacobian(lambda x: x * x)(3.0) == 6.0
    assert cg.hessian(lambda x: x**3)(2.0) == 12.0
    np.testing.assert_array_equal(cg.jacobian(lambda x: 3 * x)(np.ones(2)), 3 * np.eye(2))
    np.testing.assert_array_equal(cg.jacobian(lambda x: np.ones(2))(np.ones(3)), np.zeros((2, 3)))
    np.testing.assert_array_equal(cg.hessian(lambda x: np.sum(x))(np.ones(2)), np.zeros((2, 2)))
    assert cg.jvp(lambda x: 7.0, [2.0], [1.0]) == (7.0, 0.0)
    assert cg.vjp(lambda x: 7.0, 2.0)[1](1.0) == (0.0,)
    assert cg.jacobian(lambda x: x[:0])(np.ones(2)).shape == (0, 2)


def test_a_jacobian_inside_a_gradient() -> None:
    """d/dx of the sum of the jacobian of sin(x)·y by y, which is the sum of diag(sin x)."""
    x, y = np.array([0.5, 1.0]), np.array([2.0, 3.0])
    for mode in ("reverse", "forward"):
        slope = cg.grad(lambda x, mode=mode: np.sum(cg.jacobian(lambda y: np.sin(x) * y, mode=mode)(y)))(x)
        np.testing.assert_allclose(slope, np.cos(x))
    pushed = cg.grad(lambda x: np.sum(cg.jvp(lambda y: np.sin(x) * y, [y], [np.ones(2)])[1]))(x)
    np.testing.assert_allclose(pushed, np.cos(x))
    pulled = cg.grad(lambda x: np.sum(cg.vjp(lambda y: np.sin(x) * y, y)[1](np.ones(2))[0]))(x)
    np.testing.assert_allclose(pulled, np.cos(x))


def test_nothing_flows_through_a_stopped_gradient() -> None:
    assert cg.grad(lambda x: x * cg.stop_gradient(x * x))(3.0) == 9.0
    assert cg.stop_gradient(2.0) == 2.0


@pytest.mark.parametrize(
    ("misuse", "error"),
    [
        (lambda: cg.jvp(np.sin, [np.ones(2)], [np.ones(3)]), ShapeError),
        (lambda: cg.jvp(np.sin, [np.ones(2)], []), ShapeError),
        (lambda: cg.vjp(np.sin, np.ones(2))[1](np.ones(3)), ShapeError),
        (lambda: cg.hessian_vector_product(lambda x: np.sum(x))(np.ones(2), np.ones(3)), ShapeError),
        (lambda: cg.jacobian(np.sin, mode="sideways"), GradientError),
        (lambda: cg.jacobian(np.sin, 1)(np.ones(2)), GradientError),
        (lambda: cg.hessian(np.sin)(np.ones(2)), GradientError),
    ],
)
def test_misuse_of_directions(misuse: Callable[[], Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        misuse()
