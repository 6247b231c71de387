"""Counts of composed photos against the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.explain.explainer import Explainer
from core.grain_counting.classify_pieces import NOT_SEPARATED
from core.grain_counting.count_grains import count_grains
from core.grain_counting.counts import count_varieties
from core.images.decode import Photo
from core.synthetic.composites import Composite

_SEEN = 0.3  # of a typical grain: what of a grain that the photo's edge cuts is enough to count it


@dataclass(frozen=True)
class CountedPhoto:
    """The grains of a composed photo, counted, against the truth.

    Attributes:
        true: Grains in the photo.
        found: Grains counted, those that were not separated by estimate.
        classified: Pieces that got a variety.
        correct: Those with the variety of the grain that they show.
        not_separated: Grains within pieces that could not be separated.
        problem: As of `GrainCount`: with any, the program warns that the count is unreliable.
    """

    true: int
    found: int
    classified: int
    correct: int
    not_separated: int
    problem: str

    @property
    def refused(self) -> bool:
        """Whether the program says so and counts nothing at all."""
        return bool(self.problem) and not self.found


def count_composed(photo: Composite, explainer: Explainer) -> CountedPhoto:
    """Count the grains of a composed photo and compare them with the truth."""
    height, width = photo.labels.shape
    found = count_grains(Photo(photo.rgb, "", (width, height), "JPEG"), explainer)
    counts = count_varieties(found.grains, explainer.card.names)
    areas = np.bincount(photo.labels.ravel())[1:]
    classified = [grain for grain in found.grains if grain.variety]
    correct = 0
    for grain in classified:
        most = int(np.bincount(photo.labels[grain.piece.place][grain.piece.inside]).argmax())
        correct += bool(most) and photo.varieties[most - 1] == grain.variety
    return CountedPhoto(
        true=int((areas >= _SEEN * np.median(areas)).sum()),
        found=counts.grains,
        classified=len(classified),
        correct=correct,
        not_separated=sum(grain.count for grain in found.grains if grain.problem == NOT_SEPARATED),
        problem=found.problem,
    )
