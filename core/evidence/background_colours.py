"""The background's colour, changed: how far a model's answers go with it, whatever rice lies there.

A model may know the rice and go by the ground as well. Then the rice alone keeps the class on a
neutral background, and what the background alone keeps with other rice is little, for that rice
speaks against it; but on the ground of another class the model says that class. Which colours
those are nobody knows beforehand, so the model is asked once: rendered rice on backgrounds of all
hues, as light and as strong in colour as each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.evidence.blank_images import rendered_table
from core.evidence.counterfactuals import replace_background
from core.evidence.masked_input import Floats, Pixels
from core.evidence.other_rice import render_scattered

_LIGHTNESS, _CHROMA, _HUES = 55.0, 40.0, 8  # of CIE L*a*b*, and how many hues


@dataclass(frozen=True, eq=False)
class ColourAnswers:
    """What a model says to rendered rice on coloured backgrounds.

    Attributes:
        backgrounds: uint8 [K, h, w, 3], as of `coloured_backgrounds`.
        log_odds: float32 [K, C], of each class on each, in the mean over the rice.
        follows: How much of the answers goes with the colour rather than the rice, 0 to 1, as of
            `conditions.share_of_condition`.
    """

    backgrounds: Pixels
    log_odds: Floats
    follows: float

    def favouring_and_opposing(self, class_index: int) -> tuple[Pixels, Pixels]:
        """The backgrounds on which a class is most and least likely: uint8 [h, w, 3] each."""
        odds = self.log_odds[:, class_index]
        return self.backgrounds[odds.argmax()], self.backgrounds[odds.argmin()]


def coloured_backgrounds(size: tuple[int, int]) -> Pixels:
    """Papers of all hues, all of the same lightness and chroma: uint8 [8, h, w, 3].

    Were some lighter, rice would stand out less on them, and be harder to tell.

    Args:
        size: (height, width) in pixels.

    Example:
        >>> means = coloured_backgrounds((32, 32)).mean(axis=(1, 2))
        >>> bool(means.std(axis=0).min() > 15)
        True
    """
    paper = rendered_table("paper", size, np.random.default_rng(0))
    shade = paper.mean(axis=2, keepdims=True) / paper.mean()
    turns = 2 * np.pi * np.arange(_HUES) / _HUES
    lab = [(_LIGHTNESS, _CHROMA * np.cos(turn), _CHROMA * np.sin(turn)) for turn in turns]
    colours = 255 * cv2.cvtColor(np.array([lab], np.float32), cv2.COLOR_LAB2RGB)[0]
    return np.stack([(shade * each).clip(0, 255).round().astype(np.uint8) for each in colours])


def colour_scenes(backgrounds: Pixels) -> Pixels:
    """Rendered scattered grains, slender and round, on each background: uint8 [K, S, h, w, 3]."""
    size = backgrounds.shape[2:0:-1]
    grains = [
        tuple(cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in scene)
        for scene in render_scattered()
    ]
    return np.stack(
        [
            np.stack([replace_background(rgb, share, each) for rgb, share in grains])
            for each in backgrounds
        ]
    )
