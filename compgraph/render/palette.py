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
    """

    ground: str
    fill: Mapping[str, str]
    outline: Mapping[str, str]
    text: Mapping[str, str]
    arrow: str


LIGHT = Palette(
    ground="#ffffff",
    fill={"variable": "#e3f3ec", "operation": "#ffffff", "constant": "#f0f0f0"},
    outline={"variable": "#00805c", "operation": "#4a5560", "constant": "#8a929a"},
    text={
        "name": "#14181c",
        "plain": "#14181c",
        "faint": "#5b656e",
        "value": "#005a9c",
        "derivative": "#b3430a",
    },
    arrow="#6a747d",
)
"""Dark on white, for the page and the projector."""

DARK = Palette(
    ground="#1b2127",
    fill={"variable": "#14372d", "operation": "#222a31", "constant": "#2b333a"},
    outline={"variable": "#4cc59b", "operation": "#93a1ad", "constant": "#7b8791"},
    text={
        "name": "#f2f5f7",
        "plain": "#e3e8ec",
        "faint": "#a3aeb8",
        "value": "#7cc0f4",
        "derivative": "#ffa36b",
    },
    arrow="#8d99a4",
)
"""The same hues, lightened until each text reads on its ground."""

PALETTES: Mapping[Theme, Palette] = {"light": LIGHT, "dark": DARK}
"""Each theme's colours."""
