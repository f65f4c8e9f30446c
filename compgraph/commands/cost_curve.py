"""The cost over the epochs as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from compgraph.errors import MissingExtraError

__all__ = ["DARK", "LIGHT", "Ink", "cost_curve", "require_matplotlib"]


@dataclass(frozen=True, slots=True)
class Ink:
    """The colours of a curve's picture, each as ``#rrggbb``."""

    ground: str
    text: str
    grid: str
    curve: str


LIGHT = Ink(ground="#ffffff", text="#3d4852", grid="#dfe4e8", curve="#005a9c")
DARK = Ink(ground="#1b2127", text="#b9c3cc", grid="#343d45", curve="#7cc0f4")


def require_matplotlib() -> None:
    """Make sure that the package matplotlib is there, before there is anything to draw.

    Raises:
        MissingExtraError: it is not.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise MissingExtraError("drawing the cost curve", "matplotlib", "render,plot") from None


def cost_curve(costs: Sequence[float] | NDArray[Any], ink: Ink = LIGHT) -> bytes:
    """Draw the cost over the epochs as PNG.

    >>> cost_curve([0.7, 0.4, 0.3])[:4]
    b'\\x89PNG'

    Args:
        costs: the cost of the start values, and after each epoch.
        ink: the colours.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib.figure import Figure  # not pyplot, which would keep every figure

    figure = Figure(figsize=(7.2, 3.3), dpi=200, facecolor=ink.ground, layout="constrained")
    axes = figure.add_subplot(facecolor=ink.ground)
    epochs = len(costs) - 1
    axes.plot(range(epochs + 1), costs, color=ink.curve, linewidth=2)
    ends = [(0, costs[0], (8, -1), "left"), (epochs, costs[-1], (0, 9), "right")]
    for epoch, cost, offset, side in ends:
        axes.plot([epoch], [cost], "o", color=ink.curve, markersize=5, clip_on=False, zorder=3)
        axes.annotate(
            f"{cost:.4g}", (epoch, cost), offset, textcoords="offset points", ha=side, color=ink.curve, weight="bold"
        )
    axes.set_xlabel("epoch", color=ink.text)
    axes.set_ylabel("cost J", color=ink.text)
    axes.set_ylim(bottom=0)
    axes.margins(x=0.01)
    axes.grid(color=ink.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=ink.text, length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(ink.grid)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()
