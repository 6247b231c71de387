"""Remembers which models cannot be compiled, so that it is not tried at every opening."""

from __future__ import annotations

import hashlib
import json
import logging
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

log = logging.getLogger("core")
_FILE = "not_compiled.json"
_PACKAGES = ("tensorflow", "keras", "tf-keras", "tf2onnx", "onnx", "onnxruntime")
_MOST = 1 << 16  # bytes


def record_failure(reason: str, folder: Path) -> None:
    """Note why a model was not compiled; where that cannot be done it is tried again.

    Args:
        reason: For people.
        folder: The model's own in the user's cache, made if absent.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        note = {"reason": reason, "compiler": _compiler()}
        (folder / _FILE).write_text(json.dumps(note, ensure_ascii=False), "utf-8")
    except OSError:
        log.info("%s cannot be written to", folder, exc_info=True)


def recorded_failure(folder: Path) -> str | None:
    """Why a model was not compiled; None if it never was tried, or only by other versions."""
    try:
        with (folder / _FILE).open("rb") as file:
            note = json.loads(file.read(_MOST))
    except (OSError, ValueError, RecursionError):
        return None
    known = isinstance(note, dict) and note.get("compiler") == _compiler()
    return str(note["reason"]) if known and note.get("reason") else None


@cache
def _compiler() -> dict[str, str]:
    """What compiles: the versions of the libraries, and this project's own code."""
    own = hashlib.sha256()
    for file in sorted(Path(__file__).parents[1].rglob("*.py")):
        own.update(file.read_bytes())
    return {name: _version(name) for name in _PACKAGES} | {"own": own.hexdigest()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
