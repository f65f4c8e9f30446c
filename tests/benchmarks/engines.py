"""Who is timed: compgraph, and the engines it is measured against where they are installed.

An engine turns a workload into a function of no arguments that does all the work of one step: builds or runs the
program, and returns the value and every derivative, in tuples of any depth. What an engine cannot run it refuses with
`CannotRunError`; the reason is printed in the place of its time, also where it is that the engine is not installed.
"""

import functools
import importlib
import math
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from tests.benchmarks.workloads import ALONE, COMPILED, Answer, Workload

__all__ = ["ENGINES", "CannotRunError", "Engine", "compiled", "compiled_of_data"]

Step = Callable[[], Answer]
Engine = Callable[[Workload], Step]


class CannotRunError(Exception):
    """Why an engine has no time for a workload."""


def installed(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise CannotRunError(f"missing: {error}") from error


# ------------------------------------------------------------------------------------------------------------ compgraph


def compgraph_eager(workload: Workload) -> Step:
    cg: Any = importlib.import_module("compgraph")

    def step() -> Answer:
        parameters = [cg.Variable(value) for value in workload.parameters]
        J = workload.program(np, parameters, workload.data)
        J.backward()
        return J.value, *(parameter.grad for parameter in parameters)

    return step


def compiled(workload: Workload, deep: bool = False, threads: int | None = None) -> Any:
    """The value and the derivatives of a workload as one compiled function, of its parameters.

    Args:
        workload: what to compute.
        deep: whether to unroll it however long it gets.
        threads: how many it may use, as :func:`compgraph.compile` has it.
    """
    cg: Any = importlib.import_module("compgraph")
    if workload.depth > 1_000 and not deep:
        raise CannotRunError("unrolls the loop")
    count = len(workload.parameters)
    derivatives = cg.value_and_grad(lambda *p: workload.program(np, p, workload.data), argnums=tuple(range(count)))
    return cg.compile(derivatives, threads=threads)


def compiled_of_data(workload: Workload) -> Step:
    """The same as a function of the parameters and of the data, which it keeps nothing of."""
    cg: Any = importlib.import_module("compgraph")
    count = len(workload.parameters)
    derivatives = cg.value_and_grad(lambda *p: workload.program(np, p[:count], p[count:]), argnums=tuple(range(count)))
    return functools.partial(cg.compile(derivatives), *workload.parameters, *workload.data)


def compgraph_compile(workload: Workload) -> Step:
    """Compiled at the first step, which is not in the time."""
    return functools.partial(compiled(workload), *workload.parameters)


def compgraph_compile_alone(workload: Workload) -> Step:
    """The same where one core is all there is."""
    if not workload.shared:
        raise CannotRunError("takes one thread anyway")
    return functools.partial(compiled(workload, threads=1), *workload.parameters)


# ---------------------------------------------------------------------------------------------------------------- peers


def micrograd(workload: Workload) -> Step:
    Value: Any = installed("micrograd.engine").Value
    if not workload.scalar:
        raise CannotRunError("knows single numbers only")
    # Its sweep recurses along the graph.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 10 * workload.depth + 1_000))

    class Functions:
        @staticmethod
        def tanh(x: Any) -> Any:
            """The one function it lacks, written as its own relu is."""
            t = math.tanh(x.data)
            out = Value(t, (x,), "tanh")

            def _backward() -> None:
                x.grad += (1 - t * t) * out.grad

            out._backward = _backward
            return out

    def step() -> Answer:
        parameters = [Value(value) for value in workload.parameters]
        J = workload.program(Functions, parameters, workload.data)
        J.backward()
        return J.data, *(parameter.grad for parameter in parameters)

    return step


def autograd(workload: Workload) -> Step:
    xp = installed("autograd.numpy")
    value_and_grad = installed("autograd").value_and_grad(lambda p: workload.program(xp, p, workload.data))

    def step() -> Answer:
        J, gradients = value_and_grad(workload.parameters)
        return J, *gradients

    return step


def mygrad(workload: Workload) -> Step:
    mg: Any = installed("mygrad")

    def step() -> Answer:
        parameters = [mg.tensor(value) for value in workload.parameters]
        J = workload.program(mg, parameters, workload.data)
        J.backward()
        return J.data, *(parameter.grad for parameter in parameters)

    return step


def torch(workload: Workload) -> Step:
    """PyTorch, the same formula operation by operation."""
    torch: Any = installed("torch")
    data = [torch.from_numpy(array) for array in workload.data]

    def leaf(value: Any) -> Any:
        if isinstance(value, float):
            return torch.tensor(value, dtype=torch.float64, requires_grad=True)
        return torch.from_numpy(value).requires_grad_()

    def step() -> Answer:
        parameters = [leaf(value) for value in workload.parameters]
        J = workload.program(torch, parameters, data)
        J.backward()
        return J.detach(), *(parameter.grad for parameter in parameters)

    return step


def torch_fused(workload: Workload) -> Step:
    """PyTorch as its users would write the network: fused operations, parameters kept between steps."""
    torch: Any = installed("torch")
    if not workload.network:
        raise CannotRunError("no fused form of this program")
    X, Y = (torch.from_numpy(array) for array in workload.data)
    parameters = [torch.from_numpy(value.copy()).requires_grad_() for value in workload.parameters]

    def step() -> Answer:
        W1, b1, W2, b2 = parameters
        Z2 = torch.addmm(b2, W2, torch.tanh(torch.addmm(b1, W1, X)))
        J = torch.nn.functional.binary_cross_entropy_with_logits(Z2, Y, reduction="sum") / X.shape[1]
        return J.detach(), *torch.autograd.grad(J, parameters)

    return step


def jax_jit(workload: Workload) -> Step:
    """JAX, compiled; compilation is not in the time."""
    jax: Any = installed("jax")
    if workload.depth > 1_000:
        raise CannotRunError("unrolls the loop; compiling it takes minutes")
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", True)
    xp = installed("jax.numpy")
    compiled = jax.jit(jax.value_and_grad(lambda p: workload.program(xp, p, workload.data)))

    def step() -> Answer:
        J, gradients = jax.block_until_ready(compiled(workload.parameters))
        return J, *gradients

    return step


ENGINES: dict[str, Engine] = {
    "compgraph": compgraph_eager,
    COMPILED: compgraph_compile,
    ALONE: compgraph_compile_alone,
    "micrograd": micrograd,
    "autograd": autograd,
    "mygrad": mygrad,
    "torch": torch,
    "torch fused": torch_fused,
    "jax jit": jax_jit,
}
