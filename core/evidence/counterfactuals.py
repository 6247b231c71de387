"""Counterfactual photos: another background, no rice.

Every function takes and gives the part of the model's input that shows the photo, uint8 [h, w, 3],
with `rice` float32 [h, w], how much of each pixel is rice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.evidence.conditions import CHANGES
from core.evidence.masked_input import Floats, Pixels

_FEWEST = 0.03  # share of the photo that a background must have to be filled in from
_WIDER = 1 / 12  # of the shorter side: by how far rice may lie beyond a mask that is not trusted
_RIM, _SHADOW = 1 / 96, 1 / 24  # of the shorter side: how far an outline and a shadow reach
_COLOURED = 0.15  # between the channels' gains, from which on it is no shadow
_DARK = 8  # grey levels, below which a colour cannot be told
_TRACE = 0.1  # of a pixel, from which on rice can be seen in it
_BLUR = 1 / 8  # of the shorter side
_PLAIN = 3  # times the median: detail up to there is texture
_MOVES = 12  # places that texture is taken from


class ClassScore(NamedTuple):
    """The class's score in one photo: the probability that people read, and its log odds.

    The log odds are the model's own, without the card's temperature: verdicts depend on them alone.
    """

    probability: float
    log_odds: float


@dataclass(frozen=True)
class Counterfactuals:
    """The class's score when parts of the photo are replaced.

    Attributes:
        original: Of the photo itself.
        blurred_background: With its background blurred; None until more than the verdict is asked.
        mean_background: On the mean colour of its background; likewise.
        other_backgrounds: On each of the neutral backgrounds; none where no rice is known.
        rice_removed: Without its rice; None if there is too little background to fill in from.
        other_rice: With other rice in its place, as of `other_rice.lay_other_rice`.
        favouring_colour: On the coloured background that the model's answers to rendered rice go
            with most for this class; None where they do not go with colours, or no rice is known.
        opposing_colour: On the one that they go against most; likewise.
        blank: Of each of the neutral backgrounds alone, in the same order.
        changed: With how it was taken changed, by the names of `conditions.CHANGES`; until more is
            asked, those that the model's answers go with.
        follows: For each of `conditions.CONDITIONS`, how much of the model's answers to rendered
            scenes goes with it, 0 to 1, as `Baselines.follows`.
        pictures: The photos that the model was shown, uint8 [h, w, 3], by the names above and of
            the changes; of `other_backgrounds` and `other_rice` the first.
    """

    original: ClassScore
    blurred_background: ClassScore | None
    mean_background: ClassScore | None
    other_backgrounds: tuple[ClassScore, ...]
    rice_removed: ClassScore | None
    other_rice: tuple[ClassScore, ...]
    favouring_colour: ClassScore | None
    opposing_colour: ClassScore | None
    blank: tuple[ClassScore, ...]
    changed: Mapping[str, ClassScore]
    follows: Mapping[str, float]
    pictures: Mapping[str, Pixels]

    @property
    def complete(self) -> bool:
        """Whether all photos were asked about, not only those that the verdict depends on."""
        return len(self.changed) == len(CHANGES)

    @property
    def without_background(self) -> float | None:
        """The class's mean probability on the neutral backgrounds; None where there are none."""
        return _mean_probability(self.other_backgrounds)

    @property
    def with_other_rice(self) -> float | None:
        """The class's mean probability with other rice in the place of its own, likewise."""
        return _mean_probability(self.other_rice)

    @property
    def of_nothing(self) -> float | None:
        """The class's mean probability of empty tables, likewise."""
        return _mean_probability(self.blank)


def _mean_probability(scores: Sequence[ClassScore]) -> float | None:
    found = [each.probability for each in scores]
    return float(np.mean(found)) if found else None


def replace_background(pixels: Pixels, rice: Floats, background: Pixels | Floats) -> Pixels:
    """Put the rice on another background of the same size."""
    mixed = rice[..., None] * pixels + (1 - rice[..., None]) * background
    return mixed.round().astype(np.uint8)


def average_background(pixels: Pixels, rice: Floats) -> Pixels:
    """Replace the background by its mean colour."""
    empty = (1 - rice)[..., None]
    mean = (pixels * empty).sum(axis=(0, 1)) / max(float(empty.sum()), 1e-6)
    return replace_background(pixels, rice, mean.astype(np.float32))


