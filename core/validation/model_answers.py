"""What a model said of one photo and of its parts: all that the verdict's rule asks for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from core.evidence.baselines import Baselines
from core.evidence.collect import gather
from core.evidence.counterfactuals import Answer, Erased
from core.evidence.localization import Attention
from core.evidence.masked_input import Mask, Pixels
from core.evidence.verdict import Thresholds, Verdict, verdict
from core.explain.explainer import Explainer
from core.images.decode import Photo


@dataclass(frozen=True)
class Answers:
    """Numbers of one photo, so that it can be judged by other thresholds without asking again.

    Attributes:
        predicted: The class that the model gives, which is the one that is asked about.
        attention: Where Grad-CAM's heat lies; None if there was no mask to be trusted.
        erased: What the model said of parts of the photo, without pictures; None likewise.
        problem: Why there was no such mask, "" if there was.
    """

    predicted: str
    attention: Attention | None
    erased: Erased | None
    problem: str

    def judged(self, rules: Thresholds | None = None) -> Verdict:
        """The verdict by some thresholds, the project's own for None."""
        return verdict(self.erased, self.problem, rules)

    @property
    def on_rice(self) -> bool | None:
        """Whether more of the heat lies on the rice than chance puts there; None if unknown."""
        if self.attention is None or self.attention.share is None:
            return None
        return self.attention.share > self.attention.chance


def ask(
    explainer: Explainer, photo: Photo, rice: Mask, baselines: Baselines, problem: str = ""
) -> Answers:
    """Ask a model what it uses of a photo, as the page does, up to the verdict.

    Args:
        explainer: With the model.
        photo: The photo.
        rice: bool [H, W], which pixels of it are rice.
        baselines: The model's controls.
        problem: Why this mask is not to be trusted; "" if it is.
    """
    (explanation,) = explainer.explain([photo])
    steps = gather(explainer, photo, explanation, rice, explanation.predicted, baselines, problem)
    evidence = next(step.evidence for step in steps if step.evidence.verdict)
    assert evidence.verdict is not None
    numbers = evidence.erased and replace(evidence.erased, pictures={})
    why = "" if numbers else evidence.verdict.reason
    return Answers(explanation.predicted, evidence.attention, numbers, why)


def as_photo(rgb: Pixels) -> Photo:
    """A picture in memory as a photo: its identity is that of its pixels."""
    sha256 = hashlib.sha256(np.ascontiguousarray(rgb).tobytes()).hexdigest()
    return Photo(rgb, sha256, (rgb.shape[1], rgb.shape[0]), "PNG")


def as_data(answers: Answers) -> dict[str, Any]:
    """Answers as what JSON can hold."""
    return asdict(answers)


def of_data(data: Mapping[str, Any]) -> Answers:
    """Answers from what `as_data` gave.

    Example:
        >>> told = Answers("Ketan", Attention(0.7, 0.4, 1.0), None, "")
        >>> of_data(as_data(told)) == told
        True
    """
    attention, erased = data["attention"], data["erased"]
    return Answers(
        data["predicted"],
        attention and Attention(**attention),
        erased and Erased(**{name: _answers(value) for name, value in erased.items()}),
        data["problem"],
    )


def _answers(value: Any) -> Any:
    """One answer, several, or none, of what JSON made of them."""
    if not value:
        return value
    if isinstance(value[0], list | tuple):
        return tuple(Answer(*each) for each in value)
    return Answer(*value)
