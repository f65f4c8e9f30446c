"""Whole matrices of derivatives: many sweeps at once give what sweeps one by one do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import compgraph as cg
from compgraph import jacobians
from compgraph.batching import batch, sweeps
from compgraph.errors import CompgraphError, GradientError, MutationError, ShapeError

MODES = ["reverse", "forward", None]
every_mode = pytest.mark.parametrize("mode", MODES)
SEEDS = st.integers(0, 2**32 - 1)
SHAPES = array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)


def one_by_one(f: Any, *args: Any, k: int = 0) -> Any:
    """The jacobian from one gradient for each entry of the value."""
    nodes = [cg.Variable(x) for x in args]
    output = f(*nodes)
    rows = []
    for i in np.ndindex(output.shape):
        seed = np.zeros(output.shape)
        seed[i] = 1.0
        rows.append(cg.gradients(output, [nodes[k]], seed=seed)[0])
    return np.reshape(rows, output.shape + nodes[k].shape)


def mixed(W: Any, X: Any, b: Any) -> Any:
    """Of any shape, neither linear nor elementwise, and every argument takes part in its own way."""
    Z = np.tanh(W @ X + b) * np.sum(W**2)
    return np.concatenate([Z, np.where(Z > 0, Z, 0.1 * Z) @ X.T @ X]) + np.exp(-W[:1, :1]) * np.max(b)


def arguments(rng: np.random.Generator, dtype: Any = np.float64) -> list[Any]:
    rows, inner, columns = rng.integers(1, 4, 3)
    shapes = ((rows, inner), (inner, columns), (rows, 1))
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


@given(SEEDS, st.sampled_from(MODES), st.sampled_from([np.float64, np.float32]))
def test_the_matrix_is_that_of_single_sweeps(seed: int, mode: str | None, dtype: Any) -> None:
    args = arguments(np.random.default_rng(seed), dtype)
    rtol = 1e-12 if dtype is np.float64 else 1e-4
    for k in range(3):
        found = cg.jacobian(mixed, k, mode)(*args)
        expected = one_by_one(mixed, *args, k=k)
        assert found.dtype == dtype
        assert found.flags.writeable
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=0, atol=rtol * (1 + np.abs(expected).max()))


@given(SHAPES, SHAPES, st.sampled_from(["reverse", "forward"]), st.sampled_from([np.float64, np.float32]))
def test_shapes_and_dtypes(inner: tuple[int, ...], outer: tuple[int, ...], mode: str, dtype: Any) -> None:
    x = np.full(inner, 0.5, dtype)[()]
    weights = np.arange(np.prod(outer), dtype=dtype).reshape(outer)
    found = cg.jacobian(lambda x: np.sum(x) * weights, mode=mode)(x)
    assert (np.shape(found), np.asarray(found).dtype) == (outer + inner, dtype)
    np.testing.assert_array_equal(found, np.broadcast_to(weights[(...,) + (None,) * len(inner)], outer + inner))


def test_numbers_give_numbers() -> None:
    for mode in MODES:
        assert type(cg.jacobian(lambda x: x * x, mode=mode)(3.0)) is float
        assert type(cg.jacobian(lambda x: x * x, mode=mode)(np.float32(3.0))) is np.float32
    assert type(cg.hessian(lambda x: x**3)(2.0)) is float


def test_a_value_that_does_not_depend_on_the_argument() -> None:
    for mode in MODES:
        for found in cg.jacobian(lambda x, y: 2.0 * y, (0, 1), mode)(np.ones(2, np.float32), np.ones(3)):
            assert found.shape in {(3, 2), (3, 3)}
        constant = cg.jacobian(lambda x: np.ones(3), mode=mode)(np.ones(2, np.float32))
        assert (constant.shape, constant.dtype) == ((3, 2), np.float32)
    np.testing.assert_array_equal(cg.hessian(lambda x: np.sum(x))(np.ones(2)), np.zeros((2, 2)))


@every_mode
@pytest.mark.parametrize("bytes_at_once", [1, 100, 1000])
def test_in_stretches_as_at_once(mode: str | None, bytes_at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    args = arguments(np.random.default_rng(3))
    expected = cg.jacobian(mixed, (0, 1, 2), mode)(*args)
    monkeypatch.setattr(jacobians, "AT_ONCE", bytes_at_once)
    for a, b in zip(cg.jacobian(mixed, (0, 1, 2), mode)(*args), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_the_cotangents_of_a_node_stay_below_the_limit(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def rule(grad: Any, out: Any, x: Any) -> Any:
        taken.append(grad.data.nbytes)
        return grad * 1.0

    op = cg.differentiable(rule, domain=(-1, 1), name="watched")(lambda x: x + 0.0)
    monkeypatch.setattr(jacobians, "AT_ONCE", 1000)
    try:
        np.testing.assert_array_equal(cg.jacobian(op, mode=mode)(np.ones(30)), np.eye(30))
    finally:
        del cg.OPS[op]
    assert sum(taken) == 30 * 30 * 8
    assert max(taken) <= 1000
    assert len(taken) == 8  # of at most 4 arrays of 240 bytes


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_rule_runs_once_however_many_entries(mode: str) -> None:
    runs: list[Any] = []

    def rule(grad: Any, out: Any, x: Any) -> Any:
        runs.append(grad)
        return grad * np.cos(x)

    op = cg.differentiable(rule, domain=(-1, 1), name="counted")(np.sin)
    try:
        for n, dtype in ((2, np.float64), (200, np.float64), (5, np.float32)):
            x = np.linspace(-1, 1, n, dtype=dtype)
            runs.clear()
            np.testing.assert_array_equal(cg.jacobian(op, mode=mode)(x), np.diag(np.cos(x)))
            assert [grads.dtype for grads in runs] == [dtype]
            runs.clear()
            np.testing.assert_allclose(cg.hessian(lambda x: np.sum(op(x)))(x), np.diag(-np.sin(x)), atol=1e-7)
            assert len(runs) == 1  # in the gradient, whose graph is of multiply and cos
    finally:
        del cg.OPS[op]


def test_the_mode_is_the_one_of_fewer_seeds() -> None:
    seeds: list[int] = []

    def rule(grad: Any, out: Any, x: Any) -> Any:
        seeds.append(len(grad.data))
        return grad * 1.0

    op = cg.differentiable(rule, domain=(-1, 1), name="counted")(lambda x: x + 0.0)
    try:
        x = np.ones(3)
        cg.jacobian(lambda x: np.tile(op(x), 2))(x)
        cg.jacobian(lambda x: op(x)[:2])(x)
        cg.jacobian(lambda x, y: op(x) * y, (0, 1))(x, x)  # six entries of arguments, three of the value
    finally:
        del cg.OPS[op]
    assert seeds == [3, 2, 3]


def rosenbrock(x: Any) -> Any:
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def logistic(w: Any) -> Any:
    X = np.cos(np.arange(3.0 * np.size(w))).reshape(3, -1)
    return np.mean(cg.binary_cross_entropy_with_logits(X @ w, np.array([0.0, 1.0, 1.0])))


def network(p: Any) -> Any:
    n = np.size(p) // 4
    W1, b1, W2 = np.reshape(p[: 2 * n], (n, 2)), p[2 * n : 3 * n, None], p[None, 3 * n :]
    A1 = np.tanh(W1 @ np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]]) + b1)
    return -np.mean(np.log(cg.softmax(np.concatenate([W2 @ A1, A1.mean(axis=0, keepdims=True)]), axis=0)[0]))


@pytest.mark.parametrize(
    "f",
    [
        rosenbrock,
        logistic,
        network,
        lambda x: x @ np.tri(8) @ x + np.sum(np.tanh(x)),
        lambda x: np.max(x) * np.prod(x) + np.sum(np.sort(x) * np.flip(x)),
        lambda x: np.sum(x[[0, 3, 3]] * np.linalg.solve(np.eye(3) * 9 + np.outer(x[:3], x[:3]), x[5:])),
        lambda x: np.linalg.norm(x) + np.std(x) + np.einsum("i,j,ij->", x, x, np.tri(8)),
        lambda x: cg.logsumexp(np.reshape(x, (2, 4)).T, axis=1) @ np.cumsum(x)[::2],
    ],
)
def test_no_loop_over_the_entries(f: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> Any:
        raise AssertionError("one by one")

    x = np.linspace(0.2, 1.1, 8)
    expected = one_by_one(cg.grad(f), x)
    for module, name in ((batch, "looped"), (sweeps, "_one_by_one"), (jacobians, "_one_by_one")):
        monkeypatch.setattr(module, name, refuse)
    np.testing.assert_allclose(cg.hessian(f)(x), expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(cg.jacobian(cg.grad(f), mode="forward")(x), expected, rtol=1e-10, atol=1e-10)


# ------------------------------------------------------------------------------------------------------ second order


def cost(x: Any, y: Any) -> Any:
    return np.sum(np.tanh(x[:-1] * x[1:]) ** 2) + x @ np.cos(np.outer(x, y)) @ np.exp(y) * np.max(y)


@given(st.integers(2, 4), st.integers(1, 3), SEEDS)
def test_hessians_by_several_arguments(n: int, m: int, seed: int) -> None:
    """The blocks are those of the hessian by all entries in one vector."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=n), rng.normal(size=m)
    u, v = rng.normal(size=n), rng.normal(size=m)
    whole = cg.hessian(lambda z: cost(z[:n], z[n:]))(np.concatenate([x, y]))
    np.testing.assert_allclose(whole, whole.T, atol=1e-9)
    np.testing.assert_allclose(
        whole, one_by_one(cg.grad(lambda z: cost(z[:n], z[n:])), np.concatenate([x, y])), atol=1e-12
    )
    (xx, xy), (yx, yy) = cg.hessian(cost, (0, 1))(x, y)
    np.testing.assert_allclose(np.block([[xx, xy], [yx, yy]]), whole, atol=1e-12)
    np.testing.assert_array_equal(cg.hessian(cost)(x, y), xx)
    np.testing.assert_array_equal(cg.hessian(cost, "y")(x, y), yy)
    np.testing.assert_array_equal(cg.hessian(cost, "y")(x, y=y), yy)
    (only,) = cg.hessian(cost, (1,))(x, y)
    np.testing.assert_array_equal(only[0], yy)
    along = cg.hessian_vector_product(cost, (0, 1))(x, y, (u, v))
    np.testing.assert_allclose(np.concatenate(along), whole @ np.concatenate([u, v]), atol=1e-9)
    np.testing.assert_allclose(cg.hessian_vector_product(cost, "y")(x, y, v), yy @ v, atol=1e-9)
    np.testing.assert_allclose(cg.hessian_vector_product(cost, 1)(x, y, v), yy @ v, atol=1e-9)
    forward = cg.jacobian(cg.grad(cost, 1), 0, mode="forward")(x, y)
    np.testing.assert_allclose(forward, yx, atol=1e-10)


