"""Heat maps and histograms: their numbers, and that they are in the picture."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import matplotlib.image
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import compgraph as cg
from compgraph.errors import RenderError
from compgraph.render import render
from compgraph.render.diagram import diagram
from compgraph.render.palette import DARK, LIGHT
from compgraph.render.sketch import sketch
from compgraph.render.typesetting import Place, typeset
from compgraph.scope import scope
from tests.render.graphs import two_layers

SVG = "{http://www.w3.org/2000/svg}"
arrays = hnp.arrays(
    st.sampled_from([np.float64, np.float32, np.int64, np.bool_, np.complex128]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=50),
)


@pytest.mark.filterwarnings("error")
@given(arrays, st.sampled_from(["heatmap", "histogram"]))
def test_any_array_has_a_small_sketch_or_none(array, kind):
    drawn = sketch(array, kind)
    if drawn is None:
        return
    assert len(drawn.cells) <= 12
    assert {len(row) for row in drawn.cells} == {len(drawn.cells[0])}
    assert len(drawn.cells[0]) <= 32
    parts = [x for row in drawn.cells for x in row if x is not None]
    assert all(-1 <= x <= 1 for x in parts)
    if kind == "histogram":
        assert max(parts) == 1
        assert min(parts) >= 0


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.floats(-9, 9)))
def test_a_heat_map_of_few_entries_has_them_all(array):
    drawn = sketch(array, "heatmap")
    assert drawn is not None
    largest = np.abs(array).max() or 1.0
    assert np.allclose(np.array(drawn.cells, float), array / largest, atol=0.5 / 12 + 1e-9)


def test_a_heat_map_of_many_entries_has_the_means_of_blocks():
    array = np.zeros((120, 320))
    array[:10, :10] = 4.0
    array[10:20, 10:20] = -2.0
    drawn = sketch(array, "heatmap")
    assert drawn is not None
    cells = np.array(drawn.cells, float)
    assert cells.shape == (12, 32)
    assert (cells[0, 0], cells[1, 1]) == (1.0, -0.5)
    assert np.count_nonzero(cells) == 2


def test_what_is_not_finite_is_seen_as_such():
    drawn = sketch(np.array([[1.0, np.nan, np.inf, -1e308]]), "heatmap")
    assert drawn is not None
    assert drawn.cells == ((0.0, None, None, -1.0),)
    drawn = sketch(np.array([-1e308, np.nan, 1e308, np.inf]), "histogram")
    assert drawn is not None
    assert (drawn.cells[0][0], drawn.cells[0][-1], sum(x or 0 for x in drawn.cells[0])) == (1.0, 1.0, 2.0)
    assert drawn.zero == 0.5
    assert sketch(np.full(3, np.nan), "histogram") is None
    assert sketch(np.full((2, 2), np.nan), "heatmap") is None


def test_where_zero_lies_in_a_histogram():
    for array, zero in (([0.0, 4.0], 0.0), ([-3.0, 1.0], 0.75), ([2.0, 4.0], None), ([0.0, 0.0], 0.5)):
        drawn = sketch(np.array(array), "histogram")
        assert drawn is not None
        assert drawn.zero == zero


def test_large_arrays_have_a_sketch_of_value_and_derivative_and_small_ones_none():
    (A1,) = [box for box in diagram(cg.Tape(two_layers(400)), arrays="heatmap").boxes if box.key == "n6"]
    assert [(s.line, s.style) for s in A1.sketches] == [(1, "value"), (2, "derivative")]
    (W2,) = [box for box in diagram(cg.Tape(two_layers(400)), arrays="heatmap").boxes if box.key == "n2"]
    assert W2.sketches == ()
    assert not any(box.sketches for box in diagram(cg.Tape(two_layers(400))).boxes)
    assert not any(box.sketches for box in diagram(cg.Tape(two_layers(400)), arrays="heatmap", detail="names").boxes)


def test_an_output_that_is_folded_has_its_sketch():
    with scope("layer"):
        y = np.tanh(cg.Variable(np.ones((9, 9))))
    (box,) = diagram(cg.Tape(y), fold=True, arrays="heatmap").boxes
    assert [s.line for s in box.sketches] == [3]


@pytest.mark.parametrize("kind", ["heatmap", "histogram"])
def test_a_sketch_has_room_of_its_own_in_its_box(kind):
    for box in diagram(cg.Tape(two_layers(m=400)), arrays=kind).boxes:
        size = typeset(box)
        places = [piece for piece in size.pieces if isinstance(piece, Place)]
        assert len(places) == len(box.sketches)
        for place in places:
            assert -size.width / 2 + 4 < place.x
            assert place.x + place.width < size.width / 2 - 4
            assert place.y + place.height < size.height / 2 - 2
            for piece in size.pieces:
                y = getattr(piece, "y", place.y)
                assert piece is place or y < place.y or y - 10 > place.y + place.height


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_are_in_every_laid_out_format(theme):
    palette = LIGHT if theme == "light" else DARK
    x = cg.Variable(np.linspace(-1, 1, 96).reshape(4, 24), "x")
    picture = render(x, theme=theme, arrays="heatmap")
    colours = [rect.get("fill", "") for rect in ElementTree.fromstring(picture.svg).iter(f"{SVG}rect")]
    assert {palette.shade(part) for part in (-1.0, -0.25, 0.0, 0.5, 1.0)} <= set(colours)
    assert "heat map" in picture.svg
    image = matplotlib.image.imread(io.BytesIO(picture.png))[..., :3]
    pixels = (255 * image.reshape(-1, 3)).round().astype(int).tolist()
    seen = {f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in pixels}
    assert {palette.shade(-1.0), palette.shade(1.0)} <= seen
    assert picture.tex.count("\\definecolor{cgshade") > 10
    assert len(picture.pdf) > len(render(x, theme=theme).pdf)
    for form in ("txt", "dot", "mermaid"):
        assert getattr(picture, form) == getattr(render(x, theme=theme), form)
    assert render(x, theme=theme, arrays="heatmap").svg == picture.svg


def test_a_histogram_is_drawn_in_the_colour_of_what_it_is_of():
    x = cg.Variable(np.linspace(0, 1, 100), "x")
    np.sum(x * x).backward()
    svg = ElementTree.fromstring(render(x, arrays="histogram").svg)
    fills = [rect.get("fill") for rect in svg.iter(f"{SVG}rect")]
    assert fills.count(LIGHT.text["value"]) == 24
    assert fills.count(LIGHT.text["derivative"]) == 24


def test_another_kind_is_refused():
    with pytest.raises(RenderError, match="arrays='plot': give 'numbers', 'heatmap' or 'histogram'"):
        render(cg.Variable(1.0), arrays="plot")  # type: ignore[arg-type]
