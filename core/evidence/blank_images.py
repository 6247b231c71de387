"""Blank images: empty tables, grey and noise, to measure what a model answers to nothing."""

from __future__ import annotations

import cv2
import numpy as np

from core.evidence.masked_input import Pixels
from core.synthetic.scenes.background import render_background

# Dark and light, warm and cold, so that no one answer is the answer to all.
_KINDS = ("slate", "paper", "wood")
_RENDERED = 256  # pixels at which they are rendered, to look like photos when they are made smaller


def neutral_backgrounds(size: tuple[int, int], seed: int = 0) -> Pixels:
    """Rendered empty tables: uint8 [3, h, w, 3]; the same for the same seed.

    Args:
        size: (height, width) in pixels.
        seed: From which they are rendered.
    """
    lots = (np.random.default_rng([seed, number]) for number in range(len(_KINDS)))
    return np.stack(
        [rendered_table(kind, size, lot) for kind, lot in zip(_KINDS, lots, strict=True)]
    )


def rendered_table(kind: str, size: tuple[int, int], lot: np.random.Generator) -> Pixels:
    """An empty table as a photo shows it, made smaller: uint8 [h, w, 3].

    Args:
        kind: As of `render_background`.
        size: (height, width) in pixels.
        lot: Draws what is not the same on every table.
    """
    rendered = render_background(kind, _RENDERED, _RENDERED, lot)
    return cv2.resize(rendered, size[::-1], interpolation=cv2.INTER_AREA)


def grey_and_noise(size: tuple[int, int], seed: int = 0) -> Pixels:
    """Even grey, and blurred noise: uint8 [2, h, w, 3]."""
    noise = np.random.default_rng(seed).normal(0, 1, (*size, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), min(size) / 32)
    clouds = 128 + 30 * smooth / max(float(smooth.std()), 1e-6)
    grey = np.full((*size, 3), 128, np.uint8)
    return np.stack([grey, clouds.clip(0, 255).astype(np.uint8)])
