"""What tensors of an ONNX file are called: as in the person's code, in the letters that ONNX allows.

ONNX asks for identifiers of C. So ``layer.0.weight`` becomes layer_0_weight, and Greek letters are written out.
"""

from __future__ import annotations

import inspect
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from compgraph.compile.capture import Program, Signature, capture, without_names
from compgraph.compile.tracer import Tracer
from compgraph.nested import Structure, flatten, paths
from compgraph.node import Node
from compgraph.watching import Watcher, watching

__all__ = ["Names", "derivative_names", "identifier", "input_names"]


class Names:
    """Names, each given once.

    >>> names = Names()
    >>> names.fresh("W"), names.fresh("W"), names.fresh("σ"), names.fresh(None)
    ('W', 'W_2', 'sigma', 'tensor_1')
    """

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.numbers: dict[str, int] = {}  # how often a name was wanted

    def fresh(self, wanted: str | None) -> str:
        """A name that nothing else has: the wanted one if possible, else with a number behind it."""
        name = identifier(wanted or "")
        return self.counted("tensor") if name is None else self._next(name, name)

    def counted(self, kind: str) -> str:
        """A name with a number behind it, also the first of its kind."""
        return self._next(kind, None)

    def _next(self, kind: str, name: str | None) -> str:
        i = self.numbers.get(kind, 0 if name is None else 1)
        while name is None or name in self.taken:
            i += 1
            name = f"{kind}_{i}"
        self.numbers[kind] = i
        self.taken.add(name)
        return name


def identifier(text: str) -> str | None:
    """The identifier nearest to a name; None where no letter of it can be kept.

    >>> identifier("layer.0.weight"), identifier("θ"), identifier("W₁"), identifier("2nd"), identifier("重み")
    ('layer_0_weight', 'theta', 'W1', '_2nd', None)
    """
    letters = []
    for letter in unicodedata.normalize("NFKD", text):
        greek = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)", unicodedata.name(letter, ""))
        if greek:
            name = greek[2].lower().replace("lamda", "lambda")
            letters.append(name if greek[1] == "SMALL" else name.capitalize())
        elif not unicodedata.combining(letter):  # an accent
            letters.append(letter if letter.isascii() and letter.isalnum() else "_")
    name = re.sub("__+", "_", "".join(letters)) if "__" not in text else "".join(letters)
    name = name.rstrip("_") if not text.endswith("_") else name
    if not name.strip("_"):
        return None
    return f"_{name}" if name[0].isdigit() else name


# ------------------------------------------------------------------------------------------------------------- inputs


def input_names(f: Callable[..., Any], signature: Signature, program: Program) -> list[str | None]:
    """What each traced leaf of the arguments is called.

    An array is called as its parameter. In a tree it has the key that it stands under, or all of its path where keys
    come twice; where there are no keys it is called as the function calls it, if it does that for the whole tree.
    """
    assert signature.structure is not None
    positional, keywords = signature.structure.parts
    assert positional is not None
    assert keywords is not None
    trees = [*zip(_roots(f, len(positional.parts)), positional.parts, strict=True)]
    trees += zip(keywords.keys or (), keywords.parts, strict=True)
    inside = dict(zip(program.places, [node.name for node in program.arguments], strict=True))
    names: list[str | None] = []
    for root, structure in trees:
        places = range(len(names), len(names) + len(paths(structure, "")))
        names += _of_a_tree(root, structure, [inside.get(place) for place in places])
    return [names[place] for place in program.places]


def _of_a_tree(root: str | None, structure: Structure, inside: Sequence[str | None]) -> list[str | None]:
    whole = paths(structure, root or "input")
    if structure is None:
        return [root or inside[0]]
    keys = [path.rpartition("['")[2].removesuffix("']") if path.endswith("']") else path for path in whole]
    if keys != whole:
        return list(keys if len(set(keys)) == len(keys) else whole)
    renamed = [name is not None and name != identifier(path) for name, path in zip(inside, whole, strict=True)]
    return list(inside if all(renamed) and len(set(inside)) == len(inside) else whole)


