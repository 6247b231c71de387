"""What a contender gives, and how the peers' pictures are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Answer:
    """What a contender says of N photos.

    Attributes:
        logits: float32 [N, C], where it gives them without running the network once more.
        maps: N of float32 [C, h, w]; none from a bare forward pass.
        picture: uint8 [h, w, 3], the first photo's overlay; where it was asked.
    """

    logits: Array | None = None
    maps: Sequence[Array] = ()
    picture: Pixels | None = None


ForwardPass = Callable[[NDArray[np.generic], bool], Answer]
"""Photos uint8 [N, h, w, 3], and whether to draw the first; gives all classes' maps of each. A bare
forward pass takes float32 [N, h, w, 3], normalised, instead."""


def answer(photos: Pixels, maps: Array, draw: bool, logits: Array | None = None) -> Answer:
    """A peer's answer, with one class's picture of the first photo if it is asked for."""
    picture = drawn(photos[0], maps[0][0]) if draw else None
    return Answer(logits, maps, picture)


def drawn(rgb: Pixels, grid: Array) -> Pixels:
    """A map in colours over its photo, as quickly as OpenCV can.

    The same for all peers, so that it costs none of them more: their own drawing, where they have
    any, goes through matplotlib or Pillow.
    """
    positive = np.maximum(cv2.resize(grid, rgb.shape[1::-1]), 0)
    span = max(float(np.ptp(positive)), 1e-12)
    levels = ((positive - positive.min()) * (255 / span)).astype(np.uint8)
    colours = cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)
    return cv2.addWeighted(rgb, 0.5, cv2.cvtColor(colours, cv2.COLOR_BGR2RGB), 0.5, 0)


def split(inputs: Array, chunk: int | None = None) -> list[Array]:
    """A batch in parts.

    Args:
        inputs: [N, h, w, 3].
        chunk: Photos a part; by default as many as were quickest with all but eager calls: 64 of 64
            pixels, 5 of 224, as many as leave what is between its layers in the processor's cache.
    """
    chunk = chunk or max(1, 64**3 // (inputs.shape[1] * inputs.shape[2]))
    return [inputs[start : start + chunk] for start in range(0, len(inputs), chunk)]


def class_by_class(
    photos: Pixels,
    inputs: Array,
    count: int,
    explain: Callable[[Array, list[int]], Array],
    chunk: int | None = None,
) -> Array:
    """All classes' maps [N, C, h, w] from a peer that explains one class of each input a call.

    A single photo goes in once for each class, in one call, which is quicker than a call for each;
    of many photos, each class is a call of its own, in parts as `split` makes them.
    """
    if len(photos) == 1:
        return explain(np.repeat(inputs, count, axis=0), list(range(count)))[None]
    parts = split(inputs, chunk)
    maps = [
        np.concatenate([explain(part, [index] * len(part)) for part in parts])
        for index in range(count)
    ]
    return np.stack(maps, axis=1)
