"""Folders of photos, written and read back."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np


def write_photo(file: Path, seed: int, size: tuple[int, int] = (60, 80)) -> None:
    """A photo of coloured blobs, another for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3)).astype(np.uint8)
    file.parent.mkdir(parents=True, exist_ok=True)
    done, data = cv2.imencode(file.suffix, cv2.resize(coarse, size[::-1]))
    assert done
    file.write_bytes(data.tobytes())


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
