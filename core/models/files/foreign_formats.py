"""Detection of other model formats by their first bytes, each with advice on conversion."""

from __future__ import annotations

import json
import pickletools
from io import BytesIO
from pathlib import Path

from core.models.files import rejections
from core.models.files.archive_safety import member_names

_HEAD = 4096  # bytes read to tell; more of a pickle or JSON is not needed
_PACKED = (
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!",
    b"\x28\xb5\x2f\xfd",
)
# Fields that may follow ONNX's version number.
_ONNX_SECOND_FIELDS = (b"\x12", b"\x1a", b"\x22", b"\x2a", b"\x32", b"\x3a", b"\x42")


def reject_foreign(path: Path) -> None:
    """Refuse a file of a family that is known; return if it is of none.

    Raises:
        ModelError: That says what the file is.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    name = path.name
    if head.startswith(b"PK"):
        _refuse_archive(path)
    if head.startswith(_PACKED) or head[257:262] == b"ustar":
        raise rejections.packed_archive(name)
    if head[4:8] == b"TFL3":
        raise rejections.foreign_format(name, "TensorFlow Lite")
    if head[8:10] == b'{"' and int.from_bytes(head[:8], "little") < 1 << 27:
        raise rejections.foreign_format(name, "safetensors")
    if head.startswith(b"\x93NUMPY"):
        raise rejections.foreign_format(name, "NumPy")
    if head.startswith(b"GGUF"):
        raise rejections.foreign_format(name, "GGUF")
    if head.lstrip().startswith(b"{"):
        _refuse_json(path)
    if _is_pickle(head):
        raise rejections.pickle_file(name)


def is_onnx(path: Path) -> bool:
    """Whether a file begins as an ONNX model does: with the format's version, then a text."""
    with path.open("rb") as file:
        head = file.read(3)
    return path.suffix != ".pb" and head[:1] == b"\x08" and head[2:] in _ONNX_SECOND_FIELDS


def _refuse_archive(path: Path) -> None:
    inside = member_names(path)
    if any(member.endswith("data.pkl") for member in inside):
        raise rejections.pickle_file(path.name)
    if inside and all(member.endswith(".npy") for member in inside):
        raise rejections.foreign_format(path.name, "NumPy")
    raise rejections.packed_archive(path.name)


def _refuse_json(path: Path) -> None:
    if path.stat().st_size > 64 << 20:
        return
    try:
        value = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return
    if {"modelTopology", "weightsManifest"} & set(value):
        raise rejections.foreign_format(path.name, "TensorFlow.js")
    if "weight_map" in value:
        raise rejections.foreign_format(path.name, "sharded weights")
    if "class_name" in value:
        raise rejections.foreign_format(path.name, "model description without weights")


def _is_pickle(head: bytes) -> bool:
    """Whether bytes read as a pickle's first instructions; none of them is carried out."""
    if head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05" and len(head) > 2:
        return True
    if head[:1] not in (b"(", b"c", b"]", b"}"):  # no object, list or dictionary begins otherwise
        return False
    seen = 0
    try:
        for opcode, _, _ in pickletools.genops(BytesIO(head)):
            seen += 1
            # Protocols 0 and 1 have no first mark; what calls something is never text by chance.
            if opcode.name in ("REDUCE", "INST", "OBJ", "BUILD", "STOP"):
                return seen > 2
    except Exception:  # whatever bytes that are no pickle make the reader raise
        return False
    return False
