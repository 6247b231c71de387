"""Composite photos: single grains pasted on a background, with a label for every pixel.

All grains of a photo have about one length and one colour, so that only their shape and texture
are left to tell the varieties apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.synthetic.grain_cutouts import GrainCutout
from core.synthetic.scenes import render_background
from core.synthetic.scenes.layout import sample_layout

Image = NDArray[np.floating[Any]]

LAYOUTS: tuple[str, ...] = ("scattered", "touching", "heap", "single")

_RATIO = 2.2  # of a grain's length to its width, where no better is known
_MOST = 260  # grains a photo, unless more are asked for


@dataclass(frozen=True)
class Composite:
    """A composite photo and what is in it.

    Attributes:
        rgb: sRGB picture, uint8 [H, W, 3].
        labels: Which grain a pixel shows, int32 [H, W]: 0 is background, k the k-th grain.
        varieties: The variety of each visible grain: `varieties[k - 1]` is that of grain k.
    """

    rgb: NDArray[np.uint8]
    labels: NDArray[np.int32]
    varieties: tuple[str, ...]

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Which pixels are rice (covered by half or more), bool [H, W]."""
        return self.labels > 0


def compose(
    grains: Sequence[GrainCutout],
    background: str | NDArray[np.uint8],
    *,
    layout: str = "scattered",
    count: int | None = None,
    length: float = 40.0,
    size: tuple[int, int] = (256, 256),
    direction: float | None = None,
    within: NDArray[np.bool_] | None = None,
    light: tuple[float, float, float] = (1.0, 1.0, 1.0),
    seed: int = 0,
) -> Composite:
    """Lay grains on a background. The same arguments give the same bytes.

    Places, grains, shadows and background are drawn apart: with grains of another variety, or with
    another background, all else stays as it was.

    Args:
        grains: What to draw from, each as often as it happens; may be empty if `count` is 0.
        background: One of `scenes.BACKGROUNDS`, or a picture of it, uint8 [H, W, 3].
        layout: One of `LAYOUTS`: apart, side by side, upon each other, or only one.
        count: At most how many grains; None for as many as look natural. What finds no free place,
            or is hidden under others, is not there.
        length: Mean length of a grain in pixels.
        size: (height, width) of the photo; that of the background where a picture is given.
        direction: Angle of all grains in radians, give or take about six degrees; None for any.
        within: Where grains may have their middle, bool [H, W], as a heap in its dish; None for
            anywhere.
        light: Gain of red, green and blue over the whole photo.
        seed: Whole number from 0.

    Raises:
        ValueError: If the layout or the background is unknown.

    Example:
        >>> compose([], "slate", count=0, size=(48, 64)).mask.any()
        np.False_
    """
    if layout not in LAYOUTS:
        raise ValueError(f"No layout is called {layout!r}. Choose one of: {', '.join(LAYOUTS)}.")
    table_rng, place_rng, grain_rng, lamp_rng = (
        np.random.default_rng([seed, stream]) for stream in range(4)
    )
    if isinstance(background, str):
        background = render_background(background, *size, table_rng)
    height, width = background.shape[:2]
    places = _sample_places(layout, height, width, length, place_rng, count)
    if within is not None:
        x, y = np.clip(places[:, :2].astype(int), 0, (width - 1, height - 1)).T
        places = places[within[y, x]]
    if direction is not None:
        places[:, 2] = direction + place_rng.normal(0, 0.1, len(places))
    picked = [grains[index] for index in grain_rng.integers(max(len(grains), 1), size=len(places))]
    # Drawn for every place alike, so that another variety's grains are lit just as these.
    sizes = length * np.exp(0.07 * grain_rng.standard_normal(len(places)))
    shades = _sample_shades(places[:, 3], grain_rng)
    spread = length / _RATIO
    shadow = _Shadow.sample(spread, lamp_rng)
    reach = shadow.reach
    sprites = [
        _rotate(grain, own / grain.length, angle - grain.angle, reach)
        for grain, own, angle in zip(picked, sizes, places[:, 2], strict=True)
    ]
    if layout == "touching":
        places = _push_together(places, sprites, height, width, place_rng)
    picture, labels = _lay(background, sprites, shades, places, shadow)
    numbers, seen = _renumber(labels, len(sprites))
    lit = picture * np.array(light, np.float32)
    rgb = np.rint(np.clip(lit, 0, 255)).astype(np.uint8)
    return Composite(rgb, numbers, tuple(picked[index].variety for index in seen))


@dataclass(frozen=True)
class _Shadow:
    """How the light leaves a dark rim beside each grain: offset and softness in pixels."""

    right: float
    down: float
    soft: float
    strength: float

    @classmethod
    def sample(cls, thickness: float, rng: np.random.Generator) -> _Shadow:
        turn, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.02, 0.2) * thickness
        soft = max(0.6, rng.uniform(0.08, 0.25) * thickness)
        return cls(far * np.cos(turn), far * np.sin(turn), soft, rng.uniform(0.25, 0.65))

    @property
    def reach(self) -> int:
        """How many pixels beyond its grain it can be seen."""
        return int(max(abs(self.right), abs(self.down)) + 2 * self.soft) + 2

    def under(self, cover: Image) -> Image:
        """What is left of the light around a grain, float32 [h, w]."""
        moved = np.array([[1, 0, self.right], [0, 1, self.down]], np.float64)
        high, wide = cover.shape
        dark = cv2.GaussianBlur(cv2.warpAffine(cover, moved, (wide, high)), (0, 0), self.soft)
        return np.asarray(1 - self.strength * dark)


