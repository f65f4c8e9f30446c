"""``compgraph check``: every hand-derived gradient of a person's own file against the cost it belongs to."""

from __future__ import annotations

import importlib.util
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from compgraph.check.columns import wrapped
from compgraph.check.pairs import Pair, Try, pairs_in, try_pair
from compgraph.check.report_rich import rich_table
from compgraph.check.report_text import COLUMNS, text
from compgraph.check.verdicts import BOTH_DIFFER
from compgraph.commands.user_file import is_theirs, running, what_happened
from compgraph.errors import CompgraphError, GradientError, UseError
from compgraph.render.one_line import one_line
from compgraph.tracing import title

__all__ = ["check"]

Verdict: TypeAlias = Literal["right", "wrong", "not settled", "not checked"]

STYLES: dict[Verdict, str] = {"right": "green", "wrong": "bold red", "not settled": "magenta", "not checked": "magenta"}
"""How a terminal shows each; the words say the same."""

HOW = (
    "declares no hand-derived gradient: write @cg.gradient_of(cost), cg being compgraph, above a function that takes "
    "what cost takes and returns its derivatives, as in {'dW': ...}"
)

_LONGEST = 300


class Judged(NamedTuple):
    """What all tries together say of a pair.

    Attributes:
        verdict: one for all.
        shown: the try that shows it.
        number: the number of that try; for ``right`` how many are.
    """

    verdict: Verdict
    shown: Try
    number: int


def check(file: str, seed: int, tries: int) -> int:
    """Check the hand-derived gradients that a file declares by :func:`compgraph.gradient_of`, and print what is found.

    Args:
        file: a Python file; it is run.
        seed: of the first try's inputs; each further try takes the next.
        tries: how often to draw inputs for a pair; after a wrong one no more are drawn.

    Returns:
        The exit code: 0 where all are right; 1 where one is wrong, or no try could settle it; 2 where one could not
        be checked.

    Raises:
        UseError: the file cannot be run, or declares none.
    """
    tell = _Printer()
    with running(file) as names:
        try:
            pairs = pairs_in(names)
        except GradientError as error:
            raise UseError(f"{file}: {error}") from None
        if not pairs:
            raise UseError(f"{file} {HOW}")
        seeds = range(seed, seed + tries)
        headings = _headings(pairs)
        verdicts = [_check_pair(*each, file, seeds, tell) for each in zip(pairs, headings, strict=True)]
    tell.words(_summary(pairs, verdicts), "bold")
    if {"wrong", "not settled"} & set(verdicts):
        return 1
    return 2 if "not checked" in verdicts else 0


def _check_pair(pair: Pair, heading: str, file: str, seeds: Sequence[int], tell: _Printer) -> Verdict:
    """Check one pair and print what was found."""
    tell.words(heading, "bold")
    done: list[Try] = []
    try:
        for seed in seeds:
            done.append(try_pair(pair, seed))
            if _is_wrong(done[-1]):
                break
    except (BrokenPipeError, MemoryError):
        raise
    except (Exception, SystemExit) as error:
        if not is_theirs(error):
            raise
        tell.words(f"not checked: {what_happened(error, file)}", STYLES["not checked"])
        if done or not isinstance(error, CompgraphError):
            tell.line(f"in try {len(done) + 1} of {len(seeds)}; again: {_again(file, seeds[len(done)])}")
        tell.line()
        return "not checked"
    judged = _judge(done)
    tell.report(judged.shown)
    tell.line()
    tell.words(_told(judged, len(seeds)), STYLES[judged.verdict])
    if judged.verdict != "right":
        tell.line(f"again: {_again(file, judged.shown.seed)}")
    tell.line()
    return judged.verdict


def _is_wrong(tried: Try) -> bool:
    return not tried.found.ok and any(row.verdict == "wrong" for row in tried.found.rows)


