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
from compgraph.transforms import trace
from tests.trees import Layer, leaves_of, same_type_of, trees

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
        (lambda x: np.sum(x * 1j), "returned a complex number, which has no gradient: take its real part"),
    ],
)
def test_a_function_that_returns_no_number(f: Any, message: str) -> None:
    for transform in (cg.grad, cg.value_and_grad):
        with pytest.raises(GradientError, match=message):
            transform(f)(np.ones(2))


@pytest.mark.parametrize("result", [lambda x: [x[0], x[1]], lambda x: {"cost": x[0]}, lambda x: (1.0, 2.0)])
def test_a_function_that_returns_several_results(result: Any) -> None:
    with pytest.raises(GradientError, match=r"returned a (list|dict|tuple) of [12], which has no one derivative.*vjp"):
        cg.grad(result)(np.ones(2))


@pytest.mark.parametrize(("x", "error"), [(True, DtypeError), ("a", DtypeError), (None, DtypeError)])
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


# --------------------------------------------------------------------------------------------------------------- names


def weighted(X: Any, W: Any, *rest: Any, scale: Any = 1.0, **options: Any) -> Any:
    return np.sum(scale * X * W**2) + sum(options.values())


def test_arguments_by_name() -> None:
    """A name is the argument of that name, however it is passed."""
    for call in (
        lambda f: f(3.0, 2.0, scale=5.0),
        lambda f: f(3.0, W=2.0, scale=5.0),
        lambda f: f(X=3.0, W=2.0, scale=5.0),
    ):
        assert call(cg.grad(weighted, "W")) == 60.0
        assert call(cg.grad(weighted, ("scale", "X"))) == (12.0, 20.0)
        assert call(cg.value_and_grad(weighted, ("W",))) == (60.0, (60.0,))
        assert call(cg.grad(cg.grad(weighted, "W"), "W")) == 30.0
        assert call(cg.grad(cg.grad(weighted, "W"), "scale")) == 12.0
    assert cg.grad(weighted, ("W", 0, "X", 1, -1))(3.0, 2.0) == (12.0, 4.0, 4.0, 12.0, 12.0)
    assert cg.grad(weighted, "bonus")(3.0, 2.0, bonus=7.0) == 1.0
    assert cg.elementwise_grad(lambda x, k: x**k, "x")(3.0, 2.0) == 6.0


def test_names_of_functions_that_are_no_plain_function() -> None:
    class Cost:
        def method(self, x: Any, y: Any) -> Any:
            return x * y

    assert cg.grad(Cost().method, "y")(3.0, 4.0) == 3.0
    assert cg.grad(functools.partial(J, 5.0), "c")(3.0, 2.0) == 9.0
    assert cg.grad(functools.partial(J, b=3.0), "a")(a=5.0, c=2.0) == 3.0


def test_names_that_are_not_there() -> None:
    with pytest.raises(GradientError, match="argnums: J has no argument 'd'; it has a, b, c"):
        cg.grad(J, "d")
    with pytest.raises(GradientError, match="it has X, W, scale"):
        cg.grad(lambda X, W, *rest, scale=1.0: X, ("X", "rest"))
    with pytest.raises(GradientError, match="weighted was called without its argument 'scale'"):
        cg.grad(weighted, "scale")(3.0, 2.0)
    with pytest.raises(GradientError, match="weighted was called without its argument 'anything'"):
        cg.grad(weighted, "anything")(3.0, 2.0)
    for argnums in (1.5, (0, 1.5), None):
        with pytest.raises(GradientError, match="argnums is a position, a name, or a tuple"):
            cg.grad(J, argnums)  # type: ignore[arg-type]


def test_an_argument_named_twice_has_two_gradients() -> None:
    x = np.ones(2)
    for argnums in ((0, 0), ("x", 0, -1)):
        first, *others = cg.grad(lambda x: np.sum(x * x), argnums)(x)
        for other in others:
            np.testing.assert_array_equal(first, other)
            assert not np.shares_memory(first, other)


# --------------------------------------------------------------------------------------------------------------- trees


def cubes(tree: Any) -> Any:
    """A cost in which every leaf of a tree has a part of its own, written without the package."""
    return sum([(i + 1) * np.sum(leaf * leaf * leaf) for i, leaf in enumerate(leaves_of(tree))])


