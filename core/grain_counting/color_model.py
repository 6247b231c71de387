"""Rice pixels by colour histograms of rice and background, started from a first mask.

`core.segmentation.rice_mask` looks at a photo small and in twelve colours: there, the shadow
between two grains is of the grains' colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.grain_counting.outline import fill_holes, remove_lines

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Bins of lightness, green to red, blue to yellow; each 3 by 2 by 2 of CIE L*a*b*. What has more
# colour than rice or wood falls into the last ones.
_BINS = 32, 64, 64
_SOME = 20_000  # pixels that the colours of rice and ground are sampled from
_PASSES = 2  # the second with the colours of what the first found
_NEAR = 1 / 160  # of the longer side: around the mask, what is neither
# Gains of the ground where it lies in the shadow of grains, and how much of it does.
_SHADES = (0.9, 0.8, 0.71, 0.63, 0.56, 0.5, 0.43)
_SHADED = 1.0
# Gains of grains that lie brighter or darker than most, and how much of the rice does.
_LIT = (0.8, 0.9, 1.12, 1.25)
_UNLIKE = 0.6
_EDGE, _OWN = 0.1, 0.7  # how much lies at an edge, and how much of such a pixel is its own colour
_NEVER = 1e-6  # of the ground in a colour that it was not seen in
_FOREIGN = 3e-6  # of the rice: what is not the ground's is rather the rice's
_CALM = 1.2  # pixels over which neighbours have a say


class ColorSegmentation(NamedTuple):
    """A mask redrawn by colour.

    Attributes:
        mask: Which pixels are rice, bool [H, W].
        similarity: Of the colours of rice and ground, shadows among them: the intersection of
            their histograms, 0 to 1.
    """

    mask: Mask
    similarity: float


def segment_by_color(rgb: Pixels, mask: Mask) -> ColorSegmentation:
    """Redraw a mask: what is likelier of the rice's colours than of the ground's.

    The colours of both are histograms (Swain and Ballard 1991, "Color Indexing"; the ratio as Jones
    and Rehg 2002, "Statistical color models with application to skin detection"), the rice's of the
    cores of the mask, the ground's of what lies away from it. A shadow has the ground's colour at
    less light, so that the ground is also counted darkened. Nothing is learnt beforehand.

    Args:
        rgb: uint8 [H, W, 3].
        mask: Roughly, which pixels are rice: bool [H, W].

    Returns:
        The mask itself, and no similarity, where it leaves no ground or no rice to learn from.

    Example:
        >>> photo = np.full((96, 320, 3), (200, 180, 150), np.uint8)
        >>> photo[30:60, 90:230] = (120, 108, 90)  # shadow
        >>> photo[35:55, 100:150] = photo[35:55, 160:220] = (130, 132, 128)  # two grains
        >>> rough = np.zeros((96, 320), bool)
        >>> rough[33:57, 97:223] = True
        >>> cv2.connectedComponents(segment_by_color(photo, rough).mask.astype(np.uint8))[0] - 1
        2
    """
    first, similarity = mask, 0.0
    calm = cv2.GaussianBlur(np.ascontiguousarray(rgb), (0, 0), 0.7)
    bins = _bins(calm)
    reach = max(1, round(_NEAR * max(mask.shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    for _ in range(_PASSES):
        rough = mask.astype(np.uint8)
        distance = cv2.distanceTransform(rough, cv2.DIST_L2, 5)
        core = distance > (np.median(distance[mask]) if mask.any() else 0)
        ground = cv2.dilate(rough, disc) == 0
        if not core.any() or not ground.any():
            return ColorSegmentation(mask, similarity)
        shown, under = _some(calm, core), _some(calm, ground)
        rice = _colours(shown, under, _LIT, _UNLIKE, 1.7)
        table = _colours(under, shown, _SHADES, _SHADED, 1.0)
        similarity = float(np.minimum(rice / rice.sum(), table / table.sum()).sum())
        odds = np.log((rice + _FOREIGN) / (table + _NEVER))
        likely = cv2.GaussianBlur(np.clip(odds, -4, 4)[bins], (0, 0), _CALM)
        mask = remove_lines(fill_holes(likely > 0))
    # What has the rice's colours, but nothing of the mask, may well be ground.
    count, parts = cv2.connectedComponents(mask.astype(np.uint8))
    real = np.zeros(count, bool)
    real[parts[first]] = True
    return ColorSegmentation(mask & real[parts], similarity)


def _bins(rgb: Pixels) -> NDArray[np.int32]:
    """The histogram's bin of each pixel: uint8 [..., 3] to int32 [...]."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.int32)  # 0 to 255; no colour is 128
    a, b = (np.clip((lab[..., channel] - 64) >> 1, 0, _BINS[channel] - 1) for channel in (1, 2))
    return ((lab[..., 0] >> 3) * _BINS[1] + a) * _BINS[2] + b


def _some(rgb: Pixels, where: Mask) -> Pixels:
    """Some of the pixels, evenly: uint8 [n, 3]."""
    places = np.flatnonzero(where)
    return rgb.reshape(-1, 3)[places[np.linspace(0, len(places) - 1, _SOME).astype(int)]]


def _colours(
    own: Pixels, other: Pixels, gains: Sequence[float], share: float, blur: float
) -> Floats:
    """How often each colour is among some pixels, also at other gains and at edges: [bins]."""
    shown = [(1.0, own), (_EDGE, _OWN * own + (1 - _OWN) * other)]
    shown += [(share / len(gains), gain * own) for gain in gains]
    seen = np.zeros(int(np.prod(_BINS)), np.float32)
    for weight, pixels in shown:
        bins = _bins(np.clip(pixels, 0, 255).astype(np.uint8)[None]).ravel()
        seen += weight / _SOME * np.bincount(bins, minlength=len(seen)).astype(np.float32)
    return _blurred(seen.reshape(_BINS), blur).ravel()


def _blurred(table: Floats, sigma: float) -> Floats:
    """Blur along each axis, float32 [a, b, c]."""
    kernel = cv2.getGaussianKernel(9, sigma)
    for axis in range(3):
        turned = np.moveaxis(table, axis, 0)
        flat = np.ascontiguousarray(turned.reshape(turned.shape[0], -1), np.float32)
        flat = cv2.filter2D(flat, -1, kernel, borderType=cv2.BORDER_CONSTANT)
        table = np.moveaxis(flat.reshape(turned.shape), 0, axis)
    return np.ascontiguousarray(table)
