"""A trained network as an .npz file: written whole or not at all, read without trusting what it says.

The file is an ordinary NumPy archive; ``np.load(path)["W1"]`` reads it without this package. Besides the parameters it
holds ``format`` (the text of :data:`FORMAT`), ``version``, ``activation``, ``feature_names``, ``mean``, ``std``,
``target``, ``values`` and ``costs``.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compgraph.errors import DataError
from compgraph.networks.activations import HIDDEN_ACTIVATIONS
from compgraph.networks.model import Model
from compgraph.networks.standardise import Scale
from compgraph.networks.two_layer import TwoLayerParameters

__all__ = ["FORMAT", "VERSION", "load", "save"]

FORMAT = "compgraph two-layer network"
"""What the file says it is."""

VERSION = 1
"""The version of the format that is written. It rises when a file's entries change their meaning."""

LARGEST = 1 << 30
"""An archive that unpacks to more bytes than this is refused: it is no network of two layers."""

NUMBERS = ("W1", "b1", "W2", "b2", "mean", "std", "costs")
TEXTS = ("activation", "feature_names", "target", "values")


def save(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a trained network to a file.

    >>> from compgraph.networks.initialise import random_two_layer
    >>> scale = Scale(np.zeros((1, 1)), np.ones((1, 1)))
    >>> model = Model(random_two_layer(1, 3), "tanh", ("size",), scale, "kind", ("small", "large"), np.array([0.7]))
    >>> save(model, "model.npz")
    >>> load("model.npz").values
    ('small', 'large')

    The file appears under its name only when it is complete; one that was there before stays until then.

    Args:
        model: the trained network.
        path: the name of the file, taken as it is.

    Raises:
        DataError: the file cannot be written.
    """
    target = Path(path)
    W1, b1, W2, b2 = model.parameters
    unfinished = target.parent / f".compgraph-{secrets.token_hex(8)}.tmp"
    try:
        with open(unfinished, "xb") as file:
            np.savez(
                file,
                format=np.array(FORMAT),
                version=np.array(VERSION),
                W1=W1,
                b1=b1,
                W2=W2,
                b2=b2,
                activation=np.array(model.activation),
                feature_names=np.array(model.feature_names),
                mean=model.scale.mean,
                std=model.scale.std,
                target=np.array(model.target),
                values=np.array(model.values),
                costs=model.costs,
            )
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, target)
    except OSError as error:
        raise DataError(f"cannot write {os.fspath(path)}: {error.strerror or error}") from None
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def load(path: str | os.PathLike[str]) -> Model:
    """Read a trained network from a file, executing nothing in it.

    >>> load("nothing.npz")
    Traceback (most recent call last):
    compgraph.errors.DataError: cannot read nothing.npz: No such file or directory

    Args:
        path: a file written by :func:`save`.

    Raises:
        DataError: the file cannot be read, is damaged, is something else, is of a later version, or contradicts
            itself; the message says which.
    """
    name = os.fspath(path)
    entries = _entries(name)
    if "format" not in entries or entries["format"].dtype.kind != "U" or entries["format"].shape != ():
        held = ", ".join(sorted(entries))[:100] or "nothing"
        raise DataError(f"{name} is not a network saved by compgraph: it holds {held}")
    if entries["format"] != FORMAT:
        raise DataError(f"{name} is not a two-layer network but {str(entries['format'])[:60]!r}")
    missing = [entry for entry in ("version", *NUMBERS, *TEXTS) if entry not in entries]
    if missing:
        raise DataError(f"{name} lacks {', '.join(missing)}")
    version = entries["version"]
    if version.shape == () and version.dtype.kind == "i" and version > VERSION:
        raise DataError(
            f"{name} is of version {version} and this compgraph reads version {VERSION}: install a later compgraph"
        )

    fault = _fault(entries)
    if fault:
        raise DataError(f"{name} contradicts itself: {fault}")
    first, second = entries["values"].tolist()
    return Model(
        parameters=TwoLayerParameters(*(entries[p] for p in ("W1", "b1", "W2", "b2"))),
        activation=str(entries["activation"]),
        feature_names=tuple(entries["feature_names"].tolist()),
        scale=Scale(entries["mean"], entries["std"]),
        target=str(entries["target"]),
        values=(first, second),
        costs=entries["costs"],
    )


def _entries(name: str) -> dict[str, NDArray[Any]]:
    """The arrays of an archive, each of them whole."""
    try:
        with open(name, "rb") as file:
            if file.read(2) != b"PK":
                raise DataError(f"{name} is not an .npz archive")
            file.seek(0)
            with zipfile.ZipFile(file) as archive:
                size = sum(info.file_size for info in archive.infolist())
                if size > LARGEST:
                    raise DataError(f"{name} unpacks to {size} bytes: it is no network saved by compgraph")
                damaged = archive.testzip()
                if damaged is not None:
                    raise DataError(f"{name} is damaged: the checksum of {damaged[:40]!r} is wrong")
            file.seek(0)
            with np.load(file, allow_pickle=False) as arrays:
                return {entry: np.asarray(arrays[entry]) for entry in arrays.files}
    except DataError:
        raise
    except OSError as error:
        raise DataError(f"cannot read {name}: {error.strerror or error}") from None
    except Exception as error:  # damaged bytes surface as whatever zipfile, zlib or the header's parser makes of them
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise DataError(f"{name} is damaged or no network saved by compgraph: {reason}") from None


def _fault(entries: dict[str, NDArray[Any]]) -> str | None:
    """What is wrong with the entries of an archive, in words, or None."""
    if entries["version"].shape != () or entries["version"] != VERSION:
        return "version does not hold the number of a version"
    for entry in NUMBERS:
        array = entries[entry]
        if array.dtype not in (np.float32, np.float64) or not np.all(np.isfinite(array)):
            return f"{entry} does not hold finite numbers of float32 or float64"
    for entry in TEXTS:
        if entries[entry].dtype.kind != "U":
            return f"{entry} does not hold text"
    W1, W2 = entries["W1"], entries["W2"]
    if W1.ndim != 2 or W2.ndim != 2 or 0 in W1.shape:
        return f"W1 and W2 have the shapes {W1.shape} and {W2.shape}"
    n_h, n_x = W1.shape
    expected = {
        "b1": (n_h, 1),
        "W2": (1, n_h),
        "b2": (1, 1),
        "mean": (n_x, 1),
        "std": (n_x, 1),
        "feature_names": (n_x,),
        "values": (2,),
        "activation": (),
        "target": (),
    }
    for entry, shape in expected.items():
        if entries[entry].shape != shape:
            return f"{entry} has the shape {entries[entry].shape}, and {shape} belongs to a W1 of shape {W1.shape}"
    if len({entries[p].dtype for p in ("W1", "b1", "W2", "b2")}) > 1:
        return "W1, b1, W2 and b2 are not of one dtype"
    if entries["costs"].ndim != 1:
        return f"costs has the shape {entries['costs'].shape}, not one cost an epoch"
    if np.any(entries["std"] <= 0):
        return "std holds a number that is not positive"
    if str(entries["activation"]) not in HIDDEN_ACTIVATIONS:
        return f"{str(entries['activation'])[:30]!r} is no activation; there are {', '.join(HIDDEN_ACTIVATIONS)}"
    if len(set(entries["feature_names"].tolist())) < n_x or len(set(entries["values"].tolist())) < 2:
        return "feature_names or values holds a name twice"
    return None
