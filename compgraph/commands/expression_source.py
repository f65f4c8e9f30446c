"""The text of a formula: cut into statements and read into trees, and every complaint with its place in the text.

Nothing is evaluated here. A text is first cut into signs, so that quotes, braces, backslashes and the words of the
Python language are refused before Python's own parser sees them; what it then reads is short and flat.
"""

from __future__ import annotations

import ast
import bisect
import keyword
import re
import unicodedata
import warnings
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from compgraph.errors import UseError
from compgraph.render.one_line import one_line

__all__ = ["LONGEST_TEXT", "Source", "Statement"]

LONGEST_TEXT = 10_000
"""The most characters of a text."""

DEEPEST_BRACKETS = 50
"""The most brackets within brackets."""

_LONGEST_MESSAGE = 300

_SIGN = re.compile(
    r"""(?P<space>[ \t]+)
      | (?P<end>[;\n])
      | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
      | (?P<name>[^\W0-9]\w*)
      | (?P<open>[(\[])
      | (?P<close>[)\]])
      | (?P<other>\*\*|<=|>=|==|!=|[-+*/@,:=<>.])""",
    re.VERBOSE,
)
_BRACKETS = {")": "(", "]": "["}
_CONSTANTS = ("True", "False", "None")
_INSTEAD = {
    "^": "a power is written **",
    "{": "an array is written [[1, 2], [3, 4]]",
    "×": "a product is written *",
    "·": "a product is written *",
    "−": "minus is written -",
    "÷": "a quotient is written /",
    "²": "a power is written **",
}


class Sign(NamedTuple):
    """A piece of the text that belongs together.

    Attributes:
        kind: what it is, by the names in the pattern of this module.
        text: as it stands.
        at: its place, from 0.
    """

    kind: str
    text: str
    at: int


class Statement(NamedTuple):
    """A formula, and the name it gives to its value.

    Attributes:
        name: as Python compares names; empty where there is none.
        at: the place of the first sign.
        tree: the formula.
    """

    name: str
    at: int
    tree: ast.expr


