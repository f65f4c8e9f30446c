"""What a comparison found: its rows, and the forms in which they are told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from compgraph.check.verdicts import AUTODIFF_DIFFERS, BOTH_DIFFER
from compgraph.errors import GradientError, WrongGradientError

if TYPE_CHECKING:
    from compgraph.check.row import Row
    from compgraph.check.step_sweep import StepSweep

__all__ = ["Comparison"]


class Comparison:
    """What :func:`compare` found: a row for each gradient; ``print`` it, or ask ``ok``.

    Attributes:
        rows: a :class:`Row` for each parameter; with intermediates, for these too, in the order of the backward pass.
        notes: sentences on the comparison as a whole.
    """

    def __init__(
        self, rows: Sequence[Row], notes: Sequence[str] = (), sweep: Callable[..., StepSweep] | None = None
    ) -> None:
        self.rows = tuple(rows)
        self.notes = tuple(notes)
        self._sweep = sweep

    @property
    def ok(self) -> bool:
        """Whether every row is right."""
        return all(row.is_right for row in self.rows)

    def raise_if_wrong(self) -> None:
        """Raise :class:`WrongGradientError`, with the report as its message, if a row is wrong or numeric differs.

        What is inconclusive raises nothing; ``ok`` is false for it.
        """
        if any(row.verdict in ("wrong", BOTH_DIFFER, AUTODIFF_DIFFERS) for row in self.rows):
            raise WrongGradientError(f"\n{self}")

    def sweep(self, name: str | None = None, *, of: Literal["autodiff", "manual"] = "autodiff") -> StepSweep:
        """Measure the cost's slope with steps of all sizes: the error falls with the step, then rounding takes over.

        >>> import numpy as np
        >>> import compgraph as cg
        >>> found = cg.compare(lambda w: np.sum(np.sin(w)), lambda w: np.cos(w), at={"w": np.array([0.3, 0.5])})
        >>> round(found.sweep().slope("central"), 2)
        2.0

        Args:
            name: of the parameter that is moved, such as ``W1``; all of them by default.
            of: whose gradient the slopes are held against. Against a wrong one the error does not fall with the step.

        Returns:
            A :class:`StepSweep`: the errors against the engine's gradient, with ``slope(method)`` and ``plot()``.

        Raises:
            GradientError: there is no such parameter, or its hand-derived gradient has another shape.
        """
        if self._sweep is None:
            raise GradientError("this comparison holds no cost to sweep over: it was not made by compgraph.compare")
        return self._sweep(name, of)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __str__(self) -> str:
        from compgraph.check import report_text

        return report_text.text(self)

    def __rich__(self) -> Any:
        from compgraph.check import report_rich

        return report_rich.rich_table(self)

    def _repr_html_(self) -> str:
        from compgraph.check import report_html

        return report_html.html(self)

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write the report as one self-contained page.

        Args:
            path: the file; what was there is replaced only when all is written.
        """
        from compgraph.check import report_html

        report_html.write(self, path)

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Draw where each gradient is off, and the hand-derived entries against the engine's.

        Args:
            path: a file to save the picture to, besides; what was there is replaced only when all is written.

        Returns:
            A figure of matplotlib.

        Raises:
            MissingExtraError: matplotlib is not installed.
            RenderError: the picture cannot be written.
        """
        from compgraph.check import picture_file, report_plot

        figure = report_plot.figure(self)
        if path is not None:
            picture_file.save(figure, path)
        return figure

    def __repr__(self) -> str:
        return f"<Comparison of {len(self.rows)} gradients: {'all right' if self.ok else 'not all right'}>"
