"""Real grounds: photos of tables, cloth and stone without rice, split by their source."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError
from core.images.decode import read_file
from core.images.photo_formats import EXTENSIONS

_LONGEST = 512  # pixels at which they are kept
_SHARES = (
    ("train", 3),
    ("validation", 5),
    ("test", 10),
)  # of ten parts of the sources, up to which

Grounds = Mapping[str, NDArray[np.uint8]]
"""Pictures by their names."""


@lru_cache(3)
def read_grounds(folder: Path | None, split: str) -> Grounds:
    """The grounds of a split: no source is in two of them. None without a folder.

    The part of a file's name before "_" says where it comes from.

    Raises:
        TrainingError: If the folder has none for this split.
    """
    if folder is None:
        return MappingProxyType({})
    files = sorted(
        file for file in folder.iterdir() if file.suffix.lower().lstrip(".") in EXTENSIONS
    )
    own = [file for file in files if _split_of(file.name) == split]
    if not own:
        raise TrainingError(
            "grounds_missing",
            f"{folder} has no photos of grounds for {split}. Name a folder of photos without rice, "
            "of several sources: SOURCE_1.jpg, SOURCE_2.jpg, …",
            folder=str(folder),
        )
    return MappingProxyType({file.name: read_file(file, longest=_LONGEST).rgb for file in own})


def cut_ground(
    picture: NDArray[np.uint8], side: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A square of a ground, turned by quarters: uint8 [side, side, 3]."""
    height, width = picture.shape[:2]
    part = round(min(height, width) * rng.uniform(0.6, 1.0))
    top, left = rng.integers(height - part + 1), rng.integers(width - part + 1)
    square = np.rot90(picture[top : top + part, left : left + part], int(rng.integers(4)))
    way = cv2.INTER_AREA if part >= side else cv2.INTER_LINEAR
    return np.asarray(
        cv2.resize(np.ascontiguousarray(square), (side, side), interpolation=way), np.uint8
    )


def _split_of(name: str) -> str:
    """By the source alone, so that another photo of it changes nothing."""
    place = zlib.crc32(name.split("_")[0].encode()) % 10
    return next(split for split, end in _SHARES if place < end)
