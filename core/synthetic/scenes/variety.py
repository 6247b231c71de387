"""Varieties as parameters: size, shape and material of grains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Variety:
    """Parameters of how the milled grains of one variety look.

    Attributes:
        name: Its name.
        length: Mean length of a whole grain in mm.
        ratio: Mean length divided by width.
        spread: Standard deviation of length, ratio and bluntness, as a share of the mean.
        colour: Colour of the body under white light, sRGB.
        opacity: 0 (glass) to 1 (chalk): how little of what lies below shines through.
        chalky: Share of grains with a white, opaque core.
        broken: Share of grains that milling broke.
        curve: How far the middle line bends, as a share of the length.
        taper: How much narrower one end is than the other, 0 to 1.
        bluntness: Exponent of the outline `|x|^bluntness + |y|^2 = 1`: 2 is an ellipse, more
            makes the sides parallel and the ends blunt (a superellipse, after Piet Hein).
        germ: How deep the lost germ's oblique bite at one tip reaches, in half-widths; 0 for none.
        gloss: Strength of the highlight.
        streak: Strength of the lengthwise texture.
    """

    name: str
    length: float
    ratio: float
    spread: float
    colour: tuple[int, int, int]
    opacity: float
    chalky: float
    broken: float
    curve: float
    taper: float
    bluntness: float
    germ: float
    gloss: float
    streak: float


VARIETIES: Mapping[str, Variety] = MappingProxyType(
    {
        variety.name: variety
        for variety in (
            Variety(
                "Basmati",
                length=7.6,
                ratio=4.6,
                spread=0.07,
                colour=(246, 239, 212),
                opacity=0.6,
                chalky=0.07,
                broken=0.07,
                curve=0.018,
                taper=0.14,
                bluntness=3.4,
                germ=0.25,
                gloss=0.16,
                streak=0.5,
            ),
            Variety(
                "IR64",
                length=6.3,
                ratio=3.1,
                spread=0.09,
                colour=(240, 239, 226),
                opacity=0.52,
                chalky=0.22,
                broken=0.2,
                curve=0.012,
                taper=0.12,
                bluntness=3.0,
                germ=0.3,
                gloss=0.4,
                streak=0.28,
            ),
            Variety(
                "Ketan",
                length=5.6,
                ratio=2.4,
                spread=0.09,
                colour=(246, 243, 234),
                opacity=1.0,
                chalky=0.0,
                broken=0.2,
                curve=0.01,
                taper=0.1,
                bluntness=3.0,
                germ=0.25,
                gloss=0.04,
                streak=0.12,
            ),
        )
    }
)
