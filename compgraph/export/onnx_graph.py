"""An ONNX graph while it is built: tensors by name, and the nodes that compute them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT
from compgraph.compile.naming import Namer
from compgraph.export.ready import dtype_of
from compgraph.node import Node

__all__ = ["Graph"]


class Graph:
    """Collects what an ONNX model is made of.

    A tensor is named by a string. Every function here and in :mod:`compgraph.export.onnx_ops` that computes something
    returns the name of its result.

    Args:
        onnx: the package of that name.
        reserved: names to keep clear of.
    """

    def __init__(self, onnx: Any, reserved: Sequence[str] = ()) -> None:
        self.onnx = onnx
        self.namer = Namer(reserved)
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.tensors: dict[Node, str] = {}
        self.held: dict[Any, str] = {}  # constants and conversions that are there already
        self.unnamed: set[str] = set()  # tensors without a name of their own so far
        self.wanted: dict[Any, str] = {}  # what constants are called in the function

    # ------------------------------------------------------------------------------------------------------ constants

    def constant(self, x: Any, dtype: Any = None, name: str | None = None) -> str:
        """A number or an array that the file holds."""
        array = np.asarray(x, dtype)
        key = _key(array)
        if key not in self.held:
            given = self.namer.fresh(
                name or self.wanted.get(key) or (_number_name(array) if array.size == 1 else "constant")
            )
            self.initializers.append(self.onnx.numpy_helper.from_array(array, given))
            self.held[key] = given
        return self.held[key]

    def know(self, node: Node) -> None:
        """Keep the name of a constant of the function, for when it is needed."""
        if node.name is not None:
            self.wanted.setdefault(_key(np.asarray(node.value)), node.name)

    def lengths(self, *numbers: int) -> str:
        """Integers as ONNX takes shapes, axes and places."""
        return self.constant(np.array(numbers, np.int64), name="_".join(["numbers", *map(_signed, numbers)]))

    # ---------------------------------------------------------------------------------------------------------- nodes

    def add(self, kind: str, *inputs: str, results: int = 1, **attributes: Any) -> str:
        """A node of ONNX: its first result."""
        names = [self.namer.fresh(None) for _ in range(results)]
        self.unnamed.update(names)
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), names, **attributes))
        return names[0]

    def of(self, x: Any, dtype: Any = None) -> str:
        """The tensor of a node of the tape, a number or an array, converted to a dtype where it has another."""
        if not isinstance(x, Node):
            return self.constant(x, dtype)
        if x.op is CONSTANT:
            return self.constant(x.value, dtype, x.name)
        name = self.tensors[x]
        return name if dtype is None or np.dtype(dtype) == dtype_of(x) else self.cast(name, np.dtype(dtype))

    def cast(self, name: str, dtype: Any) -> str:
        """A tensor in another dtype; made once."""
        key = (name, np.dtype(dtype).str)
        if key not in self.held:
            self.held[key] = self.add("Cast", name, to=self.kind(dtype))
        return self.held[key]

    def kind(self, dtype: Any) -> int:
        """ONNX's number for a dtype."""
        found: int = self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return found

    def call_it(self, node: Node, tensor: str, first: int) -> None:
        """Name the tensor that stands for a node of the tape, and the nodes of ONNX that were added for it.

        Args:
            node: of the tape.
            tensor: what holds its value; another node's, where there was nothing to do.
            first: the number of the first node of ONNX that was added for it.
        """
        added = self.nodes[first:]
        named = node.name is not None or node in self.namer.given
        if named and tensor in self.unnamed:
            name = self.namer.name(node)
            self._rename(tensor, name, added if any(tensor in made.output for made in added) else self.nodes)
            tensor = name
        for made in added:
            made.name = made.output[0]
        self.tensors[node] = tensor

    def _rename(self, old: str, new: str, nodes: Sequence[Any]) -> None:
        """Call a tensor by another name, in these nodes of ONNX and in what is remembered."""
        self.unnamed.discard(old)
        for made in nodes:
            for names in (made.input, made.output):
                for i, each in enumerate(names):
                    if each == old:
                        names[i] = new
            made.name = made.output[0]
        for table in (self.held, self.tensors):
            for key, each in table.items():
                if each == old:
                    table[key] = new


def _key(array: Any) -> Any:
    return array.dtype.newbyteorder("=").str, array.shape, array.tobytes()


def _number_name(array: Any) -> str:
    text = str(array.reshape(-1)[0]).replace("-", "minus_").replace(".", "_").replace("+", "")
    name = f"number_{text}"
    return name if name.isidentifier() else "number"


def _signed(number: int) -> str:
    return f"minus{-number}" if number < 0 else str(number)
