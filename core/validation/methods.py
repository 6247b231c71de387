"""Comparison of methods: their maps against the known shortcut, the evidence, and chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from core.evidence.check import CheckContext
from core.evidence.heatmap_checks import check_deletion_insertion, check_occlusion
from core.evidence.localization import localize_heat
from core.evidence.masked_input import Mask, to_model_input
from core.evidence.rank_correlation import rank_correlation, resample
from core.evidence.results import Evidence
from core.explain.cam import METHODS, SAME_BEHIND_POOLING
from core.explain.explainer import Explainer
from core.explain.request import SCORE_CAM, ExplainRequest
from core.images.decode import Photo
from core.utils.confidence_interval import mean_interval

METHOD_NAMES = (*METHODS, SCORE_CAM)
MEASURES: Mapping[str, int] = {"error": -1, "deletion": 1, "insertion": 1, "agreement": 1}
"""Measures of a method: 1 where more is better, -1 where less is."""


@dataclass(frozen=True)
class MethodScores:
    """The measures of one method's map of one photo.

    Attributes:
        method: Its name.
        error: Share of the positive heat that lies off the shortcut, 0 to 1; None if there is no
            heat, or the shortcut lies at no place.
        chance: What the error would be if the heat were spread evenly; None if the shortcut lies
            at no place.
        deletion: By how much the deletion area is smaller than in random order.
        insertion: By how much the insertion area is larger than in random order.
        agreement: Rank agreement with the occlusion map; None if there is no order.
    """

    method: str
    error: float | None
    chance: float | None
    deletion: float
    insertion: float
    agreement: float | None


def measure_methods(
    explainer: Explainer, photo: Photo, shortcut: Mask | None, methods: Sequence[str] = METHOD_NAMES
) -> list[MethodScores]:
    """Measure methods on a photo, for the class that the model gives.

    Where methods are the same by their formulas (`cam.SAME_BEHIND_POOLING`), one is measured.

    Args:
        explainer: With the model.
        photo: The photo.
        shortcut: bool [H, W], where the shortcut can be seen; None for the light's tint,
            which is everywhere.
        methods: Which of `METHOD_NAMES`.
    """
    found: dict[str, MethodScores] = {}
    occlusion = None
    nowhere = np.zeros(photo.rgb.shape[:2], bool)
    same = SAME_BEHIND_POOLING if explainer.layer().pooled else {}
    for method in dict.fromkeys(same.get(each, each) for each in methods):
        (explanation,) = explainer.explain([photo], ExplainRequest(method))
        index = int(explanation.scores.argmax())
        mask = nowhere if shortcut is None else shortcut
        masked_input = to_model_input(photo.rgb, mask, explanation.placement)
        context = CheckContext(explainer, masked_input, explanation, index)
        evidence = Evidence(
            photo.sha256, explainer.name, explanation.request, explanation.predicted,
            float(explanation.scores[index]),
        )  # fmt: skip
        if occlusion is None:  # it does not depend on the method
            occlusion = check_occlusion(context).run(evidence).occlusion
        curves = check_deletion_insertion(context).run(evidence).curves
        assert curves is not None
        assert occlusion is not None
        order = resample(context.heat, occlusion.shape)
        localization = localize_heat(context.heat, *masked_input.cell_shares(explanation.grid))
        found[method] = MethodScores(
            method,
            None if shortcut is None or localization.share is None else 1 - localization.share,
            None if shortcut is None else 1 - localization.chance,
            curves.deletion_gain,
            curves.insertion_gain,
            rank_correlation(order, occlusion),
        )
    return [
        MethodScores(**{**vars(found[same.get(method, method)]), "method": method})
        for method in methods
    ]


Table = Mapping[str, Sequence[MethodScores]]
"""Method to its measures, photo by photo; of a costly one there are fewer, of the first."""


def measured_values(rows: Sequence[MethodScores], measure: str) -> list[float]:
    """The values of a measure, where it could be taken."""
    found = (getattr(row, measure) for row in rows)
    return [value for value in found if value is not None]


def compare_methods(
    one: Sequence[MethodScores], other: Sequence[MethodScores], measure: str
) -> int:
    """Compare two methods by a measure: 1 the one is better, -1 the other, 0 undecided.

    By the mean of the differences photo by photo, if its 95 % interval leaves out 0.
    """
    pairs = zip(one, other, strict=False)  # of a costly method there are fewer
    both = ((getattr(a, measure), getattr(b, measure)) for a, b in pairs)
    differences = [a - b for a, b in both if a is not None and b is not None]
    if len(differences) < 2:
        return 0
    mean, within = mean_interval(differences)
    return 0 if abs(mean) <= within else MEASURES[measure] * (1 if mean > 0 else -1)


def drop_equal_methods(table: Table) -> Table:
    """Drop methods that equal an earlier one by their formulas."""
    first: dict[str, Sequence[MethodScores]] = {}
    for method, rows in table.items():
        twin = table.get(SAME_BEHIND_POOLING.get(method, ""))
        if twin is None or any(
            getattr(a, each) != getattr(b, each)
            for a, b in zip(rows, twin, strict=False)
            for each in MEASURES
        ):
            first[method] = rows
    return first


def rank_methods(table: Table) -> dict[str, int]:
    """Rank methods by comparisons won less those lost, over all other methods and `MEASURES`.

    Copeland's method (Copeland 1951): no measure needs a weight, and none can outweigh another by
    its scale. The first is the one that deserves to be the default; of equals the one that stands
    first in the table.
    """
    won = dict.fromkeys(table, 0)
    for one, other in combinations(table, 2):
        for each in MEASURES:
            result = compare_methods(table[one], table[other], each)
            won[one] += result
            won[other] -= result
    return dict(sorted(won.items(), key=lambda entry: -entry[1]))
