"""What the segmenter sees in a photo: how likely each pixel is rice, and how long grains are."""

from __future__ import annotations

from collections.abc import Iterator
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

# Longest sides of views, pixels.
_SMALLEST, _SMALL, _MIDDLE, _LARGE, _LARGEST = 113, 226, 453, 905, 1280
# Of a grain in a view, pixels: it is drawn well, and seen well; below the last, one more is needed.
# From the first on, in the small view, parts of it are missed: the smallest is needed.
_DRAWN, _SEEN, _SHORT = 80, 30, 20  # 1,000 for the first is no better
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
    if longest >= _LARGE:  # takes up to 240 MB; freed blocks of many sizes are not used again
        trim_memory(0)
    maps = maps[0, : (rows + 1) // 2, : (columns + 1) // 2]
    rice = 1 / (1 + np.exp(-maps[..., 0]))
    return Sight(rice, _usual_length(rice, maps[..., 2]) / max(rows, columns), longest)


def look_around(rgb: NDArray[np.uint8]) -> Iterator[Sight]:
    """Show the network a photo at sizes an octave apart: it sees grains of any length well in one.

    Args:
        rgb: uint8 [H, W, 3], sRGB.

    Yields:
        Sights in two to five views, the next of which is looked at when it is asked for: larger and
        larger ones, after one that is smaller where a grain fills the photo.
    """
    yield (small := look(rgb, _SMALL))
    if small.length * _SMALL >= _DRAWN:
        yield look(rgb, _SMALLEST)
    yield (middle := look(rgb, _MIDDLE))
    if not middle.length * _MIDDLE >= _DRAWN:  # or where nothing is seen
        yield (large := look(rgb, _LARGE))
        if large.length * _LARGE < _SHORT:
            yield look(rgb, _LARGEST)


def sees_well(sight: Sight) -> bool:
    """Whether grains are large enough in a view to be told from what is none."""
    return sight.length * sight.longest >= _SEEN


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
