"""Preprocessing of a photo for the model, and the way back from its input to the photo.

Both ways use one `Placement`, so heat cannot land anywhere but on what caused it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

VALUES = ("0-255", "0-1", "-1-1", "imagenet", "caffe")
"""Number conventions a model may have been trained with.

`imagenet` is 0 to 1 less ImageNet's mean over its deviation (what the `efficientnet` package
expects); `caffe` is BGR, 0 to 255, less ImageNet's mean.
"""

ORDERS = ("rgb", "bgr")
"""Orders of the colours."""

GEOMETRIES = ("squash", "letterbox", "crop")
"""How a photo of any shape is brought to the model's: stretched; whole, with black bars; or the
largest centred part of the right shape."""

IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
IMAGENET_STD = np.array([0.229, 0.224, 0.225], np.float32)
_CAFFE_MEAN_BGR = np.array([103.939, 116.779, 123.68], np.float32)


class Box(NamedTuple):
    """A rectangle in whole pixels: its top left corner and its size."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class Placement:
    """Placement of a photo in the model's input: `source` of the photo fills `target` of the input.

    Attributes:
        photo: (height, width) of the photo in pixels.
        input: (height, width) of the model's input in pixels.
        source: The part of the photo that the model is shown.
        target: The part of the input that shows it; the rest is black.
    """

    photo: tuple[int, int]
    input: tuple[int, int]
    source: Box
    target: Box


def place(photo: tuple[int, int], size: tuple[int, int], geometry: str) -> Placement:
    """Lay a photo into a model's input.

    Args:
        photo: (height, width) of the photo in pixels.
        size: (height, width) of the model's input in pixels.
        geometry: One of `GEOMETRIES`.

    Raises:
        ValueError: If the geometry is unknown.

    Example:
        >>> place((100, 200), (50, 50), "letterbox").target
        Box(top=12, left=0, height=25, width=50)
        >>> place((100, 200), (50, 50), "crop").source
        Box(top=0, left=50, height=100, width=100)
    """
    (height, width), (rows, cols) = photo, size
    source, target = Box(0, 0, height, width), Box(0, 0, rows, cols)
    if geometry == "letterbox":
        scale = min(rows / height, cols / width)
        target = _centred(max(1, round(height * scale)), max(1, round(width * scale)), size)
    elif geometry == "crop":
        kept_height = min(height, max(1, round(width * rows / cols)))
        kept_width = min(width, max(1, round(height * cols / rows)))
        source = _centred(kept_height, kept_width, photo)
    elif geometry != "squash":
        raise ValueError(f"Unknown geometry {geometry!r}. Choose one of {', '.join(GEOMETRIES)}.")
    return Placement(photo, size, source, target)


def fit(rgb: NDArray[np.uint8], placement: Placement) -> NDArray[np.uint8]:
    """Resample a photo to what the model is shown.

    Args:
        rgb: uint8 [H, W, 3], the photo that `placement` was made for, or the same photo decoded
            at another scale.
        placement: Where it goes.

    Returns:
        uint8 [h, w, 3], the model's input before `normalize`.

    Example:
        >>> white = np.full((100, 200, 3), 255, np.uint8)
        >>> fit(white, place((100, 200), (4, 4), "letterbox"))[:, 0, 0].tolist()
        [0, 255, 255, 0]
    """
    y0, y1 = _scaled(placement.source.top, placement.source.height, placement.photo[0], len(rgb))
    x0, x1 = _scaled(
        placement.source.left, placement.source.width, placement.photo[1], rgb.shape[1]
    )
    part, target = rgb[y0:y1, x0:x1], placement.target
    shrinks = part.shape[0] >= target.height and part.shape[1] >= target.width
    out = np.zeros((*placement.input, 3), np.uint8)
    out[target.top : target.top + target.height, target.left : target.left + target.width] = (
        cv2.resize(
            part,
            (target.width, target.height),
            # Averaging every source pixel keeps grain texture from turning into moire.
            interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
        )
    )
    return out


def normalize(
    pixels: NDArray[np.uint8], values: str, order: str = "rgb", channels: int = 3
) -> NDArray[np.float32]:
    """Grey levels to the numbers a model expects.

    Args:
        pixels: uint8 [..., h, w, 3], RGB.
        values: One of `VALUES`.
        order: One of `ORDERS`: in which order the model's makers handed the colours to the
            convention. "bgr" is what OpenCV reads; "caffe" turns the order round by itself.
        channels: 3, or 1 for a model of grey photos. Grey is luma (ITU-R BT.601, 0.299 R +
            0.587 G + 0.114 B); in "imagenet" and "caffe" it takes the mean of the three colours'
            means, and of their deviations.

    Returns:
        float32 [..., h, w, channels].

    Raises:
        ValueError: If a word is unknown.

    Example:
        >>> white = np.full((1, 1, 3), 255, np.uint8)
        >>> normalize(white, "-1-1").tolist()
        [[[1.0, 1.0, 1.0]]]
        >>> normalize(white, "0-255", channels=1).tolist()
        [[[255.0]]]
    """
    if order not in ORDERS:
        raise ValueError(f"Unknown order {order!r}. Choose one of {', '.join(ORDERS)}.")
    table = _table(values, channels)
    rows = pixels.reshape(-1, pixels.shape[-2], 3)
    if channels == 1:
        rows = cv2.cvtColor(rows, cv2.COLOR_RGB2GRAY)
    elif (order == "bgr") != (values == "caffe"):
        rows = np.ascontiguousarray(rows[..., ::-1])
    return cv2.LUT(rows, table).reshape(*pixels.shape[:-1], channels)


