"""Every op and composition in every way of calling it, against its counterpart in PyTorch and in JAX.

Values, gradients and products with the Hessian, in double precision. Where an oracle has no counterpart, or cannot
differentiate it twice, that is listed below; what is not listed has to agree, and what is listed has to be without.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracles.agreement import difference
from tests.oracles.calls import DECLARED, programs, ways
from tests.oracles.engines import by_compgraph, by_jax, by_torch, missing

ALL = "all"


def each(names: str) -> dict[str, str]:
    """All ways of calling these."""
    return dict.fromkeys([name.strip() for name in names.split("|")], ALL)


WITHOUT: dict[str, dict[str, Any]] = {
    "torch": {
        **each("""
            abs2 | imag | binary_cross_entropy | embed | contract | log_abs_det | sign_of_det | eigh_side_by_side |
            svd_side_by_side | qr_side_by_side | eig_side_by_side | floor_divide | cbrt | convolve_fully | sinc_slope |
            bessel_i | heaviside | at.set | at.add | real_if_close | array | vander | nanprod | nanvar | nanstd | nanmax
            | nanmin | nancumsum | nancumprod | cumulative_sum | cumulative_prod | ediff1d | linalg.eig | linalg.eigvals
            | block | append | delete | insert | pad | compress | sort_complex | partition | unique | trim_zeros |
            select | choose | piecewise | bincount | matvec | vecmat | cross | rollaxis | resize | convolve | correlate
            | interp | linspace | logspace | geomspace | polyval | polyadd | polysub | polymul | polyder | polyint |
            apply_along_axis | modf | divmod | frexp | unwrap | median | percentile | nanmedian | nanquantile |
            nanpercentile | ptp | average | sum (further calls) | mean (further calls) | prod (further calls) |
            max (further calls) | min (further calls) | var (further calls) | std (further calls)
        """),
        "angle": (1,),
        "softmax": (4, 5),
        "log_softmax": (4, 5),
        "gradient": (1, 5),
        "linalg.cond": (2, 3),
        "take": (3, 4),
        "meshgrid": (2,),
        "float_power": (2,),
        "quantile": (2, 3, 5),
        "cov": (2, 3),
        "corrcoef": (1,),
    },
    "jax": {
        **each("""
            abs2 | binary_cross_entropy | embed | contract | log_abs_det | sign_of_det | eigh_side_by_side |
            svd_side_by_side | qr_side_by_side | eig_side_by_side | convolve_fully | sinc_slope | bessel_i | nextafter |
            at.set | at.add | real_if_close | array | linalg.eig | linalg.eigvals | compress | partition | unique |
            trim_zeros | piecewise | apply_along_axis
        """),
        "gradient": (4, 5),
        "fft.fftn": (2,),
        "fft.ifftn": (2,),
        "fft.rfftn": (2,),
        "fft.irfftn": (2,),
        "split": (2,),
        "quantile": (3, 5),
        "percentile": (3, 5),
    },
}
"""By name, the ways without a counterpart, by their place in the declaration; or all of them."""

ENGINES = {"torch": by_torch, "jax": by_jax}
REPEATED = {"torch": 4, "jax": 1}
"""At so many random points; JAX compiles for each."""


@pytest.mark.parametrize("name", DECLARED)
@pytest.mark.parametrize("oracle", ENGINES)
def test_the_counterpart_agrees(oracle: str, name: str) -> None:
    if reason := missing(oracle):
        pytest.skip(reason)
    forms = ways(DECLARED[name])
    without = []
    for place, way in enumerate(forms):
        for program in programs(name, way, REPEATED[oracle]):
            ours = by_compgraph(program)
            try:
                theirs = ENGINES[oracle](program, True)
            except Exception:  # whatever an oracle says where it has no such function; the list tells where that may be
                without.append(place)
                break
            assert difference(ours, theirs) == "", way
    expected = WITHOUT[oracle].get(name, ())
    assert without == list(range(len(forms)) if expected == ALL else expected)


def test_the_list_names_only_what_is_declared() -> None:
    for listed in WITHOUT.values():
        assert set(listed) <= set(DECLARED)


def test_most_have_a_counterpart() -> None:
    assert len(DECLARED) > 250
    for listed in WITHOUT.values():
        assert sum(places == ALL for places in listed.values()) < len(DECLARED) / 3
