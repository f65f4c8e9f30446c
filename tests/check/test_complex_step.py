"""The complex step: all digits where it is taken, and not taken where the code would lie."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.complex_step import ANALYTIC, complex_slopes, is_analytic
from compgraph.check.numeric import directional_slopes, numeric_slopes
from tests.sampling import PER_OP, SEEDS, Sample, apply, samples

EPS = float(np.finfo(float).eps)


def slopes_of(f: Any, at: Any, noise: float = 0.0) -> Any:
    return complex_slopes(f, at, numeric_slopes(f, at, noise=noise))


# -------------------------------------------------------------------------------------------- what is analytic is exact


@pytest.mark.parametrize("op", [op for function, op in cg.OPS.items() if function in ANALYTIC], ids=lambda op: op.name)
@PER_OP
@given(data=st.data(), seed=SEEDS)
def test_every_op_that_is_called_analytic_is(op: Any, data: st.DataObject, seed: int) -> None:
    """The slopes of Σ w · op(x) are those of the engine, to many more digits than a central difference has."""
    sample: Sample = data.draw(samples(op))
    position = data.draw(st.sampled_from(sample.differentiable))
    rng = np.random.default_rng(seed)
    x = sample.inputs[position]
    assume(x.size > 0)
    w = rng.uniform(0.5, 1.5, np.shape(op.forward(*sample.inputs, **sample.params)))

    def cost(x: Any) -> Any:
        inputs = [x if i == position else other for i, other in enumerate(sample.inputs)]
        return np.sum(w * apply(op, inputs, sample.params))

    expected = np.ravel(cg.grad(cost)(x))
    assume(np.any(expected != 0))
    out = apply(op, list(sample.inputs), sample.params)
    found = slopes_of(cost, x, noise=4 * EPS * float(np.sum(w * np.abs(out))))  # the terms of the sum may cancel
    assert found is not None
    scale = np.max(np.abs(expected))
    exact = found.errors < 1e-10 * scale
    assert np.all(exact | (np.abs(expected) < 1e-2 * scale))
    assert np.all(np.abs(found.slopes - expected)[exact] <= 8 * found.errors[exact] + 100 * EPS * scale)


def network(W: Any, b: Any, X: Any, Y: Any) -> Any:
    A = 1 / (1 + np.exp(-(W @ np.tanh(X) + b)))
    return -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A)) + 0.01 * np.sum(W**2)


@given(seed=SEEDS, by_directions=st.booleans())
def test_a_network_s_gradient_is_confirmed_to_the_last_digits(seed: int, by_directions: bool) -> None:
    rng = np.random.default_rng(seed)
    W, b, X = rng.normal(size=(2, 3)), rng.normal(size=(2, 1)), rng.normal(size=(3, 7))
    Y = (rng.random((2, 7)) < 0.5).astype(float)

    def cost(W: Any) -> Any:
        return network(W, b, X, Y)

    gradient = cg.grad(cost)(W)
    if by_directions:
        along = directional_slopes(cost, W)
        found: Any = complex_slopes(cost, W, along)
        apart = np.abs(found.along(gradient) - found.slopes)
    else:
        found = slopes_of(cost, W)
        apart = np.abs(found.slopes - gradient.ravel())
    assert np.all(apart <= 4 * found.errors + 64 * EPS)
    assert np.all(found.errors < 1e-13)


@given(seed=SEEDS, size=st.sampled_from([1e-100, 1e-3, 1.0, 1e100]))
def test_the_step_is_small_for_parameters_of_any_size(seed: int, size: float) -> None:
    w = np.random.default_rng(seed).normal(size=4) * size
    found = slopes_of(lambda w: np.sum(w**2), w)
    assert np.all(np.abs(found.slopes - 2 * w) <= found.errors)
    assert np.all(found.errors <= 1e-12 * size)


def test_a_sum_that_cancels_says_so() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=1000) * 1e8
    x[-1] -= np.sum(x)
    found = slopes_of(lambda w: np.sum(np.sin(w) * x) + np.exp(w), np.array(0.3))
    expected = np.cos(0.3) * float(np.sum(x.astype(np.longdouble))) + np.exp(0.3)
    if found is not None:  # what the central difference can say here is little
        assert abs(found.slopes[0] - expected) <= 8 * found.errors[0]
        assert found.errors[0] > 1e-12


# ----------------------------------------------------------------------------------------------- what would lie is left


def converted(w: Any) -> Any:
    return np.sum(np.asarray(w, dtype=float) ** 2)


def kept_in_a_real_array(w: Any) -> Any:
    return np.sum(np.tanh(w.astype(float)))


def changed_for_complex_numbers(w: Any) -> Any:
    return np.sum(w**3 * (1 + 1e-5 * (isinstance(w, np.ndarray) and w.dtype.kind == "c")))


def real_where_it_was_complex(w: Any) -> Any:
    return np.sum(w.real**3) if isinstance(w, np.ndarray) else np.sum(w**3)


def contract(w: Any) -> Any:
    """A person's op with the name of one of the package's."""
    return np.sum(np.abs(w))


LIES: dict[str, Any] = {
    "abs": lambda w: np.sum(np.abs(w)),
    "norm": np.linalg.norm,
    "vdot": lambda w: np.vdot(w, w),
    "real": lambda w: np.sum(w.real**2),
    "conj": lambda w: np.sum(np.conj(w) * w),
    "the method conj": lambda w: np.sum(w.conj() * w),
    "var": lambda w: np.var(w),
    "std": lambda w: np.std(w),
    "sign": lambda w: np.sum(np.sign(w) * w),
    "abs, a little of it": lambda w: np.sum(np.tanh(w)) + 1e-12 * np.sum(np.abs(w)),
    "vdot, a little of it": lambda w: np.sum(np.tanh(w)) + 1e-12 * np.vdot(w, w),
    "real, a little of it": lambda w: np.sum(np.tanh(w)) + 1e-12 * np.sum(w.real),
    "sigmoid": lambda w: np.sum(cg.sigmoid(w)),
    "hypot": lambda w: np.sum(np.hypot(w, 1.0)),
    "another conversion": kept_in_a_real_array,
    "a conversion": converted,
    "a cost of its own for complex numbers": changed_for_complex_numbers,
    "a real result": real_where_it_was_complex,
    "a parameter that is not used": lambda w: 3.0,
}


@pytest.mark.parametrize("name", LIES)
def test_code_that_would_lie_about_complex_numbers_is_not_believed(name: str) -> None:
    w = np.array([0.3, -0.7, 1.1])
    assert slopes_of(LIES[name], w) is None


def test_a_person_s_op_is_not_taken_for_analytic() -> None:
    declared = cg.differentiable(
        lambda grad, out, w: grad * np.sign(w), domain=(0.5, 1), elementwise=False, calls=(cg.call("a"),)
    )(contract)
    try:
        assert not is_analytic(declared, np.ones(2))
        assert is_analytic(np.sum, np.ones(2))
    finally:
        del cg.OPS[declared]


def test_a_slope_that_the_central_difference_tells_nothing_about_is_not_confirmed() -> None:
    w = np.array([0.3, -0.7])
    assert slopes_of(lambda w: np.sum(np.exp(w)), w) is not None
    assert slopes_of(lambda w: np.sum(np.exp(w)), w, noise=1.0) is None


@pytest.mark.parametrize("weight", [1.0, 1e-6, 1e-10])
@pytest.mark.parametrize(
    "relu", [lambda z: np.maximum(z, 0), lambda z: z * (z > 0), lambda z: z * (z >= 0), lambda z: np.where(z > 0, z, 0)]
)
def test_at_a_kink_it_claims_nothing_that_the_two_sides_contradict(relu: Any, weight: float) -> None:
    """The slope at 0 is anything from 0 to 1, however small its part in the cost."""
    w = np.array([0.0, 0.5])

    def cost(w: Any) -> Any:
        return np.sum(np.exp(w)) + weight * np.sum(relu(w))

    found = slopes_of(cost, w)
    for one_sided in (1.0, 1.0 + weight):
        assert abs(found.slopes[0] - one_sided) <= 8 * found.errors[0]
    assert abs(found.slopes[1] - (np.exp(0.5) + weight)) <= found.errors[1] < 1e-13


def test_it_does_not_step_into_the_array_that_it_was_given() -> None:
    w = np.array([0.3, 0.4])
    w.setflags(write=False)

    def careless(w: Any) -> Any:
        if isinstance(w, np.ndarray):
            w *= 2
        else:
            w = w * 2
        return np.sum(np.exp(w))

    found = slopes_of(careless, w)
    np.testing.assert_allclose(found.slopes, 2 * np.exp(2 * w), rtol=1e-14)
    assert w.tolist() == [0.3, 0.4]
