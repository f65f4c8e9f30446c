"""Text that somebody typed, made fit for one line of a picture."""

from __future__ import annotations

__all__ = ["one_line"]


def one_line(text: str, limit: int) -> str:
    """Make a text fit for one line of a picture: no control characters, at most ``limit`` characters.

    >>> one_line("two\\nlines", 20), one_line("a_very_long_name_indeed", 12)
    ('two lines', 'a_very_…deed')

    Characters that turn the direction of the text around them or that XML cannot hold become ``�``; a long text
    keeps its beginning and its end.
    """
    if len(text) > 4 * limit:
        text = text[: 2 * limit] + text[-2 * limit :]
    text = "".join(_printable(letter) for letter in text).strip() or "�" * bool(text)
    if len(text) <= limit:
        return text
    end = (limit - 1) * 2 // 5
    return f"{text[: limit - 1 - end]}…{text[-end:]}"


def _printable(letter: str) -> str:
    if letter in "\t\n\r\v\f\x85\u2028\u2029":
        return " "
    code = ord(letter)
    controls = code < 0x20 or 0x7F <= code < 0xA0 or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
    outside_xml = 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF)
    return "�" if controls or outside_xml else letter
