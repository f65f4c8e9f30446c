"""The graph J = 3(a + bc)"""

from typing import Any

import compgraph as cg


def J(a: float, b: float, c: float) -> Any:
    u = b * c
    v = a + u
    return 3 * v


@cg.gradient_of(J)
def right_to_left(a: Any, b: Any, c: Any) -> Any:
    """dv = 3, da = dv, du = dv, db = c du, dc = b du"""
    dv = 3.0
    da, du = dv, dv
    db, dc = c * du, b * du
    return {"dv": dv, "da": da, "du": du, "db": db, "dc": dc}


def f(a: float) -> Any:
    return 3 * a


@cg.gradient_of(f)
def slope_of_f(a: Any) -> Any:
    """f(a) = 3a has the slope 3"""
    return {"da": 3.0}
