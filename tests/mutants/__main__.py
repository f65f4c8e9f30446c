"""Test the tests: make the code wrong in one place at a time and see that they notice. `make mutants` runs it.

Every derivative rule of every op, and the result of every composition, times 1.01, -1 and 0, and cut off from the
graph; then some lines of the engine, changed. A mutant that survives and is not in tests/mutants/survivors.py, one that
is there and does not survive, and less than 98 % killed end with exit code 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections import Counter
from multiprocessing import get_context
from typing import Any

from tests.mutants import engine, mutation
from tests.mutants.fate import fate
from tests.mutants.survivors import SURVIVORS

LEAST = 0.98
"""The part of the mutants that has to be killed."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="only the mutants of these ops and compositions")
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1), help="processes at a time")
    parser.add_argument("--no-engine", action="store_true", help="leave out the mutants of the engine, which take long")
    args = parser.parse_args()

    mutants: list[Any] = [] if args.no_engine or args.names else list(engine.MUTANTS)  # the slow ones first
    mutants += [m for m in (*mutation.ops(), *mutation.compositions()) if not args.names or m.name in args.names]
    start = time.monotonic()
    with get_context("spawn").Pool(args.workers, initializer=warnings.simplefilter, initargs=("error",)) as pool:
        fates = []
        for result in pool.imap_unordered(fate, mutants, chunksize=1):
            fates.append(result)
            if sys.stderr.isatty():
                print(f"\r{len(fates)} of {len(mutants)}", end="\r", file=sys.stderr, flush=True)

    wrong = list(complaints(fates, everything=not args.names))
    planted = [(mutant, by) for mutant, by, _ in fates if not is_control(mutant)]
    print(*table(planted), sep="\n")
    for mutant, by in planted:
        if not by and str(mutant) in SURVIVORS:
            print(f"survives: {mutant}: {SURVIVORS[str(mutant)]}")
    killed = sum(bool(by) for _, by in planted)
    rate = killed / max(len(planted), 1)
    print(f"{killed} of {len(planted)} mutants killed, {rate:.1%}, in {time.monotonic() - start:.0f} s")
    if rate < LEAST:
        wrong.append(f"less than {LEAST:.0%} killed")
    for complaint in wrong:
        print("WRONG", complaint)
    return 1 if wrong else 0


def is_control(mutant: Any) -> bool:
    return mutant == engine.CONTROL or (isinstance(mutant, mutation.Mutant) and mutant.factor == mutation.CONTROL)


def complaints(fates: list[tuple[Any, str, str]], everything: bool) -> Any:
    """What is not as it has to be, in sentences."""
    for mutant, by, error in fates:
        if error:
            yield f"{mutant}: {error}"
        elif is_control(mutant) and by:
            yield f"{mutant}, which changes nothing, is killed by {by}"
        elif not is_control(mutant) and not by and str(mutant) not in SURVIVORS:
            yield f"{mutant} survives: test it, or write the reason into tests/mutants/survivors.py"
        elif by and str(mutant) in SURVIVORS:
            yield f"{mutant} is killed by {by}: take it out of tests/mutants/survivors.py"
    if everything:
        known = {str(mutant) for mutant, _, _ in fates}
        for name in SURVIVORS:
            if name not in known:
                yield f"{name} in tests/mutants/survivors.py is no mutant"


def table(planted: list[tuple[Any, str]]) -> Any:
    """How many of each kind were planted, and what killed them."""
    kinds: dict[str, Counter[str]] = {}
    for mutant, by in planted:
        if isinstance(mutant, engine.EngineMutant):
            kind, by = "lines of the engine", "other tests" if by else ""
        else:
            change = "cut off" if mutant.factor is None else f"× {mutant.factor:g}"
            kind = f"{mutant.registry}s, {change}"
        kinds.setdefault(kind, Counter())[by] += 1
    columns = ["first derivatives", "second derivatives", "every call", "complex numbers", "other tests", ""]
    titles = ["planted", "by first", "by second", "by calls", "by complex", "by others", "survive"]
    yield f"{'':<24}" + "".join(f"{title:>11}" for title in titles)
    for kind, count in sorted(kinds.items()):
        yield f"{kind:<24}" + "".join(f"{n:>11}" for n in [count.total(), *[count[c] for c in columns]])


if __name__ == "__main__":
    sys.exit(main())
