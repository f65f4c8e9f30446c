"""The report as plain text: it fits, it says everything, and nothing in it can upset a terminal."""

import math
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import compgraph as cg
from compgraph.check.columns import shortened, width, wrapped
from compgraph.check.report import Comparison
from compgraph.check.report_cells import entry, index, inherited, magnitude, number, verdict
from compgraph.check.report_text import text
from compgraph.check.verdicts import BOTH_DIFFER, KINK
from tests.check.reports import TEXTS, comparisons, complex_row, explained, ordinary, row

REPORT = """\
     shape  at       autodiff      manual     numeric  |a-m|   /max   ulp  verdict
---  -----  -----  ----------  ----------  ----------  -----  -----  ----  ---------------------
dW2  (1,4)  [0,0]   0.0012573   0.0012573   0.0012573      0      0     0  right: 16 digits
db2  (1,1)  [0,0]  -0.0053567  -0.0053567  -0.0053567  9e-19  2e-16  0.73  right: 15 digits
dZ1  (4,6)  [1,1]    -0.02325   -0.030225    -0.02325  0.007   0.23  1e15  wrong: the slip
dW1  (4,2)  [0,1]   -0.010096   -0.013125   -0.010096  0.003   0.23  1e15  wrong: inherited
db1  (4,1)         -0.0012961              -0.0012961                      wrong: has shape (4,)

dZ1, the first wrong step: manual dZ1 lacks an elementwise factor, the derivative of A1 = tanh(Z1):
     multiply by tanh'(Z1) = 1 - A1**2
     or: manual dZ1 is the gradient with respect to A1 and not to Z1: multiply by dA1/dZ1
db1: manual db1 has lost an axis: keepdims=True
dW1: wrong only because of the slip in dZ1

The slopes of dZ1 were taken along random directions; compare(..., entries='all') takes each of its
24."""


def test_the_whole_report() -> None:
    assert text(ordinary()) == REPORT


@given(comparison=comparisons(), columns=st.sampled_from([40, 60, 80, 100]))
def test_no_line_is_wider_than_asked_for(comparison: Comparison, columns: int) -> None:
    for line in text(comparison, columns).split("\n"):
        assert cell_len(line) <= columns  # as rich counts columns, which knows nothing of compgraph's count
        assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in line)
        assert not set(line) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
        assert line == line.rstrip(" ")


@given(comparison=comparisons())
def test_a_hundred_columns_unless_asked_otherwise(comparison: Comparison) -> None:
    assert text(comparison) == text(comparison, 100)


@given(comparison=comparisons())
def test_every_verdict_and_every_remark_is_told(comparison: Comparison) -> None:
    said = "".join(text(comparison).split())
    for each in comparison.rows:
        assert "".join(each.verdict.split()) in said
        assert "".join(verdict(each)[0].removeprefix(each.verdict).lstrip(":, ").split())[:200] in said or each.step


@pytest.mark.parametrize("columns", [60, 80])
def test_on_a_narrow_screen_the_values_stand_in_a_second_table(columns: int) -> None:
    judged, values, explanations, _ = text(ordinary(), columns).split("\n\n")
    assert judged.split("\n")[0].split() == ["shape", "at", "|a-m|", "/max", "ulp", "verdict"]
    assert values.split("\n")[0].split() == ["autodiff", "manual", "numeric"]
    assert [line.split()[0] for line in values.split("\n")[2:]] == ["dW2", "db2", "dZ1", "dW1", "db1"]
    assert explanations.startswith("dZ1, the first wrong step: manual dZ1")


def test_a_long_name_and_a_long_shape_are_shortened_in_the_table_and_the_name_is_whole_beneath_it() -> None:
    name = "d_loss_by_d_weights_of_layer_3_of_the_encoder"
    x = np.full((100, 3, 5, 8, 7), 1.0)
    said = text(Comparison([row(name, -x * 1e-300, x * 1e-300, explanations=(explained("change the sign", "sign"),))]))
    table, _, beneath = said.partition("\n\n" + name)
    assert beneath == ": change the sign"
    assert "wrong" in table
    assert name not in table


def test_of_many_explanations_the_first_three_are_told_in_order() -> None:
    said = text(Comparison([row("dw", 1.0, 2.0, explanations=tuple(explained(f"reason {n}") for n in range(5)))]))
    assert said.split("\n\n")[1] == "dw: reason 0\n    or: reason 1\n    or: reason 2"


def test_a_remark_that_is_too_long_for_the_table_stands_beneath_it() -> None:
    remark = "Z1[3,1] = 1e-9 lies within the step of the kink of relu; at a point beside it the gradient is right"
    said = text(Comparison([row("dw", 1.0, 1.0, KINK, remark=remark, explanations=(explained("because"),))]))
    table, beneath = said.split("\n\n")
    assert table.endswith("inconclusive: kink")
    assert beneath == f"dw: {remark[:-6]}\n    right\n    because"
    assert text(Comparison([row("dw", 1.0, 1.0, BOTH_DIFFER, remark="random")])).endswith("from numeric: random")


