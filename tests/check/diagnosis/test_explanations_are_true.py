"""Every explanation that is told is true: applied to the person's value it gives what follows from the steps before.

Slips are put at random into gradients that are right, and into single lines of hand-derived formulas. Whatever is said
of them, its ``fix`` must make the engine's gradient of the person's value; of a step that was given, and of what comes
after it, the gradient that follows from the person's own values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.explanation import KINDS
from compgraph.check.problem import Problem
from compgraph.check.report import Comparison
from compgraph.check.scene import Scene
from compgraph.check.wrong_step import find_wrong_steps
from compgraph.testing import expressions
from tests.slips.corpus import SLIPS
from tests.slips.problems import PROBLEMS

SEEDS = st.integers(0, 2**32)

SLIPS_OF_AN_ARRAY: dict[str, Callable[[Any, np.random.Generator], Any]] = {
    "the sign": lambda g, rng: -g,
    "twice": lambda g, rng: 2 * g,
    "a third": lambda g, rng: g / 3,
    "an odd factor": lambda g, rng: 1.2345 * g,
    "times a length": lambda g, rng: g * max(np.shape(g), default=1),
    "transposed": lambda g, rng: np.transpose(g),
    "axes moved": lambda g, rng: np.moveaxis(g, 0, -1) if np.ndim(g) else g,
    "reversed": lambda g, rng: np.flip(g),
    "reversed along the first": lambda g, rng: np.flip(g, 0) if np.ndim(g) else g,
    "permuted": lambda g, rng: rng.permutation(g) if np.ndim(g) else g,
    "rolled": lambda g, rng: np.roll(g, 1),
    "column by column": lambda g, rng: np.reshape(np.ravel(g), np.shape(g), order="F"),
    "flat": lambda g, rng: np.ravel(g),
    "an axis more": lambda g, rng: np.expand_dims(g, 0),
    "no axes of length 1": lambda g, rng: np.squeeze(g),
    "summed": lambda g, rng: np.sum(g),
    "averaged": lambda g, rng: np.mean(g),
    "summed along the first": lambda g, rng: np.sum(g, axis=0) if np.ndim(g) else g,
    "a column of the mean": lambda g, rng: np.mean(g, axis=0, keepdims=True) if np.ndim(g) else g,
    "the last forgotten": lambda g, rng: _changed(g, -1, 0.0),
    "the first doubled": lambda g, rng: _changed(g, 0, 2.0),
    "an entry off": lambda g, rng: _changed(g, (0,) * np.ndim(g), 3.0),
    "an entry missing": lambda g, rng: _changed(g, (-1,) * np.ndim(g), np.nan),
    "an infinite entry": lambda g, rng: _changed(g, (0,) * np.ndim(g), np.inf),
    "a constant added": lambda g, rng: g + 1,
    "squared": lambda g, rng: g * g,
    "nothing left": lambda g, rng: np.zeros_like(g),
    "noise": lambda g, rng: g + rng.normal(size=np.shape(g)),
    "its tanh": lambda g, rng: np.tanh(g),
    "cut off": lambda g, rng: np.maximum(g, 0),
}


def _changed(g: Any, index: Any, times: float) -> Any:
    if not np.ndim(g):
        return g * times
    changed = np.array(g)
    with np.errstate(invalid="ignore"):
        changed[index] *= times
    return changed


def assert_true(found: Comparison, expected: dict[str, Any], precision: float = 1e-8) -> None:
    """That every fix of a wrong row gives what is expected of it."""
    for row in found:
        for explanation in row.explanations:
            assert explanation.kind in KINDS
            with np.errstate(all="ignore"):
                mended = np.asarray(explanation.fix(row.manual))
            right = np.asarray(expected[row.name])
            assert mended.shape == right.shape, f"{explanation}\n{found}"
            largest = np.max(np.abs(right), initial=0.0) + np.max(row.tolerance, initial=0.0)
            np.testing.assert_allclose(
                mended, right, rtol=0, atol=precision * largest, err_msg=f"{explanation}\n{found}"
            )


def what_follows(problem: Problem) -> dict[str, Any]:
    """What follows for each gradient from those steps before it that were given."""
    scene = Scene(problem, problem.parameters)
    steps = find_wrong_steps(scene).steps
    names = [*scene.manual, *scene.intermediates]
    return {f"d{name}": steps.cotangents.get(scene.node(name), np.zeros(scene.node(name).shape)) for name in names}


@given(f=expressions(), slip=st.sampled_from(sorted(SLIPS_OF_AN_ARRAY)), seed=SEEDS, as_values=st.booleans())
def test_of_slips_in_the_gradients_of_random_functions(f, slip, seed, as_values):
    names = list(f.inputs)

    def cost(*args: Any) -> Any:
        y = f(*args)
        return np.sum(y * y)

    def manual(*args: Any) -> Any:
        right = [np.asarray(g) for g in cg.grad(cost, argnums=tuple(range(len(args))))(*args)]
        which = seed % len(names)
        right[which] = SLIPS_OF_AN_ARRAY[slip](right[which], np.random.default_rng(seed))
        return right

    with np.errstate(all="ignore"):
        given_by_hand = manual(*f.arguments) if as_values else manual
        found = cg.compare(cost, given_by_hand, at=f.arguments)
    assert_true(found, {row.name: row.autodiff for row in found})


@pytest.mark.parametrize("slip", SLIPS[::8], ids=str)
def test_of_the_corpus(slip):
    problem = PROBLEMS[slip.problem]
    at, data = problem.draw(np.random.default_rng(7), np.float64)
    manual = problem.written(slip.was, slip.written, tuple(slip.steps.split()))
    with np.errstate(all="ignore"):
        found = cg.compare(problem.cost, manual, at=at, data=data)
        expected = what_follows(Problem(problem.cost, manual, at, data=data))
    assert_true(found, expected)
