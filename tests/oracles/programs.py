"""Programs: straight-line lists of instructions that any engine can run, to set one engine against another.

A program names its instructions as NumPy does. What a name means is given when it is run, as a table of functions:
NumPy's for compgraph, ``jax.numpy``'s for JAX, translations for PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

__all__ = ["Program", "Step", "evaluate", "outputs", "shrunk", "source_of", "weights"]

Functions = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True)
class Step:
    """One instruction: a function of earlier values, which are numbered from the program's inputs on."""

    name: str
    operands: tuple[int, ...]
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Program:
    """Instructions, and the values they start from.

    Attributes:
        inputs: arrays and numbers; values 0, 1, ... of the program.
        variable: for each input whether derivatives are taken by it; the others are constants.
        steps: the instructions; the result of the first is the value after the last input.
    """

    inputs: tuple[Any, ...]
    variable: tuple[bool, ...]
    steps: tuple[Step, ...]

    @property
    def variables(self) -> tuple[int, ...]:
        return tuple(i for i, wanted in enumerate(self.variable) if wanted)

    @property
    def sinks(self) -> tuple[int, ...]:
        """The results that no instruction uses: they are what the program returns."""
        used = {i for step in self.steps for i in step.operands}
        return tuple(i for i in range(len(self.inputs), len(self.inputs) + len(self.steps)) if i not in used)

    def with_inputs(self, change: Callable[[Any], Any]) -> Program:
        return replace(self, inputs=tuple([change(x) for x in self.inputs]))


def evaluate(program: Program, functions: Functions, inputs: Sequence[Any]) -> list[Any]:
    """All values of a program, its inputs first."""
    values = list(inputs)
    for step in program.steps:
        values.append(functions[step.name](*[values[i] for i in step.operands], **step.params))
    return values


def outputs(program: Program, functions: Functions, inputs: Sequence[Any]) -> tuple[Any, ...]:
    """What a program returns: the results that it does not use itself, in parts: of lists their entries, of complex
    numbers the real and the imaginary ones."""
    values = evaluate(program, functions, inputs)
    return tuple(_parts([values[i] for i in program.sinks]))


def _parts(results: Any) -> list[Any]:
    if isinstance(results, (list, tuple)):
        return [part for result in results for part in _parts(result)]
    kind = str(getattr(results, "dtype", "float"))
    if "complex" in kind:
        return [results.real, results.imag]
    return [results] if "float" in kind else []


def weights(shape: tuple[int, ...], number: int) -> Any:
    """Fixed numbers between 0.5 and 1.5 in size, of both signs, other ones for every number."""
    rng = np.random.default_rng([7, number])
    return np.asarray(rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape))


# ------------------------------------------------------------------------------------------------------------ shrinking


def shrunk(program: Program, functions: Functions, fails: Callable[[Program], bool]) -> Program:
    """A program as short as single changes make it that still fails.

    Args:
        program: one that fails.
        functions: what its instructions mean for plain arrays.
        fails: whether a program still shows what is looked for; also called on programs that cannot be run.
    """
    smaller = True
    while smaller:
        smaller = False
        for candidate in _simpler(program, functions):
            if fails(candidate):
                program, smaller = candidate, True
                break
    return program


def _simpler(program: Program, functions: Functions) -> Iterator[Program]:
    """Programs of fewer instructions, or of as many with fewer variables; the boldest changes first."""
    values = evaluate(program, functions, program.inputs)
    count = len(program.inputs)
    for sink in program.sinks:
        if len(program.sinks) > 1:
            yield _with_sinks(program, {sink})
    for last in reversed(range(count + 1, count + len(program.steps))):  # cut the end off
        yield _with_sinks(replace(program, steps=program.steps[: last - count]), {last - 1})
    if len(program.steps) > 1:
        for index in reversed(range(count, count + len(program.steps))):  # a result becomes an input
            yield _as_input(program, index, np.array(values[index]))
        for index in range(count, count + len(program.steps)):  # an instruction is left out
            for earlier in range(index):
                if np.shape(values[earlier]) == np.shape(values[index]):
                    yield _without(program, index, earlier)
                    break
    for position in program.variables:
        if len(program.variables) > 1:
            wanted = tuple(w and i != position for i, w in enumerate(program.variable))
            yield replace(program, variable=wanted)


def _with_sinks(program: Program, wanted: set[int]) -> Program:
    """The instructions that lead to some values, and the inputs that these use."""
    count = len(program.inputs)
    needed = set(wanted)
    for index in reversed(range(count, count + len(program.steps))):
        if index in needed:
            needed.update(program.steps[index - count].operands)
    kept = sorted(needed)
    if not any(i < count and program.variable[i] for i in kept):
        kept = sorted({*kept, next(iter(program.variables))})
    number = {old: new for new, old in enumerate(kept)}
    return Program(
        tuple([program.inputs[i] for i in kept if i < count]),
        tuple([program.variable[i] for i in kept if i < count]),
        tuple([_renumbered(program.steps[i - count], number) for i in kept if i >= count]),
    )


def _renumbered(step: Step, number: Mapping[int, int]) -> Step:
    return replace(step, operands=tuple([number[i] for i in step.operands]))


def _as_input(program: Program, index: int, value: Any) -> Program:
    """The program with a result given to it as a further variable, in the place of the instruction."""
    count = len(program.inputs)
    number = {i: i + (i >= count) for i in range(count + len(program.steps))}
    number[index] = count
    steps = [_renumbered(step, number) for i, step in enumerate(program.steps, count) if i != index]
    changed = Program((*program.inputs, value), (*program.variable, True), tuple(steps))
    return _with_sinks(changed, set(changed.sinks))


def _without(program: Program, index: int, instead: int) -> Program:
    count = len(program.inputs)
    number = {i: i - (i > index) for i in range(count + len(program.steps))}
    number[index] = instead
    steps = [_renumbered(step, number) for i, step in enumerate(program.steps, count) if i != index]
    changed = replace(program, steps=tuple(steps))
    return _with_sinks(changed, set(changed.sinks))


# ------------------------------------------------------------------------------------------------------------- as text


def source_of(program: Program) -> str:
    """A program as the Python expression that makes it, in full precision."""
    with np.printoptions(precision=17, floatmode="unique", threshold=10**6, linewidth=10**6):
        lines = ["Program("]
        lines += ["    inputs=(", *[f"        {_literal(x)}," for x in program.inputs], "    ),"]
        lines += [f"    variable={program.variable!r},", "    steps=("]
        for index, step in enumerate(program.steps, len(program.inputs)):
            params = "{" + ", ".join(f"{name!r}: {_literal(value)}" for name, value in step.params.items()) + "}"
            lines.append(f"        Step({step.name!r}, {step.operands!r}, {params}),  # value {index}")
        return "\n".join([*lines, "    ),", ")"])


def _literal(value: Any) -> str:
    if isinstance(value, np.ndarray):
        numbers = repr(value.tolist())
        return f"np.array({numbers}, dtype={value.dtype.name!r}).reshape({value.shape!r})"
    if isinstance(value, np.generic):
        return f"np.{type(value).__name__}({value.item()!r})"
    if isinstance(value, tuple):
        return "(" + "".join(f"{_literal(part)}, " for part in value) + ")"
    return repr(value)
