"""What compgraph and other engines return where mathematics leaves a choice, measured; the table of docs/oracles.md.

``python -m tests.oracles.conventions`` writes that table anew, with all engines installed.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tests.oracles.engines import missing

__all__ = ["CASES", "COLUMNS", "PAGE", "measured", "table"]

PAGE = Path(__file__).parents[2] / "docs" / "oracles.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
inf = float("inf")


class Case(NamedTuple):
    """A function, the point it is differentiated at, and how it is written in the table.

    ``f`` takes an engine's namespace, which has NumPy's names, and then the arrays of ``at``.
    """

    text: str
    f: Callable[..., Any]
    at: tuple[Any, ...]


CASES = (
    Case("abs(x) at 0", lambda xp, x: xp.abs(x), (0.0,)),
    Case("sign(x) at 0", lambda xp, x: xp.sign(x), (0.0,)),
    Case("relu(x) at 0", lambda xp, x: xp.relu(x), (0.0,)),
    Case("leaky_relu(x) at 0", lambda xp, x: xp.leaky_relu(x), (0.0,)),
    Case("maximum(x, 0) at 0", lambda xp, x: xp.maximum(x, 0.0 * x), (0.0,)),
    Case("maximum(x, y) at (2, 2)", lambda xp, x, y: xp.maximum(x, y), (2.0, 2.0)),
    Case("minimum(x, y) at (2, 2)", lambda xp, x, y: xp.minimum(x, y), (2.0, 2.0)),
    Case("max(x) at (1, 3, 3)", lambda xp, x: xp.max(x), ([1.0, 3.0, 3.0],)),
    Case("min(x) at (1, 1, 3)", lambda xp, x: xp.min(x), ([1.0, 1.0, 3.0],)),
    Case("clip(x, -1, 1) at 1", lambda xp, x: xp.clip(x, -1.0, 1.0), (1.0,)),
    Case("clip(x, -1, 1) at -1", lambda xp, x: xp.clip(x, -1.0, 1.0), (-1.0,)),
    Case("sqrt(x) at 0", lambda xp, x: xp.sqrt(x), (0.0,)),
    Case("log(x) at 0", lambda xp, x: xp.log(x), (0.0,)),
    Case("x**0 at 0", lambda xp, x: x**0, (0.0,)),
    Case("x**y at (0, 0)", lambda xp, x, y: x**y, (0.0, 0.0)),
    Case("x**y at (0, 2)", lambda xp, x, y: x**y, (0.0, 2.0)),
    Case("where(x > 0, sqrt(x), 0) at 0", lambda xp, x: xp.where(x > 0, xp.sqrt(x), 0.0 * x), (0.0,)),
    Case("where(x > 0, 1/x, x) at 0", lambda xp, x: xp.where(x > 0, 1 / x, x), (0.0,)),
    Case("norm(x) at (0, 0)", lambda xp, x: xp.norm(x), ([0.0, 0.0],)),
    Case("hypot(x, y) at (0, 0)", lambda xp, x, y: xp.hypot(x, y), (0.0, 0.0)),
    Case("arctan2(x, y) at (0, 0)", lambda xp, x, y: xp.arctan2(x, y), (0.0, 0.0)),
    Case("std(x) at (2, 2)", lambda xp, x: xp.std(x), ([2.0, 2.0],)),
    Case("prod(x) at (0, 2, 3)", lambda xp, x: xp.prod(x), ([0.0, 2.0, 3.0],)),
    Case("prod(x) at (0, 0, 3)", lambda xp, x: xp.prod(x), ([0.0, 0.0, 3.0],)),
    Case("cumprod(x)[-1] at (0, 2, 3)", lambda xp, x: xp.cumprod(x)[-1], ([0.0, 2.0, 3.0],)),
    Case("cumprod(x)[-1] at (0, 0, 3)", lambda xp, x: xp.cumprod(x)[-1], ([0.0, 0.0, 3.0],)),
    Case("sinc(x) at 0", lambda xp, x: xp.sinc(x), (0.0,)),
    Case("logaddexp(x, y) at (-inf, -inf)", lambda xp, x, y: xp.logaddexp(x, y), (-inf, -inf)),
    Case("logsumexp(x) at (-inf, -inf)", lambda xp, x: xp.logsumexp(x), ([-inf, -inf],)),
    Case("det(A) at [[1, 2], [2, 4]]", lambda xp, A: xp.det(A), ([[1.0, 2.0], [2.0, 4.0]],)),
    Case("det(A) at [[0, 0], [0, 0]]", lambda xp, A: xp.det(A), ([[0.0, 0.0], [0.0, 0.0]],)),
    Case("sort(x)[0] at (1, 1, 3)", lambda xp, x: xp.sort(x)[0], ([1.0, 1.0, 3.0],)),
    Case("median(x) at (1, 2, 3, 4)", lambda xp, x: xp.median(x), ([1.0, 2.0, 3.0, 4.0],)),
    Case("x mod y at (3, 1)", lambda xp, x, y: xp.remainder(x, y), (3.0, 1.0)),
    Case("floor(x) at 1", lambda xp, x: xp.floor(x), (1.0,)),
)


class Names:
    """A namespace of functions of NumPy's names."""

    def __init__(self, *places: Any, **further: Any) -> None:
        self.places = places
        self.further = further

    def __getattr__(self, name: str) -> Any:
        if name in self.further:
            return self.further[name]
        for place in self.places:
            if hasattr(place, name):
                return getattr(place, name)
        raise NotImplementedError(name)


