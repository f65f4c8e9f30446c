"""PNG with the package's own font: the text is there, and the same everywhere."""

from __future__ import annotations

import io
import sys

import matplotlib.image
import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import CompgraphError, MissingExtraError, RenderError
from compgraph.render import png, render
from compgraph.render.fonts import FAMILY
from compgraph.render.png import png_bytes
from tests.render.graphs import lecture


def pixels(data: bytes) -> np.ndarray:
    return matplotlib.image.imread(io.BytesIO(data))


def text_svg(text: str, weight: str = "normal") -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40" font-family="{FAMILY}">'
        f'<text x="10" y="30" font-size="26" font-weight="{weight}">{text}</text></svg>'
    )


def dark(data: bytes) -> int:
    image = pixels(data)
    return int((image[..., 3] > 0.5).sum())


def test_text_is_drawn_without_any_font_of_the_system():
    plain, bold = dark(png_bytes(text_svg("dJ/da = 3"))), dark(png_bytes(text_svg("dJ/da = 3", "bold")))
    assert plain > 1500
    assert bold > 1.2 * plain
    assert dark(png_bytes(text_svg("J"))) < plain / 3
    assert dark(png_bytes(text_svg(""))) == 0


@pytest.mark.parametrize("letter", "×÷−·…∂ΣΠᵀσθλ²⁻₁⌊⌋⟨∇⊙≤Жäß")
def test_the_signs_of_formulas_are_in_the_font(letter):
    missing = pixels(png_bytes(text_svg("\ue000")))
    assert not np.array_equal(pixels(png_bytes(text_svg(letter))), missing)


def test_the_text_of_a_picture_is_on_its_png():
    image = pixels(render(lecture()).png)
    blue = (image[..., 2] > image[..., 0] + 0.35).sum()
    vermilion = (image[..., 0] > image[..., 2] + 0.35).sum()
    black = (image[..., :3].max(axis=-1) < 0.2).sum()
    assert blue > 500, "the values"
    assert vermilion > 3000, "the derivatives"
    assert black > 1500, "the names and formulas"


def test_two_pixels_for_one_and_fewer_for_a_huge_picture(monkeypatch):
    picture = render(lecture())
    width = float(picture.svg.partition('width="')[2].partition('"')[0])
    assert pixels(picture.png).shape[1] == round(2 * width)
    monkeypatch.setattr(png, "_MOST_PIXELS", 10_000.0)
    small = pixels(png_bytes(picture.svg))
    assert 8_000 < small.shape[0] * small.shape[1] < 12_000


def test_a_very_long_picture_stays_within_bounds():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="200000" height="10"/>'
    assert pixels(png_bytes(svg)).shape[1] == 30_000


def test_the_same_picture_gives_the_same_bytes():
    assert render(lecture()).png == render(lecture()).png


def test_letters_the_font_lacks_do_not_stop_a_picture():
    image = pixels(render(cg.Variable(1.0, "损失 🐍")).png)
    assert image.shape[0] > 100


def test_without_the_package_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MissingExtraError, match=r"drawing PNG.*pip install 'compgraph\[render\]'"):
        render(lecture()).png


def test_what_is_no_svg_is_refused():
    for text in ("", "<svg", "<html/>", '<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>'):
        with pytest.raises(RenderError):
            png_bytes(text)
    assert issubclass(RenderError, CompgraphError)
