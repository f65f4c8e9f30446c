"""A wrong gradient under examination: the right value, the person's, and what would follow from a change on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from compgraph.check.backward_pass import BackwardPass, Step
from compgraph.check.diagnosis.own_formula import OwnFormula, own_formula
from compgraph.check.diagnosis.spelling import Spelling
from compgraph.check.scene import Scene
from compgraph.check.wrong_step import close
from compgraph.node import Node

__all__ = ["PROBES", "Suspect"]

PROBES = 3
"""So many random directions: a what-if that fits along all of them fits in all entries, but for pure chance."""


class Suspect:
    """A hand-derived gradient that is wrong, and the means to find out why.

    Attributes:
        name: of what it is the derivative, such as W1.
        scene: where.
        steps: the backward pass from the person's own upstream values.
        target: the node.
        right: the gradient that follows.
        manual: the person's, of the right number of axes.
        as_given: the person's.
        part: ``parameter`` or ``intermediate``.
        spelling: what things are called.
    """

    def __init__(self, scene: Scene, steps: BackwardPass, name: str, tolerance: Any, examples: int | None) -> None:
        self.scene = scene
        self.steps = steps
        self.name = name
        self.target = scene.node(name)
        self.part = "parameter" if name in scene.manual else "intermediate"
        given = scene.manual[name] if name in scene.manual else scene.intermediates[name]
        self.as_given = np.asarray(given)
        self.right = np.broadcast_to(np.asarray(steps.cotangents.get(self.target, 0.0)), self.target.shape)
        self.manual = self.as_given
        if self.manual.shape != self.right.shape and _squeezed(self.manual) == _squeezed(self.right):
            self.manual = self.manual.reshape(self.right.shape)
        self.tolerance = float(np.max(tolerance, initial=0.0))
        self.examples = examples
        self.spelling = Spelling(scene)
        self._moves: dict[Node, Any] = {}  # the movements of a node, a row for each direction

    @property
    def fits(self) -> bool:
        """Whether the person's value has the right shape, but for axes of length 1."""
        return self.manual.shape == self.right.shape

    @cached_property
    def formula(self) -> OwnFormula | None:
        """The person's own formula, where it runs on nodes."""
        return own_formula(self.scene, self.name)

    @cached_property
    def precision(self) -> float:
        """The relative precision that two ways of computing the same have."""
        dtype = np.result_type(self.target.dtype, np.float32)
        return 1e4 * float(np.finfo(dtype).eps)

    def agree(self, one: Any, other: Any) -> bool:
        """Whether two arrays are the same to the precision of the computation."""
        return close(one, other, self.precision, self.tolerance)

    def is_manual(self, value: Any) -> bool:
        """Whether the person's value is this one, to the precision of the computation."""
        return self.agree(value, self.manual)

    # ----------------------------------------------------------------------------------- what if a step had not been

    @cached_property
    def directions(self) -> list[Any]:
        """Random directions to look along."""
        rng = np.random.default_rng(0)
        shape = self.target.shape
        return [
            rng.standard_normal(shape).astype(self.target.dtype) for _ in range(PROBES if self.right.size > 1 else 1)
        ]

    @cached_property
    def movements(self) -> list[Mapping[Node, Any]]:
        """How every node moves as the target does, along each direction."""
        return [self.steps.tangents(self.target, direction) for direction in self.directions]

    @cached_property
    def _along(self) -> tuple[Any, Any]:
        """The right and the person's gradient along each direction."""
        with np.errstate(all="ignore"):
            return (
                np.array([float(np.sum(self.right * v)) for v in self.directions]),
                np.array([float(np.sum(self.manual * v)) for v in self.directions]),
            )

    def reaches(self, x: Node) -> bool:
        """Whether anything that arrives at a node goes on to the target."""
        return all(x in moved for moved in self.movements)

    def effect(self, x: Node, change: Any) -> Any:
        """How much the target's gradient changes along each direction, if what arrives at a node changes."""
        if x not in self._moves:
            self._moves[x] = np.array([np.broadcast_to(moved[x], x.shape).ravel() for moved in self.movements])
        with np.errstate(all="ignore"):
            effects = np.add.reduce(self._moves[x] * np.broadcast_to(change, x.shape).ravel(), axis=1)
            return np.real(effects).astype(np.float64, copy=False)

    def is_all(self, step: Step) -> bool:
        """Whether all of the target's gradient comes along a step of the pass."""
        along = self.effect(step.x, self.steps.sent(step))
        return bool(np.allclose(along, self._along[0], rtol=1e-9, atol=0))

    def factor(self, effect: Any) -> float | None:
        """The person's gradient over the one that such a change leads to, if that is one number; else None."""
        right, manual = self._along
        with np.errstate(all="ignore"):
            ratios = (manual / (right + effect)).tolist()
        first = ratios[0]
        if not (first and all(map(math.isfinite, ratios))):
            return None
        spread = max(ratios) - min(ratios)
        coarse = 1e3 * self.precision  # a screen; what passes it is computed in full
        if len(ratios) == 1:
            return 1.0 if abs(first - 1) <= coarse else None
        return first if spread <= coarse * abs(first) else None

    def share(self, effect: Any) -> float | None:
        """How many times too often the part of the gradient with this effect is in the person's, if a constant."""
        right, manual = self._along
        with np.errstate(all="ignore"):
            ratios = (manual - right) / effect
            spread = np.max(ratios) - np.min(ratios)
        if not np.all(np.isfinite(ratios)):
            return None
        first = float(ratios[0])
        coarse = 1e3 * self.precision
        return first if first and spread <= coarse * max(abs(first), 1e-3) else None

    def after(self, changes: Mapping[Node, Any]) -> Any:
        """The target's gradient after what arrives at some nodes has changed."""
        change = self.steps.change(changes).get(self.target, 0.0)
        return self.right + change

    def instead_of(self, slipped: Any) -> Callable[[Any], Any]:
        """A fix that puts the right step's contribution in the place of the slipped one's."""
        right, slipped = np.asarray(self.right), np.asarray(slipped)
        shape = right.shape

        def fix(manual: Any) -> Any:
            return np.reshape(manual, shape) + (right - slipped)

        return fix

    def replaced_by(self, mended: Any) -> Callable[[Any], Any]:
        """A fix that is the person's formula computed again with the slip mended."""
        return lambda _: np.array(mended)

    # -------------------------------------------------------------------------------------------- what is on the way

    @cached_property
    def on_the_way(self) -> tuple[Node, ...]:
        """The nodes between the output and the target, the output first."""
        return tuple([node for node in reversed(self.steps.tape.nodes) if self.reaches(node)])

    def arrays_like(self, x: Any) -> Iterable[tuple[str, Any]]:
        """The named arrays that broadcast to the shape of another without being numbers, by what they are called."""
        for node in self.steps.tape.nodes:
            if node.shape and node in self.scene.names and _broadcasts(node.shape, np.shape(x)):
                yield self.spelling(node), node.value
        for name, array in self.scene.arrays.items():
            if array.ndim and array.dtype.kind == "f" and _broadcasts(array.shape, np.shape(x)):
                yield name, array

    def arrays_of(self, shape: tuple[int, ...]) -> Iterable[tuple[str, Any]]:
        """The arrays of a shape that the person may have taken instead of another, by what they are called."""
        seen: list[Any] = []
        for node in self.steps.tape.nodes:
            if node.shape == shape and (node in self.scene.names or node.op is None):
                seen.append(node.value)
                yield self.spelling(node), node.value
        for name, array in self.scene.arrays.items():
            if array.shape == shape and array.dtype.kind == "f" and not any(_equal(array, other) for other in seen):
                seen.append(array)
                yield name, array


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    return len(shape) <= len(to) and all(n in (1, m) for n, m in zip(reversed(shape), reversed(to), strict=False))


def _equal(one: Any, other: Any) -> bool:
    return one is other or bool(np.array_equal(one, other))


def _squeezed(x: Any) -> tuple[int, ...]:
    return tuple([n for n in np.shape(x) if n != 1])
