"""Formulas of explanations, computed: what is shown to a person as text is run here as NumPy code."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

import compgraph as cg
from compgraph.explain.matrix_forms import Form
from compgraph.node import Node


class _Brackets(ast.NodeTransformer):
    """A comparison in brackets is 1.0 where it holds and 0.0 elsewhere."""

    def visit_List(self, node: ast.List) -> ast.AST:
        (inside,) = node.elts
        terms: list[ast.expr] = []
        if isinstance(inside, ast.Compare):
            sides = [inside.left, *inside.comparators]
            for left, op, right in zip(sides, inside.ops, sides[1:], strict=False):
                terms.append(ast.Compare(left, [op], [right]))
        elif isinstance(inside, ast.UnaryOp):
            terms.append(ast.BinOp(ast.Constant(1.0), ast.Sub(), inside.operand))
        else:
            terms.append(inside)
        return ast.Call(ast.Name("all_of", ast.Load()), [self.visit(term) for term in terms], [])


def _kept(x: Any, axes: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    return np.broadcast_to(np.reshape(x, tuple(1 if i in axes else n for i, n in enumerate(shape))), shape)


def _sum(x: Any, axes: Any, kept: bool = True) -> Any:
    return np.sum(x, axis=axes, keepdims=True)


def compute(found: Form, node: Node, place: int, grad: Any) -> Any:
    """What a formula gives for an input, from the derivative of the node."""

    def embed(x: Any, shape: tuple[int, ...]) -> Any:
        whole = np.zeros(shape)
        np.add.at(whole, found.index, x)
        return whole

    meaning: dict[str, Any] = {
        "grad": grad,
        "out": node.value,
        **dict(zip("xyz", [x.value if isinstance(x, Node) else x for x in node.inputs], strict=False)),
        **{name: getattr(np, name) for name in ("exp", "log", "sin", "cos", "sinh", "cosh", "sqrt", "sign", "floor")},
        **{name: getattr(np, name) for name in ("outer", "reshape", "transpose", "swapaxes", "ones", "pi")},
        "all_of": lambda *terms: np.prod(np.broadcast_arrays(*[np.asarray(term, float) for term in terms]), axis=0),
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "sum": _sum,
        "mean": lambda x, axes: np.mean(x, axis=axes, keepdims=True),
        "spread": _kept,
        "softmax": lambda x, axes: cg.softmax(x, axis=axes),
        "take": lambda x: x[found.index],
        "embed": embed,
    }
    tree = ast.fix_missing_locations(_Brackets().visit(ast.parse(found.template, mode="eval")))
    computed = eval(compile(tree, found.template, "eval"), {}, meaning)
    shape = node.inputs[place].shape
    computed = np.asarray(computed)
    return np.broadcast_to(computed, shape) if computed.size != int(np.prod(shape)) else np.reshape(computed, shape)
