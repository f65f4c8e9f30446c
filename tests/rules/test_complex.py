"""Every op and every composition of complex arguments: which of them take such, and that their derivatives are right.

The cotangent of z = x + iy is c = ∂L/∂x - i ∂L/∂y, so it is compared with finite differences in x and in y. A function
takes complex arguments where NumPy's own does: each way of calling that a declaration names is tried, and those that
are refused are listed here, so that none is left out in silence.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph import OPS, Op
from compgraph.errors import DtypeError
from compgraph.primitive import Call
from compgraph.rules.composition import COMPOSED, Composition, value_of
from tests.sampling import PER_OP, SEEDS, apply, following, pieces, shapes_of, spread_over, values

SIZES = dict(zip("abcdefgh", [2, 3, 1, 2, 3, 1, 2, 3], strict=True))
STEP = 1e-3
HEIGHT = 0.4
"""How far test values lie from the real line, which keeps them away from the cuts and the poles of all functions."""

Declaration = Op | Composition


# ------------------------------------------------------------------------------------------ what takes complex numbers


def evaluate(declaration: Declaration, arrays: list[Any], params: dict[str, Any]) -> list[Any]:
    """The results of a call, on arrays or on nodes, free of the phases that are nobody's choice."""
    result = (
        apply(declaration, arrays, params) if isinstance(declaration, Op) else _forward(declaration, arrays, params)
    )
    gauge_free = GAUGE_FREE.get(declaration.name)
    results: list[Any] = parts(result if gauge_free is None else gauge_free(result))
    return results


def _forward(composition: Composition, arrays: list[Any], params: dict[str, Any]) -> Any:
    return composition.forward(*arrays, **params)


def parts(result: Any) -> list[Any]:
    if isinstance(result, (list, tuple)):
        return [part for each in result for part in parts(each)]
    return [result]


def projectors(V: Any) -> Any:
    """Of each column v the matrix v vᴴ, whatever its phase is."""
    return np.expand_dims(V, -2) * np.conjugate(np.expand_dims(V, -3))


def dyads(U: Any, W: Any) -> Any:
    """Of each column u and w the matrix u wᵀ, in which the phases of the two meet."""
    return np.expand_dims(U, -2) * np.expand_dims(W, -3)


GAUGE_FREE: dict[str, Callable[[Any], Any]] = {
    "linalg.eigh": lambda found: (found[0], projectors(found[1])),
    "linalg.eig": lambda found: (found[0], projectors(found[1])),
    "eig_side_by_side": lambda found: (found[..., 0, :], projectors(found[..., 1:, :])),
    "eigh_side_by_side": lambda found: (found[..., 0, :], projectors(found[..., 1:, :])),
    "linalg.svd": lambda found: (
        (dyads(found[0], np.swapaxes(found[2], -1, -2)), found[1]) if isinstance(found, tuple) else found
    ),
    "svd_side_by_side": lambda found: (
        dyads(found[..., : np.shape(found)[-1], :], found[..., np.shape(found)[-1] + 1 :, :]),
        found[..., np.shape(found)[-1], :],
    ),
}
"""The vectors of these may be multiplied by phases: what they are in a test is free of them.

(Those of eig have a phase by LAPACK's own rule, which jumps; test_eigenvalues.py keeps away from where.)
"""


def sample_of(
    declaration: Declaration, call: Call | None, rng: np.random.Generator
) -> tuple[list[Any], dict[str, Any]]:
    """Real arguments and parameters of one way of calling."""
    if call is None:
        assert isinstance(declaration, Op)
        return list(values(declaration, ((2, 3),) * len(declaration.vjps), rng)), {}
    params = {name: following(value, SIZES) for name, value in call.params.items()}
    shapes = shapes_of(call.shapes, SIZES)
    if isinstance(declaration, Op):
        return list(values(declaration, shapes, rng)), params
    arrays = []
    for position, shape in enumerate(shapes):
        interval: Any = declaration.domain[min(position, len(declaration.domain) - 1)]
        arrays.append(spread_over(pieces(interval, declaration.kinks), int(np.prod(shape)), rng).reshape(shape))
    return arrays, params


def lifted(x: Any, rng: np.random.Generator) -> Any:
    """A real array with imaginary parts, none of which is 0 or equal to another."""
    return x + 1j * spread_over([(-HEIGHT, -0.05), (0.05, HEIGHT)], x.size, rng).reshape(x.shape)