@lru_cache
def _table(values: str, channels: int) -> NDArray[np.float32]:
    """What each grey level becomes: float32 [256, 1, channels]."""
    levels = np.arange(256, dtype=np.float32).reshape(256, 1, 1).repeat(channels, axis=2)
    if values == "0-255":
        return levels
    if values == "0-1":
        return levels / np.float32(255)
    if values == "-1-1":
        return levels / np.float32(127.5) - np.float32(1)
    if values == "imagenet":
        mean, std = _for_channels(channels, IMAGENET_MEAN), _for_channels(channels, IMAGENET_STD)
        return (levels / np.float32(255) - mean) / std
    if values == "caffe":
        return levels - _for_channels(channels, _CAFFE_MEAN_BGR)
    raise ValueError(f"Unknown number convention {values!r}. Choose one of {', '.join(VALUES)}.")


def _for_channels(channels: int, numbers: NDArray[np.float32]) -> NDArray[np.float32]:
    return numbers if channels == 3 else numbers.mean(keepdims=True)


def project_to_photo(
    grid: NDArray[np.float32], placement: Placement, size: tuple[int, int]
) -> NDArray[np.float32]:
    """Draw a map of the model's input on the photo.

    Each cell of the grid stands for an equal rectangle of the input; values between the cells'
    centres are interpolated linearly (for `squash` this equals OpenCV's bilinear resize), beyond
    the outermost centres they stay constant.

    Args:
        grid: float32 [h, w], a map on the layer's grid.
        placement: Where the photo lay in the input.
        size: (height, width) to draw the photo at.

    Returns:
        float32 [H, W]; NaN where the model was not shown the photo.

    Example:
        >>> wide = place((2, 4), (2, 2), "crop")
        >>> project_to_photo(np.array([[1.0, 3.0]], np.float32), wide, (1, 4)).tolist()
        [[nan, 1.0, 3.0, nan]]
    """
    source, target = placement.source, placement.target
    rows = _weights(
        size[0], placement.photo[0], source.top, source.height,
        target.top, target.height, placement.input[0], grid.shape[0],
    )  # fmt: skip
    cols = _weights(
        size[1], placement.photo[1], source.left, source.width,
        target.left, target.width, placement.input[1], grid.shape[1],
    )  # fmt: skip
    return np.asarray(rows @ grid @ cols.T, np.float32)


def input_on_photo(
    placement: Placement, size: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Where the whole of the model's input lies on the photo, beyond its edges where it has bars.

    Args:
        placement: Where the photo lay in the input.
        size: (height, width) that the photo is drawn at.

    Returns:
        (left, top, width, height) in pixels of the drawn photo.

    Example:
        >>> input_on_photo(place((100, 200), (50, 50), "letterbox"), (50, 100))
        (0.0, -24.0, 100.0, 100.0)
        >>> input_on_photo(place((100, 200), (50, 50), "crop"), (50, 100))
        (25.0, 0.0, 50.0, 50.0)
    """
    source, target = placement.source, placement.target
    down = source.height / target.height * size[0] / placement.photo[0]
    across = source.width / target.width * size[1] / placement.photo[1]
    left = source.left * size[1] / placement.photo[1] - target.left * across
    top = source.top * size[0] / placement.photo[0] - target.top * down
    return left, top, placement.input[1] * across, placement.input[0] * down


def _centred(height: int, width: int, frame: tuple[int, int]) -> Box:
    return Box((frame[0] - height) // 2, (frame[1] - width) // 2, height, width)


def _scaled(start: int, length: int, full: int, actual: int) -> tuple[int, int]:
    """A stretch of the full photo, in pixels of the photo as decoded."""
    begin = round(start * actual / full)
    return begin, max(begin + 1, round((start + length) * actual / full))


@lru_cache(64)
def _weights(
    drawn: int, full: int, source: int, source_length: int,
    target: int, target_length: int, input_length: int, cells: int,
) -> NDArray[np.float32]:  # fmt: skip
    """Linear interpolation along an axis, as a matrix: float32 [drawn, cells], NaN where unseen."""
    photo = (np.arange(drawn) + 0.5) * full / drawn
    covered = (photo >= source) & (photo <= source + source_length)
    point = target + (photo - source) * target_length / source_length
    position = np.clip(point * cells / input_length - 0.5, 0, cells - 1)
    weights = np.maximum(0, 1 - np.abs(position[:, None] - np.arange(cells)))
    weights[~covered] = np.nan
    drawing = weights.astype(np.float32)
    drawing.setflags(write=False)  # kept for the next map of the same size
    return drawing
