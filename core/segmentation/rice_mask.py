"""Rice mask of a photo, with its certainty."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.images.photo_border import inside_border
from core.images.resize import scaled_size
from core.segmentation.rice_features import (
    SUBSETS,
    Palette,
    color_features,
    reduce_colors,
    shape_features,
)

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

# From this confidence on a mask may be relied on: so that of these, nine in ten overlap the rice by
# 0.8 or more (`python -m tests.bench.rice_masks`).
CONFIDENT = 0.5
FILE = Path(__file__).with_name("mask_quality.json")

VIEW_SIDE = 320
"""Longest side in pixels of the view that the rice is looked for in."""

# In CIE a*b*: red rice, sRGB (150, 85, 65), among white is at 31, a mark (205, 45, 40) at 72.
_FOREIGN = 35.0
_TRIED = 24  # subsets of the colours whose pieces are looked at


@dataclass(frozen=True)
class MaskQuality:
    """Predicts from its features how well a part of a photo overlaps the rice.

    A quadratic form, fitted in closed form to photos with known rice by
    `python -m tests.bench.rice_fit`.

    Attributes:
        quick: Weights of `COLOR_FEATURES`, float64 [18]: which subsets are worth a closer look.
        mean: Of each feature, float64 [24].
        spread: Of each feature, float64 [24].
        constant: The expected overlap of an average part.
        linear: Weights, float64 [24].
        square: Weights of products of two features, float64 [24, 24].
        trust: Weights of the expected overlap, of the two numbers of `_color_contrast`, of
            `_fullness`, and a constant, float64 [5]: the log odds that a mask is right.
    """

    quick: Floats
    mean: Floats
    spread: Floats
    constant: float
    linear: Floats
    square: Floats
    trust: Floats

    def overlap(self, features: Floats) -> Floats:
        """Expected intersection over union with the rice: features [N, 24] to [N]."""
        z = np.clip((features - self.mean) / self.spread, -3, 3)
        return self.constant + z @ self.linear + ((z @ self.square) * z).sum(axis=1)

    def confidence(self, features: Floats) -> float:
        """The chance that a mask overlaps the rice by 0.8 or more, 0 to 1.

        Args:
            features: The expected overlap, the two numbers of `_color_contrast`, and `_fullness`,
                [4].
        """
        return float(1 / (1 + np.exp(-(np.r_[features, 1.0] @ self.trust))))


@dataclass(frozen=True, eq=False)
class Rice:
    """The rice found in a photo.

    Attributes:
        likelihood: How likely each pixel is rice, float32 [H, W], 0 to 1.
        confidence: The chance that `mask()` overlaps the rice by 0.8 or more (intersection over
            union), 0 to 1, as it is on photos composed of real grains.
        problem: "" if the mask may be relied on; "no_rice" if nothing in the photo looks like
            rice; "not_separable" if something does, but where it ends cannot be told.
    """

    likelihood: NDArray[np.float32]
    confidence: float
    problem: str

    def mask(self, level: float = 0.5, inverted: bool = False) -> Mask:
        """Which pixels are rice, bool [H, W].

        Args:
            level: Likelihood from which a pixel counts as rice: lower takes in more of the photo.
            inverted: Which are not, for a photo that was understood the wrong way round.
        """
        return (self.likelihood >= level) ^ inverted


@dataclass(frozen=True)
class View:
    """The part of a photo that rice is looked for in, small and in a few colours.

    Attributes:
        size: (h, w) of the whole photo, made smaller or larger.
        place: Rows and columns of it that are within its border.
        palette: What is there, in a few colours.
    """

    size: tuple[int, int]
    place: tuple[slice, slice]
    palette: Palette


def find_rice(rgb: NDArray[np.uint8], size: tuple[int, int] | None = None) -> Rice:
    """Find the rice in a photo.

    A border is left out, if there is one. What is within it is reduced to twelve colours. Each way
    to call some of them rice is scored by its colours, its rim and edges, the best also by
    their pieces; the best few vote. What is of quite another colour than the rest of the rice is a
    mark, and left out. Then each pixel at an outline is shared out by how near its colour is to
    the rice's and to the ground's around it.

    It cannot tell rice from other pale grains of like shape, nor from a ground of the same colour;
    the gaps of a heap are not rice where they are dark. White rice on white or patterned cloth, and
    hard shadows on a pale ground, are where it fails most often, and mostly says so.

    Args:
        rgb: uint8 [H, W, 3], sRGB; any size. It is looked at with a longest side of 320 pixels:
            grains much shorter than a hundredth of that are not seen one by one.
        size: (height, width) of the photo, where `rgb` is it shrunk to `VIEW_SIDE`.

    Example:
        >>> photo = np.full((96, 128, 3), (40, 60, 110), np.uint8)
        >>> for turn in range(5):
        ...     place = (20 + 22 * turn, 48), (9, 4), 40 * turn
        ...     _ = cv2.ellipse(photo, *place, 0, 360, (228, 222, 205), -1)
        >>> rice = find_rice(photo)
        >>> rice.problem, bool(rice.mask()[48, 20]), bool(rice.mask()[5, 5])
        ('', True, False)
    """
    height, width = size or rgb.shape[:2]
    quality = _load_quality()
    view = prepare_view(rgb)
    likelihood = np.zeros(view.size, np.float32)
    likelihood[view.place], features = estimate_likelihood(view.palette, quality)
    confidence = quality.confidence(features)
    problem = "" if confidence >= CONFIDENT else "not_separable" if confidence > 0.1 else "no_rice"
    whole = cv2.resize(likelihood, (width, height), interpolation=cv2.INTER_LINEAR)
    return Rice(whole, confidence, problem)


def prepare_view(rgb: NDArray[np.uint8]) -> View:
    """Make a photo small, leave out its border, and reduce it to a few colours."""
    height, width = rgb.shape[:2]
    scale = VIEW_SIDE / max(height, width)
    size = scaled_size(height, width, scale)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = np.asarray(cv2.resize(rgb, size, interpolation=way), np.uint8)
    place = inside_border(small)
    return View((size[1], size[0]), place, reduce_colors(small[place]))


def estimate_likelihood(photo: Palette, quality: MaskQuality) -> tuple[NDArray[np.float32], Floats]:
    """The likelihood of each pixel, float32 [h, w], and the features of its confidence, [4]."""
    features = color_features(photo)
    tried = shortlist(features, quality)
    overlap = quality.overlap(all_features(photo, features, tried))
    weight = np.exp((overlap - overlap.max()) / 0.05)
    votes = weight @ SUBSETS[tried] / weight.sum()
    voted = _without_marks(photo.lab, votes.astype(np.float32)[photo.index])
    likelihood = _matted(photo.lab, _without_dust(voted))
    expected = np.clip(overlap.max(), -0.3, 1.3)  # beyond, it was never seen
    mask = likelihood >= 0.5
    return likelihood, np.array([expected, *_color_contrast(photo.lab, mask), _fullness(mask)])


def shortlist(features: Floats, quality: MaskQuality) -> NDArray[np.intp]:
    """Which of `SUBSETS` are worth a look at their pieces, by their features of colour: [24]."""
    return np.argsort(-(features @ quality.quick))[:_TRIED]


def all_features(photo: Palette, features: Floats, tried: NDArray[np.intp]) -> Floats:
    """The features of colour of some subsets, and those of shape: [N, 24]."""
    coarse = photo.index[::2, ::2]
    return np.c_[features[tried], [shape_features(SUBSETS[each][coarse]) for each in tried]]


@cache
def _load_quality() -> MaskQuality:
    written = json.loads(FILE.read_text("utf-8"))
    known: dict[str, Any] = {name: np.array(value)[()] for name, value in written.items()}
    return MaskQuality(**known)


def _color_contrast(lab: Floats, mask: Mask) -> tuple[float, float]:
    """How far the mask's mean colour is from that around it: for how much both vary, and in all.

    Each 0 to 1. White rice on white cloth is close, so that its outline is a guess.
    """
    wide, narrow = (cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)) for side in (9, 3))
    own = mask.astype(np.uint8)
    inside = lab[cv2.erode(own, narrow) > 0]
    around = lab[cv2.dilate(own, wide) > cv2.dilate(own, narrow)]
    if not len(inside) or not len(around):
        return 0.0, 0.0
    far = float(np.linalg.norm(inside.mean(axis=0) - around.mean(axis=0)))
    varies = float(np.sqrt(inside.var(axis=0).sum() + around.var(axis=0).sum()))
    return float(np.tanh(far / (varies + 3))), float(np.tanh(far / 20))


def _fullness(mask: Mask) -> float:
    """How nearly a mask fills the photo, from four fifths on, 0 to 1.

    A cloth with shadows on it is taken for rice with gaps in it more often than a part of it is.
    """
    return max(0.0, 5 * float(mask.mean()) - 4)


def _without_marks(lab: Floats, likelihood: Floats) -> Floats:
    """A coloured mark among the grains is none of them: one light colours all of these alike.

    Colour is compared for how light a pixel is, as a shadow takes lightness and colour alike.
    """
    inside = likelihood >= 0.5
    if not inside.any():
        return likelihood
    lightness, colour = lab[..., :1] + 10, lab[..., 1:]
    usual = np.median((colour / lightness)[inside], axis=0)
    far = np.linalg.norm(colour - usual * lightness, axis=2) > _FOREIGN
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    mark = cv2.dilate((far & inside).astype(np.uint8), around) > 0
    return np.where(mark, 0, likelihood).astype(np.float32)


def _without_dust(likelihood: Floats) -> Floats:
    """Single bright pixels of the ground are no grains: far smaller than the usual piece."""
    mask = (likelihood >= 0.5).astype(np.uint8)
    _, label, table, _ = cv2.connectedComponentsWithStats(mask)
    area = table[:, cv2.CC_STAT_AREA].astype(float)
    area[0] = 0
    order = np.argsort(area)
    half = np.searchsorted(np.cumsum(area[order]), area.sum() / 2)
    usual = area[order][min(half, len(area) - 1)]
    dust = area < max(8.0, 0.08 * min(usual, 2000.0))
    dust[0] = False
    return np.where(dust[label], 0, likelihood).astype(np.float32)


def _matted(lab: Floats, likelihood: Floats) -> Floats:
    """Pixels at an outline shared out: they are mixed of rice and ground.

    A pixel's share of rice is where its colour lies between the mean colours around it of what is
    surely rice and surely ground: alpha matting in its simplest form. Where these two are hardly
    apart for how much they vary, as at a soft shadow on a pale ground, nothing is changed.
    """
    mask = (likelihood >= 0.5).astype(np.uint8)
    cross = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    wide, narrow = cv2.dilate(mask, cross), cv2.erode(mask, cross)
    rice, rice_spread = _local_colors(lab, narrow + 0.02 * mask)
    ground, ground_spread = _local_colors(lab, 1 - wide + 0.02 * (1 - mask))
    way = rice - ground
    apart = (way**2).sum(axis=2)
    spread = ((rice_spread + ground_spread) * way**2).sum(axis=2) / np.maximum(apart, 1)
    share = ((lab - ground) * way).sum(axis=2) / np.maximum(apart, 1)
    known = (wide > narrow) & (apart > np.maximum(9 * (spread + 4), 15**2))
    return np.where(known, np.clip(share, 0, 1), likelihood).astype(np.float32)


def _local_colors(lab: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Weighted mean and variance of the colour within some pixels, float32 [H, W, 3] each."""
    height, width = weight.shape
    coarse = max(1, width // 4), max(1, height // 4)
    weight = weight.astype(np.float32)[..., None]

    def near(values: Floats) -> Floats:
        small = cv2.resize(values, coarse, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), 0.75)
        # Where there is none of these pixels around: as in the whole photo.
        return np.atleast_3d(small) + 1e-3 * values.mean(axis=(0, 1))

    total = np.maximum(near(weight), 1e-9)
    mean = cv2.resize(near(lab * weight) / total, (width, height))
    square = cv2.resize(near(lab**2 * weight) / total, (width, height))
    return mean, np.maximum(square - mean**2, 0)
