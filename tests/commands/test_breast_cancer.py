"""The demonstration's table is found in a checkout and in an installed package, and is the whole of the data."""

from pathlib import Path

import pytest

from compgraph.commands import breast_cancer
from compgraph.commands.breast_cancer import TARGET, table_path
from compgraph.errors import DataError
from compgraph.networks.csv_file import read_csv
from compgraph.networks.data import labelled_table

ROOT = Path(__file__).parents[2]


def test_the_table_is_the_whole_of_the_data() -> None:
    table = labelled_table(read_csv(table_path()), TARGET)
    assert (table.m, len(table.feature_names), table.values) == (569, 30, ("B", "M"))
    assert table.Y.sum() == 212
    assert not table.left_out_rows
    assert not table.left_out_columns


def test_an_installed_package_has_it_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, checkout = breast_cancer._PLACES
    installed = Path("site-packages") / inside.relative_to(ROOT)
    installed.parent.mkdir(parents=True)
    installed.write_bytes(table_path().read_bytes())
    monkeypatch.setattr(breast_cancer, "_PLACES", (installed, Path("nowhere")))
    assert table_path() == installed
    assert checkout == ROOT / "examples" / "data" / "breast_cancer.csv"


def test_where_it_is_missing_the_places_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breast_cancer, "_PLACES", (Path("here"), Path("there")))
    with pytest.raises(DataError, match="neither here nor there is there"):
        table_path()