def by_compgraph(case: Case) -> list[Any]:
    import compgraph as cg

    xp = Names(cg, np, np.linalg)
    arguments = [float(x) if np.ndim(x) == 0 else np.array(x) for x in case.at]
    found = cg.grad(lambda *x: case.f(xp, *x), argnums=tuple(range(len(arguments))))(*arguments)
    return list(found)


def by_jax(case: Case) -> list[Any]:
    from tests.oracles.in_jax import jax, jnp

    xp = Names(jax.nn, jnp, jnp.linalg)
    arguments = [np.array(x) for x in case.at]
    return list(jax.grad(lambda *x: case.f(xp, *x), argnums=tuple(range(len(arguments))))(*arguments))


def by_torch(case: Case) -> list[Any]:
    import torch

    from tests.oracles.in_torch import FUNCTIONS, as_array, as_tensor

    xp = Names(
        torch,
        torch.linalg,
        **{name: FUNCTIONS[name] for name in ("max", "min", "prod", "std", "sort", "cumprod", "logsumexp")},
        leaky_relu=torch.nn.functional.leaky_relu,
        norm=torch.linalg.norm,
        det=torch.linalg.det,
    )
    arguments = [as_tensor(x, requires_grad=True) for x in case.at]
    result = case.f(xp, *arguments)
    return [as_array(g) for g in torch.autograd.grad(result, arguments, materialize_grads=True)]


def by_autograd(case: Case) -> list[Any]:
    import autograd
    import autograd.numpy as anp
    import autograd.numpy.linalg as alinalg
    import autograd.scipy.special as special

    xp = Names(anp, alinalg, logsumexp=special.logsumexp)
    arguments = [float(x) if np.ndim(x) == 0 else np.array(x) for x in case.at]
    return [autograd.grad(lambda *x: case.f(xp, *x), i)(*arguments) for i in range(len(arguments))]


COLUMNS = {"compgraph": by_compgraph, "JAX": by_jax, "PyTorch": by_torch, "Autograd": by_autograd}
MODULES = {"compgraph": "compgraph", "JAX": "jax", "PyTorch": "torch", "Autograd": "autograd"}


def number(x: float) -> str:
    if x != x:
        return "NaN"
    return re.sub(r"^-0$", "0", f"{x:.4g}")


def text(gradient: Any) -> str:
    array = np.asarray(gradient, float)
    if array.ndim == 0:
        return number(float(array))
    return "(" + ", ".join(text(part) for part in array) + ")"


def measured(column: str, case: Case) -> str:
    """The gradients of a case by one engine, in words; a dash where it has no such function or no derivative of it."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return "; ".join(map(text, COLUMNS[column](case)))
        except NotImplementedError:
            return "–"
        except Exception as error:
            return type(error).__name__


def table() -> str:
    lines = [f"| function, at | {' | '.join(COLUMNS)} |", "|---" * (1 + len(COLUMNS)) + "|"]
    lines += [f"| `{case.text}` | {' | '.join(measured(c, case) for c in COLUMNS)} |" for case in CASES]
    return "\n".join(lines)


def shown() -> str:
    """The table as the page has it."""
    return PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].strip()


def main() -> int:
    for module in MODULES.values():
        if reason := missing(module):
            print(reason, file=sys.stderr)
            return 1
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
