"""Forward mode agrees with reverse mode: <v, J t> = <J' v, t>, for every op and through whole programs."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import ShapeError
from tests.sampling import PER_OP, SEEDS, apply, real_sum, samples

every_op = pytest.mark.parametrize("op", list(cg.OPS.values()), ids=lambda op: op.name)


def as_number(x: Any) -> Any:
    """An array, or the Python float that a person would give for one of no axes."""
    return x if x.ndim or x.dtype == bool else float(x)


@every_op
@PER_OP
@given(data=st.data(), seed=SEEDS)
def test_the_adjoint_identity(op: cg.Op, data: st.DataObject, seed: int) -> None:
    sample = data.draw(samples(op))
    rng = np.random.default_rng(seed)
    inputs = [as_number(x) for x in sample.inputs]
    places = sample.differentiable
    primals = [inputs[i] for i in places]

    def f(*given_: Any) -> Any:
        arguments = list(inputs)
        for i, x in zip(places, given_, strict=True):
            arguments[i] = x
        return apply(op, arguments, sample.params)

    tangents = [rng.normal(size=np.shape(x)) if np.shape(x) else float(rng.normal()) for x in primals]
    value, tangent = cg.jvp(f, primals, tangents)
    assert np.shape(tangent) == np.shape(value)
    v = rng.normal(size=np.shape(value))
    _, pull = cg.vjp(f, *primals)
    pulled = pull(v if np.shape(v) else float(v))
    left = float(real_sum(v * tangent))
    terms = [np.sum(p * t) for p, t in zip(pulled, tangents, strict=True)]
    scale = sum(float(np.sum(np.abs(p * t))) for p, t in zip(pulled, tangents, strict=True))
    assert left == pytest.approx(float(np.sum(terms)), rel=0, abs=1e-10 * (scale + float(np.sum(np.abs(v * tangent)))))


def network(W1: Any, b1: Any, W2: Any) -> Any:
    return np.sum(W2 @ np.tanh(W1 @ np.ones((3, 5)) + b1), axis=0)


def test_a_program_of_several_ops_and_the_dtype_of_the_result() -> None:
    rng = np.random.default_rng(0)
    primals = [rng.normal(size=s) for s in ((4, 3), (4, 1), (2, 4))]
    tangents = [rng.normal(size=x.shape) for x in primals]
    value, tangent = cg.jvp(network, primals, tangents)
    h = 1e-6
    ahead = network(*[x + h * t for x, t in zip(primals, tangents, strict=True)])
    behind = network(*[x - h * t for x, t in zip(primals, tangents, strict=True)])
    assert np.allclose(tangent, (ahead - behind) / (2 * h), atol=1e-8)
    assert np.array_equal(value, network(*primals))
    single = cg.jvp(network, [x.astype(np.float32) for x in primals], tangents)
    assert single[1].dtype == np.float32 or single[0].dtype == single[1].dtype


def test_a_result_that_ignores_its_argument_does_not_move() -> None:
    assert cg.jvp(lambda x: 3.0, [2.0], [1.0]) == (3.0, 0.0)
    value, tangent = cg.jvp(lambda x: np.sign(x), [np.array([1.0, -2.0])], [np.ones(2)])
    assert (value.tolist(), tangent.tolist()) == ([1.0, -1.0], [0.0, 0.0])


def test_modes_nest_without_confusing_their_perturbations() -> None:
    assert cg.jvp(lambda x: x * cg.jvp(lambda y: x + y, [1.0], [1.0])[1], [1.0], [1.0])[1] == 1.0
    assert cg.grad(lambda x: cg.jvp(lambda y: x * y * y, [3.0], [1.0])[1])(2.0) == 6.0
    assert cg.jvp(cg.grad(lambda x: x**3), [2.0], [1.0])[1] == 12.0
    assert cg.grad(lambda t: cg.jvp(lambda x: x**2, [3.0], [t])[1])(1.0) == 6.0
    deep = cg.grad(lambda W: np.sum(cg.jvp(lambda V: np.sum(V @ W, axis=0), [np.eye(2)], [np.ones((2, 2))])[1]))
    assert np.array_equal(deep(np.ones((2, 3))), np.full((2, 3), 2.0))


def test_mistakes_of_use_are_told() -> None:
    with pytest.raises(ShapeError, match=r"primals of shapes \[\(2,\)\] and tangents of shapes \[\(3,\)\]"):
        cg.jvp(np.sin, [np.ones(2)], [np.ones(3)])
    with pytest.raises(ShapeError, match="tangents"):
        cg.jvp(np.sin, [np.ones(2)], [])
