"""The table of docs/oracles.md says what the engines do, as measured now."""

from __future__ import annotations

import pytest

from tests.oracles.conventions import CASES, COLUMNS, MODULES, measured, shown
from tests.oracles.engines import missing


def cells() -> dict[str, dict[str, str]]:
    head, _, *lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in shown().splitlines()]
    return {line[0].strip("`"): dict(zip(head[1:], line[1:], strict=True)) for line in lines}


def test_the_table_is_complete() -> None:
    assert list(cells()) == [case.text for case in CASES]
    assert all(list(row) == list(COLUMNS) for row in cells().values())


@pytest.mark.parametrize("column", COLUMNS)
def test_the_table_says_what_is_measured(column: str) -> None:
    if reason := missing(MODULES[column]):
        pytest.skip(reason)
    found = {case.text: measured(column, case) for case in CASES}
    assert {text: row[column] for text, row in cells().items()} == found
