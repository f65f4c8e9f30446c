"""The font that comes with the package, and how wide a text is in it.

Boxes are sized by these widths and not by the layout engine's, so every engine is given the same boxes and every
viewer that has DejaVu Sans, Verdana or anything narrower keeps the text inside them.
"""

from __future__ import annotations

import functools
import struct
import unicodedata
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FAMILY", "FILES", "Font", "covers", "font", "text_width"]

FAMILY = "DejaVu Sans, Verdana, sans-serif"
"""The font families of an SVG, best first."""

_FOLDER = Path(__file__).parent / "fonts"
FILES = (str(_FOLDER / "DejaVuSans.ttf"), str(_FOLDER / "DejaVuSans-Bold.ttf"))
"""The font files, regular and bold."""


@dataclass(frozen=True, slots=True)
class Font:
    """What is read of a font file.

    Attributes:
        data: the file.
        glyphs: the number of each letter's glyph, by the letter's code.
        advances: the width of each letter in ems, by the letter's code.
        ascent, descent: how far letters reach above and below the baseline, in ems; the descent is negative.
        bounds: the box around all letters put on one another, in ems: left, bottom, right, top.
    """

    data: bytes
    glyphs: dict[int, int]
    advances: dict[int, float]
    ascent: float
    descent: float
    bounds: tuple[float, float, float, float]


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Measure a line of text, in the unit of ``size``.

    >>> text_width("dJ/da", 13.0)
    32.68...
    >>> text_width("dJ/da", 13.0, bold=True) > text_width("dJ/da", 13.0)
    True

    Args:
        text: one line. Letters the font lacks count as an em where they are wide (Chinese, emoji), else as 0.8 em.
        size: the font size.
        bold: whether it is set in bold.
    """
    advances = font(FILES[bold]).advances
    return size * sum(advances.get(ord(letter)) or _guess(letter) for letter in text)


def covers(text: str) -> bool:
    """Tell whether the font has every letter of a text.

    >>> covers("∂J/∂θ₁ = −3"), covers("损失")
    (True, False)
    """
    advances = font(FILES[0]).advances
    return all(ord(letter) in advances or letter.isspace() for letter in set(text))


def _guess(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    return 1.1 if unicodedata.east_asian_width(letter) in "WF" else 0.8


@functools.cache
def font(file: str) -> Font:
    """Read a font file: the TrueType tables head, hhea, hmtx and cmap (format 12)."""
    data = Path(file).read_bytes()
    (count,) = struct.unpack_from(">H", data, 4)
    tables: dict[bytes, int] = {}
    for record in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sIII", data, 12 + 16 * record)
        tables[tag] = offset
    (units,) = struct.unpack_from(">H", data, tables[b"head"] + 18)
    left, bottom, right, top = (x / units for x in struct.unpack_from(">4h", data, tables[b"head"] + 36))
    ascent, descent = struct.unpack_from(">2h", data, tables[b"hhea"] + 4)
    (metrics,) = struct.unpack_from(">H", data, tables[b"hhea"] + 34)
    widths = struct.unpack_from(">" + "Hh" * metrics, data, tables[b"hmtx"])[::2]

    cmap = tables[b"cmap"]
    (subtables,) = struct.unpack_from(">H", data, cmap + 2)
    starts = [cmap + struct.unpack_from(">HHI", data, cmap + 4 + 8 * i)[2] for i in range(subtables)]
    start = next(start for start in starts if struct.unpack_from(">H", data, start)[0] == 12)
    (groups,) = struct.unpack_from(">I", data, start + 12)
    glyphs: dict[int, int] = {}
    for group in range(groups):
        first, last, glyph = struct.unpack_from(">III", data, start + 16 + 12 * group)
        for code in range(first, last + 1):
            glyphs[code] = glyph + code - first
    advances = {code: widths[min(glyph, metrics - 1)] / units for code, glyph in glyphs.items()}
    return Font(data, glyphs, advances, ascent / units, descent / units, (left, bottom, right, top))
