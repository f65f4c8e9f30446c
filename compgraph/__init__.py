"""compgraph: build computation graphs on NumPy, draw them, and compare their gradients with hand-derived ones.

>>> import compgraph as cg
>>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
>>> J = 3 * (a + b * c)
>>> J.backward()
>>> a.grad, b.grad, c.grad
(3.0, 6.0, 9.0)
"""

from typing import TYPE_CHECKING

import compgraph.page  # noqa: F401 - which makes render write pages
from compgraph.compile import compile, to_numpy
from compgraph.errors import CompgraphError
from compgraph.explain import explain, tape
from compgraph.later import later
from compgraph.node import Node, Variable, variables
from compgraph.primitive import OPS, Op, call, differentiable, plain, primitive
from compgraph.render import render
from compgraph.reverse import gradients
from compgraph.rules.activation import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    leaky_relu,
    log_softmax,
    logsumexp,
    relu,
    sigmoid,
    softmax,
    softplus,
)
from compgraph.rules.array import array
from compgraph.rules.update import at
from compgraph.scope import scope
from compgraph.tape import Tape
from compgraph.transforms import (
    elementwise_grad,
    grad,
    jvp,
    stop_gradient,
    value_and_grad,
    vjp,
)

if TYPE_CHECKING:
    from compgraph.blocks.evaluate import in_blocks
    from compgraph.check.compare import compare
    from compgraph.check.gradient_of import gradient_of
    from compgraph.check.proof.result import Proof
    from compgraph.check.prove import prove
    from compgraph.check.report import Comparison
    from compgraph.checkpointing import checkpoint
    from compgraph.compile.compiled import Compiled, CompileWarning
    from compgraph.custom import custom_gradient
    from compgraph.debugging import debug
    from compgraph.explain.explanation import Explanation
    from compgraph.export.to_jax import to_jax
    from compgraph.export.to_onnx import to_onnx
    from compgraph.holomorphic import holomorphic_grad
    from compgraph.jacobians import hessian, hessian_vector_product, jacobian
    from compgraph.objective import Objective, scipy_objective
    from compgraph.render.picture import Picture
else:
    __getattr__, __dir__ = later(
        __name__,
        {
            "Comparison": "compgraph.check.report",
            "CompileWarning": "compgraph.compile.compiled",
            "Compiled": "compgraph.compile.compiled",
            "Explanation": "compgraph.explain.explanation",
            "Objective": "compgraph.objective",
            "Picture": "compgraph.render.picture",
            "Proof": "compgraph.check.proof.result",
            "checkpoint": "compgraph.checkpointing",
            "compare": "compgraph.check.compare",
            "custom_gradient": "compgraph.custom",
            "debug": "compgraph.debugging",
            "gradient_of": "compgraph.check.gradient_of",
            "hessian": "compgraph.jacobians",
            "hessian_vector_product": "compgraph.jacobians",
            "holomorphic_grad": "compgraph.holomorphic",
            "in_blocks": "compgraph.blocks.evaluate",
            "jacobian": "compgraph.jacobians",
            "prove": "compgraph.check.prove",
            "scipy_objective": "compgraph.objective",
            "to_jax": "compgraph.export.to_jax",
            "to_onnx": "compgraph.export.to_onnx",
        },
    )

__version__ = "0.1.0"

__all__ = [
    "OPS",
    "Comparison",
    "CompgraphError",
    "CompileWarning",
    "Compiled",
    "Explanation",
    "Node",
    "Objective",
    "Op",
    "Picture",
    "Proof",
    "Tape",
    "Variable",
    "array",
    "at",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "call",
    "checkpoint",
    "compare",
    "compile",
    "custom_gradient",
    "debug",
    "differentiable",
    "elementwise_grad",
    "explain",
    "grad",
    "gradient_of",
    "gradients",
    "hessian",
    "hessian_vector_product",
    "holomorphic_grad",
    "in_blocks",
    "jacobian",
    "jvp",
    "leaky_relu",
    "log_softmax",
    "logsumexp",
    "plain",
    "primitive",
    "prove",
    "relu",
    "render",
    "scipy_objective",
    "scope",
    "sigmoid",
    "softmax",
    "softplus",
    "stop_gradient",
    "tape",
    "to_jax",
    "to_numpy",
    "to_onnx",
    "value_and_grad",
    "variables",
    "vjp",
]
