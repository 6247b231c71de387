"""Rice mask of a photo, with its certainty."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.images.photo_border import inside_border
from core.images.resize import scaled_size, shrink_to
from core.segmentation.mask_outline import draw_outline
from core.segmentation.palette import Palette, fit_colors, reduce_colors
from core.segmentation.rice_network import look_around, sees_well

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Pixels = NDArray[np.int64]

CONFIDENT = 0.6
"""Confidence from which a mask may be relied on: a wrong one costs more than none."""

FILE = Path(__file__).with_name("mask_trust.json")

FEATURES = (
    "colours",  # how well the best of its colours overlap what the network sees
    "seen",  # how well the likelihood does
    "again",  # how well what it sees at the other sizes overlaps that
    "within",  # how much of the mask it sees as rice
    "sure",  # how far it is from undecided, where there may be rice
    "contrast",  # how far the mask's colour is from that around it, for how much both vary
    "apart",  # in all
)

# In CIE a*b*: red rice, sRGB (150, 85, 65), among white is at 31, grains in turmeric at 45, a mark
# in yellow (240, 190, 40) at 66, in red (205, 45, 40) at 72.
_FOREIGN = 52.0
_CLEAR = 0.9  # overlap from which no larger view is needed: each takes four times as long
_SAMPLE = 4000  # pixels that the usual colour is found from
_SIDES = 320, 640  # longest side of the view whose colours are looked at, pixels, from and to
_VOTES, _SEEN, _LEAN = 0.12, 0.7, 0.3  # how much is made of colours, sight, and of missing rice


@dataclass(frozen=True, eq=False)
class MaskTrust:
    """Whether a mask is right, by its `FEATURES`.

    A logistic curve, fitted to photos with known rice by `python -m tests.quality.fit_mask_trust`.

    Attributes:
        weights: Of each feature, float64 [7].
        constant: Of them all.
    """

    weights: Floats
    constant: float

    def confidence(self, features: Floats) -> float:
        """The chance that a mask overlaps the rice by 0.8 or more, 0 to 1: of features [7]."""
        return float(1 / (1 + np.exp(-(features @ self.weights + self.constant))))


@dataclass(frozen=True, eq=False)
class Rice:
    """The rice found in a photo.

    Attributes:
        likelihood: How likely each pixel is rice, float32 [H, W], 0 to 1.
        confidence: The chance that `mask()` overlaps the rice by 0.8 or more (intersection over
            union), 0 to 1.
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


def find_rice(rgb: NDArray[np.uint8]) -> Rice:
    """Find the rice in a photo.

    A border is left out, if there is one. A network sees where the rice is, at several sizes of the
    photo; colours tell where it ends: those few of twelve that overlap what the network sees the
    best, at the size at which they do. Their log odds are added. What is of quite another colour
    than the rest of the rice is a mark, and left out. Then the outline is drawn: shadows beside the
    grains are taken off, and each of its pixels is shared out by how near its colour is to the
    rice's and to the ground's around it.

    It takes other pale grains of like shape for rice, and cooked rice under a sauce for none. Rice
    on a ground of its own colour is where it fails most often, and mostly says so.

    Args:
        rgb: uint8 [H, W, 3], sRGB; any size. It is looked at with a longest side of 113 to 1,280
            pixels: grains much shorter than a hundredth of that are not seen one by one.

    Example:
        >>> from core.synthetic.scenes import render_scene
        >>> photo = render_scene("IR64", layout="scattered", background="blue cloth", seed=1)
        >>> rice = find_rice(photo.rgb)
        >>> rice.problem, float((rice.mask() == (photo.labels > 0)).mean()) > 0.95
        ('', True)
    """
    place = _within_border(rgb)
    found, features = estimate_likelihood(rgb[place])
    confidence = min(map(_load_trust().confidence, features))
    problem = "" if confidence >= CONFIDENT else "not_separable" if confidence > 0.1 else "no_rice"
    likelihood = np.zeros(rgb.shape[:2], np.float32)
    rows, columns = likelihood[place].shape
    likelihood[place] = cv2.resize(found, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return Rice(likelihood, confidence, problem)


def estimate_likelihood(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float32], Floats]:
    """How likely each pixel is rice, and what says whether that is right.

    Args:
        rgb: A photo without a border, uint8 [H, W, 3], sRGB.

    Returns:
        float32 [h, w], 0 to 1, of a smaller or larger view; and `FEATURES`, float64 [1, 7], or
        [2, 7] with those of before a larger view was looked at only to draw grains better: that
        sees more of a print, too, and must not make surer.
    """
    height, width = rgb.shape[:2]
    scale = float(np.clip(max(height, width), *_SIDES)) / max(height, width)
    size = scaled_size(height, width, scale)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    photo = reduce_colors(np.asarray(cv2.resize(rgb, size, interpolation=way), np.uint8))
    sights, seen, fits = [], [], []
    for sight in look_around(rgb):
        sights.append(sight)
        seen.append(_resize(sight.rice, size))
        fits.append(fit_colors(photo, seen[-1]))
        if len(fits) > 1 and max(overlap for _, overlap in fits) >= _CLEAR:
            break
    likelihood, features = _put_together(photo, seen, fits)
    if len(sights) == 3 and sees_well(sights[1]):
        return likelihood, np.stack([features, _put_together(photo, seen[:2], fits[:2])[1]])
    return likelihood, features[None]