def blur_background(pixels: Pixels, rice: Floats) -> Pixels:
    """Blur the background by an eighth of the side: no texture or marks are left.

    Rice does not bleed into it: each pixel is the mean of the background around it.
    """
    sigma = _BLUR * min(pixels.shape[:2])
    empty = 1 - rice

    def smooth(values: Floats) -> Floats:
        return cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)

    # Far from any background the weights vanish; there it does not show anyway.
    weights = np.maximum(smooth(empty), 1e-4)[..., None]
    background = smooth(pixels * empty[..., None]) / weights
    return replace_background(pixels, rice, background.astype(np.float32))


def widen(rice: Floats) -> Floats:
    """A mask of all that may be rice, where its outline is not to be trusted: [h, w], 0 or 1.

    Example:
        >>> one = np.zeros((24, 24), np.float32)
        >>> one[12, 12] = 1
        >>> widen(one)[12].astype(int).tolist() == [0] * 10 + [1] * 5 + [0] * 9
        True
    """
    return _dilate(rice, _WIDER)


def remove_rice(pixels: Pixels, rice: Floats, seed: int = 0) -> Pixels | None:
    """Fill in the rice's place from the background around it.

    The colours spread in from the background around (push-pull, Gortler, Grzeszczuk, Szeliski and
    Cohen 1996, "The Lumigraph"); the texture on them is the background's own from other places of
    the photo, where there is none the noise of its strength. The hole takes in the
    rice's shadow, and it has soft edges, for its outline must not show what lay there. What else
    lies close beside the rice stays, as a dish's rim or a date among grains: it may be what gives
    the class away.

    Returns:
        None if there is not enough background to fill it in from.
    """
    hole = _dilate(rice, _RIM)
    if 1 - hole.mean() < _FEWEST:
        return None
    hole = np.maximum(hole, _shadow(pixels, rice))
    filled_in = _push_pull(pixels.astype(np.float32), 1 - hole)
    low = cv2.GaussianBlur(filled_in, (0, 0), 2.0, borderType=cv2.BORDER_REFLECT)
    filled = low + _move_texture(pixels - low, hole > 0, np.random.default_rng(seed))
    soft = np.maximum(hole, cv2.GaussianBlur(hole, (0, 0), 1.0))[..., None]
    return (soft * filled + (1 - soft) * pixels).clip(0, 255).round().astype(np.uint8)


def _dilate(rice: Floats, share: float) -> Floats:
    """Where rice can be seen, wider by a share of the shorter side: float32 [h, w], 0 or 1."""
    side = 2 * round(share * min(rice.shape)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.dilate((rice > _TRACE).astype(np.float32), kernel), np.float32)


def _shadow(pixels: Pixels, rice: Floats) -> Floats:
    """Where the ground beside rice is darker than further away, and of its colour: 0 or 1."""
    near = _dilate(rice, _SHADOW)
    if 1 - near.mean() < _FEWEST:
        return np.zeros_like(near)
    ground = _push_pull(pixels.astype(np.float32), 1 - near)
    gains = (pixels + _DARK) / (ground + _DARK)
    brightest = gains.max(axis=2)
    shaded = (brightest < 1) & (brightest - gains.min(axis=2) < _COLOURED)
    return near * shaded


def _push_pull(colours: Floats, known: Floats) -> Floats:
    """Fill in what is not known from what is, coarse to fine: float32 [h, w, 3]."""
    if min(colours.shape[:2]) <= 2:
        weight = max(float(known.sum()), 1e-6)
        mean = (colours * known[..., None]).sum(axis=(0, 1)) / weight
        return known[..., None] * colours + (1 - known[..., None]) * mean
    weights = cv2.pyrDown(known)
    sums = cv2.pyrDown(colours * known[..., None])
    half = sums / np.maximum(weights, 1e-6)[..., None]
    below = _push_pull(half.astype(np.float32), np.minimum(1, weights * 2))
    above = cv2.pyrUp(below, dstsize=colours.shape[1::-1])
    return known[..., None] * colours + (1 - known[..., None]) * above


def _move_texture(detail: Floats, hole: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    """The background's detail moved into the hole, noise where none reaches: float32 [h, w, 3].

    What stands out, as the edge of a border or a mark, is not copied: it would be new marks.
    """
    strength = np.abs(detail).max(axis=2)
    usable = ~hole & (strength <= _PLAIN * np.median(strength[~hole]) + 1)
    noise = rng.normal(0, 1, hole.shape)[..., None].astype(np.float32)
    filled = noise * detail[usable].std(axis=0)
    missing = hole.copy()
    for _ in range(_MOVES):
        move = tuple(int(rng.integers(1, length)) for length in hole.shape)
        there = missing & np.roll(usable, move, (0, 1))
        filled[there] = np.roll(detail, move, (0, 1))[there]
        missing &= ~there
    return filled
