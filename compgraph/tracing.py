"""A call of a function with nodes in the place of some of its arguments: what every transform starts with."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from compgraph.errors import CompgraphError, DtypeError, GradientError
from compgraph.nested import Structure, flatten, paths, unflatten
from compgraph.node import Node, Variable
from compgraph.operand import leaf_value
from compgraph.primitive import OPS
from compgraph.tape import Tape

__all__ = ["Argnums", "Lifted", "Place", "is_nested", "lift", "lift_leaf", "places_of", "title", "trace"]

ndarray = np.ndarray
_IDENTITY = OPS[np.positive]
SIMPLE = frozenset({ndarray, float})

Argnums: TypeAlias = int | str | Sequence[int | str]
"""Which arguments to differentiate with respect to: a position, a name, or several of these."""


class Named(NamedTuple):
    """An argument by its name, and its position if it can be passed by position."""

    name: str
    position: int | None


Place: TypeAlias = int | Named


def title(f: Callable[..., Any]) -> str:
    """What a function is called in messages."""
    return getattr(f, "__name__", repr(f))


def places_of(f: Callable[..., Any], argnums: Argnums) -> tuple[Place, ...]:
    """Resolve what the user says which arguments are meant, as far as that can be done before a call.

    >>> places_of(lambda X, W, b: ..., (0, "b"))
    (0, Named(name='b', position=2))

    Raises:
        GradientError: the function has no argument of that name.
    """
    several = [argnums] if isinstance(argnums, str) or hasattr(argnums, "__index__") else argnums
    try:
        return tuple([_named(f, each) if isinstance(each, str) else operator.index(each) for each in several])
    except TypeError:
        raise GradientError(f"argnums is a position, a name, or a tuple of these, not {argnums!r}") from None


def _named(f: Callable[..., Any], name: str) -> Named:
    parameters = _parameters(f)
    if parameters is None:
        return Named(name, None)
    by_position = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    known = by_position + [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    if name not in known and not any(p.kind is p.VAR_KEYWORD for p in parameters):
        raise GradientError(f"argnums: {title(f)} has no argument {name!r}; it has {', '.join(known) or 'none'}")
    return Named(name, by_position.index(name) if name in by_position else None)


def _parameters(f: Callable[..., Any]) -> list[inspect.Parameter] | None:
    try:
        return list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # functions written in C need not say what they take
        return None


class Lifted(NamedTuple):
    """The arguments of a call with nodes in the place of some.

    Attributes:
        args, kwargs: the arguments to call the function with.
        nodes: the nodes, each once: a node for each leaf of each differentiated argument.
        spans: for each place the slice of ``nodes`` that is its, and its structure; None where each place has one
            node, in order.
    """

    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    nodes: list[Node]
    spans: list[tuple[int, int, Structure]] | None

    def arranged(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Values found for the nodes, as a tuple of trees: one for each place."""
        if self.spans is None:
            return tuple(values)
        trees = []
        seen = set()
        for start, stop, structure in self.spans:
            part = values[start:stop]
            if start in seen:  # an argument named twice: no gradient shares memory with another
                part = [x.copy() if isinstance(x, ndarray) else x for x in part]
            seen.add(start)
            trees.append(unflatten(structure, part))
        return tuple(trees)


def lift(f: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], places: Sequence[Place]) -> Lifted:
    """Put nodes into the places of some arguments: one for an array or number, one for each leaf of a tree.

    >>> lifted = lift(lambda X, params: ..., [1.0, {"W": 2.0, "b": 3.0}], {}, [1])
    >>> lifted.args
    [1.0, {'W': <Variable 2.0>, 'b': <Variable 3.0>}]
    >>> lifted.arranged([20.0, 30.0])
    ({'W': 20.0, 'b': 30.0},)

    Raises:
        GradientError: the call has no such argument.
        DtypeError: a leaf that cannot be differentiated; the message says where it is.
    """
    held = list(args)
    nodes: list[Node] = []
    for place in places:  # arrays and floats by position, each once: the hot path of training
        if type(place) is not int or not 0 <= place < len(held) or type(held[place]) not in SIMPLE:
            break
        held[place] = node = Variable(held[place])
        nodes.append(node)
    else:
        return Lifted(held, kwargs, nodes, None)
    return _lifted(f, args, kwargs, places)