def _put_together(
    photo: Palette, sights: Sequence[Floats], fits: Sequence[tuple[Floats, float]]
) -> tuple[NDArray[np.float32], Floats]:
    """The likelihood by what is seen and by colours, and its `FEATURES`."""
    # The clearest sight is the one that colours agree with best.
    best = int(np.argmax([overlap for _, overlap in fits]))
    seen, (votes, overlap) = sights[best], fits[best]
    again = [_soft_overlap(seen, each) for each in sights if each is not seen]
    odds = _log_odds(votes, _VOTES)[photo.index] + _SEEN * _log_odds(seen, 0.02) + _LEAN
    marked = _without_marks(photo.lab, (1 / (1 + np.exp(-odds))).astype(np.float32))
    likelihood = draw_outline(photo.lab, _without_dust(marked))
    mask = likelihood >= 0.5
    weight = np.maximum(likelihood, seen)
    sureness = np.abs(2 * seen - 1)
    features = (
        overlap,
        _soft_overlap(likelihood, seen),
        float(np.mean(again)),
        float(seen[mask].mean()) if mask.any() else 0.0,
        float((sureness * weight).sum() / max(float(weight.sum()), 1e-6)),
        *_color_contrast(photo.lab, mask),
    )
    return likelihood, np.array(features)


def _within_border(rgb: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Rows and columns of a photo within its border, found in a smaller view."""
    height, width = rgb.shape[:2]
    small = shrink_to(rgb, _SIDES[0])
    rows, columns = inside_border(small)
    down, across = height / small.shape[0], width / small.shape[1]
    return (
        slice(int(np.ceil(rows.start * down)), int(rows.stop * down)),
        slice(int(np.ceil(columns.start * across)), int(columns.stop * across)),
    )


@cache
def _load_trust() -> MaskTrust:
    return read_trust(FILE)


def read_trust(file: Path) -> MaskTrust:
    """Read what `python -m tests.quality.fit_mask_trust` wrote."""
    written = json.loads(file.read_text("utf-8"))
    return MaskTrust(np.array(written["weights"]), float(written["constant"]))


def _log_odds(share: NDArray[np.float32], least: float) -> NDArray[np.float32]:
    """Log odds of shares, float32; no share is below `least` or above 1 - `least`."""
    kept = np.clip(share, least, 1 - least)
    return np.log(kept / (1 - kept))


def _soft_overlap(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Intersection over union of likelihoods, 0 to 1; 0 where both are nothing."""
    return float(np.minimum(one, other).sum() / max(float(np.maximum(one, other).sum()), 1e-6))


def _resize(likelihood: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    way = cv2.INTER_AREA if likelihood.shape[1] > size[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(likelihood, size, interpolation=way), np.float32)


def _color_contrast(lab: Floats, mask: Mask) -> tuple[float, float]:
    """How far the mask's mean colour is from that around it: for how much both vary, and in all.

    Each 0 to 1. White rice on white cloth is close, so that its outline is a guess.
    """
    wide, narrow = (cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)) for side in (9, 3))
    own = mask.astype(np.uint8)
    inside, around = cv2.erode(own, narrow), cv2.dilate(own, wide) - cv2.dilate(own, narrow)
    if not inside.any() or not around.any():
        return 0.0, 0.0
    (own_mean, own_spread), (mean, spread) = (
        cv2.meanStdDev(lab, mask=part) for part in (inside, around)
    )
    far = float(np.linalg.norm(own_mean - mean))
    varies = float(np.linalg.norm([own_spread, spread]))
    return float(np.tanh(far / (varies + 3))), float(np.tanh(far / 20))


def _without_marks(lab: Floats, likelihood: Floats) -> Floats:
    """A coloured mark among the grains is none of them: one light colours all of these alike.

    Colour is compared for how light a pixel is, as a shadow takes lightness and colour alike.
    """
    inside = likelihood >= 0.5
    some = np.flatnonzero(inside)
    if not len(some):
        return likelihood
    some = some[:: 1 + len(some) // _SAMPLE]
    lightness, *colour = cv2.split(lab)
    lightness += 10
    far = np.zeros_like(likelihood)
    for each in colour:
        usual = np.median(each.ravel()[some] / lightness.ravel()[some])
        far += (each - usual * lightness) ** 2
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    mark = cv2.dilate(((far > _FOREIGN**2) & inside).astype(np.uint8), around) > 0
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
