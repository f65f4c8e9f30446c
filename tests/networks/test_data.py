"""From a table's cells to arrays: what becomes a feature, a label, or a line in the report of what was left out."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.errors import DataError
from compgraph.networks.csv_file import CsvFile, CsvRow, read_csv
from compgraph.networks.data import LeftOutColumn, LeftOutRow, Table, features, labelled_table, labels, split

DATA = Path(__file__).parents[2] / "examples" / "data"


def cells(text: str) -> CsvFile:
    """A small table from its text, without a file."""
    header, *rows = [tuple(line.split(",")) for line in text.split()]
    return CsvFile("t.csv", header, tuple(CsvRow(line, row) for line, row in enumerate(rows, start=2)))


def test_a_labelled_table() -> None:
    table = labelled_table(cells("a,kind,b 1,M,10 2,B,20 3,M,30"), "kind")
    assert table.feature_names == ("a", "b")
    np.testing.assert_array_equal(table.X, [[1, 2, 3], [10, 20, 30]])
    np.testing.assert_array_equal(table.Y, [[1, 0, 1]])
    assert (table.target, table.values, table.lines, table.m) == ("kind", ("B", "M"), (2, 3, 4), 3)
    assert (table.left_out_rows, table.left_out_columns) == ((), ())


def test_rows_that_cannot_be_used_are_reported_with_their_line() -> None:
    table = labelled_table(cells("a,b,y 1,2,0 ,2,1 1,x,1 NA,2,0 1,2, 1,inf,1 3,4,1 1,2,?"), "y")
    assert table.lines == (2, 8)
    assert table.left_out_rows == (
        LeftOutRow(3, "'a' is empty"),
        LeftOutRow(4, "'b' is 'x', not a number"),
        LeftOutRow(5, "'a' is missing (NA)"),
        LeftOutRow(6, "'y' is empty"),
        LeftOutRow(7, "'b' is 'inf', not a number"),
        LeftOutRow(9, "'y' is missing (?)"),
    )


def test_columns_that_cannot_be_used_are_reported_by_name() -> None:
    table = labelled_table(cells(",id,name,a,y,empty 0,91,Ann,1,no, 1,92,Bob,2,yes,"), "y", ignore=["id"])
    assert table.feature_names == ("a",)
    assert table.left_out_columns == (
        LeftOutColumn("column 1", "it has no name"),
        LeftOutColumn("id", "it is to be ignored"),
        LeftOutColumn("name", "it holds no number"),
        LeftOutColumn("empty", "it holds no number"),
    )


@pytest.mark.parametrize(
    ("column", "values", "Y"),
    [
        ("M B M", ("B", "M"), [1, 0, 1]),
        ("1 0 1", ("0", "1"), [1, 0, 1]),
        ("10 9 10", ("9", "10"), [1, 0, 1]),
        ("1.0 0 1", ("0", "1.0"), [1, 0, 1]),
        ("-1 1 1", ("-1", "1"), [0, 1, 1]),
        ("yes no no", ("no", "yes"), [1, 0, 0]),
        ("5 x x", ("5", "x"), [0, 1, 1]),
    ],
)
def test_the_value_that_sorts_first_is_the_label_0(column: str, values: tuple[str, str], Y: list[int]) -> None:
    first, second, third = column.split()
    table = labelled_table(cells(f"a,y 1,{first} 2,{second} 3,{third}"), "y")
    assert table.values == values
    np.testing.assert_array_equal(table.Y, [Y])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,y 1,0 2,1", r"t.csv has no column 'z'; its columns are: 'a', 'y'"),
        ("a,z 1,0 2,0", r"must have two values, but 'z' in t.csv has 1 value in the usable rows: '0'"),
        ("a,z 1,0 2,1 3,2", r"has 3 values in the usable rows: '0', '1', '2'"),
        ("a,z " + " ".join(f"1,{i}" for i in range(99)), r"has more than 50 values in the usable rows: '0', .* more"),
        ("a,z 1,0 x,1", r"has 1 value in the usable rows: '0'"),
        ("a,z", r"t.csv has no rows below the column names"),
        ("a,b,z 1,,0 ,2,1", r"t.csv has no row with a number in every column needed; line 2: 'b' is empty"),
        ("a,z x,0 y,1", r"t.csv has no column of numbers besides 'z': 'a', 'z'"),
        ("z 0 1", r"t.csv has no column of numbers besides 'z'"),
    ],
)
def test_tables_that_nothing_can_be_learnt_from(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        labelled_table(cells(text), "z")


def test_only_columns_that_exist_can_be_ignored() -> None:
    table = cells("a,y 1,0 2,1")
    with pytest.raises(DataError, match="no column 'id'"):
        labelled_table(table, "y", ignore=["id"])
    with pytest.raises(DataError, match="'y' is the target and cannot be ignored"):
        labelled_table(table, "y", ignore=["y"])


CELLS = st.one_of(st.sampled_from(["", "0", "1", "M", "B", "nan", "1e308", "x y", "-0.0"]), st.floats().map(repr))


@given(
    header=st.lists(st.sampled_from(["y", "a", "b", "", "c d"]), min_size=1, max_size=5, unique=True),
    data=st.data(),
)
def test_any_cells_are_a_table_or_one_clear_line(header: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.tuples(*[CELLS for _ in header]), max_size=6))
    file = CsvFile("t.csv", tuple(header), tuple(CsvRow(line, row) for line, row in enumerate(rows, start=2)))
    table, message = None, ""
    try:
        table = labelled_table(file, "y")
    except DataError as error:
        message = str(error)
    if table is None:
        assert message
        assert "\n" not in message
        return
    assert table.X.shape == (len(table.feature_names), table.m)
    assert np.all(np.isfinite(table.X))
    assert set(table.Y[0].tolist()) == {0.0, 1.0}
    assert sorted([*table.lines, *(line for line, _ in table.left_out_rows)]) == [row.line for row in file.rows]
    assert len(table.feature_names) + len(table.left_out_columns) + 1 == len(header)
    np.testing.assert_array_equal(labels(file, "y", table.values, table.lines), table.Y)
    again = features(file, table.feature_names)
    kept = np.isin(again.lines, table.lines)
    np.testing.assert_array_equal(again.X[:, kept], table.X)


# ------------------------------------------------------------------------------------------------- for predictions


def test_features_are_found_by_name_in_any_order() -> None:
    found = features(cells("note,b,a x,2,1 y,4,3 z,,5"), ["a", "b"])
    np.testing.assert_array_equal(found.X, [[1, 3], [2, 4]])
    assert found.lines == (2, 3)
    assert found.left_out_rows == (LeftOutRow(4, "'b' is empty"),)


def test_features_that_are_absent_are_named() -> None:
    with pytest.raises(DataError, match=r"t.csv lacks 2 of the 3 columns needed: 'b', 'c'; its columns are: 'a'"):
        features(cells("a 1"), ["a", "b", "c"])
    with pytest.raises(DataError, match="no rows below the column names"):
        features(cells("a"), ["a"])
    with pytest.raises(DataError, match="line 2: 'a' is 'x', not a number"):
        features(cells("a x"), ["a"])


def test_labels_are_nan_where_the_file_does_not_say() -> None:
    known = labels(cells("y 0.0 1 2 no"), "y", ("0", "1"), [2, 3, 4, 5])
    np.testing.assert_array_equal(known, [[0, 1, np.nan, np.nan]])


# -------------------------------------------------------------------------------------------------------- the split


@given(m=st.integers(2, 60), held_out=st.floats(0.01, 0.99), seed=st.integers(0, 2**32))
def test_a_split_keeps_every_row_once(m: int, held_out: float, seed: int) -> None:
    X = np.arange(float(m))[None]
    table = Table(("x",), X, (X % 2), "y", ("even", "odd"), tuple(range(2, m + 2)))
    parts = split(table, held_out, seed)
    assert min(part.m for part in parts) >= 1
    assert abs(parts[1].m - held_out * m) <= 1
    assert sorted(parts[0].lines + parts[1].lines) == list(table.lines)
    for part in parts:
        assert list(part.lines) == sorted(part.lines)
        np.testing.assert_array_equal(part.X, np.array([part.lines]) - 2)
        np.testing.assert_array_equal(part.Y, part.X % 2)
    again = split(table, held_out, seed)
    assert [part.lines for part in again] == [part.lines for part in parts]


def test_another_seed_splits_otherwise() -> None:
    X = np.arange(50.0)[None]
    table = Table(("x",), X, X % 2, "y", ("even", "odd"), tuple(range(50)))
    assert len({split(table, seed=seed)[1].lines for seed in range(5)}) == 5


@pytest.mark.parametrize("held_out", [0.0, 1.0, -0.5, float("nan")])
def test_a_share_is_between_0_and_1(held_out: float) -> None:
    table = Table(("x",), np.zeros((1, 4)), np.zeros((1, 4)), "y", ("a", "b"), (2, 3, 4, 5))
    with pytest.raises(DataError, match="is not between 0 and 1"):
        split(table, held_out)


def test_one_row_cannot_be_split() -> None:
    with pytest.raises(DataError, match="1 usable row cannot be split"):
        split(Table(("x",), np.zeros((1, 1)), np.zeros((1, 1)), "y", ("a", "b"), (2,)))


# ------------------------------------------------------------------------------------------------- the example data


def test_the_breast_cancer_table() -> None:
    table = labelled_table(read_csv(DATA / "breast_cancer.csv"), "diagnosis")
    assert table.X.shape == (30, 569)
    assert table.values == ("B", "M")
    assert int(table.Y.sum()) == 212
    assert table.feature_names[0] == "mean_radius"
    np.testing.assert_array_equal(table.X[:3, 0], [17.99, 10.38, 122.8])
    assert (table.left_out_rows, table.left_out_columns) == ((), ())


def test_the_breast_cancer_table_comes_with_its_attribution() -> None:
    attribution = (DATA / "README.md").read_text(encoding="utf-8")
    for words in ("Wolberg", "Street", "Mangasarian", "10.24432/C5DW2B", "CC BY 4.0", "scikit-learn"):
        assert words in attribution
