"""Scores of blank images and copies with shuffled weights, for comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from core.evidence.blank_images import grey_and_noise, neutral_backgrounds
from core.evidence.conditions import CHANGES, CONDITIONS, change_scenes, share_of_condition
from core.evidence.log_odds import log_odds
from core.evidence.masked_input import Floats, Pixels
from core.evidence.weight_randomization import randomize_weights
from core.explain.explainer import Explainer
from core.models.network import probabilities

_CAP = 6.0  # log odds beyond which more makes no difference
_COPIES = 3  # a single map of 2 x 2 cells is ordered as another one by chance once in 12 times


@dataclass(frozen=True)
class Baselines:
    """Baselines that a model's evidence is compared with, computed once for all photos.

    Attributes:
        backgrounds: uint8 [K, h, w, 3], neutral ones in the model's size.
        blank_logits: float32 [2 + K, C], of blank images: grey, blurred noise, and the backgrounds.
        follows: For each of `conditions.CONDITIONS`, how much of the model's answers to rendered
            scenes of rice goes with it, 0 to 1, as of `conditions.share_of_condition`.
        randomized: Each gives the model with randomized weights, made when it is first asked for:
            a verdict needs none of them.
    """

    backgrounds: Pixels
    blank_logits: Floats
    follows: Mapping[str, float]
    randomized: tuple[Callable[[], Explainer], ...]


def compute_baselines(explainer: Explainer) -> Baselines:
    """Score blank images and changed scenes, and prepare copies with randomized weights."""
    size = explainer.card.input.size
    backgrounds = neutral_backgrounds(size)
    blank_logits = explainer.logits(np.concatenate([grey_and_noise(size), backgrounds]))
    copies = tuple(cache(partial(_randomized, explainer, seed)) for seed in range(_COPIES))
    return Baselines(backgrounds, blank_logits, measure_follows(explainer), copies)


def measure_follows(explainer: Explainer) -> dict[str, float]:
    """How much a model's answers to scenes of rice go with each of `conditions.CONDITIONS`."""
    levels = [explainer.logits(each) for each in change_scenes(explainer.card.input.size)]
    scores = [probabilities(each, explainer.network.head) for each in levels]
    classes = range(levels[0].shape[1])
    odds = np.array(
        [[log_odds(each, index, explainer.network.head) for index in classes] for each in scores]
    )
    capped = np.clip(odds, -_CAP, _CAP).swapaxes(1, 2)
    of = np.array(["", *(condition for condition, _ in CHANGES.values())])
    return {
        condition: share_of_condition(capped[(of == "") | (of == condition)])
        for condition in CONDITIONS
    }


def _randomized(explainer: Explainer, seed: int) -> Explainer:
    return Explainer(explainer.name, explainer.card, randomize_weights(explainer.network, seed))
