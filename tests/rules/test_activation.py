"""Activations and losses: the course's conventions at zero; all digits far out, where the plain formulas lose them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import compgraph as cg
from compgraph.errors import DtypeError

Variable: Any = cg.Variable

ELEMENTWISE: list[Any] = [cg.sigmoid, cg.relu, cg.leaky_relu, cg.softplus, np.tanh]
WHOLE: list[Any] = [cg.softmax, cg.log_softmax, cg.logsumexp]
FAR = [1000.0, -1000.0, 745.2, -745.2, 88.8, -104.0, 0.0, 30.0, -30.0]
precisions = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def derivatives(f: Any, x: Any) -> tuple[Any, Any, Any]:
    """Value, slope and second slope, of each entry where f is elementwise."""
    v = Variable(x)
    y = f(v)
    (first,) = cg.gradients(np.sum(y), [v], create_graph=True)
    (second,) = cg.gradients(np.sum(first), [v])
    return y.value, first.value, second


# ------------------------------------------------------------------------------------------------- kinks, course values


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_the_kink_belongs_to_the_right_side(zero: float) -> None:
    """z >= 0 -> 1, as in the course notes: also in arrays, and to second order nothing is left."""
    for f, left in ((cg.relu, 0.0), (cg.leaky_relu, 0.01)):
        assert cg.grad(f)(zero) == 1.0
        assert cg.grad(f)(-1e-300) == left
        assert cg.grad(f)(1e-300) == 1.0
        value, first, second = derivatives(f, np.array([-2.0, zero, 3.0]))
        np.testing.assert_array_equal(value, [-2.0 * left, 0.0, 3.0])
        np.testing.assert_array_equal(first, [left, 1.0, 1.0])
        np.testing.assert_array_equal(second, [0.0, 0.0, 0.0])


def test_the_course_values() -> None:
    assert cg.sigmoid(0.0) == 0.5
    assert cg.grad(cg.sigmoid)(0.0) == 0.25
    assert cg.grad(np.tanh)(0.0) == 1.0
    assert cg.softplus(0.0) == pytest.approx(math.log(2.0), rel=1e-16, abs=0)
    assert cg.grad(cg.softplus)(0.0) == 0.5
    np.testing.assert_array_equal(cg.leaky_relu(np.array([-1.0, 1.0]), 0.2), [-0.2, 1.0])
    x = Variable([-1.0, 1.0])
    for y in (cg.leaky_relu(x, 0.2), cg.leaky_relu(x, slope=0.2)):
        np.testing.assert_array_equal(cg.gradients(np.sum(y), [x])[0], [0.2, 1.0])
    assert cg.grad(cg.binary_cross_entropy)(0.25, 1.0) == -4.0
    assert cg.grad(cg.binary_cross_entropy_with_logits)(0.0, 0.0) == 0.5


# ------------------------------------------------------------------------------------------------------------- far out


@precisions
@pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda f: f.__name__)
def test_stable_and_twice_differentiable_far_out(f: Any, dtype: Any) -> None:
    """Finite everywhere, and nothing is warned of, since a warning is an error here."""
    for answer in derivatives(f, np.array(FAR, dtype)):
        assert answer.dtype == dtype
        assert np.all(np.isfinite(answer))
    for x in FAR:
        for answer in derivatives(f, x):
            assert math.isfinite(answer)


@precisions
@pytest.mark.parametrize("f", WHOLE, ids=lambda f: f.__name__)
def test_sums_of_exponentials_are_stable_far_out(f: Any, dtype: Any) -> None:
    for x in (FAR, [1000.0, 1000.0, 1000.0], [-1000.0, -1000.0, -1001.0], [1000.0], [0.0, -1000.0]):
        weights = np.arange(1.0, len(x) + 1, dtype=dtype)
        for answer in derivatives(lambda v, w=weights: np.sum(w * f(v)), np.array(x, dtype)):
            assert np.asarray(answer).dtype == dtype
            assert np.all(np.isfinite(answer))


@precisions
@pytest.mark.parametrize("y", [0.0, 1.0, 0.3])
def test_cross_entropy_of_logits_is_stable_far_out(y: float, dtype: Any) -> None:
    z = np.array(FAR, dtype)
    value, first, second = derivatives(lambda z: cg.binary_cross_entropy_with_logits(z, y), z)
    assert value.dtype == first.dtype == second.dtype == dtype
    assert np.all(np.isfinite(value) & np.isfinite(first) & np.isfinite(second))
    eps = np.finfo(dtype).eps
    exact = np.where(z > 0, (1 - y) * z, -y * z) + np.log1p(np.exp(-np.abs(z.astype(np.float64))))
    np.testing.assert_allclose(value, exact, rtol=4 * eps, atol=4 * eps)
    np.testing.assert_allclose(first, cg.sigmoid(z.astype(np.float64)) - y, rtol=8 * eps, atol=8 * eps)


def test_limits_far_out() -> None:
    assert [float(cg.sigmoid(x)) for x in (1000.0, -1000.0, math.inf, -math.inf)] == [1.0, 0.0, 1.0, 0.0]
    assert [float(cg.softplus(x)) for x in (1000.0, -1000.0)] == [1000.0, 0.0]
    assert [cg.grad(cg.softplus)(x) for x in (1000.0, -1000.0)] == [1.0, 0.0]
    np.testing.assert_array_equal(cg.softmax(np.array([1000.0, 1000.0, -1000.0])), [0.5, 0.5, 0.0])
    np.testing.assert_array_equal(cg.log_softmax(np.array([1000.0, 0.0])), [0.0, -1000.0])
    np.testing.assert_array_equal(cg.grad(lambda x: cg.log_softmax(x)[1])(np.array([1000.0, 0.0])), [-1.0, 1.0])
    np.testing.assert_array_equal(cg.grad(cg.logsumexp)(np.array([1000.0, 0.0, -1000.0])), [1.0, 0.0, 0.0])


def test_small_slopes_keep_their_digits() -> None:
    """Where σ is next to 1, 1 - σ has few digits left or none: the slope must not be made from it."""
    for x in (20.0, 36.0, 40.0, 300.0, 700.0):
        tail = math.exp(-x)
        for at in (x, -x):
            assert cg.grad(cg.sigmoid)(at) == pytest.approx(tail / (1 + tail) ** 2, rel=1e-15, abs=0)
        assert cg.grad(cg.softplus)(-x) == pytest.approx(tail / (1 + tail), rel=1e-15, abs=0)
        assert float(cg.softplus(-x)) == pytest.approx(math.log1p(tail), rel=1e-15, abs=0)
        assert float(cg.binary_cross_entropy_with_logits(x, 1.0)) == pytest.approx(math.log1p(tail), rel=1e-15, abs=0)
        loss: Any = cg.binary_cross_entropy_with_logits
        assert cg.grad(loss)(x, 1.0) == pytest.approx(-tail / (1 + tail), rel=1e-15, abs=0)


# ---------------------------------------------------------------------------------------------------- relations between


@given(shape=array_shapes(min_dims=1, max_dims=3, max_side=3), seed=st.integers(0, 2**32 - 1), data=st.data())
def test_softmax_and_its_kin_agree(shape: tuple[int, ...], seed: int, data: st.DataObject) -> None:
    x = np.random.default_rng(seed).normal(size=shape) * 5
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    p = cg.softmax(x, axis=axis)
    np.testing.assert_allclose(np.sum(p, axis=axis), 1.0, rtol=1e-14)
    np.testing.assert_allclose(np.exp(cg.log_softmax(x, axis=axis)), p, rtol=1e-12)
    np.testing.assert_allclose(x - cg.logsumexp(x, axis=axis, keepdims=True), cg.log_softmax(x, axis=axis), atol=1e-12)
    total: Any = lambda x: np.sum(cg.logsumexp(x, axis=axis))  # noqa: E731
    np.testing.assert_allclose(cg.grad(total)(x), p, rtol=1e-12)
    assert np.shape(cg.logsumexp(x)) == ()
    assert np.shape(cg.logsumexp(x, keepdims=True)) == (1,) * len(shape)
    assert cg.logsumexp(x, axis=tuple(range(len(shape)))) == pytest.approx(float(cg.logsumexp(x)), rel=1e-14, abs=0)


@given(z=st.floats(-20, 20), y=st.sampled_from([0.0, 1.0, 0.3]))
def test_both_cross_entropies_agree(z: float, y: float) -> None:
    """L(σ(z), y), through the chain rule or directly; dz = a - y."""
    logits: Any = cg.binary_cross_entropy_with_logits
    chained: Any = lambda z: cg.binary_cross_entropy(cg.sigmoid(z), y)  # noqa: E731
    direct: Any = lambda z: logits(z, y)  # noqa: E731
    assert chained(z) == pytest.approx(float(direct(z)), rel=1e-6, abs=1e-15)
    assert cg.grad(chained)(z) == pytest.approx(cg.grad(direct)(z), rel=1e-6, abs=1e-15)
    assert cg.grad(direct)(z) == pytest.approx(float(cg.sigmoid(z)) - y, abs=1e-15)


def test_certain_answers() -> None:
    """0 log 0 is 0 on both ends, and so is its slope; a certain answer that is wrong costs infinitely much."""
    loss: Any = cg.binary_cross_entropy
    for a in (0.0, 1.0):
        assert loss(a, a) == 0.0
        assert str(float(loss(a, a))) == "0.0"
        assert cg.grad(loss)(a, a) == 1.0 - 2 * a
        x = Variable([a])
        (first,) = cg.gradients(np.sum(loss(x, np.array([a]))), [x], create_graph=True)
        np.testing.assert_array_equal(cg.gradients(np.sum(first), [x])[0], [1.0])
        with np.errstate(divide="ignore"):
            assert loss(a, 1 - a) == math.inf
            assert abs(cg.grad(loss)(a, 1 - a)) == math.inf


@pytest.mark.parametrize("y", [0.0, 1.0, 0.3])
@pytest.mark.parametrize("a", [0.2, 0.9])
def test_the_mixed_derivative_of_the_cross_entropy(a: float, y: float) -> None:
    """d²L/da dy = -1/a - 1/(1-a), whatever y: also at labels of 0 and 1, where the formula has a special case."""
    loss: Any = cg.binary_cross_entropy
    expected = -1 / a - 1 / (1 - a)
    assert cg.grad(lambda y: cg.grad(loss)(a, y))(y) == pytest.approx(expected, rel=1e-14, abs=0)
    assert cg.grad(lambda a: cg.grad(loss, 1)(a, y))(a) == pytest.approx(expected, rel=1e-14, abs=0)
    logits: Any = cg.binary_cross_entropy_with_logits
    assert cg.grad(lambda y: cg.grad(logits)(a, y))(y) == pytest.approx(-1.0, rel=1e-14, abs=0)


def test_plain_calls_stay_plain() -> None:
    x = np.array([-1.0, 0.5], np.float32)
    for f in (*ELEMENTWISE, *WHOLE):
        assert not isinstance(f(x), cg.Node)
        assert np.asarray(f(x)).dtype == np.float32
        assert type(f(Variable(x))) is cg.Node


@pytest.mark.parametrize(
    "function", [cg.sigmoid, cg.relu, cg.leaky_relu, cg.softplus, cg.logsumexp, cg.softmax, cg.log_softmax]
)
def test_complex_numbers_are_refused(function: Any) -> None:
    for x in (np.array([1 + 1j, 2.0]), cg.Variable([1 + 1j, 2.0])):
        with pytest.raises(DtypeError, match=f"{function.__name__} is no function of complex numbers"):
            function(x)
