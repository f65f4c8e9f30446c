"""A picture as PDF, written here: boxes, curves and text need one page and a dozen of the language's operators.

The font goes in whole and is used by glyph (a composite font with Identity-H, PDF 1.7, 9.7), with a table back to
letters, so that the text can be searched and copied. There is no date and no random number in the file.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from compgraph.render.contents import Run
from compgraph.render.fonts import FILES, Font, font
from compgraph.render.palette import Palette
from compgraph.render.placement import Point
from compgraph.render.scene import Group, Polygon, Rectangle, Scene, Shape, Stroke, Writing
from compgraph.render.typesetting import NAME_SIZE, TEXT_SIZE

__all__ = ["pdf_bytes"]

_POINTS_PER_PIXEL = 0.75
_LARGEST_PAGE = 14_400.0  # points; PDF 1.7, annex C
_ROUND = 0.5523  # where the control points of a quarter of a circle are, in radii
_MISSING = "�"
_NAMES = ("DejaVuSans", "DejaVuSans-Bold")


def pdf_bytes(scene: Scene) -> bytes:
    """Write a picture as a PDF of one page.

    >>> from compgraph.render.palette import LIGHT
    >>> text = Writing(10.0, 12.0, "start", (Run("J", "name"),))
    >>> page = pdf_bytes(Scene(40.0, 20.0, "one letter", (Group("box", (0.0, 0.0), (text,)),), (), LIGHT))
    >>> page[:8], page[-6:]
    (b'%PDF-1.7', b'%%EOF\\n')

    A letter that the font lacks (Chinese, emoji) is drawn as �, and read as what it is when the text is copied.

    Args:
        scene: shapes and texts with their places and colours.
    """
    scale = min(_POINTS_PER_PIXEL, _LARGEST_PAGE / max(scene.width, scene.height))
    width, height = scale * scene.width, scale * scene.height
    used: tuple[dict[int, str], dict[int, str]] = ({}, {})
    content = [f"{_n(scale)} 0 0 {_n(-scale)} 0 {_n(height)} cm 1 j"]
    content += _shape(Rectangle(0.0, 0.0, scene.width, scene.height, 0.0, scene.palette.ground), scene.palette, used)
    for group in (*scene.graph, *scene.legend):
        content += _group(group, scene.palette, used)

    objects = [
        b"<</Type/Catalog/Pages 2 0 R/ViewerPreferences<</DisplayDocTitle true>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {_n(width)} {_n(height)}]/Contents 4 0 R"
        "/Resources<</Font<</F0 6 0 R/F1 11 0 R>>>>>>".encode(),
        _stream("\n".join(content).encode("ascii")),
        f"<</Title<{_utf16(scene.title)}>/Producer(compgraph)>>".encode(),
    ]
    for name, file, letters in zip(_NAMES, FILES, used, strict=True):
        objects += _font(name, font(file), letters, len(objects) + 1)
    return _file(objects)


def _group(group: Group, palette: Palette, used: tuple[dict[int, str], dict[int, str]]) -> list[str]:
    x, y = group.place
    lines = [f"q 1 0 0 1 {_n(x)} {_n(y)} cm"]
    for shape in group.shapes:
        lines += _shape(shape, palette, used)
    return [*lines, "Q"]


def _shape(shape: Shape, palette: Palette, used: tuple[dict[int, str], dict[int, str]]) -> list[str]:
    match shape:
        case Rectangle():
            paint = f"{_colour(shape.fill)} rg"
            if shape.outline is None:
                return [paint, _rounded(shape), "f"]
            dashes = "[3 2] 0 d" if shape.dashed else "[] 0 d"
            line = f"{_colour(shape.outline)} RG {_n(shape.line_width)} w {dashes}"
            return [paint, line, _rounded(shape), "b"]
        case Stroke():
            path = f"{_pair(shape.line[0])} m " + " ".join(f"{_pair(point)} l" for point in shape.line[1:])
            curves = [shape.curve[i : i + 3] for i in range(0, len(shape.curve), 3)]
            path += "".join(f" {' '.join(map(_pair, curve))} c" for curve in curves)
            return [f"{_colour(shape.colour)} RG {_n(shape.line_width)} w [] 0 d", path, "S"]
        case Polygon():
            first, *rest = map(_pair, shape.corners)
            return [f"{_colour(shape.fill)} rg {first} m {' '.join(f'{corner} l' for corner in rest)} f"]
        case Writing():
            return _writing(shape, palette, used)


def _rounded(box: Rectangle) -> str:
    left, top, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    r = box.radius
    if not r:
        return f"{_n(left)} {_n(top)} {_n(box.width)} {_n(box.height)} re"
    k = r * (1 - _ROUND)
    corners = [
        ((right - r, top), (right - k, top), (right, top + k), (right, top + r)),
        ((right, bottom - r), (right, bottom - k), (right - k, bottom), (right - r, bottom)),
        ((left + r, bottom), (left + k, bottom), (left, bottom - k), (left, bottom - r)),
        ((left, top + r), (left, top + k), (left + k, top), (left + r, top)),
    ]
    path = [f"{_pair((left + r, top))} m"]
    for start, *curve in corners:
        path.append(f"{_pair(start)} l {' '.join(map(_pair, curve))} c")
    return " ".join(path) + " h"


def _writing(writing: Writing, palette: Palette, used: tuple[dict[int, str], dict[int, str]]) -> list[str]:
    pieces = []
    total = 0.0
    for run in writing.runs:
        bold, size = run.style == "name", NAME_SIZE if run.style == "name" else TEXT_SIZE
        shown, width = _glyphs(run, bold, used[bold])
        pieces.append((run, f"/F{bold:d} {_n(size)} Tf {_colour(palette.text[run.style])} rg", f"<{shown}> Tj"))
        total += size * width
    left = writing.x - {"start": 0.0, "middle": total / 2, "end": total}[writing.anchor]
    lines = [f"BT 1 0 0 -1 {_n(left)} {_n(writing.y)} Tm"]  # upright: y grows downward here
    for run, style, show in pieces:
        told = any(ord(letter) not in font(FILES[0]).glyphs for letter in run.text)
        lines += [style, f"/Span<</ActualText<{_utf16(run.text)}>>>BDC {show} EMC" if told else show]
    return [*lines, "ET"]


def _glyphs(run: Run, bold: bool, used: dict[int, str]) -> tuple[str, float]:
    """A run as the numbers of its glyphs, in hexadecimal, and its width in ems; notes which glyphs are used."""
    face = font(FILES[bold])
    numbers, width = [], 0.0
    for letter in run.text.replace("\xa0", " "):
        drawn = letter if ord(letter) in face.glyphs else _MISSING
        number = face.glyphs[ord(drawn)]
        used[number] = drawn
        numbers.append(f"{number:04x}")
        width += face.advances[ord(drawn)]
    return "".join(numbers), width


def _font(name: str, face: Font, letters: dict[int, str], first: int) -> list[bytes]:
    """The five objects of a font, of which the first has the number ``first``."""
    em = 1000
    widths = " ".join(f"{number}[{em * face.advances[ord(letters[number])]:.0f}]" for number in sorted(letters))
    bounds = " ".join(f"{em * side:.0f}" for side in face.bounds)
    return [
        f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H/DescendantFonts[{first + 1} 0 R]"
        f"/ToUnicode {first + 4} 0 R>>".encode(),
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/CIDToGIDMap/Identity/FontDescriptor {first + 2} 0 R"
        f"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/W[{widths}]>>".encode(),
        f"<</Type/FontDescriptor/FontName/{name}/Flags 4/FontBBox[{bounds}]/ItalicAngle 0/StemV 80/CapHeight 729"
        f"/Ascent {em * face.ascent:.0f}/Descent {em * face.descent:.0f}/FontFile2 {first + 3} 0 R>>".encode(),
        _stream(face.data, f"/Length1 {len(face.data)}"),
        _stream(_to_unicode(letters).encode("ascii")),
    ]


def _to_unicode(letters: dict[int, str]) -> str:
    lines = [f"<{number:04x}> <{_utf16_plain(letters[number])}>" for number in sorted(letters)]
    blocks = [lines[i : i + 100] for i in range(0, len(lines), 100)]  # a block may have 100 at most
    mapped = "\n".join(f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{mapped}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    )


def _stream(data: bytes, more: str = "") -> bytes:
    packed = zlib.compress(data, 9)
    return f"<</Length {len(packed)}/Filter/FlateDecode{more}>>stream\n".encode() + packed + b"\nendstream"


def _file(objects: Iterable[bytes]) -> bytes:
    """The objects, numbered from 1, with the table of where each begins; the fifth is the document's information."""
    data = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer\n<</Size %d/Root 1 0 R/Info 5 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, start)
    return bytes(data)


def _utf16(text: str) -> str:
    return "feff" + _utf16_plain(text)


def _utf16_plain(text: str) -> str:
    return text.encode("utf-16-be").hex()


def _colour(colour: str) -> str:
    return " ".join(_n(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))


def _pair(point: Point) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _n(x: float) -> str:
    return f"{x:.3f}".rstrip("0").rstrip(".") if round(x, 3) else "0"
