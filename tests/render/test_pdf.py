"""PDF: read back object by object."""

from __future__ import annotations

import re
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings

import compgraph as cg
from compgraph.node import Node
from compgraph.render import Picture
from compgraph.render.diagram import Line, diagram
from compgraph.render.fonts import FILES, covers
from tests.render.graphs import HOSTILE, lecture, random_graphs, two_layers

OPERATORS = {"cm", "j", "q", "Q", "rg", "RG", "w", "d", "re", "m", "l", "c", "h", "f", "b", "S"}
OPERATORS |= {"BT", "ET", "Tm", "Tf", "Tj"}


def objects(data: bytes) -> dict[int, bytes]:
    """Every object by its number, found where the table of the file says it is."""
    assert data.startswith(b"%PDF-1.7\n")
    assert data.endswith(b"%%EOF\n")
    start = int(data.rpartition(b"startxref\n")[2].split()[0])
    head, count = data[start:].split(b"\n", 2)[:2]
    assert head == b"xref"
    entries = data[start:].split(b"\n")[2:]
    found = {}
    for number in range(1, int(count.split()[1])):
        offset = int(entries[number][:10])
        assert len(entries[number]) == 19
        lead = b"%d 0 obj\n" % number
        assert data[offset:].startswith(lead)
        if stream := re.match(rb"<</Length (\d+)", data[offset + len(lead) :]):
            begin = data.index(b"stream\n", offset) + 7
            end = begin + int(stream[1])
            assert data[end:].startswith(b"\nendstream\nendobj\n")
            found[number] = zlib.decompress(data[begin:end])
        else:
            found[number] = data[offset + len(lead) : data.index(b"\nendobj\n", offset)]
    return found


def letters(cmap: bytes) -> dict[str, str]:
    pairs = re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]+)>\n", cmap.partition(b"endcodespacerange")[2])
    return {glyph.decode(): bytes.fromhex(code.decode()).decode("utf-16-be") for glyph, code in pairs}


def texts(found: dict[int, bytes]) -> list[str]:
    """The lines of text as they would be copied."""
    fonts = [letters(found[10]), letters(found[15])]
    lines = []
    for block in re.findall(r"BT .*?\nET", found[4].decode("ascii"), re.DOTALL):
        line = ""
        pattern = r"/F([01]) |(/Span<</ActualText<feff([0-9a-f]*)>>>BDC )?<([0-9a-f]*)> Tj"
        for face, told, actual, shown in re.findall(pattern, block):
            if face:
                font = fonts[int(face)]
            elif told:
                line += bytes.fromhex(actual).decode("utf-16-be")
            else:
                line += "".join(font[shown[i : i + 4]] for i in range(0, len(shown), 4))
        lines.append(line)
    return lines


def picture_of(outputs: Node | list[Node]) -> Picture:
    return Picture(diagram(cg.Tape(outputs)))


def check(picture: Picture) -> None:
    said = texts(objects(picture.pdf))
    for box in picture.diagram.boxes:
        for line in box.lines:
            if isinstance(line, Line):
                assert line.text.replace("\xa0", " ") in [text.replace("\xa0", " ") for text in said]
    for arrow in picture.diagram.arrows:
        assert arrow.label is None or arrow.label in said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outputs=random_graphs())
def test_any_text_is_read_back(no_dot, outputs):
    check(picture_of(outputs))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name):
    check(picture_of(cg.Variable(1.0, name)))


def test_operators_are_those_of_the_language_and_balanced():
    content = objects(picture_of(two_layers()).pdf)[4].decode("ascii")
    bare = re.sub(r"<[0-9a-f]*>|/\w+|\[[\d ]*\]", " ", content)
    words = re.findall(r"[A-Za-z*]+", bare)
    assert set(words) <= OPERATORS
    assert words.count("q") == words.count("Q") > 20
    assert words.count("BT") == words.count("ET")
    assert not re.search(r"nan|inf|e-", bare)


def test_glyphs_and_widths_are_the_fonts():
    found = objects(picture_of(lecture()).pdf)
    for first, file in ((6, FILES[0]), (11, FILES[1])):
        font = TTFont(BytesIO(Path(file).read_bytes()))
        order, metrics, units = font.getGlyphOrder(), font["hmtx"].metrics, font["head"].unitsPerEm
        cmap = font.getBestCmap()
        assert found[first + 3] == Path(file).read_bytes()
        widths = re.findall(r"(\d+)\[(\d+)\]", found[first + 1].decode().partition("/W")[2])
        assert len(widths) > 3
        for glyph, width in widths:
            assert int(width) == pytest.approx(1000 * metrics[order[int(glyph)]][0] / units, abs=1)
        for glyph, letter in letters(found[first + 4]).items():
            assert order[int(glyph, 16)] == cmap[ord(letter)]


def test_the_page_is_as_large_as_the_picture_at_three_quarters():
    picture = picture_of(lecture())
    width = float(picture.svg.partition('width="')[2].partition('"')[0])
    (box,) = re.findall(rb"/MediaBox\[0 0 ([\d.]+) ([\d.]+)\]", picture.pdf)
    assert float(box[0]) == pytest.approx(0.75 * width, abs=0.01)


def test_letters_the_font_lacks_are_drawn_as_missing_and_copied_as_they_are():
    found = objects(picture_of(cg.Variable(1.0, "损失 🐍")).pdf)
    assert "损失 🐍" in texts(found)
    assert set(letters(found[15]).values()) == {"�", " "}
    assert covers("�")


def test_the_same_graph_gives_the_same_bytes_without_a_date():
    assert picture_of(two_layers()).pdf == picture_of(two_layers()).pdf
    assert b"Date" not in picture_of(lecture()).pdf
    assert len(picture_of(lecture()).pdf) < 100_000
