"""An ONNX graph while it is built: tensors by name, and the nodes that compute them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT
from compgraph.errors import TracingError
from compgraph.export.onnx_names import Names
from compgraph.export.ready import dtype_of
from compgraph.node import Node

__all__ = ["Graph"]


class Graph:
    """Collects what an ONNX model is made of.

    A tensor is named by a string. Every function here and in :mod:`compgraph.export.onnx_ops` that computes something
    returns the name of its result.

    Args:
        onnx: the package of that name.
    """

    def __init__(self, onnx: Any) -> None:
        self.onnx = onnx
        self.names = Names()
        self.given: dict[Node, str] = {}  # what nodes of the tape are called, as far as that is decided
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.tensors: dict[Node, str] = {}
        self.held: dict[Any, str] = {}  # constants and conversions that are there already
        self.unnamed: dict[str, str | None] = {}  # results of nodes, and what they are to be called, if that is known
        self.wanted: dict[Any, str] = {}  # what constants are called in the function

    # ------------------------------------------------------------------------------------------------------ constants

    def constant(self, x: Any, dtype: Any = None, name: str | None = None) -> str:
        """A number or an array that the file holds."""
        array = np.asarray(x, dtype)
        self.kind(array.dtype)  # which refuses one that ONNX does not have
        key = _key(array)
        if key not in self.held:
            given = self.names.fresh(
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
        names = [f"%{len(self.nodes)}.{i}" for i in range(results)]  # until all are named
        self.unnamed.update(dict.fromkeys(names))
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
        try:
            found: int = self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        except (KeyError, ValueError):
            raise TracingError(
                f"ONNX has no dtype {dtype}: convert what is of it, as x.astype(np.float64) does"
            ) from None
        return found

    def call_it(self, node: Node, tensor: str) -> None:
        """Note which tensor stands for a node of the tape; it is called as the first of its nodes that has a name.

        Args:
            node: of the tape.
            tensor: what holds its value; another node's, where there was nothing to do.
        """
        self.tensors[node] = tensor
        if self.unnamed.get(tensor, tensor) is None and (node.name is not None or node in self.given):
            if node not in self.given:
                self.given[node] = self.names.fresh(node.name)
            self.unnamed[tensor] = self.given[node]

    def name_all(self) -> None:
        """Give each tensor its name: where no node of the tape has one, its operator and a number."""
        found = {tensor: name for tensor, name in self.unnamed.items() if name is not None}
        for made in self.nodes:
            found |= {x: self.names.counted(_snake(made.op_type)) for x in made.output if x not in found}
        for made in self.nodes:
            for tensors in (made.input, made.output):
                tensors[:] = [found.get(tensor, tensor) for tensor in tensors]
            made.name = made.output[0]
        self.tensors = {node: found.get(tensor, tensor) for node, tensor in self.tensors.items()}
        self.unnamed.clear()


def _key(array: Any) -> Any:
    return array.dtype.newbyteorder("=").str, array.shape, array.tobytes()


def _number_name(array: Any) -> str:
    text = str(array.reshape(-1)[0]).replace("-", "minus_").replace(".", "_").replace("+", "")
    name = f"number_{text}"
    return name if name.isidentifier() else "number"


def _snake(kind: str) -> str:
    """``ReduceSum`` as reduce_sum."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()


def _signed(number: int) -> str:
    return f"minus{-number}" if number < 0 else str(number)
