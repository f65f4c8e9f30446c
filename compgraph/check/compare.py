"""Compare the gradient of a cost three ways: by the engine, by the person's own formula, by nudging.

``compare`` answers for each parameter whether the hand-derived gradient is right. How close is close enough is not a
constant: it is what rounding does to this very computation (see compgraph.check.rounding), entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compgraph.check.diagnosis.diagnose import diagnose
from compgraph.check.numeric import entries_to_nudge, numeric_slopes
from compgraph.check.problem import Data, Parameters, Problem, copy
from compgraph.check.report import Comparison
from compgraph.check.rounding import Spread, rounding_spread
from compgraph.check.row import SAFETY, Row
from compgraph.check.scene import Scene
from compgraph.check.wrong_step import find_wrong_steps, order_of_the_pass

__all__ = ["compare"]


def compare(
    cost: Callable[..., Any],
    manual: Any,
    at: Parameters,
    *,
    wrt: Sequence[str] | None = None,
    data: Data = None,
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
        if row.part == "parameter":
            _nudge(scene, name, row, spread.output)
    if not _same_again(scene, spread.output):
        for row in rows.values():
            row.doubt("cost not the same twice")
    notes = _tell_steps(scene, rows)
    _explain(scene, rows)
    order = order_of_the_pass(scene) if scene.intermediates else list(rows)
    return Comparison([rows[name] for name in order], notes)


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


def _explain(scene: Scene, rows: dict[str, Row]) -> None:
    """Look for the slips behind the wrong rows, but for those that are wrong only by inheritance."""
    wrong = [name for name, row in rows.items() if row.verdict == "wrong" and row.step != "inherited"]
    if wrong:
        found = diagnose(scene, wrong, {name: row.tolerance for name, row in rows.items()})
        for name, explanations in found.items():
            rows[name].explanations = explanations


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


def _nudge(scene: Scene, name: str, row: Row, noise: float) -> None:
    """Fill the numeric column of a parameter's row."""
    position = scene.problem.names.index(name)

    def along(value: Any) -> Any:
        parameters = [np.array(p, dtype=np.float64) for p in scene.parameters]
        parameters[position] = value
        return scene.problem.call(scene.problem.cost, parameters)

    entries = entries_to_nudge(row.autodiff.size)
    if row.autodiff.size:  # the entry that is shown is nudged too
        entries = np.union1d(entries, np.ravel_multi_index(row.where, row.shape) if row.where else 0)
    row.take_numeric(numeric_slopes(along, scene.parameters[position], noise=noise, entries=entries))


def _same_again(scene: Scene, noise: float) -> bool:
    """Whether the cost is the same number when it is computed again."""
    value = float(scene.output.value)
    again = float(scene.problem.call(scene.problem.cost, [copy(p) for p in scene.parameters]))
    return abs(again - value) <= SAFETY * (noise + float(np.finfo(scene.output.dtype).eps) * abs(value))
