"""The source of a tape in the least memory: each result is let go after its last use, and none is kept between calls.

Buffers belong to one shape each, and what is in none is kept as long as the function runs. Here a result is made when
it is needed, in place of an input that is needed no more where that can be, and its name is deleted after its last use:
what is held is what is still needed. It takes longer, since memory has to be fetched in every call.
"""

from __future__ import annotations

from collections.abc import Collection

from compgraph.compile.capture import Program
from compgraph.compile.letting_go import let_go, with_deletions
from compgraph.compile.plan import planned
from compgraph.compile.source import Module, Source
from compgraph.node import Node

__all__ = ["written_sparingly"]


def written_sparingly(program: Program, once: Collection[Node] = ()) -> Source:
    """Write a program as Python code that holds no more than is needed.

    Args:
        program: the tape to write.
        once: what to compute beforehand and keep, of what depends on no argument; the rest is computed in every call.
    """
    module = Module(program)
    module.keep(once)
    every = module.every
    outputs = program.tape.outputs
    plan = planned(every, outputs, [*program.arguments, *module.constants, *module.once])
    in_place = plan._replace(target={node: plan.target[node] for node in plan.over})
    before = module.before()
    lines = [module.statements.lines([node], in_place, {}) for node in every]
    gone = let_go(every, outputs, module.statements)
    return module.source(before, with_deletions(lines, gone, module.statements), plan, 0)