def test_jacobians_by_name_and_by_several_arguments() -> None:
    args = arguments(np.random.default_rng(5))
    for mode in MODES:
        by_position = cg.jacobian(mixed, (0, 2), mode)(*args)
        by_name = cg.jacobian(mixed, ("W", "b"), mode)(args[0], args[1], b=args[2])
        for a, b, k in zip(by_position, by_name, (0, 2), strict=True):
            np.testing.assert_array_equal(a, b)
            np.testing.assert_allclose(a, cg.jacobian(mixed, k)(*args), atol=1e-13)
        twice = cg.jacobian(mixed, (1, -2), mode)(*args)
        np.testing.assert_array_equal(*twice)
        assert not np.shares_memory(*twice)


def test_a_product_with_the_hessian_inside_a_gradient() -> None:
    x, v = np.array([0.5, -1.0]), np.array([2.0, 3.0])
    product = cg.hessian_vector_product(lambda x: np.sum(x**4))
    np.testing.assert_allclose(cg.grad(lambda x: np.sum(product(x, v)))(x), 24 * x * v)
    np.testing.assert_allclose(cg.grad(lambda v: np.sum(product(x, v)))(v), 12 * x**2)


def test_third_derivatives_and_a_jacobian_inside_others() -> None:
    x = np.array([0.5, 1.0, -2.0])
    A = np.arange(9.0).reshape(3, 3)

    def f(x: Any) -> Any:
        return np.sum(np.sin(A @ x))

    third = cg.jacobian(cg.hessian(f))(x)
    np.testing.assert_allclose(third, -np.einsum("i,ij,ik,il->jkl", np.cos(A @ x), A, A, A), atol=1e-12)
    for mode in ("reverse", "forward"):
        inside = cg.jacobian(lambda x, mode=mode: cg.jacobian(lambda y: np.sin(A @ y) * x[0], mode=mode)(x))(x)
        expected = cg.jacobian(lambda x: np.cos(A @ x)[:, None] * A * x[0])(x)
        np.testing.assert_allclose(inside, expected, atol=1e-12)


