"""The scopes that a picture draws open, as frames around their boxes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from compgraph.render.one_line import one_line
from compgraph.scope import Scope

__all__ = ["DEEPEST", "Frame", "frames_of"]

_LONGEST_TITLE = 40
DEEPEST = 40
"""Scopes that lie deeper are drawn as the one around them; recursive functions can nest them by the thousand."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A scope that is drawn open: a frame with a title around boxes and inner frames.

    Attributes:
        key: its name in the diagram: ``s0``, ``s1``, ...
        title: the scope's name, made fit for one line.
        boxes: the keys of the boxes in it, but not in an inner frame.
        frames: the inner ones.
    """

    key: str
    title: str
    boxes: tuple[str, ...]
    frames: tuple[Frame, ...]

    @property
    def all_boxes(self) -> tuple[str, ...]:
        """The keys of all boxes in it, in inner frames too."""
        return (*self.boxes, *(key for frame in self.frames for key in frame.all_boxes))


@dataclass(slots=True)
class _Opened:
    boxes: list[str] = field(default_factory=list)
    inner: dict[Scope, _Opened] = field(default_factory=dict)


def frames_of(homes: Mapping[str, Scope | None]) -> tuple[Frame, ...]:
    """Nest boxes by the scopes they stand in.

    >>> network = Scope("network")
    >>> layer = Scope("layer", network)
    >>> (frame,) = frames_of({"n0": None, "n1": layer, "n2": network, "n3": layer})
    >>> frame.title, frame.boxes, [inner.boxes for inner in frame.frames]
    ('network', ('n2',), [('n1', 'n3')])

    Args:
        homes: the innermost scope of each box by the box's key; None for one that is in no scope.
    """
    whole = _Opened()
    for key, home in homes.items():
        place = whole
        for scope in () if home is None else home.chain[:DEEPEST]:
            place = place.inner.setdefault(scope, _Opened())
        place.boxes.append(key)
    numbers = iter(range(len(homes) * DEEPEST))

    def framed(opened: _Opened) -> tuple[Frame, ...]:
        return tuple(
            [
                Frame(f"s{next(numbers)}", one_line(scope.name, _LONGEST_TITLE), tuple(inside.boxes), framed(inside))
                for scope, inside in opened.inner.items()
            ]
        )

    return framed(whole)
