"""Pictures of grains: numbered on their photo, and one by one."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from core.explain.render import DEFAULT_COLORS, render_pictures, side_by_side
from core.grain_counting.broken import BROKEN
from core.grain_counting.count_grains import Grain, GrainCount

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]

# Okabe and Ito 2008, "Color Universal Design": distinct for the colour-blind, too.
_COLOURS: tuple[Colour, ...] = (
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0),
    (204, 121, 167),
)  # fmt: skip
UNCLASSIFIED: Colour = (255, 40, 150)
"""Outline of what is not one grain: the pink that the page outlines rice with."""

BROKEN_LINE: Colour = (255, 255, 255)
"""Outline of a broken grain."""

_THICK, _THIN = 1 / 500, 0.08  # of the longer side; of a grain's width, where that is less
_DIGIT = 22  # height of a digit of OpenCV's font at scale 1, pixels
_FITS = 0.8  # of a grain's length and width: what a number may take up
_BLEND = 0.5


def variety_colors(varieties: Sequence[str]) -> dict[str, Colour]:
    """A colour for each variety; of more than seven, from around the wheel.

    Example:
        >>> variety_colors(["Arborio", "Basmati"])["Basmati"]
        (86, 180, 233)
    """
    if len(varieties) <= len(_COLOURS):
        return dict(zip(varieties, _COLOURS, strict=False))
    wheel = (colorsys.hsv_to_rgb(n / len(varieties), 0.8, 0.9) for n in range(len(varieties)))
    return {
        name: (round(255 * red), round(255 * green), round(255 * blue))
        for name, (red, green, blue) in zip(varieties, wheel, strict=True)
    }


def draw_numbered(rgb: Pixels, found: GrainCount, varieties: Sequence[str]) -> Pixels:
    """Draw each grain outlined in its variety's colour on its photo, with its number if it fits.

    Args:
        rgb: The photo as the grains were found in it, uint8 [H, W, 3].
        found: Its grains.
        varieties: The model's classes.

    Returns:
        uint8 [H, W, 3].
    """
    drawn, colour = rgb.copy(), variety_colors(varieties)
    wide = float(np.median([grain.piece.width for grain in found.grains])) if found.grains else 0
    thick = max(1, round(min(_THICK * max(found.photo), _THIN * wide)))
    for grain in found.grains:
        box, inside = grain.piece.box, grain.piece.inside.astype(np.uint8)
        lines, _ = cv2.findContours(
            inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE, offset=(box.left, box.top)
        )
        unclassified = BROKEN_LINE if grain.problem == BROKEN else UNCLASSIFIED
        own = colour.get(grain.variety, unclassified)
        for width, paint in ((3 * thick, (0, 0, 0)), (thick, own)):
            cv2.drawContours(drawn, lines, -1, paint, width, cv2.LINE_AA)
    for grain in found.grains:
        _write(drawn, grain)
    return drawn


def _write(drawn: Pixels, grain: Grain) -> None:
    """The number in the middle of the grain, white on black; none where it would hide it."""
    box, text = grain.piece.box, str(grain.number)
    size = float(np.clip(grain.piece.width * 0.55 / _DIGIT, 0.45, 1.1))
    thick = max(1, round(1.4 * size))
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, thick)
    if wide > _FITS * grain.piece.length or high > _FITS * grain.piece.width:
        return
    at = round(box.left + (box.width - wide) / 2), round(box.top + (box.height + high) / 2)
    for width, paint in ((thick + 3, (0, 0, 0)), (thick, (255, 255, 255))):
        cv2.putText(drawn, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, paint, width, cv2.LINE_AA)


def provenance(found: GrainCount, model: str) -> dict[str, str]:
    """What a picture of a photo's grains says of itself, to be written into its file."""
    return {"Software": "Rice Lens", "Photo SHA-256": found.sha256, "Model": model}


def draw_close_up(grain: Grain, side: int, colors: str = DEFAULT_COLORS) -> Pixels:
    """Draw a grain as the model was shown it, and with the heat of the model's answer on it.

    Args:
        grain: One.
        side: Of each of the two, in pixels.
        colors: One of `render.COLORS`.

    Returns:
        Both side by side, uint8 [side, 2 side and a gap, 3].
    """
    large = cv2.resize(grain.cut_out, (side, side), interpolation=cv2.INTER_CUBIC)
    explained = grain.explanation
    drawn = render_pictures(large, explained, explained.predicted, _BLEND, colors)
    return side_by_side([drawn.original, drawn.overlay], gap=max(1, side // 16))
