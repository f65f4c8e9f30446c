"""A trained network as a file: it comes back the same, and no other file passes for one."""

import io
import os
import pickle
import stat
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.errors import DataError
from compgraph.networks import files
from compgraph.networks.files import load, save
from compgraph.networks.initialise import random_two_layer
from compgraph.networks.model import Model
from compgraph.networks.standardise import Scale


def model(n_x: int = 2, n_h: int = 3, dtype: str = "float64", activation: str = "tanh") -> Model:
    scale = Scale(np.arange(float(n_x))[:, None], np.full((n_x, 1), 2.0))
    names = tuple(f"größe {i}" for i in range(n_x))
    parameters = random_two_layer(n_x, n_h, seed=1, dtype=dtype)
    return Model(parameters, activation, names, scale, "diagnosis", ("B", "M"), np.array([0.7, 0.5, 0.25]))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "model.npz"
    save(model(), path)
    return path


@pytest.fixture
def entries(saved: Path) -> dict[str, Any]:
    with np.load(saved, allow_pickle=False) as arrays:
        return dict(arrays)


# ----------------------------------------------------------------------------------------------------- there and back


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ["tanh", "leaky_relu"])
@pytest.mark.parametrize(("n_x", "n_h"), [(1, 1), (4, 2)])
def test_a_model_comes_back_the_same(tmp_path: Path, n_x: int, n_h: int, dtype: str, activation: str) -> None:
    original = model(n_x, n_h, dtype, activation)
    save(original, tmp_path / "model.npz")
    again = load(tmp_path / "model.npz")
    for got, want in zip((*again.parameters, *again.scale), (*original.parameters, *original.scale), strict=True):
        np.testing.assert_array_equal(got, want, strict=True)
    np.testing.assert_array_equal(again.costs, original.costs)
    assert (again.activation, again.feature_names, again.target, again.values) == (
        original.activation,
        original.feature_names,
        original.target,
        original.values,
    )
    assert type(again.activation) is type(again.target) is str
    X = np.ones((n_x, 3))
    np.testing.assert_array_equal(again.probabilities(X), original.probabilities(X))


def test_numpy_alone_reads_the_file(saved: Path) -> None:
    with np.load(saved, allow_pickle=False) as arrays:
        assert arrays["W1"].shape == (3, 2)
        assert arrays["version"] == files.VERSION
        assert arrays["values"].tolist() == ["B", "M"]


def test_the_name_is_taken_as_it_is(tmp_path: Path) -> None:
    save(model(), str(tmp_path / "network"))
    assert [path.name for path in tmp_path.iterdir()] == ["network"]
    assert load(str(tmp_path / "network")).target == "diagnosis"


