"""A cost, a gradient and the ways of calling them: parameters, data and gradients in every form."""

from __future__ import annotations

import functools
from collections import OrderedDict, namedtuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.problem import Problem, checked, copy
from compgraph.errors import DtypeError, GradientError, ShapeError

Pair = namedtuple("Pair", ["W", "b"])
Gradients = namedtuple("Gradients", ["dW", "db"])

W, b = np.array([[1.0, 2.0]]), np.array([3.0])
X, y = np.array([4.0, 5.0]), 6.0


def cost(W, b, X, y):
    return np.sum((W @ X + b - y) ** 2)


def manual(W, b, X, y):
    e = W @ X + b - y
    return {"dW": 2 * e[:, None] * X, "db": 2 * e}


PARAMETERS: dict[str, Any] = {
    "a dict": {"W": W, "b": b},
    "an ordered dict": OrderedDict([("b", b), ("W", W)]),
    "a list": [W, b],
    "a tuple": (W, b),
    "a named tuple": Pair(W, b),
}
DATA: dict[str, Any] = {"a dict": {"X": X, "y": y}, "a list": [X, y], "a tuple": (X, y)}
FORMS: dict[str, Any] = {
    "d and the name": lambda g: g,
    "the name": lambda g: {name[1:]: value for name, value in g.items()},
    "a named tuple": lambda g: Gradients(**g),
    "a tuple": lambda g: (g["dW"], g["db"]),
    "a list": lambda g: [g["dW"], g["db"]],
}


@given(
    at=st.sampled_from(sorted(PARAMETERS)),
    data=st.sampled_from(sorted(DATA)),
    form=st.sampled_from(sorted(FORMS)),
    as_values=st.booleans(),
    wrt=st.sampled_from([None, ["W"], ["b"], ["W", "b"], ["b", "W"]]),
)
def test_every_way_of_giving_parameters_data_and_gradients(at, data, form, as_values, wrt):
    """The same problem, however it is written down."""

    def derived(*args, **kwargs):
        right = manual(*args, **kwargs)
        if form in ("a tuple", "a list"):
            return FORMS[form](right) if wrt is None and at != "an ordered dict" else [right[f"d{n}"] for n in chosen]
        return FORMS[form](right)

    chosen = wrt or list(PARAMETERS[at] if isinstance(PARAMETERS[at], dict) else Pair._fields)
    given_by_hand = derived(W, b, X, y) if as_values else derived
    problem = Problem(cost, given_by_hand, PARAMETERS[at], wrt, DATA[data])
    assert problem.chosen == chosen
    assert sorted(problem.names) == ["W", "b"]
    assert problem.data == {"X": X, "y": y}
    assert problem.call(cost, problem.parameters) == cost(W, b, X, y)
    found = problem.given(given_by_hand if as_values else problem.call(derived, problem.parameters))
    assert list(found) == chosen
    for name in chosen:
        np.testing.assert_array_equal(found[name], manual(W, b, X, y)[f"d{name}"])
    comparison = cg.compare(cost, given_by_hand, PARAMETERS[at], wrt=wrt, data=DATA[data])
    assert [row.name for row in comparison] == [f"d{name}" for name in chosen]
    assert comparison.ok


def test_one_array_or_number_need_not_be_put_into_a_list():
    assert Problem(lambda w: np.sum(w), None, np.ones(2)).names == ("w",)
    assert Problem(lambda w: w, None, 3.0).parameters == [3.0]
    data: Any = X
    assert Problem(lambda w, X: w @ X, None, np.ones(2), data=data).data.keys() == {"X"}


def test_names_where_a_function_does_not_tell_them():
    assert Problem(lambda *args: args[0], None, [1.0]).names == ("p0",)
    assert Problem(lambda w, *args: w, None, [1.0, 2.0]).names == ("p0", "p1")
    assert Problem(max, None, [1.0, 2.0]).names == ("p0", "p1")
    assert Problem(np.vdot, None, [np.ones(2), np.ones(2)]).arguments([1, 2]) == ((1, 2), {})
    assert Problem(functools.partial(lambda k, w: k * w, 2.0), None, [3.0]).names == ("w",)


