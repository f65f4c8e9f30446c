"""A comparison's report as HTML: a part of a page for notebooks, or a page of its own. Neither needs anything else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from compgraph.check.report_cells import clean, entry, explained, fits, index, inherited, magnitude, slip, tone, verdict
from compgraph.check.report_map import error_map
from compgraph.check.report_style import PAGE_STYLE, STYLE
from compgraph.check.row import Row
from compgraph.render.files import write_at_once

if TYPE_CHECKING:
    from compgraph.check.report import Comparison

__all__ = ["html", "page", "write"]

_HEADS = ("gradient", "shape", "at", "autodiff", "manual", "numeric", "|a − m|", "/max", "ulp", "verdict")
_KINDS = ("name", "shape", "at", "value", "value", "value", "size", "size", "size", "verdict")
_SIGNS = {"good": "✓", "doubt": "?", "bad": "✗"}
_LONGEST = 60
_LONGEST_INDEX = 20


def html(comparison: Comparison) -> str:
    """Return the report on a comparison as a part of a page, with its style and without a script.

    Args:
        comparison: what :func:`compgraph.compare` returned.
    """
    rows = comparison.rows
    heads = "".join(f'<th scope="col" class="{kind}">{head}</th>' for head, kind in zip(_HEADS, _KINDS, strict=True))
    return f"""<div class="compgraph-comparison"><style>
{STYLE}</style>
{_headline(rows)}
<div class="scroll" tabindex="0" role="region" aria-label="the gradients compared"><table>
<thead><tr>{heads}</tr></thead>
{"".join(_body(row, rows) for row in rows)}</table></div>
{"".join(_below(comparison))}</div>"""


def page(comparison: Comparison) -> str:
    """Return the report on a comparison as a whole page.

    Args:
        comparison: what :func:`compgraph.compare` returned.
    """
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>Gradients compared: {_escaped(_summary(comparison.rows)[0])}</title>
<style>
{PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>Gradients compared</h1>
<p>Each gradient three ways: by the engine (autodiff), by hand (manual), and as the slope seen by nudging (numeric).
The entry shown is the one where the first two lie furthest apart for what rounding allows there.</p>
{html(comparison)}
<dl>
<div><dt>|a − m|</dt><dd>the largest difference between autodiff and manual</dd></div>
<div><dt>/max</dt><dd>the same over the largest entry of either</dd></div>
<div><dt>ulp</dt><dd>the largest difference in units in the last place of the entry</dd></div>
</dl>
</main>
</body>
</html>
"""


def write(comparison: Comparison, path: str | os.PathLike[str]) -> None:
    """Write the report on a comparison as a page, whole or not at all.

    Args:
        comparison: what :func:`compgraph.compare` returned.
        path: the name of the file; one that is there is replaced.

    Raises:
        RenderError: it cannot be written.
    """
    write_at_once(path, page(comparison).encode())


def _escaped(text: str) -> str:
    return escape(clean(text))


def _summary(rows: Sequence[Row]) -> tuple[str, str]:
    """The outcome in one sentence, and its tone."""
    wrong = [row.name for row in rows if row.verdict == "wrong"]
    if wrong:
        return f"{len(wrong)} of {len(rows)} wrong: {_listed(wrong)}", "bad"
    unclear = [row.name for row in rows if tone(row) != "good"]
    if unclear:
        return f"{len(unclear)} of {len(rows)} not decided: {_listed(unclear)}", "doubt"
    return f"all {len(rows)} right" if len(rows) != 1 else f"{clean(rows[0].name)} is right", "good"


def _listed(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(clean(name)[:_LONGEST] for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _headline(rows: Sequence[Row]) -> str:
    text, tone_of_all = _summary(rows)
    text = text[:1].upper() + text[1:] if text.startswith("all") else text
    return f'<p class="outcome {tone_of_all}"><span class="sign">{_SIGNS[tone_of_all]}</span> {_escaped(text)}</p>'


def _body(row: Row, rows: Sequence[Row]) -> str:
    """A row of the table, and beneath it what explains it."""
    differences = (row.max_abs, row.max_rel, row.max_ulp) if fits(row) else ()
    name = clean(row.name)
    said, remark = verdict(row, _LONGEST)
    cells = [
        index(row.shape, columns=_LONGEST_INDEX),
        index(row.where, "[]", _LONGEST_INDEX) if row.where and fits(row) and row.autodiff.size else "",
        *entry(row, 8),
        *(map(magnitude, differences) if differences else ("", "", "")),
    ]
    columns = zip(_HEADS[1:-1], _KINDS[1:-1], cells, strict=True)
    line = (
        f'<tr class="{tone(row)}"><th scope="row" class="name">{escape(name) or "&#160;"}</th>'
        + "".join(f'<td class="{kind}" data-head="{head}">{_escaped(cell)}</td>' for head, kind, cell in columns)
        + f'<td class="verdict"><span class="sign">{_SIGNS[tone(row)]}</span> {_escaped(said)}</td></tr>'
    )
    below = "".join(_explanation(row, rows, remark))
    if below:
        line += f'\n<tr class="why"><td colspan="{len(_HEADS)}"><div>{below}</div></td></tr>'
    return f"<tbody>{line}</tbody>\n"


def _explanation(row: Row, rows: Sequence[Row], remark: str) -> Iterator[str]:
    if remark:
        yield f"<p>{escape(remark)}</p>"
    if row.step == "slip":
        yield f'<p class="step">{slip(row, rows)}</p>'
    for position, message in enumerate(explained(row)):
        yield (
            f'<p class="other">or: {escape(message)}</p>' if position else f"<p><strong>{escape(message)}</strong></p>"
        )
    if row.verdict == "wrong":
        yield error_map(row)


def _below(comparison: Comparison) -> Iterator[str]:
    if inherited(comparison.rows):
        yield f"<p>{escape(inherited(comparison.rows))}</p>\n"
    for note in comparison.notes:
        yield f'<p class="note">{_escaped(note)}</p>\n'
