"""Grains to learn from in other colours than they were photographed in: brown, husked, broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.synthetic.grain_cutouts import GrainCutout

_COLOURS = (  # gains of red, green, blue, on the common white of the cut-outs
    (0.42, (1.0, 1.0, 1.0)),
    (0.15, (1.0, 0.9, 0.66)),  # parboiled, old
    (0.15, (0.78, 0.62, 0.42)),  # brown
    (0.1, (0.62, 0.38, 0.3)),  # red
    (0.08, (0.3, 0.22, 0.22)),  # black
    (0.1, (0.85, 0.7, 0.42)),  # in the husk
)
_IN_HUSK = len(_COLOURS) - 1


def vary_grains(grains: Sequence[GrainCutout], rng: np.random.Generator) -> list[GrainCutout]:
    """Some grains, of one variety, of one colour, some of them broken.

    Args:
        grains: To pick from; not none.
        rng: Where every choice comes from.

    Returns:
        Two dozen of them, some maybe more than once.
    """
    varieties = sorted({grain.variety for grain in grains})
    variety = varieties[rng.integers(len(varieties))]
    own = [grain for grain in grains if grain.variety == variety]
    share = [each for each, _ in _COLOURS]
    colour = int(rng.choice(len(_COLOURS), p=share))
    gain = np.array(_COLOURS[colour][1]) * rng.uniform(0.85, 1.1)
    if colour == _IN_HUSK:  # from straw to gold to brown
        gain = gain * np.exp(rng.normal(0, 0.12, 3)) * rng.uniform(0.7, 1.15)
    clear = rng.uniform(0.6, 1.0) if rng.random() < 0.3 else 1.0
    broken = rng.uniform(0, 0.6) if rng.random() < 0.3 else 0.0
    picked = [own[index] for index in rng.integers(len(own), size=24)]
    if colour == _IN_HUSK:
        ribs = rng.uniform(0.05, 0.4)
        picked = [_ribbed(each, ribs) for each in picked]
    return [_coloured(_broken(each, rng) if rng.random() < broken else each, gain, clear)
            for each in picked]  # fmt: skip


def _broken(grain: GrainCutout, rng: np.random.Generator) -> GrainCutout:
    """What is left of a grain on one side of a break across it."""
    height, width = grain.rgba.shape[:2]
    y, x = np.mgrid[:height, :width] - np.array([height - 1, width - 1]).reshape(2, 1, 1) / 2
    along = x * np.cos(grain.angle) + y * np.sin(grain.angle)
    across = y * np.cos(grain.angle) - x * np.sin(grain.angle)
    cut = along - rng.uniform(-0.2, 0.25) * grain.length - rng.uniform(-0.5, 0.5) * across
    left = np.clip(0.5 - cut, 0, 1)[..., None]
    return replace(grain, rgba=np.rint(grain.rgba * left).astype(np.uint8))


def _ribbed(grain: GrainCutout, strength: float) -> GrainCutout:
    """The grain with the ribs of a husk along it."""
    height, width = grain.rgba.shape[:2]
    y, x = np.mgrid[:height, :width] - np.array([height - 1, width - 1]).reshape(2, 1, 1) / 2
    across = y * np.cos(grain.angle) - x * np.sin(grain.angle)
    tone = 1 - strength * (0.5 + 0.5 * np.cos(2 * np.pi * across / (grain.length / 9)))
    rgba = grain.rgba * np.dstack([tone, tone, tone, np.ones_like(tone)])
    return replace(grain, rgba=np.rint(rgba).astype(np.uint8))


def _coloured(grain: GrainCutout, gain: NDArray[np.float64], clear: float) -> GrainCutout:
    """The grain in another colour; where `clear` is below 1, the ground shines through its middle.

    The sprite is premultiplied: what is taken from all four channels lets the ground through.
    """
    rgba = grain.rgba * np.array([*gain, 1.0])
    if clear < 1:
        inner = cv2.GaussianBlur(grain.rgba[..., 3], (0, 0), grain.length / 14) / 255.0
        rgba = rgba * (1 - (1 - clear) * inner**2)[..., None]
        # Still counted as rice: coverage decides on the label, so it stays above a half.
    return replace(grain, rgba=np.clip(np.rint(rgba), 0, 255).astype(np.uint8))
