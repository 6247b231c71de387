"""Detection of a model's format from its content, without any library that builds models.

Model files come from strangers, and their endings say nothing. Nothing is unpacked, run or
followed; what is read of a file is bounded. Whether the model may be opened, `safety` tells.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py

from core.models.files import rejections
from core.models.files.archive_safety import (
    CONFIG,
    METADATA,
    checked_members,
    member_names,
    read_member,
)
from core.models.files.class_name_files import ClassNameFile, read_class_names
from core.models.files.foreign_formats import is_onnx, reject_foreign
from core.models.files.hdf5_safety import has_attribute, open_hdf5, text_attribute

KINDS = ("keras", "h5", "weights", "savedmodel", "checkpoint", "onnx")

SAVED_MODEL = "saved_model.pb"
MODEL_FILE = "model.keras"
ONNX_FILE = "compiled.onnx"
"""The compiled form that may lie beside a model; it is no model itself."""

ZIP, HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"
_INDEX_END = 0xDB4775248B80FB57.to_bytes(8, "little")  # a TensorFlow table ends with this number
_SHARD = re.compile(r"\.data-\d{5}-of-\d{5}\Z")
_KERAS_2_METADATA = "keras_metadata.pb"
_WEIGHT_GROUPS = {"layers", "_layer_checkpoint_dependencies", "vars", "model_weights"}
_MOST_CONFIG = 16 << 20  # bytes
_MOST_ENTRIES = 1000  # of a folder


@dataclass(frozen=True)
class ModelFile:
    """A model on disk.

    Attributes:
        kind: One of `KINDS`: "keras", a `.keras` archive; "h5", a whole model in HDF5; "weights",
            weights alone in HDF5; "savedmodel", a folder with `saved_model.pb`; "checkpoint", a
            TensorFlow checkpoint (`<prefix>.index` and `<prefix>.data-*`); "onnx", an ONNX file.
        path: The file, the SavedModel's folder or the checkpoint's prefix.
        generation: Of Keras: 3, or 2 for all before; 0 where it does not say or does not matter.
        versions: Package to version, as the file itself says.
        config: The architecture as Keras wrote it; empty where there is none.
        labels: The files beside it that name the classes, those that go first before the others.
    """

    kind: str
    path: Path
    generation: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    labels: tuple[ClassNameFile, ...] = ()


def recognise(path: Path) -> ModelFile:
    """Tell what kind of model a path holds.

    Args:
        path: A model file, a SavedModel, a checkpoint's prefix or `.index` file, or a folder that
            holds one of them (and what comes with it: a card, labels).

    Raises:
        ModelError: If it holds none, several, a damaged one, or one of another family; says which,
            and the way out.
    """
    if path.is_dir():
        return _folder(path)
    if path.name == SAVED_MODEL and path.is_file():
        return _folder(path.parent)
    prefix = _prefix(path)
    if prefix is not None:
        return ModelFile("checkpoint", prefix, labels=read_class_names(prefix.parent))
    if not path.is_file():
        raise rejections.no_model(path.name)
    if path.stat().st_size == 0:
        raise rejections.damaged(path.name, "0 bytes")
    with path.open("rb") as file:
        head = file.read(len(HDF5))
    if head == HDF5:
        return _hdf5(path)
    if head.startswith(ZIP) and {CONFIG, METADATA} & set(member_names(path)):
        return _keras(path)
    if h5py.is_hdf5(path):
        raise rejections.unexpected_content(path.name, "a user block before the data")
    if is_onnx(path):
        return ModelFile("onnx", path, labels=read_class_names(path.parent))
    reject_foreign(path)
    raise rejections.no_model(path.name)


def _folder(folder: Path) -> ModelFile:
    if (folder / SAVED_MODEL).is_file():
        labels = read_class_names(folder.parent) or read_class_names(folder)
        generation = 2 if (folder / _KERAS_2_METADATA).is_file() else 0
        return ModelFile("savedmodel", folder, generation, labels=labels)
    if (folder / CONFIG).is_file() and (folder / METADATA).is_file():
        raise rejections.unpacked_archive(folder.name)
    entries = sorted(folder.iterdir())[:_MOST_ENTRIES]
    for entry in entries:
        if entry.is_symlink():
            raise rejections.external_reference(folder.name, f"link {entry.name}")
    if (folder / MODEL_FILE) in entries:
        return recognise(folder / MODEL_FILE)
    found = [entry for entry in entries if _is_model(entry)]
    if len(found) > 1:
        raise rejections.ambiguous(folder.name, [entry.name for entry in found])
    if found:
        return recognise(found[0])
    for entry in entries:
        if entry.is_file() and entry.name != ONNX_FILE:
            reject_foreign(entry)
    raise rejections.no_model(folder.name)


def _is_model(entry: Path) -> bool:
    if entry.is_dir():
        return (entry / SAVED_MODEL).is_file()
    if not entry.is_file():
        return False
    if entry.suffix == ".index":
        return _prefix(entry) is not None
    with entry.open("rb") as file:
        head = file.read(len(HDF5))
    archive = head.startswith(ZIP) and CONFIG in member_names(entry)
    return head == HDF5 or archive or (entry.name != ONNX_FILE and is_onnx(entry))


def _prefix(path: Path) -> Path | None:
    """The prefix of the checkpoint that a path names, if it is one."""
    shard = _SHARD.search(path.name)
    bare = path.with_suffix("") if path.suffix == ".index" else path
    prefix = path.with_name(path.name[: shard.start()]) if shard else bare
    index = prefix.with_name(prefix.name + ".index")
    if not index.is_file() or index.stat().st_size < len(_INDEX_END):
        return None
    with index.open("rb") as file:
        file.seek(-len(_INDEX_END), 2)
        return prefix if file.read() == _INDEX_END else None


def _keras(path: Path) -> ModelFile:
    inside = checked_members(path)
    config = _json(path.name, read_member(path, inside[CONFIG], _MOST_CONFIG))
    about = _json(path.name, read_member(path, inside[METADATA], _MOST_CONFIG))
    version = str(about.get("keras_version", ""))
    return _named(ModelFile("keras", path, _generation(version), config=config), version)


def _hdf5(path: Path) -> ModelFile:
    with open_hdf5(path, path.name) as file:
        config = text_attribute(file, "model_config", path.name)
        version = text_attribute(file, "keras_version", path.name)
        legacy = config is not None or "layer_names" in file.attrs
        if not legacy and not _WEIGHT_GROUPS & set(file):
            raise rejections.no_model(path.name)
        named = has_attribute(file, "vars", "name")  # as Keras 3 names what the weights belong to
    # Keras 1 and 2 wrote legacy files, often without a version.
    generation = _generation(version) or (2 if legacy else 3 if named else 0)
    kind = "weights" if config is None else "h5"
    parsed = {} if config is None else _json(path.name, config)
    return _named(ModelFile(kind, path, generation, config=parsed), version)


def _named(model: ModelFile, version: str | None) -> ModelFile:
    """The same model with its version and its labels."""
    versions = {"keras": version} if version else {}
    return replace(model, versions=versions, labels=read_class_names(model.path.parent))


def _generation(version: str | None) -> int:
    """Keras' generation from its version: 3, or 2 for all before; 0 if it cannot be told."""
    major = re.match(r"\d{1,4}(?=\.|\Z)", version or "")
    return 0 if not major else 2 if int(major[0]) < 3 else int(major[0])


def _json(name: str, content: str | bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise rejections.damaged(name, f"its description is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise rejections.damaged(name, "its description is no JSON object")
    return value
