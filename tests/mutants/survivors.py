"""The mutants that no test can tell from the right rule, each with the reason."""

from __future__ import annotations

__all__ = ["SURVIVORS"]

SURVIVORS: dict[str, str] = {
    **{
        f"op heaviside[1] {how}": "the second argument counts only where the first is exactly 0, where the samples "
        "do not go: tests/rules/test_special.py does"
        for how in ("× 1.01", "× -1", "× 0", "cut off")
    },
    "op radian[2] × 1.01": "a second of arc is π / 648000: 1 % of that is less than the tests' tolerance",
    "composition full_like[0] cut off": "of the first argument only the shape is used: its derivative is zero",
}