class Source:
    """A text that formulas are read from.

    >>> source = Source("u = b*c; J = 3*(a + u)")
    >>> [statement.name for statement in source.statements()]
    ['u', 'J']
    >>> raise source.error(12, "no such thing")
    Traceback (most recent call last):
    ...
    compgraph.errors.UseError: column 13: no such thing

    Args:
        text: what was typed.
        label: what precedes the place in a complaint, such as ``--at a, ``.

    Raises:
        UseError: it is too long.
    """

    def __init__(self, text: str, label: str = "") -> None:
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.label = label
        if len(text) > LONGEST_TEXT:
            raise UseError(f"{label}a formula of {len(text)} characters is too long: at most {LONGEST_TEXT}")

    def error(self, where: int | ast.AST, message: str) -> UseError:
        """A complaint in one line that begins with a place of the text.

        Args:
            where: a place, or a part of the tree of a statement.
            message: what is wrong there.
        """
        at = where if isinstance(where, int) else getattr(where, "col_offset", 0)
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        place = f"line {line}, column {column}" if "\n" in self.text.strip() else f"column {column}"
        return UseError(f"{self.label}{place}: {one_line(message, _LONGEST_MESSAGE)}")

    def statements(self) -> list[Statement]:
        """Read the statements. In their trees ``col_offset`` is the place in the whole text.

        Raises:
            UseError: something in the text is no part of any formula.
        """
        return [self._statement(signs) for signs in self._cut()]

    def _statement(self, signs: list[Sign]) -> Statement:
        name, at = "", signs[0].at
        if len(signs) > 1 and signs[0].kind == "name" and signs[1].text == "=":
            name = unicodedata.normalize("NFKC", signs[0].text)
            if name in (*_CONSTANTS, "np", "cg"):
                raise self.error(at, f"{name} is no name for a value")
            signs = signs[2:]
            if not signs:
                raise self.error(at, f"nothing stands to the right of {one_line(name, 40)} =")
        self._refuse_assignment(signs)
        return Statement(name, at, self._tree(signs))

    def _cut(self) -> list[list[Sign]]:
        """The signs of each statement; line breaks within brackets are spaces."""
        statements: list[list[Sign]] = [[]]
        brackets: list[Sign] = []
        for sign in self._signs():
            if sign.kind == "open":
                brackets.append(sign)
                if len(brackets) > DEEPEST_BRACKETS:
                    raise self.error(sign.at, f"more than {DEEPEST_BRACKETS} brackets within brackets")
            elif sign.kind == "close" and (not brackets or brackets.pop().text != _BRACKETS[sign.text]):
                raise self.error(sign.at, f"{sign.text} closes no {_BRACKETS[sign.text]}")
            if sign.kind != "end":
                statements[-1].append(sign)
            elif not brackets:
                statements.append([])
            elif sign.text == ";":
                raise self.error(sign.at, "; within brackets")
        if brackets:
            raise self.error(brackets[-1].at, f"{brackets[-1].text} is never closed")
        return [signs for signs in statements if signs]

    def _signs(self) -> Iterator[Sign]:
        at = 0
        while at < len(self.text):
            found = _SIGN.match(self.text, at)
            if found is None:
                letter = self.text[at]
                hint = f": {_INSTEAD[letter]}" if letter in _INSTEAD else ""
                raise self.error(at, f"{_shown(letter)} has no place in a formula{hint}")
            kind, text = str(found.lastgroup), found.group()
            if kind == "number" and self.text[found.end() : found.end() + 1].isidentifier():
                raise self.error(at, f"{text} is followed by a letter: a product is written {text}*...")
            if kind == "name":
                self._check_name(at, text)
            if kind != "space":
                yield Sign(kind, text, at)
            at = found.end()

    def _check_name(self, at: int, text: str) -> None:
        name = unicodedata.normalize("NFKC", text)
        if keyword.iskeyword(name) and name not in _CONSTANTS:
            raise self.error(at, f"{name} has no place in a formula")
        if not text.isidentifier():
            letter = next(letter for letter in text if not f"x{letter}".isidentifier())
            hint = f": {_INSTEAD[letter]}" if letter in _INSTEAD else ""
            raise self.error(at, f"{_shown(letter)} has no place in a name{hint}")
        if name.startswith("_") or "__" in name:
            raise self.error(at, f"{one_line(name, 40)}: a name does not begin with _ and has no two of them in a row")

    def _refuse_assignment(self, signs: list[Sign]) -> None:
        depth = 0
        for sign in signs:
            depth += (sign.kind == "open") - (sign.kind == "close")
            if sign.text == "=" and not depth:
                raise self.error(sign.at, "to the left of = stands one name, as in J = 3*v")

    def _tree(self, signs: list[Sign]) -> ast.expr:
        start = signs[0].at
        lines = self.text[start : signs[-1].at + len(signs[-1].text)].split("\n")
        starts = list(accumulate((len(line) + 1 for line in lines), initial=start))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse("\n".join(lines), mode="eval").body
            widths = [list(accumulate(len(letter.encode()) for letter in line)) for line in lines]
            for node in ast.walk(tree):
                if isinstance(node, (ast.expr, ast.keyword)):  # the parser counts lines, and within them bytes
                    before = bisect.bisect_right(widths[node.lineno - 1], node.col_offset)
                    node.col_offset = starts[node.lineno - 1] + before
        except SyntaxError as error:
            message = str(error.msg).partition(". ")[0].replace("invalid syntax", "something is missing or too much")
            line = min(error.lineno or 1, len(lines))
            end = starts[line] - 1  # where the parser wants more, it gives no column
            raise self.error(min(starts[line - 1] + error.offset - 1, end) if error.offset else end, message) from None
        except (RecursionError, MemoryError):
            raise self.error(start, "the formula nests too deep") from None
        except ValueError as error:
            raise self.error(start, str(error)) from None
        return tree


def _shown(letter: str) -> str:
    return f"'{letter}'" if letter.isprintable() and letter != "'" else ascii(letter)
