"""Random programs of many kinds of instruction, at points where they have derivatives and rounding does little.

Every instruction is tried with NumPy as it is drawn. It is kept where its result is finite, of moderate size, and clear
of kinks and ties: engines may differ at those (see docs/oracles.md), and here they are to agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tests.oracles.programs import Program, Step

__all__ = ["SHAPES", "random_program", "random_shapes"]

LARGEST = 30.0
"""Results beyond this are not kept."""
CLEAR = 1e-4
"""How far apart numbers are whose order decides a derivative."""
MOST = 48
"""Entries of a result."""

Shape = tuple[int, ...]
SHAPES: tuple[Shape, ...] = ((), (1,), (2,), (3,), (2, 3), (3, 2), (3, 3), (2, 2), (1, 3), (2, 1), (2, 1, 3), (2, 2, 2))

# For a function of one array: the interval its values must be in, and how far from 0.
UNARY: dict[str, tuple[float, float, float]] = {
    **dict.fromkeys(("negative", "positive", "sin", "cos", "tanh", "arctan", "arcsinh", "sigmoid"), (-30, 30, 0)),
    **dict.fromkeys(("softplus", "deg2rad", "rad2deg", "copy"), (-30, 30, 0)),
    **dict.fromkeys(("absolute", "fabs", "relu", "leaky_relu"), (-30, 30, CLEAR)),
    **dict.fromkeys(("exp", "exp2", "expm1", "sinh", "cosh"), (-3, 3, 0)),
    **dict.fromkeys(("log", "log2", "log10", "sqrt"), (0.1, 30, 0)),
    **dict.fromkeys(("arcsin", "arccos", "arctanh"), (-0.9, 0.9, 0)),
    "square": (-5, 5, 0),
    "sinc": (-3, 3, 0.05),
    "i0": (-3, 3, 0.05),
    "log1p": (-0.9, 30, 0),
    "reciprocal": (-30, 30, 0.2),
    "arccosh": (1.1, 30, 0),
    "tan": (-1.3, 1.3, 0),
}
SMOOTH = tuple(name for name, (low, high, gap) in UNARY.items() if high == 30 and low == -30 and not gap)
BINARY: tuple[str, ...] = (
    "add",
    "subtract",
    "multiply",
    "divide",
    "power",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "hypot",
)
BINARY += ("arctan2", "logaddexp", "logaddexp2", "add", "multiply", "subtract")
REDUCTIONS = ("sum", "mean", "prod", "max", "min", "var", "std", "logsumexp", "linalg.vector_norm")
EINSUMS = (
    "ij->ji",
    "ij->i",
    "ij->",
    "ij,jk->ik",
    "ij,ij->i",
    "i,j->ij",
    "...i,...i->...",
    "ij,kj->ik",
    "i,ij->j",
    "ij,j->i",
)

Rng = np.random.Generator
Drawn = tuple[str, tuple[int, ...], dict[str, Any]]


class Undrawn(Exception):  # noqa: N818
    """There is no such instruction for these values; another is drawn."""


def random_shapes(rng: Rng) -> tuple[Shape, ...]:
    return tuple(SHAPES[rng.integers(len(SHAPES))] for _ in range(rng.integers(2, 6)))


def random_program(
    rng: Rng, shapes: tuple[Shape, ...], length: int, functions: Mapping[str, Callable[..., Any]]
) -> Program:
    """Draw a program.

    Args:
        rng: where everything random comes from.
        shapes: of the inputs; one in four of them, not the first, is a constant.
        length: how many instructions.
        functions: what their names mean for plain arrays.
    """
    drawing = _Drawing(rng, functions, [rng.uniform(-2, 2, shape) for shape in shapes])
    while len(drawing.steps) < length:
        drawing.grow()
    variable = tuple(i == 0 or bool(rng.random() < 0.75) for i in range(len(shapes)))
    return Program(tuple(drawing.values[: len(shapes)]), variable, tuple(drawing.steps))


class _Drawing:
    """The values of a program that is being drawn."""

    def __init__(self, rng: Rng, functions: Mapping[str, Callable[..., Any]], inputs: list[Any]) -> None:
        self.rng = rng
        self.functions = functions
        self.values = inputs
        self.steps: list[Step] = []

    def grow(self) -> None:
        """Add one instruction, whichever of those drawn can be kept."""
        kinds = list(KINDS)
        odds = np.array([KINDS[kind] for kind in kinds], float)
        while True:
            kind = kinds[self.rng.choice(len(kinds), p=odds / odds.sum())]
            try:
                name, operands, params = kind(self)
                with np.errstate(all="raise"):
                    value = self.functions[name](*[self.values[i] for i in operands], **params)
            except (Undrawn, FloatingPointError, np.linalg.LinAlgError):
                continue
            if np.size(value) <= MOST and np.ndim(value) <= 4 and np.size(value) and np.all(np.abs(value) <= LARGEST):
                self.values.append(value)
                self.steps.append(Step(name, operands, params))
                return

    # ------------------------------------------------------------------------------------------------ choosing

    def one(self, *options: Any) -> Any:
        return options[self.rng.integers(len(options))]

    def pick(self, usable: Callable[[Any], Any] = lambda x: True) -> int:
        """The number of a value: often a late one, so that programs grow deep, else any, to be used once more."""
        found = [i for i, x in enumerate(self.values) if usable(x)]
        if not found:
            raise Undrawn
        if self.rng.random() < 0.6:
            found = found[-4:]
        return int(found[self.rng.integers(len(found))])

    def axis(self, x: Any) -> int:
        if np.ndim(x) == 0:
            raise Undrawn
        return int(self.rng.integers(-np.ndim(x), np.ndim(x)))

    # ------------------------------------------------------------------------------------------------- instructions

    def unary(self) -> Drawn:
        name = self.one(*UNARY)
        low, high, gap = UNARY[name]
        return name, (self.pick(lambda x: np.all((low <= x) & (x <= high) & (np.abs(x) >= gap))),), {}

    def squashed(self) -> Drawn:
        """A smooth function of bounded slope, of the latest value."""
        return self.one(*SMOOTH), (len(self.values) - 1,), {}

    def binary(self) -> Drawn:
        name = self.one(*BINARY)
        i = self.pick(lambda x: name != "power" or np.all((x > 0.2) & (x < 5)))
        j = self.pick(lambda y: _fits(self.values[i], y) and _usable(name, self.values[i], y))
        return name, (i, j), {}

    def chosen(self) -> Drawn:
        i = self.pick()
        j = self.pick(lambda y: _fits(self.values[i], y))
        if self.rng.random() < 0.5:
            k = self.pick(lambda a: np.all(np.abs(a) > CLEAR) and _fits(self.values[i], a) and _fits(self.values[j], a))
            return "chosen by sign", (k, i, j), {}
        shape = np.broadcast_shapes(np.shape(self.values[i]), np.shape(self.values[j]))
        return "chosen", (i, j), {"condition": self.rng.random(shape) < 0.5}

    def clip(self) -> Drawn:
        low, high = sorted(self.rng.uniform(-2, 2, 2))
        i = self.pick(lambda x: np.all((np.abs(x - low) > CLEAR) & (np.abs(x - high) > CLEAR)))
        return "clip", (i,), {"a_min": float(low), "a_max": float(high)}

    def reduction(self) -> Drawn:
        name = self.one(*REDUCTIONS)
        i = self.pick()
        x = self.values[i]
        axes = tuple(int(a) for a in self.rng.permutation(np.ndim(x))[: self.rng.integers(0, 3)])
        axis = self.one(None, axes or None, axes[0] if axes else None)
        params = {"axis": axis, "keepdims": bool(self.rng.random() < 0.3)}
        if name in ("var", "std"):
            count = np.size(x) if axis is None else np.prod([np.shape(x)[a] for a in np.atleast_1d(axis)])
            if count < 2 or np.any(np.var(x, axis=axis) < 0.01):
                raise Undrawn
            params["ddof"] = self.one(0, 1)
        if name in ("max", "min") and not _distinct(x):
            raise Undrawn
        if name == "linalg.vector_norm" and np.any(self.functions[name](x, **params) < 0.1):
            raise Undrawn
        return name, (i,), params

    def along(self) -> Drawn:
        name = self.one("cumsum", "cumprod", "softmax", "log_softmax", "sort", "flip", "diff", "roll", "take")
        i = self.pick(lambda x: np.ndim(x) > 0)
        x = self.values[i]
        params: dict[str, Any] = {"axis": self.axis(x)}
        length = np.shape(x)[params["axis"]]
        if name == "sort" and not _distinct(x):
            raise Undrawn
        if name == "diff" and length < 2:
            raise Undrawn
        if name == "roll":
            params["shift"] = int(self.rng.integers(-3, 4))
        if name == "take":
            params["axis"] %= np.ndim(x)
            params["indices"] = self.rng.integers(-length, length, self.one((), (2,), (3,), (2, 2)))
        return name, (i,), params

    def shape(self) -> Drawn:
        name = self.one(
            "reshape", "transpose", "expand_dims", "squeeze", "broadcast_to", "ravel", "swapaxes", "moveaxis"
        )
        i = self.pick()
        x = self.values[i]
        rank = np.ndim(x)
        params: dict[str, Any] = {}
        if name == "reshape":
            params["shape"] = self.one(*_factorisations(np.size(x)))
            params["order"] = self.one("C", "C", "F")
        elif name == "transpose":
            params["axes"] = self.one(None, tuple(int(a) for a in self.rng.permutation(rank)))
        elif name == "expand_dims":
            params["axis"] = int(self.rng.integers(0, rank + 1))
        elif name == "squeeze":
            ones = [a for a, length in enumerate(np.shape(x)) if length == 1]
            params["axis"] = self.one(None, *ones)
        elif name == "broadcast_to":
            shape = tuple(self.one(2, 3) if length == 1 else length for length in np.shape(x))
            params["shape"] = self.one(shape, (2, *shape), (1, *np.shape(x)))
        elif name == "ravel":
            params["order"] = self.one("C", "F")
        elif name == "swapaxes":
            params = {"axis1": self.axis(x), "axis2": self.axis(x)}
        else:
            params = {"source": self.axis(x), "destination": self.axis(x)}
        return name, (i,), params

    def getitem(self) -> Drawn:
        i = self.pick(lambda x: np.ndim(x) > 0)
        x = self.values[i]
        if self.rng.random() < 0.15:
            return "getitem", (i,), {"index": self.rng.random(np.shape(x)) < 0.6}
        arrays = 0
        parts: list[Any] = []
        for length in np.shape(x)[: self.rng.integers(1, np.ndim(x) + 1)]:
            kind = self.rng.integers(0, 6)
            if kind == 0:
                parts.append(int(self.rng.integers(-length, length)))
            elif kind == 1 and not arrays:
                arrays += 1
                parts.append(self.rng.integers(-length, length, self.one((2,), (3,), (2, 2))))
            elif kind == 2:
                parts.append(slice(None, None, -1))
            else:
                start = int(self.rng.integers(0, length))
                parts.append(self.one(slice(None), slice(start, None), slice(0, None, 2), slice(None, start + 1)))
        if arrays:  # beside which a number counts as an array as well
            parts = [slice(None) if isinstance(part, int) else part for part in parts]
        elif self.rng.random() < 0.3:
            parts.insert(int(self.rng.integers(0, len(parts) + 1)), None)
        if self.rng.random() < 0.2:
            parts.append(...)
        return "getitem", (i,), {"index": tuple(parts)}

    def joined(self) -> Drawn:
        i = self.pick(lambda x: np.ndim(x) > 0)
        axis = int(self.rng.integers(0, np.ndim(self.values[i])))
        if self.rng.random() < 0.4:
            alike = [i, *[self.pick(lambda y: np.shape(y) == np.shape(self.values[i])) for _ in range(2)]]
            return "stack", tuple(alike[: self.rng.integers(1, 4)]), {"axis": self.one(0, -1, axis)}

        def fits(y: Any) -> bool:
            a, b = list(np.shape(self.values[i])), list(np.shape(y))
            return len(a) == len(b) and a[:axis] + a[axis + 1 :] == b[:axis] + b[axis + 1 :]

        parts = [i, *[self.pick(fits) for _ in range(self.rng.integers(0, 3))]]
        return "concatenate", tuple(parts), {"axis": axis}

    def product(self) -> Drawn:
        i = self.pick(lambda x: np.ndim(x) > 0)
        x = self.values[i]
        if self.rng.random() < 0.5:
            subscripts = self.one(*EINSUMS)
            return "einsum", self.operands(subscripts, i), {"subscripts": subscripts}

        def fits(y: Any) -> bool:
            if np.ndim(y) == 0 or np.shape(x)[-1] != np.shape(y)[-2 if np.ndim(y) > 1 else 0]:
                return False
            return np.ndim(x) < 2 or np.ndim(y) < 2 or _broadcast(np.shape(x)[:-2], np.shape(y)[:-2])

        return "matmul", (i, self.pick(fits)), {}

    def operands(self, subscripts: str, first: int) -> tuple[int, ...]:
        """Values whose shapes an einsum takes, the first of them given."""
        sizes: dict[str, int] = {}
        chosen: list[int] = []
        for part in subscripts.split("->")[0].split(","):
            letters = part.replace("...", "")

            def fits(y: Any, letters: str = letters, dots: bool = "..." in part) -> bool:
                if np.ndim(y) < len(letters) or (np.ndim(y) != len(letters) and not dots):
                    return False
                lengths = np.shape(y)[np.ndim(y) - len(letters) :]
                return all(sizes.get(c, n) == n for c, n in zip(letters, lengths, strict=True))

            i = first if not chosen and fits(self.values[first]) else self.pick(fits)
            if (
                chosen
                and "..." in part
                and not _broadcast(np.shape(self.values[chosen[0]])[:-1], np.shape(self.values[i])[:-1])
            ):
                raise Undrawn
            chosen.append(i)
            lengths = np.shape(self.values[i])[np.ndim(self.values[i]) - len(letters) :]
            sizes.update(zip(letters, lengths, strict=True))
        return tuple(chosen)

    def matrix(self) -> Drawn:
        name = self.one("tril", "triu", "diagonal", "trace", "linalg.det", "linalg.inv", "linalg.solve", "linalg.pinv")
        square = name.startswith("linalg")
        i = self.pick(lambda x: np.ndim(x) >= 2 and (not square or _well_conditioned(x)))
        if name == "linalg.solve":
            rows = np.shape(self.values[i])[-1]
            if np.ndim(self.values[i]) > 2:
                raise Undrawn
            return name, (i, self.pick(lambda y: np.ndim(y) in (1, 2) and np.shape(y)[0] == rows)), {}
        params: dict[str, Any] = {"k": self.one(-1, 0, 1)} if name in ("tril", "triu") else {}
        if name in ("diagonal", "trace"):
            params = {"axis1": 0, "axis2": -1, "offset": self.one(0, 0, 1)}
        return name, (i,), params

    def tiled(self) -> Drawn:
        if self.rng.random() < 0.5:
            return "tile", (self.pick(),), {"reps": self.one((2,), (2, 1), (1, 2), (2, 2))}
        i = self.pick(lambda x: np.ndim(x) > 0)
        return "repeat", (i,), {"repeats": self.one(1, 2), "axis": self.axis(self.values[i])}

    def losses(self) -> Drawn:
        if self.rng.random() < 0.5:
            i = self.pick()
            y = self.pick(lambda y: _fits(self.values[i], y))
            return "binary_cross_entropy_with_logits", (i, y), {}
        return "sigmoid", (self.pick(),), {}


KINDS: dict[Callable[[_Drawing], Drawn], float] = {
    _Drawing.unary: 5,
    _Drawing.squashed: 2,
    _Drawing.binary: 6,
    _Drawing.chosen: 1.5,
    _Drawing.clip: 0.5,
    _Drawing.reduction: 3,
    _Drawing.along: 2.5,
    _Drawing.shape: 2.5,
    _Drawing.getitem: 2,
    _Drawing.joined: 1.5,
    _Drawing.product: 2.5,
    _Drawing.matrix: 1,
    _Drawing.tiled: 0.5,
    _Drawing.losses: 0.5,
}


def _broadcast(a: Shape, b: Shape) -> bool:
    return all(m in (1, n) or n == 1 for m, n in zip(reversed(a), reversed(b), strict=False))


def _fits(x: Any, y: Any) -> bool:
    return _broadcast(np.shape(x), np.shape(y))


def _usable(name: str, x: Any, y: Any) -> bool:
    if name == "divide":
        return bool(np.all(np.abs(y) > 0.2))
    if name == "power":
        return bool(np.all(np.abs(y) < 3))
    if name in ("maximum", "minimum", "fmax", "fmin"):
        return bool(np.all(np.abs(x - y) > CLEAR))
    if name in ("hypot", "arctan2"):
        return bool(np.all(np.hypot(x, y) > 0.2) and (name == "hypot" or np.all(np.abs(x) > CLEAR)))
    return True


def _distinct(x: Any) -> bool:
    return np.size(x) < 2 or bool(np.min(np.diff(np.sort(np.ravel(x)))) > CLEAR)


def _well_conditioned(x: Any) -> bool:
    """Square, of condition number below 20, and not tiny: PyTorch takes what is close to 0 for singular."""
    if np.shape(x)[-1] != np.shape(x)[-2]:
        return False
    sizes = np.linalg.svd(x, compute_uv=False)
    return bool(np.all(sizes[..., 0] < 20 * sizes[..., -1]) and np.all(sizes[..., -1] > 0.05))


def _factorisations(size: int) -> list[Shape]:
    found: list[Shape] = [(size,), (-1,)]
    found += [(a, size // a) for a in range(1, size + 1) if size % a == 0]
    found += [(a, b, size // a // b) for a in (1, 2, 3) for b in (1, 2, 3) if size % (a * b) == 0]
    return found
