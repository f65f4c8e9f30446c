"""What the results of a tape are called in the source: as in the person's code, as far as it told."""

from __future__ import annotations

import builtins
import keyword
import math
from collections.abc import Iterable

from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["RESERVED", "Namer", "called"]

RESERVED = frozenset({*dir(builtins), *dir(math), *keyword.kwlist, "np", "math", "scipy", "prepare"})

WRITTEN_OUT = frozenset({"numpy", "builtins", "operator", "_operator", "math"})
"""Modules whose functions are called by a name that is reserved, or written as operators."""


class Namer:
    """Gives each node a name of its own.

    >>> import compgraph as cg
    >>> namer = Namer()
    >>> a, b = cg.Variable(1.0, "W"), cg.Variable(2.0, "W")
    >>> namer.name(a), namer.name(b), namer.name(a), namer.name(a + b)
    ('W', 'W_2', 'W', 't1')
    """

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self.taken = {*RESERVED, *reserved}
        self.given: dict[Node, str] = {}
        self.count = 0
        self.numbers: dict[str, int] = {}  # how often a name was wanted

    def name(self, node: Node) -> str:
        """The name of a node."""
        if node not in self.given:
            self.given[node] = self.fresh(node.name)
        return self.given[node]

    def fresh(self, wanted: str | None) -> str:
        """A name that nothing else has, the wanted one if possible."""
        if wanted is None or not _identifier(wanted):
            while True:
                self.count += 1
                wanted = f"t{self.count}"
                if wanted not in self.taken:
                    break
        name, i = wanted, self.numbers.get(wanted, 1)
        while name in self.taken:
            i += 1
            name = f"{wanted}_{i}"
        self.numbers[wanted] = i
        self.taken.add(name)
        return name


def called(tape: Tape) -> set[str]:
    """The names by which a source may call functions that it has not from NumPy: variables need other ones.

    >>> import compgraph as cg
    >>> sorted(called(cg.Tape(cg.sigmoid(cg.Variable(1.0, "sigmoid")))))
    ['_sigmoid', 'sigmoid']
    """
    found: set[str] = set()
    for op in {node.op for node in tape if node.op is not None}:
        for function in (op.function, op.forward):
            module = str(getattr(function, "__module__", None) or "numpy")
            if module.partition(".")[0] not in WRITTEN_OUT and not module.startswith("compgraph.compile"):
                found |= {op.name, f"_{op.name}", str(getattr(function, "__name__", op.name))}
    return found


def _identifier(name: str) -> bool:
    return name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and not name.startswith("__")
