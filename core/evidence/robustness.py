"""The same photo shifted, flipped and relit: how much class and map move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evidence.masked_input import Floats, Pixels
from core.explain.shift_and_stitch import shift

_SHIFT = 1 / 32  # of the shorter side; a grain in a photo of a heap is about as wide
_LIGHTS = {
    "brighter": (1.15, 1.15, 1.15),
    "darker": (0.85, 0.85, 0.85),
    "warmer": (1.08, 1.0, 0.92),
}
FLIPPED = "flipped"
VARIATIONS = ("down right", "up left", FLIPPED, *_LIGHTS)


@dataclass(frozen=True)
class Stability:
    """What changed with each variation.

    Attributes:
        names: Of the variations.
        scores: float32 [V], the class's probability in each.
        same: Share of them with the same class on top as the photo itself, 0 to 1.
        likeness: float32 [V], how alike the map stayed, -1 to 1, or None if maps were not
            compared; NaN where a map is zero everywhere.
    """

    names: tuple[str, ...]
    scores: Floats
    same: float
    likeness: Floats | None

    @property
    def lowest(self) -> float:
        """The class's lowest probability in any of them."""
        return float(self.scores.min())

    @property
    def map_likeness(self) -> float | None:
        """Mean likeness of the maps."""
        if self.likeness is None or np.isnan(self.likeness).all():
            return None
        return float(np.nanmean(self.likeness))


def varied(part: Pixels) -> list[Pixels]:
    """The photo in the variations of `VARIATIONS`: uint8 [h, w, 3] each.

    Shifts are a 32nd of the side, diagonal both ways; the mirror image is left for right; lights
    are 15 % brighter and darker and, warmer, 8 % more red and less blue.
    """
    step = max(1, round(_SHIFT * min(part.shape[:2])))
    lit = [
        (part * np.array(gain, np.float32)).clip(0, 255).round().astype(np.uint8)
        for gain in _LIGHTS.values()
    ]
    mirrored = np.ascontiguousarray(part[:, ::-1])
    return [shift(part, -step, -step), shift(part, step, step), mirrored, *lit]


def likeness(one: Floats, other: Floats) -> float:
    """Cosine of the angle between two maps taken as vectors: -1 to 1; NaN if one is all zero.

    Example:
        >>> likeness(np.array([1, 0], np.float32), np.array([3, 0], np.float32))
        1.0
    """
    length = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return float((one * other).sum()) / length if length > 0 else float("nan")


def stability(
    scores: Floats, predicted: int, target: int, heat: Floats | None, heats: Sequence[Floats]
) -> Stability:
    """Compare the variations with the photo itself.

    A photo of rice shows the same rice when it is moved by a few pixels, mirrored or lit a little
    otherwise. Maps are compared where they lie on the photo: that of the mirror image is mirrored
    back, those of shifts of less than a cell are not moved.

    It cannot show that an answer is right: a model that looks at a mark may be very stable.

    Args:
        scores: float32 [V, C], of `varied`.
        predicted: Index of the class on top in the photo itself.
        target: Index of the class in question.
        heat: float32 [h, w], the class's map of the photo itself; None to compare no maps.
        heats: The class's map of each variation, in the model's frame.
    """
    alike = None
    if heat is not None:
        back = [
            each[:, ::-1] if name == FLIPPED else each
            for name, each in zip(VARIATIONS, heats, strict=True)
        ]
        alike = np.array([likeness(heat, each) for each in back], np.float32)
    same = float((scores.argmax(axis=1) == predicted).mean())
    return Stability(VARIATIONS, scores[:, target].astype(np.float32), same, alike)
