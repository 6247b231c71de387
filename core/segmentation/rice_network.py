"""What the segmenter sees in a photo: how likely each pixel is rice, and how long grains are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.images.memory_budget import trim_memory
from core.images.resize import scaled_size

FILE = Path(__file__).with_name("segmenter.onnx")

USUAL_LENGTH = 32.0
"""Of a grain, pixels: at which the network is told, and says, a length of 0; twice as long is 1."""

_WANTED = 28.0  # length of a grain in the view that is looked at last, pixels
_FIRST, _SMALL, _LEAST, _MOST = 320, 960, 160, 1280  # longest sides of views, pixels
# Longest side of a view, pixels, from which its memory is given back at once: each of 1,280 takes
# up to 240 MB, and freed blocks of many sizes are not used again as a whole.
_LARGE = 640
_MORE_LOOKS = 2
_NEAR = 0.4  # log2 of how far a view may be from the wanted size
_SMALLER, _LESS_LIGHT = 0.7, 0.8
_STRIDE = 16  # an input's sides are multiples of it


@dataclass(frozen=True, eq=False)
class Sight:
    """What the network sees in one view of a photo.

    Attributes:
        rice: How likely each pixel is rice, float32 [h, w], 0 to 1; half the view's size.
        length: Of the grains, share of the photo's longer side; NaN where no rice is seen.
        longest: Longest side of the view, pixels.
    """

    rice: NDArray[np.float32]
    length: float
    longest: int


def look(rgb: NDArray[np.uint8], longest: int) -> Sight:
    """Show the network a photo at one size.

    Args:
        rgb: uint8 [H, W, 3], sRGB.
        longest: Longest side of the view, pixels.
    """
    height, width = rgb.shape[:2]
    scale = longest / max(height, width)
    size = scaled_size(height, width, scale)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    view = np.atleast_3d(cv2.resize(rgb, size, interpolation=way))
    rows, columns = view.shape[:2]
    # Mirrored rather than black beyond its sides: an edge there would look like a grain's.
    padded = np.pad(view, ((0, -rows % _STRIDE), (0, -columns % _STRIDE), (0, 0)), "symmetric")
    (maps,) = _open_session().run(None, {"photo": padded[None].astype(np.float32)})
    if longest > _LARGE:
        trim_memory(0)
    maps = maps[0, : (rows + 1) // 2, : (columns + 1) // 2]
    rice = 1 / (1 + np.exp(-maps[..., 0]))
    return Sight(rice, _usual_length(rice, maps[..., 2]) / max(rows, columns), longest)


def look_closer(rgb: NDArray[np.uint8]) -> Sight:
    """Look at a photo until its grains are as large as the network sees them best.

    Args:
        rgb: uint8 [H, W, 3], sRGB.
    """
    sight = look(rgb, _FIRST)
    if np.isnan(sight.length):
        sight = look(rgb, _SMALL)
    for _ in range(_MORE_LOOKS):
        if np.isnan(sight.length):
            break
        wanted = float(np.clip(_WANTED / sight.length, _LEAST, _MOST))
        if abs(np.log2(wanted / sight.longest)) < _NEAR:
            break
        sight = look(rgb, round(wanted))
    return sight


def look_again(rgb: NDArray[np.uint8], before: Sight) -> NDArray[np.float32]:
    """How likely each pixel is rice at a second look: mirrored, smaller and in less light.

    Args:
        rgb: uint8 [H, W, 3], sRGB.
        before: What was seen of it.

    Returns:
        float32 [h, w], 0 to 1: as large as `before.rice`, and not mirrored. What the network is
        sure of, it sees again.
    """
    darker = cv2.convertScaleAbs(np.ascontiguousarray(rgb[:, ::-1]), alpha=_LESS_LIGHT)
    again = look(darker, max(_LEAST // 2, round(_SMALLER * before.longest))).rice
    size = before.rice.shape[1], before.rice.shape[0]
    return np.asarray(cv2.resize(again[:, ::-1], size, interpolation=cv2.INTER_LINEAR))


def _usual_length(rice: NDArray[np.float32], said: NDArray[np.float32]) -> float:
    """Median length of a grain over the pixels that are rice, pixels of the view; NaN for none."""
    inside = rice > 0.5
    return float(USUAL_LENGTH * 2 ** np.median(said[inside])) if inside.any() else float("nan")


@cache
def _open_session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.enable_cpu_mem_arena = False  # views differ in size: an arena would keep the largest
    options.intra_op_num_threads = 1  # more would add in another order: other last digits
    return onnxruntime.InferenceSession(FILE.read_bytes(), options, ["CPUExecutionProvider"])
