"""Scores of a model for one photo and its counterfactuals: the input of the verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from core.evidence.baselines import Baselines
from core.evidence.collect import collect_evidence
from core.evidence.counterfactuals import ClassScore, Counterfactuals
from core.evidence.localization import Localization
from core.evidence.masked_input import Mask, Pixels
from core.evidence.verdict import Thresholds, Verdict, decide_verdict
from core.explain.explainer import Explainer
from core.images.decode import Photo

ANSWERS_FORMAT = 8
"""Of what `to_json` gives: cached answers of another format are made again."""


@dataclass(frozen=True)
class ModelAnswers:
    """A model's numbers for one photo, so that other thresholds need no new forward passes.

    Attributes:
        predicted: The class that the model gives, which is the one that is asked about.
        localization: How much of Grad-CAM's heat lies on the rice; None without a trusted mask.
        counterfactuals: Scores with the photo changed, without pictures.
        problem: Why there was no such mask, "" if there was.
    """

    predicted: str
    localization: Localization | None
    counterfactuals: Counterfactuals
    problem: str

    def verdict(self, thresholds: Thresholds | None = None) -> Verdict:
        """The verdict by some thresholds, the project's own for None."""
        return decide_verdict(self.counterfactuals, self.problem, thresholds)

    @property
    def on_rice(self) -> bool | None:
        """Whether more of the heat lies on the rice than chance puts there; None if unknown."""
        if self.localization is None or self.localization.share is None:
            return None
        return self.localization.share > self.localization.chance


def ask_model(
    explainer: Explainer, photo: Photo, rice: Mask, baselines: Baselines, problem: str = ""
) -> ModelAnswers:
    """Collect a model's evidence for a photo: the verdict, and the scores of all changed photos.

    Args:
        explainer: With the model.
        photo: The photo.
        rice: bool [H, W], which pixels of it are rice.
        baselines: The model's.
        problem: Why this mask is not to be trusted; "" if it is.
    """
    (explanation,) = explainer.explain([photo])
    target = explanation.predicted
    steps = collect_evidence(explainer, photo, explanation, rice, target, baselines, problem)
    evidence = next(step.evidence for step in steps if step.evidence.all_changed)
    assert evidence.counterfactuals is not None
    numbers = replace(evidence.counterfactuals, pictures={})
    return ModelAnswers(explanation.predicted, evidence.localization, numbers, evidence.problem)


def to_photo(rgb: Pixels) -> Photo:
    """A picture in memory as a photo: its identity is that of its pixels."""
    sha256 = hashlib.sha256(np.ascontiguousarray(rgb).tobytes()).hexdigest()
    return Photo(rgb, sha256, (rgb.shape[1], rgb.shape[0]), "PNG")


def to_json(answers: ModelAnswers) -> dict[str, Any]:
    """Answers as what JSON can hold."""
    return asdict(answers)


def from_json(data: Mapping[str, Any]) -> ModelAnswers:
    """Answers from what `to_json` gave.

    Example:
        >>> own = ClassScore(0.9, 2.2)
        >>> scores = Counterfactuals(own, None, None, (), None, (), None, None, (), {}, {}, {})
        >>> answers = ModelAnswers("Ketan", Localization(0.7, 0.4, 1.0), scores, "")
        >>> from_json(to_json(answers)) == answers
        True
    """
    localization, scores = data["localization"], data["counterfactuals"]
    return ModelAnswers(
        data["predicted"],
        localization and Localization(**localization),
        Counterfactuals(**{name: _class_scores(value) for name, value in scores.items()}),
        data["problem"],
    )


def _class_scores(value: Any) -> Any:
    """One score, several, named ones, or none, of what JSON made of them."""
    if isinstance(value, dict):
        return {name: _class_scores(each) for name, each in value.items()}
    if not isinstance(value, list | tuple):
        return value
    if not value or isinstance(value[0], list | tuple):
        return tuple(ClassScore(*each) for each in value)
    return ClassScore(*value)
