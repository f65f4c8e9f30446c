"""SciPy's functions on nodes: that they are there when they are wanted and not before, and what is said of the rest."""

from __future__ import annotations

import inspect
import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import ConversionError, DtypeError, MissingRuleError, MutationError
from compgraph.primitive import OPS, PLAIN
from compgraph.rules.composition import COMPOSED, REASONS, value_of
from compgraph.rules.scipy_loading import load_scipy_rules

special = pytest.importorskip("scipy.special", reason="SciPy is not installed: its functions are not tested")
load_scipy_rules()

TABLES = (OPS, COMPOSED, PLAIN, REASONS)


def public() -> dict[str, Callable[..., Any]]:
    found = {name: getattr(special, name) for name in dir(special) if not name.startswith("_")}
    return {name: f for name, f in found.items() if callable(f) and not inspect.isclass(f)}


# ------------------------------------------------------------------------------------------------------ nothing is left


def test_every_public_ufunc_is_accounted_for() -> None:
    ufuncs = {name: f for name, f in public().items() if isinstance(f, np.ufunc)}
    assert len(ufuncs) > 150
    missing = [name for name, f in ufuncs.items() if not any(f in table for table in TABLES)]
    assert not missing, f"ufuncs of scipy.special without a rule, a composition or a reason: {missing}"


PASSING = {
    "assoc_laguerre": lambda f, x: f(x, 2, 0.5),
    "ivp": lambda f, x: f(1, x),
    "jvp": lambda f, x: f(1, x),
    "kvp": lambda f, x: f(1, x),
    "softplus": lambda f, x: f(x),
    "yvp": lambda f, x: f(1, x),
    "zeta": lambda f, x: f(2, x),
}
"""Functions written in Python that call others, which have rules."""


def test_every_other_public_function_is_accounted_for() -> None:
    functions = {name: f for name, f in public().items() if not isinstance(f, np.ufunc)}
    missing = [n for n, f in functions.items() if n not in PASSING and not any(f in table for table in TABLES)]
    assert not missing, f"functions of scipy.special that nodes pass through neither, nor have a reason: {missing}"


@pytest.mark.parametrize("name", [name for name in PASSING if hasattr(special, name)])
def test_nodes_pass_through_functions_that_call_others(name: str) -> None:
    call = PASSING[name]
    x = cg.Variable([0.7, 1.9])
    node = call(getattr(special, name), x)
    np.testing.assert_array_equal(node.value, call(getattr(special, name), x.value))
    (slope,) = cg.gradients(np.sum(node), [x])
    ahead, behind = (call(getattr(special, name), x.value + h) for h in (1e-6, -1e-6))
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-6, rtol=1e-7)


def test_a_function_is_accounted_for_once() -> None:
    for one, other in ((OPS, PLAIN), (OPS, REASONS), (COMPOSED, PLAIN), (COMPOSED, REASONS), (PLAIN, REASONS)):
        assert not [f.__name__ for f in one if f in other]
    assert not [f.__name__ for f in public().values() if f in OPS and f in COMPOSED]


# ---------------------------------------------------------------------------------------- SciPy comes when it is called


def run(code: str) -> str:
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_without_scipy_nothing_imports_it() -> None:
    code = """
import sys
import numpy as np
import compgraph as cg
assert np.allclose(cg.grad(lambda x: np.sum(np.tanh(x) * cg.sigmoid(x)))(np.ones(3)), 0.45676)
for attempt in (lambda x: np.gcd(x, 2), lambda x: np.frompyfunc(abs, 1, 1)(x), np.asarray):
    try:
        attempt(cg.Variable([1.0]))
    except cg.CompgraphError:
        pass
    else:
        raise AssertionError(attempt)
print([name for name in sys.modules if name.partition(".")[0] == "scipy" or "scipy_special" in name])
"""
    assert run(code).strip() == "[]"


def test_the_rules_are_declared_when_the_first_function_meets_a_node() -> None:
    code = """
import numpy as np
import scipy.special
import compgraph as cg
def declared():
    return scipy.special.expit in cg.OPS
np.exp(cg.Variable(1.0))
before = declared()
y = scipy.special.expit(cg.Variable(0.0))
print(before, y, declared())
"""
    assert run(code).strip() == "False <Node expit 0.5> True"


