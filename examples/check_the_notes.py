"""The formulas of course notes, and slips that stand in published ones: which hold, what is wrong with the others.

python examples/check_the_notes.py

The formulas are in examples/notes, each beside its cost; `compgraph check examples/notes/logistic.py` shows the numbers
of one file. Here each formula is compared with the engine's gradient at one place, which finds slips, and proved to be
the same function everywhere.
"""

import inspect
import runpy
import textwrap
from pathlib import Path
from typing import NamedTuple

import compgraph as cg
from compgraph.check.inputs import draw
from compgraph.check.pairs import Pair, pairs_in

NOTES = Path(__file__).parent / "notes"
FILES = ("graph", "activations", "one_example", "logistic", "two_layer", "layers")
LINE = "{:50}  {:5}  {:6}  {}"


class Checked(NamedTuple):
    """A formula, and what was found."""

    pair: Pair
    written: str
    comparison: cg.Comparison
    proof: cg.Proof

    @property
    def remarks(self) -> list[tuple[str, str, str]]:
        """For each gradient with an explanation its name, the kind of the first explanation, and the explanation."""
        first = [(row.name, row.explanations[0]) for row in self.comparison if row.explanations]
        return [(name, explanation.kind, explanation.message) for name, explanation in first]


def check(file: str) -> tuple[str, list[Checked]]:
    """The title of one file of the notes, and all of its formulas, checked."""
    names = runpy.run_path(str(NOTES / f"{file}.py"))
    return names["__doc__"], [check_pair(pair) for pair in pairs_in(names)]


def check_pair(pair: Pair) -> Checked:
    """Compare and prove one formula at inputs drawn from the annotations of its cost."""
    values = draw(pair.cost, pair.manual, pair.inputs, seed=0).values
    named = pair.manual(**values)
    at = {name: value for name, value in values.items() if f"d{name}" in named}
    data = {name: value for name, value in values.items() if name not in at}
    written = inspect.getdoc(pair.manual) or ""
    if pair.inputs:
        written += f", {pair.inputs['activation']}"
    compared = cg.compare(pair.cost, pair.manual, at=at, data=data)
    return Checked(pair, written, compared, cg.prove(pair.cost, pair.manual, at, data=data, seed=0))


def in_short(checked: Checked) -> str:
    """The kinds of the explanations, each with the names of what it explains."""
    names: dict[str, list[str]] = {}
    for name, kind, _ in checked.remarks:
        names.setdefault(kind, []).append(name)
    said = "; ".join(f"{', '.join(which)}: {kind}" for kind, which in names.items())
    return textwrap.shorten(said, 33, placeholder=" ...")


def main() -> None:
    print(LINE.format("formula", "holds", "proved", "what is said of it"))
    print(LINE.format("-" * 50, "-" * 5, "-" * 6, "-" * 33))
    everything = []
    for file in FILES:
        title, formulas = check(file)
        print(title)
        for each in formulas:
            holds, proved = ("yes" if answer else "NO" for answer in (each.comparison.ok, each.proof.proved))
            print(LINE.format(f"  {each.written}", holds, proved, in_short(each)).rstrip())
        everything += formulas
    wrong = [each for each in everything if not each.comparison.ok]
    print(f"\n{len(everything) - len(wrong)} of {len(everything)} hold. What is wrong with the others:")
    for each in wrong:
        print(f"\n{each.written}")
        for message in dict.fromkeys([message for _, _, message in each.remarks]):
            print(textwrap.fill(message, 100, initial_indent="    ", subsequent_indent="    "))


if __name__ == "__main__":
    main()
