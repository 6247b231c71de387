"""Robustness: how much class and map change when the photo is shifted, flipped or relit."""

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
PERTURBATIONS = ("down right", "up left", FLIPPED, *_LIGHTS)


@dataclass(frozen=True)
class Robustness:
    """Change of class and map under each perturbation.

    Attributes:
        names: Of the perturbations.
        scores: float32 [V], the class's probability in each.
        same_class: Share of them with the same class on top as the photo itself, 0 to 1.
        similarity: float32 [V], cosine similarity of the map to the photo's own, -1 to 1, or None
            if maps were not compared; NaN where a map is zero everywhere.
    """

    names: tuple[str, ...]
    scores: Floats
    same_class: float
    similarity: Floats | None

    @property
    def lowest_score(self) -> float:
        """The class's lowest probability in any of them."""
        return float(self.scores.min())

    @property
    def mean_similarity(self) -> float | None:
        """Mean similarity of the maps."""
        if self.similarity is None or np.isnan(self.similarity).all():
            return None
        return float(np.nanmean(self.similarity))


def perturb(photo: Pixels) -> list[Pixels]:
    """The photo in each of `PERTURBATIONS`: uint8 [h, w, 3] each.

    Shifts are a 32nd of the side, diagonal both ways; the mirror image is left for right; lights
    are 15 % brighter and darker and, warmer, 8 % more red and less blue.
    """
    step = max(1, round(_SHIFT * min(photo.shape[:2])))
    relit = [
        (photo * np.array(gain, np.float32)).clip(0, 255).round().astype(np.uint8)
        for gain in _LIGHTS.values()
    ]
    mirrored = np.ascontiguousarray(photo[:, ::-1])
    return [shift(photo, -step, -step), shift(photo, step, step), mirrored, *relit]


def cosine_similarity(one: Floats, other: Floats) -> float:
    """Cosine of the angle between two maps taken as vectors: -1 to 1; NaN if one is all zero.

    Example:
        >>> cosine_similarity(np.array([1, 0], np.float32), np.array([3, 0], np.float32))
        1.0
    """
    length = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return float((one * other).sum()) / length if length > 0 else float("nan")


def measure_robustness(
    scores: Floats, predicted: int, target: int, heat: Floats | None, heats: Sequence[Floats]
) -> Robustness:
    """Compare the perturbed photos with the photo itself.

    A photo of rice shows the same rice when it is moved by a few pixels, mirrored or lit a little
    otherwise. Maps are compared where they lie on the photo: that of the mirror image is mirrored
    back, those of shifts of less than a cell are not moved.

    It cannot show that an answer is right: a model that looks at a mark may be very stable.

    Args:
        scores: float32 [V, C], of `perturb`.
        predicted: Index of the class on top in the photo itself.
        target: Index of the class in question.
        heat: float32 [h, w], the class's map of the photo itself; None to compare no maps.
        heats: The class's map of each perturbed photo, in the model's frame.
    """
    similarity = None
    if heat is not None:
        back = [
            each[:, ::-1] if name == FLIPPED else each
            for name, each in zip(PERTURBATIONS, heats, strict=True)
        ]
        similarity = np.array([cosine_similarity(heat, each) for each in back], np.float32)
    same_class = float((scores.argmax(axis=1) == predicted).mean())
    return Robustness(PERTURBATIONS, scores[:, target].astype(np.float32), same_class, similarity)
