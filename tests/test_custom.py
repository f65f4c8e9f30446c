"""Functions with a derivative of the user's own: used as they say, in every mode and order, and checked."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import DtypeError, GradientError, WrongGradientError
from tests.trees import Layer, leaves_of, same_type_of, trees

Variable: Any = cg.Variable


@cg.custom_gradient
def own(W: Any, x: Any) -> Any:
    """tanh(W x) with its derivatives by hand."""
    A = np.tanh(W @ x)

    def pull(dA: Any) -> Any:
        dZ = dA * (1 - A**2)
        return dZ @ x.T, W.T @ dZ

    return A, pull


def engines(W: Any, x: Any) -> Any:
    return np.tanh(W @ x)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_the_same_as_the_engines_rules_in_every_mode_and_order(n: int, inner: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    W, x = rng.normal(size=(n, inner)), rng.normal(size=(inner, m))
    T = [rng.normal(size=W.shape), rng.normal(size=x.shape)]

    def answers(f: Any) -> list[Any]:
        def cost(W: Any, x: Any) -> Any:
            return np.sum(f(W * 2.0, np.sin(x)) ** 3) * np.sum(W)

        return [
            f(W, x),
            *cg.grad(cost, (0, 1))(W, x),
            cg.jacobian(f, 0, mode="reverse")(W, x),
            cg.jacobian(f, 1, mode="forward")(W, x),
            cg.hessian(cost, 1)(W, x),
            cg.jacobian(cg.grad(cost, 0), 1, mode="forward")(W, x),
            *cg.jvp(f, [W, x], T),
            *cg.jvp(cg.grad(cost), [W, x], T),
            cg.grad(lambda W: np.sum(cg.jvp(lambda x: f(W, x), [x], [T[1]])[1]))(W),
            *cg.vjp(f, W, x)[1](np.ones((n, m))),
        ]

    for found, expected in zip(answers(own), answers(engines), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_the_users_derivative_is_used_not_the_functions() -> None:
    @cg.custom_gradient
    def clip_gradient(x: Any) -> Any:
        return x, lambda grad: np.clip(grad, -1.0, 1.0)

    x = np.array([1.0, 2.0])
    assert clip_gradient(x) is x
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(clip_gradient(x) * [50.0, 0.5]))(x), [1.0, 0.5])
    value, slope = cg.value_and_grad(lambda x: 50 * clip_gradient(x))(3.0)
    assert (value, slope, type(slope)) == (150.0, 1.0, float)

    @cg.custom_gradient
    def straight_through(x: Any) -> Any:
        return np.round(x), lambda grad: grad

    assert cg.grad(lambda x: straight_through(x) ** 2)(2.6) == 6.0
    assert cg.jvp(straight_through, [2.6], [5.0]) == (3.0, 5.0)
    assert straight_through.__name__ == "straight_through"


def test_the_function_runs_once_for_a_gradient_and_on_plain_values() -> None:
    seen: list[tuple[type, type]] = []

    @cg.custom_gradient
    def cube(x: Any) -> Any:
        def pull(grad: Any) -> Any:
            seen.append((type(x), type(grad)))
            return grad * 3 * x**2

        seen.append((type(x), type(None)))
        return x**3, pull

    assert cg.grad(cube)(2.0) == 12.0
    assert seen == [(float, type(None)), (float, float)]
    seen.clear()
    assert cg.grad(cg.grad(cube))(2.0) == 12.0
    assert cg.grad(cg.grad(cg.grad(cube)))(2.0) == 6.0
    assert (cg.Node, float) in seen  # for a second derivative on nodes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_shapes_and_memory(dtype: Any) -> None:
    kept = np.array([[7.0, 8.0]], dtype)

    @cg.custom_gradient
    def f(x: Any, y: Any) -> Any:
        def pull(grad: Any) -> Any:
            grad[0, 0] = 0.0  # the user's to write to
            return kept, kept

        return x * y, pull

    x, y = np.ones((1, 2), dtype), np.full((1, 2), 2.0, dtype)
    nodes = [Variable(x), Variable(y)]
    out = f(*nodes)
    seed = np.ones((1, 2), dtype)
    first, second = cg.gradients(out, nodes, seed=seed)
    for slope in (first, second):
        np.testing.assert_array_equal(slope, kept, strict=True)
        assert not np.shares_memory(slope, kept)
    assert not np.shares_memory(first, second)
    np.testing.assert_array_equal(seed, np.ones((1, 2), dtype), strict=True)
    np.testing.assert_array_equal(x, np.ones((1, 2), dtype), strict=True)
    assert out.dtype == dtype


def test_a_pull_may_write_to_its_cotangent() -> None:
    """Even where it is shared: both operands of a sum have the same."""

    def zeroed(grad: Any) -> Any:
        grad *= 0.0
        return grad

    f = cg.custom_gradient(lambda x: (x * 1.0, zeroed))
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum((f(x) + x * x) * [1.0, 2.0]))(np.ones(2)), [2.0, 4.0])
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum((x * x + f(x)) * [1.0, 2.0]))(np.ones(2)), [2.0, 4.0])


def test_the_value_is_of_the_type_that_any_op_makes() -> None:
    """A function of Python floats makes one, which does not promote float32."""
    f = cg.custom_gradient(lambda x: (np.sin(x), lambda grad: grad * np.cos(x)))
    for x in (0.5, np.float32(0.5), np.float64(0.5), np.array(0.5), np.ones(2, np.float32)):
        value, expected = f(Variable(x)).value, np.sin(Variable(x)).value
        assert type(value) is type(expected)
        np.testing.assert_array_equal(value, expected, strict=True)
    listed = cg.custom_gradient(lambda x: ([1.0, 2.0], lambda grad: np.sum(grad)))
    assert cg.grad(lambda x: np.sum(listed(x) * np.array([3.0, 4.0])))(0.5) == 7.0


def test_cotangents_that_are_spread_summed_or_of_integers() -> None:
    @cg.custom_gradient
    def f(x: Any) -> Any:
        return x + np.zeros((2, 1)), lambda grad: np.ones((2, 3), int)

    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(f(x)))(np.ones(3)), [2.0, 2.0, 2.0])

    @cg.custom_gradient
    def g(x: Any) -> Any:
        return np.sum(x), lambda grad: [1, 2, 3]

    np.testing.assert_array_equal(cg.grad(g)(np.ones(3)), [1.0, 2.0, 3.0])
    mask = cg.custom_gradient(lambda x: (np.maximum(x, 0), lambda grad: x > 0))
    x = np.array([-1.0, 2.0])
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(mask(x) + mask(x)))(x), [0.0, 2.0])  # True + True is 2 here


@given(trees)
def test_trees_in_and_out(tree: Any) -> None:
    """Each leaf is tripled; the cotangent is doubled instead, and has the structure of the argument."""
    structures: list[Any] = []

    def times(number: float, tree: Any) -> Any:
        if isinstance(tree, dict):
            return {key: times(number, tree[key]) for key in tree}
        if isinstance(tree, Layer):
            return Layer(times(number, tree.W), times(number, tree.b))
        if isinstance(tree, (tuple, list)):
            return type(tree)([times(number, part) for part in tree])
        return number * tree

    @cg.custom_gradient
    def f(tree: Any) -> Any:
        def pull(grad: Any) -> Any:
            structures.append(grad[0])
            return times(2.0, grad[0])

        return (times(3.0, tree), 7, "text"), pull

    def cost(tree: Any) -> Any:
        tripled, seven, text = f(tree)
        assert (seven, text) == (7, "text")
        return sum([np.sum(leaf) for leaf in leaves_of(tripled)])

    value, slopes = cg.value_and_grad(cost)(tree)
    assert value == pytest.approx(sum(3 * float(np.sum(leaf)) for leaf in leaves_of(tree)), rel=1e-5, abs=1e-5)
    assert same_type_of(slopes, tree)
    for x, dx in zip(leaves_of(tree), leaves_of(slopes), strict=True):
        assert type(x) is type(dx)
        np.testing.assert_array_equal(dx, np.full(np.shape(x), 2.0))
    assert len(structures) == bool(leaves_of(tree))
    for grad in structures:
        assert [np.shape(g) for g in leaves_of(grad)] == [np.shape(x) for x in leaves_of(tree)]


def test_several_results_of_which_some_are_not_used() -> None:
    @cg.custom_gradient
    def polar(x: Any, y: Any) -> Any:
        r, angle = np.hypot(x, y), np.arctan2(y, x)

        def pull(grads: Any) -> Any:
            dr, dangle = grads["r"], grads["angle"]
            return dr * x / r - dangle * y / r**2, dr * y / r + dangle * x / r**2

        return {"r": r, "angle": angle}, pull

    def engines(x: Any, y: Any) -> Any:
        return {"r": np.hypot(x, y), "angle": np.arctan2(y, x)}

    for x, y in [(3.0, 4.0), (np.array([3.0, 1.0]), np.array([4.0, 2.0]))]:
        for cost in (
            lambda f, x, y: np.sum(f(x, y)["r"] ** 2),
            lambda f, x, y: np.sum(f(x, y)["angle"] ** 2),
            lambda f, x, y: np.sum(f(x, y)["angle"] * f(x, y)["r"] ** 3),
        ):
            a, b = [lambda x, y, f=f, cost=cost: cost(f, x, y) for f in (polar, engines)]
            for d in (cg.grad(a, (0, 1))(x, y), cg.grad(b, (0, 1))(x, y)):
                np.testing.assert_allclose(d, cg.grad(b, (0, 1))(x, y), rtol=1e-12)
            np.testing.assert_allclose(cg.hessian(a)(x, y), cg.hessian(b)(x, y), rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(cg.jvp(a, [x, y], [x, y]), cg.jvp(b, [x, y], [x, y]), rtol=1e-12, atol=1e-14)


def test_zeros_constants_and_settings() -> None:
    @cg.custom_gradient
    def f(x: Any, y: Any, name: Any, *, power: Any = 2) -> Any:
        return x**power * y, lambda grad: (grad * 10, None, None)

    assert cg.grad(f, (0, 1))(3.0, 2.0, "name", power=3) == (10.0, 0.0)
    assert f(3.0, 2.0, "name", power=3) == 54.0

    @cg.custom_gradient
    def flat(x: Any) -> Any:
        return int(x) + 1, lambda grad: 1 / 0

    assert cg.value_and_grad(flat)(3.5) == (4, 0.0)


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (
            lambda x, y: x,
            GradientError,
            r"returns \(value, pull\), .*; it returned float",
        ),
        (lambda x, y: (x, x), GradientError, r"returns \(value, pull\).*returned tuple"),
        (lambda x, y: (x, lambda g: g), GradientError, "is one cotangent, and the call has 2 positional arguments"),
        (lambda x, y: (x, lambda g: (g,)), GradientError, "is 1 cotangents, and the call has 2 .* passed by keyword"),
        (lambda x, y: (x, lambda g: None), GradientError, "is one cotangent, and the call has 2"),
        (lambda x, y: (x, lambda g: (g, "a")), DtypeError, r"returned 'a' for args\[1\]"),
        (lambda x, y: (x, lambda g: (g, [[1.0], [1.0, 2.0]])), DtypeError, r"for args\[1\]: give an array or a number"),
    ],
)
def test_mistakes_of_the_users_function(f: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        cg.grad(cg.custom_gradient(f), (0, 1))(3.0, 2.0)


def test_mistakes_with_one_argument() -> None:
    with pytest.raises(GradientError, match="is None: is a return missing"):
        cg.grad(cg.custom_gradient(lambda x: (x, lambda g: None)))(3.0)
    with pytest.raises(GradientError, match="is 2 cotangents, and the call has 1"):
        cg.grad(cg.custom_gradient(lambda x: (x, lambda g: (g, g))))(3.0)
    assert cg.grad(cg.custom_gradient(lambda x: (x, lambda g: (g,))))(3.0) == 1.0


def test_nodes_that_are_no_positional_arguments() -> None:
    w = Variable(2.0)
    f = cg.custom_gradient(lambda x, y=1.0: (x * w * y, lambda g: g))
    for x in (3.0, Variable(3.0)):
        with pytest.raises(GradientError, match="depends on a node that is none of its arguments"):
            f(x)
    with pytest.raises(GradientError, match="y is passed by keyword, as a setting, and is a node"):
        own(np.ones((1, 1)), y=w)


def test_an_error_inside_is_the_users_own() -> None:
    @cg.custom_gradient
    def f(x: Any) -> Any:
        if x == 2.0:
            raise KeyError("in f")

        def pull(grad: Any) -> Any:
            raise OSError("in the pull")

        return x * 1.0, pull

    with pytest.raises(KeyError, match="in f"):
        cg.grad(f)(2.0)
    with pytest.raises(OSError, match="in the pull"):
        cg.grad(f)(3.0)


# --------------------------------------------------------------------------------------------------------------- check


def checked(pull: Any) -> Any:
    return cg.custom_gradient(check=True)(lambda x, y: (np.sin(x) * y, lambda grad: pull(grad, x, y)))


def right(grad: Any, x: Any, y: Any) -> Any:
    return grad * np.cos(x) * y, grad * np.sin(x)


@given(st.integers(0, 2**32 - 1), st.sampled_from([(), (3,), (2, 2)]), st.sampled_from([np.float32, np.float64]))
def test_a_right_pull_passes_the_check(seed: int, shape: tuple[int, ...], dtype: Any) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=shape).astype(dtype), rng.normal(size=shape).astype(dtype)
    f = checked(right)
    for a, b in zip(cg.grad(lambda x, y: np.sum(f(x, y)), (0, 1))(x, y), right(np.ones_like(x), x, y), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(0, 3))
def test_a_wrong_entry_is_found_and_named(seed: int, where: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, 2)), rng.uniform(1, 2, size=(2, 2))
    entry = (where // 2, where % 2)
    off = np.ones((2, 2))
    off[entry] = 1.0001

    f = checked(lambda grad, x, y: (grad * np.cos(x) * y * off, grad * np.sin(x)))
    with pytest.raises(WrongGradientError, match="the pull of <lambda> is wrong") as caught:
        cg.grad(lambda x: np.sum(f(x, y)))(x)
    assert f"for args[0]{list(entry)} it gives" in str(caught.value)
    assert "; 1 of 4 entries are wrong)" in str(caught.value)
    g = checked(lambda grad, x, y: (grad * np.cos(x) * y, None))
    with pytest.raises(WrongGradientError, match=r"for args\[1\] it gives 0, and nudging gives"):
        cg.grad(g, 1)(0.5, 2.0)
    assert cg.grad(g)(0.5, 2.0) == pytest.approx(2 * np.cos(0.5))  # y is no node here, and its slope not asked for


def test_the_check_is_made_once_after_it_has_passed() -> None:
    calls: list[float] = []
    factor = [1.5]

    @cg.custom_gradient(check=True)
    def double(x: Any) -> Any:
        calls.append(x)
        return 2 * x, lambda grad: factor[0] * grad

    assert double(3.0) == 6.0
    assert calls == [3.0]  # plain values are no use of the pull
    for _ in range(2):
        with pytest.raises(WrongGradientError, match=r"it gives 0\.\d*, and nudging|it gives [12]\.\d*, and nudging"):
            cg.grad(double)(3.0)
    factor[0] = 2.0
    assert cg.grad(double)(3.0) == 2.0
    calls.clear()
    factor[0] = 1.5
    assert cg.grad(double)(3.0) == 1.5
    assert calls == [3.0]


def test_the_check_of_trees_and_several_results() -> None:
    @cg.custom_gradient(check=True)
    def f(p: Any, x: Any) -> Any:
        def pull(grad: Any) -> Any:
            a, b = grad
            return {"W": np.outer(a, x), "b": wrong[0] * a + 2 * b * p["b"]}, p["W"].T @ a

        return (p["W"] @ x + p["b"], p["b"] ** 2), pull

    p, x = {"W": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": np.ones(2)}, np.array([0.5, 0.6])
    cost = cg.grad(lambda p, x: np.sum(f(p, x)[0]) + np.sum(f(p, x)[1]), (0, 1))
    wrong = [1.25]
    with pytest.raises(WrongGradientError, match=r"for args\[0\]\['b'\]\[[01]\] it gives .* 2 of 2 entries"):
        cost(p, x)
    wrong = [1.0]
    slopes, dx = cost(p, x)
    np.testing.assert_allclose(slopes["b"], [3.0, 3.0])
    np.testing.assert_allclose(dx, p["W"].sum(axis=0))


def test_a_kink_and_the_edge_of_the_domain_are_not_called_wrong() -> None:
    @cg.custom_gradient(check=True)
    def absolute(x: Any) -> Any:
        return np.abs(x), lambda grad: grad * np.sign(x)

    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(absolute(x)))(np.array([0.0, -2.0])), [0.0, -1.0])

    @cg.custom_gradient(check=True)
    def root(x: Any) -> Any:
        with np.errstate(invalid="ignore"):
            return np.sqrt(x), lambda grad: grad / (2 * np.sqrt(np.where(x > 0, x, 1.0)))

    np.testing.assert_allclose(cg.grad(lambda x: np.sum(root(x)))(np.array([0.0, 4.0])), [0.5, 0.25])


def test_a_check_of_complex_numbers_is_refused() -> None:
    f = cg.custom_gradient(check=True)(lambda z: (z * z, lambda grad: grad * 2 * z))
    with pytest.raises(GradientError, match="the check nudges real numbers"):
        f(Variable(1j))


def test_threads_may_share_a_checked_function() -> None:
    f = checked(right)
    found: list[Any] = [None] * 8

    def work(i: int) -> None:
        found[i] = cg.grad(f)(float(i), 2.0)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(found, 2 * np.cos(np.arange(8.0)))


def test_a_drawing_and_a_comparison_know_it() -> None:
    x = np.array([[0.5], [1.0]])
    assert "own" in cg.render(np.sum(own(Variable(np.eye(2), "W"), x))).svg
    found = cg.compare(lambda W: np.sum(own(W, x)), lambda W: (1 - np.tanh(W @ x) ** 2) @ x.T, at={"W": np.eye(2)})
    assert found.ok, str(found)
