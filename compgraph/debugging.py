"""Debugging: find the first op that made a NaN or an infinity, and arrays that changed between forward and backward.

Inside ``with debug():`` every node remembers the line that recorded it and a digest of the arrays it was made of. That
costs time and is done nowhere else: the recording of nodes is replaced while a block is open and put back after it.
"""

from __future__ import annotations

import contextlib
import linecache
import sys
import threading
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from compgraph.errors import MutationError, NonFiniteError
from compgraph.node import NO_PARAMS, Node
from compgraph.operand import shown
from compgraph.primitive import Op
from compgraph.rules.composition import value_of
from compgraph.watching import Watcher, watching

__all__ = ["debug"]

_plain_init = Node.__init__
_lock = threading.Lock()
_open_blocks = 0
OURS = frozenset({"compgraph", "numpy", "contextlib"})


class Place(NamedTuple):
    """A line of the user's program."""

    filename: str
    line: int

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}"

    @property
    def text(self) -> str:
        """The place with what is written there, where the file can be read."""
        written = linecache.getline(self.filename, self.line).strip()
        return f"{self}: {written}" if written else str(self)


class Record(NamedTuple):
    """What is remembered of a node: where it was recorded, and its arrays as they were then."""

    place: Place | None
    arrays: tuple[tuple[str, Any, int], ...]  # what each is called, the array itself, its digest


@contextlib.contextmanager
def debug() -> Iterator[None]:
    """Say where the first NaN or infinity came from, and which array was changed before the reverse pass.

    >>> import compgraph as cg
    >>> with cg.debug():
    ...     x = cg.Variable([1.0, 0.0], name="x")
    ...     try:
    ...         np.log(x)
    ...     except cg.CompgraphError as error:
    ...         print(str(error).partition(";")[0])
    log made -inf at [1] from x[1] = 0.0

    Inside the block

    - an op that makes a NaN or an infinity of finite inputs raises, forward and backward, and the error names the op,
      the values that went in and the line that recorded it. This is so even where ``np.where`` would have masked it;
    - the reverse pass compares the arrays that the graph was made of with what they were when it was recorded: a rule
      that reads an array changed in between would return a wrong gradient in silence;
    - nodes know where they were recorded: ``node.source``.

    Blocks may be nested. A block is of the thread or task that opened it; others do not notice it.

    Raises:
        NonFiniteError: an op made a NaN or an infinity.
        MutationError: an array that is part of the graph was changed.
    """
    global _open_blocks
    with _lock:
        _open_blocks += 1
        Node.__init__ = _watched_init  # type: ignore[method-assign]
    token = watching.set(_CHECKS)
    try:
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # the error will say more than a warning
            yield
    finally:
        watching.reset(token)
        with _lock:
            _open_blocks -= 1
            if not _open_blocks:
                Node.__init__ = _plain_init  # type: ignore[method-assign]


def _watched_init(
    self: Node, op: Op | None, value: Any, inputs: tuple[Any, ...], params: Mapping[str, Any] = NO_PARAMS
) -> None:
    _plain_init(self, op, value, inputs, params)
    if watching.get() is not _CHECKS:
        return
    frame = _caller()
    constants = (
        [(f"constant {i} of {op.name}", x) for i, x in enumerate(inputs) if not isinstance(x, Node)] if op else []
    )
    settings = [(f"{name}= of {op.name}", x) for name, x in params.items()] if op else []
    arrays = [(what, x) for what, x in (*constants, *settings) if isinstance(x, np.ndarray) and x.dtype.kind in "biufc"]
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        arrays.append(("the value of a node", value))
    self._record = Record(
        None if frame is None else Place(frame.f_code.co_filename, frame.f_lineno),
        tuple([(_called(x, what, frame), x, _digest(x)) for what, x in arrays]),
    )
    if op is not None and not _finite(value) and all(map(_finite, inputs)):
        raise NonFiniteError(f"{_made(op.name, value, op, inputs)}; recorded at {_place_of(self)}")


def _check_unchanged(node: Node, cotangent: Any) -> None:
    """Compare the arrays that a node was made of with what they were when it was recorded."""
    record: Record | None = getattr(node, "_record", None)
    for what, array, digest in record.arrays if record else ():
        if _digest(array) != digest:
            frame = _caller()
            here = "" if frame is None else f", noticed by {Place(frame.f_code.co_filename, frame.f_lineno).text}"
            raise MutationError(
                f"{what}, an array of shape {array.shape}, was changed after it was recorded at "
                f"{_place_of(node)}{here}. The derivative "
                "would be of neither the old values nor the new: change a copy, array.copy()"
            )


def _check_cotangent(node: Node, x: Node, grad: Any, cotangent: Any) -> None:
    """Refuse a cotangent that is the first on its way not to be finite."""
    if _finite(cotangent) or not _finite(grad) or node.op is None:
        return
    op = node.op
    rule = f"the derivative rule of {op.name} for {shown(x)}"
    raise NonFiniteError(
        f"{_made(rule, value_of(cotangent), op, (*node.inputs,), {'cotangent': grad, op.name: node.value})}; "
        f"recorded at {_place_of(node)}"
    )


_CHECKS = Watcher(_check_unchanged, _check_cotangent)


def _made(who: str, value: Any, op: Op, inputs: tuple[Any, ...], further: Mapping[str, Any] | None = None) -> str:
    """``log made -inf at [1] from x[1] = 0.0``: the first entry that is not finite, and what it was made of."""
    array = np.asarray(value)
    index = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
    at = f" at [{', '.join(map(str, index))}]" if index else ""
    names = [(x.name or (x.op.name if x.op else "variable")) if isinstance(x, Node) else "constant" for x in inputs]
    parts = [*zip(names, map(value_of, inputs), strict=True), *((further or {}).items())]
    made_of = ", ".join([_part(name, np.asarray(x), op, index, array) for name, x in parts])
    return f"{who} made {array[index]}{at} from {made_of}"


def _part(name: str, x: Any, op: Op, index: tuple[int, ...], made: Any) -> str:
    if not x.ndim:
        return f"{name} = {x}"
    if op.elementwise:
        try:
            whole = np.broadcast_to(np.arange(x.size).reshape(x.shape), np.broadcast_shapes(x.shape, made.shape))
        except ValueError:  # a rule's result before it is summed to the input's shape
            whole = None
        if whole is not None and whole.shape == made.shape:
            place = np.unravel_index(int(whole[index]), x.shape)
            return f"{name}[{', '.join(str(int(i)) for i in place)}] = {x[place]}"
    return f"{name} {x.shape} between {np.min(x):.6g} and {np.max(x):.6g}" if x.size else f"{name} {x.shape}"


def _finite(x: Any) -> bool:
    value = value_of(x)
    if value is None or getattr(value, "dtype", np.dtype(float)).kind not in "fc":
        return True
    return bool(np.all(np.isfinite(value)))


def _digest(array: Any) -> int:
    return hash(array.tobytes())


def _caller() -> FrameType | None:
    """The innermost frame that is the user's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in OURS:
        frame = frame.f_back
    return frame


def _called(array: Any, otherwise: str, frame: FrameType | None) -> str:
    """The name of an array among the variables of a frame, or what it is otherwise."""
    for name, value in () if frame is None else frame.f_locals.items():
        if value is array:
            return name
    return otherwise


def _place_of(node: Node) -> str:
    record: Record | None = getattr(node, "_record", None)
    return "an unknown line" if record is None or record.place is None else record.place.text
