"""Proof and ProofRow: what ``prove`` found, as an object to ask and as a table to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compgraph.check.table import aligned
from compgraph.errors import WrongGradientError

__all__ = ["DIFFERENT", "NOT_PROVED", "PROVED", "TOO_WEAK", "Proof", "ProofRow"]

PROVED = "proved"
NOT_PROVED = "not proved: needs an identity between atoms"
TOO_WEAK = "not proved: chance could have done it"
DIFFERENT = "different"


class ProofRow:
    """One parameter's gradient, by the engine and by hand, as functions.

    Attributes:
        name: the derivative, such as ``dW1``.
        shape: the parameter's shape.
        verdict: ``proved``; ``different``, where the residues and the numbers differ; ``not proved: needs an identity
            between atoms``, where only the residues do; ``not proved: chance could have done it``, where the residues
            agree and the bound on the chance of that is weak.
        chance: a bound on the probability that a formula that is not the same function came out as proved.
        degree: a bound on the degree of the difference of two entries, as a polynomial in parameters and atoms.
        where: the index of the first entry that is not the same; None where all are.
        remark: of a difference, the two numbers at ``where``, or the shape.
    """

    def __init__(self, name: str, shape: tuple[int, ...]) -> None:
        self.name = name
        self.shape = shape
        self.verdict = PROVED
        self.chance = 1.0
        self.degree = 0
        self.where: tuple[int, ...] | None = None
        self.remark = ""

    @property
    def proved(self) -> bool:
        """Whether the two are the same function."""
        return self.verdict == PROVED

    def __repr__(self) -> str:
        return f"<ProofRow {self.name} {self.shape}: {self.verdict}>"


class Proof:
    """What :func:`prove` found: a row for each parameter; ``print`` it, or ask ``proved``.

    Attributes:
        rows: a :class:`ProofRow` for each parameter.
        repetitions: with how many independent choices of the random numbers both sides were run.
        notes: what the proof is restricted to.
    """

    def __init__(self, rows: Sequence[ProofRow], repetitions: int, notes: Sequence[str] = ()) -> None:
        self.rows = tuple(rows)
        self.repetitions = repetitions
        self.notes = tuple(notes)

    @property
    def proved(self) -> bool:
        """Whether every row is proved."""
        return all(row.proved for row in self.rows)

    @property
    def chance(self) -> float:
        """A bound on the probability that a row is called proved and is not the same function."""
        return min(1.0, sum(row.chance for row in self.rows if row.proved))

    def raise_if_not_proved(self) -> None:
        """Raise :class:`WrongGradientError`, with the table as its message, unless every row is proved."""
        if not self.proved:
            raise WrongGradientError(f"\n{self}")

    def __iter__(self) -> Iterator[ProofRow]:
        return iter(self.rows)

    def __str__(self) -> str:
        lines = [("", "shape", "verdict", "at", "engine and by hand")]
        for row in self.rows:
            at = "" if not row.where else str(list(row.where)).replace(" ", "")
            lines.append((row.name, str(row.shape).replace(" ", ""), row.verdict, at, row.remark))
        count = 5 if any(row.remark for row in self.rows) else 4 if any(row.where for row in self.rows) else 3
        table = aligned([line[:count] for line in lines], left=range(count)).splitlines()
        below = []
        if any(row.proved for row in self.rows):
            times = "once" if self.repetitions == 1 else f"{self.repetitions} times"
            chance = max(self.chance, 1e-99)
            below.append(f"proved: the same function; chance of error below {chance:.0e}, run {times} modulo 2^61 - 1")
        return "\n".join([*table, *below, *self.notes])

    def __repr__(self) -> str:
        count = sum(row.proved for row in self.rows)
        return f"<Proof: {count} of {len(self.rows)} gradients proved>"