def test_the_file_is_readable_like_any_other_new_file(saved: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert stat.S_IMODE(saved.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


# ------------------------------------------------------------------------------------------------------- whole or not


def test_a_failed_save_leaves_the_old_file_and_nothing_else(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def fail(file: io.BufferedWriter, **arrays: Any) -> None:
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(DataError, match=r"cannot write .*model.npz: No space left on device"):
        save(model(), saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["model.npz"]


def test_ctrl_c_while_saving_leaves_the_old_file_and_nothing_else(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save(model(), saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["model.npz"]


def test_the_new_file_takes_the_old_ones_place_in_one_step(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()
    seen = []

    def refuse(source: Path, target: Path) -> None:
        seen.append(load(source).feature_names)  # complete before it gets its name
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(DataError, match=r"cannot write .*model.npz: Permission denied"):
        save(model(n_x=1), saved)
    assert seen == [model(n_x=1).feature_names]
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["model.npz"]


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot write .*model.npz: No such file or directory"):
        save(model(), tmp_path / "nowhere" / "model.npz")
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match=r"cannot write .*folder: Is a directory"):
        save(model(), tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


# --------------------------------------------------------------------------------------- damaged and foreign files


def assert_refused(path: Path, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400 + len(str(path))


@given(data=st.data())
def test_a_damaged_file_is_refused_or_harmless(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Any byte changed, any part cut off or added: one line, or the same network (zip does not check its padding)."""
    path = tmp_path_factory.mktemp("damaged") / "model.npz"
    save(model(), path)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    kind = data.draw(st.sampled_from(["flip", "cut", "grow", "remove"]))
    if kind == "flip":
        content[at] ^= data.draw(st.integers(1, 255))
    elif kind == "cut":
        del content[at:]
    elif kind == "grow":
        content[at:at] = data.draw(st.binary(min_size=1, max_size=9))
    else:
        del content[at : at + data.draw(st.integers(1, 99))]
    path.write_bytes(content)
    message, again = "", None
    try:
        again = load(path)
    except DataError as error:
        message = str(error)
    if again is None:
        assert message
        assert "\n" not in message
    else:
        np.testing.assert_array_equal(again.parameters.W1, model().parameters.W1)
        assert again.feature_names == model().feature_names


def test_an_entry_that_says_it_is_shorter_is_noticed(saved: Path) -> None:
    """NumPy alone would read the first two costs of three and stop before the checksum."""
    content = saved.read_bytes()
    assert content.count(b"'shape': (3,)") == 1
    saved.write_bytes(content.replace(b"'shape': (3,)", b"'shape': (2,)"))
    assert_refused(saved, "is damaged: the checksum of 'costs.npy' is wrong")


@given(content=st.binary(max_size=80))
def test_any_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("foreign") / "model.npz"
    for head in (b"", b"PK", b"PK\x03\x04", b"\x93NUMPY"):
        path.write_bytes(head + content)
        assert_refused(path, "model.npz")


class Bomb:
    """Unpickling this would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (open, (str(self.path), "w"))


def test_nothing_in_a_file_is_executed(tmp_path: Path) -> None:
    path, trace = tmp_path / "model.npz", tmp_path / "executed"
    path.write_bytes(pickle.dumps(Bomb(trace)))
    assert_refused(path, "is not an .npz archive")
    np.savez(path, format=np.array([Bomb(trace)], dtype=object))
    assert_refused(path, "is damaged or no network saved by compgraph: Object arrays cannot be loaded")
    assert not trace.exists()


def test_other_peoples_archives_are_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    np.savez(path, weights=np.ones(3), bias=np.ones(1))
    assert_refused(path, r"other.npz is not a network saved by compgraph: it holds bias, weights")
    np.savez(path, format=np.array("another program's"))
    assert_refused(path, r"is not a two-layer network but \"another program's\"")
    np.save(path.with_suffix(".npy"), np.ones(3))
    assert_refused(path.with_suffix(".npy"), "is not an .npz archive")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("format", b"compgraph two-layer network")
    assert_refused(path, "is not a network saved by compgraph: it holds format")
    path.write_text("a,b\n1,2\n")
    assert_refused(path, "is not an .npz archive")


def test_files_that_are_not_there(tmp_path: Path) -> None:
    assert_refused(tmp_path / "nothing.npz", "cannot read .*nothing.npz: No such file or directory")
    assert_refused(tmp_path, "cannot read .*: Is a directory")


def test_an_archive_that_unpacks_to_too_much_is_refused_unread(
    saved: Path, entries: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(saved, **{**entries, "costs": np.zeros(100_000)})
    assert load(saved).costs.size == 100_000
    monkeypatch.setattr(files, "LARGEST", 500_000)
    assert_refused(saved, r"unpacks to \d+ bytes")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"version": 2}, r"is of version 2 and this compgraph reads version 1: install a later compgraph"),
        ({"version": 0}, "contradicts itself: version does not hold the number of a version"),
        ({"version": [1, 1]}, "contradicts itself: version does not hold"),
        ({"version": "1"}, "contradicts itself: version does not hold"),
        ({"W1": None}, "lacks W1"),
        ({"version": None, "costs": None}, "lacks version, costs"),
        ({"W1": np.ones((3, 2), int)}, "W1 does not hold finite numbers of float32 or float64"),
        ({"b1": [[0.0], [np.nan], [0.0]]}, "b1 does not hold finite numbers"),
        ({"mean": np.array([["1"], ["2"]])}, "mean does not hold finite numbers"),
        ({"target": 5.0}, "target does not hold text"),
        ({"W1": np.ones(3)}, r"W1 and W2 have the shapes \(3,\) and \(1, 3\)"),
        ({"W1": np.ones((0, 2))}, r"W1 and W2 have the shapes \(0, 2\)"),
        ({"W2": np.ones((1, 4))}, r"W2 has the shape \(1, 4\), and \(1, 3\) belongs to a W1 of shape \(3, 2\)"),
        ({"b1": np.ones((1, 3))}, r"b1 has the shape \(1, 3\), and \(3, 1\) belongs"),
        ({"feature_names": ["a"]}, r"feature_names has the shape \(1,\), and \(2,\) belongs"),
        ({"values": ["a", "b", "c"]}, r"values has the shape \(3,\)"),
        ({"W2": np.ones((1, 3), "f4")}, "are not of one dtype"),
        ({"costs": np.ones((2, 2))}, r"costs has the shape \(2, 2\)"),
        ({"std": [[1.0], [0.0]]}, "std holds a number that is not positive"),
        ({"activation": "swish"}, "'swish' is no activation; there are sigmoid, tanh, relu"),
        ({"feature_names": ["a", "a"]}, "holds a name twice"),
        ({"values": ["a", "a"]}, "holds a name twice"),
    ],
)
def test_entries_that_contradict_each_other(
    saved: Path, entries: dict[str, Any], changed: dict[str, Any], message: str
) -> None:
    kept = {name: value for name, value in {**entries, **changed}.items() if value is not None}
    np.savez(saved, **kept)
    assert_refused(saved, message)
