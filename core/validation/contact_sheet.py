"""Contact sheet of photos with heat, rice outline and caption."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.evidence.masked_input import Mask, Pixels
from core.explain.explanation import Explanation
from core.explain.render import render_pictures

_WIDTH, _HEIGHT, _GAP, _TEXT = 280, 210, 8, 13  # pixels
_LINES, _LETTERS = 3, 44  # of a caption
_BLEND = 0.45


@dataclass(frozen=True)
class Tile:
    """One photo on the sheet.

    Attributes:
        rgb: uint8 [H, W, 3].
        explanation: Of the photo; the predicted class is drawn.
        rice: bool [H, W]; all False for no outline.
        caption: A line, or a few; what does not fit into three is not seen.
    """

    rgb: Pixels
    explanation: Explanation
    rice: Mask
    caption: str


def contact_sheet(tiles: Sequence[Tile], columns: int = 3) -> Pixels:
    """Draw tiles in rows on white: uint8 [H, W, 3]."""
    high = _HEIGHT + _LINES * (_TEXT + 3) + _GAP
    rows = -(-len(tiles) // columns)
    page = Image.new(
        "RGB", (columns * (_WIDTH + _GAP) + _GAP, rows * (high + _GAP) + _GAP), "white"
    )
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(_TEXT)
    for number, tile in enumerate(tiles):
        left = _GAP + number % columns * (_WIDTH + _GAP)
        top = _GAP + number // columns * (high + _GAP)
        page.paste(Image.fromarray(draw_tile(tile)), (left, top))
        lines = (textwrap.fill(line, _LETTERS) for line in tile.caption.splitlines())
        draw.multiline_text((left, top + _HEIGHT + 3), "\n".join(lines), "black", font, spacing=3)
    return np.asarray(page)


def draw_tile(tile: Tile) -> Pixels:
    """Draw the overlay with the rice's outline in white, filling a tile: uint8 [h, w, 3]."""
    predicted = tile.explanation.predicted
    overlay = render_pictures(tile.rgb, tile.explanation, predicted, _BLEND).overlay
    scale = max(_WIDTH / overlay.shape[1], _HEIGHT / overlay.shape[0])
    size = round(overlay.shape[1] * scale), round(overlay.shape[0] * scale)
    small = cv2.resize(overlay, size, interpolation=cv2.INTER_AREA)
    rice = cv2.resize(tile.rice.astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    edges, _ = cv2.findContours(rice, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(small, edges, -1, (255, 255, 255), 1)
    top, left = (small.shape[0] - _HEIGHT) // 2, (small.shape[1] - _WIDTH) // 2
    return small[top : top + _HEIGHT, left : left + _WIDTH]
