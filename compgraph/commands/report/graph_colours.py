"""The colours of a drawn graph inside a page: its own on a light screen, others on a dark one."""

from __future__ import annotations

from compgraph.render.palette import LIGHT, Palette

__all__ = ["DARK", "dark_rules"]

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
"""The same hues as those of :data:`compgraph.render.palette.LIGHT`, lightened until each text reads on its ground."""


def dark_rules(selector: str) -> str:
    """The style rules that turn a drawing in light colours into one in dark colours.

    A drawing's colours are attributes of its elements, which any rule outranks; so each colour is told by its value.

    >>> print(dark_rules("figure").splitlines()[0])
    figure [fill="#e3f3ec"]{fill:#14372d}

    Args:
        selector: of the element that the drawings are in.
    """
    rules = [
        f'{selector} [{attribute}="{light}"]{{{attribute}:{dark}}}'
        for attribute, pairs in (("fill", _fills()), ("stroke", _strokes()))
        for light, dark in pairs.items()
    ]
    return "\n".join([*rules, f"{selector} .ground{{fill:{DARK.ground}}}"])


def _fills() -> dict[str, str]:
    pairs = {LIGHT.fill[kind]: DARK.fill[kind] for kind in LIGHT.fill}
    pairs |= {LIGHT.text[style]: DARK.text[style] for style in LIGHT.text}
    return pairs | {LIGHT.arrow: DARK.arrow}


def _strokes() -> dict[str, str]:
    pairs = {LIGHT.outline[kind]: DARK.outline[kind] for kind in LIGHT.outline}
    pairs |= {LIGHT.text[style]: DARK.text[style] for style in LIGHT.text}
    return pairs | {LIGHT.arrow: DARK.arrow}
