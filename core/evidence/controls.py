"""What a model's evidence is held against: its answers to nothing, and itself without learning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.engine import Engine
from core.evidence.empty import backgrounds, plain
from core.evidence.redrawn import redrawn
from core.evidence.seen import Floats, Pixels

_REDRAWN = 3  # a single map of 2 x 2 cells is ordered as another one by chance once in 12 times


@dataclass(frozen=True)
class Controls:
    """Made once for a model, whatever the number of photos.

    Attributes:
        backgrounds: uint8 [K, h, w, 3], neutral ones in the model's size.
        empty: float32 [2 + K, C], probabilities of photos of nothing: grey, blurred noise, and the
            backgrounds.
        redrawn: The model with its learning undone, several times.
    """

    backgrounds: Pixels
    empty: Floats
    redrawn: tuple[Engine, ...]


def controls(engine: Engine) -> Controls:
    """Ask a model what it says to nothing, and undo its learning in copies."""
    size = engine.card.input.size
    grounds = backgrounds(size)
    empty = engine.scores(np.concatenate([plain(size), grounds]))
    networks = (redrawn(engine.network, seed) for seed in range(_REDRAWN))
    copies = tuple(Engine(engine.name, engine.card, network) for network in networks)
    return Controls(grounds, empty, copies)
