"""How a photo was taken, changed: its light, exposure, sharpness, compression and noise.

Each of these is in the rice, too, and yet is not the rice. So it is not taken out but changed, each
within what phones do, and the model is asked again: of the photo, and of rendered scenes of other
rice. A model that goes by such a condition changes its answer with it, whatever rice is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from core.synthetic.scenes import BACKGROUNDS, VARIETIES, render_scene

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

LIGHT, EXPOSURE, SHARPNESS, COMPRESSION = "light", "exposure", "sharpness", "compression"
NOISE = "noise"
CONDITIONS = (LIGHT, EXPOSURE, SHARPNESS, COMPRESSION, NOISE)

SCENES = 4_000_000
"""Seeds of the scenes begin here; samples, tests and training use smaller ones."""

COMPRESSED = "compressed"
"""The change that is made to the photo itself, before it is brought into the model's size."""

_QUALITY = 8  # of JPEG
_BLUR = 0.01  # as a share of the shorter side
_DETAIL, _STRENGTH = 0.006, 1.5  # what is sharpened, likewise, and how much
_SMOOTH = (7, 30.0, 3.0)  # of smoothing: pixels across, grey levels and pixels that are alike
_GRAIN = (96, 12.0)  # of noise: grains across, and grey levels
_LEVEL_NOISE = 0.5  # variance of log odds that says nothing
_SCENE = 256  # pixels at which scenes are rendered


def scale_colors(pixels: Pixels, gains: Sequence[float] | Floats) -> Pixels:
    """Multiply red, green and blue: another light, or another exposure.

    Example:
        >>> scale_colors(np.full((1, 1, 3), 200, np.uint8), (0.5, 1.0, 1.5)).tolist()
        [[[100, 200, 255]]]
    """
    return np.asarray((pixels * np.asarray(gains)).clip(0, 255).round(), np.uint8)


def blur(pixels: Pixels, sigma: float = _BLUR) -> Pixels:
    """Put a photo a little out of focus, by a share of its shorter side."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma * min(pixels.shape[:2])), np.uint8)


def sharpen(pixels: Pixels) -> Pixels:
    """Sharpen by what blurring takes away, as phones do."""
    detail = pixels.astype(np.float32) - blur(pixels, _DETAIL)
    return np.asarray((pixels + _STRENGTH * detail).clip(0, 255).round(), np.uint8)


def smooth(pixels: Pixels) -> Pixels:
    """Smooth faint differences, edges of JPEG's blocks among them, and keep strong edges."""
    return np.asarray(cv2.bilateralFilter(pixels, *_SMOOTH), np.uint8)


def add_noise(pixels: Pixels) -> Pixels:
    """Add noise, as in little light: of a grain that is not lost when the photo is shrunk."""
    grains, strength = _GRAIN
    drawn = np.random.default_rng(0).normal(0, strength, (grains, grains, 3)).astype(np.float32)
    noise = cv2.resize(drawn, pixels.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray((pixels + noise).clip(0, 255).round(), np.uint8)


def remove_noise(pixels: Pixels) -> Pixels:
    """Take noise away, and with it what is as fine: the median of each pixel's neighbours."""
    return np.asarray(cv2.medianBlur(pixels, 3), np.uint8)


def compress(rgb: Pixels) -> Pixels:
    """Save a photo as a small JPEG and read it again: uint8 [H, W, 3]."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return np.asarray(cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))


CHANGES: Mapping[str, tuple[str, Callable[[Pixels], Pixels]]] = MappingProxyType(
    {
        "lamp": (LIGHT, partial(scale_colors, gains=(1.1, 0.92, 0.68))),
        "leaves": (LIGHT, partial(scale_colors, gains=(0.84, 1.1, 0.86))),
        "sky": (LIGHT, partial(scale_colors, gains=(0.74, 0.95, 1.12))),
        "darker": (EXPOSURE, partial(scale_colors, gains=(0.5,) * 3)),
        "brighter": (EXPOSURE, partial(scale_colors, gains=(1.45,) * 3)),
        "blurred": (SHARPNESS, blur),
        "sharpened": (SHARPNESS, sharpen),
        COMPRESSED: (COMPRESSION, compress),
        "smoothed": (COMPRESSION, smooth),
        "noisy": (NOISE, add_noise),
        "cleaned": (NOISE, remove_noise),
    }
)
"""Name to condition and what is done, to uint8 [h, w, 3]."""


@cache
def render_scenes(seed: int = 0) -> tuple[Pixels, ...]:
    """Rendered rice, a heap and scattered grains of each variety: uint8 [256, 256, 3] each."""
    kinds = [(variety, layout) for variety in VARIETIES for layout in ("heap", "scattered")]
    return tuple(
        render_scene(
            variety, layout=layout, background=BACKGROUNDS[3 * number % len(BACKGROUNDS)],
            height=_SCENE, width=_SCENE, seed=SCENES + 1000 * seed + number,
        ).rgb
        for number, (variety, layout) in enumerate(kinds)
    )  # fmt: skip


def change_scenes(size: tuple[int, int]) -> Iterator[Pixels]:
    """The scenes as they are, then after each of `CHANGES`: uint8 [S, h, w, 3].

    Args:
        size: (height, width) in pixels.
    """
    scenes = render_scenes()
    for change in (None, *(change for _, change in CHANGES.values())):
        changed = [change(each) if change else each for each in scenes]
        yield np.stack(
            [cv2.resize(each, size[::-1], interpolation=cv2.INTER_AREA) for each in changed]
        )


def share_of_condition(log_odds: Floats) -> float:
    """How much of a model's answers goes with a condition rather than with the scene.

    The share of the variance of all classes' log odds that lies between the condition's levels (eta
    squared, Fisher 1925): near 1 where the condition alone decides, near 0 where the scenes do, or
    where nothing moves.

    Args:
        log_odds: float [levels, scenes, classes].

    Returns:
        0 to 1.

    Example:
        >>> by_level = np.array([[[9], [9]], [[-9], [-9]]], np.float32)
        >>> share_of_condition(by_level) > 0.99, share_of_condition(by_level.swapaxes(0, 1))
        (True, 0.0)
    """
    middle = log_odds.mean(axis=(0, 1), dtype=np.float64)
    levels = log_odds.mean(axis=1, dtype=np.float64)
    between = float(((levels - middle) ** 2).mean())
    total = float(((log_odds - middle) ** 2).mean())
    return between / (total + _LEVEL_NOISE)
