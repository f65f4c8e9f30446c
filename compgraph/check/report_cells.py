"""What a comparison's report says of a row, in whichever form: its numbers in few letters, its verdict in words."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from compgraph.check.columns import shortened, width
from compgraph.check.row import Row
from compgraph.render.one_line import one_line

__all__ = [
    "Entry",
    "Tone",
    "clean",
    "entry",
    "explained",
    "fits",
    "index",
    "inherited",
    "magnitude",
    "number",
    "slip",
    "tone",
    "verdict",
]

Tone: TypeAlias = Literal["good", "doubt", "bad"]

MOST_EXPLANATIONS = 3
_LONGEST = 1000
_DIGITS = 5


class Entry(NamedTuple):
    """One entry of a gradient three ways; an empty text where a way has no such entry."""

    autodiff: str
    manual: str
    numeric: str


def clean(text: object) -> str:
    """Somebody's text without control characters, on one line, and not endless.

    >>> clean("dW1\\n\\x1b[31m")
    'dW1 �[31m'
    """
    return one_line(str(text), _LONGEST)


def tone(row: Row) -> Tone:
    """Whether a row's verdict is good news, bad news or neither."""
    if row.verdict.startswith("right"):
        return "good"
    return "bad" if row.verdict == "wrong" else "doubt"


def fits(row: Row) -> bool:
    """Whether the manual gradient has the shape it must have."""
    return np.shape(row.manual) == tuple(row.shape)


def number(x: Any, digits: int = _DIGITS) -> str:
    """A number, real or complex, to so many digits; nothing for what is not known, which numeric says by NaN.

    >>> number(-0.000012345678), number(1.5 - 2e-10j), number(np.float32(0.1)), number(-0.0)
    ('-1.2346e-5', '1.5-2e-10j', '0.1', '0')
    """
    x = complex(x) if np.iscomplexobj(x) else float(x)
    return _short_exponents(format(x + 0, f".{digits}g"))


def magnitude(x: Any) -> str:
    """How large a difference is, in at most six letters; nothing for NaN.

    >>> [magnitude(x) for x in (0.0, 1.7e-16, 0.25, 3.0, 6400, 2.5e15, math.inf)]
    ['0', '2e-16', '0.25', '3', '6400', '2e15', 'inf']
    """
    x = float(x)
    if math.isnan(x):
        return ""
    if 100 <= x < 9999.5:
        return f"{x:.0f}"
    return _short_exponents(f"{x:.2g}" if x == 0 or 0.001 <= x < 100 else f"{x:.0e}")


def _short_exponents(text: str) -> str:
    return re.sub(r"e([+-])0*(\d)", lambda found: "e" + found[1].strip("+") + found[2], text)


def index(numbers: Sequence[int], brackets: str = "()", columns: int = 100) -> str:
    """A shape or an index without spaces, its middle left out where it is too long.

    >>> index((4, 2)), index((3,)), index((3, 1), "[]"), index((100, 3, 5, 512, 7), columns=12)
    ('(4,2)', '(3,)', '[3,1]', '(100,3,…,7)')
    """
    start, end = brackets[0], brackets[1]
    words = [str(int(n)) for n in numbers]
    if brackets == "()" and len(words) == 1:
        return f"({words[0]},)"
    whole = f"{start}{','.join(words)}{end}"
    for kept in range(len(words) - 2, 0, -1):
        if width(whole) > columns:
            whole = f"{start}{','.join(words[:kept])},…,{words[-1]}{end}"
    return shortened(whole, columns)


def entry(row: Row, digits: int = _DIGITS) -> Entry:
    """The entry that a row shows, three ways.

    Args:
        row: a row of a comparison.
        digits: at most so many; more than five only as far as autodiff and manual are told apart by them.
    """
    where = tuple(row.where)
    if not np.size(row.autodiff):
        return Entry("", "", "")
    autodiff, numeric = np.asarray(row.autodiff)[where], np.asarray(row.numeric)[where]
    manual = np.asarray(row.manual)[where] if fits(row) else None
    digits = min(digits, max(_DIGITS, _telling_apart(autodiff, manual) if row.verdict == "wrong" else 0))
    return Entry(
        number(autodiff, digits),
        "" if manual is None else number(manual, digits),
        "" if np.isnan(numeric) else number(numeric, digits),
    )


def _telling_apart(autodiff: Any, manual: Any) -> int:
    """How many digits show two of the difference between two numbers."""
    if manual is None or not (np.isfinite(autodiff) and np.isfinite(manual)) or autodiff == manual:
        return 0
    one, other = complex(autodiff) / 4, complex(manual) / 4  # whose sizes and difference do not overflow
    largest = max(abs(one), abs(other))
    apart = abs(one / largest - other / largest) if largest else 0.0
    return min(17, 2 + math.ceil(-math.log10(apart))) if apart else 0


def verdict(row: Row, columns: int = 1000) -> tuple[str, str]:
    """A row's verdict in words, and the remark on it where that is too long to stand with it.

    >>> row = Row("db", np.ones((4, 1)), np.ones((4, 1)), 0.0)
    >>> verdict(row)
    ('right: 16 digits', '')
    >>> row = Row("db", np.ones((4, 1)), np.ones(4), 0.0)
    >>> verdict(row, 30), verdict(row, 20)
    (('wrong: has shape (4,)', ''), ('wrong', 'has shape (4,)'))

    Args:
        row: a row of a comparison.
        columns: how wide the verdict may be with its remark.
    """
    mark = {"slip": "the slip", "inherited": "inherited"}.get(row.step, "") if row.verdict == "wrong" else ""
    remark = clean(row.remark)
    start = f"{row.verdict}: {mark}" if mark else row.verdict
    whole = start + (", " if ":" in start else ": ") * bool(remark) + remark
    return (whole, "") if width(whole) <= columns else (start, remark)


def explained(row: Row) -> list[str]:
    """What explains a row, the most likely first; of many the first three."""
    return [clean(explanation.message) for explanation in row.explanations[:MOST_EXPLANATIONS]]


def slip(row: Row, rows: Sequence[Row]) -> str:
    """What a row that is a slip is among all rows, in words; nothing for other rows."""
    if row.step != "slip":
        return ""
    return "the first wrong step" if sum(each.step == "slip" for each in rows) == 1 else "a wrong step of its own"


def inherited(rows: Sequence[Row]) -> str:
    """One sentence on the rows that are wrong only because of an earlier one, where nothing else explains them."""
    names = [clean(row.name) for row in rows if row.step == "inherited" and not row.explanations]
    if not names:
        return ""
    slips = [clean(row.name) for row in rows if row.step == "slip"]
    cause = f"the slip in {slips[0]}" if len(slips) == 1 else "a slip before"
    return f"{', '.join(names)}: wrong only because of {cause}"
