"""Colours that can be read and told apart, with colour blindness too."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from compgraph.render.palette import DARK, LIGHT, PALETTES

# Machado, Oliveira & Fernandes, "A physiologically-based model for simulation of color vision deficiency" (2009),
# severity 1.0, on linear RGB.
VISION = {
    "usual": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    """The contrast ratio of WCAG 2."""
    one, other = sorted(float(linear(x) @ [0.2126, 0.7152, 0.0722]) for x in (a, b))
    return (other + 0.05) / (one + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb.clip(0, 1)
    x, y, z = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_reads_on_every_ground(palette):
    for text in palette.text.values():
        for ground in (palette.ground, *palette.fill.values()):
            assert contrast(text, ground) >= 4.5
    for outline in palette.outline.values():
        assert contrast(outline, palette.ground) >= 3


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_values_and_derivatives_are_told_apart(palette, vision):
    value, derivative, name = (
        lab(np.array(VISION[vision]) @ linear(palette.text[style])) for style in ("value", "derivative", "name")
    )
    assert np.linalg.norm(value - derivative) > 30
    assert np.linalg.norm(value - name) > 20
    assert np.linalg.norm(derivative - name) > 20


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_colours_are_written_in_full(palette):
    def colours(part: object) -> list[str]:
        return [c for value in part.values() for c in colours(value)] if isinstance(part, dict) else [str(part)]

    assert all(len(colour) == 7 and colour.startswith("#") for colour in colours(asdict(palette)))
