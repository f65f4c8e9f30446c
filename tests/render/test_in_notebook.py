"""A node at the end of a notebook's cell."""

from __future__ import annotations

import sys
import warnings
from types import SimpleNamespace

import pytest

import compgraph as cg
from compgraph.node import Node
from compgraph.render import in_notebook, wasm_dot
from tests.render.graphs import lecture


def chain(nodes: int) -> Node:
    x: Node = cg.Variable(0.5, "x")
    for _ in range(nodes - 1):
        x = x * 0.5
    return x


def ipython(*types: str) -> SimpleNamespace:
    shell = SimpleNamespace(display_formatter=SimpleNamespace(active_types=list(types)))
    return SimpleNamespace(get_ipython=lambda: shell)


@pytest.fixture(autouse=True)
def notebook(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", ipython("text/plain", "image/svg+xml"))


def test_a_node_of_a_small_graph_draws_itself(engine):
    J = lecture()
    shown = J._repr_mimebundle_(include=None, exclude=None)
    assert list(shown) == ["image/svg+xml", "text/plain"]
    assert shown["text/plain"] == repr(J)
    assert shown["image/svg+xml"].startswith("<svg")
    assert "dJ/du = 3" in shown["image/svg+xml"]


def test_names_are_those_of_the_notebook(monkeypatch):
    x = cg.Variable(2.0)
    y = x * x
    monkeypatch.setattr(sys.modules["__main__"], "loss_of_the_notebook", y, raising=False)
    assert "loss_of_the_notebook" in y._repr_mimebundle_()["image/svg+xml"]


def test_a_node_of_a_large_graph_is_one_line_and_the_graph_is_not_walked(monkeypatch):
    assert "image/svg+xml" in chain(60)._repr_mimebundle_()
    large = chain(61)
    assert large._repr_mimebundle_() == {"text/plain": repr(large)}
    monkeypatch.setattr(in_notebook, "render", None)
    far = larger = chain(200)
    for _ in range(100):
        far = far.inputs[0]
    del far.inputs  # whoever goes that far fails
    assert larger._repr_mimebundle_() == {"text/plain": repr(larger)}


def test_a_terminal_is_not_drawn_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", ipython("text/plain"))
    J = lecture()
    assert J._repr_mimebundle_() == {"text/plain": repr(J)}


def test_without_graphviz_there_is_a_picture_and_no_warning(no_dot, monkeypatch):
    monkeypatch.setattr(wasm_dot, "available", lambda: False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert "laid out simply" in lecture()._repr_mimebundle_()["image/svg+xml"]
    assert caught == []
