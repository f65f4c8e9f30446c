"""A cost of a tree as SciPy takes it: the numbers, how often the cost is evaluated, and what SciPy makes of it."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

import compgraph as cg
from compgraph.errors import DtypeError, GradientError, ShapeError
from tests.trees import leaves_of, same_type_of, trees


def cubes(tree: Any) -> Any:
    return sum([(i + 1) * np.sum(leaf**3) for i, leaf in enumerate(leaves_of(tree))])


@given(trees, st.integers(0, 2**32 - 1))
def test_the_numbers(tree: Any, seed: int) -> None:
    objective = cg.scipy_objective(cubes, tree)
    leaves = leaves_of(tree)
    x0 = objective.x0
    assert x0.dtype == np.float64
    assert x0.shape == (sum(np.size(leaf) for leaf in leaves),)
    weights = np.concatenate([np.zeros(0), *[np.full(np.size(leaf), i + 1.0) for i, leaf in enumerate(leaves)]])
    rng = np.random.default_rng(seed)
    p = rng.integers(-3, 4, x0.shape).astype(np.float64)
    for x in (x0, rng.integers(-3, 4, x0.shape) / 4):
        before = x.copy()
        assert type(objective.fun(x)) is float
        assert objective.fun(x) == pytest.approx(np.sum(weights * x**3), rel=1e-5, abs=1e-5)
        np.testing.assert_allclose(objective.jac(x), 3 * weights * x**2, rtol=1e-5)
        np.testing.assert_allclose(objective.hessp(x, p), 6 * weights * x * p, rtol=1e-5)
        for vector in (objective.jac(x), objective.hessp(x, p)):
            assert vector.dtype == np.float64
            assert vector.shape == x.shape
        np.testing.assert_array_equal(x, before)


@given(trees)
def test_there_and_back(tree: Any) -> None:
    objective = cg.scipy_objective(lambda p: 0.0, tree)
    again = objective.unravel(objective.x0)
    assert same_type_of(tree, again)
    for x, y in zip(leaves_of(tree), leaves_of(again), strict=True):
        assert type(x) is type(y)
        np.testing.assert_array_equal(x, y, strict=True)
        assert not np.shares_memory(x, y)


def test_what_the_cost_is_called_with() -> None:
    seen: list[Any] = []

    def cost(p: Any) -> Any:
        seen.append(p)
        return np.sum(p["W"]) * p["n"] + np.sum(p["v"])

    objective = cg.scipy_objective(cost, {"W": np.ones((1, 2), np.float32), "n": 3, "v": [1, 2]})
    assert seen == []
    objective.fun(objective.x0)
    (params,) = seen
    assert (params["W"].shape, params["W"].dtype) == ((1, 2), np.float32)
    assert (params["n"].value, type(params["n"].value)) == (3.0, float)
    back = objective.unravel([0.5, 1.5, 2.5, 3.0, 4.0])
    assert (type(back["n"]), back["n"], back["W"].dtype, back["v"].tolist()) == (float, 2.5, np.float32, [3.0, 4.0])


def test_the_value_and_the_gradient_at_one_vector_are_one_evaluation() -> None:
    calls = [0]

    def cost(x: Any) -> Any:
        calls[0] += 1
        if fail[0]:
            raise OSError("no data")
        return np.sum(x**3)

    fail = [False]
    objective = cg.scipy_objective(cost, np.ones(2))
    x = np.array([1.0, 2.0])
    assert (objective.fun(x), objective.jac(x.copy()).tolist(), objective.fun(x)) == (9.0, [3.0, 12.0], 9.0)
    assert calls == [1]
    objective.jac(x)[:] = 0.0  # the caller's own
    np.testing.assert_array_equal(objective.jac(x), [3.0, 12.0])
    assert calls == [1]
    x[0] = 2.0  # the same array with other numbers, as SciPy's solvers use it
    assert objective.fun(x) == 16.0
    np.testing.assert_array_equal(objective.jac(x), [12.0, 12.0])
    assert calls == [2]
    fail[0] = True
    for _ in range(2):
        with pytest.raises(OSError, match="no data"):
            objective.jac([5.0, 5.0])
    assert objective.fun(x) == 16.0
    fail[0] = False
    assert objective.fun([5.0, 5.0]) == 250.0
    assert calls == [5]


def test_threads_may_share_an_objective() -> None:
    objective = cg.scipy_objective(lambda x: np.sum(x**3), np.ones(50))
    wrong = []

    def work(number: float) -> None:
        x = np.full(50, number)
        for _ in range(50):
            if objective.fun(x) != pytest.approx(50 * number**3) or not np.allclose(objective.jac(x), 3 * number**2):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_mistakes() -> None:
    objective = cg.scipy_objective(lambda p: p["a"] * p["b"], {"a": 1.0, "b": np.ones(2)})
    for call in (objective.fun, objective.jac, objective.unravel, lambda x: objective.hessp(np.ones(3), x)):
        with pytest.raises(ShapeError, match=r"a vector of the parameters has shape \(3,\), not \(2,\)"):
            call(np.ones(2))
    with pytest.raises(GradientError, match="returned an array"):
        objective.fun(np.ones(3))
    with pytest.raises(DtypeError, match=r"p\['a'\] is 'x', which cannot be differentiated"):
        cg.scipy_objective(lambda p: 1.0, {"a": "x"})
    with pytest.raises(DtypeError, match=r"params\['a'\] is complex"):
        cg.scipy_objective(lambda p: 1.0, {"a": np.array([1j])})


# --------------------------------------------------------------------------------------------------------------- SciPy

METHODS = ["BFGS", "L-BFGS-B", "Newton-CG"]


def minimum(objective: cg.Objective, method: str) -> Any:
    second = {"hessp": objective.hessp} if method == "Newton-CG" else {}
    found = minimize(objective.fun, objective.x0, jac=objective.jac, method=method, tol=1e-10, **second)
    return objective.unravel(found.x)


@pytest.mark.parametrize("method", METHODS)
def test_rosenbrock(method: str) -> None:
    """Of the two coordinates as one tree; its minimum is at (1, 1)."""
    objective = cg.scipy_objective(
        lambda p: (1 - p["x"]) ** 2 + 100 * (p["y"] - p["x"] ** 2) ** 2, {"x": -1.2, "y": 1.0}
    )
    found = minimum(objective, method)
    assert found["x"] == pytest.approx(1.0, abs=1e-4)
    assert found["y"] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_a_two_layer_network(method: str) -> None:
    """SciPy gets where it gets with slopes that it measures itself, and there the gradient vanishes."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(2, 40))
    Y = (X[:1] * X[1:] > 0).astype(np.float64)

    def cost(layers: Any) -> Any:
        A = X
        for layer in layers[:-1]:
            A = np.tanh(layer["W"] @ A + layer["b"])
        last = layers[-1]
        fit = cg.binary_cross_entropy_with_logits(last["W"] @ A + last["b"], Y)
        return np.mean(fit) + 0.01 * sum([np.sum(layer["W"] ** 2) for layer in layers])

    layers = [
        {"W": rng.normal(size=(4, 2)), "b": np.zeros((4, 1))},
        {"W": rng.normal(size=(1, 4)), "b": np.zeros((1, 1))},
    ]
    objective = cg.scipy_objective(cost, layers)
    found = minimum(objective, method)
    assert same_type_of(found, layers)
    nudged = minimize(lambda x: cost(objective.unravel(x)), objective.x0, method="BFGS")
    assert cost(found) == pytest.approx(nudged.fun, rel=1e-6)
    assert cost(found) < 0.9 * cost(layers)
    for slope in leaves_of(cg.grad(cost)(found)):
        np.testing.assert_allclose(slope, 0.0, atol=2e-5)
