"""Parts of complex numbers and what has no derivative at 0; real nodes stay real; what numbers become what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import DtypeError, GradientError
from tests.rules.test_complex import close, slope

POINTS = st.complex_numbers(min_magnitude=0.1, max_magnitude=3.0, allow_nan=False)
PARTS: dict[str, Callable[[Any], Any]] = {
    "abs": np.abs,
    "real": np.real,
    "imag": np.imag,
    "angle": np.angle,
    "sign": lambda z: np.real(np.sign(z) * (1 - 2j)),
    "conj": lambda z: np.real(np.conj(z) ** 2),
}


@pytest.mark.parametrize("name", PARTS)
def test_nothing_flows_from_zero_or_all_of_it(name: str) -> None:
    """At 0 the derivatives of abs, angle and sign are taken to be 0, to second order too."""
    f = PARTS[name]
    expected = {"real": 1.0, "imag": -1j}.get(name, 0.0)
    for zero in (0j, np.array([0j, 1 + 1j])):
        gradient = cg.grad(lambda z: np.sum(f(z)))(zero)
        assert np.ravel(gradient)[0] == expected
        second = cg.grad(lambda z: np.sum(np.abs(cg.grad(lambda z: np.sum(f(z)))(z)) ** 2))(zero)
        assert np.all(np.isfinite(second))


@pytest.mark.parametrize("name", PARTS)
@given(x=st.floats(0.1, 3.0) | st.floats(-3.0, -0.1))
def test_of_real_numbers_all_is_real(name: str, x: float) -> None:
    f = {"sign": np.sign, "conj": np.conj}.get(name, PARTS[name])
    slopes = {"abs": np.sign(x), "real": 1.0, "conj": 1.0}
    for at in (x, np.float32(x), np.array([x, x])):
        node = cg.Variable(at)
        (found,) = cg.gradients(np.sum(f(node)), [node])
        assert np.asarray(found).dtype == np.asarray(at).dtype
        np.testing.assert_array_equal(found, np.full(np.shape(at), slopes.get(name, 0.0)))
        assert cg.gradients(np.sum(f(node) * node), [node])[0].dtype.kind == "f" if node.shape else True
    second = cg.grad(cg.grad(lambda x: np.sum(f(x) * x)))(x)
    assert isinstance(second, float)
    assert second == pytest.approx({"abs": 2 * np.sign(x), "real": 2.0, "conj": 2.0}.get(name, 0.0))


def test_the_parts_of_a_real_node_make_no_complex_numbers() -> None:
    x = cg.Variable([1.0, -2.0])
    assert np.linalg.norm(x).dtype == np.abs(x).dtype == np.conj(x).dtype == np.float64
    graph = cg.Tape(cg.gradients(np.sum(np.abs(x) ** 3), [x], create_graph=True)[0])
    assert all(node.dtype.kind == "f" for node in graph)
    assert not any(node.op is cg.OPS[np.conjugate] for node in graph)


@given(z=POINTS, y=POINTS, x=st.floats(-3.0, -0.3))
def test_powers(z: complex, y: complex, x: float) -> None:
    """Of complex numbers, and of a negative number to a complex power, by base and by exponent."""

    def real_part(base: Any, exponent: Any) -> Any:
        return np.real(base**exponent * (1 - 0.5j))

    away = z if abs(z.imag) > 0.05 or z.real > 0.1 else z + 0.5j  # from the cut
    for base in (np.array([away]), np.array([x])):
        at_base, at_exponent = cg.grad(lambda b, e: np.sum(real_part(b, e)), (0, 1))(base, np.array([y]))
        for found, moving in ((at_base, 0), (at_exponent, 1)):
            expected: Any = 0.0
            for unit in (1.0, 1j) if np.iscomplexobj(found) else (1.0,):
                point = [base, np.array([y])]

                def along(t: float, u: Any = unit, k: int = moving, p: list[Any] = point) -> Any:
                    return real_part(*[v + t * u * (i == k) for i, v in enumerate(p)])

                expected = expected + np.conj(unit) * slope(along)
            close(found, expected, rtol=1e-5)


def test_powers_of_zero_leave_no_nan() -> None:
    z = np.array([0j, 1e-200 + 0j, 1 + 1j])
    for exponent in (2, 1, 0, np.array([2.0, 1.0, 0.0]), np.array([0.0, 0.0, 1j])):
        with np.errstate(all="ignore"):
            assert np.all(np.isfinite(cg.grad(lambda z, e=exponent: np.sum(np.real(z**e)))(z)))


def test_what_numbers_become() -> None:
    assert type(cg.Variable(1 + 2j).value) is np.complex128
    assert (cg.Variable(2.0) * 1j).dtype == np.complex128
    assert (cg.Variable(np.ones(2, np.float32)) * 1j).dtype == np.complex64
    with np.errstate(invalid="ignore"):
        assert np.isnan((cg.Variable(-2.0) ** 0.5).value)
    assert (cg.Variable(-2.0 + 0j) ** 0.5).value == pytest.approx(1j * np.sqrt(2))
    z = cg.Variable(np.array([1 + 2j]))
    assert z.real.dtype == z.imag.dtype == np.float64
    with pytest.raises(DtypeError, match=r"imaginary parts would be lost\); take node\.real, node\.imag or"):
        z.astype(np.float64)
    assert z.astype(np.complex64).dtype == np.complex64
    x = cg.Variable([1.0, 2.0])
    (found,) = cg.gradients(np.sum(np.imag(x.astype(np.complex128) * (1 + 3j))), [x])
    assert (found.dtype, found.tolist()) == (np.float64, [3.0, 3.0])


def test_seeds() -> None:
    z = cg.Variable([1 + 2j, 3.0])
    w = z * z
    w.backward(np.array([1j, 2]))
    np.testing.assert_array_equal(z.grad, [2j * (1 + 2j), 12.0])
    with pytest.raises(GradientError, match=r"the output is complex.*take its real part or its absolute value"):
        np.sum(w).backward()
    with pytest.raises(DtypeError, match="real numbers"):
        np.sum(np.abs(w)).backward(1j)


def test_a_rule_that_is_real_serves_a_complex_tangent() -> None:
    """An op whose rule returns what it is given, real, for an input that is complex."""
    real = cg.differentiable(lambda grad, out, z: grad, domain=(-1, 1), name="my real part")(lambda z: np.real(z))
    try:
        value, tangent = cg.jvp(lambda z: real(z) + 1j * np.imag(z), [1 + 2j], [3 + 4j])
    finally:
        cg.OPS.pop(real)
    assert (value, tangent) == (1 + 2j, 3 + 4j)


def test_the_real_part_of_what_is_real_if_close() -> None:
    z: Any = cg.Variable(np.array([1 + 1e-20j, 2.0]))
    close_: Any = np.real_if_close(z)
    assert close_.dtype == np.float64
    np.testing.assert_array_equal(cg.gradients(np.sum(close_**2), [z])[0], [2.0, 4.0])
    assert np.real_if_close(z * 1j) is not z
    assert np.real_if_close(z * (1 + 1j)).dtype == np.complex128
