"""Models with a known shortcut, and the photos to train and test them."""

from __future__ import annotations

from core.evidence.verdict import BACKGROUND, BOTH, CONDITION, RICE

INNOCENT: tuple[str, ...] = ("honest", "size", "direction", "number")
"""What is no shortcut, for it is in the rice itself: the variety's shape, the grains' size, where
they point, how many there are."""

IN_THE_SCENE: tuple[str, ...] = ("background", "bowl", "mark", "border", "tag", "stamp", "gradient")
"""Shortcuts that lie beside the rice: the verdict is to be "background"."""

IN_THE_PHOTO: tuple[str, ...] = ("tint", "exposure", "sharpness", "compression", "noise")
"""Shortcuts that are in the rice, too, and yet are not the rice: how the photo was taken."""

CUES: tuple[str, ...] = IN_THE_SCENE + IN_THE_PHOTO

HALF = "half"
"""The variety and the ground's colour both give the class away: the verdict is to be "both"."""

SHORTCUTS: tuple[str, ...] = (*INNOCENT, *CUES, HALF)
"""What gives the class away."""


def expected_verdict(shortcut: str) -> str:
    """What the verdict on a model with this shortcut is to be, one of `verdict.VERDICTS`."""
    if shortcut in INNOCENT:
        return RICE
    if shortcut == HALF:
        return BOTH
    return CONDITION if shortcut in IN_THE_PHOTO else BACKGROUND
