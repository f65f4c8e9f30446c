"""The functions for networks and their gradients, against mpmath: at most 4 units in the last place off."""

from __future__ import annotations

import numpy as np
import pytest

from tests.oracles.accuracy import MEASURES, Measure, limits_of_the_page, measured, mp, ulp

GOAL = 4.0


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_no_worse_than_documented(measure: Measure) -> None:
    with np.errstate(under="ignore"):
        worst, where = measured(measure)
    assert worst <= min(limits_of_the_page()[measure.name], GOAL), f"{worst} ulp at {where}"


def test_the_page_has_every_function_and_no_other() -> None:
    assert list(limits_of_the_page()) == [measure.name for measure in MEASURES]


def test_units_in_the_last_place() -> None:
    for x in (1.0, 1.5, 2.0, 0.1, 1e-300, 1e300, 5e-324, 1e-310, 2.0**-1022):
        assert float(ulp(mp.mpf(x))) == np.spacing(x)
    assert float(ulp(mp.mpf(0))) == 5e-324


def test_a_lost_digit_is_measured() -> None:
    points = np.array([[0.5], [3.0]])
    exact = Measure("exact", lambda x: x[:, 0], lambda x: x, points)
    assert measured(exact)[0] == 0.0
    off = Measure("off", lambda x: x[:, 0] * (1 + 8 * np.finfo(float).eps), lambda x: x, points)
    worst, where = measured(off)
    assert worst == 12.0
    assert where == (3.0,)
