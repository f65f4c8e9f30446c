"""Scopes: names for parts of a graph, which drawings show as boxes that fold.

Inside ``with scope("hidden layer"):`` every node that is made, variables too, belongs to that entry of the scope:
``node.scope`` is a :class:`Scope`, or None for a node made outside of all scopes.

- Every entry makes a new :class:`Scope`, so what a loop enters ten times are ten scopes of one name. Two nodes are of
  the same entry if ``x.scope is y.scope``.
- Scopes nest: ``node.scope`` is the innermost, ``node.scope.outer`` the one around it or None, ``node.scope.chain`` all
  of them from the outermost inwards, ``node.scope.path`` their names.
- A scope is of the thread or task that entered it; others do not notice it.
- A copied or unpickled tape has scopes of its own, which nest and are shared among its nodes as they were. A variable
  that is copied or pickled on its own belongs to none.

Which node belongs to which scope stands beside the graph, in a table that does not keep the node alive. A graph made
outside of all scopes takes no memory for it, and the time to see that no scope is open.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, Protocol
from weakref import ref

from compgraph.errors import SettingError

__all__ = ["OPEN", "Scope", "belong", "enclosing", "scope", "scope_of"]


class Scope:
    """One entry of a ``with scope(name):`` block.

    >>> layer = Scope("layer 1", Scope("network"))
    >>> layer
    <Scope network/layer 1>
    >>> layer.path, layer.outer.name, [scope.name for scope in layer.chain]
    (('network', 'layer 1'), 'network', ['network', 'layer 1'])

    Attributes:
        name: as given.
        outer: the scope around this one; None where there is none.
    """

    __slots__ = ("name", "outer")

    def __init__(self, name: str, outer: Scope | None = None) -> None:
        self.name = name
        self.outer = outer

    @property
    def chain(self) -> tuple[Scope, ...]:
        """This scope and those around it, the outermost first."""
        inward: list[Scope] = []
        scope: Scope | None = self
        while scope is not None:
            inward.append(scope)
            scope = scope.outer
        return tuple(reversed(inward))

    @property
    def path(self) -> tuple[str, ...]:
        """The names of :attr:`chain`."""
        return tuple([scope.name for scope in self.chain])

    def __repr__(self) -> str:
        return f"<Scope {'/'.join(self.path)}>"


class _Numbered(Protocol):
    index: int


class _Member(ref[Any]):
    """A node of a scope, which it does not keep alive."""

    __slots__ = ("index", "scope")

    index: int
    scope: Scope


enclosing: ContextVar[Scope | None] = ContextVar("compgraph.scope", default=None)
"""The innermost open scope of this thread or task."""

OPEN: list[Scope] = []
"""The open scopes of all threads: while it is empty, nobody need ask which one encloses a new node."""

_members: dict[int, _Member] = {}  # by the node's index, which no other node ever has


@contextlib.contextmanager
def scope(name: str) -> Iterator[Scope]:
    """Give the nodes made in a block a name of their own, by which pictures show and fold them as one box.

    >>> import compgraph as cg
    >>> x = cg.Variable(0.5)
    >>> with cg.scope("network"):
    ...     for _ in range(3):
    ...         with cg.scope("layer"):
    ...             x = 2 * x * (1 - x)
    >>> x.scope
    <Scope network/layer>
    >>> cg.render(x, fold=True)
    <Picture: Computation graph of x: 1 variable, 9 operations, 6 constants, drawn as 2 boxes>
    >>> [line.text for line in cg.render(x, fold={"layer"}).diagram.boxes[-1].lines]
    ['layer × 3', '3 operations each', 'a number → a number', 'x  0.5']

    A function whose every call is to be a scope is decorated: ``@cg.scope("loss")``. What a scope is and which nodes
    belong to it says :mod:`compgraph.scope`.

    Args:
        name: what pictures call it. It need not be unique.

    Yields:
        The entry, which is ``node.scope`` of every node made in the block but outside of its inner scopes.

    Raises:
        SettingError: a name that is no text, or an empty one.
    """
    if not isinstance(name, str) or not name.strip():  # type: ignore[redundant-expr]
        raise SettingError(f"scope({name!r}): give a name, such as scope('hidden layer')")
    entered = Scope(name, enclosing.get())
    token = enclosing.set(entered)
    OPEN.append(entered)
    try:
        yield entered
    finally:
        OPEN.remove(entered)
        enclosing.reset(token)


def belong(node: _Numbered, scope: Scope | None) -> None:
    """Put a node into a scope, out of the one it was in; None puts it outside of all."""
    if scope is None:
        _members.pop(node.index, None)
    else:
        member = _Member(node, _forget)
        member.index, member.scope = node.index, scope
        _members[node.index] = member


def scope_of(node: _Numbered) -> Scope | None:
    """The scope a node belongs to; None where it belongs to none."""
    member = _members.get(node.index)
    return None if member is None else member.scope


def _forget(member: _Member, forget: Any = _members.pop) -> None:
    forget(member.index, None)
