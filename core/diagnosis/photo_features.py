"""What of a photo file could give its class away but for the rice, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.diagnosis.ground_features import (
    Blocks,
    compression_blocks,
    edge_blocks,
    find_ground,
    ground_blocks,
    inner_ground,
    light_blocks,
    sharpness_blocks,
)
from core.images.decode import PREVIEW, Photo, file_bytes, read_photo
from core.images.encode import encode_jpeg
from core.images.photo_formats import ACCEPTED, open_as

GROUPS = ("ground", "edges", "light", "sharpness", "compression", "file", "camera")
"""What may give a class away, each by numbers of its own."""

_CAMERA = (271, 272)  # EXIF's make and model
_NAME_LENGTH = 100  # characters of a camera's name
_TABLE = 64  # numbers of a table of JPEG


@dataclass(frozen=True, eq=False)
class PhotoFeatures:
    """The numbers of a photo.

    Attributes:
        blocks: Of each of `GROUPS` but the camera.
        camera: Its make and model as the file names them; "" if it does not.
    """

    blocks: Mapping[str, Blocks]
    camera: str


def describe_photo(file: Path) -> PhotoFeatures:
    """Measure what of a photo could give its class away but for the rice.

    Of the picture only the ground is measured, well away from any rice, so that neither the number
    nor the size nor the brightness of grains is in the numbers. Of its file, its kind, width and
    height, JPEG's tables, and its size for what that very picture takes as a JPEG of quality 75.

    Raises:
        PhotoError: If it cannot be read.
    """
    data = file_bytes(file)
    photo = read_photo(data, longest=PREVIEW)
    view, ground = find_ground(photo.rgb)
    inner = inner_ground(ground)
    whole = max(photo.full_size) <= PREVIEW  # one that is made smaller keeps no blocks
    image = open_as(photo.format, data)
    blocks = {
        "ground": ground_blocks(view, inner),
        "edges": edge_blocks(view, ground),
        "light": light_blocks(view, inner),
        "sharpness": sharpness_blocks(photo.rgb, inner),
        "compression": (
            _tables(image),
            *compression_blocks(photo.rgb, inner if whole else np.zeros_like(inner)),
        ),
        "file": _file_blocks(photo, len(data)),
    }
    return PhotoFeatures(blocks, _camera(image))


def _tables(image: Image.Image) -> NDArray[np.float64]:
    """Logarithms of JPEG's tables of brightness and colour; zeros for other formats."""
    tables = getattr(image, "quantization", {})
    numbers = np.zeros((2, _TABLE))
    for row, table in zip(numbers, list(tables.values())[:2], strict=False):
        row[: len(table)] = np.log(np.maximum(table, 1))[:_TABLE]
    return numbers.ravel()


def _file_blocks(photo: Photo, size: int) -> Blocks:
    """Format; width and height; bytes for those that the picture takes as a JPEG."""
    width, height = photo.full_size
    shown = photo.rgb.shape[0] * photo.rgb.shape[1]
    usual = len(encode_jpeg(photo.rgb, 75)) / shown * width * height
    return (
        np.array([float(photo.format == each) for each in ACCEPTED]),
        np.log([width, height]),
        np.log([size / usual]),
    )


def _camera(image: Image.Image) -> str:
    try:
        exif = image.getexif()
    except Exception:  # whatever damaged EXIF data make the reader raise
        return ""
    return " ".join(str(exif.get(tag, "")).strip("\0 ") for tag in _CAMERA).strip()[:_NAME_LENGTH]
