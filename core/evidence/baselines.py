"""What a model's evidence is held against: its answers to nothing, and itself without learning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from core.evidence.blank_images import backgrounds, plain
from core.evidence.masked_input import Floats, Pixels
from core.evidence.weight_randomization import redrawn
from core.explain.explainer import Explainer

_REDRAWN = 3  # a single map of 2 x 2 cells is ordered as another one by chance once in 12 times


@dataclass(frozen=True)
class Baselines:
    """Made once for a model, whatever the number of photos.

    Attributes:
        backgrounds: uint8 [K, h, w, 3], neutral ones in the model's size.
        empty: float32 [2 + K, C], probabilities of photos of nothing: grey, blurred noise, and the
            backgrounds.
        redrawn: Each gives the model with its learning undone, made when it is first asked for:
            a verdict needs none of them.
    """

    backgrounds: Pixels
    empty: Floats
    redrawn: tuple[Callable[[], Explainer], ...]


def controls(explainer: Explainer) -> Baselines:
    """Ask a model what it says to nothing, and prepare copies with its learning undone."""
    size = explainer.card.input.size
    grounds = backgrounds(size)
    empty = explainer.scores(np.concatenate([plain(size), grounds]))
    copies = tuple(cache(partial(_undone, explainer, seed)) for seed in range(_REDRAWN))
    return Baselines(grounds, empty, copies)


def _undone(explainer: Explainer, seed: int) -> Explainer:
    return Explainer(explainer.name, explainer.card, redrawn(explainer.network, seed))