def _roots(f: Callable[..., Any], count: int) -> list[str | None]:
    """The parameters of the positional arguments; of those that a star collects the name and their number."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # functions written in C need not say what they take
        parameters = []
    names = [p.name for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD][:count]
    star = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "input")
    return [*names, *[f"{star}_{i}" for i in range(count - len(names))]]


# -------------------------------------------------------------------------------------------------------- derivatives


def derivative_names(
    f: Callable[..., Any], leaves: Sequence[Any], signature: Signature, names: Sequence[str]
) -> dict[int, str]:
    """Which results of a function are the derivatives by which arguments: ``dW`` by the number of the result.

    The trace that is exported gives names to what it computes. A derivative that is a constant, or another argument,
    or one array for two arguments, has no name of its own there. So the function is traced once more, on numbers that
    are drawn; the reverse sweep tells what it found for each argument, in the order of the gradient.

    Args:
        f: the function, which may be the result of a transform.
        leaves, signature: a call of it, taken apart.
        names: those of its traced arguments.
    """
    rng = np.random.default_rng(0)
    found: list[tuple[int, int, Any]] = []
    results: list[Any] = []
    structure: Structure = None

    def watched(*args: Any, **kwargs: Any) -> Any:
        nonlocal structure
        traced = [x.node for x in flatten((args, kwargs))[0] if isinstance(x, Tracer)]
        numbers = {node: i for i, node in enumerate(traced)}
        outer = watching.get()

        def reached(node: Node, cotangent: Any) -> None:
            if outer is not None:
                outer.reached(node, cotangent)
            if node.op is None and isinstance(node.value, Tracer) and node.value.node in numbers:
                found.append((node.index, numbers[node.value.node], _shown(cotangent)))

        watching.set(Watcher(reached, lambda *_: None))
        result = f(*args, **kwargs)
        parts, structure = flatten(result)
        results.extend(map(_shown, parts))
        return result

    drawn = [_drawn(x, rng) for x in leaves]
    capture(watched, drawn, signature, without_names)
    inner = [number for number, leaf in enumerate(signature.leaves) if leaf.kind is not None]
    arguments = {names[i]: drawn[place] for i, place in enumerate(inner)}
    slopes = [(names[number], cotangent) for _, number, cotangent in sorted(found, key=lambda each: each[:2])]
    for first in (0, 1) if structure is not None and len(structure.parts) == 2 and structure.parts[0] is None else (0,):
        matched = _matched(results[first:], slopes, arguments)
        if matched is not None:
            return {first + i: f"d{name}" for i, name in matched.items()}
    return {}


def _shown(x: Any) -> Any:
    x = x.value if isinstance(x, Node) else x
    return x.example if isinstance(x, Tracer) else x


def _drawn(x: Any, rng: np.random.Generator) -> Any:
    """Numbers like x, which nothing else is equal to by chance; integers stay what they are."""
    if np.result_type(x).kind != "f" if isinstance(x, (np.ndarray, np.generic, float)) else True:
        return x
    numbers = rng.uniform(0.25, 0.75, np.shape(x))
    return float(numbers) if type(x) is float else np.asarray(numbers, np.result_type(x))[()]


def _matched(
    results: Sequence[Any], slopes: Sequence[tuple[str, Any]], arguments: Mapping[str, Any]
) -> dict[int, str] | None:
    """By the number of a result the argument that it is the derivative by; None if they are no gradient.

    A result that is zero may be by an argument that the sweep did not reach.
    """
    if len(slopes) < len(results) and any(not np.any(cotangent) for _, cotangent in slopes):
        return None
    matched: dict[int, str] = {}
    ahead = list(slopes)
    for i, x in enumerate(results):
        if ahead and _is_slope(x, ahead[0][1], arguments[ahead[0][0]]):
            matched[i] = ahead.pop(0)[0]
        elif np.any(x):
            return None
    if ahead or not matched:
        return None
    for i, x in enumerate(results):
        if i not in matched:
            left = [name for name in arguments if name not in matched.values()]
            free = [name for name in left if np.shape(arguments[name]) == np.shape(x)]
            if len(free) == 1:
                matched[i] = free[0]
    return matched


def _is_slope(x: Any, cotangent: Any, argument: Any) -> bool:
    """Whether a result is what a sweep found for an argument: of its shape, where one number may stand for many."""
    if np.shape(x) != np.shape(argument):
        return False
    return bool(np.array_equal(x, np.broadcast_to(cotangent, np.shape(x)).astype(np.result_type(x)), equal_nan=True))
