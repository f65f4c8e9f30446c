"""Why a cost contradicts its own gradient: it is not the same twice, writes into its data, or has a rule of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.check.problem import copy
from compgraph.check.row import SAFETY
from compgraph.check.scene import Scene
from compgraph.tape import Tape

__all__ = ["cost_again", "reasons_for_doubt"]

KNOWN = ("numpy", "scipy", "compgraph", "operator", "_operator", "math", "builtins")
"""The packages whose functions' rules are tested against numeric derivatives already."""


def cost_again(scene: Scene, noise: float) -> tuple[str, list[str]]:
    """What is odd about the cost when it is computed again, and what is worth a note.

    Args:
        scene: where.
        noise: the rounding error of the cost.

    Returns:
        In a few words why its gradients cannot be trusted, empty if they can; and sentences on what it does besides.
    """
    problem = scene.problem
    args, kwargs = problem.arguments([copy(p) for p in scene.parameters])
    arguments = {**dict(zip(problem.names, args, strict=False)), **kwargs}
    around = {name: array for name, array in scene.arrays.items() if name not in arguments}
    before = {name: np.array(x) for name, x in {**around, **arguments}.items() if isinstance(x, np.ndarray)}
    again = float(problem.cost(*args, **kwargs))
    written = [name for name, old in before.items() if not _same(old, {**around, **arguments}[name])]
    notes = [
        f"the cost writes into its argument {name}; it was given copies, so this did no harm here"
        for name in written
        if name in arguments
    ]
    if outside := [name for name in written if name in around]:
        return f"the cost writes into {', '.join(outside)}", notes
    value = float(scene.output.value)
    if abs(again - value) > SAFETY * (noise + float(np.finfo(scene.output.dtype).eps) * abs(value)):
        return "cost not the same twice", notes
    return "", notes


def _same(one: Any, other: Any) -> bool:
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind in "fc"))


def reasons_for_doubt(scene: Scene, both: bool = True) -> list[str]:
    """Sentences on what may be wrong where the numeric slopes contradict the engine.

    Args:
        scene: where.
        both: whether the hand-derived gradient agrees with the engine there.
    """
    own = dict.fromkeys(
        node.op.name for node in Tape(scene.output) if node.op is not None and not _is_known(node.op.function)
    )
    what = "autodiff and manual agree" if both else "manual agrees with the nudged slopes"
    but = "the cost moves otherwise" if both else "autodiff does not"
    if own:
        return [
            f"{what}, and {but}: look at the derivative rule of {' and '.join(own)}, which is no rule of this package"
        ]
    return [
        f"{what}, and {but}: is a part of the cost hidden from the engine, as by node.value, stop_gradient or a "
        "rounding, or does it depend on more than its arguments?"
    ]


def _is_known(function: Any) -> bool:
    module = str(getattr(function, "__module__", None) or "numpy")
    return module.partition(".")[0] in KNOWN
