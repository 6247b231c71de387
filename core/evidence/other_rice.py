"""Other rice: rendered grains to lay in the place of a photo's own.

A photo without its rice is nothing that a model ever saw, and what it says to it may be chance.
With other rice in it, it is a photo of rice again. A model that goes by the rice then says what
that rice is; one that goes by anything beside it says what it said before.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TypeVar, cast

import cv2
import numpy as np

from core.evidence.counterfactuals import replace_background
from core.evidence.masked_input import Floats, Pixels
from core.synthetic.scenes import BACKGROUNDS, VARIETIES, Scene, render_scene

AnyPicture = TypeVar("AnyPicture", Pixels, Floats)

SCENES = 5_000_000
"""Seeds of the scenes begin here; samples, tests, training and conditions use others."""

_NUMBERS = 0, 2  # of `VARIETIES`: slender grains and round ones
_SIDE = 512  # pixels at which they are rendered


@cache
def render_scattered() -> tuple[tuple[Pixels, Floats], ...]:
    """Scattered slender grains, and round ones, and where they are: the ground stays mostly free.

    Returns:
        uint8 [512, 512, 3] and how much of each pixel is rice, float32 [512, 512].
    """
    scenes = [_render(number, "scattered") for number in _NUMBERS]
    return tuple((each.rgb, each.mask.astype(np.float32)) for each in scenes)


@cache
def render_heaps() -> tuple[Pixels, ...]:
    """The middle of a heap of slender grains, and of round ones: uint8 [256, 256, 3], all rice."""
    middle = slice(_SIDE // 4, 3 * _SIDE // 4)
    return tuple(_render(number, "heap").rgb[middle, middle] for number in _NUMBERS)


def lay_other_rice(pixels: Pixels, rice: Floats, emptied: Pixels | None) -> list[Pixels]:
    """A photo with other rice: uint8 [h, w, 3] each.

    Heaps in the very place of its own, which leave all around it as it is, but keep its outline;
    and scattered grains where it was taken out, which do not.

    Args:
        pixels: uint8 [h, w, 3].
        rice: float32 [h, w], how much of each pixel is rice.
        emptied: `pixels` without its rice, as of `counterfactuals.remove_rice`.

    Example:
        >>> dark, full = np.zeros((8, 8, 3), np.uint8), np.ones((8, 8), np.float32)
        >>> len(lay_other_rice(dark, full, None)), len(lay_other_rice(dark, full, dark))
        (2, 4)
    """
    heaps, scattered = _shrunk(pixels.shape[1::-1])
    laid = [replace_background(pixels, 1 - rice, each) for each in heaps]
    if emptied is not None:
        laid += [replace_background(each, share, emptied) for each, share in scattered]
    return laid


@lru_cache(4)
def _shrunk(
    size: tuple[int, int],
) -> tuple[tuple[Pixels, ...], tuple[tuple[Pixels, Floats], ...]]:
    """The heaps and the scattered grains in one size, (width, height)."""
    scattered = ((_shrink(each, size), _shrink(share, size)) for each, share in render_scattered())
    return tuple(_shrink(each, size) for each in render_heaps()), tuple(scattered)


def _render(number: int, layout: str) -> Scene:
    return render_scene(
        tuple(VARIETIES)[number], layout=layout, background=BACKGROUNDS[number],
        height=_SIDE, width=_SIDE, seed=SCENES + number,
    )  # fmt: skip


def _shrink(picture: AnyPicture, size: Sequence[int]) -> AnyPicture:
    return cast(AnyPicture, cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