@given(trees)
def test_a_gradient_has_the_structure_of_its_argument(tree: Any) -> None:
    before = [np.array(leaf) for leaf in leaves_of(tree)]
    cost, slope = cg.value_and_grad(cubes)(tree)
    assert not isinstance(cost, cg.Node)
    assert same_type_of(tree, slope)
    found = leaves_of(slope)
    for i, (x, dx) in enumerate(zip(before, found, strict=True)):
        assert (np.asarray(dx).dtype, np.shape(dx)) == (x.dtype, x.shape)
        np.testing.assert_allclose(dx, 3 * (i + 1) * x * x, rtol=8 * np.finfo(x.dtype).eps)
    for x, y, dx in zip(before, leaves_of(tree), found, strict=True):
        np.testing.assert_array_equal(x, y)
        assert type(dx) is type(y)
        assert not np.shares_memory(dx, y)
    assert not any(np.shares_memory(x, y) for i, x in enumerate(found) for y in found[:i])
    np.testing.assert_allclose(cost, cubes(tree), rtol=1e-6)


@given(trees, trees)
def test_second_derivatives_by_trees(one: Any, other: Any) -> None:
    """d/dx of the sum of d cost/dx is 6 x; by the other tree it is zero."""

    def slopes(one: Any, other: Any) -> Any:
        return sum([np.sum(leaf) for leaf in leaves_of(cg.grad(lambda x: cubes(x) + cubes(other))(one))])

    first, second = cg.grad(slopes, (0, "other"))(one, other)
    assert same_type_of(first, one)
    assert same_type_of(second, other)
    for i, (x, dx) in enumerate(zip(leaves_of(one), leaves_of(first), strict=True)):
        np.testing.assert_allclose(dx, 6 * (i + 1) * x, rtol=1e-6)
    assert all(not np.any(dx) for dx in leaves_of(second))


@given(trees, st.integers(0, 2**32 - 1))
def test_forward_and_reverse_mode_agree_on_trees(tree: Any, seed: int) -> None:
    """⟨v, J t⟩ = ⟨Jᵀ v, t⟩, for a function from a tree to a tree."""

    def f(tree: Any) -> Any:
        leaves = leaves_of(tree)
        total = sum([np.sum(leaf) for leaf in leaves])
        return {"each": [*[np.sin(leaf) * total for leaf in leaves], "text"], "all": (total, leaves[:1], 7.0, 7)}

    rng = np.random.default_rng(seed)

    def like(tree: Any) -> Any:
        if isinstance(tree, dict):
            return {key: like(tree[key]) for key in tree}
        if isinstance(tree, (tuple, list)):
            return [like(part) for part in tree]
        return tree if isinstance(tree, str) else rng.normal(size=np.shape(tree))

    tangents = like(tree)
    value, pushed = cg.jvp(f, [tree], [tangents])
    same, pull = cg.vjp(f, tree)
    assert same_type_of(value, same)
    assert same_type_of(value, f(tree))
    for x, y, dx in zip(leaves_of(value), leaves_of(same), leaves_of(pushed), strict=True):
        np.testing.assert_array_equal(x, y)
        assert (dx is None) if isinstance(x, str) else (np.shape(dx) == np.shape(x))
    v = like(value)
    (pulled,) = pull(v)
    assert same_type_of(pulled, tree)
    left = sum(float(np.sum(a * b)) for a, b in zip(leaves_of(v), leaves_of(pushed), strict=True) if b is not None)
    right = sum(float(np.sum(a * b)) for a, b in zip(leaves_of(pulled), leaves_of(tangents), strict=True))
    scale = sum(float(np.sum(np.abs(a * b))) for a, b in zip(leaves_of(pulled), leaves_of(tangents), strict=True))
    single = any(np.result_type(leaf) == np.float32 for leaf in leaves_of(tree))
    assert left == pytest.approx(right, rel=0, abs=(1e-5 if single else 1e-12) * (1 + scale))


def test_trees_beside_each_other_and_what_is_not_differentiated() -> None:
    def f(params: Any, x: Any, options: Any) -> Any:
        assert options == {"kind": "tanh", "layers": None, "sizes": [1, 2]}
        return np.sum(params["W"] @ x + params["b"]) * x[0]

    params = {"W": np.ones((1, 2), np.float32), "b": 2}
    slopes, by_x = cg.grad(f, ("params", 1))(params, [1.0, 3.0], {"kind": "tanh", "layers": None, "sizes": [1, 2]})
    assert list(slopes) == ["W", "b"]
    assert slopes["W"].dtype == np.float32
    np.testing.assert_array_equal(slopes["W"], [[1, 3]])
    assert (slopes["b"], type(slopes["b"])) == (1.0, float)
    np.testing.assert_array_equal(by_x, [7.0, 1.0])


