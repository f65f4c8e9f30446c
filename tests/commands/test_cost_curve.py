"""The cost curve: drawn, in the colours asked for, for any costs."""

import io
import sys

import numpy as np
import pytest

from compgraph.commands.cost_curve import DARK, LIGHT, Ink, cost_curve
from compgraph.errors import MissingExtraError

image = pytest.importorskip("matplotlib.image")


def pixels(png: bytes) -> np.ndarray:
    found: np.ndarray = np.rint(image.imread(io.BytesIO(png))[..., :3] * 255).astype(int)
    return found


def rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


@pytest.mark.parametrize("ink", [LIGHT, DARK])
def test_the_curve_falls_from_left_to_right(ink: Ink) -> None:
    drawn = pixels(cost_curve(np.linspace(0.7, 0.1, 200), ink))
    height, width, _ = drawn.shape
    assert drawn[0, 0].tolist() == rgb(ink.ground)
    rows, columns = np.nonzero((drawn == rgb(ink.curve)).all(axis=2))
    assert columns.max() - columns.min() > 0.8 * width
    left, right = columns < width / 2, columns > width / 2
    assert rows[left].mean() < rows[right].mean() - height / 8


@pytest.mark.parametrize("costs", [[0.5], [0.5, 0.5], [1e-12, 1e-13], [3e5, 2.0]])
def test_any_costs_can_be_drawn(costs: list[float]) -> None:
    assert (pixels(cost_curve(costs)) == rgb(LIGHT.curve)).all(axis=2).any()


def test_the_same_costs_give_the_same_file() -> None:
    assert cost_curve([0.7, 0.3]) == cost_curve([0.7, 0.3])


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"matplotlib.*compgraph\[render,plot\]"):
        cost_curve([0.7, 0.3])