def test_a_single_slip_is_the_first_wrong_step() -> None:
    one, other = (row(name, 1.0, 2.0, step="slip", explanations=(explained(name),)) for name in ("dZ", "db"))
    assert text(Comparison([one])).endswith("dZ, the first wrong step: dZ")
    assert text(Comparison([one, other])).endswith("dZ, a wrong step of its own: dZ\ndb, a wrong step of its own: db")


def test_what_explains_several_rows_is_said_once() -> None:
    rows = [row(name, 1.0, 2.0, explanations=(explained("divide by m"),)) for name in ("dW", "db")]
    assert text(Comparison(rows)).endswith("\n\ndW, db: divide by m")


def test_what_is_inherited_is_told_in_one_sentence_unless_something_else_explains_it() -> None:
    slip, one, other = (
        row(name, 1.0, 2.0, step=step) for name, step in (("dZ", "slip"), ("dW", "inherited"), ("db", "inherited"))
    )
    assert inherited([slip, one, other]) == "dW, db: wrong only because of the slip in dZ"
    assert inherited([slip, slip, one]) == "dW: wrong only because of a slip before"
    one.explanations = (explained("and a sign"),)
    assert inherited([slip, one]) == ""
    assert inherited([slip]) == ""


def test_a_wrong_entry_is_shown_to_as_many_digits_as_tell_it_apart() -> None:
    near = row("dw", [1.0, 2.0], [1.0, 2.0 * (1 + 3e-9)], "wrong")
    assert entry(near, 17) == ("2", "2.000000006", "2")
    assert entry(near) == ("2", "2", "2")
    assert entry(row("dw", 1 / 3, 1 / 3, "right"), 17).autodiff == "0.33333"


def test_entries_that_are_not_there_or_not_known_are_left_out() -> None:
    assert entry(row("dw", np.zeros((0, 3)), np.zeros((0, 3)))) == ("", "", "")
    assert entry(row("dw", [1.0, 2.0], [1.0])) == ("1", "", "1")
    assert entry(row("dw", 1.0, 1.0, numeric=np.array(np.nan))) == ("1", "1", "")
    assert entry(row("dw", np.float32(0.1), np.float32(np.nan))) == ("0.1", "nan", "0.1")
    assert entry(complex_row("dw", [1 + 2j], [-3e-200j])) == ("1+2j", "0-3e-200j", "1+2j")


@given(x=st.floats(), digits=st.integers(1, 17))
def test_a_number_reads_back_to_its_digits(x: float, digits: int) -> None:
    back = float(number(x, digits))
    assert back == float(f"{x:.{digits}g}") or (math.isnan(x) and math.isnan(back))
    assert "e+" not in number(x, digits)
    assert number(x, digits) != "-0"


@given(x=st.floats(0, 9e307) | st.just(math.inf))
def test_a_magnitude_is_short_and_right_to_a_digit(x: float) -> None:
    said = magnitude(x)
    assert len(said) <= 6
    assert float(said) == pytest.approx(x, rel=0.5, abs=5e-324)


@given(numbers=st.lists(st.integers(0, 10**12), max_size=8), columns=st.integers(3, 40))
def test_an_index_is_cut_only_where_it_must(numbers: list[int], columns: int) -> None:
    whole = str(tuple(numbers)).replace(" ", "")
    said = index(numbers, columns=columns)
    assert len(said) <= max(columns, 3) or len(numbers) == 1
    assert said == whole or ("…" in said and len(whole) > columns) or len(numbers) == 1


@given(words=TEXTS, columns=st.integers(12, 60))
def test_text_is_wrapped_and_shortened_to_columns(words: str, columns: int) -> None:
    words = " ".join(words.replace("\n", " ").split())
    found = wrapped(words, columns, first="name: ", rest="  ")
    assert all(width(line) <= columns for line in found)
    assert "".join(found).replace(" ", "") == "name:" + words.replace(" ", "")
    assert width(shortened(words, columns)) <= columns
    assert shortened(words, max(3, width(words))) == words


def test_nothing_compared_is_a_table_without_rows() -> None:
    assert text(Comparison([])).split("\n")[0].split()[0] == "shape"


def test_a_real_comparison_is_reported() -> None:
    found = cg.compare(
        lambda W, b: np.sum((W @ b) ** 2),
        {"W": np.ones((2, 3)), "b": np.ones(3)},
        {"W": np.ones((2, 3)), "b": np.ones((3, 1))},
    )
    said = text(found)
    assert all(len(line) <= 100 for line in said.split("\n"))
    assert said.count("wrong") >= 2