# -------------------------------------------------------------------------------------------- zeros, infinity and NaN


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_zeros_are_strong(mode: str) -> None:
    x = np.array([0.0, 4.0, 9.0])
    with np.errstate(divide="ignore", invalid="ignore"):
        np.testing.assert_array_equal(cg.jacobian(np.sqrt, mode=mode)(x), np.diag([np.inf, 0.25, 1 / 6]))
        chosen = cg.jacobian(lambda x: np.where(x > 0, np.sqrt(x), 0.0), mode=mode)(x)
        np.testing.assert_array_equal(chosen, np.diag([0.0, 0.25, 1 / 6]))
        far = cg.jacobian(lambda x: x @ np.array([[np.inf, 1.0], [1.0, 2.0], [0.0, 0.0]]), mode=mode)(x)
        np.testing.assert_array_equal(far, [[np.inf, 1.0, 0.0], [1.0, 2.0, 0.0]])
        lost = cg.jacobian(lambda x: x * np.array([np.nan, 1.0, 2.0]), mode=mode)(x)
        np.testing.assert_array_equal(lost, np.diag([np.nan, 1.0, 2.0]))


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_zeros_are_strong_for_all_entries_at_once(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> Any:
        raise AssertionError("one by one")

    monkeypatch.setattr(sweeps, "sweep", refuse)
    monkeypatch.setattr(sweeps, "push", refuse)
    x = np.array([0.0, 4.0, -1.0, 9.0])
    with np.errstate(invalid="ignore"):
        chosen = cg.jacobian(lambda x: np.where(x > 0, np.sqrt(x), x[::-1]), mode=mode)(x)
    np.testing.assert_array_equal(chosen, [[0, 0, 0, 1], [0, 0.25, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1 / 6]])


def test_zeros_are_strong_in_a_hessian() -> None:
    x = np.array([0.0, 4.0])
    with np.errstate(divide="ignore", invalid="ignore"):
        found = cg.hessian(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)))(x)
    np.testing.assert_allclose(found, np.diag([0.0, -1 / 32]))


