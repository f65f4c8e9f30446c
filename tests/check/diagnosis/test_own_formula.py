"""The person's formula as a tape: evaluated again it is itself, and with other values what NumPy gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.check.diagnosis.own_formula import own_formula
from compgraph.check.problem import Problem
from compgraph.check.scene import Scene
from compgraph.testing import expressions
from tests.check.diagnosis.suspects import numbers, suspect_of


def scene_of(cost: Any, manual: Any, at: Any) -> Scene:
    problem = Problem(cost, manual, at)
    return Scene(problem, problem.parameters)


@given(f=expressions(), data=st.data())
def test_evaluated_again_it_is_what_it_was(f, data):
    def cost(*args):
        return sum(np.sum(x) for x in args)

    scene = scene_of(cost, lambda *args: [f(*args), *args[1:]], f.arguments)
    formula = own_formula(scene, scene.problem.names[0])
    assert formula is not None
    np.testing.assert_array_equal(formula.with_values({}), f(*f.arguments))
    assert formula.nodes[f.steps[-1].name] is formula.result
    node = data.draw(st.sampled_from(formula.tape.nodes))
    np.testing.assert_array_equal(formula.with_values({node: node.value}), f(*f.arguments))
    for name, node in formula.nodes.items():
        assert formula.names[node] in formula.nodes
        assert formula.nodes[formula.names[node]] is node or name


def test_other_values_go_on_from_where_they_are_put():
    scene = scene_of(lambda w: np.sum(w), lambda w: {"dw": (z := w * 2) + np.sin(z), "z": z}, {"w": np.ones(3)})
    formula = own_formula(scene, "w")
    assert formula is not None
    z = formula.nodes["z"]
    x = numbers((3,), 0)
    np.testing.assert_allclose(formula.with_values({z: x}), x + np.sin(x))
    assert formula.with_values({z: np.ones((3, 2, 2))}) is not None
    (w,) = formula.tape.leaves
    assert formula.with_values({w: np.array(["a"] * 3)}) is None


def writes(w: Any) -> Any:
    dw = np.zeros_like(w)
    dw[0] = w[0]
    return dw


def raises(w: Any) -> Any:
    if not isinstance(w, np.ndarray):
        raise KeyError("no array")
    return w


@pytest.mark.parametrize("manual", [writes, raises, lambda w: w.tolist(), lambda w: np.ones(3), np.ones(3)])
def test_a_function_that_does_not_run_on_nodes_has_no_formula(manual):
    scene = Scene(Problem(lambda w: np.sum(w), {"dw": np.ones(3)}, {"w": np.ones(3)}), [np.ones(3)])
    scene.problem.manual = manual
    assert own_formula(scene, "w") is None or manual is writes  # the engine may follow what is written


def test_a_suspect_has_its_formula():
    suspect = suspect_of(lambda w: np.sum(w**2), lambda w: w * 3, {"w": np.ones(2)})
    assert suspect.formula is not None
    np.testing.assert_array_equal(suspect.formula.with_values({}), [3.0, 3.0])
    assert suspect_of(lambda w: np.sum(w**2), [np.ones(2)], {"w": np.ones(2)}).formula is None
