"""The third column of a comparison: what the cost does when a parameter, or a value on the way, is nudged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from compgraph.check.complex_step import complex_slopes
from compgraph.check.numeric import ALL_ENTRIES, directional_slopes, numeric_slopes
from compgraph.check.replay import Replay
from compgraph.check.row import Row
from compgraph.check.scene import Scene

__all__ = ["cost_along", "fill"]


def fill(scene: Scene, name: str, row: Row, noise: float, every_entry: bool = False) -> None:
    """Measure the slopes of the cost by nudging, and hold them against the engine's gradient.

    All entries of a small array are nudged one by one, or of any array if that is asked for. A large one is moved along
    random directions, in which every entry takes part, and the entry that the report shows is nudged besides. Where the
    cost's code allows it the slopes are those of the complex step, which have all digits.

    Args:
        scene: where.
        name: of the parameter or the intermediate.
        row: its row, which is filled.
        noise: the rounding error of the cost.
        every_entry: whether all entries are nudged however many there are.
    """
    size = row.autodiff.size
    if not size:
        return
    cost, at = cost_along(scene, name)
    if scene.output.dtype == np.float32 and np.result_type(cost(np.array(at, np.float64))) == np.float64:
        noise *= float(np.finfo(np.float64).eps / np.finfo(np.float32).eps)  # what is nudged is in double precision
    shown = np.ravel_multi_index(row.where, row.shape) if row.where else 0
    large = size > ALL_ENTRIES and not every_entry
    entries = np.array([shown]) if large else np.arange(size)
    slopes = numeric_slopes(cost, at, noise=noise, entries=entries)
    exact = complex_slopes(cost, at, slopes) if row.part == "parameter" else None
    row.take_numeric(slopes if exact is None else exact)
    if large:
        row.take_directions(directional_slopes(cost, at, noise=noise))


def cost_along(scene: Scene, name: str) -> tuple[Callable[[Any], Any], Any]:
    """The cost as a function of one parameter, by the person's code, or of a value on the way, by the rest of the tape.

    Args:
        scene: where.
        name: of the parameter or the intermediate.

    Returns:
        The function, and the value it is to be nudged at.
    """
    problem = scene.problem
    if name in problem.names:
        position = problem.names.index(name)

        def along(value: Any) -> Any:
            parameters = [np.array(p, dtype=np.float64) for p in scene.parameters]
            parameters[position] = value
            return problem.call(problem.cost, parameters)

        return along, scene.parameters[position]
    node = scene.node(name)
    replay = Replay(scene.output, node)
    return replay, node.value
