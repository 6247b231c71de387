"""Numbers of a photo that no grain is in: its ground, its edges, its light, its sharpness."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.images.photo_border import inside_border
from core.images.resize import shrink_to
from core.segmentation.rice_network import look

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Pixels = NDArray[np.uint8]
Blocks = tuple[NDArray[np.float64], ...]
"""Parts of what is measured that are compared each for itself: float64 [d] each, NaN for nothing
to measure."""

_SIDE = 226  # pixels, the longer side of the view that is measured
_GROUND = 0.15  # likelihood of rice below which a pixel is ground
_NEAR = 1 / 45  # of the shorter side: so near to rice lies what is mixed of both, and shadow
_FEWEST = 0.02  # share of the view that a ground must have
_BINS = 4  # of each colour
_GRID = 4  # cells a side of the layout
_RIM = 0.03  # of the shorter side
_INNER = 0.08  # likewise: what is nearer to the rim may be a border
_CORNER = 0.25  # likewise
_TIMES = 5  # more of a colour than in the rest of the ground, to stand out from it
_SCALES = 3  # octaves of detail
_SHARP = 512  # pixels, the longer side of the view that sharpness is measured in
_MOST_BLOCKS = 400  # blocks of JPEG that are enough
_JPEG = 8  # pixels, the side of a block of JPEG
_BANDS = (3, 6, 10)  # sums of a coefficient's two frequencies that part fine detail from coarse


def find_ground(rgb: Pixels) -> tuple[Pixels, Mask]:
    """A small view of a photo, and which of its pixels are ground, well away from any rice.

    One look of the segmenter, a tenth of the time that `find_rice` takes.

    Args:
        rgb: uint8 [H, W, 3], sRGB.

    Returns:
        uint8 [h, w, 3] and bool [h, w].
    """
    view = shrink_to(rgb, _SIDE)
    height, width = view.shape[:2]
    rice = cv2.resize(look(rgb, _SIDE).rice, (width, height), interpolation=cv2.INTER_LINEAR)
    radius = max(1, round(_NEAR * min(height, width)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    return view, cv2.dilate((rice > _GROUND).astype(np.uint8), kernel) == 0


def ground_blocks(view: Pixels, ground: Mask) -> Blocks:
    """The ground's colours, mean colour, strength of texture, and how its colours lie.

    Args:
        view: uint8 [h, w, 3].
        ground: bool [h, w], which pixels to measure.
    """
    if ground.mean() < _FEWEST:
        sizes = _BINS**3, 3, 3 * _SCALES, 3 * _GRID**2
        return tuple(np.full(size, np.nan) for size in sizes)
    texture = [np.log(band[ground].std(axis=0) + 0.3) for band in _bands(view)]
    return (
        _color_shares(view, ground),
        _lab(view)[ground].mean(axis=0).astype(float),
        np.concatenate(texture).astype(float),
        _layout(view, ground),
    )


def edge_blocks(view: Pixels, ground: Mask) -> Blocks:
    """Colours at the rim and in the corners that the rest of the ground lacks; a border's width.

    Args:
        view: uint8 [h, w, 3].
        ground: bool [h, w], which pixels to measure.
    """
    height, width = ground.shape
    rim, side = ~_within(ground.shape, _RIM), max(1, round(_CORNER * min(height, width)))
    usual = np.nan_to_num(_color_shares(view, inner_ground(ground)))
    corners = [
        _color_shares(view[part], ground[part])
        for part in (
            (rows, columns)
            for rows in (slice(side), slice(height - side, None))
            for columns in (slice(side), slice(width - side, None))
        )
    ]
    rows, columns = inside_border(view)
    framed = np.array([rows.start / height, columns.start / width])
    *in_corners, at_rim = (
        np.maximum(0, np.nan_to_num(shares) - _TIMES * usual)
        for shares in (*corners, _color_shares(view, rim))
    )
    # The largest of the four: a mark may lie in any of them.
    return np.max(in_corners, axis=0), at_rim, framed


def light_blocks(view: Pixels, ground: Mask) -> Blocks:
    """Tint of the ground, and how bright its dark and its bright parts are.

    Args:
        view: uint8 [h, w, 3].
        ground: bool [h, w], which pixels to measure.
    """
    if ground.mean() < _FEWEST:
        return np.full(2, np.nan), np.full(3, np.nan)
    lit = view[ground].astype(float) + 4
    red, green, blue = np.log(lit).mean(axis=0)
    levels = np.quantile(lit.mean(axis=1), [0.05, 0.5, 0.95])
    return np.array([red - green, blue - green]), np.log(levels)


def sharpness_blocks(rgb: Pixels, ground: Mask) -> Blocks:
    """How much fine detail the ground has for its coarser detail, in a view of 512 pixels.

    Args:
        rgb: uint8 [H, W, 3].
        ground: bool [h, w], of a view of it.
    """
    if ground.mean() < _FEWEST:
        return np.full(_SCALES, np.nan), np.full(2, np.nan)
    grey, there = _in_grey(shrink_to(rgb, _SHARP), ground)
    strength = [float(np.abs(band[there]).mean()) for band in _bands(grey[..., None], _SCALES + 1)]
    steps = np.diff(np.log(np.array(strength) + 0.05))
    edges = [np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=size)) for size in (1, 3)]
    wide = np.abs(cv2.Sobel(cv2.GaussianBlur(grey, (0, 0), 2), cv2.CV_32F, 1, 0, ksize=1))
    steep = [
        np.quantile(each[there], 0.99) / (np.quantile(wide[there], 0.99) + 1) for each in edges
    ]
    return steps, np.log(np.array(steep) + 0.05)


def compression_blocks(rgb: Pixels, ground: Mask) -> Blocks:
    """Traces of JPEG in the ground's pixels: edges between blocks, coefficients that are nothing.

    They outlast a change of the format, but not of the size.

    Args:
        rgb: uint8 [H, W, 3], in its full size.
        ground: bool [h, w], of a view of it.
    """
    grey, there = _in_grey(rgb, ground)
    rows, columns = (length // _JPEG for length in grey.shape)
    blocks = grey[: rows * _JPEG, : columns * _JPEG].reshape(rows, _JPEG, columns, _JPEG)
    whole = there[: rows * _JPEG, : columns * _JPEG].reshape(rows, _JPEG, columns, _JPEG)
    chosen = blocks.transpose(0, 2, 1, 3)[whole.all(axis=(1, 3))].astype(np.float32)
    if len(chosen) < 4:
        return np.full(len(_BANDS), np.nan), np.full(1, np.nan)
    chosen = chosen[:: max(1, len(chosen) // _MOST_BLOCKS)]
    basis = cv2.dct(np.eye(_JPEG, dtype=np.float32), flags=cv2.DCT_ROWS).T
    size = np.abs(np.einsum("ui,nij,vj->nuv", basis, chosen, basis))
    band = np.add.outer(np.arange(_JPEG), np.arange(_JPEG))
    nothing = [float((size[:, band >= least] < 0.6).mean()) for least in _BANDS]
    step = np.abs(np.diff(grey.astype(np.float32), axis=1))
    within = there[:, 1:] & there[:, :-1]
    at_edge = np.arange(1, grey.shape[1]) % _JPEG == 0
    edge, other = (
        float(step[:, where][within[:, where]].mean()) if within[:, where].any() else np.nan
        for where in (at_edge, ~at_edge)
    )
    return np.array(nothing), np.array([np.log((edge + 0.2) / (other + 0.2))])


def inner_ground(ground: Mask) -> Mask:
    """The ground without what is near the rim, where a border would lie: bool [h, w].

    Example:
        >>> int(inner_ground(np.ones((50, 100), bool)).sum())  # 42 x 92 of them
        3864
    """
    return ground & _within(ground.shape, _INNER)


def _within(shape: tuple[int, ...], margin: float) -> Mask:
    """Which pixels lie so far from the rim, share of the shorter side: bool [h, w]."""
    height, width = shape
    away = max(1, round(margin * min(shape)))
    inside = np.zeros(shape, bool)
    inside[away : height - away, away : width - away] = True
    return inside


def _color_shares(view: Pixels, chosen: Mask) -> NDArray[np.float64]:
    """Share of the chosen pixels in each bin of colour: float64 [64]; NaN for too few of them."""
    if chosen.sum() < _FEWEST * chosen.size or not chosen.any():
        return np.full(_BINS**3, np.nan)
    red, green, blue = (view[chosen] // (256 // _BINS)).astype(int).T
    bins = np.bincount((red * _BINS + green) * _BINS + blue, minlength=_BINS**3)
    return bins / bins.sum()


def _lab(view: Pixels) -> Floats:
    return np.asarray(cv2.cvtColor(view.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))


def _layout(view: Pixels, ground: Mask) -> NDArray[np.float64]:
    """Colours of the ground in a coarse grid, where there is none its mean: float64 [48]."""
    weight = ground.astype(np.float32)[..., None]
    sums, shares = (
        cv2.resize(each, (_GRID, _GRID), interpolation=cv2.INTER_AREA).reshape(_GRID**2, -1)
        for each in (_lab(view) * weight, weight)
    )
    mean = sums.sum(axis=0) / shares.sum()
    return ((sums + 0.02 * mean) / (shares + 0.02)).astype(float).ravel()


def _bands(picture: Floats | Pixels, count: int = _SCALES) -> list[Floats]:
    """What is between one blur and the next of a picture, an octave apart: float32 [H, W, C]."""
    blurred = [picture.astype(np.float32)]
    for octave in range(count):
        blurred.append(np.atleast_3d(cv2.GaussianBlur(blurred[0], (0, 0), 0.7 * 2**octave)))
    return [fine - coarse for fine, coarse in pairwise(blurred)]


def _in_grey(rgb: Pixels, ground: Mask) -> tuple[Pixels, Mask]:
    """A photo's grey levels, and where its ground is in it."""
    height, width = rgb.shape[:2]
    there = cv2.resize(ground.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)), there > 0
