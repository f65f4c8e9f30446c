"""``python -m tests.slips``: every slip of the corpus, what is said of it first, and how many are recognised.

With ``--messages`` the explanations are printed; with ``--missed`` only the slips that are not recognised; ``--seed``
chooses other points.
"""

import argparse
from collections import Counter

from compgraph.check.explanation import KINDS
from tests.slips.corpus import SLIPS
from tests.slips.examine import Outcome, examine

parser = argparse.ArgumentParser(prog="python -m tests.slips")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--messages", action="store_true", help="print the explanations as well")
parser.add_argument("--missed", action="store_true", help="only the slips that are not recognised")


def line(outcome: Outcome) -> str:
    slip, first = outcome.slip, outcome.first
    mark = "  " if outcome.is_diagnosed else "! "
    kind = "-" if first is None else first.kind
    return f"{mark}{outcome.row.name:8} {' or '.join(slip.kinds):38} {kind:20} {slip}"


def percentage(part: int, whole: int) -> str:
    return f"{part:3} of {whole:3} {100 * part / max(whole, 1):4.0f} %"


def main() -> None:
    chosen = parser.parse_args()
    outcomes = [examine(slip, chosen.seed) for slip in SLIPS]
    print(f"  {'row':8} {'expected':38} {'said first':20} slip")
    for outcome in outcomes:
        if chosen.missed and outcome.is_diagnosed:
            continue
        print(line(outcome))
        if chosen.messages:
            print(f"           written  {outcome.slip.written}\n           right    {outcome.slip.was}")
            for explanation in outcome.row.explanations:
                print(f"           {explanation.kind}: {explanation.message}")
    of_kind = Counter(outcome.slip.kinds[0] for outcome in outcomes)
    recognised = Counter(outcome.slip.kinds[0] for outcome in outcomes if outcome.is_diagnosed)
    print()
    for kind in KINDS:
        print(f"{kind:20} {percentage(recognised[kind], of_kind[kind])}")
    named = sum(any(e.kind in outcome.slip.kinds for e in outcome.row.explanations) for outcome in outcomes)
    print(f"\nfirst-ranked         {percentage(recognised.total(), len(outcomes))}")
    print(f"named at all         {percentage(named, len(outcomes))}")


if __name__ == "__main__":
    main()
