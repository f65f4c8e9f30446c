"""What holds for every plot: the axes it draws in, how it looks, what it leaves behind, what it says if it cannot."""

import io
import sys
import warnings
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from compgraph import plots
from compgraph.errors import CompgraphError, MissingExtraError, SettingError, ShapeError
from compgraph.networks.initialise import random_layers, random_two_layer
from compgraph.plots.style import COLOURS, TEXT_SIZE, dress, one_panel, panels

pytest.importorskip("matplotlib")
import matplotlib
from matplotlib.figure import Figure

RNG = np.random.default_rng(0)
X1 = np.array([[-3.0, -2.0, -1.0, 0.5, 1.0, 2.0]])
Y1 = np.array([[0.0, 0.0, 1.0, 0.0, 1.0, 1.0]])
X2 = RNG.uniform(-2, 2, (2, 30))
Y2 = (X2[:1] * X2[1:] > 0).astype(float)
TWO_LAYER = random_two_layer(2, 3, seed=1, scale=1.0)
DEEP = random_layers([2, 4, 4, 1], seed=1, scale=0.5)
COSTS = {"one": np.array([0.7, 0.5, 0.4]), "two": np.array([0.7, 0.6])}

Draw = Callable[..., Any]

# Each plot, with the number of its rows and columns; it takes the axes under the name `axes` or `ax`.
PLOTS: dict[str, tuple[Draw, tuple[int, int], str]] = {
    "activation_functions": (lambda **a: plots.activation_functions(**a), (2, 3), "axes"),
    "cost_surface": (lambda **a: plots.cost_surface(X1, Y1, start=(-4.0, 4.0), epochs=5, **a), (2, 2), "axes"),
    "decision_boundary": (lambda **a: plots.decision_boundary(TWO_LAYER, X2, Y2, **a), (1, 1), "ax"),
    "cost_curves": (lambda **a: plots.cost_curves(COSTS, **a), (1, 1), "ax"),
    "layer_spread": (
        lambda **a: plots.layer_spread(
            {"σ": plots.Trial(DEEP, "sigmoid"), "tanh": plots.Trial(DEEP, "tanh")}, X2, Y2, epochs=5, **a
        ),
        (2, 2),
        "axes",
    ),
    "start_values": (lambda **a: plots.start_values(X2, Y2, [2, 4, 4, 1], epochs=5, **a), (1, 2), "axes"),
}
every_plot = pytest.mark.parametrize(("draw", "shape", "keyword"), PLOTS.values(), ids=PLOTS)


def all_of(axes: Any) -> list[Any]:
    return list(np.atleast_1d(np.asarray(axes, dtype=object)).flat)


def svg(figure: Any) -> bytes:
    stream = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "compgraph"}):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


def test_every_function_is_tested_here() -> None:
    assert set(PLOTS) == {
        name for name in plots.__all__ if name not in {"SCHEMES", "Trial", "he", "scaled_layers", "xavier"}
    }


@every_plot
def test_it_draws_in_the_axes_given(draw: Draw, shape: tuple[int, int], keyword: str) -> None:
    figure = Figure(figsize=(9, 7))
    mine = figure.subplots(*shape, squeeze=False)
    given = mine[0, 0] if keyword == "ax" else mine
    got = draw(**{keyword: given})
    assert all_of(got) == list(mine.flat)
    assert all(ax.lines for ax in mine.flat)
    assert figure.axes == list(mine.flat)  # and adds none of its own
    svg(figure)


@every_plot
def test_its_own_figure_is_not_pyplots(draw: Draw, shape: tuple[int, int], keyword: str) -> None:
    import matplotlib.pyplot as plt

    settings = dict(matplotlib.rcParams)
    before = plt.get_fignums()
    axes = all_of(draw())
    assert len(axes) == shape[0] * shape[1]
    assert isinstance(axes[0].figure, Figure)
    assert plt.get_fignums() == before
    assert dict(matplotlib.rcParams) == settings


