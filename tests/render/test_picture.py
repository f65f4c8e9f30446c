"""render: the call, its names, its files and its errors."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import CompgraphError, ConversionError, RenderError
from compgraph.node import Node
from compgraph.render import LayoutWarning, Picture, render, wasm_dot
from compgraph.render import drawing as drawing_module
from compgraph.render import layout as layout_module
from compgraph.render.detail import Detail
from compgraph.render.diagram import Line
from compgraph.render.formats import FORMATS
from compgraph.render.palette import LIGHT
from tests.render.graphs import lecture, two_layers

module_wide = cg.Variable(7.0)


def titles(picture: Picture) -> list[str]:
    return [line.text for box in picture.diagram.boxes if isinstance(line := box.lines[0], Line)]


def test_names_come_from_the_variables_of_the_caller():
    a, b, c = (cg.Variable(x) for x in (5.0, 3.0, 2.0))
    u = b * c
    v = a + u
    J = 3 * v
    assert titles(render(J)) == ["a", "b", "c", "u = b × c", "v = a + u", "3", "J = 3 × v"]


def test_names_of_constant_arrays_containers_and_the_module():
    X = np.ones((2, 9))
    params = {"W": cg.Variable(np.ones((1, 2))), "b": cg.Variable(np.zeros((1, 1)))}
    Z = (params["W"] @ X + params["b"]) * module_wide
    assert titles(render(Z)) == [
        "module_wide",
        "W",
        "b",
        "X",
        "W @ X",
        "(W @ X) + b",
        "Z = ((W @ X) + b) × module_wide",
    ]


def test_an_explicit_name_wins_and_a_shadowed_one_is_not_used():
    module_wide = cg.Variable(1.0, "explicit")
    J = module_wide * globals()["module_wide"]
    assert titles(render(J)) == ["variable", "explicit", "J = explicit × ·"]


def test_names_given_as_a_mapping_replace_the_callers():
    x = cg.Variable(2.0)
    y = x * x
    assert titles(render(y, names={"w": x})) == ["w", "output = w × w"]


def test_a_picture_keeps_no_node_alive_and_stays_as_it_was():
    x = cg.Variable(2.0)
    y = x * x
    picture = render(y)
    before = picture.dot
    y.backward()
    assert picture.dot == before
    assert render(y).dot != before


@pytest.mark.parametrize("ending", [*(ending for form in FORMATS for ending in form.endings), ".SVG"])
@pytest.mark.parametrize("kind", [str, Path])
def test_files_by_their_ending(engine, tmp_path, ending, kind):
    target = tmp_path / f"graph{ending}"
    picture = render(lecture(), kind(target))
    data = target.read_bytes()
    (form,) = [form for form in FORMATS if ending.lower() in form.endings]
    drawn = getattr(picture, form.attribute)
    assert data == (drawn.encode() if isinstance(drawn, str) else drawn)
    render(lecture(), target)
    assert target.read_bytes() == data, "the same graph gives other bytes"
    assert [file.name for file in tmp_path.iterdir()] == [target.name] or engine == "wasm"


def test_dot_text_needs_no_engine(no_dot, monkeypatch, tmp_path):
    monkeypatch.setattr(wasm_dot, "available", lambda: False)
    render(lecture(), tmp_path / "j.dot")
    assert "u = b × c" in (tmp_path / "j.dot").read_text(encoding="utf-8")


def test_without_an_engine_a_picture_is_drawn_simply_and_says_so(no_dot, monkeypatch, tmp_path):
    monkeypatch.setattr(wasm_dot, "available", lambda: False)
    with pytest.warns(LayoutWarning, match="pip install"):
        picture = render(lecture(), tmp_path / "j.svg")
    assert "laid out simply, without Graphviz" in (tmp_path / "j.svg").read_text(encoding="utf-8")
    assert "laid out" not in picture.dot


@pytest.mark.parametrize("path", ["graph.jpg", "graph", "graph.svg.zip", ".svg"])
def test_an_unknown_ending_is_refused_before_any_work(path, monkeypatch):
    monkeypatch.setattr(drawing_module, "Tape", None)
    with pytest.raises(RenderError, match=r"must be one of \.svg \.html \.png \.pdf \.tex .* \.mermaid"):
        render(lecture(), path)


def test_targets_that_cannot_be_written(tmp_path):
    for target in (tmp_path / "no" / "j.svg", Path("/proc/self/j.dot")):
        with pytest.raises(RenderError, match="cannot write") as caught:
            render(lecture(), target)
        assert "\n" not in str(caught.value)


def test_mistakes_of_use_are_named():
    for wrong in (3.0, None, np.ones(3), [1.0], "J"):
        with pytest.raises(ConversionError, match="depend on a Variable"):
            render(wrong)  # type: ignore[arg-type]
    with pytest.raises(RenderError, match="list of outputs is empty"):
        render([])
    with pytest.raises(RenderError, match=r"'LR' .* 'TB'"):
        render(lecture(), direction="RL")  # type: ignore[arg-type]
    with pytest.raises(RenderError, match=r"theme='blue': give 'light' or 'dark'"):
        render(lecture(), theme="blue")  # type: ignore[arg-type]
    with pytest.raises(RenderError, match=r"detail=3: give 'names', 'values' or 'full'"):
        render(lecture(), detail=3)  # type: ignore[arg-type]
    with pytest.raises(ConversionError, match="depend on a Variable"):
        render(lecture(), upto=3.0)  # type: ignore[arg-type]
    with pytest.raises(RenderError, match="upto= has the node 'stranger'"):
        render(lecture(), upto=cg.Variable(1.0, "stranger"))


def test_one_output_or_several():
    a, b = cg.variables(a=1.0, b=2.0)
    u, v = a * b, a + b
    assert titles(render((u, v))) == titles(render([u, v])) == titles(render(x for x in (u, v)))
    assert [box.is_output for box in render([u, v]).diagram.boxes] == [False, False, True, True]


def test_direction():
    def size(picture: Picture) -> tuple[float, float]:
        svg = ElementTree.fromstring(picture.svg)
        return float(svg.get("width", "")), float(svg.get("height", ""))

    wide, tall = size(render(two_layers())), size(render(two_layers(), direction="TB"))
    assert wide[0] > 3 * wide[1]
    assert tall[1] > tall[0]


def test_in_a_notebook(engine):
    picture = render(lecture())
    assert picture._repr_svg_() == picture.svg
    assert picture._repr_mimebundle_() == {"image/svg+xml": picture.svg, "text/plain": repr(picture)}
    assert repr(picture) == "<Picture: Computation graph of J: 3 variables, 3 operations, 1 constant>"


def test_in_a_notebook_a_picture_that_cannot_be_drawn_shows_the_reason(monkeypatch):
    def refuse(*args):
        raise RenderError("no ink")

    monkeypatch.setattr(layout_module, "layout", refuse)
    picture = render(lecture())
    assert picture._repr_svg_() is None
    assert picture._repr_mimebundle_() == {"text/plain": f"{picture!r}\nno ink"}


def test_no_temporary_files(engine, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = set(tmp_path.iterdir())
    picture = render(lecture())
    assert picture.png
    assert set(tmp_path.iterdir()) == before


def test_threads():
    J = lecture()
    alone = render(J).png
    found: list[bytes | CompgraphError] = []

    def draw() -> None:
        found.append(render(J).png)

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 4


def test_themes_differ_in_their_colours_only():
    light, dark = render(lecture()), render(lecture(), theme="dark")
    assert LIGHT.ground in light.svg
    assert LIGHT.ground not in dark.svg.replace(LIGHT.fill["operation"], "")
    for form in ("svg", "dot", "mermaid"):
        bare = [re.sub(r"#[0-9a-f]{6}\b", "", getattr(p, form)) for p in (light, dark)]
        assert bare[0] == bare[1]
        assert getattr(light, form) != getattr(dark, form)
    assert light.pdf != dark.pdf
    assert light.tex != dark.tex
    assert light.txt == dark.txt


def test_upto_draws_what_lies_between():
    a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    u = b * c
    J = 3 * (a + u)
    J.backward()
    picture = render(J, upto=u)
    assert titles(picture) == ["a", "u = b × c", "a + u", "3", "J = 3 × (a + u)"]
    assert picture.diagram.notes == ("not drawn: what came before u",)
    assert len(picture.diagram.arrows) == 4
    assert "dJ/du = 3" in picture.svg
    assert titles(render(J, upto=[a, b, c])) == titles(render(J))


def test_details():
    names, values, full = (render(lecture(), detail=detail) for detail in get_args(Detail))
    assert "dv/du = 1" in full.svg
    assert "dv/du = 1" not in values.svg
    assert "dJ/du = 3" in values.svg
    assert titles(names) == titles(values) == titles(full)
    assert "derivative" not in names.svg
    assert not [box for box in names.diagram.boxes if len(box.lines) > 1]


def test_the_derivative_graph_can_be_drawn():
    W1 = cg.Variable(np.array([[0.1, 0.2]]), "W1")
    J = np.sum(np.tanh(W1 @ np.array([[1.0], [2.0]])) ** 2)
    (dW1,) = cg.gradients(J, [W1], create_graph=True)
    assert titles(render([dW1]))[-1].startswith("dW1 = ")
    several = cg.gradients(J * J, [W1, J], create_graph=True)
    drawn = render(several, names={})
    assert [title.partition(" = ")[0] for title in titles(drawn)[-1:]] == ["output 1"]
    assert drawn.diagram.summary.startswith("Computation graph of output 1, output 2:")
    assert drawn.diagram.notes == ("derivatives not computed yet: call output 2.backward()",)


def test_a_large_graph_is_drawn_by_the_layout_in_rows():
    x: Node = cg.Variable(1.0, "x")
    for _ in range(12_000):
        x = -x
    picture = render(x, detail="names", fold=False)
    svg = ElementTree.fromstring(picture.svg)
    width, height = (float(svg.get(side, "")) for side in ("width", "height"))
    assert max(width, height) < 40_000
    assert "laid out simply: more than" in picture.svg
    assert len(picture.diagram.boxes) == 12_001