def test_tuples_and_lists_as_arguments() -> None:
    assert cg.grad(lambda p: p[0] * p[1])((2.0, 3.0)) == (3.0, 2.0)
    assert cg.grad(lambda p: p.W * p.b)(Layer(2, 3)) == Layer(3.0, 2.0)
    slope = cg.grad(lambda p: p[0] * p[1])([2.0, 3.0])  # a list of numbers is an array
    np.testing.assert_array_equal(slope, np.array([3.0, 2.0]), strict=True)
    first, second = cg.grad(lambda p: np.sum(p[0] * p[1]))([np.ones(2), 3.0])
    np.testing.assert_array_equal(first, [3.0, 3.0])
    assert second == 2.0
    assert cg.grad(lambda p: 5.0)({}) == {}
    assert cg.value_and_grad(lambda p, x: x * 2.0, (0, 1))([], 3.0) == (6.0, ([], 2.0))


def test_a_tree_without_leaves_does_not_cut_the_graph_around_it() -> None:
    assert cg.grad(lambda x: cg.value_and_grad(lambda p: x * x)(())[0])(3.0) == 6.0


def test_a_tree_of_nodes() -> None:
    x = Variable(3.0)
    slopes = cg.grad(lambda p: p["a"] ** 2 * p["b"])({"a": x, "b": 5.0})
    assert cg.gradients(slopes["a"], [x]) == [10.0]
    assert cg.gradients(slopes["b"], [x]) == [6.0]
    assert cg.grad(lambda x: np.sum(cg.grad(lambda p: p[0] * p[1])([x, x * x])[1]))(2.0) == 1.0


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"layer": [np.ones(2), "relu"]}, r"params\['layer'\]\[1\] is 'relu', which cannot be differentiated: pass it"),
        ((1.0, None), r"params\[1\] is None, which cannot be differentiated"),
        (Layer(1.0, np.array([True])), r"params\.b has dtype bool, which cannot be differentiated"),
        ({"on": True}, r"params\['on'\] has dtype bool"),
        ([object, 1.0], r"params\[0\] is <class 'object'>, which cannot be differentiated"),
        (({3: np.array(["a"])},), r"params\[0\]\[3\] has dtype <U1, which cannot be differentiated"),
    ],
)
def test_a_leaf_that_cannot_vary(params: Any, message: str) -> None:
    for call in (
        lambda: cg.grad(lambda X, params: 2.0, "params")(1.0, params=params),
        lambda: cg.grad(lambda X, params: 2.0, 1)(1.0, params),
        lambda: cg.vjp(lambda params: 2.0, params),
    ):
        with pytest.raises(DtypeError, match=message):
            call()
    with pytest.raises(DtypeError, match=r"args\[1\]"):
        cg.grad(lambda *anything: 2.0, 1)(1.0, params)


def test_a_cotangent_of_several_results() -> None:
    value, pull = cg.vjp(lambda x, y: {"product": x * y, "x": x, "name": "f", "two": 2.0}, np.array([1.0, 2.0]), 3.0)
    assert value["name"] == "f"
    given = {"product": np.array([1.0, 10.0]), "x": np.array([100.0, 100.0]), "name": None, "two": 5.0}
    for _ in range(2):
        by_x, by_y = pull(given)
        np.testing.assert_array_equal(by_x, [103.0, 130.0])
        assert by_y == 21.0
    assert not np.shares_memory(by_x, given["x"])
    for wrong, error, message in [
        ({**given, "x": np.ones(3)}, ShapeError, r"the cotangent\['x'\] has shape \(3,\) and the value .* \(2,\)"),
        ({**given, "two": np.ones(3)}, ShapeError, r"the cotangent\['two'\]"),
        ({**given, "x": "ab"}, ShapeError, r"the cotangent\['x'\]"),
        ({**given, "x": np.array(["a", "b"])}, DtypeError, r"the cotangent\['x'\] is .* no number"),
        (np.ones(2), ShapeError, "the cotangent is of type ndarray, where a dict is expected"),
        ({"product": 1.0}, ShapeError, "the cotangent has the keys 'product', where"),
    ]:
        with pytest.raises(error, match=message):
            pull(wrong)
    with pytest.raises(DtypeError, match="the cotangent is None, no number"):
        cg.vjp(lambda x: x * x, 3.0)[1](None)
    assert cg.vjp(lambda x: ("a", 1.0), 3.0)[1](("a", 1.0)) == (0.0,)


