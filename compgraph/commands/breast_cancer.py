"""The Wisconsin diagnostic breast cancer data that the demonstration learns from."""

from __future__ import annotations

from pathlib import Path

from compgraph.errors import DataError

__all__ = ["ATTRIBUTION", "DESCRIPTION", "TARGET", "table_path"]

TARGET = "diagnosis"
"""The column to predict: M (malignant) or B (benign)."""

DESCRIPTION = (
    "The Wisconsin diagnostic breast cancer data: a row is a tumour, the features measure its cell nuclei, "
    "and the diagnosis is M (malignant) or B (benign)."
)
"""What the table holds."""

ATTRIBUTION = (
    "William H. Wolberg, W. Nick Street and Olvi L. Mangasarian, “Breast Cancer Wisconsin (Diagnostic)”, "
    "UCI Machine Learning Repository, 1995, https://doi.org/10.24432/C5DW2B, licensed CC BY 4.0"
)
"""Whose data it is, and under which licence."""

_HERE = Path(__file__).parent
# A wheel carries examples/data inside the package (see pyproject.toml); a checkout has it where people look for it.
_PLACES = (_HERE / "data" / "breast_cancer.csv", _HERE.parents[1] / "examples" / "data" / "breast_cancer.csv")


def table_path() -> Path:
    """Where the table is: 569 rows, 30 features, the diagnosis.

    >>> table_path().name
    'breast_cancer.csv'

    Raises:
        DataError: it is in neither of the places it can be in.
    """
    for path in _PLACES:
        if path.is_file():
            return path
    raise DataError(f"the demonstration's data is missing: neither {_PLACES[0]} nor {_PLACES[1]} is there")
