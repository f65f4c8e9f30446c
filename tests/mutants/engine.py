"""Mutants of the engine: one line of its source changed, in a copy of the package on which the tests are run."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

__all__ = ["CONTROL", "MUTANTS", "EngineMutant", "fate"]

ROOT = Path(__file__).parents[2]

TESTS = (
    "tests/test_tape.py",
    "tests/test_reverse.py",
    "tests/test_gradient_memory.py",
    "tests/test_zero_gradients.py",
    "tests/test_strong_zeros.py",
    "tests/test_transforms.py",
    "tests/test_node.py",
    "tests/test_random_graphs.py",
    "tests/test_forward.py",
    "tests/rules/test_every_op.py",
)

SOME = "not (test_forward or test_every_op) or multiply or tanh or matmul or where"
"""Of the tests that go through all ops those of a few are enough: it is the engine that is wrong."""


class EngineMutant(NamedTuple):
    """A text of a module, which stands in it once, and what is put in its place."""

    module: str
    right: str
    wrong: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.module}: {self.meaning}"


CONTROL = EngineMutant("tape", "class Tape:", "class Tape:", "nothing is changed")
"""What has to survive, or the others were killed by tests that fail anyway."""

MUTANTS = (
    CONTROL,
    EngineMutant(
        "pull", "np.add.reduce(cotangent, axis", "np.maximum.reduce(cotangent, axis", "broadcast axes are not summed"
    ),
    EngineMutant(
        "pull", "    for x in inputs:  # noqa: SIM110", "    for x in ():  # noqa: SIM110", "an input's array is kept"
    ),
    EngineMutant("pull", "if cotangent.base is not None or", "if", "views are kept"),
    EngineMutant("pull", "np.full(shape, grad, value.dtype)", "grad", "one number is not made an array"),
    EngineMutant(
        "pull",
        "numbers = [np.float64(a) if type(a) is float else a",
        "numbers = [a",
        "Python's division by zero goes up to the caller",
    ),
    EngineMutant(
        "pull",
        "vjp is not None and isinstance(x, Node) and (needed is None or x in needed)",
        "vjp is not None and isinstance(x, Node) and needed is None",
        "nothing flows to some of the nodes only",
    ),
    EngineMutant(
        "reverse",
        "sofar = cotangent_of(x)\n            cotangents[x] = cotangent if sofar is None else sofar + cotangent",
        "cotangents[x] = cotangent",
        "of several cotangents the last counts",
    ),
    EngineMutant(
        "reverse",
        "nothing to fit\n                    cotangents[x] = cotangent if sofar is None else sofar + cotangent",
        "nothing to fit\n                    cotangents[x] = cotangent",
        "of several cotangents the last counts, on the short way",
    ),
    EngineMutant(
        "reverse", "(y, rules[1](grad, out, left, right))", "(y, rules[0](grad, out, left, right))", "the other's rule"
    ),
    EngineMutant("reverse", "settled[node].copy() if twice", "settled[node] if twice", "asked twice, one array"),
    EngineMutant(
        "reverse",
        "cotangents = {node: cotangents.get(node, 0.0) for node in tape.nodes}",
        "pass",
        "what nothing flows to keeps its old gradient",
    ),
    EngineMutant(
        "reverse",
        "return cotangent if cotangent.dtype == node.dtype else cast(cotangent, dtype=node.dtype)",
        "return cotangent",
        "a gradient that is a node has another dtype",
    ),
    EngineMutant("forward", "part if total is None else total + part", "part", "of several tangents the last counts"),
    EngineMutant("tape", "nodes.sort(key=_creation)", "nodes.reverse()", "nodes are not in order"),
    EngineMutant("tape", "needed.add(node)", "pass", "nothing leads to what is wanted"),
    EngineMutant("operand", "array = value.copy()", "array = value.view()", "a variable shares the caller's array"),
    EngineMutant(
        "node",
        "    gradient = np.empty(value.shape, value.dtype)\n    gradient[...] = cotangent\n    return gradient",
        "    return np.broadcast_to(cotangent, value.shape).astype(value.dtype, copy=False)",
        "a gradient is a view",
    ),
    EngineMutant(
        "tracing",
        "return not own or tape.nodes[0].index < own[0].index",
        "return False",
        "inner derivatives are constants to outer ones",
    ),
    EngineMutant(
        "tracing",
        "return Node(_IDENTITY, value.value, (value,))",
        "return value",
        "inner and outer variables are one",
    ),
    EngineMutant("strong_zeros", "return np.where(reached, 0.0, flown)", "return flown", "zeros are weak"),
)


def fate(mutant: EngineMutant) -> str:
    """What became of a mutant: the first test that failed; ``""`` where all passed.

    Raises:
        ValueError: the text is not there, or more than once; or the tests could not be run.
    """
    with tempfile.TemporaryDirectory() as folder:
        for part in ("compgraph", "tests"):
            shutil.copytree(ROOT / part, Path(folder, part), ignore=shutil.ignore_patterns("__pycache__", "fonts"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        path = Path(folder, "compgraph", f"{mutant.module}.py")
        source = path.read_text(encoding="utf-8")
        if source.count(mutant.right) != 1:
            raise ValueError(
                f"{path.name} has {mutant.right!r} {source.count(mutant.right)} times: bring it up to date"
            )
        path.write_text(source.replace(mutant.right, mutant.wrong), encoding="utf-8")
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-x",
                "-q",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:xdist",
                "-k",
                SOME,
                *TESTS,
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode not in (0, 1):
        raise ValueError(f"pytest ended with {done.returncode}: {done.stdout[-300:]}{done.stderr[-300:]}")
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    return failed[0].removeprefix("FAILED ").partition(" - ")[0] if failed else ""