def _sample_places(
    layout: str, height: int, width: int, length: float, rng: np.random.Generator, count: int | None
) -> NDArray[np.float64]:
    """x, y, angle and lift of each grain, float64 [N, 4], from the lowest to the topmost."""
    kind = "scattered" if layout == "touching" else layout
    most = _MOST if count is None and layout == "heap" else count
    found = sample_layout(kind, height, width, (length, length / _RATIO), rng, most)
    return np.stack([found.x, found.y, found.angle, found.lift], axis=1)


def _sample_shades(lift: NDArray[np.float64], rng: np.random.Generator) -> Image:
    """Each grain's colour as gains, [N, 3]: one for the photo, a little of its own; times 255.

    What lies deep in a heap gets less light.
    """
    photo = rng.uniform(0.72, 1.08) * np.exp(rng.normal(0, 0.02, 3))
    own = np.exp(rng.normal(0, 0.04, (len(lift), 1)) + rng.normal(0, 0.015, (len(lift), 3)))
    depth = 1 - 0.35 * (lift.max(initial=0) - lift) / max(float(lift.max(initial=0)), 1.0)
    return np.asarray(255 * photo * own * depth[:, None])


def _rotate(grain: GrainCutout, scale: float, turn: float, margin: int) -> Image:
    """Rotate and scale a grain, in the middle of a square: float32 [s, s, 4], 0 to 1."""
    rgba = grain.rgba
    if scale < 1:  # shrunk first, averaging: turning alone would skip pixels
        high, wide = (max(1, round(side * scale)) for side in rgba.shape[:2])
        rgba, scale = cv2.resize(rgba, (wide, high), interpolation=cv2.INTER_AREA), 1.0
    high, wide = rgba.shape[:2]
    side = int(np.ceil(np.hypot(high, wide) * scale)) + 2 * margin
    place = cv2.getRotationMatrix2D(((wide - 1) / 2, (high - 1) / 2), -np.degrees(turn), scale)
    place[:, 2] += (side - 1) / 2 - np.array([wide - 1, high - 1]) / 2
    return np.asarray(cv2.warpAffine(rgba, place, (side, side))) / np.float32(255)


def _push_together(
    places: NDArray[np.float64],
    sprites: Sequence[Image],
    height: int,
    width: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Move each grain towards one of a few middles until it touches what already lies there."""
    taken = np.zeros((height, width), bool)
    middles = rng.uniform(0.25, 0.75, (int(rng.integers(1, 4)), 2)) * (width, height)
    moved = places.copy()
    for place, sprite in zip(moved, sprites, strict=True):
        inside = sprite[..., 3] >= 0.5
        middle = middles[rng.integers(len(middles))]
        turn = rng.uniform(0, 2 * np.pi)
        way = np.array([np.cos(turn), np.sin(turn)])
        free, blocked = float(max(height, width)), 0.0
        if not _overlaps(taken, inside, middle):
            free = 0.0
        while free - blocked > 1:
            half = (free + blocked) / 2
            if _overlaps(taken, inside, middle + half * way):
                blocked = half
            else:
                free = half
        place[:2] = middle + free * way
        spot, part = _window(inside.shape[0], place[0], place[1], height, width)
        taken[spot] |= inside[part]
    return moved


def _overlaps(taken: NDArray[np.bool_], inside: NDArray[np.bool_], at: NDArray[Any]) -> bool:
    spot, part = _window(inside.shape[0], at[0], at[1], taken.shape[0], taken.shape[1])
    return bool((taken[spot] & inside[part]).any())


def _window(side: int, x: float, y: float, height: int, width: int) -> tuple[Any, Any]:
    """Where a square around a point lies in the photo, and which part of it does."""
    top, left = round(y) - side // 2, round(x) - side // 2
    first_row, last_row = (min(max(edge, 0), height) for edge in (top, top + side))
    first_column, last_column = (min(max(edge, 0), width) for edge in (left, left + side))
    return (
        np.s_[first_row:last_row, first_column:last_column],
        np.s_[first_row - top : last_row - top, first_column - left : last_column - left],
    )


def _lay(
    background: NDArray[np.uint8],
    sprites: Sequence[Image],
    shades: Image,
    places: NDArray[np.float64],
    shadow: _Shadow,
) -> tuple[Image, NDArray[np.int32]]:
    """The picture, float32 [H, W, 3], and the number of the grain that each pixel shows."""
    # A fourth channel that nobody looks at: OpenCV's own arithmetic is quick on four.
    picture = cv2.cvtColor(background, cv2.COLOR_RGB2RGBA).astype(np.float32)
    height, width = background.shape[:2]
    labels = np.zeros((height, width), np.int32)
    for index, (sprite, place) in enumerate(zip(sprites, places, strict=True)):
        spot, part = _window(sprite.shape[0], place[0], place[1], height, width)
        cover = sprite[..., 3]
        left_over = shadow.under(cover) * (1 - cover)
        painted = cv2.multiply(sprite, (*shades[index], 0.0))
        below = picture[spot]
        below *= cv2.merge([left_over] * 4)[part]
        below += painted[part]
        labels[spot][cover[part] >= 0.5] = index + 1
    return picture[..., :3], labels


def _renumber(labels: NDArray[np.int32], count: int) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """Number the grains that can be seen 1, 2, 3 …; also tell which of all grains they are."""
    shown = np.bincount(labels.ravel(), minlength=count + 1) > 0
    shown[0] = False
    numbers = np.cumsum(shown).astype(np.int32)
    numbers[0] = 0
    return numbers[labels], np.flatnonzero(shown[1:])
