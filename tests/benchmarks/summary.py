"""All that was measured and asked in one table, at the end of a run."""

from collections.abc import Iterator, Mapping

from tests.benchmarks.goals import Verdict, seconds
from tests.benchmarks.table import Comparison, Result
from tests.benchmarks.workloads import ALONE, BY_HAND, COMPILED

__all__ = ["COLUMNS", "best", "cell", "summary", "verdicts"]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "eager": ("compgraph",),
    "compile": (COMPILED,),
    "1 thread": (ALONE,),
    "JAX jit": ("jax jit",),
    "PyTorch": ("torch", "torch fused"),
    "autograd": ("autograd",),
    "MyGrad": ("mygrad",),
}
"""Whose times stand beside those by hand; of several the best."""


def best(part: Comparison, names: tuple[str, ...]) -> float | None:
    """The least multiple of the time by hand; None where none of these has a time."""
    known = [ratio for name in names if (ratio := part.ratio(name)) is not None]
    return min(known, default=None)


def cell(ratio: float | None) -> str:
    """A multiple in two or three digits."""
    if ratio is None:
        return "–"
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}" if ratio < 100 else f"{ratio:.0f}"


def verdicts(results: Mapping[str, Result]) -> Iterator[Verdict]:
    """Every goal of a run, with the part that it belongs to."""
    for name, result in results.items():
        for verdict in result.verdicts:
            yield verdict._replace(goal=f"{name}: {verdict.goal}")


def summary(results: Mapping[str, Result]) -> Iterator[str]:
    """The lines of the table."""
    parts = [part for part in results.values() if isinstance(part, Comparison) and part.base == BY_HAND]
    if parts:
        yield f"{'in all':<8}{'by hand':>9}  and as multiples of that"
        yield f"  {'':<15}" + "".join(f"{name:>9}" for name in COLUMNS)
        for part in parts:
            base = part.medians.get(part.base)
            told = "–" if base is None else seconds(base)
            yield f"  {part.key:<5}{told:>10}" + "".join(f"{cell(best(part, names)):>9}" for names in COLUMNS.values())
    found = list(verdicts(results))
    if found:
        yield ""
        yield f"  {'goal':<46}{'reached':>22}"
        for verdict in found:
            wide = max(0, 2 + len(verdict.goal) - 48)
            yield f"  {verdict.goal:<46}{verdict.text:>{max(22 - wide, len(verdict.text) + 2)}}  {verdict.word}"