class Way(NamedTuple):
    """A way of calling and the positions of the arguments that may be complex in it."""

    call: Call | None
    positions: tuple[int, ...]


def accepts(declaration: Declaration, call: Call | None, positions: tuple[int, ...]) -> bool:
    rng = np.random.default_rng(0)
    arrays, params = sample_of(declaration, call, rng)
    arrays = [lifted(x, rng) if i in positions else x for i, x in enumerate(arrays)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            evaluate(declaration, arrays, params)
        except (TypeError, np.exceptions.ComplexWarning):
            return False
    return True


def calls_of(declaration: Declaration) -> tuple[Call | None, ...]:
    return declaration.calls or (None,)


def _ways(declaration: Declaration) -> tuple[Way, ...]:
    """Every way of calling that takes complex arguments: all of them complex, or each that may be so by itself."""
    found = []
    for call in calls_of(declaration):
        arrays, _ = sample_of(declaration, call, np.random.default_rng(0))
        candidates = tuple([i for i, x in enumerate(arrays) if x.dtype != bool])
        if not accepts(declaration, call, candidates):
            candidates = tuple([i for i in candidates if len(candidates) > 1 and accepts(declaration, call, (i,))])
        if candidates:
            found.append(Way(call, candidates))
    return tuple(found)


def of_numbers(declaration: Declaration) -> bool:
    """Whether it is one of NumPy's functions or of those that stand for them: no activation, no loss, none of SciPy's.

    Those are functions of real numbers.
    """
    module = getattr(declaration.function, "__module__", None) or ""
    elsewhere = ("compgraph.rules.activation", "compgraph.rules.scipy")
    return module.startswith(("numpy", "_operator", "compgraph.rules.")) and not module.startswith(elsewhere)


EVERYTHING: list[Declaration] = [*OPS.values(), *COMPOSED.values()]
DECLARATIONS = [d for d in EVERYTHING if of_numbers(d)]
WAYS = {id(d): _ways(d) for d in DECLARATIONS}


def ways(declaration: Declaration) -> tuple[Way, ...]:
    return WAYS.get(id(declaration)) or _ways(declaration)


TAKING = [d for d in DECLARATIONS if ways(d)]
taking_complex = pytest.mark.parametrize("declaration", TAKING, ids=lambda d: d.name)

REFUSED = (
    "arctan2 astype bincount cast cbrt ceil copysign deg2rad degrees divmod fabs fft.ihfft fft.rfft "
    "fft.rfft2 fft.rfftn fix floor floor_divide fmod frexp heaviside hypot i0 ldexp logaddexp logaddexp2 "
    "modf nanpercentile nanquantile nextafter percentile quantile rad2deg radians remainder trunc unwrap"
)


def test_which_functions_refuse_complex_numbers() -> None:
    assert {d.name for d in DECLARATIONS if not ways(d)} == set(REFUSED.split(" "))


@pytest.mark.parametrize("declaration", [d for d in DECLARATIONS if not ways(d)], ids=lambda d: d.name)
def test_a_refusal_says_what_to_do(declaration: Declaration) -> None:
    rng = np.random.default_rng(0)
    arrays, params = sample_of(declaration, calls_of(declaration)[0], rng)
    nodes = [cg.Variable(lifted(x, rng)) if x.dtype != bool else x for x in arrays]
    with pytest.raises(DtypeError, match=r"real"):
        evaluate(declaration, nodes, params)


# --------------------------------------------------------------------------------------------------------- derivatives


class Drawn(NamedTuple):
    """Arguments of a call, some of them complex and some of them real, and its parameters."""

    declaration: Declaration
    arrays: list[Any]
    places: list[int]
    params: dict[str, Any]

    def results(self, given: list[Any]) -> list[Any]:
        arguments = list(self.arrays)
        for i, x in zip(self.places, given, strict=True):
            arguments[i] = x
        return [p for p in evaluate(self.declaration, arguments, self.params) if kind(p) in "fc"]

    def loss_along(self, direction: list[Any], weights: list[Any]) -> Callable[[float], Any]:
        return lambda t: loss(self.results(moved(self.given, direction, t)), weights)

    @property
    def given(self) -> list[Any]:
        return [self.arrays[i] for i in self.places]


def kind(part: Any) -> str:
    return np.asarray(value_of(part)).dtype.kind if part is not None else "none"


@st.composite
def draws(draw: st.DrawFn, declaration: Declaration, mixed: bool = True) -> Drawn:
    call, positions = draw(st.sampled_from(ways(declaration)))
    rng = np.random.default_rng(draw(SEEDS))
    arrays, params = sample_of(declaration, call, rng)
    complex_ones = positions
    if mixed and len(positions) > 1:
        some = tuple(sorted(draw(st.sets(st.sampled_from(positions), min_size=1))))
        complex_ones = some if accepts(declaration, call, some) else positions  # NumPy puts none into a real array
    arrays = [lifted(x, rng) if i in complex_ones else x for i, x in enumerate(arrays)]
    return Drawn(declaration, arrays, [i for i, x in enumerate(arrays) if x.dtype != bool], params)


def random_like(x: Any, rng: np.random.Generator) -> Any:
    """Weights or a direction: complex for a complex array, real for a real one."""
    size = rng.uniform(0.5, 1.5, np.shape(x))
    return size * np.exp(1j * rng.uniform(0, 2 * np.pi, np.shape(x))) if kind(x) == "c" else size * rng.choice([-1, 1])


def pairing(c: Any, z: Any) -> Any:
    """Re Σ c z, on arrays and on nodes."""
    total = np.sum(c * z)
    return np.real(total) if kind(total) == "c" else total


def slope(f: Callable[[float], Any]) -> Any:
    """The derivative at 0: central differences, extrapolated to a step of zero."""

    def central(h: float) -> Any:
        return (f(h) - f(-h)) / (2 * h)

    return (4 * central(STEP / 2) - central(STEP)) / 3


def close(actual: Any, expected: Any, rtol: float = 1e-6) -> None:
    assert np.all(np.isfinite(expected)), f"the sample is no use: expected {expected}"
    assert np.shape(actual) == np.shape(expected)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=rtol * (1 + np.max(np.abs(expected), initial=0.0)))


