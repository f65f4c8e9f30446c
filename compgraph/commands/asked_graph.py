"""The graph that a command is asked about: of a formula that was typed, or of a node or function in a person's file."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from compgraph.check.inputs import arguments_of, draw
from compgraph.check.names import call_with_names
from compgraph.commands.expression import compute, values_at
from compgraph.commands.user_file import is_theirs, running, what_happened
from compgraph.errors import GradientError, UseError
from compgraph.node import Node, Variable
from compgraph.render.one_line import one_line

__all__ = ["AskedGraph", "asked_graph"]

_IN_A_FILE = re.compile(r"(?P<file>.*\.py)(?::(?P<name>.*))?", re.DOTALL)
_LONGEST_NAME = 40
_LONGEST_LIST = 200


class AskedGraph(NamedTuple):
    """A graph with what its nodes are called.

    Attributes:
        output: the node at its end.
        names: variables by name, of which some hold nodes of the graph.
        is_theirs: whether it was built by a person's file as it is, so that its derivatives are what the file left.
    """

    output: Node
    names: Mapping[str, Any]
    is_theirs: bool = False


def asked_graph(asked: str, at: Sequence[str] = (), seed: int = 0) -> AskedGraph:
    """Build the graph that is asked for.

    >>> graph = asked_graph("u = b*c; J = 3*(a + u)", ["a=5", "b=3", "c=2"])
    >>> graph.output.value, graph.names["u"].value
    (33.0, 6.0)

    Args:
        asked: a formula, or ``FILE.py:NAME`` for a node or a function of a file, which is run.
        at: values of the variables of the formula or of the arguments of the function, each ``name=value``.
        seed: where a function is given no values, of those that are drawn by its annotations.

    Raises:
        UseError: it is no formula; there is no such file or name; values are missing or not used.
    """
    found = _IN_A_FILE.fullmatch(asked.strip())
    if found is None:
        return AskedGraph(*compute(asked, values_at(at)))
    file, name = found["file"], found["name"]
    if not name:
        raise UseError(f"{file}: which node or function of it? Write {file}:NAME")
    values = values_at(at)
    with running(file) as names:
        thing = _named(names, file, name)
        if isinstance(thing, Node):
            if at:
                raise UseError(f"{file}:{name} is a node, which has its values: --at gives those of a function")
            return AskedGraph(thing, dict(names), is_theirs=True)
        return _graph_of(thing, f"{file}:{name}", file, values, seed)


def _named(names: Mapping[str, Any], file: str, name: str) -> Any:
    own = {key: value for key, value in names.items() if not key.startswith("__")}
    known = [key for key, value in own.items() if _is_drawn(value, names)]
    there = f"; it has {one_line(', '.join(known), _LONGEST_LIST)}" if known else ""
    if name not in own:
        raise UseError(f"{file} has no {one_line(name, _LONGEST_NAME)}{there}")
    thing = own[name]
    is_function = callable(thing) and not isinstance(thing, type) and typing.get_origin(thing) is None
    if not isinstance(thing, Node) and not is_function:
        raise UseError(f"{file}:{name} is no node and no function, but of type {type(thing).__name__}{there}")
    return thing


def _is_drawn(value: Any, names: Mapping[str, Any]) -> bool:
    """Whether a value is one that may be asked for: a node, or a function that the file defines."""
    return isinstance(value, Node) or (inspect.isfunction(value) and value.__module__ == names.get("__name__"))


def _graph_of(function: Callable[..., Any], title: str, file: str, values: Mapping[str, Any], seed: int) -> AskedGraph:
    """Call a function with variables for its arguments."""
    try:
        chosen = _given(function, title, values) if values else draw(function, function, None, seed).values
        arguments = {name: Variable(value, name) if _is_float(value) else value for name, value in chosen.items()}
        found = call_with_names(function, **arguments)
    except UseError:
        raise
    except GradientError as error:
        raise UseError(f"{file}: {error}, or its values with --at") from None
    except (BrokenPipeError, MemoryError):
        raise
    except (Exception, SystemExit) as error:
        if not is_theirs(error):
            raise
        raise UseError(f"{title}: {what_happened(error, file)}") from None
    if not isinstance(found.result, Node):
        what = f"returns {type(found.result).__name__}"
        raise UseError(f"{title} {what}, not one node: nothing in it depends on a variable, or it gives several")
    return AskedGraph(
        found.result, {**found.arrays, **found.nodes, **arguments, title.rpartition(":")[2]: found.result}
    )


def _given(function: Callable[..., Any], title: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of the arguments, all of them given."""
    arguments = arguments_of(function)
    missing = [name for name, p in arguments.items() if p.default is p.empty and name not in values]
    if missing:
        told = " ".join(f"{name}=..." for name in missing)
        raise UseError(f"{title}: no value is given for {', '.join(missing)}: add --at {told}")
    takes_any = any(p.kind is p.VAR_KEYWORD for p in inspect.signature(function).parameters.values())
    strangers = [name for name in values if name not in arguments and not takes_any]
    if strangers:
        takes = ", ".join(arguments) or "none"
        raise UseError(f"{title}: --at gives {', '.join(strangers)}, and its arguments are {takes}")
    return values


def _is_float(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")
