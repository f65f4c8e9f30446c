"""What becomes of a verdict where the cost has a kink: there are several right answers, so one looks from beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compgraph.check.backward_pass import BackwardPass
from compgraph.check.kinks import Kink, kinks_near, nudged_point
from compgraph.check.row import Row
from compgraph.check.scene import Scene
from compgraph.check.verdicts import BOTH_DIFFER
from compgraph.check.wrong_step import close
from compgraph.errors import CompgraphError
from compgraph.node import Node

__all__ = ["beside_a_kink", "settle_kinks"]

SLOPES = (0.0, 0.5, 1.0, -1.0, 0.01)
"""The slopes that people take at a kink."""

MOST = 10_000


def settle_kinks(scene: Scene, rows: dict[str, Row], rows_at: Callable[[Scene], dict[str, Row]]) -> Scene | None:
    """Take back verdicts that a kink explains.

    A hand-derived function is run again at a point beside the kink: if it is right there, the verdict was that of the
    kink. Gradients that are given as values are compared with those by other conventions for the slope there.

    Args:
        scene: where.
        rows: its rows, by name.
        rows_at: what makes the rows of another scene.

    Returns:
        The scene beside the kink if there is one near and a function to run there: what is wrong is so there too.
    """
    vague = {name for name, row in rows.items() if row.is_vague}
    doubtful = [name for name, row in rows.items() if row.verdict in ("wrong", BOTH_DIFFER) or name in vague]
    kinks = kinks_near(scene.output, names=scene.names, most=MOST) if doubtful else []
    if not kinks:
        return None
    beside = beside_a_kink(scene)
    others = [] if beside else _other_conventions(scene, kinks)
    there = rows_at(beside) if beside else {}
    for name in doubtful:
        row = rows[name]
        if row.explanations:  # a convention, which no kink takes back
            continue
        if row.manual.shape != row.shape:
            continue
        if beside is not None:
            settled = there[name].is_right
            where = "both agree from a point beside it"
        else:
            settled = any(close(row.manual, other[name]) for other in others)
            where = "the manual value is right by another convention there"
        if settled:
            row.call_kink(f"{_told(kinks)}; {where}")
        elif name in vague and name in there and there[name].verdict == "wrong":
            row.call_wrong()
        elif name in vague and beside is None:
            row.call_kink(f"{_told(kinks)}; give a function, to be run beside it")
    return beside


def beside_a_kink(scene: Scene) -> Scene | None:
    """The same comparison at a point beside the kink; None where there is no function to run or it cannot be run."""
    if not callable(scene.problem.manual):
        return None
    try:
        with np.errstate(all="ignore"):
            return Scene(scene.problem, nudged_point(scene.parameters))
    except (CompgraphError, ArithmeticError, ValueError, IndexError):
        return None


def _other_conventions(scene: Scene, kinks: Sequence[Kink]) -> list[dict[str, Any]]:
    """The gradients by other slopes at the kinks of functions of one array, the same slope at all of them."""
    steps = BackwardPass(scene.output)
    entries: dict[Node, list[tuple[int, ...]]] = {}
    for kink in kinks:
        if kink.distance == 0 and sum(isinstance(x, Node) for x in kink.node.inputs) == 1:
            entries.setdefault(kink.node, []).append(kink.entry)
    found = []
    for slope in SLOPES if entries else ():
        changes: dict[Node, Any] = {}
        for step in steps.steps:
            if step.node in entries and step.x.shape == step.node.shape:
                grad = np.asarray(steps.passed_on(step.node))
                change = np.zeros(step.x.shape)
                at = tuple(np.array(entries[step.node]).T) if step.x.shape else ()
                change[at] = (slope * grad - steps.sent(step))[at]
                changes[step.x] = changes.get(step.x, 0.0) + change
        changed = steps.change(changes)
        found.append({name: scene.autodiff[name] + changed.get(scene.node(name), 0.0) for name in scene.autodiff})
    return found


def _told(kinks: Sequence[Kink]) -> str:
    more = f" (and {len(kinks) - 1} more)" if len(kinks) > 1 else ""
    return f"{kinks[0].message}{more}"