def _judge(tries: Sequence[Try]) -> Judged:
    """The verdict of one try on all: a wrong one, else one that contradicts the cost, else one that is right."""
    right = [each for each in tries if each.found.ok]
    wrong = [each for each in tries if _is_wrong(each)]
    doubtful = [each for each in tries if any(row.verdict == BOTH_DIFFER for row in each.found.rows)]
    if wrong:
        return Judged("wrong", wrong[0], tries.index(wrong[0]) + 1)
    if doubtful:
        return Judged("not settled", doubtful[0], tries.index(doubtful[0]) + 1)
    return Judged("right", right[0], len(right)) if right else Judged("not settled", tries[0], 1)


def _told(judged: Judged, tries: int) -> str:
    if judged.verdict == "right":
        if judged.number < tries:
            return f"right in {judged.number} of {tries} tries; the others are inconclusive"
        return f"right in {'all ' if tries > 1 else ''}{tries} tr{'ies' if tries > 1 else 'y'}"
    sizes = ", ".join(f"{name} = {size}" for name, size in judged.shown.sizes.items())
    return one_line(f"{judged.verdict} in try {judged.number} of {tries}{': ' * bool(sizes)}{sizes}", _LONGEST)


def _headings(pairs: Sequence[Pair]) -> list[str]:
    """What stands above each pair's report: its functions and their line; with which inputs, where that is all.

    >>> def gradient(w): ...
    >>> [heading.rpartition(":")[2] for heading in _headings([Pair(abs, gradient, None, {"w": n}) for n in (3, 4)])]
    ['1, inputs 1 of 2)', '1, inputs 2 of 2)']
    """
    places = ["" if pair.line is None else f"{Path(pair.line[0]).name}:{pair.line[1]}" for pair in pairs]
    alike = [(str(pair), place) for pair, place in zip(pairs, places, strict=True)]
    headings = []
    for position, (words, place) in enumerate(alike):
        of = alike.count((words, place))
        which = f"inputs {alike[:position].count((words, place)) + 1} of {of}" if of > 1 else ""
        inside = ", ".join(filter(None, (place, which)))
        headings.append(one_line(f"{words} ({inside})" if inside else words, _LONGEST))
    return headings


def _again(file: str, seed: int) -> str:
    return one_line(f"compgraph check {shlex.quote(file)} --seed {seed} --tries 1", 1000)


def _summary(pairs: Sequence[Pair], verdicts: Sequence[Verdict]) -> str:
    """The last line: how many are right, and which are not.

    >>> def gradient(w): ...
    >>> _summary([Pair(abs, gradient, None, None)] * 3, ["right", "wrong", "right"])
    '2 of 3 gradients right; wrong: gradient'
    """
    parts = [f"{verdicts.count('right')} of {len(pairs)} gradient{'s' * (len(pairs) > 1)} right"]
    for verdict in ("wrong", "not settled", "not checked"):
        names = [title(pair.manual) for pair, found in zip(pairs, verdicts, strict=True) if found == verdict]
        if names:
            parts.append(f"{verdict}: {', '.join(dict.fromkeys(names))}")
    return one_line("; ".join(parts), 1000)


class _Printer:
    """What prints to stdout: in colours and for its width where that is a terminal and rich is installed."""

    def __init__(self) -> None:
        self._console: Any = None
        self._columns = COLUMNS
        self._is_terminal = sys.stdout is not None and sys.stdout.isatty()
        if self._is_terminal:
            self._columns = min(COLUMNS, shutil.get_terminal_size().columns)
            if importlib.util.find_spec("rich") is not None:
                from rich.console import Console

                self._console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)

    def line(self, line: str = "", style: str = "") -> None:
        """One line, however long: a command is copied in one piece."""
        if self._console is None:
            print(line, flush=True)
        else:
            self._console.print(line, style=style or None, soft_wrap=True)

    def words(self, text: str, style: str = "") -> None:
        """A sentence: on a terminal in lines that fit it, elsewhere in one, for whoever searches it."""
        for line in wrapped(text, self._columns) if self._is_terminal else [text]:
            self.line(line, style)

    def report(self, tried: Try) -> None:
        if self._console is None:
            print(text(tried.found, self._columns), flush=True)
        else:
            self._console.print(rich_table(tried.found))
