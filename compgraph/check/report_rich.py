"""A comparison's report in colours, for terminals: the plain report, painted by the package rich."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compgraph.check.report_text import COLUMNS, lines, text

if TYPE_CHECKING:
    from compgraph.check.report import Comparison

__all__ = ["STYLES", "rich_table"]

STYLES = {
    "head": "bold",
    "rule": "dim",
    "name": "bold",
    "plain": "",
    "soft": "dim",
    "good": "green",
    "doubt": "magenta",
    "bad": "bold red",
}
"""How each kind of piece is painted, in a terminal's own colours; the words say the same without them."""


def rich_table(comparison: Comparison) -> Any:
    """Return the report on a comparison as what rich prints.

    Args:
        comparison: what :func:`compgraph.compare` returned.

    Returns:
        An object that lays the report out for the width of the console it is printed on, up to 100 columns; the plain
        text where the package rich is not installed.
    """
    try:
        import rich.text  # noqa: F401
    except ImportError:
        return text(comparison)
    return _Painted(comparison)


class _Painted:
    """A report that is laid out when the width of the console is known, as rich's protocol has it."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison

    def __rich_console__(self, console: Any, options: Any) -> Any:
        from rich.text import Text

        for line in lines(self.comparison, min(COLUMNS, options.max_width)):
            painted = Text(no_wrap=True, overflow="ignore", end="\n")
            for piece in line:
                painted.append(piece.text, STYLES[piece.style])
            painted.rstrip()
            yield painted

    def __rich_measure__(self, console: Any, options: Any) -> Any:
        from rich.measure import Measurement

        return Measurement(min(40, options.max_width), min(COLUMNS, options.max_width))

    def __str__(self) -> str:
        return text(self.comparison)
