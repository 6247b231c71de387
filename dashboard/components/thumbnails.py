"""Rows of thumbnails, each with a caption that is also its alt text."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import streamlit as st

from core.evidence.masked_input import Floats
from core.explain.explanation import Explanation
from core.explain.render import Pixels, colorize, heat_on_photo
from core.images.preprocess import Placement
from dashboard.i18n.translate import unescape
from dashboard.work.photo_previews import jpeg

_LONGEST = 440  # pixels: twice the widest shown, for screens of high density
_WIDTH = 148  # two beside each other on a phone

Tile = tuple[Pixels, str]
"""A picture, uint8 [h, w, 3], and its caption as Markdown."""


def draw(key: str, tiles: Iterable[Tile], width: int = _WIDTH) -> None:
    """Draw pictures side by side, as many as there is room for."""
    with st.container(key=f"tiles-{key}", horizontal=True, gap="small"):
        for picture, caption in tiles:
            with st.container(width=width, gap=None):
                st.image(jpeg(picture), alt=unescape(caption), width="stretch")
                st.caption(caption)


def small(rgb: Pixels) -> Pixels:
    """A picture made small enough for a tile."""
    return cv2.resize(rgb, _size(*rgb.shape[:2]), interpolation=cv2.INTER_AREA)


def shown(pixels: Pixels, placement: Placement) -> Pixels:
    """What a model was shown, in the photo's own proportions and without black bars.

    Args:
        pixels: uint8 [h, w, 3], in the model's size.
        placement: Where the photo lay in it.
    """
    box, source = placement.target, placement.source
    part = pixels[box.top : box.top + box.height, box.left : box.left + box.width]
    return cv2.resize(part, _size(source.height, source.width), interpolation=cv2.INTER_CUBIC)


def heatmap(explanation: Explanation, grid: Floats, colors: str) -> Pixels:
    """A map of the model's input in colours, on its own scale, in the photo's proportions.

    Args:
        explanation: Of the photo.
        grid: float32 [rows, columns].
        colors: One of `render.COLORS`.
    """
    width, height = _size(*explanation.placement.photo)
    return colorize(heat_on_photo(grid, explanation.placement, (height, width)), colors)


def _size(height: int, width: int) -> tuple[int, int]:
    scale = _LONGEST / max(height, width)
    return max(1, round(scale * width)), max(1, round(scale * height))
