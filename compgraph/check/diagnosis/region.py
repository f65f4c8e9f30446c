"""Slips in a part of the entries: the last row, the first column, a block, entries that are not finite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect

__all__ = ["region"]


def region(suspect: Suspect) -> Iterator[Guess]:
    """Only some entries are wrong, and these form a region that can be named."""
    right = suspect.right
    if not suspect.fits or right.ndim == 0 or not right.size:
        return
    finite = np.isfinite(suspect.manual)
    if not np.all(finite):
        yield _not_finite(suspect, finite)
        return
    size = float(np.max(np.abs(right)))
    wrong = np.abs(suspect.manual - right) > suspect.precision * size + suspect.tolerance
    count = int(np.sum(wrong))
    if count in (0, right.size):
        return
    spans = [(int(np.min(places)), int(np.max(places)) + 1) for places in np.nonzero(wrong)]
    block = tuple([slice(*span) for span in spans])
    if not np.all(wrong[block]):
        return  # no block: nothing to name

    def mend(manual: Any) -> Any:
        mended = np.array(np.reshape(manual, right.shape), dtype=np.result_type(manual, right))
        mended[block] = right[block]
        return mended

    narrow = [axis for axis, (start, stop) in enumerate(spans) if stop - start < right.shape[axis]]
    ends = {0: "first", 1: "last"}
    if len(narrow) == 1 or right.ndim == 1:
        axis = narrow[0]
        start, stop = spans[axis]
        if stop - start == 1 and right.shape[axis] > 2 and start in (0, right.shape[axis] - 1):
            noun = (
                {0: "row", 1: "column"}[axis]
                if right.ndim == 2
                else "entry"
                if right.ndim == 1
                else f"slice of axis {axis}"
            )
            which = ends[int(start > 0)]
            zero = " (it is zero)" if not np.any(suspect.manual[block]) else ""
            message = (
                f"manual d{suspect.name} is wrong in the {which} {noun} only{zero}: look for a range that is one "
                f"{'short' if zero else 'off'} there"
            )
            yield Guess("off-by-one", ("end", axis, which), message, mend)
            return
    message = f"manual d{suspect.name} is wrong in [{_index(spans, right.shape)}] only, and right elsewhere"
    corner = all(start in (0, right.shape[a] - 1) and stop - start == 1 for a, (start, stop) in enumerate(spans))
    yield Guess(
        "block", ("block", tuple(spans)), message + ": look at what is special there", mend, 0.0 if corner else 0.2
    )


def _not_finite(suspect: Suspect, finite: Any) -> Guess:
    bad = [tuple(int(i) for i in index) for index in np.argwhere(~finite)]
    first = ", ".join(map(str, bad[0]))
    noun = "NaN" if np.any(np.isnan(suspect.manual)) else "infinite"
    rest = suspect.agree(np.where(finite, suspect.manual, 0), np.where(finite, suspect.right, 0))
    more = len(bad) - 1
    where = f"at [{first}]" + (f" and {more} other {'entry' if more == 1 else 'entries'}" if more else "")
    if more + 1 == suspect.right.size > 1:
        where, rest = "everywhere", False
    message = (
        f"manual d{suspect.name} is {noun} {where}{', and right elsewhere' if rest else ''}: look for a division by "
        "zero, a logarithm of zero or an overflow there"
    )

    def mend(manual: Any) -> Any:
        return np.where(finite, manual, suspect.right) if rest else np.array(suspect.right)

    return Guess("not-finite", ("finite", len(bad) == suspect.right.size), message, mend)


def _index(spans: list[tuple[int, int]], shape: tuple[int, ...]) -> str:
    words = []
    for (start, stop), n in zip(spans, shape, strict=True):
        if (start, stop) == (0, n):
            words.append(":")
        elif stop - start == 1:
            words.append(str(start))
        else:
            words.append(f"{start if start else ''}:{stop if stop < n else ''}")
    return ", ".join(words)
