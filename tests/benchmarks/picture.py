"""The figure of docs/performance.md: what each engine takes beside the code written by hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.summary import COLUMNS, best
from tests.benchmarks.table import Comparison

__all__ = ["PARTS", "draw"]

PARTS = ("W1", "W1b", "W2", "W3", "W4")
MARKS = {"eager": "o", "compile": "D", "1 thread": "d", "JAX jit": "s", "PyTorch": "^", "autograd": "v", "MyGrad": "P"}


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Draw a row for each workload, from the fastest to the slowest on a logarithmic axis."""
    from compgraph.plots.style import BLUE, COLOURS, FAINT, ORANGE, TEXT, TEXT_SIZE, dress, legend, one_panel

    parts: Sequence[Comparison] = [results[key] for key in PARTS if key in results]
    ax = one_panel(None, size=(8.0, 3.9), task="the figure of the benchmark")
    colours = {"eager": BLUE, "compile": ORANGE, "1 thread": ORANGE}
    colours |= dict(zip([name for name in COLUMNS if name not in colours], COLOURS[2:], strict=False))
    ax.axvline(1.0, color=FAINT, linewidth=1.4, zorder=1)
    for name, names in COLUMNS.items():
        places = [(ratio, -row) for row, part in enumerate(parts) if (ratio := best(part, names)) is not None]
        if places:
            own = name in ("compile", "1 thread")
            ax.plot(
                *zip(*places, strict=True), MARKS[name], color=colours[name], label=name, linestyle="none",
                markersize=8.5 if own else 6.5, markerfacecolor="white" if name == "1 thread" else colours[name],
                alpha=1.0 if own or name == "eager" else 0.75, zorder=4 if own else 3,
            )  # fmt: skip
    ax.set_xscale("log")
    ax.set_xlim(left=min(0.3, ax.get_xlim()[0]))
    ax.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
    dress(ax, "time of a call, by hand = 1", "")
    ax.set_yticks([-row for row in range(len(parts))], [f"{part.key}: {part.title}" for part in parts])
    ax.tick_params(axis="y", labelcolor=TEXT, labelsize=TEXT_SIZE - 1)
    ax.set_ylim(-len(parts) + 0.5, 0.5)
    legend(ax.figure, loc="outside lower center", ncols=len(COLUMNS), columnspacing=1.2, handletextpad=0.1)
    ax.figure.savefig(path)
