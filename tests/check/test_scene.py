"""A comparison at one place: nodes by name, intermediates matched to them, numbers and arrays by name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.problem import Problem
from compgraph.check.scene import Scene
from compgraph.errors import GradientError
from compgraph.testing import expressions


def scene_of(cost, manual, at, **kwargs):
    problem = Problem(cost, manual, at, **kwargs)
    return Scene(problem, problem.parameters)


@given(f=expressions(), wrong=st.booleans())
def test_the_engine_s_gradients_of_a_random_function_and_of_its_steps(f, wrong):
    names = [step.name for step in f.steps]

    def cost(*args):
        return np.sum(f(*args))

    at = f.arguments
    y = f(*[cg.Variable(x) for x in at])
    zeros = {f"d{name}": 0.0 for name in names}
    manual = {**{f"dp{i}": x for i, x in enumerate(at)}, **zeros}
    scene = scene_of(cost, manual, at)
    assert y.shape == scene.node(names[-1]).shape
    wanted = [scene.node(name) for name in scene.autodiff]
    for name, expected in zip(scene.autodiff, cg.gradients(scene.output, wanted), strict=True):
        np.testing.assert_array_equal(scene.autodiff[name], expected)
    assert scene.intermediates.keys() == set(names)
    np.testing.assert_array_equal(scene.autodiff[names[-1]], np.ones(y.shape))
    assert [np.shape(value) for _, value in scene.leaves_by_value()] == [x.shape for x in at]


def test_names_numbers_and_arrays():
    lam = 0.5

    def cost(w, X):
        m = X.shape[1]
        Z = [None, w @ X]
        A1 = np.tanh(Z[1])
        return np.sum(A1**2) / m + lam * np.sum(w**2)

    def manual(w, X):
        examples = X.shape[1]
        mask = np.ones(3)
        return {"dw": w * np.sum(mask) / examples, "dZ1": 1.0, "dA1": 2.0, "dB": 3.0}

    scene = scene_of(cost, manual, {"w": np.ones((2, 3))}, data={"X": np.ones((3, 4))})
    assert scene.names[scene.nodes["Z[1]"]] == "Z[1]"
    assert scene.node_called("Z1") is scene.nodes["Z[1]"]
    assert scene.node("w") is scene.leaves["w"]
    assert scene.node_called("Q") is None
    assert scene.intermediates == {"Z1": 1.0, "A1": 2.0}
    assert scene.unknown == ("B",)
    assert scene.numbers == {"m": 4, "examples": 4, "lam": 0.5}
    assert scene.arrays.keys() == {"X"}
    assert scene.locals.keys() >= {"mask", "w"}
    assert (scene.given("w").shape, scene.given("A1")) == ((2, 3), 2.0)


def test_a_parameter_that_the_cost_renames_or_reuses_is_itself():
    def cost(w):
        w = w * 2.0
        alias = w
        return np.sum(alias * w)

    scene = scene_of(cost, lambda w: w, {"w": np.ones(2)})
    assert scene.nodes["w"] is scene.leaves["w"]
    assert scene.leaves["w"].op is None


def test_functions_are_called_with_copies():
    w = np.ones(2)

    def manual(w):
        w += 1
        return w

    scene = scene_of(lambda w: np.sum(w), manual, {"w": w})
    assert w.tolist() == [1.0, 1.0]
    assert scene.manual["w"].tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    ("cost", "match"),
    [
        (lambda w: w * 2, r"the cost has shape \(2,\)"),
        (lambda w: 3.0, "does not depend"),
        (lambda w: np.sum(w) * np.nan, "the cost is nan"),
        (lambda w: np.sum(w) * np.inf, "the cost is inf"),
    ],
)
def test_a_cost_without_a_gradient_is_refused(cost, match):
    with pytest.raises(GradientError, match=match):
        scene_of(cost, lambda w: w, {"w": np.ones(2)})
