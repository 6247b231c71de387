"""Manifest of an export: how it was made, and the hash of every file in it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.errors import LensError
from core.evidence.collect import FULL
from core.evidence.verdict import load_thresholds
from core.explain.explainer import Explainer
from core.models.onnx.onnx_network import OnnxNetwork
from core.review.journal import read_rows
from core.review.worker import PICTURE_SIDE, ReviewSettings

MANIFEST_FILE = "manifest.json"
_FORMAT = 1
_PACKAGES = (
    *("numpy", "opencv-python-headless", "pillow", "pillow-heif", "onnxruntime", "pyarrow"),
    "jinja2",
)
_TENSORFLOW = ("tensorflow",)


def describe_review(explainer: Explainer, model: str, settings: ReviewSettings) -> dict[str, Any]:
    """The model, the parameters and the versions of a review: all that decides its results.

    Args:
        explainer: With the model.
        model: Its files' identity, as `open_explainer.model_digest` gives it.
        settings: The review's.
    """
    request = explainer.resolve(settings.request)
    rules = {"thresholds": asdict(load_thresholds())} if settings.evidence else {}
    known, temperature = explainer.familiarity, explainer.card.temperature
    return {
        "model": {
            "name": explainer.name,
            "sha256": model,
            "input": asdict(explainer.card.input),
            **({"temperature": temperature} if temperature != 1 else {}),
            **({"familiarity_sha256": known.sha256} if known else {}),
        },
        "parameters": {
            # As in the first exports, which can still be resumed: all evidence is true.
            "question": {
                "method": request.method,
                "score": request.score,
                "layers": request.layers,
                "versus": request.contrast_class,
                "against": request.negate,
                "finer": request.upsampling,
            },
            "blend": settings.blend,
            "colors": settings.colors,
            "evidence": {"": False, FULL: True}.get(settings.evidence, settings.evidence),
            "picture_pixels": PICTURE_SIDE,
            **rules,
        },
        "versions": package_versions(explainer),
    }


def package_versions(explainer: Explainer) -> dict[str, str]:
    """Versions of what computes, draws and writes; of TensorFlow only where it runs the model."""
    network = getattr(
        explainer.network, "network", explainer.network
    )  # the page's wait for their turn
    compiled = isinstance(network, OnnxNetwork)
    packages = {name: version(name) for name in (*_PACKAGES, *(() if compiled else _TENSORFLOW))}
    return {"python": platform.python_version(), "machine": platform.machine(), **packages}


def write_manifest(folder: Path, head: dict[str, Any], files: tuple[str, ...]) -> None:
    """Write `manifest.json`, all at once; a picture's hash is that of what was written.

    Args:
        folder: The export's, with its journal.
        head: As `describe_review` gives it, and the photos.
        files: The export's files but for the pictures.
    """
    unfinished = folder / f"{MANIFEST_FILE}.part"
    text = json.dumps({"format": _FORMAT, **head}, ensure_ascii=False, indent=1)
    with unfinished.open("w", encoding="utf-8", newline="\n") as out:
        out.write(f'{text.removesuffix("}").rstrip()},\n "files": {{')
        separator = "\n"
        for name, entry in _entries(folder, files):
            out.write(f"{separator}  {json.dumps(name, ensure_ascii=False)}: {json.dumps(entry)}")
            separator = ",\n"
        out.write("\n }\n}\n")
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(folder / MANIFEST_FILE)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """A finished export's manifest; None where there is none.

    Raises:
        LensError: If what is called so is no export's.
    """
    file = folder / MANIFEST_FILE
    if not file.is_file():
        return None
    try:
        manifest = json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError):
        manifest = None
    if not isinstance(manifest, dict) or "files" not in manifest:
        raise LensError(
            "export_exists", f"{file} is no review's manifest. Name a new folder for the review."
        )
    return manifest


def add_to_manifest(folder: Path, name: str) -> None:
    """Add a file to a finished export's manifest, or update one that has changed.

    Args:
        folder: The export's.
        name: The file's.
    """
    manifest = json.loads((folder / MANIFEST_FILE).read_text("utf-8"))
    data = (folder / name).read_bytes()
    manifest["files"][name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    unfinished = folder / f"{MANIFEST_FILE}.part"
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    unfinished.write_text(text + "\n", "utf-8", newline="\n")
    unfinished.replace(folder / MANIFEST_FILE)


def _entries(folder: Path, files: tuple[str, ...]) -> Iterator[tuple[str, dict[str, object]]]:
    for name in sorted(files):
        data = (folder / name).read_bytes()
        yield name, {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    for row in read_rows(folder):
        if row.picture:
            yield row.picture, {"bytes": row.picture_bytes, "sha256": row.picture_sha256}
