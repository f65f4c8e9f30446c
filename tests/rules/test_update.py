"""Updates by index: NumPy's own assignments on a copy, gradients entry by entry, and nothing changed in place.

The two ops are in the registry as well, so tests/rules/test_every_op.py has checked their derivatives by finite
differences; here every kind of index is tried, and each entry's cotangent is found by looking where it went.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices, integer_array_indices

import compgraph as cg
from compgraph.errors import DtypeError, MissingRuleError, MutationError, ShapeError

Variable: Any = cg.Variable


def assigned(x: Any, index: Any, v: Any) -> Any:
    x = x.copy()
    x[index] = v
    return x


def accumulated(x: Any, index: Any, v: Any) -> Any:
    x = x.copy()
    while np.ndim(v) > np.ndim(x[index]):  # which an assignment does of itself
        v = v[0]
    np.add.at(x, index, v)
    return x


def jacobians(update: Callable[[Any, Any, Any], Any], x: Any, index: Any, v: Any) -> tuple[Any, Any]:
    """Of a linear update by x and by v: its results at the unit vectors of one, the other being zero."""
    by_x = [update(e.reshape(x.shape), index, 0.0 * v) for e in np.eye(x.size)]
    by_v = [update(0.0 * x, index, e.reshape(v.shape)) for e in np.eye(v.size)]
    return np.reshape(by_x, (*x.shape, x.size)), np.reshape(by_v, (*v.shape, x.size))


def check(shape: tuple[int, ...], index: Any, values: tuple[int, ...] | None = None) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(1, 9, shape).astype(float)
    v = rng.integers(1, 9, np.shape(x[index]) if values is None else values).astype(float)
    for name, update in (("set", assigned), ("add", accumulated)):
        expected = update(x, index, v)
        X, V = Variable(x), Variable(v)
        for a in (x, X):
            for b in (v, V):
                y = getattr(cg.at(a)[index], name)(b)
                assert isinstance(y, cg.Node) == (a is X or b is V)
                np.testing.assert_array_equal(y.value if isinstance(y, cg.Node) else y, expected, strict=True)
        w = rng.integers(1, 9, shape).astype(float)
        by_x, by_v = jacobians(update, x, index, v)
        found = cg.gradients(y, [X, V], seed=w)
        np.testing.assert_array_equal(found[0], by_x @ w.ravel())
        np.testing.assert_array_equal(found[1], by_v @ w.ravel())
        # second order, and forward mode: of y³, of which the derivatives are exact in whole numbers
        slopes = cg.gradients(y * y * y, [X, V], seed=w, create_graph=True)
        flat = (6 * w * expected).ravel()
        for slope, rows in zip(slopes, (by_x, by_v), strict=True):
            curved = cg.gradients(slope, [X, V], seed=np.ones(slope.shape))
            for column, other in zip(curved, (by_x, by_v), strict=True):
                np.testing.assert_array_equal(column, other @ (flat * rows.reshape(slope.size, flat.size).sum(axis=0)))
        tangents = (rng.integers(1, 9, shape).astype(float), rng.integers(1, 9, v.shape).astype(float))
        _, pushed = cg.jvp(lambda a, b, name=name: getattr(cg.at(a)[index], name)(b), (x, v), tangents)
        np.testing.assert_array_equal(pushed, update(tangents[0], index, tangents[1]))


@given(shape=array_shapes(min_dims=1, max_dims=3, max_side=3), data=st.data())
def test_basic_indices(shape: tuple[int, ...], data: st.DataObject) -> None:
    check(shape, data.draw(basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)))


@given(shape=array_shapes(min_dims=1, max_dims=2, max_side=3), data=st.data())
def test_advanced_indices_with_places_named_more_than_once(shape: tuple[int, ...], data: st.DataObject) -> None:
    check(shape, data.draw(integer_array_indices(shape, result_shape=array_shapes(max_dims=2, max_side=3))))


@pytest.mark.parametrize(
    ("index", "values"),
    [
        (1, None),
        (-1, ()),
        ([0, 0, 2], (4,)),
        ([0, 0, 2], (3, 1)),
        ([0, 0, 2], ()),
        (([0, 0, 2], [1, 1, 1]), None),
        (np.array([[0, 0], [0, 0]]), (2, 4)),
        ((slice(None), [1, 1]), (3, 1)),
        ([True, False, True], None),
        ((np.array([True, False, True]), [0, 0]), None),
        (np.arange(12).reshape(3, 4) % 2 == 0, None),
        (np.arange(12).reshape(3, 4) % 2 == 0, ()),
        (np.zeros((3, 4), bool), None),
        ((), None),
        (..., (4,)),
        (None, (1, 3, 4)),
        ([], None),
        (slice(None, None, -2), (1, 4)),
        ((slice(5, 1), 0), None),
        ((0, slice(1, 3)), (1, 1, 2)),
    ],
    ids=repr,
)
def test_everything_numpy_assigns_by(index: Any, values: tuple[int, ...] | None) -> None:
    check((3, 4), index, values)


def test_of_a_place_named_twice_the_last_value_stays_and_has_the_derivative() -> None:
    x, v = cg.variables(x=[1.0, 2.0], v=[5.0, 6.0, 7.0])
    y = cg.at(x)[[0, 0, 0]].set(v)
    np.testing.assert_array_equal(y.value, [7.0, 2.0])
    np.testing.assert_array_equal(cg.gradients(np.sum(y * y), [v])[0], [0.0, 0.0, 14.0])
    places, values = np.array([[1, 0], [1, 1]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    for as_it_lies in (
        lambda a: a,
        np.asfortranarray,
        lambda a: np.flip(np.flip(a).copy()),
    ):  # NumPy's order follows it
        y = cg.at(x)[as_it_lies(places)].set(as_it_lies(values))
        np.testing.assert_array_equal(y.value, [2.0, 4.0])


UPDATES: dict[str, Callable[[Any, Any], Any]] = {
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "power": np.power,
    "min": np.minimum,
    "max": np.maximum,
}


@pytest.mark.parametrize("index", [1, (slice(None), 0), [0, 2], np.array([[True, False]] * 3)], ids=repr)
@pytest.mark.parametrize("name", UPDATES)
def test_the_other_updates_are_those_of_the_functions(name: str, index: Any) -> None:
    x = np.array([[1.0, 2.5], [3.0, 0.5], [2.0, 1.5]])
    v = np.array(2.2)
    function = UPDATES[name]
    found, pull = cg.vjp(lambda x, v: getattr(cg.at(x)[index], name)(v), x, v)
    expected, pull_by_hand = cg.vjp(lambda x, v: cg.at(x)[index].set(function(x[index], v)), x, v)
    np.testing.assert_array_equal(found, assigned(x, index, function(x[index], v)))
    np.testing.assert_array_equal(found, expected)
    w = np.arange(1.0, 7).reshape(3, 2)
    for gradient, wanted in zip(pull(w), pull_by_hand(w), strict=True):
        np.testing.assert_allclose(gradient, wanted, rtol=1e-15)


def test_a_function_of_the_entries() -> None:
    x = Variable([0.0, 4.0, 9.0])
    y = cg.at(x)[x > 1].apply(np.sqrt)  # the root of 0 is not computed at all
    np.testing.assert_array_equal(y.value, [0.0, 2.0, 3.0])
    np.testing.assert_array_equal(cg.gradients(np.sum(y), [x])[0], [1.0, 0.25, 1 / 6])


def test_subtract_accumulates_and_get_takes() -> None:
    x = Variable([1.0, 2.0])
    np.testing.assert_array_equal(cg.at(x)[[0, 0]].subtract([10.0, 100.0]).value, [-109.0, 2.0])
    assert cg.at(x)[1].get().value == 2.0
    assert cg.at(3.0)[()].get() == 3.0


@pytest.mark.parametrize("name", ["multiply", "divide", "power", "min", "max", "apply"])
def test_the_others_refuse_a_place_named_twice(name: str) -> None:
    x = np.array([1.0, 2.0, 3.0])
    given: Any = np.exp if name == "apply" else 2.0
    for a in (x, Variable(x)):
        with pytest.raises(MissingRuleError, match=rf"at\(x\)\[index\]\.{name} with an index that names a place more"):
            getattr(cg.at(a)[[0, -3]], name)(given)
        getattr(cg.at(a)[[0, -1]], name)(given)


def test_nothing_is_changed_in_place() -> None:
    x, v = np.array([1.0, 2.0, 3.0]), np.array([7.0, 8.0])
    for name in ("set", "add", "multiply"):
        y = getattr(cg.at(x)[:2], name)(v)
        assert not np.shares_memory(y, x)
        assert not np.shares_memory(y, v)
    np.testing.assert_array_equal(x, [1.0, 2.0, 3.0])
    with pytest.raises(MutationError, match=r"write y = compgraph\.at\(x\)\[i\]\.set\(v\)"):
        cg.at(x)[0] = 1.0
    with pytest.raises(MutationError, match=r"\.add\(v\)"):
        cg.at(x)[0] += 1.0


@pytest.mark.parametrize(
    ("x", "v", "dtype"),
    [
        (np.ones(2, np.float32), 2.5, np.float32),
        (np.ones(2, np.float32), np.array([2.5]), np.float32),
        (np.ones(2), np.array([2.5], np.float32), np.float64),
        (np.ones(2, int), 2, int),
        (np.ones(2, int), 2.5, np.float64),
        (np.ones(2, np.uint8), np.array([2], np.int64), np.uint8),
        (np.ones(2, np.float32), 1j, np.complex64),
        (np.ones(2), np.array([1j], np.complex64), np.complex128),
        (np.ones(2, np.complex64), 2.5, np.complex64),
    ],
)
def test_the_dtype_is_that_of_the_array_unless_it_would_cut_the_values(x: Any, v: Any, dtype: Any) -> None:
    for name, update in (("set", assigned), ("add", accumulated)):
        y = getattr(cg.at(x)[:1], name)(v)
        np.testing.assert_array_equal(y, update(x.astype(dtype), slice(1), v), strict=True)


def test_complex_entries() -> None:
    """Of L = Re(sum of w y): the cotangent of y is w, and that of a real array is its real part."""
    x, v = Variable([1.0, 2.0, 3.0]), Variable(np.array([1 + 2j, 3j]))
    w = np.array([1 + 1j, 2 - 1j, 3j])
    y = cg.at(x)[[2, 0]].set(v)
    by_x, by_v = cg.gradients(np.sum(np.real(w * y)), [x, v])
    np.testing.assert_array_equal(by_x, [0.0, 2.0, 0.0], strict=True)
    np.testing.assert_array_equal(by_v, [3j, 1 + 1j], strict=True)


def test_lists_and_nodes_as_arrays_values_and_indices() -> None:
    a, b = cg.variables(a=1.0, b=2.0)
    y = cg.at([0.0, 0.0, 5.0])[:2].set([a, b])
    np.testing.assert_array_equal(y.value, [1.0, 2.0, 5.0])
    y = cg.at([a, b, 5.0])[1].add(10)
    np.testing.assert_array_equal(y.value, [1.0, 12.0, 5.0])
    assert cg.gradients(y[1], [a, b]) == [0.0, 1.0]
    x = Variable([3.0, 1.0])
    assert cg.at(x)[np.argmax(x)].set(0.0).value.tolist() == [0.0, 1.0]
    number = cg.at(a)[()].set(b)
    assert number.value == 2.0
    assert cg.gradients(number, [a, b]) == [0.0, 1.0]


def test_what_does_not_fit_is_refused() -> None:
    x, v = cg.variables(x=[1.0, 2.0, 3.0], v=[1.0, 2.0])
    for name in ("set", "add"):
        with pytest.raises(
            ShapeError, match=rf"at\.{name} of x \(3,\) and v \(2,\): values of shape \(2,\) do not fill"
        ):
            getattr(cg.at(x)[:], name)(v)
        with pytest.raises(ShapeError, match=r"values of shape \(2,\) do not fill the entries of shape \(3,\)"):
            getattr(cg.at(np.ones(3))[:], name)(np.ones(2))
        with pytest.raises(IndexError, match="out of bounds"):
            getattr(cg.at(x)[3], name)(1.0)
        with pytest.raises(DtypeError):
            getattr(cg.at(x)[0], name)("a")
