"""Borders drawn around photos."""

from __future__ import annotations

RED = (205, 45, 40)


def framed(rgb, width, colour=RED):
    """The photo with its outermost pixels covered."""
    covered = rgb.copy()
    inside = covered[width:-width, width:-width].copy()
    covered[:] = colour
    covered[width:-width, width:-width] = inside
    return covered
