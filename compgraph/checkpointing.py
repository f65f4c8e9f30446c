"""Checkpoints: a part of a computation that the tape does not remember, and that the sweep computes again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from compgraph.errors import GradientError
from compgraph.joint import results
from compgraph.nested import Structure, flatten, ravel, unflatten
from compgraph.node import Node, record
from compgraph.primitive import OPS
from compgraph.reverse import sweep
from compgraph.tape import Tape
from compgraph.tracing import title

__all__ = ["checkpoint"]

_IDENTITY = OPS[np.positive]
_creation = attrgetter("index")


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that keeps of a call its arguments and its result only, and computes the rest again.

    >>> import numpy as np
    >>> import compgraph as cg
    >>> def layer(W, h):
    ...     return np.tanh(W @ h)
    >>> W, h = cg.variables(W=[[1.0, 2.0], [3.0, 4.0]], h=[0.1, 0.2])
    >>> cost = np.sum(cg.checkpoint(layer)(W, h))
    >>> [node.name or node.op.name for node in cg.Tape(cost)]
    ['W', 'h', 'layer', 'sum']
    >>> bool(np.all(cg.gradients(cost, [W])[0] == cg.gradients(np.sum(layer(W, h)), [W])[0]))
    True

    The reverse pass runs ``f`` once more, then sweeps what that recorded. So memory is traded for time: of a chain
    the results at the checkpoints are kept, and of one part between two checkpoints everything, at a time. The value
    and gradients of 64 layers tanh(W h) of 64 × 4096 numbers take at most 283 MB without, and 67 MB with a checkpoint
    for every 8 layers, in 1.1 times the time (the peak of tracemalloc; docs/transforms.md has the program).

    Args:
        f: a function written in plain NumPy. Its arguments and its result may be trees, and hold anything. It may use
            nodes from outside as well; they get their gradients too. It has to do the same when it is run again: random
            numbers are drawn outside, or from a generator that is made inside.

    Returns:
        A function of the same arguments and with the same result.

    Raises:
        GradientError: run again, ``f`` did something else.

    Source: T. Chen et al., "Training deep nets with sublinear memory cost", 2016; A. Griewank and A. Walther,
    "Evaluating Derivatives", 2nd ed., chapter 12.
    """

    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        return _Segment(f, args, kwargs).recorded()

    return call


class _Segment:
    """One call: what it is given, with gaps for nodes, and what that makes of other nodes in the gaps.

    Attributes:
        gaps: where in the leaves of the arguments the nodes are.
        inputs: these nodes, and then the nodes from outside that ``f`` turned out to use.
        places: which leaves of the result are nodes.
    """

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.f = f
        self.leaves, self.structure = flatten((args, kwargs))
        self.gaps = [i for i, leaf in enumerate(self.leaves) if isinstance(leaf, Node)]
        self.inputs: list[Node] = [self.leaves[i] for i in self.gaps]
        self.places: list[int] = []

    def recorded(self) -> Any:
        """The result of the call, with the nodes in it made anew, as those of the whole call."""
        leaves, structure, values = self._first()
        if not (values and self.inputs):  # nothing in it depends on a node
            for i, value in zip(self.places, values, strict=True):
                leaves[i] = value
            return unflatten(structure, leaves)
        nodes = results(title(self.f), values, self.inputs, self._forward, self._rule)
        for i, node in zip(self.places, nodes, strict=True):
            leaves[i] = node
        return unflatten(structure, leaves)

    def _first(self) -> tuple[list[Any], Structure, list[Any]]:
        """Run ``f`` for the first time: the leaves of the result without the nodes, its structure, their values."""
        start, fresh = _now(), _leaves(self.inputs, graph=False)
        leaves, structure = self._run(fresh)
        self.places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Node)]
        outputs = [leaves[i] for i in self.places]
        _, outside = _made_since(start, fresh, outputs)
        self.inputs += outside
        return [None if isinstance(leaf, Node) else leaf for leaf in leaves], structure, [x.value for x in outputs]

    def _run(self, nodes: Sequence[Node]) -> tuple[list[Any], Structure]:
        leaves = list(self.leaves)
        for i, node in zip(self.gaps, nodes, strict=False):
            leaves[i] = node
        args, kwargs = unflatten(self.structure, leaves)
        return flatten(self.f(*args, **kwargs))

    def _again(self, fresh: list[Node], make: Callable[..., Node]) -> list[Any]:
        """The nodes of the result, as made of these leaves in the place of the inputs."""
        start = _now()
        leaves, _ = self._run(fresh)
        try:
            outputs = [leaves[i] for i in self.places]
        except IndexError:
            raise self._changed("returned fewer results") from None
        count = len(self.gaps)
        instead = dict(zip(self.inputs[count:], fresh[count:], strict=True))
        young, outside = _made_since(start, fresh, outputs)
        if not set(outside) <= set(instead):
            raise self._changed("used another node from outside")
        if instead:
            for node in young:
                inputs = tuple([instead.get(x, x) if isinstance(x, Node) else x for x in node.inputs])
                if any(x is not y for x, y in zip(inputs, node.inputs, strict=True)):
                    instead[node] = make(node, inputs)
        return [instead.get(x, x) if isinstance(x, Node) else x for x in outputs]

    def _forward(self, *values: Any) -> list[Any]:
        fresh = _leaves(values, graph=False)
        outputs = self._again(fresh, lambda node, inputs: record(node.op, inputs, node.params))
        return [x.value if isinstance(x, Node) else x for x in outputs]

    def _rule(self, grad: Any, out: Any, *args: Any) -> list[Any]:
        graph = isinstance(grad, Node) or any(isinstance(x, Node) for x in args)
        fresh = _leaves(args, graph)
        outputs = self._again(fresh, lambda node, inputs: Node(node.op, node.value, inputs, node.params))
        output = outputs[0] if len(outputs) == 1 else ravel(outputs)
        if np.shape(output) != np.shape(out):
            raise self._changed("returned other shapes")
        if not isinstance(output, Node):
            return [None] * len(args)
        found: Mapping[Node, Any] = sweep(Tape(output), grad, set(fresh), graph)
        return [found.get(leaf) for leaf in fresh]

    def _changed(self, what: str) -> GradientError:
        return GradientError(
            f"checkpoint: {title(self.f)} {what} when it was run again: it has to do the same each time"
        )


def _leaves(inputs: Sequence[Any], graph: bool) -> list[Node]:
    """A node for each input for the call alone: in a graph it is tied to the input, else it is a leaf."""
    values = [x.value if isinstance(x, Node) else x for x in inputs]
    if not graph:
        return [Node(None, value, ()) for value in values]
    return [
        Node(_IDENTITY, value, (x,)) if isinstance(x, Node) else Node(None, value, ())
        for x, value in zip(inputs, values, strict=True)
    ]


def _made_since(start: int, fresh: Sequence[Node], outputs: Sequence[Any]) -> tuple[list[Node], list[Node]]:
    """What the outputs were made of since a moment, but for some leaves, and the older nodes that it was made of."""
    leaves = set(fresh)
    young: dict[Node, None] = {}
    old: dict[Node, None] = {}
    ahead = [x for x in outputs if isinstance(x, Node)]
    while ahead:
        node = ahead.pop()
        if node in leaves or node in young or node in old:
            continue
        if node.index < start:
            old[node] = None
            continue
        young[node] = None
        ahead += [x for x in node.inputs if isinstance(x, Node)]
    return sorted(young, key=_creation), sorted(old, key=_creation)


def _now() -> int:
    """The place in the order of creation that has come."""
    return Node(None, 0.0, ()).index
