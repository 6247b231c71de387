"""Each method's maps held against what is known: the cue, the model's own answers, chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from core.evidence.checks import CheckContext, check_deletion_insertion, check_occlusion
from core.evidence.localization import localize_heat
from core.evidence.masked_input import Mask, to_model_input
from core.evidence.rank_correlation import rank_correlation, resample
from core.evidence.results import Evidence
from core.explain.cam import METHODS, SAME_BEHIND_POOLING
from core.explain.explainer import Explainer
from core.explain.request import SCORE_CAM, ExplainRequest
from core.images.decode import Photo
from core.utils.confidence_interval import mean_interval

NAMES = (*METHODS, SCORE_CAM)
MEASURES: Mapping[str, int] = {"error": -1, "deletion": 1, "insertion": 1, "agreement": 1}
"""What a method is measured by, with 1 where more is better and -1 where less is."""


@dataclass(frozen=True)
class Measured:
    """One method's map of one photo.

    Attributes:
        method: Its name.
        error: Share of the positive heat that lies off the cue, 0 to 1; None if there is no heat,
            or the cue lies at no place.
        chance: What the error would be if the heat were spread evenly; None without a cue's place.
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


def measure(
    explainer: Explainer, photo: Photo, cue: Mask | None, methods: Sequence[str] = NAMES
) -> list[Measured]:
    """Measure methods on a photo, for the class that the model gives.

    Where methods are the same by their formulas (`cam.SAME_BEHIND_POOLING`), one is asked.

    Args:
        explainer: With the model.
        photo: The photo.
        cue: bool [H, W], where what gives the class away can be seen; None for the light's tint,
            which is everywhere.
        methods: Which of `NAMES`.
    """
    found: dict[str, Measured] = {}
    occlusion = None
    nowhere = np.zeros(photo.rgb.shape[:2], bool)
    same = SAME_BEHIND_POOLING if explainer.layer().pooled else {}
    for method in dict.fromkeys(same.get(each, each) for each in methods):
        (explanation,) = explainer.explain([photo], ExplainRequest(method))
        index = int(explanation.scores.argmax())
        seen = to_model_input(photo.rgb, nowhere if cue is None else cue, explanation.placement)
        asked = CheckContext(explainer, seen, explanation, index)
        evidence = Evidence(
            photo.sha256, explainer.name, explanation.request, explanation.predicted,
            float(explanation.scores[index]),
        )  # fmt: skip
        if occlusion is None:
            places = check_occlusion(asked)
            occlusion = places.conclude(list(explainer.scores(np.stack(places.inputs))), evidence)
        walk = check_deletion_insertion(asked)
        evidence = walk.conclude(list(explainer.scores(np.stack(walk.inputs))), evidence)
        assert evidence.curves is not None
        assert occlusion.occlusion is not None
        order = resample(asked.heat, occlusion.occlusion.shape)
        lies = localize_heat(asked.heat, *seen.cell_shares(explanation.grid))
        found[method] = Measured(
            method,
            None if cue is None or lies.share is None else 1 - lies.share,
            None if cue is None else 1 - lies.chance,
            evidence.curves.deletion_gain,
            evidence.curves.insertion_gain,
            rank_correlation(order, occlusion.occlusion),
        )
    return [
        Measured(**{**vars(found[same.get(method, method)]), "method": method})
        for method in methods
    ]


Table = Mapping[str, Sequence[Measured]]
"""Method to its measurements, photo by photo; of a dear one there are fewer, of the first."""


def values(rows: Sequence[Measured], measure: str) -> list[float]:
    """What was measured, where it could be."""
    found = (getattr(row, measure) for row in rows)
    return [value for value in found if value is not None]


def better(one: Sequence[Measured], other: Sequence[Measured], measure: str) -> int:
    """Which of two methods is better by a measure: 1 the one, -1 the other, 0 if nobody can tell.

    By the mean of the differences photo by photo, if its 95 % interval leaves out 0.
    """
    pairs = zip(one, other, strict=False)  # of a dear method there are fewer
    both = ((getattr(a, measure), getattr(b, measure)) for a, b in pairs)
    differences = [a - b for a, b in both if a is not None and b is not None]
    if len(differences) < 2:
        return 0
    mean, within = mean_interval(differences)
    return 0 if abs(mean) <= within else MEASURES[measure] * (1 if mean > 0 else -1)


def distinct(table: Table) -> Table:
    """Without the methods that were the same as an earlier one by their formulas."""
    first: dict[str, Sequence[Measured]] = {}
    for method, rows in table.items():
        twin = table.get(SAME_BEHIND_POOLING.get(method, ""))
        if twin is None or any(
            getattr(a, each) != getattr(b, each)
            for a, b in zip(rows, twin, strict=False)
            for each in MEASURES
        ):
            first[method] = rows
    return first


def standings(table: Table) -> dict[str, int]:
    """Each method's comparisons won less those lost, over all other methods and `MEASURES`.

    Copeland's method (Copeland 1951): no measure needs a weight, and none can outweigh another by
    its scale. The first is the one that deserves to be the default; of equals the one that stands
    first in the table.
    """
    won = dict.fromkeys(table, 0)
    for one, other in combinations(table, 2):
        for each in MEASURES:
            result = better(table[one], table[other], each)
            won[one] += result
            won[other] -= result
    return dict(sorted(won.items(), key=lambda entry: -entry[1]))
