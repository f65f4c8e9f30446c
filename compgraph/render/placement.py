"""What every layout answers: the places of boxes, arrows and labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Curve", "Layout", "Point", "Rectangle"]

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """An arrow: Bézier points (1 + 3n of them) from the tail to the base of the head, the tip of the head, and the
    middle of its label if it has one."""

    points: tuple[Point, ...]
    tip: Point
    label: Point | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The middle of each box by its key, and a curve for each arrow in order; y grows downward.

    ``note`` is what a picture has to say of it: empty where Graphviz laid it out. ``frames`` has the left, top, right
    and bottom of each frame by its key.
    """

    centres: Mapping[str, Point]
    curves: tuple[Curve, ...]
    note: str = ""
    frames: Mapping[str, Rectangle] = field(default_factory=dict)
