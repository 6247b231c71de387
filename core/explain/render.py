"""Maps as pictures: scale, colours, overlay. The only place where a map is normalised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from core.explain.explanation import Explanation
from core.images.preprocess import Placement, project_to_photo
from core.images.resize import shrink

Pixels = NDArray[np.uint8]

COLORS: Mapping[str, int] = MappingProxyType(
    {
        "inferno": cv2.COLORMAP_INFERNO,
        "viridis": cv2.COLORMAP_VIRIDIS,
        "cividis": cv2.COLORMAP_CIVIDIS,
        "jet": cv2.COLORMAP_JET,
    }
)
"""Colours by name. All but jet are perceptually uniform and safe for colour-blind eyes; jet is the
article's, and invents edges."""

DEFAULT_COLORS = "viridis"
DRAWING_BYTES = 18
"""Bytes a pixel that `render_pictures` and encoding one of its pictures take, at most."""

_NOT_COVERED = 128  # grey: the model was not shown this part, so it has no heat


@dataclass(frozen=True)
class Heat:
    """A map on the photo, as shares of a scale.

    Attributes:
        levels: uint8 [H, W]; 0 is the scale's low end, 255 its high end.
        covered: bool [H, W]; where False, the model was not shown the photo.
        low, high: The scale's ends, in units of the score; equal where nothing in the photo speaks
            for the class.
    """

    levels: NDArray[np.uint8]
    covered: NDArray[np.bool_]
    low: float
    high: float

    @property
    def is_empty(self) -> bool:
        """Whether nothing in the photo speaks for the class."""
        return self.high <= 0


def heat_on_photo(
    grid: NDArray[np.float32],
    placement: Placement,
    size: tuple[int, int],
    top: float | None = None,
) -> Heat:
    """Scale what speaks for the class, and lay it on the photo.

    What speaks against it (below 0) counts as nothing. On its own scale a photo's heat runs from
    the least to the most of this photo (as VizGradCAM draws it); on a shared one from 0 to `top`,
    so that photos can be compared.

    Args:
        grid: float32 [h, w], a raw map.
        placement: Where the photo lay in the model's input.
        size: (height, width) to draw at.
        top: The shared scale's high end; None for the photo's own scale.

    Example:
        >>> from core.images.preprocess import place
        >>> grid, whole = np.array([[-1.0, 3.0]], np.float32), place((1, 2), (1, 2), "squash")
        >>> drawn = heat_on_photo(grid, whole, (1, 2))
        >>> drawn.levels.tolist(), drawn.high
        ([[0, 255]], 3.0)
    """
    heat = project_to_photo(grid, placement, size)
    covered = ~np.isnan(heat)
    np.fmax(heat, 0, out=heat)  # 0 also where the model was not shown the photo
    low, high = 0.0, top or 0.0
    if top is None:
        low = float(heat.min(where=covered, initial=np.inf))
        high = float(heat.max(where=covered, initial=-np.inf))
        if high - low <= 1e-6 * high:  # the same everywhere: all of it is the most there is
            low = 0.0
    if high <= 0:
        return Heat(np.zeros(size, np.uint8), covered, 0.0, 0.0)
    return Heat(_scaled(heat, low, high), covered, low, high)


def cell_levels(grid: NDArray[np.float32], drawn: Heat) -> NDArray[np.uint8]:
    """The cells of a map on the scale that it was drawn with, nothing smoothed between them.

    Args:
        grid: float32 [h, w], a raw map.
        drawn: The same map on the photo.

    Returns:
        uint8 [h, w]; 0 where there is no heat.

    Example:
        >>> whole = Heat(np.zeros((1, 2), np.uint8), np.ones((1, 2), bool), 0.0, 3.0)
        >>> cell_levels(np.array([[-1.0, 1.0, 3.0]], np.float32), whole).tolist()
        [[0, 85, 255]]
    """
    if drawn.is_empty:
        return np.zeros(grid.shape, np.uint8)
    return _scaled(np.maximum(grid, 0), drawn.low, drawn.high)


