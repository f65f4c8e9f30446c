"""What the corpus is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Slip:
    """One line of a right formula, written wrongly.

    Attributes:
        problem: which formula, a name of :data:`tests.slips.problems.PROBLEMS`.
        what: the slip in words.
        was: the line as it is right, without its indentation.
        written: the line as it was written.
        kind: the kind of the first explanation; two where both names are fair.
        wrong: the gradients that come out wrong. The first of them is the one to be explained; when steps are given it
            is the slip, and the others are inherited.
        says: what the explanation must mention.
        steps: the intermediates that are given too.
        seen: where people made it.
        missed: why the first explanation is another, where it is.
    """

    problem: str
    what: str
    was: str
    written: str
    kind: str | tuple[str, ...]
    wrong: str
    says: str
    steps: str = ""
    seen: str = ""
    missed: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        return (self.kind,) if isinstance(self.kind, str) else self.kind

    def __str__(self) -> str:
        return f"{self.problem}: {self.what}"
