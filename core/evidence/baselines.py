"""Scores of blank images and copies with shuffled weights, for comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from core.evidence.blank_images import grey_and_noise, neutral_backgrounds
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
        randomized: Each gives the model with randomized weights, made when it is first asked for:
            a verdict needs none of them.
    """

    backgrounds: Pixels
    blank_logits: Floats
    randomized: tuple[Callable[[], Explainer], ...]


def compute_baselines(explainer: Explainer) -> Baselines:
    """Score blank images, and prepare copies of the model with randomized weights."""
    size = explainer.card.input.size
    backgrounds = neutral_backgrounds(size)
    blank_logits = explainer.logits(np.concatenate([grey_and_noise(size), backgrounds]))
    copies = tuple(cache(partial(_randomized, explainer, seed)) for seed in range(_COPIES))
    return Baselines(backgrounds, blank_logits, copies)


def _randomized(explainer: Explainer, seed: int) -> Explainer:
    return Explainer(explainer.name, explainer.card, randomize_weights(explainer.network, seed))
