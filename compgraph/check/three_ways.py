"""The gradient of a cost three ways: by the engine, by the person's own formula, by nudging; and a verdict on each.

How close is close enough is not a constant: it is what rounding does to this very computation (see
compgraph.check.rounding), entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np

from compgraph.check import numeric_column
from compgraph.check.at_a_kink import settle_kinks
from compgraph.check.diagnosis.diagnose import diagnose
from compgraph.check.doubts import cost_again, reasons_for_doubt
from compgraph.check.problem import Data, Parameters, Problem
from compgraph.check.report import Comparison
from compgraph.check.rounding import Spread, rounding_spread
from compgraph.check.row import Row
from compgraph.check.scene import Scene
from compgraph.check.step_sweep import StepSweep, step_sweep
from compgraph.check.verdicts import AUTODIFF_DIFFERS, BOTH_DIFFER
from compgraph.check.wrong_step import find_wrong_steps, order_of_the_pass
from compgraph.errors import GradientError
from compgraph.reverse import gradients

__all__ = ["three_ways"]


def three_ways(
    cost: Callable[..., Any], manual: Any, at: Parameters, wrt: Sequence[str] | None, data: Data, every_entry: bool
) -> Comparison:
    """Compare a hand-derived gradient with the engine's and with nudged slopes: see :func:`compgraph.compare`."""
    problem = Problem(cost, manual, at, wrt, data)
    scene = Scene(problem, problem.parameters)
    spread = _spread(scene)
    rows = _rows(scene, spread)
    for name, row in rows.items():
        numeric_column.fill(scene, name, row, spread.output, every_entry)
    odd, notes = cost_again(scene, spread.output)
    if odd:
        for row in rows.values():
            row.doubt(odd)
    notes += _tell_steps(scene, rows)
    beside = settle_kinks(scene, rows, lambda other: _rows(other, _spread(other)))
    verdicts = {row.verdict for row in rows.values()}
    if not odd and verdicts & {BOTH_DIFFER, AUTODIFF_DIFFERS}:
        notes += reasons_for_doubt(scene, both=BOTH_DIFFER in verdicts)
    _explain(scene, beside, rows)
    order = order_of_the_pass(scene) if scene.intermediates else list(rows)
    return Comparison([rows[name] for name in order], notes, partial(_swept, scene))


def _tell_steps(scene: Scene, rows: dict[str, Row]) -> list[str]:
    """Mark the wrong steps of a pass that was given with its intermediates; notes on conventions."""
    notes = []
    if scene.intermediates:
        found = find_wrong_steps(scene)
        for name, factor in found.conventions.items():
            if name not in found.states:
                rows[name].call_convention(factor)
        for name, state in found.states.items():
            if rows[name].verdict == "wrong":
                rows[name].step = state
    for name in scene.unknown:
        notes.append(f"d{name} is given, and the cost function has no variable {name}: it was not compared")
    return notes


def _explain(scene: Scene, beside: Scene | None, rows: dict[str, Row]) -> None:
    """Look for the slips behind the wrong rows, but for those that are wrong only by inheritance."""
    tolerances = {name: row.tolerance for name, row in rows.items()}
    wrong = [name for name, row in rows.items() if row.verdict == "wrong" and row.step != "inherited"]
    for name, explanations in diagnose(scene, wrong, tolerances).items():
        rows[name].explanations = explanations
    unexplained = [name for name in wrong if not rows[name].explanations]
    if beside is not None:  # at the kink itself a formula may be off by its slip and by its convention
        for name, explanations in diagnose(beside, unexplained, tolerances).items():
            fixed = partial(_right_there, np.array(rows[name].autodiff))
            rows[name].explanations = tuple([each._replace(fix=fixed) for each in explanations])


def _right_there(right: Any, manual: Any) -> Any:
    """The fix of a slip that was found beside a kink: what is right at the kink is a convention."""
    return np.array(right)


def _spread(scene: Scene) -> Spread:
    """What rounding does to the cost and to each of its gradients."""
    return rounding_spread(scene.output, [scene.node(name) for name in scene.autodiff])


def _rows(scene: Scene, spread: Spread) -> dict[str, Row]:
    """A row for each gradient, with the verdict that rounding leaves."""
    spreads = dict(zip(scene.autodiff, spread.gradients, strict=True))
    rows = {name: Row(f"d{name}", scene.autodiff[name], scene.manual[name], spreads[name]) for name in scene.manual}
    for name, value in scene.intermediates.items():
        rows[name] = Row(f"d{name}", scene.autodiff[name], value, spreads[name], "intermediate")
    if any(row.verdict == "wrong" for row in rows.values()):
        losing = rounding_spread(scene.output, [scene.node(name) for name in rows], cancelling_slopes=True)
        for row, loss in zip(rows.values(), losing.gradients, strict=True):
            row.allow_for_cancellation(loss)
    for row in rows.values():
        row.doubt_digits()
    return rows


def _swept(scene: Scene, name: str | None, of: Literal["autodiff", "manual"]) -> StepSweep:
    """The step-size sweep along a direction of one parameter, or of all in one vector."""
    problem = scene.problem
    if name is not None and name not in problem.names:
        raise GradientError(f"there is no parameter {name!r}; the parameters are {', '.join(problem.names)}")
    moved = [name] if name is not None else [each for each in problem.names if np.size(scene.leaves[each].value)]
    start = [np.asarray(scene.leaves[each].value) for each in moved]
    ends = np.cumsum([value.size for value in start])[:-1]

    def along(vector: Any) -> Any:
        parts = dict(zip(moved, np.split(vector, ends), strict=True))
        parameters = [
            parts[each].reshape(np.shape(value)) if each in parts else np.array(value, dtype=np.float64)
            for each, value in scene.leaves_by_value()
        ]
        return problem.call(problem.cost, parameters)

    found = dict(zip(moved, gradients(scene.output, [scene.leaves[each] for each in moved]), strict=True))
    if of == "manual":
        for each in moved:
            manual = scene.manual.get(each, np.nan)
            shape = np.shape(found[each])
            if each not in scene.manual or np.shape(manual) != shape:
                raise GradientError(f"there is no hand-derived d{each} of shape {shape} to hold the slopes against")
            found[each] = manual
    gradient = np.concatenate([np.ravel(each) for each in found.values()])
    return step_sweep(along, np.concatenate([value.ravel() for value in start]), gradient)
