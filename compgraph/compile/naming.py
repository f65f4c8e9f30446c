"""What the results of a tape are called in the source: as in the person's code, as far as it told."""

from __future__ import annotations

import builtins
import keyword
import math
from collections.abc import Iterable

from compgraph.node import Node

__all__ = ["RESERVED", "Namer"]

RESERVED = frozenset({*dir(builtins), *dir(math), *keyword.kwlist, "np", "math", "scipy", "prepare"})


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


def _identifier(name: str) -> bool:
    return name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and not name.startswith("__")
