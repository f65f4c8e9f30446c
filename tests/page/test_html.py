"""The page as a file: well formed whatever is in it, and by itself."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import RenderError
from compgraph.page.html import json_block
from compgraph.page.making import page_picture
from compgraph.render.diagram import diagram
from compgraph.render.palette import DARK, LIGHT
from tests.render.graphs import lecture, random_graphs, two_layers


class Reader(HTMLParser):
    """What is in a page, as a browser reads it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.open: list[str] = []
        self.texts: dict[str, str] = {}
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        self.addresses += [value or "" for name, value in attributes if name in ("src", "href", "data", "action")]
        assert not [name for name, _ in attributes if name.startswith("on")], "scripts stand in the script only"

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            kind = f"{self.open[-1]} {len([t for t in self.tags if t == self.open[-1]])}"
            self.texts[kind] = self.texts.get(kind, "") + data


def read(page: str) -> tuple[Reader, dict[str, Any]]:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader, json.loads(reader.texts["script 1"])


def page_of(outputs: Any, theme: Any = "light") -> str:
    tape = cg.Tape(outputs)
    return page_picture(tape, [], (), lambda names, **look: diagram(tape, names, **look), "LR", theme).html


@given(random_graphs())
def test_whatever_names_there_are_the_page_is_made_of_the_same_elements(outputs):
    named = [node.name for node in cg.Tape(outputs)]
    page = page_of(outputs)
    reader, data = read(page)
    assert len(data["nodes"]) == len(named)
    assert reader.tags.count("script") == 2
    for node in cg.Tape(outputs):
        node.name = None
    plain = Reader()
    plain.feed(page_of(outputs))
    kept = [tag for tag in reader.tags if tag not in ("text", "tspan")]
    assert kept == [tag for tag in plain.tags if tag not in ("text", "tspan")]
    pictures = re.findall(r"<svg [^>]*font-family.*?</svg>", page, re.DOTALL)
    assert pictures
    for picture in pictures:
        ElementTree.fromstring(picture)
    page.encode()


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_data_are_the_same_after_they_were_in_a_page(data):
    block = json_block(data)
    assert json.loads(block) == data
    assert not set(block) & set("<&\u2028\u2029")


def test_nothing_is_loaded_from_elsewhere():
    page = page_of(two_layers())
    reader, _ = read(page)
    assert set(reader.addresses) == {"data:,"}
    assert set(re.findall(r"\w+://[\w./]+", page)) == {
        "http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML",
    }  # fmt: skip
    assert "default-src 'none'" in page
    assert not re.search(r"\b(fetch|XMLHttpRequest|import|eval|innerHTML|outerHTML|insertAdjacentHTML)\b *[(=]", page)


def test_the_page_of_the_lecture_is_small():
    page = page_of(lecture())
    picture = page[page.index("<svg", page.index('id="canvas"')) : page.index("</svg>", page.index('id="canvas"'))]
    assert len(page.encode()) - len(picture.encode()) < 60_000


def test_colours_stand_once_and_the_picture_goes_by_their_names():
    page = page_of(lecture())
    picture = page[page.index('id="canvas"') : page.index("</svg>", page.index('id="canvas"'))]
    assert not re.findall(r"#[0-9a-f]{6}", picture)
    for palette in (LIGHT, DARK):
        assert all(colour in page for colour in (palette.ground, palette.arrow, *palette.text.values()))
    assert 'data-theme="dark"' not in page
    assert '<html lang="en" data-theme="dark">' in page_of(lecture(), "dark")


def test_the_same_graph_gives_the_same_page(tmp_path):
    for name in ("a", "b"):
        cg.render(lecture(), tmp_path / f"{name}.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_render_writes_the_page_and_the_picture_has_it(tmp_path):
    picture = cg.render(lecture(), tmp_path / "j.html")
    assert (tmp_path / "j.html").read_text(encoding="utf-8") == picture.html
    picture.save(tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == picture.html
    assert picture.svg == cg.render(lecture()).svg


def test_a_picture_without_its_page_says_how_to_have_one(tmp_path):
    with pytest.raises(RenderError, match=r'render\(output, "graph.html"\)'):
        cg.render(lecture()).save(tmp_path / "j.html")
    assert list(tmp_path.iterdir()) == []


def test_nodes_without_a_name_are_called_as_the_formulas_call_them(tmp_path):
    a, b = cg.variables(a=2.0, b=3.0)
    J = 3 * (a + b)
    page = cg.render(J, tmp_path / "j.html").html
    assert "v3</tspan>" in page
    _, data = read(page)
    assert [node["name"] for node in data["nodes"]] == ["a", "b", "v3", "J"]


def test_a_folded_graph_can_be_unfolded_and_a_huge_one_cannot(tmp_path):
    def chain(n: int) -> cg.Node:
        x: cg.Node = cg.Variable(0.5, "x")
        for _ in range(n):
            x = -x
        return x

    for n, pictures in ((100, 1), (300, 2), (5_001, 1)):
        reader, data = read(cg.render(chain(n), tmp_path / "c.html").html)
        assert len(data["views"]) == pictures
        assert sum(tag == "g" for tag in reader.tags) > (n if pictures == 2 or n == 100 else 0)
