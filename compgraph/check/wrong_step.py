"""Which step of a hand-derived backward pass is the first that does not follow from the ones before it.

With derivatives of intermediate results given, each step is checked on its own: what the reverse rule gives from the
person's own upstream values. A step that does not follow is a slip; one that follows and is wrong is so by inheritance.
An intermediate may be given as m · dJ/dZ, the derivative of the summed loss, as course notes write it. That is a
convention; the pass goes on from the m-th part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from compgraph.check.averaging import averaged_over
from compgraph.check.backward_pass import BackwardPass
from compgraph.check.rounding import rounding_spread
from compgraph.check.row import SAFETY, last_digit
from compgraph.check.scene import Scene
from compgraph.node import Node

__all__ = ["WrongSteps", "close", "find_wrong_steps", "order_of_the_pass"]


class WrongSteps(NamedTuple):
    """What was found.

    Attributes:
        steps: the backward pass from the person's own upstream values.
        states: for each gradient whether it follows and is wrong, or does not follow; right ones are left out.
        conventions: for each intermediate by how much its convention multiplies it, where that is not 1.
    """

    steps: BackwardPass
    states: Mapping[str, Literal["slip", "inherited"]]
    conventions: Mapping[str, int]


def order_of_the_pass(scene: Scene) -> list[str]:
    """The names of the gradients in the order in which the backward pass completes them."""
    position = {node: i for i, node in enumerate(BackwardPass(scene.output).tape.nodes)}
    completed: dict[Node, int] = {}
    for node, i in position.items():
        for x in node.inputs:
            if isinstance(x, Node):
                completed.setdefault(x, i)
    names = [*scene.manual, *scene.intermediates]
    return sorted(names, key=lambda name: -completed.get(scene.node(name), len(position)))


def find_wrong_steps(scene: Scene) -> WrongSteps:
    """Check each step of the hand-derived pass from the person's own values of the steps before it.

    Args:
        scene: with the gradients given.
    """
    counts = averaged_over(scene.output)
    rounding = _Rounding(scene)
    steps = BackwardPass(scene.output)
    given: dict[Node, Any] = {}
    states: dict[str, Literal["slip", "inherited"]] = {}
    conventions: dict[str, int] = {}
    last = 1
    order = order_of_the_pass(scene)
    if not all(rounding.explains(name, scene.manual[name], scene.autodiff[name]) for name in scene.manual):
        counts = tuple([n for n in counts if n != 2])  # rather a 2 of the formula than so few examples
    for place, name in enumerate(order):
        node = scene.node(name)
        manual = np.asarray(scene.manual[name] if name in scene.manual else scene.intermediates[name])
        right = scene.autodiff[name]
        arrived = steps.cotangents.get(node, np.zeros(node.shape))
        if name in scene.manual:
            if not rounding.explains(name, manual, right):
                states[name] = "inherited" if rounding.explains(name, manual, arrived) else "slip"
            continue
        factors = (1, *counts)
        factor = next((n for n in factors if rounding.explains(name, manual / n, arrived)), None)
        if factor is None:  # what is right need not follow from a step that is wrong
            factor = next((n for n in factors if rounding.explains(name, manual / n, right)), None)
        if factor is None:
            states[name] = "slip"
            if manual.shape != node.shape:
                continue  # nothing can be followed from it
            factor = last if last > 1 else _likeliest(scene, order[place:], given, node, manual, factors)
        elif not rounding.explains(name, manual / factor, right):
            states[name] = "inherited"
        if factor > 1:
            conventions[name] = factor
        last = factor
        given[node] = _as_cotangent(manual / factor, node)
        steps = BackwardPass(scene.output, given)
    return WrongSteps(steps, states, conventions)


class _Rounding:
    """What rounding may do to the gradients of a scene, measured when it is asked for."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._allowed: dict[str, Any] = {}

    def explains(self, name: str, one: Any, other: Any) -> bool:
        """Whether two values of a gradient are the same, but for digits that a formula may lose, as a - y does."""
        if close(one, other):
            return True
        if np.shape(one) != np.shape(other) or not self.scene.intermediates:
            return False
        if not self._allowed:
            names = list(self.scene.autodiff)
            nodes = [self.scene.node(each) for each in names]
            with np.errstate(all="ignore"):
                lost = rounding_spread(self.scene.output, nodes, cancelling_slopes=True).gradients
            self._allowed = {
                each: SAFETY * (spread + last_digit(np.asarray(self.scene.autodiff[each])))
                for each, spread in zip(names, lost, strict=True)
            }
        return close(one, other, tolerance=self._allowed[name])


def _likeliest(
    scene: Scene, names: list[str], given: Mapping[Node, Any], node: Node, manual: Any, factors: tuple[int, ...]
) -> int:
    """The convention by which most of the parameters' gradients follow from a value that does not follow itself."""

    def followed(factor: int) -> int:
        steps = BackwardPass(scene.output, {**given, node: _as_cotangent(manual / factor, node)})
        return sum(
            close(scene.manual[name], steps.cotangents[scene.node(name)]) for name in names if name in scene.manual
        )

    return max(factors, key=followed)  # the first of equals: 1


def _as_cotangent(value: Any, node: Node) -> Any:
    with np.errstate(over="ignore"):  # what is too large in single precision is infinite
        return np.asarray(value, node.dtype)


def close(one: Any, other: Any, precision: float | None = None, tolerance: Any = 0.0) -> bool:
    """Whether two gradients are the same, but for what rounding may do to a computation of this size.

    Args:
        one, other: arrays or numbers. Where one is infinite or NaN the other must be the same.
        precision: how far entries may lie apart, as a part of the largest; by default 10⁴ units in its last place.
        tolerance: how far they may lie apart besides: a number, or one for each entry.
    """
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return False
    coarser = one.dtype if one.dtype.itemsize < other.dtype.itemsize and one.dtype.kind == "f" else other.dtype
    if precision is None:
        precision = 1e4 * float(np.finfo(coarser if coarser.kind == "f" else np.float64).eps)
    with np.errstate(all="ignore"):
        apart = np.abs(np.subtract(one, other, dtype=np.result_type(one, other, np.float64)))
        if not np.isfinite(np.max(apart, initial=0.0)):
            finite = np.isfinite(one) & np.isfinite(other)
            if not np.array_equal(one[~finite], other[~finite], equal_nan=True):
                return False
            tolerance = np.broadcast_to(tolerance, finite.shape)[finite]
            one, other, apart = one[finite], other[finite], apart[finite]
        size = max(float(np.max(np.abs(one), initial=0.0)), float(np.max(np.abs(other), initial=0.0)))
    return bool(np.all(apart <= precision * size + tolerance))
