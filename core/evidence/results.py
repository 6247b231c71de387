"""Results of the evidence for one photo and class, and its progress."""

from __future__ import annotations

from dataclasses import dataclass

from core.evidence.badge import Badge
from core.evidence.counterfactuals import Counterfactuals
from core.evidence.deletion_insertion import Curves
from core.evidence.localization import Localization
from core.evidence.masked_input import Floats
from core.evidence.robustness import Robustness
from core.evidence.verdict import BACKGROUND, Verdict
from core.explain.request import ExplainRequest


@dataclass(frozen=True)
class Evidence:
    """The evidence for one photo, model and class. What is missing is None.

    Attributes:
        sha256: The photo's identity.
        model: The model's name.
        request: What the maps answer.
        target: The class.
        probability: The class's, in the photo.
        problem: Why its rice is not known, one of `verdict.REASONS`; "" if it is.
        localization: How much of the heat lies on the rice; None if the rice is not known.
        counterfactuals: Scores with the photo changed; where no rice is found only with how it was
            taken changed.
        verdict: What the model looks at.
        occlusion: float32 [rows, columns], as of `occlusion.occlusion_map`.
        occlusion_agreement: Rank correlation of heatmap and occlusion map, -1 to 1; None if there
            is no order.
        curves: Deletion and insertion, of the photo blurred.
        plain_gain: The `Curves.gain` where the photo's mean colour fills the places instead.
        randomized_agreement: Absolute rank correlation with the maps of the model with randomized
            weights, mean, 0 to 1; None if maps are the same everywhere, or too costly to ask for
            again (Score-CAM).
        badge: Whether the heatmap can be trusted.
        robustness: The same photo shifted, flipped and relit.
    """

    sha256: str
    model: str
    request: ExplainRequest
    target: str
    probability: float
    problem: str = ""
    localization: Localization | None = None
    counterfactuals: Counterfactuals | None = None
    verdict: Verdict | None = None
    occlusion: Floats | None = None
    occlusion_agreement: float | None = None
    curves: Curves | None = None
    plain_gain: float | None = None
    randomized_agreement: float | None = None
    badge: Badge | None = None
    robustness: Robustness | None = None

    @property
    def parted(self) -> bool:
        """Whether what the scores without rice or background say counts: the verdict goes by it."""
        return not self.problem or bool(self.verdict and self.verdict.looks_at == BACKGROUND)

    @property
    def all_changed(self) -> bool:
        """Whether the verdict is there, and all scores that are shown beside it."""
        return self.counterfactuals is not None and self.counterfactuals.complete


@dataclass(frozen=True)
class EvidenceStep:
    """The evidence so far, and its progress.

    Attributes:
        done: Inputs that the model was shown by now.
        total: Inputs that it will have been shown: until the verdict is there, for the verdict.
        evidence: What is known by now.
    """

    done: int
    total: int
    evidence: Evidence
