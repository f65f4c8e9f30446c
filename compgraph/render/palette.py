"""The colours of a picture.

They are told apart with every common form of colour blindness (a blue, a vermilion and greys after Okabe and Ito,
https://jfly.uni-koeln.de/color/, darkened until each text reads on its ground), and never say anything alone: kinds of
box differ in their outline, values and derivatives in how they are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compgraph.render.theme import Theme

__all__ = ["DARK", "LIGHT", "PALETTES", "Palette"]


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme, each as ``#rrggbb``.

    Attributes:
        ground: behind everything.
        fill: inside a box, by kind.
        outline: around a box, by kind.
        text: of a run of text, by style.
        arrow: of arrows and of the brackets of a matrix.
        scale: of a heat map: the largest ``negative`` number, ``zero``, the largest ``positive``, and ``none`` at all.
    """

    ground: str
    fill: Mapping[str, str]
    outline: Mapping[str, str]
    text: Mapping[str, str]
    arrow: str
    scale: Mapping[str, str]

    def shade(self, part: float | None) -> str:
        """The colour of a number in a heat map.

        >>> LIGHT.shade(-1.0) == LIGHT.scale["negative"], LIGHT.shade(0.0) == LIGHT.scale["zero"], LIGHT.shade(0.5)
        (True, True, '#dd9b80')

        Args:
            part: the number as a part of the largest in size, from -1 to 1; None where it is not finite.
        """
        if part is None:
            return self.scale["none"]
        end = self.scale["negative" if part < 0 else "positive"]
        return "#" + "".join(_between(self.scale["zero"][i : i + 2], end[i : i + 2], abs(part)) for i in (1, 3, 5))


def _between(start: str, end: str, part: float) -> str:
    return f"{round(int(start, 16) + part * (int(end, 16) - int(start, 16))):02x}"


LIGHT = Palette(
    ground="#ffffff",
    fill={"variable": "#e3f3ec", "operation": "#ffffff", "constant": "#f0f0f0", "folded": "#e8eef5"},
    outline={"variable": "#00805c", "operation": "#4a5560", "constant": "#8a929a", "folded": "#3d5a80"},
    text={
        "name": "#14181c",
        "plain": "#14181c",
        "faint": "#5b656e",
        "value": "#005a9c",
        "derivative": "#b3430a",
        "scope": "#3d5a80",
    },
    arrow="#6a747d",
    scale={"negative": "#005a9c", "zero": "#ffffff", "positive": "#bb3700", "none": "#8a929a"},
)
"""Dark on white, for the page and the projector."""

DARK = Palette(
    ground="#1b2127",
    fill={"variable": "#14372d", "operation": "#222a31", "constant": "#2b333a", "folded": "#22303f"},
    outline={"variable": "#4cc59b", "operation": "#93a1ad", "constant": "#7b8791", "folded": "#8fb0d6"},
    text={
        "name": "#f2f5f7",
        "plain": "#e3e8ec",
        "faint": "#a3aeb8",
        "value": "#7cc0f4",
        "derivative": "#ffa36b",
        "scope": "#8fb0d6",
    },
    arrow="#8d99a4",
    scale={"negative": "#57aef0", "zero": "#1b2127", "positive": "#ff9152", "none": "#7b8791"},
)
"""The same hues, lightened until each text reads on its ground."""

PALETTES: Mapping[Theme, Palette] = {"light": LIGHT, "dark": DARK}
"""Each theme's colours."""
