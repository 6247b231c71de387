"""Answers of a model that are made up, so that verdicts and counts are worked out by hand."""

from __future__ import annotations

import numpy as np

from core.evidence.conditions import CHANGES, CONDITIONS, SHARPNESS
from core.evidence.counterfactuals import ClassScore, Counterfactuals
from core.evidence.localization import Localization
from core.validation.model_answers import ModelAnswers


def class_score(log_odds):
    return ClassScore(float(1 / (1 + np.exp(-log_odds))), log_odds)


def counterfactuals(
    whole=6, on_others=6, emptied=-2, nothing=-2, others=None, lost="", follows=0.0, colours=None
):
    """Scores by their log odds; on several backgrounds they lie around the one that is given.

    `colours` are those on the coloured backgrounds that the answers go with and against.

    With a change of name `lost` the class is lost, and the model's answers follow its condition, or
    the sharpness, by `follows`.
    """
    changed = {name: class_score(-1 if name == lost else whole) for name in CHANGES}
    of = CHANGES[lost][0] if lost else SHARPNESS
    return Counterfactuals(
        class_score(whole),
        class_score(whole),
        class_score(whole),
        tuple(class_score(on_others + off) for off in (-1, 0, 0, 1)),
        None if emptied is None else class_score(emptied),
        (class_score((emptied or 0) if others is None else others),) * 3,
        colours and class_score(colours[0]),
        colours and class_score(colours[1]),
        tuple(class_score(nothing + off) for off in (-1, 0, 0, 1)),
        changed,
        {name: follows if name == of else 0.0 for name in CONDITIONS},
        {},
    )


ON_RICE, OFF_RICE = Localization(0.7, 0.4, 1.0), Localization(0.3, 0.4, 0.0)
RICE = ModelAnswers("Ketan", ON_RICE, counterfactuals(), "")
BACKGROUND = ModelAnswers("Ketan", OFF_RICE, counterfactuals(on_others=-2, emptied=6), "")
BOTH = ModelAnswers("Ketan", ON_RICE, counterfactuals(on_others=6, emptied=6), "")
ANSWERS = (
    RICE,
    BACKGROUND,
    ModelAnswers("Ketan", ON_RICE, counterfactuals(on_others=-2, emptied=6), ""),
    ModelAnswers("Ketan", None, counterfactuals(), "no_rice"),
    ModelAnswers("Ketan", Localization(None, 0.4, None), counterfactuals(emptied=None), ""),
)
"""About the rice; twice about the background; and two that are inconclusive."""
