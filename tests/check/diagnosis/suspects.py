"""Wrong gradients to examine: of costs that make any array the right one, and of ordinary ones."""

from __future__ import annotations

from typing import Any

import numpy as np

import compgraph as cg
from compgraph.check.averaging import averaged_over
from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.check.explanation import KINDS, Explanation
from compgraph.check.problem import Problem
from compgraph.check.scene import Scene
from compgraph.check.wrong_step import find_wrong_steps


def suspect_of(cost: Any, manual: Any, at: Any, name: str | None = None, data: Any = None) -> Suspect:
    """The gradient with respect to the first parameter, or another, as the families of slips are given it."""
    problem = Problem(cost, manual, at, data=data)
    scene = Scene(problem, problem.parameters)
    examples = next(iter(averaged_over(scene.output)), None)
    return Suspect(scene, find_wrong_steps(scene).steps, name or problem.names[0], 0.0, examples)


def with_gradient(right: Any, manual: Any) -> Suspect:
    """Whatever the right gradient is to be: that of Σ right · w."""
    right = np.asarray(right)
    return suspect_of(lambda w: np.sum(right * w), {"dw": manual}, {"w": np.zeros_like(right, dtype=np.float64)})


def told(cost: Any, manual: Any, at: Any, name: str | None = None, data: Any = None) -> tuple[Explanation, ...]:
    """What the comparison says of a gradient, the first or another."""
    with np.errstate(all="ignore"):
        found = cg.compare(cost, manual, at, data=data)
    row = next((row for row in found if row.name == name), found.rows[0])
    assert row.verdict == "wrong", f"\n{found}"
    assert_mends(row.explanations, row.manual, row.autodiff)
    return row.explanations


def told_of(right: Any, manual: Any) -> tuple[Explanation, ...]:
    """What is said of a gradient given as an array, where the right one may be any."""
    right = np.asarray(right)
    at = {"w": np.zeros_like(right, dtype=np.float64)}
    return told(lambda w: np.sum(right * w), {"dw": manual}, at)


def assert_mends(guesses: Any, manual: Any, right: Any) -> None:
    """That the fix of each guess or explanation makes the right gradient of the person's."""
    for guess in guesses:
        assert guess.kind in KINDS
        assert isinstance(guess, Explanation | Guess)
        with np.errstate(all="ignore"):
            mended = np.asarray(guess.fix(np.asarray(manual)))
        assert mended.shape == np.shape(right), guess
        largest = max(np.max(np.abs(right), initial=0.0), 1e-300)
        np.testing.assert_allclose(mended, right, rtol=0, atol=1e-8 * largest, err_msg=str(guess))


def numbers(shape: tuple[int, ...], seed: int) -> Any:
    """Numbers of both signs and moderate size, no two equal."""
    return np.random.default_rng(seed).permutation(np.linspace(-2.9, 3.1, int(np.prod(shape)))).reshape(shape)
