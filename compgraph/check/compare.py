"""Compare the gradient of a cost three ways: by the engine, by the person's own formula, by nudging.

``compare`` answers for each parameter whether the hand-derived gradient is right. How close is close enough is not a
constant: it is what rounding does to this very computation (see compgraph.check.rounding), entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from compgraph.check import numeric_column
from compgraph.check.at_a_kink import settle_kinks
from compgraph.check.diagnosis.diagnose import diagnose
from compgraph.check.doubts import cost_again, reasons_for_doubt
from compgraph.check.problem import Data, Parameters, Problem
from compgraph.check.report import Comparison
from compgraph.check.rounding import Spread, rounding_spread
from compgraph.check.row import BOTH_DIFFER, Row
from compgraph.check.scene import Scene
from compgraph.check.step_sweep import StepSweep, step_sweep
from compgraph.check.wrong_step import find_wrong_steps, order_of_the_pass
from compgraph.errors import GradientError
from compgraph.reverse import gradients

__all__ = ["compare"]


def compare(
    cost: Callable[..., Any],
    manual: Any,
    at: Parameters,
    *,
    wrt: Sequence[str] | None = None,
    data: Data = None,
    every_entry: bool = False,
) -> Comparison:
    """Compare a hand-derived gradient with the engine's and with nudged slopes, parameter by parameter.

    >>> import numpy as np
    >>> import compgraph as cg
    >>> x, y = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0])
    >>> def cost(w, b):
    ...     return np.mean((w * x + b - y) ** 2)
    >>> def hand_derived(w, b):
    ...     error = w * x + b - y
    ...     return np.mean(2 * error * x), np.mean(error)  # the 2 is forgotten in db
    >>> found = cg.compare(cost, hand_derived, at={"w": 0.5, "b": 0.1})
    >>> [row.verdict for row in found], found.ok
    (['right', 'wrong'], False)

    Args:
        cost: plain NumPy code from the parameters to one number; other data it takes from where it was defined, or
            from ``data``.
        manual: the hand-derived gradients, or a function of the same arguments that returns them: in the order of
            the parameters, or by name (``dW1`` or ``W1``) in a dict or a named tuple. Derivatives with respect to
            intermediate results may be among them: ``dZ2`` is compared with that of what the cost function called Z2.
        at: the parameters: a dict by the names of cost's arguments, or a sequence in their order.
        wrt: the names of the parameters to compare; all by default.
        data: further arguments of both functions, which are not differentiated: a dict by name, or a sequence.
        every_entry: nudge all entries one by one, however many there are; by default a parameter of more than a few
            hundred is moved along random directions, in which all entries take part.

    Returns:
        A :class:`Comparison`: a row and a verdict for each parameter.

    Raises:
        GradientError: the cost is no single number, a function does not take these parameters, or a gradient is
            missing.
        ShapeError: there are not as many gradients as parameters.
        DtypeError: a gradient is no array of real numbers.
    """
    problem = Problem(cost, manual, at, wrt, data)
    scene = Scene(problem, problem.parameters)
    spread = rounding_spread(scene.output, [scene.node(name) for name in scene.autodiff])
    rows = _rows(scene, spread)
    for name, row in rows.items():
        numeric_column.fill(scene, name, row, spread.output, every_entry)
    odd, notes = cost_again(scene, spread.output)
    if odd:
        for row in rows.values():
            row.doubt(odd)
    notes += _tell_steps(scene, rows)
    beside = settle_kinks(scene, rows)
    if not odd and any(row.verdict == BOTH_DIFFER for row in rows.values()):
        notes += reasons_for_doubt(scene)
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


def _swept(scene: Scene, name: str | None) -> StepSweep:
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

    gradient = np.concatenate([np.ravel(g) for g in gradients(scene.output, [scene.leaves[each] for each in moved])])
    return step_sweep(along, np.concatenate([value.ravel() for value in start]), gradient)
