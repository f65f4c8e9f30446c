"""Formulas typed on a command line, such as ``u = b*c; J = 3*(a + u)``: read, checked and computed, never executed.

The text is the language of NumPy cut down to formulas. Python's parser reads it, and nothing else of Python's touches
it: each part of the tree is looked up in a list of what there is, and what is not there is refused with its place. How
long a text may be, how deep it may nest, how many operations it makes and how large their arrays are is limited before
they are made, so a formula takes a moment whatever stands in it.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from compgraph.commands.expression_evaluation import Evaluation
from compgraph.commands.expression_functions import CONSTANTS, FUNCTIONS
from compgraph.commands.expression_source import Source, Statement
from compgraph.commands.warnings_told import warnings_told
from compgraph.errors import UseError
from compgraph.node import Node, Variable
from compgraph.render.one_line import one_line

__all__ = ["Computed", "compute", "values_at"]

_OTHERS = frozenset({*CONSTANTS, *FUNCTIONS, "np", "cg"})
"""Names that are understood without a value."""

_LONGEST_NAME = 40
_LONGEST_LIST = 200


class Computed(NamedTuple):
    """What a formula gave.

    Attributes:
        output: the value of the last statement.
        names: every value by the name it was given, the variables too.
    """

    output: Node
    names: dict[str, Any]


def compute(text: str, at: Mapping[str, Any]) -> Computed:
    """Compute a formula with nodes for its variables.

    >>> found = compute("u = b*c; J = 3*(a + u)", {"a": 5.0, "b": 3.0, "c": 2.0})
    >>> found.output.value, list(found.names)
    (33.0, ['a', 'b', 'c', 'u', 'J'])
    >>> compute("J = 3*(a + b*c)", {"a": 5.0, "b": 3.0})
    Traceback (most recent call last):
    ...
    compgraph.errors.UseError: column 14: no value is given for c: add --at c=...

    Args:
        text: statements ``name = formula``, separated by ``;`` or line breaks; the last one needs no name.
        at: the values of the variables, floats or arrays, by name.

    Raises:
        UseError: the text is no formula or asks for too much, a value is missing or is not used, or nothing depends on
            a variable. The message is one line and begins with the place in the text.
    """
    source = Source(text)
    statements = source.statements()
    if not statements:
        raise UseError("there is no formula: write one, as in 'J = 3*(a + b*c)'")
    _check_names(source, statements, at)
    evaluation = Evaluation(source, {name: Variable(value, name) for name, value in at.items()})
    output: Any = None
    with warnings_told():
        for statement in statements:
            output = evaluation.value(statement.tree)
            if statement.name:
                evaluation.names[statement.name] = output
            elif statement is not statements[-1]:
                raise source.error(statement.at, "only the last formula can be without a name: write name = formula")
    if not isinstance(output, Node):
        hint = "" if at else ": give a variable its value, as in --at a=5"
        raise source.error(statements[-1].at, f"this is a constant, there is no variable in it{hint}")
    return Computed(output, evaluation.names)


def values_at(assignments: Sequence[str]) -> dict[str, Any]:
    """Read the values of variables as they are typed.

    >>> values_at(["a=5", "x=[[1, 2], [3, 4]]", "c=-1/4"])
    {'a': 5.0, 'x': array([[1., 2.],
           [3., 4.]]), 'c': -0.25}

    Args:
        assignments: each ``name=value``; a value is a number, a nested list, or a formula without variables.

    Returns:
        Floats and arrays of floats, by name.

    Raises:
        UseError: one is not of that form, or a name is given twice.
    """
    values: dict[str, Any] = {}
    for assignment in assignments:
        typed, equals, text = assignment.partition("=")
        if not equals:
            raise UseError(f"--at {one_line(assignment, _LONGEST_NAME)}: write name=value, as in --at a=5 b=3")
        name = _name(typed)
        shown = one_line(name, _LONGEST_NAME)
        if name in values:
            raise UseError(f"--at gives {shown} twice")
        source = Source(text, f"--at {shown}: ")
        statements = source.statements()
        if len(statements) != 1 or statements[0].name:
            raise UseError(f"--at {shown}: one value stands after the =, such as 5 or [[1, 2], [3, 4]]")
        (tree,) = [statement.tree for statement in statements]
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id not in _OTHERS:
                raise source.error(node, f"{one_line(node.id, _LONGEST_NAME)} is no number")
        with warnings_told():
            values[name] = Evaluation(source, {}).value(tree)
    return values


def _name(typed: str) -> str:
    """The name before the = of ``--at``, as Python compares names."""
    with contextlib.suppress(UseError):
        match Source(typed.strip()).statements():
            case [Statement(name="", tree=ast.Name(id=name))] if name not in ("np", "cg"):
                return name
    raise UseError(f"--at: {one_line(repr(typed.strip()), _LONGEST_NAME)} is no name for a value, as a is in --at a=5")


def _check_names(source: Source, statements: Sequence[Statement], at: Mapping[str, Any]) -> None:
    """Make sure that every name has one value, and that every value given is used."""
    known, used = set(at), set[str]()
    missing: dict[str, ast.Name] = {}
    for statement in statements:
        called = {id(node.func) for node in ast.walk(statement.tree) if isinstance(node, ast.Call)}
        for node in ast.walk(statement.tree):
            if not isinstance(node, ast.Name) or (id(node) in called and node.id in FUNCTIONS):
                continue
            used.add(node.id)
            if id(node) not in called and not (node.id in known or node.id in _OTHERS):
                missing.setdefault(node.id, node)
        if statement.name in known:
            told = "is given by --at" if statement.name in at else "has a value already"
            raise source.error(statement.at, f"{one_line(statement.name, _LONGEST_NAME)} {told}: choose another name")
        if statement.name:
            known.add(statement.name)
    if missing:
        names = sorted(missing, key=lambda name: missing[name].col_offset)
        later = [name for name in names if name in known]
        if later:
            raise source.error(missing[later[0]], f"{one_line(later[0], _LONGEST_NAME)} has no value yet here")
        values = " ".join(f"{name}=..." for name in names)
        told = f"no value is given for {_listed(names)}: add --at {one_line(values, _LONGEST_LIST)}"
        raise source.error(missing[names[0]], told)
    unused = [name for name in at if name not in used]
    if unused:
        raise UseError(f"--at gives {_listed(unused)}, which the formula does not use")


def _listed(names: Sequence[str]) -> str:
    *rest, last = names
    return one_line(f"{', '.join(rest)} and {last}" if rest else last, _LONGEST_LIST)
