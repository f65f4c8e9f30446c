"""The comparison as a picture: what is wrong stays in sight, whatever the size, the shape and the numbers."""

import io
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.report import Comparison
from compgraph.check.report_plot import MOST_GRADIENTS, MOST_POINTS, figure, points_to_show
from compgraph.check.verdicts import KINK
from compgraph.errors import MissingExtraError
from tests.check.reports import comparisons, complex_row, ordinary, row

pytest.importorskip("matplotlib")


def shown(picture: Any) -> list[str]:
    """All texts of the picture."""
    return [text.get_text() for text in picture.findobj(match=lambda part: hasattr(part, "get_text"))]


def points(axes: Any) -> list[tuple[float, float]]:
    return [tuple(point) for collection in axes.collections for point in collection.get_offsets().tolist()]


def draw(picture: Any) -> bytes:
    stream = io.BytesIO()
    picture.savefig(stream, format="png", dpi=30)
    return stream.getvalue()


def test_each_gradient_has_a_map_and_a_scatter_plot() -> None:
    picture = figure(ordinary())
    titles = [axes.get_title(loc="left") for axes in picture.axes if axes.get_title(loc="left")]
    assert titles == [
        "dW2 (1,4)  right: 16 digits",
        "db2 (1,1)  right: 15 digits",
        "dZ1 (4,6)  wrong: the slip",
        "dW1 (4,2)  wrong: inherited",
        "db1 (4,1)  wrong: has shape (4,)",
    ]
    assert shown(picture).count("manual has shape (4,)") == 2
    assert shown(picture).count("all within rounding") == 2
    assert sum(len(axes.images) for axes in picture.axes) == 4
    assert draw(picture).startswith(b"\x89PNG")


def test_a_scatter_plot_holds_the_entries_and_the_diagonal() -> None:
    x, y = np.array([1.0, 2.0, -3.0]), np.array([1.0, 2.5, -3.0])
    scatter = figure(Comparison([row("dw", x, y)])).axes[1]
    assert sorted(points(scatter)) == sorted(zip(x, y, strict=True))
    assert [text.get_text() for text in scatter.get_legend().get_texts()] == ["right", "wrong"]
    (line,) = scatter.lines
    assert (line.get_xy1(), line.get_slope()) == ((0, 0), 1)


def test_one_wrong_entry_of_a_million_is_in_both_pictures() -> None:
    x = np.random.default_rng(0).normal(size=(1000, 1000))
    y = x.copy()
    y[617, 233] *= 1 + 1e-9
    picture = figure(Comparison([row("dw", x, y)]))
    squares = picture.axes[0].images[0].get_array()
    assert squares.shape == (200, 200)
    assert np.argwhere(~np.ma.getmaskarray(squares)).tolist() == [[123, 46]]
    assert squares.max() == pytest.approx(1e-9, rel=1e-3)
    assert (x[617, 233], y[617, 233]) in points(picture.axes[1])
    assert len(points(picture.axes[1])) <= MOST_POINTS
    assert f"{len(points(picture.axes[1]))} of 1000000 entries" in shown(picture)


@given(size=st.integers(0, 3000), most=st.integers(2, 50), seed=st.integers(0, 99))
def test_the_worst_entries_are_among_those_shown(size: int, most: int, seed: int) -> None:
    errors = np.random.default_rng(seed).random(size)
    chosen = points_to_show(errors, most)
    assert len(chosen) == len(set(chosen.tolist())) <= most or size <= most
    assert set(np.argsort(-errors)[: most // 2].tolist()) <= set(chosen.tolist())
    assert chosen.tolist() == points_to_show(errors, most).tolist()
    assert all(0 <= entry < size for entry in chosen)


def test_entries_that_cannot_be_drawn_are_told_and_their_squares_stand_out() -> None:
    picture = figure(Comparison([row("dw", [1.0, 1.0, 1.0, 1e200, 1.0], [np.nan, np.inf, 1.0, 1.0, 1e200])]))
    image = picture.axes[0].images[0]
    assert "without 4 infinite, NaN or huge" in shown(picture)
    assert points(picture.axes[1]) == [(1.0, 1.0)]
    colours = image.cmap(image.norm(image.get_array()))[0]
    assert colours[0].tolist() == colours[1].tolist() == image.cmap.get_over().tolist()
    assert colours[2].tolist() == image.cmap.get_bad().tolist()
    assert colours[3].tolist() == colours[4].tolist() == list(image.cmap(image.norm(1.0)))


def test_complex_gradients_are_shown_in_two_parts() -> None:
    scatter = figure(Comparison([complex_row("dz", [1 + 2j, 3.0], [1 - 2j, 3.0])])).axes[1]
    assert [text.get_text() for text in scatter.get_legend().get_texts()] == [
        "real part right",
        "real part wrong",
        "imaginary part right",
        "imaginary part wrong",
    ]
    assert sorted(points(scatter)) == [(0, 0), (1, 1), (2, -2), (3, 3)]


def test_of_very_many_gradients_the_wrong_ones_come_first() -> None:
    rows = [row(f"dw{i}", 1.0, 1.0) for i in range(30)] + [row("doubt", 1.0, 1.0, KINK), row("bad", 1.0, 2.0)]
    picture = figure(Comparison(rows))
    titles = [axes.get_title(loc="left").split()[0] for axes in picture.axes if axes.get_title(loc="left")]
    assert titles == ["bad", "doubt", *[f"dw{i}" for i in range(MOST_GRADIENTS - 2)]]
    assert "20 of 32 gradients, wrong ones first" in shown(picture)


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")  # matplotlib's font has no ideographs
@settings(max_examples=8)
@given(comparison=comparisons())
def test_anything_can_be_drawn(comparison: Comparison) -> None:
    assert draw(figure(comparison)).startswith(b"\x89PNG")


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"plotting a comparison needs .* pip install 'compgraph\[plot\]'"):
        figure(ordinary())


def test_a_real_comparison_is_drawn() -> None:
    found = cg.compare(lambda w: np.sum(np.sin(w)), lambda w: np.sin(w), at={"w": np.linspace(0, 1, 12).reshape(3, 4)})
    assert draw(figure(found)).startswith(b"\x89PNG")
