"""Cut-outs of single grains from the photos of a data set.

The data set is the Rice Image Dataset (Koklu, Cinar and Taspinar 2021,
doi 10.1016/j.compag.2021.106285): one grain a photo, on near black. There, colour and size tell the
variety as well as shape does. So every grain is brought to a common white here, and comes with its
length, so that it can be laid at any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import PhotoError, TrainingError
from core.images.decode import file_bytes
from core.utils.natural_sort import natural_sort_key

SPLITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"train": (0.0, 0.7), "validation": (0.7, 0.8), "test": (0.8, 1.0)}
)
"""Which share of each variety's grains a split's photos are made of: no grain is in two splits."""

SOURCE: Mapping[str, str] = MappingProxyType(
    {"source": "Koklu, Cinar and Taspinar 2021, doi 10.1016/j.compag.2021.106285", "licence": "CC0"}
)
"""Of the data set, for the card of a model that is trained on it."""

TRANSLATIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "Arborio": {"ja": "アルボリオ"},
        "Basmati": {"ja": "バスマティ"},
        "Ipsala": {"ja": "イプサラ"},
        "Jasmine": {"ja": "ジャスミン"},
        "Karacadag": {"ja": "カラジャダー"},
    }
)
"""The data set's varieties, as `card.class_names` takes them."""

_RICE = 60  # a pixel brighter than this in some colour is grain
_WHITE = np.array([222, 216, 200], np.float32)  # what an average grain is brought to, sRGB


@dataclass(frozen=True)
class GrainCutout:
    """One grain, cut out of its photo.

    Attributes:
        variety: The folder it lay in.
        name: The file it came from.
        rgba: Premultiplied: red, green, blue, times coverage; and coverage: uint8 [h, w, 4].
        angle: Direction of its long axis in the cut-out, in radians.
        length: Along that axis, in pixels of the cut-out.
    """

    variety: str
    name: str
    rgba: NDArray[np.uint8]
    angle: float
    length: float


def list_grain_files(folder: Path, varieties: Sequence[str], split: str) -> list[tuple[str, Path]]:
    """The photos of a split: variety and file, in natural order of their names.

    Args:
        folder: The data set: a folder of single grains for each variety.
        varieties: Which of them.
        split: One of `SPLITS`.

    Raises:
        TrainingError: If the folder lacks a variety, or one has too few grains.
    """
    found = []
    for variety in varieties:
        own = folder / variety
        files = list(own.iterdir()) if own.is_dir() else []
        files.sort(key=lambda file: natural_sort_key(file.name))
        first, last = (round(share * len(files)) for share in SPLITS[split])
        if first == last:
            raise TrainingError(
                "grains_missing",
                f"{folder} has too few photos of single grains of {variety}. Name the folder of "
                f"the Rice Image Dataset, with a folder each of {', '.join(varieties)}.",
                folder=str(folder),
                variety=variety,
            )
        found += [(variety, file) for file in files[first:last]]
    return found


def read_cutouts(files: Sequence[tuple[str, Path]]) -> list[GrainCutout]:
    """Cut out grains, from `list_grain_files`.

    Raises:
        TrainingError: As `read_grain_photo`.
    """
    return [cut_out(read_grain_photo(file), variety, file.name) for variety, file in files]


def read_grain_photo(file: Path) -> NDArray[np.uint8]:
    """Read a photo of the data set: uint8 [H, W, 3].

    Raises:
        TrainingError: If the file is no picture, or there is nothing bright in it.
    """
    try:
        pixels = cv2.imdecode(np.frombuffer(file_bytes(file), np.uint8), cv2.IMREAD_COLOR)
    except (cv2.error, PhotoError):  # OpenCV raises this of an empty file
        pixels = None
    if pixels is None or pixels.max() <= _RICE:
        raise TrainingError(
            "grain_unreadable",
            f"{file} is no photo of a grain on black. Copy the data set again, or remove the file.",
            file=str(file),
        )
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)


def cut_out(rgb: NDArray[np.uint8], variety: str = "", name: str = "") -> GrainCutout:
    """Cut the grain out of a photo that shows one on near black.

    Args:
        rgb: uint8 [H, W, 3].
        variety: For the result.
        name: For the result.

    Returns:
        The largest bright spot, its edge about a pixel soft, its mean colour a common white.

    Example:
        >>> photo = np.zeros((40, 60, 3), np.uint8)
        >>> photo[14:26, 10:50] = 200
        >>> grain = cut_out(photo)
        >>> abs(round(np.degrees(grain.angle))) % 180, 38 < grain.length < 42
        (0, True)
    """
    bright = (rgb.max(axis=2) > _RICE).astype(np.uint8)
    _, spots, table, _ = cv2.connectedComponentsWithStats(bright)
    largest = 1 + int(table[1:, cv2.CC_STAT_AREA].argmax())
    left, top, wide, high = table[largest, :4]
    box = np.s_[max(top - 3, 0) : top + high + 3, max(left - 3, 0) : left + wide + 3]
    rgb, inside = rgb[box], (spots[box] == largest).astype(np.float32)
    # The outermost pixels are mixed with black: their colour is taken from further inside.
    core = cv2.erode(inside, np.ones((5, 5)))[:, :, None]
    near = cv2.GaussianBlur(rgb * core, (0, 0), 3)
    weight = cv2.GaussianBlur(core, (0, 0), 3)[:, :, None]
    colour = np.where(core > 0, rgb, near / np.maximum(weight, 1e-4))
    mean = colour[inside > 0].mean(axis=0)
    colour = np.clip(colour * (_WHITE / mean), 0, 255)
    cover = cv2.GaussianBlur(inside, (0, 0), 0.8)[:, :, None]
    rows, columns = np.nonzero(inside)
    across, down = columns - columns.mean(), rows - rows.mean()
    angle = 0.5 * np.arctan2(2 * (across * down).mean(), (across**2).mean() - (down**2).mean())
    along = across * np.cos(angle) + down * np.sin(angle)
    rgba = np.concatenate([colour * cover, 255 * cover], axis=2)
    return GrainCutout(
        variety, name, np.rint(rgba).astype(np.uint8), float(angle), float(np.ptp(along)) + 1
    )