def test_a_direction_and_its_result_share_no_memory() -> None:
    x, t = np.ones(2), np.full(2, 3.0)
    _, pull = cg.vjp(lambda x, y: x, x, x)
    pulled, zero = pull(t)
    np.testing.assert_array_equal(pulled, t)
    assert not np.shares_memory(pulled, t)
    assert not np.shares_memory(pulled, pull(t)[0])
    np.testing.assert_array_equal(zero, [0.0, 0.0])
    value, (first, second) = cg.jvp(lambda x: (x, x), [x], [t])
    np.testing.assert_array_equal(first, t)
    arrays = [x, t, first, second, value[0]]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])


def test_directions_of_another_structure() -> None:
    f = lambda p: p["a"] * p["b"]  # noqa: E731
    with pytest.raises(ShapeError, match=r"tangents\[0\] has the keys 'a', where 'a', 'b' are expected"):
        cg.jvp(f, [{"a": 1.0, "b": 2.0}], [{"a": 1.0}])
    with pytest.raises(ShapeError, match=r"primals of shapes \[\(\), \(\)\] and tangents of shapes \[\(1,\), \(\)\]"):
        cg.jvp(f, [{"a": 1.0, "b": 2.0}], [{"a": np.ones(1), "b": 2.0}])
    with pytest.raises(DtypeError, match=r"tangents\[0\]\['b'\] is None, no number"):
        cg.jvp(f, [{"a": 1.0, "b": 2.0}], [{"a": 1.0, "b": None}])


def test_results_in_trees_inside_a_gradient() -> None:
    """The pull and the tangents of a function of several results belong to the graph around them."""

    def f(y: Any) -> Any:
        value, pull = cg.vjp(lambda x: (x * y, x * x), 3.0)
        (pulled,) = pull((y, 1.0))
        return pulled + value[0] + value[1]

    assert cg.grad(f)(2.0) == 4.0 + 3.0
    assert cg.grad(lambda y: sum(cg.jvp(lambda x: (x * y, y), [3.0], [y])[1]))(2.0) == 4.0
    assert cg.grad(lambda y: cg.vjp(lambda x: (x, x * x), 3.0)[1]((y, y))[0])(2.0) == 7.0


def test_elementwise_derivatives_by_trees() -> None:
    x = np.array([0.5, 1.0])
    slopes = cg.elementwise_grad(lambda p: {"s": np.sin(p["x"]), "c": (np.cos(p["y"]), "text", 3)})({"x": x, "y": 0.5})
    np.testing.assert_allclose(slopes["x"], np.cos(x))
    assert slopes["y"] == pytest.approx(-np.sin(0.5))
    assert cg.elementwise_grad(lambda x: {})(2.0) == 0.0


def test_nothing_flows_through_a_stopped_tree() -> None:
    def f(x: Any) -> Any:
        stopped = cg.stop_gradient({"a": (x, "text"), "b": [x * x, np.ones(2)]})
        assert not any(isinstance(leaf, cg.Node) for leaf in leaves_of(stopped))
        return x * stopped["a"][0] + stopped["b"][0]

    assert cg.grad(f)(3.0) == 3.0
    for plain in ({"a": 1.0}, [1.0, 2.0], (np.ones(2),), "text"):
        assert cg.stop_gradient(plain) is plain


def test_what_takes_one_array_says_so() -> None:
    with pytest.raises(GradientError, match="differentiated by a tuple of 2 arrays"):
        trace(lambda p: p[0], [(1.0, 2.0)], {}, [0])


def test_a_complex_direction_of_something_real_is_refused() -> None:
    with pytest.raises(DtypeError, match=r"tangents\[0\] is complex, and what it belongs to is real"):
        cg.jvp(lambda z: z * z, [1.0], [1j])
    _, pull = cg.vjp(lambda x: {"a": x * x, "b": x * 1j}, 2.0)
    with pytest.raises(DtypeError, match=r"the cotangent\['a'\] is complex"):
        pull({"a": 1j, "b": 1j})
    assert pull({"a": 1.0, "b": -1j}) == (4.0 + 1.0,)
