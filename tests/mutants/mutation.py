"""Mutants of the derivative rules, each wrong in one place, and the generic tests that have to notice.

A mutant is planted on the declaration itself, in this process, and taken away again. What is run on it are the generic
tests of derivatives in tests/rules, on that one op: a mutant is killed when an assertion of theirs fails.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import compgraph as cg
from compgraph import OPS, Op
from compgraph.rules.composition import COMPOSED, Composition
from tests.rules import (
    test_complex,
    test_complex_weights,
    test_every_composition,
    test_every_declared_call,
    test_every_op,
)
from tests.sampling import QUICKLY

__all__ = ["CONTROL", "FACTORS", "Mutant", "compositions", "fate", "ops", "planted"]

FACTORS = (1.01, -1.0, 0.0)

CONTROL = 1.0
"""The factor that changes nothing: a mutant by it has to survive, or the others were killed by being touched."""

SEEDS = st.integers(0, 2**32 - 1)

TAKING_COMPLEX = {declaration.name for declaration in test_complex.TAKING}

EXAMPLES = settings(
    max_examples=QUICKLY,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # one failing example is enough: it is not made small
    suppress_health_check=list(HealthCheck),
)


class Mutant(NamedTuple):
    """One change of one declaration.

    Attributes:
        registry: ``"op"`` or ``"composition"``.
        name: the name of the op or of the composition.
        slot: the argument whose rule is changed; of a composition None for its result, or the place, among the nodes it
            is given, of the one that it is cut off from.
        factor: what the rule's cotangent, or the composition's result, is multiplied by; None for a cut: the cotangent,
            or the node given, is replaced by a leaf of the same value.
    """

    registry: str
    name: str
    slot: int | None
    factor: float | None

    def __str__(self) -> str:
        place = "" if self.slot is None else f"[{self.slot}]"
        return f"{self.registry} {self.name}{place} {'cut off' if self.factor is None else f'× {self.factor:g}'}"


def ops() -> Iterator[Mutant]:
    """Every rule times every factor, and without its own derivative.

    An argument without a rule has a derivative of zero, which no factor changes.
    """
    for op in OPS.values():
        slots = [0] if op.variadic else [i for i, vjp in enumerate(op.vjps) if vjp is not None]
        for slot in slots:
            for factor in (CONTROL, *FACTORS, None):
                yield Mutant("op", op.name, slot, factor)


def compositions() -> Iterator[Mutant]:
    """Every definition's result times every factor, and with each of its arrays taken for a constant.

    Functions of our own are called as they are, not by the definition in the registry: nothing can be planted there.
    """
    for composition in COMPOSED.values():
        if getattr(composition.function, "__module__", "").startswith("compgraph."):
            continue
        for factor in (CONTROL, *FACTORS):
            yield Mutant("composition", composition.name, None, factor)
        for slot in range(max(len(call.shapes.split(",")) for call in composition.calls)):
            yield Mutant("composition", composition.name, slot, None)


def fate(mutant: Mutant) -> str:
    """What became of a mutant: what killed it; ``""`` where it survived.

    Raises:
        Exception: whatever else than an AssertionError a test ran into.
    """
    with planted(mutant) as declaration:
        tests = test_every_op if isinstance(declaration, Op) else test_every_composition
        killers: dict[str, Callable[[], None]] = {
            "first derivatives": lambda: _run(tests.test_first_derivatives, declaration),
            "second derivatives": lambda: _run(tests.test_second_derivatives, declaration),
            "every call": lambda: _call_by_call(declaration),
            "complex numbers": lambda: _of_complex_numbers(declaration),
        }
        for name, run in killers.items():
            try:
                run()
            except AssertionError:
                return name
    return ""


def _call_by_call(declaration: Op | Composition) -> None:
    for call in declaration.calls:
        test_every_declared_call.test_derivatives(declaration, call)


def _of_complex_numbers(declaration: Op | Composition) -> None:
    if declaration.name in TAKING_COMPLEX:
        _run(test_complex.test_first_derivatives, declaration)
        _run(test_complex.test_second_derivatives, declaration)
        _run(test_complex_weights.test_the_derivative_by_the_weights_is_the_tangent, declaration)


def _run(test: Any, declaration: Op | Composition) -> None:
    inner = test.hypothesis.inner_test

    @EXAMPLES
    @given(data=st.data(), seed=SEEDS)
    def check(data: st.DataObject, seed: int) -> None:
        inner(declaration, data, seed)

    check()


@contextmanager
def planted(mutant: Mutant) -> Iterator[Op | Composition]:
    """The declaration with the mutant in it; afterwards as it was."""
    if mutant.registry == "op":
        assert mutant.slot is not None
        op = _named(OPS.values(), mutant.name)
        kept = op.vjps, op.direct
        try:
            _change_rule(op, mutant.slot, mutant.factor)
            yield op
        finally:
            op.vjps, op.direct = kept
    else:
        composition = _named(COMPOSED.values(), mutant.name)
        definition = composition.definition
        changed = copy.copy(composition)
        changed.definition = (
            _scaled_result(definition, mutant.factor)
            if mutant.factor is not None
            else _cut_off(definition, mutant.slot)
        )
        try:
            COMPOSED[composition.function] = changed
            yield changed
        finally:
            COMPOSED[composition.function] = composition


def _named(declarations: Any, name: str) -> Any:
    (found,) = [declaration for declaration in declarations if declaration.name == name]
    return found


def _change_rule(op: Op, slot: int, factor: float | None) -> None:
    def changed(rule: Callable[..., Any]) -> Callable[..., Any]:
        if factor is None:
            return lambda *args, **params: _leaf(rule(*args, **params))
        return lambda *args, **params: factor * rule(*args, **params)

    if not isinstance(op.vjps, tuple):
        kind: Any = type(op.vjps)
        op.vjps = kind(changed(op.vjps.rule))
        return
    rules = list(op.vjps)
    rule = rules[slot]
    assert rule is not None
    rules[slot] = changed(rule)
    op.vjps = tuple(rules)
    op.direct = None if op.direct is None else tuple([rule for rule in rules if rule is not None])


def _leaf(x: Any) -> Any:
    """A node of the same value that depends on nothing; a plain value as it is."""
    return cg.Variable(x.value) if isinstance(x, cg.Node) else x


def _scaled_result(definition: Callable[..., Any], factor: float) -> Callable[..., Any]:
    def scaled(result: Any) -> Any:
        if isinstance(result, cg.Node):
            return factor * result
        if isinstance(result, tuple) and hasattr(result, "_fields"):
            return type(result)(*map(scaled, result))
        return type(result)(map(scaled, result)) if isinstance(result, (list, tuple)) else result

    return lambda *args, **params: scaled(definition(*args, **params))


def _cut_off(definition: Callable[..., Any], slot: int | None) -> Callable[..., Any]:
    """The definition with one of the nodes that it is given replaced by a leaf of the same value."""

    def cut(*args: Any, **params: Any) -> Any:
        count = 0

        def passed(x: Any) -> Any:
            nonlocal count
            if isinstance(x, cg.Node):
                count += 1
                return _leaf(x) if count - 1 == slot else x
            if type(x) in (list, tuple):
                return type(x)(map(passed, x))
            return x

        return definition(*map(passed, args), **{name: passed(x) for name, x in params.items()})

    return cut
