"""to_onnx: a function and its derivatives, as derived here, as an ONNX file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT, PART
from compgraph.compile.capture import Program, signature_of
from compgraph.errors import MissingExtraError, TracingError
from compgraph.export.onnx_graph import Graph
from compgraph.export.onnx_ops import IN_ONNX
from compgraph.export.ready import arguments_of, dtype_of, name_of, ready
from compgraph.export.written_out import FORMS, forms_of_special
from compgraph.nested import Structure, paths
from compgraph.node import Node
from compgraph.render.files import write_at_once
from compgraph.tracing import title

__all__ = ["to_onnx"]

OPERATORS = 18
"""The version of the operator set: since this one reductions take their axes alike, and scattering may add."""

FORMAT = 8
"""The version of the file format that came with these operators, which older runtimes read."""


def to_onnx(f: Callable[..., Any], path: str | os.PathLike[str], /, *args: Any, **kwargs: Any) -> Path:
    """Write a function, traced on example arguments, as an ONNX file, for Netron to show and onnxruntime to run.

    ``to_onnx(cg.value_and_grad(cost, (0, 1)), "cost.onnx", W, b)`` writes a graph with the inputs W and b and with
    three outputs: the value, dW and db. The derivatives are part of the graph, as operators like any other.

    >>> import tempfile
    >>> import compgraph as cg
    >>> def cost(w, b):
    ...     return np.sum(np.tanh(w * 3.0 + b))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_onnx(cg.value_and_grad(cost, (0, 1)), Path(folder, "cost.onnx"), np.ones(3), 0.5).name
    'cost.onnx'

    The function is traced as by :func:`compgraph.compile`. The file is for the shapes and dtypes of the example; arrays
    that the function takes from elsewhere are stored in it. Tensors are called as the variables of the function, their
    derivatives with a d before that; results without a name are called value, or after their place in the result.
    Python's numbers are inputs of no axes, float64 or int64.

    Args:
        f: a function written in NumPy, or a transform of one, such as ``value_and_grad(cost)``.
        path: of the file; one that is there is replaced once the new one is whole.
        args, kwargs: arguments of the function, of which only shapes and dtypes count. Bools, strings and None are
            taken as they are.

    Returns:
        The path. The outputs of the graph are the leaves of the function's result, in order.

    Raises:
        TracingError: the function decides by a value, or does something that ONNX has no operators for; the message
            names all of that.
        MissingExtraError: the package onnx is not installed.
        RenderError: the file cannot be written.
    """
    try:
        import onnx
        import onnx.checker
    except ImportError:
        raise MissingExtraError("writing an ONNX file", "onnx", "onnx") from None
    leaves, signature = signature_of(args, kwargs)
    program = ready(f, leaves, signature, IN_ONNX, {**FORMS, **forms_of_special()}, "ONNX")
    model = _model(onnx, program, title(f))
    onnx.checker.check_model(model, full_check=True)
    write_at_once(path, model.SerializeToString(deterministic=True))
    return Path(path)


def _model(onnx: Any, program: Program, name: str) -> Any:
    """The program as a model of ONNX."""
    helper = onnx.helper
    for node in program.tape.outputs:
        if not isinstance(node.value, (bool, int, float, np.generic, np.ndarray)):
            raise TracingError(f"{name} returns {node.value!r}, which is no array and no number: leave it out for ONNX")
    if any(map(_is_complex, program.tape)):
        raise TracingError(f"{name} cannot be given to ONNX, whose operators take no complex numbers")
    graph = Graph(onnx)
    inputs = []
    for node in program.arguments:
        graph.tensors[node] = graph.namer.name(node)
        inputs.append(_declared(graph, graph.tensors[node], node))
    names = _output_names(program, graph)
    _translate(graph, program, name)
    outputs = []
    for node, output in zip(program.tape.outputs, names, strict=True):
        if output != graph.tensors.get(node):
            identity = helper.make_node("Identity", [graph.of(node, dtype_of(node))], [output], name=output)
            graph.nodes.append(identity)
        outputs.append(_declared(graph, output, node))
    inner = {tensor: node for node, tensor in graph.tensors.items() if node.inputs and tensor not in names}
    made = helper.make_graph(
        graph.nodes, program.name, inputs, outputs, graph.initializers, doc_string=_described(program),
        value_info=[_declared(graph, tensor, node) for tensor, node in inner.items()],
    )  # fmt: skip
    return helper.make_model(
        made, producer_name="compgraph", ir_version=FORMAT, opset_imports=[helper.make_opsetid("", OPERATORS)]
    )


def _is_complex(node: Node) -> bool:
    return not isinstance(node.value, (tuple, list)) and dtype_of(node).kind == "c"


def _declared(graph: Graph, name: str, node: Node) -> Any:
    return graph.onnx.helper.make_tensor_value_info(name, graph.kind(dtype_of(node)), np.shape(node.value))


def _described(program: Program) -> str:
    return f"{program.name} and its derivatives" if program.differentiated else program.name


def _translate(graph: Graph, program: Program, name: str) -> None:
    """Add the operators for every node of the tape."""
    refused: dict[str, None] = {}
    for node in program.tape:
        if node.op is CONSTANT:
            graph.know(node)
        if node.op is None or node.op is CONSTANT or node.op is PART:
            continue
        if 0 in np.shape(node.value):  # of no entries there is nothing to compute, and operators differ about them
            graph.tensors[node] = graph.constant(node.value, dtype_of(node))
            continue
        inputs = [x.value if isinstance(x, Node) and x.op is CONSTANT else x for x in node.inputs]
        args, kwargs = arguments_of(node, inputs)
        first = len(graph.nodes)
        try:
            tensor = IN_ONNX[node.op.function](graph, node, *args, **kwargs)
        except TypeError as error:  # a parameter that is not known here, or a TracingError that says what is missing
            text = str(error) if isinstance(error, TracingError) else f"{name_of(node.op)} called with {_only(error)}"
            refused[text] = None
            tensor = graph.constant(np.zeros(np.shape(node.value), dtype_of(node)))
        graph.call_it(node, tensor, first)
    if refused:
        raise TracingError(f"{name} cannot be given to ONNX, which has no counterpart of: {'; '.join(refused)}")


def _only(error: TypeError) -> str:
    """The parameter that a call named and the function does not have."""
    found = re.search(r"unexpected keyword argument '(\w+)'", str(error))
    return f"{found[1]}=" if found else str(error).removeprefix("unexpected ")


def _output_names(program: Program, graph: Graph) -> list[str]:
    """What the outputs are called: as their nodes, if these have names and are no inputs, and each once."""
    structure, outputs = program.structure, program.tape.outputs
    places = _places(structure, program.differentiated)
    names: list[str] = []
    for node, place in zip(outputs, places, strict=True):
        if node.inputs and node.name is None and node not in graph.namer.given:
            graph.namer.given[node] = graph.namer.fresh(place)
        own = graph.namer.name(node) if node.inputs else None
        names.append(own if own is not None and own not in names else graph.namer.fresh(place))
    return names


def _places(structure: Structure, differentiated: bool) -> list[str]:
    """What outputs without a name are called: value, output_1, output_2_0, or the key that they stand under."""
    names = [re.sub(r"\W+", "_", path).strip("_") for path in paths(structure, "output")]
    first = structure is None or (differentiated and bool(structure.parts) and structure.parts[0] is None)
    return ["value", *names[1:]] if first else names