@pytest.mark.parametrize(
    ("first", "message"),
    [
        (
            "special.expit(x, dtype=np.float32)",
            "scipy.special.expit(dtype=) has no derivative rule on a node; the call",
        ),
        ("special.jv(0, x, dtype=np.float32)", "jv(..., dtype=...) cannot be differentiated"),
        ("special.jv(x, 1.0)", "scipy.special.jv has no derivative in its argument v"),
        ("special.hankel1(0, x)", "scipy.special.hankel1 has no derivative rule: it returns complex numbers"),
        ("special.logsumexp(x)", "write compgraph.logsumexp(node, axis=...)"),
        ("special.beta.reduce(x)", "scipy.special.beta.reduce has no derivative rule"),
    ],
)
def test_the_first_call_may_be_one_that_is_refused(first: str, message: str) -> None:
    code = f"""
import numpy as np
from scipy import special
import compgraph as cg
x = cg.Variable([1.0, 2.0])
try:
    {first}
except cg.CompgraphError as error:
    print(error)
"""
    assert message in run(code)


def test_threads_that_come_at_the_same_time_all_find_the_rules() -> None:
    code = """
import threading
from concurrent.futures import ThreadPoolExecutor
import sys
import scipy.special as special
import compgraph as cg
sys.setswitchinterval(1e-5)
calls = [lambda x: special.wrightomega(x), lambda x: special.jv(1, x), lambda x: special.stdtr(3, x),
         lambda x: special.sici(x)[0], lambda x: special.expit(x), lambda x: special.eval_legendre(3, x)] * 4
together = threading.Barrier(len(calls))
def differentiate(call):
    together.wait()
    return cg.grad(cg.grad(call))(0.5)
with ThreadPoolExecutor(len(calls)) as pool:
    print(len(list(pool.map(differentiate, calls))))
"""
    assert run(code).strip() == "24"


def test_declarations_that_fail_leave_nothing_behind() -> None:
    code = """
import scipy.special as special
import compgraph as cg
from compgraph.rules.composition import COMPOSED, REASONS
tables = cg.OPS, COMPOSED, REASONS
before = [len(table) for table in tables]
x = cg.Variable(0.5)
stdtr = special.stdtr
del special.stdtr
for _ in range(2):
    try:
        special.expit(x)
    except cg.CompgraphError as error:
        print(error)
    assert [len(table) for table in tables] == before
special.stdtr = stdtr
print(special.expit(x).op, special.stdtr(3, x).op, special.jv(0, x).op)
"""
    first, second, third = run(code).strip().splitlines()
    assert first == second
    assert first.startswith("the rules of SciPy's functions do not fit SciPy ")
    assert "stdtr" in first
    assert third == "<Op expit> <Op stdtr> <Op jv>"


def test_an_interrupt_during_the_declarations_is_passed_on_and_leaves_nothing_behind() -> None:
    code = """
import scipy.special as special
import compgraph as cg
from compgraph.rules import scipy_loading
from compgraph.rules.composition import COMPOSED, REASONS
tables = cg.OPS, COMPOSED, REASONS
before = [len(table) for table in tables]
x, bind = cg.Variable(0.5), scipy_loading.importlib.import_module
def interrupted(name):
    module = bind(name)
    if name == scipy_loading.DECLARATIONS:
        raise KeyboardInterrupt
    return module
scipy_loading.importlib.import_module = interrupted
try:
    special.expit(x)
except KeyboardInterrupt:
    print([len(table) for table in tables] == before)
scipy_loading.importlib.import_module = bind
print(special.expit(x).op)
"""
    assert run(code).split() == ["True", "<Op", "expit>"]


def test_under_the_array_api_switch_a_node_is_told_about_it() -> None:
    code = """
import os
os.environ["SCIPY_ARRAY_API"] = "1"
import numpy as np
import scipy.special as special
import compgraph as cg
x = cg.Variable([1.0, 2.0])
for attempt in (lambda: special.airy(x), lambda: np.gcd(x, 2), lambda: np.asarray(x)):
    try:
        attempt()
    except cg.CompgraphError as error:
        print(type(error).__name__, error)
"""
    first, second, third = run(code).strip().splitlines()
    assert "unset it" in first or "airy" in first
    assert second.startswith("MissingRuleError np.gcd has no derivative rule: it is a function of whole numbers")
    assert third.startswith("ConversionError turning a node into a plain array")


# ------------------------------------------------------------------------------------------------------ what is refused

ARRAYS = {
    "comb": lambda f, x: f(x, 2),
    "diric": lambda f, x: f(x, 3),
    "ellip_normal": lambda f, x: f(x, 2.0, 1, 1),
    "factorial": lambda f, x: f(x),
    "log_softmax": lambda f, x: f(x),
    "logsumexp": lambda f, x: f(x, axis=0),
    "multigammaln": lambda f, x: f(x, 2),
    "perm": lambda f, x: f(x, 2),
    "polygamma": lambda f, x: f(1, x),
    "softmax": lambda f, x: f(x, axis=0),
}
"""Functions written in Python, which turn what they are given into arrays."""