def loss(results: list[Any], weights: list[Any]) -> Any:
    return sum(pairing(w, part) for w, part in zip(weights, results, strict=True))


def moved(given: list[Any], direction: list[Any], t: float) -> list[Any]:
    return [x + t * v for x, v in zip(given, direction, strict=True)]


@taking_complex
@PER_OP
@given(data=st.data())
def test_the_value_is_that_of_numpy(declaration: Declaration, data: st.DataObject) -> None:
    drawn = data.draw(draws(declaration))
    expected = drawn.results(drawn.given)
    for part, array in zip(drawn.results([cg.Variable(x) for x in drawn.given]), expected, strict=True):
        assert (np.shape(part), np.asarray(value_of(part)).dtype) == (np.shape(array), np.asarray(array).dtype)
        np.testing.assert_allclose(value_of(part), array, rtol=1e-12, atol=1e-12)


@taking_complex
@PER_OP
@given(data=st.data(), seed=SEEDS)
def test_first_derivatives(declaration: Declaration, data: st.DataObject, seed: int) -> None:
    """By every real and every imaginary part; the gradient of a real argument is real."""
    drawn = data.draw(draws(declaration))
    rng = np.random.default_rng(seed)
    weights = [random_like(part, rng) for part in drawn.results(drawn.given)]
    variables = [cg.Variable(x) for x in drawn.given]
    found = cg.gradients(loss(drawn.results(variables), weights), variables)
    for position, (x, gradient) in enumerate(zip(drawn.given, found, strict=True)):
        expected = np.zeros(x.shape, x.dtype)
        for index in np.ndindex(x.shape):
            for unit in (1.0, 1j) if kind(x) == "c" else (1.0,):
                direction = [np.zeros(a.shape, a.dtype) for a in drawn.given]
                direction[position][index] = unit
                expected[index] += np.conjugate(unit) * slope(drawn.loss_along(direction, weights))
        assert np.asarray(gradient).dtype == x.dtype
        close(gradient, expected)


@taking_complex
@PER_OP
@given(data=st.data(), seed=SEEDS)
def test_second_derivatives(declaration: Declaration, data: st.DataObject, seed: int) -> None:
    """The gradient of ⟨∇L, v⟩, against the change of ∇L along v."""
    drawn = data.draw(draws(declaration))
    rng = np.random.default_rng(seed)
    direction = [random_like(x, rng) for x in drawn.given]
    weights = [random_like(part, rng) for part in drawn.results(drawn.given)]

    def gradient(at: list[Any], create_graph: bool = False) -> tuple[list[Any], list[cg.Node]]:
        variables = [cg.Variable(x) for x in at]
        return cg.gradients(loss(drawn.results(variables), weights), variables, create_graph=create_graph), variables

    first, variables = gradient(drawn.given, create_graph=True)
    along = sum(pairing(g, v) for g, v in zip(first, direction, strict=True))
    for i, second in enumerate(cg.gradients(along, variables)):
        close(second, slope(lambda t: gradient(moved(drawn.given, direction, t))[0][i]))  # noqa: B023


