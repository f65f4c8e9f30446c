"""Every function that is declared by its composition, checked on the domain and the calls it declares itself.

Its value against NumPy's own; its first and second derivatives against finite differences. A composition that is
declared anywhere is tested here, with nothing more to write.
"""

from __future__ import annotations

import contextlib
import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import MissingRuleError
from compgraph.rules.composition import COMPOSED, Composition, value_of
from compgraph.rules.scipy_loading import load_scipy_rules
from tests.sampling import PER_OP, SEEDS, following, pieces, real_sum, shapes_of, sides, sizes_of, spread_over

with contextlib.suppress(ImportError):  # where it is not installed, test_scipy_special.py is skipped and says so
    import scipy.special  # noqa: F401
load_scipy_rules()

every_composition = pytest.mark.parametrize("composition", COMPOSED.values(), ids=lambda c: c.name)

STEP = 1e-3


@st.composite
def samples(draw: st.DrawFn, composition: Composition) -> tuple[list[Any], dict[str, Any]]:
    """Arrays and parameters to call a function with, in one of the ways that it declares."""
    call = draw(st.sampled_from(composition.calls))
    sizes = sizes_of(call.shapes, draw, sides(1))
    params = {name: following(value, sizes) for name, value in call.params.items()}
    rng = np.random.default_rng(draw(SEEDS))
    arrays = []
    for position, shape in enumerate(shapes_of(call.shapes, sizes)):
        interval: Any = composition.domain[min(position, len(composition.domain) - 1)]
        arrays.append(spread_over(pieces(interval, composition.kinks), int(np.prod(shape)), rng).reshape(shape))
    return arrays, params


def parts(result: Any) -> list[Any]:
    """The arrays and nodes of a result, which may be a list or a tuple of them."""
    if isinstance(result, (list, tuple)):
        return [part for each in result for part in parts(each)]
    return [result]


def nodes(result: Any) -> list[cg.Node]:
    return [part for part in parts(result) if isinstance(part, cg.Node)]


def total(composition: Composition, arrays: list[Any], params: dict[str, Any], seed: int) -> Any:
    """A number that depends on every entry of the result: their sum with random weights."""
    rng = np.random.default_rng(seed)
    terms = []
    for part in parts(composition.forward(*arrays, **params)):
        weights = rng.uniform(0.5, 1.5, np.shape(part)) * rng.choice([-1.0, 1.0], np.shape(part))
        if value_of(part) is not None and np.asarray(value_of(part)).dtype.kind in "fc":
            terms.append(real_sum(weights * part))
    return sum(terms)


def slope(f: Any, direction: list[Any], at: list[Any]) -> Any:
    def central(h: float) -> Any:
        ahead, behind = (f([x + s * h * d for x, d in zip(at, direction, strict=True)]) for s in (1, -1))
        return (ahead - behind) / (2 * h)

    return (4 * central(STEP / 2) - central(STEP)) / 3


def close(actual: Any, expected: Any) -> None:
    assert np.all(np.isfinite(expected)), f"the sample is no use: expected {expected}"
    assert np.shape(actual) == np.shape(expected)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-6 * (1 + np.max(np.abs(expected), initial=0.0)))


@every_composition
@PER_OP
@given(data=st.data())
def test_the_value_is_that_of_numpy(composition: Composition, data: st.DataObject) -> None:
    arrays, params = data.draw(samples(composition))
    expected = composition.forward(*arrays, **params)
    result = composition.forward(*[cg.Variable(x) for x in arrays], **params)
    assert type(result) is type(expected) or isinstance(result, cg.Node)
    assert nodes(result), "no part of the result is a node"
    for part, array in zip(parts(result), parts(expected), strict=True):
        assert (np.shape(part), np.asarray(value_of(part)).dtype) == (np.shape(array), np.asarray(array).dtype)
        np.testing.assert_allclose(value_of(part), array, rtol=1e-12, atol=1e-12)


@every_composition
@PER_OP
@given(data=st.data(), seed=SEEDS)
def test_first_derivatives(composition: Composition, data: st.DataObject, seed: int) -> None:
    arrays, params = data.draw(samples(composition))
    variables = [cg.Variable(x) for x in arrays]
    found = cg.gradients(total(composition, variables, params, seed), variables)
    for position, (x, gradient) in enumerate(zip(arrays, found, strict=True)):
        expected = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            direction = [np.zeros(a.shape) for a in arrays]
            direction[position][index] = 1.0
            expected[index] = slope(lambda at: total(composition, at, params, seed), direction, arrays)
        close(gradient, expected)