def test_data_that_the_cost_has_no_names_for_is_passed_by_place():
    problem = Problem(lambda *args: args[0] * args[1], None, [2.0], data=[3.0])
    assert problem.arguments([2.0]) == ((2.0, 3.0), {})
    assert problem.call(problem.cost, [2.0]) == 6.0


def test_keyword_only_data():
    problem = Problem(lambda w, *, lam: w * lam, None, [2.0], data=[3.0])
    assert problem.arguments([2.0]) == ((2.0,), {"lam": 3.0})


def test_neither_function_can_change_the_data_of_the_other():
    data = {"X": np.ones(3)}

    def careless(w, X):
        X *= 0
        return {"dw": 2.0 * X}

    found = cg.compare(lambda w, X: w * np.sum(X), careless, {"w": 2.0}, data=data)
    assert not found.ok
    assert data["X"].tolist() == [1.0, 1.0, 1.0]
    assert found.rows[0].autodiff == 3.0
    array = np.ones(2)
    assert copy(array) is not array
    assert copy(data) is data


def test_what_was_given_besides_the_gradients():
    problem = Problem(lambda W: np.sum(W), None, {"W": W})
    returned = {"dW": W, "dZ": 1, "Z": 2, "d": 3, 4: 5, "cost": 6, "dZ2": [7.0]}
    assert problem.further(returned) == {"Z": 1, "Z2": [7.0]}
    assert problem.further([W]) == {}
    assert problem.by_variable(returned)["W"] is W
    assert problem.by_variable([W])["W"] is W
    assert problem.by_variable(W)["W"] is W
    assert problem.by_variable({"W": W, "dZ": 1}) == {"Z": 1, "W": W}


def test_an_intermediate_of_a_named_tuple():
    Steps = namedtuple("Steps", ["dW", "dZ"])
    problem = Problem(lambda W: np.sum(W), None, {"W": W})
    assert problem.further(Steps(W, 3.0)) == {"Z": 3.0}


@pytest.mark.parametrize(
    ("value", "match"),
    [
        ("abc", "dw is str, not an array of real numbers"),
        (None, "dw is NoneType"),
        (np.array([1, None]), "dw is ndarray"),
        ([[1.0], [2.0, 3.0]], "dw is no array"),
        ({1, 2}, "dw is set"),
        (np.ones(2) * 1j, "dw is ndarray"),
        (np.ones(2, bool), "dw is ndarray"),
        (cg.Variable(1.0), "dw is no array: turning a node into a plain array"),
    ],
)
@pytest.mark.parametrize("of", ["parameter", "intermediate"])
def test_what_is_no_array_of_real_numbers_is_refused_by_name(value, match, of):
    with pytest.raises(DtypeError, match=match):
        checked({"w": value})

    def with_steps(v):
        w = v * 2
        return np.sum(w)

    manual = {"dw": value} if of == "parameter" else {"dv": np.full(2, 2.0), "dw": value}
    cost_of = (lambda w: np.sum(w)) if of == "parameter" else with_steps
    at = {"w" if of == "parameter" else "v": np.ones(2)}
    with pytest.raises(DtypeError, match=match):
        cg.compare(cost_of, manual, at)


@pytest.mark.parametrize("value", [3, 2.5, [1, 2], (1.0,), np.float32(1), np.ones(2, np.int8), np.ones((0, 2)), []])
def test_numbers_lists_and_arrays_are_gradients(value):
    assert checked({"w": value})["w"] is value


def test_mistakes_of_use_are_told_before_anything_is_called():
    def never(*args, **kwargs):
        raise AssertionError("called")

    with pytest.raises(GradientError, match=r"wrt: there is no parameter 'c'; the parameters are W, b"):
        Problem(never, never, {"W": W, "b": b}, wrt=["c"])
    with pytest.raises(GradientError, match=r"cost is called with the parameters W by name and the data lam and takes"):
        Problem(lambda W: W, never, {"W": W}, data={"lam": 1.0})
    with pytest.raises(GradientError, match="the hand-derived function is called with 1 parameters and takes"):
        Problem(never, lambda: None, [W])
    with pytest.raises(GradientError, match=r"no dW; they are called dw, db"):
        Problem(never, {}, {"W": W}).given({"dw": W, "db": b})
    with pytest.raises(ShapeError, match=r"2 hand-derived gradients for 1 parameters \(W\)"):
        Problem(never, {}, {"W": W}).given([W, b])