@pytest.mark.parametrize("name", ARRAYS)
def test_a_function_that_makes_arrays_says_what_to_write_instead(name: str) -> None:
    function = getattr(special, name)
    with pytest.raises(ConversionError) as caught:
        ARRAYS[name](function, cg.Variable([3.0, 4.0], name="x"))
    assert str(caught.value) == f"scipy.special.{name} would lose the derivative of x (2,): {REASONS[function]}"


def test_what_is_to_be_written_instead_is_the_same() -> None:
    x = np.array([3.5, 4.5])
    close = np.testing.assert_allclose
    close(cg.logsumexp(x), special.logsumexp(x))
    close(cg.softmax(x), special.softmax(x))
    close(cg.log_softmax(x), special.log_softmax(x))
    close((-1) ** 3 * math.factorial(2) * special.zeta(3, x), special.polygamma(2, x))
    d = 3
    by_sum = sum(special.gammaln(x - j / 2) for j in range(d)) + d * (d - 1) / 4 * np.log(np.pi)
    close(by_sum, special.multigammaln(x, d))
    close(special.binom(x, 2), special.comb(x, 2))
    close(special.poch(x - 2 + 1, 2), special.perm(x, 2))
    close(special.gamma(x + 1), special.factorial(x))
    close(np.sin(3 * x / 2) / (3 * np.sin(x / 2)), special.diric(x, 3))
    for mine, theirs in (
        (special.jv, special.spherical_jn),
        (special.yv, special.spherical_yn),
        (special.iv, special.spherical_in),
        (special.kv, special.spherical_kn),
    ):
        factor = np.pi / (2 * x)
        close(np.sqrt(factor) * mine(2.5, x), theirs(2, x))
    close(special.wrightomega(np.log(x)), special.lambertw(x).real)
    y = cg.Variable(x)
    close(value_of(special.erfcx(y)), special.wofz(1j * x).real)


@pytest.mark.parametrize("function", [f for f in public().values() if f in REASONS and isinstance(f, np.ufunc)])
def test_no_ufunc_with_a_reason_lets_a_node_through(function: np.ufunc) -> None:
    for position in range(function.nin):
        args: list[Any] = [1.0] * function.nin
        args[position] = cg.Variable([0.5, 0.7])
        with pytest.raises(MissingRuleError) as caught:
            function(*args)
        assert str(caught.value) == f"scipy.special.{function.__name__} has no derivative rule: {REASONS[function]}"


@pytest.mark.parametrize("call", [special.zeta, lambda x: special.zeta(x, 2.0), special.lambertw])
def test_functions_that_hand_on_to_a_ufunc_refuse_as_it_does(call: Any) -> None:
    with pytest.raises(MissingRuleError, match=r"closed form|complex"):
        call(cg.Variable([2.0, 3.0]))


@pytest.mark.parametrize(
    ("function", "args", "name"),
    [
        (special.jv, (cg.Variable(1.0), 2.0), "v"),
        (special.gammainc, (cg.Variable(1.0), cg.Variable(2.0)), "a"),
        (special.betainc, (1.0, cg.Variable([2.0]), cg.Variable(0.5)), "b"),
        (special.stdtr, (cg.Variable(3.0), [0.5]), "df"),
        (special.hyp2f1, (1.0, 2.0, cg.Variable(3.0), 0.5), "c"),
        (special.eval_legendre, (cg.Variable(3.0), 0.5), "n"),
    ],
)
def test_a_node_where_there_is_no_derivative(function: Any, args: tuple[Any, ...], name: str) -> None:
    with pytest.raises(
        MissingRuleError, match=rf"has no derivative in its argument {name}: .*; give {name} as a plain"
    ):
        function(*args)


def test_writing_into_an_array_is_refused() -> None:
    with pytest.raises(MutationError, match=r"scipy\.special\.expit\(\.\.\., out=\)"):
        special.expit(cg.Variable([1.0, 2.0]), out=np.zeros(2))
    with pytest.raises(MutationError, match=r"scipy\.special\.jv\(\.\.\., out=\)"):
        special.jv(0, cg.Variable([1.0, 2.0]), out=np.zeros(2))


@pytest.mark.parametrize("function", [special.ive, special.jve, special.yve])
def test_a_scaling_by_part_of_a_complex_number_has_no_complex_derivative(function: Any) -> None:
    x = cg.Variable(np.array([1.0 + 1.0j]))
    with pytest.raises(DtypeError, match="complex"):
        cg.gradients(np.sum(np.real(function(1, x))), [x])
