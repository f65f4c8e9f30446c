"""to_onnx: a function and its derivatives, as derived here, as an ONNX file."""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT, PART
from compgraph.compile.capture import Program, signature_of
from compgraph.errors import MissingExtraError, TracingError, UseError
from compgraph.export.onnx_graph import Graph
from compgraph.export.onnx_names import derivative_names, input_names
from compgraph.export.onnx_ops import IN_ONNX
from compgraph.export.ready import arguments_of, dtype_of, name_of, ready
from compgraph.export.written_out import FORMS, forms_of_special
from compgraph.nested import paths
from compgraph.node import Node
from compgraph.render.files import write_at_once
from compgraph.tracing import title

__all__ = ["to_onnx"]

OPERATORS = 18
"""The version of the operator set: since this one reductions take their axes alike, and scattering may add."""

FORMAT = 8
"""The version of the file format that came with these operators, which older runtimes read."""

MOST_BYTES = (2 << 30) - (1 << 20)
"""So much a file of one piece may hold: its format counts to 2 GiB."""


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
    that the function takes from elsewhere are stored in it. Inputs are called as the parameters, or as the keys of a
    dict; other tensors as the variables of the function, derivatives with a d before that. Results without a name are
    called value, or after their place in the result. Python's numbers are inputs of no axes, float64 or int64.

    Args:
        f: a function written in NumPy, or a transform of one, such as ``value_and_grad(cost)``.
        path: of the file; one that is there is replaced once the new one is whole.
        args, kwargs: arguments of the function, of which only shapes and dtypes count. Bools, strings and None are
            taken as they are.

    Returns:
        The path. The outputs of the graph are the leaves of the function's result, in order.

    Raises:
        TracingError: the function decides by a value, or does something that ONNX has no operators or dtypes for; the
            message names all of that. Or it holds more than the 2 GiB that a file may have.
        UseError: f is no function, or path is no path.
        MissingExtraError: the package onnx is not installed.
        RenderError: the file cannot be written.
    """
    if not callable(f):
        raise UseError(f"to_onnx takes a function, and not its result: {type(f).__name__} cannot be called")
    if not isinstance(path, (str, os.PathLike)):
        raise UseError(
            f'to_onnx takes the path of the file second, as in to_onnx({title(f)}, "{title(f)}.onnx", ...), '
            f"not {type(path).__name__}"
        )
    try:
        import onnx
        import onnx.checker
        import onnx.shape_inference
    except ImportError:
        raise MissingExtraError("writing an ONNX file", "onnx", "onnx") from None
    leaves, signature = signature_of(args, kwargs)
    program = ready(f, leaves, signature, IN_ONNX, {**FORMS, **forms_of_special()}, "ONNX")
    graph = Graph(onnx)
    inputs = [graph.names.fresh(name) for name in input_names(f, signature, program)]
    derivatives = derivative_names(f, leaves, signature, inputs) if program.differentiated else {}
    model = _model(graph, program, title(f), inputs, derivatives)
    _refuse_too_much(model, title(f))
    model.graph.doc_string = inspect.getdoc(f) or "" if inspect.isfunction(f) else ""
    model = onnx.shape_inference.infer_shapes(model, strict_mode=True)  # which adds the shapes of conversions
    onnx.checker.check_model(model, full_check=True)
    write_at_once(path, model.SerializeToString(deterministic=True))
    return Path(path)


def _model(graph: Graph, program: Program, name: str, inputs: Sequence[str], derivatives: Mapping[int, str]) -> Any:
    """The program as a model of ONNX.

    Args:
        graph: an empty one, in which the names of the inputs are taken.
        program: what is to be written.
        name: the function's, for messages.
        inputs: what the arguments are called.
        derivatives: what those outputs are called that are derivatives, by their numbers.
    """
    helper = graph.onnx.helper
    for node in program.tape.outputs:
        if not isinstance(node.value, (bool, int, float, np.generic, np.ndarray)):
            raise TracingError(f"{name} returns {node.value!r}, which is no array and no number: leave it out for ONNX")
    if any(map(_is_complex, program.tape)):
        raise TracingError(f"{name} cannot be given to ONNX, whose operators take no complex numbers")
    graph.tensors.update(zip(program.arguments, inputs, strict=True))
    names = _output_names(program, graph, derivatives)
    _translate(graph, program, name)
    graph.name_all()
    for node, output in zip(program.tape.outputs, names, strict=True):
        if output != graph.tensors.get(node):
            tensor = graph.of(node, dtype_of(node))
            graph.nodes.append(helper.make_node("Identity", [tensor], [output], name=output))
    inner = {tensor: node for node, tensor in graph.tensors.items() if node.inputs and tensor not in names}
    made = helper.make_graph(
        graph.nodes, program.name,
        [_declared(graph, name, node) for name, node in zip(inputs, program.arguments, strict=True)],
        [_declared(graph, name, node) for name, node in zip(names, program.tape.outputs, strict=True)],
        graph.initializers,
        value_info=[_declared(graph, tensor, node) for tensor, node in inner.items()],
    )  # fmt: skip
    return helper.make_model(
        made, producer_name="compgraph", producer_version=sys.modules["compgraph"].__version__,
        doc_string=_described(program, inputs), ir_version=FORMAT,
        opset_imports=[helper.make_opsetid("", OPERATORS)],
    )  # fmt: skip


def _refuse_too_much(model: Any, name: str) -> None:
    """Refuse arrays that no file of one piece can hold."""
    sizes = {each.name: len(each.raw_data) for each in model.graph.initializer}
    if sum(sizes.values()) > MOST_BYTES:
        largest = max(sizes, key=lambda each: sizes[each])
        raise TracingError(
            f"{name} holds {sum(sizes.values()):,} bytes of arrays, {largest} the largest of them, and an ONNX file "
            f"has 2 GiB at most: make them arguments of {name}"
        )


def _is_complex(node: Node) -> bool:
    return not isinstance(node.value, (tuple, list)) and dtype_of(node).kind == "c"


def _declared(graph: Graph, name: str, node: Node) -> Any:
    return graph.onnx.helper.make_tensor_value_info(name, graph.kind(dtype_of(node)), np.shape(node.value))


def _described(program: Program, inputs: Sequence[str]) -> str:
    call = f"{program.name}({', '.join(inputs)})"
    return (
        f"{call} and its derivatives, as compgraph derived them"
        if program.differentiated
        else (f"{call}, as compgraph traced it")
    )


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
        try:
            tensor = IN_ONNX[node.op.function](graph, node, *args, **kwargs)
        except TypeError as error:  # a parameter that is not known here, or a TracingError that says what is missing
            text = str(error) if isinstance(error, TracingError) else f"{name_of(node.op)} called with {_only(error)}"
            refused[text] = None
            tensor = graph.constant(np.zeros(np.shape(node.value), dtype_of(node)))
        graph.call_it(node, tensor)
    if refused:
        raise TracingError(f"{name} cannot be given to ONNX, which has no counterpart of: {'; '.join(refused)}")


def _only(error: TypeError) -> str:
    """The parameter that a call named and the function does not have."""
    found = re.search(r"unexpected keyword argument '(\w+)'", str(error))
    return f"{found[1]}=" if found else str(error).removeprefix("unexpected ")


def _output_names(program: Program, graph: Graph, derivatives: Mapping[int, str]) -> list[str]:
    """What the outputs are called: as derivatives, else as their nodes, or after their places; and each once."""
    names: list[str] = []
    for i, (node, place) in enumerate(zip(program.tape.outputs, _places(program), strict=True)):
        own = node.name if node.inputs and node not in graph.given else None
        name = graph.names.fresh(derivatives.get(i) or own or place)
        if node.inputs:
            graph.given.setdefault(node, name)
        names.append(name)
    return names


def _places(program: Program) -> list[str]:
    """What outputs without a name are called: value, output_1, output_2_0, or the key that they stand under."""
    structure = program.structure
    if structure is None:
        return ["value"]
    names = paths(structure, "output")
    first = program.differentiated and len(structure.parts) == 2 and structure.parts[0] is None
    return ["value", *names[1:]] if first and np.ndim(program.tape.outputs[0].value) == 0 else names
