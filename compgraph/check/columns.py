"""Text measured in the columns of a terminal: how wide it is, shortened to a width, wrapped to a width."""

from __future__ import annotations

import unicodedata

__all__ = ["shortened", "width", "wrapped"]


def width(text: str) -> int:
    """How many columns a text without control characters takes: wide letters take two, combining marks none.

    >>> width("dW1"), width("∂勾配"), width("θ\N{COMBINING CIRCUMFLEX ACCENT}")
    (3, 5, 1)
    """
    return len(text) if text.isascii() else sum(map(_width_of_letter, text))


def _width_of_letter(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def shortened(text: str, columns: int) -> str:
    """A text cut in its middle to a width.

    >>> shortened("d_loss_by_d_weights_of_layer_3", 16)
    'd_loss_by…ayer_3'

    Args:
        text: one line.
        columns: the width, at least 3.
    """
    if width(text) <= columns:
        return text
    end = (columns - 1) * 2 // 5
    return f"{_beginning(text, columns - 1 - end)}…{_beginning(text[::-1], end)[::-1]}"


def _beginning(text: str, columns: int) -> str:
    """As much of the beginning of a text as fits a width."""
    room = columns
    for position, letter in enumerate(text):
        room -= _width_of_letter(letter)
        if room < 0:
            return text[:position]
    return text


def wrapped(text: str, columns: int, *, first: str = "", rest: str = "") -> list[str]:
    """Lines of at most so many columns; a word that is longer than a line is broken.

    >>> wrapped("divide it by m = 400", 16, first="dW1: ", rest="     ")
    ['dW1: divide it', '     by m = 400']

    Args:
        text: words, separated by spaces.
        columns: the width of a line.
        first: what the first line begins with.
        rest: what each further line begins with; at least two columns narrower than ``columns``, as is ``first``.
    """
    lines, line, is_empty = [], first, True
    for word in text.split(" "):
        if not is_empty:
            if width(line) + 1 + width(word) <= columns:
                line += f" {word}"
                continue
            lines.append(line)
            line = rest
        while width(line) + width(word) > columns:
            part = _beginning(word, columns - width(line))
            lines.append(line + part)
            line, word = rest, word[len(part) :]
        line += word
        is_empty = False
    return [*lines, line]