@taking_complex
@PER_OP
@given(data=st.data(), seed=SEEDS)
def test_forward_mode(declaration: Declaration, data: st.DataObject, seed: int) -> None:
    """The tangent is the change along the direction, and Re ⟨w, J t⟩ = Re ⟨Jᵀw, t⟩."""
    drawn = data.draw(draws(declaration))
    rng = np.random.default_rng(seed)
    tangents = [random_like(x, rng) for x in drawn.given]
    count = len(drawn.results(drawn.given))
    for k in range(count):

        def f(*given_: Any, k: int = k) -> Any:
            return drawn.results(list(given_))[k]

        if not isinstance(f(*[cg.Variable(x) for x in drawn.given]), cg.Node):
            continue
        value, tangent = cg.jvp(f, drawn.given, tangents)
        assert (np.shape(tangent), np.asarray(tangent).dtype) == (np.shape(value), np.asarray(value).dtype)
        close(tangent, slope(lambda t: drawn.results(moved(drawn.given, tangents, t))[k]))  # noqa: B023
        w = random_like(value, rng)
        pulled = cg.vjp(f, *drawn.given)[1](w)
        right = sum(pairing(p, t) for p, t in zip(pulled, tangents, strict=True))
        close(pairing(w, tangent), right, rtol=1e-9)


@taking_complex
@PER_OP
@given(data=st.data(), seed=SEEDS)
def test_single_precision(declaration: Declaration, data: st.DataObject, seed: int) -> None:
    """complex64 stays complex64, in values and in gradients, and nothing is written to."""
    drawn = data.draw(draws(declaration, mixed=False))
    single = [x.astype(np.complex64 if kind(x) == "c" else np.float32) for x in drawn.given]
    try:
        expected = drawn.results(single)
    except ValueError:  # a parameter array of double precision that the call was declared with
        return
    variables = [cg.Variable(x) for x in single]
    before = [x.tobytes() for x in single]
    results = drawn.results(variables)
    for part, array in zip(results, expected, strict=True):
        assert np.asarray(value_of(part)).dtype == np.asarray(array).dtype
        close(value_of(part), array, rtol=1e-4)
    rng = np.random.default_rng(seed)
    weights = [random_like(part, rng) for part in expected]
    narrow = [w.astype(np.asarray(part).dtype) for w, part in zip(weights, expected, strict=True)]
    found = cg.gradients(loss(results, narrow), variables)
    exact = [cg.Variable(x.astype(np.complex128 if kind(x) == "c" else np.float64)) for x in single]
    reference = cg.gradients(loss(drawn.results(exact), weights), exact)
    again = cg.gradients(loss(results, narrow), variables, create_graph=True)
    for x, gradient, node, wanted in zip(single, found, again, reference, strict=True):
        assert np.asarray(gradient).dtype == node.dtype == x.dtype
        close(gradient, wanted, rtol=1e-3)
        close(node.value, wanted, rtol=1e-3)
    assert [x.tobytes() for x in single] == before


def test_a_conjugate_that_is_missing_is_found() -> None:
    """The rule of |z|² without its conjugate passes on the real line and fails off it."""
    forgotten = cg.differentiable(lambda grad, out, z: 2 * grad * z, domain=(0.5, 2), name="forgotten")(
        lambda z: np.real(z) ** 2 + np.imag(z) ** 2
    )
    try:
        x = cg.Variable(1.5)
        assert cg.gradients(forgotten(x), [x]) == [3.0]
        drawn = Drawn(OPS[forgotten], [np.array([1.0 + 0.3j, 2.0 - 0.1j])], [0], {})

        class Data:
            def draw(self, strategy: Any) -> Drawn:
                return drawn

        for test in (test_first_derivatives, test_forward_mode):
            with pytest.raises(AssertionError, match="Not equal to tolerance"):
                test.hypothesis.inner_test(OPS[forgotten], Data(), 0)
    finally:
        del OPS[forgotten]
