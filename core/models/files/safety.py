"""Safety checks of a recognised model: nothing in it runs code or reads other files.

This says yes or no before any library that builds models touches the file. The computing itself is
not bounded: a model may be slow, and its layers may ask for more memory than the machine has.
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py

from core.models.files import rejections
from core.models.files.archive_safety import WEIGHTS, checked_members, read_member
from core.models.files.config_safety import check_config
from core.models.files.formats import HDF5, SAVED_MODEL, ModelFile
from core.models.files.graph_safety import check_graph
from core.models.files.hdf5_safety import check_hdf5, open_hdf5
from core.models.files.onnx_safety import read_onnx
from core.models.files.size_safety import MOST

_MOST_GRAPH = 256 << 20  # bytes of saved_model.pb; the weights are kept apart from it
_MOST_FILES = 10_000
_SHARDS = re.compile(r"\.data-(\d{5})-of-(\d{5})\Z")
_OTHER_GRAPHS = ("saved_model.pbtxt", "saved_model.cpb")  # which some versions read instead


def check(model: ModelFile, allow_code: bool = False) -> None:
    """Refuse a model that is dangerous to open.

    Args:
        model: From `formats.recognise`.
        allow_code: Let layers through that carry or name Python code. Only ever set by a flag on
            the command line, by someone who trusts the file's maker.

    Raises:
        ModelError: If it is dangerous; names what is, and the way out.
    """
    model_files(model)
    if model.kind == "keras":
        _check_keras(model.path)
    elif model.kind in ("h5", "weights"):
        _check_hdf5(model.path)
    elif model.kind == "savedmodel":
        _check_saved_model(model.path)
    elif model.kind == "onnx":
        read_onnx(model.path)
    check_config(model.config, model.path.name, allow_code)


def model_files(model: ModelFile) -> list[Path]:
    """The files that make up a model: its own, no links, and not too large to be read.

    Args:
        model: From `formats.recognise`.

    Raises:
        ModelError: If they are not.
    """
    if model.kind == "savedmodel":
        files = _inside(model.path)
    elif model.kind == "checkpoint":
        files = _checkpoint(model.path)
    else:
        files = [model.path]
    for file in files:
        if not file.is_file():
            raise rejections.unexpected_content(model.path.name, file.name)
    size = sum(file.stat().st_size for file in files)
    if size > MOST:
        raise rejections.too_large(model.path.name, size, MOST)
    return files


def _check_keras(path: Path) -> None:
    # A library that goes by the ending must not find another model in the same bytes.
    if path.suffix != ".keras" and h5py.is_hdf5(path):
        raise rejections.unexpected_content(path.name, "an HDF5 file in the archive's place")
    info = checked_members(path)[WEIGHTS]
    weights = read_member(path, info, MOST)
    if not weights.startswith(HDF5):
        raise rejections.damaged(path.name, f"{WEIGHTS} is no HDF5 file")
    with open_hdf5(BytesIO(weights), path.name) as file:
        check_hdf5(file, path.name, len(weights))


def _check_hdf5(path: Path) -> None:
    if zipfile.is_zipfile(path):
        raise rejections.unexpected_content(path.name, "an archive behind the HDF5 file")
    with open_hdf5(path, path.name) as file:
        check_hdf5(file, path.name, path.stat().st_size)


def _inside(folder: Path) -> list[Path]:
    """The files of a SavedModel's folder."""
    inside: list[Path] = []
    for entry in folder.rglob("*"):
        if entry.is_symlink() or not (entry.is_file() or entry.is_dir()):
            raise rejections.external_reference(folder.name, f"link {entry.relative_to(folder)}")
        inside.append(entry)
        if len(inside) > _MOST_FILES:
            raise rejections.unexpected_content(folder.name, f"more than {_MOST_FILES} files")
    return [entry for entry in inside if entry.is_file()]


def _check_saved_model(folder: Path) -> None:
    for name in _OTHER_GRAPHS:
        if (folder / name).exists():
            raise rejections.unexpected_content(folder.name, name)
    stored = (folder / SAVED_MODEL).stat().st_size
    if stored > _MOST_GRAPH:
        raise rejections.too_large(folder.name, stored, _MOST_GRAPH)
    graphs = _parsed(folder).meta_graphs
    for meta in graphs:
        old = len(graphs) > 1 or not meta.HasField("object_graph_def")
        check_graph(meta, folder.name, stored, old)


def _parsed(folder: Path) -> Any:
    """The graphs of a SavedModel, only parsed."""
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel()
    try:
        saved.ParseFromString((folder / SAVED_MODEL).read_bytes())
    except DecodeError as error:
        raise rejections.damaged(folder.name, f"{SAVED_MODEL}: {error}") from error
    if not saved.meta_graphs:
        raise rejections.damaged(folder.name, f"{SAVED_MODEL} holds no graph")
    return saved


def _checkpoint(prefix: Path) -> list[Path]:
    """The files of a checkpoint: the index and all its shards are there, are files of their own.

    The text file `checkpoint` beside them, which may name any path, is never read.
    """
    found = {
        match[0]: match
        for entry in prefix.parent.glob("*.data-*")
        if (match := _SHARDS.search(entry.name)) and entry.name == prefix.name + match[0]
    }
    counts = {int(match[2]) for match in found.values()}
    if len(counts) != 1 or {int(match[1]) for match in found.values()} != set(range(max(counts))):
        raise rejections.damaged(prefix.name, f"{len(found)} data files, not all of them")
    files = [prefix.with_name(prefix.name + ending) for ending in (".index", *found)]
    for file in files:
        if file.is_symlink():
            raise rejections.external_reference(prefix.name, f"link {file.name}")
    return files
