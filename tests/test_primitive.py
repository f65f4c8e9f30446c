"""Declaring ops: what a declaration must hold, and what one line of it gives."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph import OPS
from compgraph.errors import ConversionError, GradientError, MissingRuleError, RegistrationError, ShapeError
from compgraph.primitive import PLAIN

Variable: Any = cg.Variable


@pytest.fixture(autouse=True)
def a_registry_as_it_was() -> Iterator[None]:
    """The ops that a test declares are gone after it: others look at every op there is."""
    ops, plain = dict(OPS), set(PLAIN)
    yield
    OPS.clear()
    OPS.update(ops)
    PLAIN.clear()
    PLAIN.update(plain)


def cube(x: Any) -> Any:
    return x**3


def identity(grad: Any, out: Any, *inputs: Any) -> Any:
    return grad


def rule(grad: Any, out: Any, x: Any) -> Any:
    return grad * 3 * x**2


# ------------------------------------------------------------------------------------------------------- declarations


def test_a_declaration_needs_a_domain() -> None:
    with pytest.raises(TypeError, match="domain"):
        cg.primitive(cube, rule, elementwise=True)  # type: ignore[call-arg]
    assert cube not in OPS


@pytest.mark.parametrize(
    "domain",
    [None, 3.0, (), (1.0,), (1, 2, 3), (3, -3), (1.0, 1.0), (0, np.inf), (-np.inf, 0), (np.nan, 1), ("a", "b"), {},
     bool, ((0, 1), None), ((0, 1), (1, 0))],
    ids=repr,
)  # fmt: skip
def test_a_declaration_needs_a_usable_domain(domain: Any) -> None:
    """Bool is the domain of a mask: a rule for one input that is nothing but a mask has nothing to differentiate."""
    with pytest.raises(RegistrationError, match="cube: "):
        cg.primitive(cube, rule, domain=domain, elementwise=True)
    assert cube not in OPS


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        ({"vjps": ()}, "give a rule for each differentiable argument"),
        ({"vjps": (3.0,)}, "give a rule for each differentiable argument"),
        ({"domain": ((0, 1), (0, 1))}, "2 intervals for 1 inputs"),
        ({"elementwise": False}, r"not elementwise: say how to call it in tests, calls=\(call\("),
        ({"elementwise": None}, "not elementwise"),
        ({"variadic": True, "vjps": (None,)}, "variadic: give one rule"),
        ({"variadic": True, "vjps": (rule, rule)}, "variadic: give one rule"),
        ({"vjps": (functools.partial(rule),)}, r"give the names of the arguments, names="),
    ],
)
def test_incomplete_declarations(declaration: dict[str, Any], message: str) -> None:
    vjps = declaration.pop("vjps", (rule,))
    with pytest.raises(RegistrationError, match=message):
        cg.primitive(cube, *vjps, **{"domain": (0, 1), "elementwise": True, **declaration})
    assert cube not in OPS


def test_an_op_is_declared_once() -> None:
    tanh = OPS[np.tanh]
    with pytest.raises(RegistrationError, match="tanh is declared already"):
        cg.primitive(np.tanh, rule, domain=(0, 1))
    assert OPS[np.tanh] is tanh


def test_what_a_declaration_says_of_itself() -> None:
    op = cg.primitive(cube, rule, domain=(-2, 2), elementwise=True, symbol="³", kinks=(0.0,))
    assert OPS[cube] is op
    assert repr(op) == "<Op cube>"
    assert (op.name, op.symbol, op.names, op.domain, op.kinks) == ("cube", "³", ("x",), ((-2, 2),), (0.0,))
    assert (op.elementwise, op.variadic, op.exact, op.calls) == (True, False, False, ())
    assert OPS[np.tanh].symbol == "tanh"
    assert OPS[np.matmul].elementwise is False
    assert cg.primitive(np.spacing, None, domain=(1, 2)).elementwise is True


def test_every_op_is_complete() -> None:
    for function, op in OPS.items():
        assert op.function is function
        assert callable(op.forward)
        assert len(op.domain) == len(op.vjps)
        assert len(op.names) >= len(op.vjps)
        assert op.elementwise or op.calls
        for vjp in () if op.variadic else op.vjps:
            assert vjp is None or callable(vjp)


def test_a_rule_that_is_no_plain_function() -> None:
    class Rule:
        def __call__(self, grad: Any, out: Any, x: Any) -> Any:
            return rule(grad, out, x)

    callables: list[Callable[..., Any]] = [Rule(), functools.partial(rule), Rule().__call__]
    for k, made in enumerate(callables):
        function: Any = cg.differentiable(made, domain=(0, 1), names=("x",), name=f"cube{k}")(cube)
        assert cg.grad(function)(2.0) == 12.0


def test_a_call_is_described_by_letters() -> None:
    described = cg.call("ab,b3", axis=0)
    assert described == ("ab,b3", {"axis": 0})


# ----------------------------------------------------------------------------------------------- functions of one's own


def test_a_function_of_ones_own() -> None:
    own: Any = cg.differentiable(rule, domain=(-2, 2))(cube)
    assert own(2.0) == 8.0
    assert type(own(2.0)) is float
    assert own.__name__ == "cube"
    x = Variable([1.0, 2.0])
    y = own(x)
    assert y.op is OPS[own]
    np.testing.assert_array_equal(cg.gradients(y, [x], seed=[1.0, 10.0])[0], [3.0, 120.0])
    assert cg.grad(cg.grad(own))(2.0) == 12.0
    assert cg.grad(cg.grad(cg.grad(own)))(2.0) == 6.0


def test_a_function_of_two_arguments_with_a_default_and_a_parameter() -> None:
    @cg.differentiable(
        lambda grad, out, x, y, scale=1.0: grad * scale * y,
        lambda grad, out, x, y, scale=1.0: grad * scale * x,
        domain=((0, 1), (0, 1)),
    )
    def scaled(x: Any, y: Any = 3.0, scale: float = 1.0) -> Any:
        return scale * x * y

    anything: Any = scaled
    x, y = Variable(2.0), Variable(5.0)
    for node, value, slopes in (
        (anything(x), 6.0, [3.0, 0.0]),
        (anything(x, y), 10.0, [5.0, 2.0]),
        (anything(x, y=y), 10.0, [5.0, 2.0]),
        (anything(y=y, x=x), 10.0, [5.0, 2.0]),
        (anything(x, scale=2.0), 12.0, [6.0, 0.0]),
        (anything(x, y, 2.0), 20.0, [10.0, 4.0]),
        (anything(4.0, y), 20.0, [0.0, 4.0]),
    ):
        assert node.value == value
        assert cg.gradients(node, [x, y]) == slopes
    with pytest.raises(ConversionError, match=r"scaled: scale= is a parameter.*scale=node\.value"):
        anything(x, y, scale=Variable(2.0))
    with pytest.raises(MissingRuleError, match="without x"):
        anything(y=y)
    with pytest.raises(MissingRuleError, match=r"scale2=.*x, y, scale"):
        anything(x, scale2=2.0)
    with pytest.raises(MissingRuleError, match="3 arguments, not 4"):
        anything(x, y, 2.0, 3.0)


def test_a_zero_rule_and_a_mask() -> None:
    @cg.differentiable(None, lambda grad, out, mask, x: grad * mask, domain=(bool, (0, 1)))
    def masked(mask: Any, x: Any) -> Any:
        return mask * x

    x, m = Variable([1.0, 2.0]), Variable([1.0, 0.0])
    found = cg.gradients(np.sum(masked(m, x)), [m, x])
    np.testing.assert_array_equal(found, [[0.0, 0.0], [1.0, 0.0]])


def test_plain_functions_return_plain_values() -> None:
    assert not isinstance(np.signbit(Variable([-1.0])), cg.Node)
    digits = np.frompyfunc(lambda x: len(str(x)), 1, 1)
    with pytest.raises(MissingRuleError):
        digits(Variable([1.25]))
    cg.plain(digits)
    assert digits(Variable([1.25])) == [4]


# ------------------------------------------------------------------------------------------------------- broken rules


def broken(rule: Callable[..., Any], *names: str) -> Any:
    return cg.differentiable(rule, domain=(0, 1), name="broken", names=names or ("x",))(cube)


def test_a_rule_that_returns_nothing_is_named() -> None:
    function = broken(lambda grad, out, x: None)
    for x in (Variable(2.0), Variable([2.0])):
        with pytest.raises(GradientError, match="rule of broken returned None: is a return missing"):
            cg.gradients(np.sum(function(x)), [x])


def test_a_rule_of_the_wrong_shape_is_named() -> None:
    """Even where what it flows into is not asked for: backward reaches everything."""
    function = broken(lambda grad, out, x: np.ones(2))
    x = Variable([1.0, 2.0, 3.0])
    with pytest.raises(ShapeError, match=r"rule of broken returned shape \(2,\) for an input of shape \(3,\)"):
        np.sum(function(x)).backward()
    y = x * 2.0
    for differentiate in (np.sum(function(y)).backward, lambda: cg.gradients(np.sum(function(y)), [y])):
        with pytest.raises(ShapeError, match=r"rule of broken returned shape \(2,\) for an input of shape \(3,\)"):
            differentiate()


@pytest.mark.parametrize(
    "constant",
    [2, 2.0, np.float64(2), np.float32(2), np.array(2.0), np.full((1, 3), 2.0)],
    ids=repr,
)
def test_a_rule_may_return_anything_that_broadcasts(constant: Any) -> None:
    function = broken(lambda grad, out, x: constant)
    for dtype in (np.float64, np.float32):
        x = Variable(np.ones((2, 3), dtype))
        for y in (x, x * 1.0):
            (found,) = cg.gradients(np.sum(function(y)), [y])
            np.sum(function(y)).backward()
            for gradient in (found, y.grad, x.grad):
                np.testing.assert_array_equal(gradient, np.full((2, 3), 2.0, dtype), strict=True)
                assert not np.shares_memory(gradient, np.asarray(constant))


def test_what_a_rule_returns_is_spread_before_it_is_summed() -> None:
    """A slope that is the same in every row, of a sum whose rows were repeated: twice the slope, one for each row."""
    w = np.array([1.0, 2.0, 3.0])

    def times_w(x: Any) -> Any:
        return x * w

    weighted: Any = cg.differentiable(lambda grad, out, x: grad * w, domain=(0, 1))(times_w)
    b = Variable([0.0, 0.0, 0.0])
    J = np.sum(weighted(b + np.ones((2, 3))))
    np.testing.assert_array_equal(cg.gradients(J, [b])[0], 2 * w)
    np.testing.assert_array_equal(cg.gradients(J, [b], create_graph=True)[0].value, 2 * w)
    J.backward()
    np.testing.assert_array_equal(b.grad, 2 * w)


def test_the_error_of_a_function_names_its_operands() -> None:
    def picky(x: Any) -> Any:
        raise ValueError("x must be a square")

    function: Any = cg.differentiable(rule, domain=(0, 1))(picky)
    with pytest.raises(ShapeError, match=r"picky of w \(2,\): x must be a square") as caught:
        function(cg.Variable([1.0, 2.0], name="w"))
    assert isinstance(caught.value.__cause__, ValueError)
    assert cg.CompgraphError in type(caught.value).__mro__


# --------------------------------------------------------------------------------------------------- sorting arguments


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "inputs", "params"),
    [
        (np.sum, ("x",), {}, ("x",), {}),
        (np.sum, ("x", 1), {}, ("x",), {"axis": 1}),
        (np.sum, ("x",), {"axis": 1, "keepdims": True}, ("x",), {"axis": 1, "keepdims": True}),
        (np.sum, ("x", 1, None, None, True), {}, ("x",), {"axis": 1, "keepdims": True}),
        (np.sum, ("x", 1), {"dtype": None, "out": None}, ("x",), {"axis": 1}),
        (np.sum, (), {"a": "x", "axis": 1}, ("x",), {"axis": 1}),
        (np.sum, ("x",), {"keepdims": np._NoValue}, ("x",), {}),
        (np.max, ("x", 1, None, True), {}, ("x",), {"axis": 1, "keepdims": True}),
        (np.var, ("x", None, None, None, 1), {}, ("x",), {"axis": None, "ddof": 1}),
        (np.power, ("x", "y"), {}, ("x", "y"), {}),
        (np.clip, ("x",), {}, ("x", None, None), {}),
        (np.clip, ("x", 0), {}, ("x", 0, None), {}),
        (np.clip, ("x",), {"a_max": 1}, ("x", None, 1), {}),
        (np.clip, ("x",), {"min": 0, "max": 1}, ("x", 0, 1), {}),
        (np.concatenate, (["x", "y"], 1), {}, ("x", "y"), {"axis": 1}),
        (np.stack, (), {"arrays": ("x", "y"), "axis": 1}, ("x", "y"), {"axis": 1}),
        (np.reshape, ("x", (2, 3), "F"), {}, ("x",), {"shape": (2, 3), "order": "F"}),
        (np.swapaxes, ("x", 0, 1), {}, ("x",), {"axis1": 0, "axis2": 1}),
    ],
)
def test_arguments_are_sorted_into_inputs_and_parameters(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], inputs: tuple[Any, ...], params: dict[str, Any]
) -> None:
    assert OPS[function].bind(args, kwargs) == (inputs, params)


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "message"),
    [
        (np.sum, ("x",), {"out": 1}, r"sum\(\.\.\., out=\.\.\.\).*a, axis, keepdims"),
        (np.dot, ("x", "y", "z"), {}, "out="),
        (np.where, ("x",), {}, "where without x .*give condition, x, y"),
        (cg.binary_cross_entropy, ("a",), {}, "binary_cross_entropy without y"),
    ],
)
def test_arguments_that_have_no_place(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], message: str
) -> None:
    with pytest.raises(MissingRuleError, match=message):
        OPS[function].bind(args, kwargs)
