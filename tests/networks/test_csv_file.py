"""Reading anybody's CSV: every encoding and layout that is understood, and one clear line for each that is not."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.errors import DataError
from compgraph.networks.csv_file import CsvRow, listed, number, quoted, read_csv

# Text as people have it in tables: no NUL, which marks other kinds of file, and no lone surrogates.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
NAMES = TEXT.map(str.strip).filter(bool)


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    header = draw(st.lists(NAMES, min_size=2, max_size=4, unique=True))
    row = st.lists(TEXT, min_size=len(header), max_size=len(header)).filter(lambda cells: any(c.strip() for c in cells))
    return header, draw(st.lists(row, max_size=4))


@given(
    table=tables(),
    separator=st.sampled_from(",;\t"),
    ending=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
)
def test_what_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    table: tuple[list[str], list[list[str]]],
    separator: str,
    ending: str,
    mark: bytes,
) -> None:
    header, rows = table
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    read = read_csv(written(tmp_path_factory.mktemp("csv"), mark + out.getvalue().encode()))
    assert read.header == tuple(header)
    assert [list(row.cells) for row in read.rows] == rows


@given(content=st.one_of(st.binary(max_size=60), st.text(',;"\n\r\té1.ab', max_size=40).map(str.encode)))
def test_any_bytes_are_a_table_or_one_clear_line(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = written(tmp_path_factory.mktemp("csv"), content)
    table, message = None, ""
    try:
        table = read_csv(path)
    except DataError as error:
        message = str(error)
    if table is None:
        assert "\n" not in message
        assert str(path) in message
    else:
        assert table.header
        assert all(len(row.cells) == len(table.header) for row in table.rows)


@pytest.mark.parametrize(
    ("content", "header", "rows"),
    [
        ("a,b\n1,2\n", ("a", "b"), [(2, ("1", "2"))]),
        ("\ufeffa,b\r\n1,2\r\n", ("a", "b"), [(2, ("1", "2"))]),
        ("a,b\r1,2", ("a", "b"), [(2, ("1", "2"))]),
        ('"a, or so","say ""b"""\n"1\n2",3\n4,5\n', ("a, or so", 'say "b"'), [(2, ("1\n2", "3")), (4, ("4", "5"))]),
        ("a;b\n1,5;2\n", ("a", "b"), [(2, ("1,5", "2"))]),
        ('"a, or so";b\n"1,5";2\n', ("a, or so", "b"), [(2, ("1,5", "2"))]),
        ("a\tb\n1\t2\n", ("a", "b"), [(2, ("1", "2"))]),
        ("\n\n a , b \n\n1,2\n,\n3,4", ("a", "b"), [(5, ("1", "2")), (7, ("3", "4"))]),
        ("a,b,\n1,2\n3,4,\n5,6,,\n", ("a", "b"), [(2, ("1", "2")), (3, ("3", "4")), (4, ("5", "6"))]),
        ("a\n1\n", ("a",), [(2, ("1",))]),
    ],
    ids=[
        "plain",
        "BOM and CRLF",
        "CR",
        "quoted",
        "semicolons",
        "a quoted comma",
        "tabs",
        "blank lines",
        "commas at the end",
        "one column",
    ],
)
def test_layouts(
    tmp_path: Path, content: str, header: tuple[str, ...], rows: list[tuple[int, tuple[str, ...]]]
) -> None:
    table = read_csv(written(tmp_path, content))
    assert table.header == header
    assert table.rows == tuple(CsvRow(line, cells) for line, cells in rows)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "table.csv is empty: the first line must hold the column names"),
        ("\n \n,,\n", "table.csv is empty"),
        ("a,b\n1,2\n3\n", "table.csv, line 3: 1 cells where the first line names 2 columns"),
        ("a,b\n1,2\n\n3,4,5\n", "table.csv, line 4: 3 cells where the first line names 2 columns"),
        ('a,b\n"1\n",2\n3\n', "table.csv, line 4: 1 cells"),
        ("a,b,a\n1,2,3\n", "table.csv has more than one column called 'a': give each column its own name"),
        ('a,b\n1,"2\n3,4\n', "table.csv, line 2: not readable as CSV"),
        (b"a,b\n1,caf\xe9\n", r"table.csv, line 2: byte 0xe9 is not UTF-8: save the file as UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "table.csv is UTF-16 text: save it as UTF-8"),
        (b"PK\x03\x04\x00\x00", "table.csv is not a text file"),
    ],
    ids=[
        "empty",
        "blank",
        "short row",
        "long row",
        "line after a cell of two",
        "names",
        "quote",
        "latin-1",
        "utf-16",
        "xlsx",
    ],
)
def test_what_is_no_table(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_csv(written(tmp_path, content))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*nothing.csv: No such file or directory"):
        read_csv(tmp_path / "nothing.csv")
    with pytest.raises(DataError, match=r"cannot read .*: Is a directory"):
        read_csv(tmp_path)
    with pytest.raises(DataError, match="cannot read"):
        read_csv("a\0b")


def test_an_absent_column_lists_those_there_are(tmp_path: Path) -> None:
    table = read_csv(written(tmp_path, "size,kind\n1,M\n"))
    assert table.column("kind") == 1
    with pytest.raises(DataError, match=r"has no column 'Kind'; its columns are: 'size', 'kind'"):
        table.column("Kind")


def test_a_file_without_column_names_is_recognised(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the first line must hold the column names"):
        read_csv(written(tmp_path, "17.99,10.38\n20.57,17.77\n")).column("diagnosis")


def test_many_and_long_names_are_shortened() -> None:
    assert listed([str(i) for i in range(60)]).endswith("'39' and 20 more")
    assert quoted("x" * 100) == repr("x" * 27 + "...")
    assert "\n" not in quoted("a\nb")


@pytest.mark.parametrize("cell", ["", " ", "x", "1,5", "1_000", "inf", "-Infinity", "nan", "0x10", "1 2", "1e999"])
def test_cells_that_hold_no_number(cell: str) -> None:
    assert number(cell) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_cells_that_hold_one(value: float) -> None:
    assert number(f" {value!r} ") == value
