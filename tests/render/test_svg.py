"""The SVG of a picture: well formed whatever is in it, its text in its boxes, readable and always the same."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import matplotlib.image
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import compgraph as cg
from compgraph.node import Node
from compgraph.render import Picture
from compgraph.render.diagram import Line, diagram
from compgraph.render.png import png_bytes
from compgraph.scope import Scope, belong, scope
from tests.render.graphs import HOSTILE, lecture, random_graphs, two_layers

SVG = "{http://www.w3.org/2000/svg}"
ON_ARROWS = "on an arrow: local derivative"


def picture_of(outputs: Node | list[Node]) -> Picture:
    return Picture(diagram(cg.Tape(outputs)))


def boxes(svg: Element) -> dict[str, Element]:
    groups = [group for group in svg.iter(f"{SVG}g") if group.get("class", "").startswith("box ")]
    return {group.get("data-key", ""): group for group in groups}


def label_groups(svg: Element) -> list[Element]:
    return [g for g in svg.iter(f"{SVG}g") if g.get("class") == "label"]


def texts(group: Element) -> list[str]:
    return ["".join(text.itertext()) for text in group.iter(f"{SVG}text")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outputs=random_graphs())
def test_the_picture_is_well_formed_and_says_what_the_diagram_says(no_dot, outputs):
    picture = picture_of(outputs)
    svg = ElementTree.fromstring(picture.svg)
    drawn = boxes(svg)
    assert list(drawn) == [box.key for box in picture.diagram.boxes]
    for box in picture.diagram.boxes:
        said = texts(drawn[box.key])
        for line in box.lines:
            if isinstance(line, Line):
                assert said.pop(0) == line.text
            else:
                expected = [line.lead.text, *(entry for column in zip(*line.rows, strict=True) for entry in column)]
                assert said[: len(expected)] == expected
                del said[: len(expected)]
        assert said == []
        assert drawn[box.key].findtext(f"{SVG}title") == box.description
    arrows = [g for g in svg.iter(f"{SVG}g") if g.get("class") == "arrow"]
    labels = [("".join(g.itertext()).strip(), g.get("data-tail"), g.get("data-head")) for g in label_groups(svg)]
    assert labels == [(arrow.label, arrow.tail, arrow.head) for arrow in picture.diagram.arrows if arrow.label]
    assert [(g.get("data-tail"), g.get("data-head")) for g in arrows] == [
        (arrow.tail, arrow.head) for arrow in picture.diagram.arrows
    ]
    assert "nan" not in re.sub(r">[^<]*<", "", picture.svg), "a coordinate is not a number"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(engine, name):
    svg = ElementTree.fromstring(picture_of(cg.Variable(1.0, name)).svg)
    tags = {element.tag.removeprefix(SVG) for element in svg.iter()}
    assert tags <= {"svg", "title", "rect", "g", "path", "polygon", "text", "tspan"}


def test_names_values_and_derivatives_each_have_their_style(engine):
    (u,) = [g for g in boxes(ElementTree.fromstring(picture_of(lecture()).svg)).values() if texts(g)[0] == "u = b × c"]
    title, value, derivative = u.iter(f"{SVG}text")
    name, formula = title
    assert (name.text, name.get("font-weight")) == ("u", "bold")
    assert (formula.text, formula.get("font-weight")) == (" = b × c", None)
    assert (value.text, value.get("class")) == ("6", "value")
    assert (derivative.text, derivative.get("class")) == ("dJ/du = 3", "derivative")
    assert all(text.get("{http://www.w3.org/XML/1998/namespace}space") == "preserve" for text in u.iter(f"{SVG}text"))
    assert len({part.get("fill") for part in (name, value, derivative)}) == 3


def test_the_legend_explains_what_is_there_and_only_that(engine):
    def legend(J: Node | list[Node]) -> list[str]:
        (group,) = [g for g in ElementTree.fromstring(picture_of(J).svg).iter(f"{SVG}g") if g.get("class") == "legend"]
        return texts(group)

    assert legend(lecture()) == ["variable", "operation", "constant", "value", "derivative dJ/d·", ON_ARROWS]
    assert legend(lecture(backward=False))[-1] == "derivatives not computed yet: call J.backward()"
    assert legend(cg.Variable(1.0, "x"))[:2] == ["variable", "value"]


def wide_names() -> Node:
    x = cg.Variable(-1234567.0, "MMMMMMMMMMMMMMMMMMMMMMMM")
    y = cg.Variable(np.full((3, 3), -1.2345e-7), "WWWWW@@@@%%%%")
    J = np.sum(x * y) ** 2
    J.name = "iiiiiiiiiiiiiiiiiiiiiiiiiiiiiii"
    J.backward()
    return J


@pytest.mark.parametrize(
    "graph", [lecture, two_layers, lambda: two_layers(400), wide_names, lambda: cg.Variable(1.0, "M" * 24)]
)
def test_all_ink_of_the_text_is_inside_the_boxes_and_the_legend(engine, graph):
    svg = ElementTree.fromstring(picture_of(graph()).svg)
    inside = np.zeros([round(float(svg.get(side, "0"))) + 2 for side in ("height", "width")], bool)

    def place(group: Element) -> np.ndarray:
        return np.array([float(x) for x in re.findall(r"-?[\d.]+", group.get("transform", ""))])

    (legend,) = [g for g in svg.iter(f"{SVG}g") if g.get("class") == "legend"]
    inside[int(place(legend)[1]) :, 10:-10] = True
    for group in (*boxes(svg).values(), *label_groups(svg)):
        rect = group.find(f"{SVG}rect")
        assert rect is not None
        left, top = place(group) + [float(rect.get(side, "0")) for side in "xy"]
        width, height = (float(rect.get(side, "0")) for side in ("width", "height"))
        inside[int(top) + 3 : int(top + height) - 2, int(left) + 3 : int(left + width) - 2] = True
    for parent in list(svg.iter()):
        for child in list(parent):
            if child.tag.removeprefix(SVG) in ("rect", "path", "polygon"):
                parent.remove(child)
    ink = matplotlib.image.imread(io.BytesIO(png_bytes(ElementTree.tostring(svg, encoding="unicode"))))[..., 3] > 0.1
    rows, columns = np.nonzero(ink)
    assert len(rows) > 500
    scale = ink.shape[1] / float(svg.get("width", "1"))
    outside = ~inside[(rows / scale).astype(int), (columns / scale).astype(int)]
    assert not outside.any(), f"{outside.sum()} of {len(rows)} dark pixels stand outside"


def test_nothing_reaches_beyond_the_picture(engine):
    for graph in (lecture, two_layers, wide_names):
        svg = ElementTree.fromstring(picture_of(graph()).svg)
        numbers = [float(x) for x in re.findall(r"-?[\d.]+", svg.get("viewBox", ""))]
        assert numbers == [0, 0, float(svg.get("width", "")), float(svg.get("height", ""))]
        image = matplotlib.image.imread(io.BytesIO(png_bytes(ElementTree.tostring(svg, encoding="unicode"))))
        border = np.concatenate([image[:8].reshape(-1, 4), image[-8:].reshape(-1, 4), image[:, :8].reshape(-1, 4)])
        assert (border == 1).all()


def test_scopes_stand_behind_arrows_with_their_titles_before_them(engine):
    J = lecture()
    layer, inner = Scope("layer <1> & co"), None
    belong(J.inputs[1], layer)
    inner = Scope("inner", layer)
    belong(J.inputs[1].inputs[1], inner)
    svg = ElementTree.fromstring(picture_of(J).svg)
    (graph,) = [g for g in svg.iter(f"{SVG}g") if g.get("class") == "graph"]
    order = [g.get("class", "").split()[0] for g in graph]
    assert [kind for i, kind in enumerate(order) if order[i - 1 : i] != [kind]] == [
        "scope", "arrow", "title", "label", "box"
    ]  # fmt: skip
    titles = {g.get("data-key"): "".join(g.itertext()).strip() for g in graph if g.get("class") == "title"}
    assert titles == {"s0": "layer <1> & co", "s1": "inner"}
    told = {g.get("data-key"): g.findtext(f"{SVG}title") for g in graph if g.get("class") == "scope"}
    assert told == {"s0": "scope layer <1> & co", "s1": "scope inner"}


def test_a_folded_box_lies_on_another(engine):
    with scope("layer"):
        y = cg.Variable(1.0, "x") * 2
    svg = ElementTree.fromstring(Picture(diagram(cg.Tape(y), fold=True)).svg)
    (box,) = boxes(svg).values()
    back, front = (rect for rect in box.iter(f"{SVG}rect"))
    assert float(back.get("x", "")) > float(front.get("x", ""))
    assert float(back.get("y", "")) < float(front.get("y", ""))
    (legend,) = [g for g in svg.iter(f"{SVG}g") if g.get("class") == "legend"]
    assert texts(legend)[0] == "folded"


def test_the_same_graph_gives_the_same_bytes(engine):
    for graph in (lecture, two_layers):
        assert picture_of(graph()).svg == picture_of(graph()).svg


def test_two_pictures_can_stand_in_one_page():
    text = picture_of(lecture()).svg
    assert not re.search(r'\sid="', text)
    assert "<style" not in text
    assert "url(#" not in text


def test_both_engines_show_the_same_in_boxes_of_the_same_size(engine, monkeypatch, tmp_path):
    def shown() -> dict[str, tuple[list[str], list[str | None]]]:
        drawn = boxes(ElementTree.fromstring(picture_of(two_layers()).svg))
        rects = {key: group.find(f"{SVG}rect") for key, group in drawn.items()}
        return {
            key: (texts(drawn[key]), [rect.get("width"), rect.get("height")])
            for key, rect in rects.items()
            if rect is not None
        }

    one = shown()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert one == shown()
    assert len(one) == 24