@every_composition
@PER_OP
@given(data=st.data(), seed=SEEDS)
def test_second_derivatives(composition: Composition, data: st.DataObject, seed: int) -> None:
    """The Hessian times a direction, against the change of the gradient along that direction."""
    arrays, params = data.draw(samples(composition))
    rng = np.random.default_rng(seed)
    direction = [rng.uniform(-1, 1, x.shape) for x in arrays]

    def gradient(at: list[Any], create_graph: bool = False) -> tuple[list[Any], list[cg.Node]]:
        variables = [cg.Variable(x) for x in at]
        output = total(composition, variables, params, seed)
        return cg.gradients(output, variables, create_graph=create_graph), variables

    first, variables = gradient(arrays, create_graph=True)
    along = sum(np.sum(g * v) for g, v in zip(first, direction, strict=True))
    found = cg.gradients(along, variables)
    for position, second in enumerate(found):
        expected = slope(lambda at, position=position: gradient(at)[0][position], direction, arrays)
        close(second, expected)


@every_composition
@PER_OP
@given(data=st.data(), seed=SEEDS)
def test_shapes_dtypes_and_memory(composition: Composition, data: st.DataObject, seed: int) -> None:
    """Single precision in, single precision out; gradients have the dtype and shape of their variables."""
    arrays, params = data.draw(samples(composition))
    arrays = [np.asarray(x, np.float32) for x in arrays]
    arrays = [x if x.ndim else x[()] for x in arrays]
    expected = parts(composition.forward(*arrays, **params))
    variables = [cg.Variable(x) for x in arrays]
    before = [x.tobytes() for x in arrays]
    result = composition.forward(*variables, **params)
    for part, array in zip(parts(result), expected, strict=True):
        if isinstance(part, cg.Node):
            assert part.dtype == np.asarray(array).dtype
        np.testing.assert_allclose(value_of(part), array, rtol=1e-4, atol=1e-4)
    found = cg.gradients(total(composition, variables, params, seed), variables)
    assert [x.tobytes() for x in arrays] == before
    for i, (x, gradient) in enumerate(zip(arrays, found, strict=True)):
        assert (np.shape(gradient), np.asarray(gradient).dtype) == (x.shape, x.dtype)
        assert not any(np.shares_memory(gradient, other) for other in (*arrays, *found[:i]))


def in_order(composition: Composition) -> tuple[str, ...] | None:
    """The names of the arguments that NumPy takes by position, where the tests call the function as it is."""
    if composition.forward is not composition.function or composition.signature is None:
        return None
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple([p.name for p in composition.signature.parameters.values() if p.kind in kinds])


@pytest.mark.parametrize("composition", [c for c in COMPOSED.values() if in_order(c)], ids=lambda c: c.name)
@PER_OP
@given(data=st.data())
def test_arguments_by_position(composition: Composition, data: st.DataObject) -> None:
    arrays, params = data.draw(samples(composition))
    names = in_order(composition)
    assert names is not None
    assert composition.signature is not None
    given_ = {**dict(zip(names, [cg.Variable(x) for x in arrays], strict=False)), **params}
    if any(name not in names for name in given_):
        return  # which has to be given by keyword
    last = max(names.index(name) for name in given_)
    defaults = composition.signature.parameters
    result = composition.function(*[given_.get(name, defaults[name].default) for name in names[: last + 1]])
    expected = composition.forward(*arrays, **params)
    for part, array in zip(parts(result), parts(expected), strict=True):
        np.testing.assert_allclose(value_of(part), array, rtol=1e-12, atol=1e-12)


def test_an_argument_that_the_definition_does_not_know() -> None:
    with pytest.raises(MissingRuleError, match=r"nansum\(\.\.\., out=\.\.\.\) cannot be differentiated"):
        np.nansum(cg.Variable([1.0, 2.0]), out=np.zeros(()))
    with pytest.raises(MissingRuleError, match="the arguments it can be differentiated with are: a, axis"):
        np.nansum(cg.Variable([1.0, 2.0]), 0, None, np.zeros(()))
