"""J = 3(a + bc): the derivatives by the chain rule, and the nudges that see the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.commands.graph_of_j import NUDGE, graph_of_J

NUMBERS = st.floats(-1000, 1000).map(lambda x: round(x, 6))


def test_the_course_s_numbers() -> None:
    found = graph_of_J()
    assert found.J == 33
    assert {node.name: (node.value, node.derivative) for node in found.nodes} == {
        "v": (11, 3), "a": (5, 3), "u": (6, 3), "b": (3, 6), "c": (2, 9),
    }  # fmt: skip
    assert {node.name: (node.nudged, round(node.J, 9)) for node in found.nodes} == {
        "v": (11.001, 33.003), "a": (5.001, 33.003), "u": (6.001, 33.003), "b": (3.001, 33.006), "c": (2.001, 33.009),
    }  # fmt: skip


@given(NUMBERS, NUMBERS, NUMBERS)
def test_derivatives_and_nudges_agree_everywhere(a: float, b: float, c: float) -> None:
    found = graph_of_J(a, b, c)
    J = 3 * (a + b * c)
    assert found.J == J
    assert [node.derivative for node in found.nodes] == [3, 3, 3, 3 * c, 3 * b]
    assert found.agreeing == 5
    for node in found.nodes:
        assert node.nudged - node.value == pytest.approx(NUDGE, rel=1e-6)
        moved = node.J - found.J
        assert moved == pytest.approx(node.derivative * NUDGE, abs=found.rounding)


def test_a_wrong_derivative_does_not_agree() -> None:
    found = graph_of_J()
    wrong = found.nodes[1]._replace(derivative=3.000001)
    assert found._replace(nodes=(found.nodes[0], wrong)).agreeing == 1


def test_the_picture_has_the_names_values_and_derivatives() -> None:
    text = graph_of_J().picture.dot
    for line in ("u = b × c", "v = a + u", "J = 3 × v", "dJ/dc = 9", "33"):
        assert line in text
