"""The colours of a drawn graph inside a page: its own on a light screen, others on a dark one."""

from __future__ import annotations

from compgraph.render.palette import DARK, LIGHT

__all__ = ["dark_rules"]


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
