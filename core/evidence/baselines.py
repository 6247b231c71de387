"""Scores of blank images and copies with shuffled weights, for comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from core.evidence.background_colours import ColourAnswers, colour_scenes, coloured_backgrounds
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
        colours: What it says to rendered rice on coloured backgrounds.
        randomized: Each gives the model with randomized weights, made when it is first asked for:
            a verdict needs none of them.
    """

    backgrounds: Pixels
    blank_logits: Floats
    follows: Mapping[str, float]
    colours: ColourAnswers
    randomized: tuple[Callable[[], Explainer], ...]


def compute_baselines(explainer: Explainer) -> Baselines:
    """Score blank images and changed scenes, and prepare copies with randomized weights."""
    size = explainer.card.input.size
    backgrounds = neutral_backgrounds(size)
    blank_logits = explainer.logits(np.concatenate([grey_and_noise(size), backgrounds]))
    copies = tuple(cache(partial(_randomized, explainer, seed)) for seed in range(_COPIES))
    follows, colours = measure_follows(explainer), ask_colours(explainer)
    return Baselines(backgrounds, blank_logits, follows, colours, copies)


def measure_follows(explainer: Explainer) -> dict[str, float]:
    """How much a model's answers to scenes of rice go with each of `conditions.CONDITIONS`."""
    levels = change_scenes(explainer.card.input.size)
    capped = np.stack([_capped_log_odds(explainer, each) for each in levels])
    of = np.array(["", *(condition for condition, _ in CHANGES.values())])
    return {
        condition: share_of_condition(capped[(of == "") | (of == condition)])
        for condition in CONDITIONS
    }


def ask_colours(explainer: Explainer) -> ColourAnswers:
    """What a model says to rendered rice on coloured backgrounds."""
    backgrounds = coloured_backgrounds(explainer.card.input.size)
    scenes = colour_scenes(backgrounds)
    capped = np.stack([_capped_log_odds(explainer, each) for each in scenes])
    return ColourAnswers(backgrounds, capped.mean(axis=1), share_of_condition(capped))


def _capped_log_odds(explainer: Explainer, pictures: Pixels) -> Floats:
    """Of every class, [N, C]."""
    head = explainer.network.head
    scores = probabilities(explainer.logits(pictures), head)
    odds = [log_odds(scores, index, head) for index in range(scores.shape[1])]
    return np.clip(np.stack(odds, axis=1), -_CAP, _CAP)


def _randomized(explainer: Explainer, seed: int) -> Explainer:
    return Explainer(explainer.name, explainer.card, randomize_weights(explainer.network, seed))
