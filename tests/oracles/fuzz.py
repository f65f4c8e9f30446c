"""Random programs, each checked against PyTorch and by the adjoint identity: ``make fuzz N=1000000 SEED=0``.

A program that fails is cut down to the fewest instructions that still fail and written as a Python file to run. Without
PyTorch the gradients are checked against finite differences instead.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.oracles.agreement import Check, adjoint_identity, against, finite_differences
from tests.oracles.drawing import random_program, random_shapes
from tests.oracles.engines import NUMPY, by_torch, missing
from tests.oracles.programs import Program, shrunk, source_of

__all__ = ["checks", "complaint", "main"]

SHORTEST, LONGEST = 5, 60


def checks() -> tuple[Check, ...]:
    """What every program has to pass, with what is installed."""
    if missing("torch") is None:
        return (against(by_torch, "PyTorch"), adjoint_identity)
    return (adjoint_identity, finite_differences)


def complaint(program: Program, todo: Sequence[Check]) -> str:
    """What is wrong with a program; an exception is wrong as well."""
    for check in todo:
        try:
            found = check(program)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            found = f"{type(error).__name__} in {place.name}: {error}"
        if found:
            return found
    return ""


def drawn(seed: int, number: int) -> Program:
    """The program of a number, the same whichever have been drawn before it."""
    rng = np.random.default_rng([seed, number])
    return random_program(rng, random_shapes(rng), int(rng.integers(SHORTEST, LONGEST + 1)), NUMPY)


FILE = '''"""{title}

From the checkout: PYTHONPATH=. python {name}
"""

import numpy as np

from tests.oracles.fuzz import checks, complaint
from tests.oracles.programs import Program, Step

program = {source}

if __name__ == "__main__":
    found = complaint(program, checks())
    raise SystemExit(found or None)
'''


def kept(folder: Path, name: str, program: Program, what: str) -> Path:
    """Write a failing program as a file to run; it appears under its name when it is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    title = f"A program that fails: {what}".replace("\\", "/").replace('"""', "'''")
    draft.write_text(FILE.format(title=title, name=path, source=source_of(program)), encoding="utf-8")
    draft.replace(path)
    return path


def minimal(program: Program, what: str, todo: Sequence[Check]) -> Program:
    """The fewest instructions that fail in the same way: of the same check, or with the same exception."""
    kind = what.split(":")[0].split(" in ")[0]

    def fails(candidate: Program) -> bool:
        return complaint(candidate, todo).startswith(kind)

    return shrunk(program, NUMPY, fails)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracles.fuzz", description="Check random programs.")
    parser.add_argument("--number", "-n", type=int, default=1_000_000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws other programs")
    parser.add_argument("--start", type=int, default=0, help="the number of the first program, to go on from there")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="the folder for programs that fail")
    options = parser.parse_args(arguments)
    if reason := missing("torch"):
        print(f"without PyTorch ({reason}): the adjoint identity and finite differences only", flush=True)
    todo = checks()
    failures = done = instructions = 0
    started = told = time.monotonic()
    live = sys.stdout.isatty()
    try:
        for number in range(options.start, options.start + options.number):
            program = drawn(options.seed, number)
            if what := complaint(program, todo):
                failures += 1
                small = minimal(program, what, todo)
                what = complaint(small, todo)
                path = kept(options.keep, f"seed_{options.seed}_program_{number}.py", small, what)
                print(f"\r{path}: {len(small.steps)} instructions: {what[:200]}", flush=True)
            done += 1
            instructions += len(program.steps)
            now = time.monotonic()
            if now - told >= (1 if live else 60):
                told = now
                line = f"{done:,} of {options.number:,} programs, {done / (now - started):.0f}/s, {failures} failed"
                print(f"\r{line} ", end="", flush=True) if live else print(line, flush=True)
    except KeyboardInterrupt:
        print("\nstopped")
    rate = done / max(time.monotonic() - started, 1e-9)
    numbers = f"{options.start:,} to {options.start + done - 1:,}" if done else "none"
    print(
        f"\r{done:,} programs of {instructions:,} instructions (seed {options.seed}, numbers {numbers}): "
        f"{failures} failed, {rate:.0f}/s"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