def _scaled(heat: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    """Shares of a scale as 0 to 255; overwrites what it is given."""
    heat -= low
    heat *= 255 / (high - low)
    np.clip(heat, 0, 255, out=heat)
    return heat.astype(np.uint8)


def colorize(drawn: Heat, colors: str = DEFAULT_COLORS) -> Pixels:
    """Heat in colours: uint8 [H, W, 3], RGB; grey where the model was not shown the photo.

    Raises:
        KeyError: If there are no such colours.
    """
    picture = cv2.applyColorMap(drawn.levels, color_table(colors)[:, None])
    if not drawn.covered.all():
        picture[~drawn.covered] = _NOT_COVERED
    return picture


@lru_cache
def color_table(colors: str) -> Pixels:
    """The colour of each level: uint8 [256, 3], RGB.

    Example:
        >>> color_table("jet")[[0, 255]].tolist()
        [[0, 0, 128], [128, 0, 0]]
    """
    levels = np.arange(256, dtype=np.uint8)[:, None]
    table = np.ascontiguousarray(cv2.applyColorMap(levels, COLORS[colors])[:, 0, ::-1])
    table.setflags(write=False)
    return table


def overlay(rgb: Pixels, heatmap: Pixels, blend: float, stretch: bool = False) -> Pixels:
    """Lay a heatmap over its photo.

    Args:
        rgb: uint8 [H, W, 3].
        heatmap: uint8 [H, W, 3], the same size.
        blend: 0 (the photo alone) to 1 (the heatmap alone).
        stretch: Stretch the photo's values to 0..255 first, as the article's tool does.

    Returns:
        uint8 [H, W, 3].

    Example:
        >>> white, black = np.full((1, 1, 3), 255, np.uint8), np.zeros((1, 1, 3), np.uint8)
        >>> overlay(white, black, 0.4).tolist()
        [[[153, 153, 153]]]
    """
    if stretch:
        rgb = rescale_intensity(rgb)
    return cv2.addWeighted(rgb, 1 - blend, heatmap, blend, 0)


def rescale_intensity(rgb: NDArray[np.generic]) -> Pixels:
    """Stretch an image: its least value to 0, its greatest to 255; uint8."""
    if rgb.dtype == np.uint8:
        values = np.asarray(rgb, np.uint8)
        return np.asarray(cv2.LUT(values, stretch_table(values)), np.uint8)
    values = np.asarray(rgb, np.float32)
    low, high = values.min(), values.max()
    return ((values - low) * (255 / max(high - low, 1e-12))).astype(np.uint8)


def stretch_table(rgb: Pixels) -> NDArray[np.uint8]:
    """What each value of a photo becomes when the photo is stretched: uint8 [256].

    Example:
        >>> stretch_table(np.array([[[50, 100, 150]]], np.uint8))[[50, 100, 150]].tolist()
        [0, 127, 255]
    """
    return rescale_intensity(np.arange(256, dtype=np.float32).clip(rgb.min(), rgb.max()))


@dataclass(frozen=True)
class Pictures:
    """The three pictures of one photo, all uint8 [H, W, 3] of the same size, and the heat shown."""

    original: Pixels
    heatmap: Pixels
    overlay: Pixels
    heat: Heat


def render_pictures(
    rgb: Pixels,
    explanation: Explanation,
    target: str,
    blend: float,
    colors: str = DEFAULT_COLORS,
    top: float | None = None,
) -> Pictures:
    """Original, heatmap and overlay of one photo for one class.

    Args:
        rgb: uint8 [H, W, 3], the photo at the size to draw.
        explanation: Of that photo.
        target: Name of the class.
        blend: 0 (the photo alone) to 1 (the heatmap alone).
        colors: One of `COLORS`; "jet" also stretches the photo under the heat, as the article's
            tool does.
        top: High end of a shared scale; None for the photo's own.
    """
    drawn = heat_on_photo(explanation.map(target), explanation.placement, rgb.shape[:2], top)
    heatmap = colorize(drawn, colors)
    return Pictures(rgb, heatmap, overlay(rgb, heatmap, blend, stretch=colors == "jet"), drawn)


def legend(colors: str, width: int = 256, height: int = 12) -> Pixels:
    """The colours from the scale's low end to its high end: uint8 [height, width, 3]."""
    ramp = np.linspace(0, 255, width).astype(np.uint8)[None].repeat(height, axis=0)
    return colorize(Heat(ramp, np.ones(ramp.shape, bool), 0, 1), colors)


def side_by_side(pictures: list[Pixels], gap: int = 16) -> Pixels:
    """Join pictures side by side on white, uint8 [H, W, 3]; higher ones are shrunk to the lowest.

    Example:
        >>> side_by_side([np.zeros((20, 30, 3), np.uint8), np.zeros((40, 10, 3), np.uint8)]).shape
        (20, 51, 3)
    """
    height = min(picture.shape[0] for picture in pictures)
    pictures = [shrink(picture, height / picture.shape[0]) for picture in pictures]
    space = np.full((height, gap, 3), 255, np.uint8)
    parts = [part for picture in pictures for part in (space, picture)][1:]
    return np.concatenate(parts, axis=1)
