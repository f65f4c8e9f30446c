"""render: the call, its names, its files and its errors."""

from __future__ import annotations

import threading
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import CompgraphError, ConversionError, RenderError
from compgraph.render import Picture, render, wasm_dot
from compgraph.render import picture as picture_module
from compgraph.render.diagram import Line
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


@pytest.mark.parametrize("ending", [".svg", ".SVG", ".png", ".dot", ".gv"])
@pytest.mark.parametrize("kind", [str, Path])
def test_files_by_their_ending(engine, tmp_path, ending, kind):
    target = tmp_path / f"graph{ending}"
    picture = render(lecture(), kind(target))
    data = target.read_bytes()
    expected = {".svg": picture.svg.encode(), ".png": picture.png}.get(ending.lower(), picture.dot.encode())
    assert data == expected
    assert [file.name for file in tmp_path.iterdir()] == [target.name] or engine == "wasm"


def test_dot_text_needs_no_engine(no_dot, monkeypatch, tmp_path):
    monkeypatch.setattr(wasm_dot, "available", lambda: False)
    render(lecture(), tmp_path / "j.dot")
    assert "u = b × c" in (tmp_path / "j.dot").read_text(encoding="utf-8")
    with pytest.raises(RenderError, match="pip install"):
        render(lecture(), tmp_path / "j.svg")
    assert not (tmp_path / "j.svg").exists()


@pytest.mark.parametrize("path", ["graph.jpg", "graph", "graph.svg.zip", ".svg"])
def test_an_unknown_ending_is_refused_before_any_work(path, monkeypatch):
    monkeypatch.setattr(picture_module, "Tape", None)
    with pytest.raises(RenderError, match=r"must be one of \.svg \.png \.dot \.gv"):
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


def test_in_a_notebook_without_an_engine_the_reason_is_shown(no_dot, monkeypatch):
    monkeypatch.setattr(wasm_dot, "available", lambda: False)
    picture = render(lecture())
    assert picture._repr_svg_() is None
    bundle = picture._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert "pip install" in bundle["text/plain"]


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
