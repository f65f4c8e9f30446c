"""The names that variables of the caller give to nodes and arrays.

``u = b * c`` names nothing that the engine could see: the name ``u`` is only in the caller's frame. A picture or a
table is easier to read with it, so it is looked up there: read, never evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import FrameType
from typing import Any

__all__ = ["names_in", "namespaces"]

_HISTORY = {"In", "Out"}
_LARGEST_CONTAINER = 1000


def namespaces(frame: FrameType | None) -> tuple[Mapping[str, Any], ...]:
    """Give the variables that the code of a frame sees, nearest first: its local ones, then its module's.

    >>> import sys
    >>> def caller():
    ...     inner = 1
    ...     return namespaces(sys._getframe())
    >>> local, module = caller()
    >>> local["inner"], "caller" in module
    (1, True)

    Args:
        frame: such as ``sys._getframe(1)``; None gives no variables.
    """
    if frame is None:
        return ()
    return dict(frame.f_locals), frame.f_globals


def names_in(wanted: Iterable[object], *spaces: Mapping[str, Any]) -> dict[int, str]:
    """Find which variables hold the wanted objects.

    >>> u, v = object(), object()
    >>> found = names_in([u, v], {"u": u, "layers": [v], "_": u})
    >>> found[id(u)], found[id(v)]
    ('u', 'layers[0]')
    >>> names_in([v], {"params": {"W1": v}})[id(v)]
    'W1'

    Args:
        wanted: the objects; they are compared by identity.
        spaces: mappings of name to object, nearest first (see :func:`namespaces`). A variable's own object wins over
            an element of a dict, list or tuple, a nearer space over a farther one, and the first name in a space
            over later ones. Names that begin with ``_`` and a notebook's ``In`` and ``Out`` are passed over.

    Returns:
        The name by ``id(object)``, of those that have one. A dict's element goes by its key, unless two of the wanted
        objects would then share a name: ``params["W1"]`` and ``grads["W1"]``.
    """
    ids = {id(thing) for thing in wanted}
    seen: dict[str, Any] = {}
    for space in spaces:
        for name, thing in list(space.items()):  # a list at once: another thread may bind a name in a module meanwhile
            if name[:1] != "_" and name not in _HISTORY:
                seen.setdefault(name, thing)  # a nearer variable hides a farther one of the same name
    names: dict[int, str] = {}
    for name, thing in seen.items():
        if id(thing) in ids:
            names.setdefault(id(thing), name)
    keyed: dict[int, tuple[str, str]] = {}
    for name, container in seen.items():
        for short, full, thing in _elements(name, container, depth=2):
            if id(thing) in ids and id(thing) not in names:
                keyed.setdefault(id(thing), (short, full))
    shorts = [*names.values(), *(short for short, _ in keyed.values())]
    for key, (short, full) in keyed.items():
        names[key] = short if shorts.count(short) == 1 else full
    return names


def _elements(name: str, container: Any, depth: int) -> Iterator[tuple[str, str, Any]]:
    """The elements of a dict, list or tuple as (short name, full name, element); other containers are not opened."""
    if type(container) not in (dict, list, tuple) or len(container) > _LARGEST_CONTAINER:
        return
    items = container.items() if type(container) is dict else enumerate(container)
    for key, element in list(items):
        if not isinstance(key, (str, int)):
            continue
        full = f'{name}["{key}"]' if isinstance(key, str) else f"{name}[{key}]"
        yield (key if isinstance(key, str) else full), full, element
        if depth > 1:
            yield from _elements(full, element, depth - 1)
