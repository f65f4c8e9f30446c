"""How the commands write shares and distances, on the terminal and in the report alike."""

from __future__ import annotations

from compgraph.notation import raised

__all__ = ["distance", "percent", "power_of_ten"]


def percent(share: float) -> str:
    """A share as a percentage; what is not quite all is never written as all.

    >>> percent(111 / 114), percent(1.0), percent(0.9999)
    ('97.4 %', '100 %', '99.9 %')
    """
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    return f"{min(max(100 * share, 0.1), 99.9):.1f} %"


def distance(size: float) -> str:
    """The size of a difference.

    >>> distance(3.14159e-11), distance(0.0)
    ('3.1e-11', '0')
    """
    return f"{size:.1e}" if size else "0"


def power_of_ten(size: float) -> str:
    """The same as it is written on paper.

    >>> power_of_ten(3.14159e-11), power_of_ten(0.0)
    ('3.1 · 10⁻¹¹', '0')
    """
    mantissa, e, exponent = distance(size).partition("e")
    return f"{mantissa} · 10{raised(str(int(exponent)))}" if e else mantissa