def test_the_caller_is_warned_of_an_infinite_entry() -> None:
    """As one sweep warns: of what is infinite in the result, and of nothing on the way."""
    for mode in ("reverse", "forward"):
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            cg.jacobian(np.sqrt, mode=mode)(np.array([0.0, 4.0]))
        cg.jacobian(lambda x: np.where(x > 1, np.sqrt(x), 0.0), mode=mode)(np.array([0.0, 4.0]))


# ------------------------------------------------------------------------------------------------- beside other parts


def test_complex_numbers_on_the_way_and_at_the_end() -> None:
    x = np.array([0.3, -1.2])
    w = np.array([1 + 2j, 0.5 - 1j])
    for mode in ("reverse", "forward"):
        found = cg.jacobian(lambda x: np.real(np.exp(w * x)), mode=mode)(x)
        np.testing.assert_allclose(found, np.diag(np.real(w * np.exp(w * x))))
    found = cg.jacobian(lambda x: w * x**2, mode="forward")(x)
    np.testing.assert_allclose(found, np.diag(2 * w * x))
    holomorphic = cg.jacobian(lambda z: z**2 + z[::-1])(w)
    np.testing.assert_allclose(holomorphic, np.diag(2 * w) + np.eye(2)[::-1])


@pytest.mark.parametrize("mode", [None, "reverse", "forward"])
def test_what_is_complex_decides_the_mode_where_only_one_can_do_it(mode: Any) -> None:
    x, w = np.array([0.3, -1.2]), np.array([1 + 2j, 0.5 - 1j])
    np.testing.assert_allclose(cg.jacobian(lambda x: w * x**2, mode=mode)(x), np.diag(2 * w * x))
    np.testing.assert_allclose(cg.jacobian(lambda z: np.abs(z) ** 2, mode=mode)(w), np.diag(2 * np.conj(w)))
    by_x, by_z = cg.jacobian(lambda x, z: x * np.exp(z), argnums=(0, 1), mode=mode)(x, w)
    np.testing.assert_allclose(by_x, np.diag(np.exp(w)))
    np.testing.assert_allclose(by_z, np.diag(x * np.exp(w)))
    with pytest.raises(GradientError, match="is not holomorphic"):
        cg.jacobian(lambda z: z * np.conj(z), mode=mode)(w)


def test_second_derivatives_by_a_complex_argument_are_refused() -> None:
    with pytest.raises(GradientError, match=r"has a complex argument.*the real and the imaginary part two arguments"):
        cg.hessian(lambda z: np.sum(np.abs(z) ** 2))(np.array([1 + 1j]))


def test_a_function_with_a_gradient_of_its_own() -> None:
    @cg.custom_gradient
    def clipped(x: Any) -> Any:
        return x * 3.0, lambda grad: np.clip(grad * 3.0, -1.0, 1.0)

    np.testing.assert_array_equal(cg.jacobian(clipped)(np.ones(3)), np.eye(3))


def test_the_debugger_sees_single_sweeps() -> None:
    op = cg.differentiable(lambda grad, out, x: grad * np.nan, domain=(-1, 1), name="spoiled")(lambda x: x + 0.0)
    try:
        with cg.debug(), pytest.raises(CompgraphError, match="spoiled"):
            cg.jacobian(op)(np.ones(3))
    finally:
        del cg.OPS[op]


def test_the_debugger_finds_an_array_that_changed() -> None:
    A = np.eye(3)

    def f(x: Any) -> Any:
        y = A @ x
        A[0, 0] = 7.0
        return y

    with cg.debug(), pytest.raises(MutationError):
        cg.jacobian(f)(np.ones(3))


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        ((np.ones(2), np.ones(2)), r"vectors of shapes \[\(2,\), \(2,\)\] and arguments of shapes \[\(2,\), \(3,\)\]"),
        ((np.ones(2),), "they must be the same"),
    ],
)
def test_vectors_that_do_not_fit(vector: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        cg.hessian_vector_product(cost, (0, 1))(np.ones(2), np.ones(3), vector)
