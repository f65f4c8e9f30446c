"""The pieces of an HTML page. What comes from outside goes in as text and is escaped here."""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from html import escape

from compgraph.render.one_line import one_line

__all__ = ["escaped", "facts", "formulas", "picture", "table"]

_LONGEST = 500


def escaped(text: str) -> str:
    """Somebody's text as a part of a page.

    >>> escaped("<b> & 'c'\\x1b")
    '&lt;b&gt; &amp; &#x27;c&#x27;�'
    """
    return escape(one_line(text, _LONGEST))


def table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    kinds: Sequence[str],
    *,
    groups: Sequence[tuple[str, int]] = (),
    wrong: Collection[int] = (),
) -> str:
    """A table, which a narrow screen scrolls sideways; the first cell of a row is its head.

    >>> print(table("Sizes", ["what", "size"], [["a", "<5"]], ["name", "number"]))
    <p class="caption">Sizes</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Sizes"><table>
    <thead><tr><th scope="col" class="name">what</th><th scope="col" class="number">size</th></tr></thead>
    <tbody>
    <tr><th scope="row" class="name">a</th><td class="number">&lt;5</td></tr>
    </tbody></table></div>

    Args:
        caption: what it shows.
        head: the heads of the columns.
        rows: the cells of each row.
        kinds: the class of each column.
        groups: heads over several columns each, as text and number of columns; they cover all columns.
        wrong: the positions of the rows that say that something is wrong.
    """

    def line(position: int, row: Sequence[str]) -> str:
        start = '<tr class="wrong">' if position in wrong else "<tr>"
        first, *rest = zip(row, kinds, strict=True)
        cells = [f'<td class="{kind}">{escaped(cell)}</td>' for cell, kind in rest]
        return f'{start}<th scope="row" class="{first[1]}">{escaped(first[0])}</th>{"".join(cells)}</tr>'

    over = [f'<th scope="colgroup" colspan="{span}">{escaped(text)}</th>' for text, span in groups]
    heads = [f'<th scope="col" class="{kind}">{escaped(cell)}</th>' for cell, kind in zip(head, kinds, strict=True)]
    return "\n".join(
        [
            # not a <caption>, which would be as wide as the table and not as the screen
            f'<p class="caption">{escaped(caption)}</p>',
            f'<div class="scroll" tabindex="0" role="region" aria-label="{escaped(caption)}"><table>',
            "<thead>" + f'<tr class="groups">{"".join(over)}</tr>' * bool(over) + f"<tr>{''.join(heads)}</tr></thead>",
            "<tbody>",
            *[line(position, row) for position, row in enumerate(rows)],
            "</tbody></table></div>",
        ]
    )


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """A list of facts: what, and its value.

    >>> facts([("rows", "<5")])
    '<dl><div><dt>rows</dt><dd>&lt;5</dd></div></dl>'
    """
    return (
        "<dl>"
        + "".join(f"<div><dt>{escaped(what)}</dt><dd>{escaped(value)}</dd></div>" for what, value in pairs)
        + "</dl>"
    )


def formulas(lines: Sequence[str]) -> str:
    """Lines of mathematics or code, spaced as they stand.

    >>> formulas(["a < b", "b < c"])
    '<pre tabindex="0">a &lt; b\\nb &lt; c</pre>'
    """
    return '<pre tabindex="0">' + "\n".join(map(escaped, lines)) + "</pre>"


def picture(light: bytes, dark: bytes, description: str) -> str:
    """A PNG picture inside the page, in a form for light screens and one for dark ones.

    Args:
        light, dark: the contents of the two files.
        description: what it shows, for those who cannot see it.
    """
    return (
        f'<picture><source media="screen and (prefers-color-scheme: dark)" srcset="{_address(dark)}">'
        f'<img src="{_address(light)}" alt="{escaped(description)}"></picture>'
    )


def _address(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
