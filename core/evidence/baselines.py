"""Scores of blank images and copies with shuffled weights, for comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from core.evidence.blank_images import grey_and_noise, neutral_backgrounds
from core.evidence.conditions import change_scenes
from core.evidence.masked_input import Floats, Pixels
from core.evidence.weight_randomization import randomize_weights
from core.explain.explainer import Explainer

_COPIES = 3  # a single map of 2 x 2 cells is ordered as another one by chance once in 12 times


@dataclass(frozen=True)
class Baselines:
    """Baselines that a model's evidence is compared with, computed once for all photos.

    Attributes:
        backgrounds: uint8 [K, h, w, 3], neutral ones in the model's size.
        blank_logits: float32 [2 + K, C], of blank images: grey, blurred noise, and the backgrounds.
        scene_logits: float32 [1 + M, S, C], of rendered scenes of rice, as they are and after each
            of the M `conditions.CHANGES`.
        randomized: Each gives the model with randomized weights, made when it is first asked for:
            a verdict needs none of them.
    """

    backgrounds: Pixels
    blank_logits: Floats
    scene_logits: Floats
    randomized: tuple[Callable[[], Explainer], ...]


def compute_baselines(explainer: Explainer) -> Baselines:
    """Score blank images and changed scenes, and prepare copies with randomized weights."""
    size = explainer.card.input.size
    backgrounds = neutral_backgrounds(size)
    blank_logits = explainer.logits(np.concatenate([grey_and_noise(size), backgrounds]))
    scenes = [explainer.logits(each) for each in change_scenes(size)]
    copies = tuple(cache(partial(_randomized, explainer, seed)) for seed in range(_COPIES))
    return Baselines(backgrounds, blank_logits, np.stack(scenes), copies)


def _randomized(explainer: Explainer, seed: int) -> Explainer:
    return Explainer(explainer.name, explainer.card, randomize_weights(explainer.network, seed))
