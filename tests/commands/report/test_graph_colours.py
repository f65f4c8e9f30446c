"""The report's colours: every colour of a drawing has its dark form, and all of them can be read."""

import re
from importlib.resources import files

import pytest

from compgraph.commands.cost_curve import DARK as DARK_CURVE
from compgraph.commands.cost_curve import LIGHT as LIGHT_CURVE
from compgraph.commands.cost_curve import Ink
from compgraph.commands.graph_of_j import graph_of_J
from compgraph.commands.report.graph_colours import dark_rules
from compgraph.render.palette import DARK

CSS = files("compgraph.commands.report").joinpath("report.css").read_text(encoding="utf-8")


def contrast(a: str, b: str) -> float:
    """The contrast ratio of WCAG 2."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    one, other = sorted((luminance(a), luminance(b)))
    return (other + 0.05) / (one + 0.05)


def themes() -> list[dict[str, str]]:
    """The colours by name that the style sheet sets, for light screens and for dark ones."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): (#\w{6});", block)) for block in (light, dark)]


def test_every_colour_of_a_drawing_has_a_dark_form() -> None:
    svg = graph_of_J().picture.svg
    rules = dark_rules("figure")
    used = set(re.findall(r' (fill|stroke)="(#\w{6})"', svg))
    assert len(used) > 8
    for attribute, colour in used:
        assert f'figure [{attribute}="{colour}"]{{{attribute}:#' in rules


def test_the_ground_of_a_drawing_is_that_of_its_card() -> None:
    light, dark = themes()
    assert dark_rules("figure").endswith(f"figure .ground{{fill:{dark['card']}}}")
    assert (LIGHT_CURVE.ground, DARK_CURVE.ground) == (light["card"], dark["card"])


def test_every_text_of_a_dark_drawing_reads_on_every_ground() -> None:
    for text in DARK.text.values():
        for ground in (DARK.ground, *DARK.fill.values()):
            assert contrast(text, ground) >= 4.5
    for outline in DARK.outline.values():
        assert contrast(outline, DARK.ground) >= 3


@pytest.mark.parametrize("theme", themes(), ids=["light", "dark"])
def test_every_text_of_the_page_reads(theme: dict[str, str]) -> None:
    for text in ("ink", "soft", "value", "derivative", "good", "bad"):
        for ground in ("page", "card", "code"):
            assert contrast(theme[text], theme[ground]) >= 4.5
    for kind in ("good", "bad"):
        assert contrast(theme[kind], theme[f"{kind}-ground"]) >= 4.5
        assert contrast(theme["ink"], theme[f"{kind}-ground"]) >= 4.5


@pytest.mark.parametrize("ink", [LIGHT_CURVE, DARK_CURVE])
def test_the_curve_reads(ink: Ink) -> None:
    assert contrast(ink.text, ink.ground) >= 4.5
    assert contrast(ink.curve, ink.ground) >= 4.5


def test_both_themes_set_the_same_colours() -> None:
    light, dark = themes()
    assert set(light) == set(dark)
    assert set(re.findall(r"var\(--([\w-]+)\)", CSS)) <= set(light)
