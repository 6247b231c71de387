"""What the evidence for one photo and class is, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass

from core.evidence.badge import Badge
from core.evidence.counterfactuals import Erased
from core.evidence.deletion_insertion import Curves
from core.evidence.localization import Attention
from core.evidence.masked_input import Floats
from core.evidence.robustness import Stability
from core.evidence.verdict import Verdict
from core.explain.request import ExplainRequest


@dataclass(frozen=True)
class Evidence:
    """What is known of one photo, model and class. What is not ready, or cannot be had, is None.

    Attributes:
        sha256: The photo's identity.
        model: The model's name.
        request: What the maps answer.
        target: The class.
        p: The class's probability in the photo.
        attention: Where the heat lies; None if there is no rice to hold it against.
        erased: The erase tests; None likewise.
        verdict: What the model looks at.
        occlusion: float32 [rows, columns], as of `occlusion.occlusion_map`.
        agreement: Rank agreement of heatmap and occlusion map, -1 to 1; None if there is no order.
        curves: Deletion and insertion.
        redrawn: Absolute rank agreement with the redrawn models' maps, mean, 0 to 1; None if maps
            are the same everywhere, or too costly to ask for again (Score-CAM).
        badge: Whether the heatmap can be believed.
        stability: The same photo shifted, flipped and relit.
    """

    sha256: str
    model: str
    request: ExplainRequest
    target: str
    p: float
    attention: Attention | None = None
    erased: Erased | None = None
    verdict: Verdict | None = None
    occlusion: Floats | None = None
    agreement: float | None = None
    curves: Curves | None = None
    redrawn: float | None = None
    badge: Badge | None = None
    stability: Stability | None = None


@dataclass(frozen=True)
class Step:
    """How far it is.

    Attributes:
        done: Photos that were shown to the model by now.
        total: Photos that will have been.
        evidence: What is known by now.
    """

    done: int
    total: int
    evidence: Evidence
