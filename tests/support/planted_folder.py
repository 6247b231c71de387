"""Photos with a known shortcut, written into class folders as a person's would lie there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.images.encode import encode_jpeg
from core.validation.shortcut_models.cases import VARIETIES, Case, draw_cases
from core.validation.shortcut_models.shortcut_photos import GrainStock, compose_photo

QUALITY = 95  # of the files: so fine that what is planted in the pixels outlasts it


def write_planted(
    folder: Path, stock: GrainStock, shortcut: str, split: str, count: int, seed: int
) -> Path:
    """Compose photos into a folder for each class; return the folder."""
    return write_cases(folder, stock, draw_cases(shortcut, split, count, seed), shortcut)


def write_cases(folder: Path, stock: GrainStock, cases: Sequence[Case], shortcut: str) -> Path:
    """Compose the photos of some cases into a folder for each class; return the folder."""
    for number, case in enumerate(cases):
        photo = compose_photo(case, shortcut, stock)
        own = folder / VARIETIES[photo.label]
        own.mkdir(parents=True, exist_ok=True)
        (own / f"{number:04d}.jpg").write_bytes(encode_jpeg(photo.rgb, QUALITY))
    return folder