def _lifted(f: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], places: Sequence[Place]) -> Lifted:
    """The same for any arguments, however they are passed."""
    held = list(args)
    named = kwargs
    nodes: list[Node] = []
    spans: list[tuple[int, int, Structure]] = []
    done: dict[int | str, tuple[int, int, Structure]] = {}
    simple = True
    for place in places:
        key = _key(f, place, args, kwargs)
        span = done.get(key)
        if span is None:
            argument = args[key] if type(key) is int else kwargs[key]  # type: ignore[index]
            start = len(nodes)
            leaves, structure = flatten(argument)
            if structure is None:
                nodes.append(lift_leaf(argument))
            else:
                nodes += _lift_leaves(f, key, leaves, structure)
                simple = False
            lifted = unflatten(structure, nodes[start:])
            if type(key) is int:
                held[key] = lifted
            else:
                named = {**named, key: lifted}  # type: ignore[dict-item]
            done[key] = span = (start, len(nodes), structure)
        else:
            simple = False
        spans.append(span)
    return Lifted(held, named, nodes, None if simple else spans)


def _key(f: Callable[..., Any], place: Place, args: Sequence[Any], kwargs: Mapping[str, Any]) -> int | str:
    """Where in a call an argument is: its position, or the keyword it was passed by."""
    count = len(args)
    if isinstance(place, int):
        if not -count <= place < count:
            raise GradientError(
                f"argnums: {title(f)} was called with {count} positional arguments and has no number {place}; "
                "one that is passed by keyword is given by its name"
            )
        return place % count
    if place.name in kwargs:
        return place.name
    if place.position is None or place.position >= count:
        raise GradientError(f"argnums: {title(f)} was called without its argument {place.name!r}")
    return place.position


def _lift_leaves(f: Callable[..., Any], key: int | str, leaves: list[Any], structure: Structure) -> list[Node]:
    nodes = []
    for i, leaf in enumerate(leaves):
        try:
            nodes.append(lift_leaf(leaf))
        except CompgraphError:
            path = paths(structure, _argument_name(f, key))[i]
            if isinstance(leaf, (ndarray, np.generic, list, bool, complex)):
                leaf_value(leaf, path)  # the same again, with its name
            raise DtypeError(
                f"{path} is {leaf!r}, which cannot be differentiated: "
                "pass it as an argument of its own, or take it from where the function is defined"
            ) from None
    return nodes


def _argument_name(f: Callable[..., Any], key: int | str) -> str:
    if isinstance(key, str):
        return key
    parameters = _parameters(f) or []
    by_position = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return by_position[key] if key < len(by_position) else f"args[{key}]"


def lift_leaf(value: Any) -> Node:
    """A value as a node of its own, which stays tied to the graph that it may come from."""
    if isinstance(value, Node):
        return Node(_IDENTITY, value.value, (value,))
    return Variable(value)


def trace(
    f: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], argnums: Iterable[int | str]
) -> tuple[list[Node], Any]:
    """Call ``f`` with nodes in the place of some arguments that are arrays or numbers: those nodes, and its result.

    Raises:
        GradientError: there is no such argument, or it is a tree.
    """
    lifted = lift(f, args, kwargs, places_of(f, tuple(argnums)))
    own = []
    for start, stop, structure in lifted.spans or [(i, i + 1, None) for i in range(len(lifted.nodes))]:
        if structure is not None:
            raise GradientError(
                f"{title(f)} is to be differentiated by a {structure.kind.__name__} of {stop - start} arrays: "
                "here it takes one array or number"
            )
        own.append(lifted.nodes[start])
    return own, f(*lifted.args, **lifted.kwargs)


def is_nested(tape: Tape, own: Sequence[Node]) -> bool:
    """Whether a trace depends on nodes of a graph around it: then its derivatives do too, and belong to that graph.

    Those nodes are older than the trace's own. Younger leaves are what finished transforms inside it leave behind.
    """
    return not own or tape.nodes[0].index < own[0].index