@every_plot
def test_it_has_labels_that_can_be_read(draw: Draw, shape: tuple[int, int], keyword: str) -> None:
    axes = all_of(draw())
    figure = axes[0].figure
    assert figure.get_figwidth() <= 7  # shrunk to half a page, 3.3 inches, a text of 10 points still has about 5
    texts = [text for text in figure.findobj(match=lambda part: hasattr(part, "get_fontsize")) if text.get_text()]
    assert texts
    assert min(text.get_fontsize() for text in texts) >= TEXT_SIZE - 2
    assert all(ax.get_xlabel() for ax in axes if ax.get_subplotspec().is_last_row())
    for row in np.asarray(axes, dtype=object).reshape(shape):
        assert any(ax.get_ylabel() or ax.get_title(loc="left") for ax in row)  # what goes upwards is said once a row
    assert any(ax.get_legend() for ax in axes)


@every_plot
def test_it_is_the_same_each_time(draw: Draw, shape: tuple[int, int], keyword: str) -> None:
    once, twice = (svg(all_of(draw())[0].figure) for _ in range(2))
    assert once == twice


@every_plot
def test_it_warns_of_nothing(draw: Draw, shape: tuple[int, int], keyword: str) -> None:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        svg(all_of(draw())[0].figure)
    assert not found


@every_plot
def test_it_changes_no_array(draw: Draw, shape: tuple[int, int], keyword: str) -> None:
    arrays = [X1, Y1, X2, Y2, *TWO_LAYER, *DEEP.W, *DEEP.b, *COSTS.values()]
    for array in arrays:
        array.flags.writeable = False
    try:
        draw()
    finally:
        for array in arrays:
            array.flags.writeable = True


@every_plot
def test_with_another_number_of_axes_it_says_how_many(draw: Draw, shape: tuple[int, int], keyword: str) -> None:
    n = shape[0] * shape[1]
    mine = Figure().subplots(1, n + 1)
    with pytest.raises(ShapeError, match=rf"{n + 1} axes were given, and this plot has {n}"):
        draw(**{keyword: mine})
    assert not any(ax.has_data() for ax in mine)


@every_plot
def test_what_is_no_axes_is_refused(draw: Draw, shape: tuple[int, int], keyword: str) -> None:
    with pytest.raises(SettingError, match="no axes of matplotlib"):
        draw(**{keyword: [Figure()] * (shape[0] * shape[1])})


@every_plot
def test_without_matplotlib_it_says_what_to_install(
    draw: Draw, shape: tuple[int, int], keyword: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"matplotlib.*compgraph\[plot\]") as raised:
        draw()
    assert isinstance(raised.value, CompgraphError)


# ---------------------------------------------------------------------------------------------------------------- style


def test_axes_are_taken_in_any_form() -> None:
    mine = Figure().subplots(2, 2)
    for given in (mine, list(mine.flat), [list(row) for row in mine], tuple(mine.flat)):
        assert panels(given, 2, 2).tolist() == mine.tolist()
    assert one_panel(mine[0, 0], size=(1, 1)) is mine[0, 0]


def test_dollars_in_what_a_person_wrote_are_no_formula() -> None:
    ax = plots.cost_curves({"dearer by $\\frac$": [0.7, 0.5]})
    svg(ax.figure)  # where it is taken for a formula, that fails
    dress(ax, "x", "y", "dearer by $\\frac$", markup=False)
    svg(ax.figure)


def linear(colour: str) -> Any:
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: Any) -> Any:
    """Linear sRGB as CIELAB, in which distances are as seen."""
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    xyz = np.array(to_xyz) @ rgb / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


# Machado, Oliveira and Fernandes, A physiologically-based model for simulation of color vision deficiency (2009),
# severity 1.0.
VISION = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@pytest.mark.parametrize("seen_by", VISION)
def test_the_colours_of_curves_are_told_apart(seen_by: str) -> None:
    seen = {colour: lab(np.clip(np.array(VISION[seen_by]) @ linear(colour), 0, 1)) for colour in COLOURS}
    distances = {pair: float(np.linalg.norm(seen[pair[0]] - seen[pair[1]])) for pair in combinations(COLOURS, 2)}
    closest = min(distances, key=lambda pair: distances[pair])
    assert distances[closest] > 15, f"{closest} look alike"


@pytest.mark.parametrize("colour", COLOURS)
def test_a_curve_stands_out_from_white(colour: str) -> None:
    luminance = float(linear(colour) @ [0.2126, 0.7152, 0.0722])
    assert 1.05 / (luminance + 0.05) >= 3  # WCAG 2.2, 1.4.11
