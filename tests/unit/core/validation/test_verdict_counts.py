"""Verdicts counted, against numbers worked out by hand."""

from __future__ import annotations

import pytest

from core.evidence.verdict import load_thresholds
from core.utils.confidence_interval import wilson_interval
from core.validation.model_answers import ModelAnswers
from core.validation.verdict_counts import EXACT, Proportion, count_verdicts
from tests.support.known_answers import ANSWERS, BACKGROUND, RICE, counterfactuals

THRESHOLDS = load_thresholds()


def test_verdicts_reasons_and_localization_are_counted():
    found = count_verdicts("background", EXACT, ANSWERS, THRESHOLDS)
    assert found.verdicts == {
        "rice": 2, "background": 2, "both": 0, "condition": 0, "unclear": 1,
    }  # fmt: skip
    assert found.reasons == {
        "stays_without_rice": 2, "rice_suffices": 1, "no_rice": 1, "fills_photo": 1,
    }  # fmt: skip
    assert found.blamed == Proportion(2, 5)
    assert found.blamed_of_conclusive == Proportion(2, 4)
    assert found.trusted == found.named_right == Proportion(2, 5)
    assert found.by_localization == Proportion(1, 3)
    assert found.blamed.interval == wilson_interval(2, 5)


def test_a_proportion_of_none_is_not_known():
    assert Proportion(0, 0).value == 0
    assert Proportion(0, 0).interval == (0, 1)


@pytest.mark.parametrize(
    ("model", "blamed", "trusted", "within"),
    [
        ("honest", 1, 39, True),
        ("honest", 2, 38, False),
        ("tint", 34, 0, True),
        ("tint", 33, 0, False),
        ("tint", 38, 2, False),
        ("half", 40, 0, False),
    ],
)
def test_limits(model, blamed, trusted, within):
    unclear = ModelAnswers("Ketan", None, counterfactuals(), "no_rice")
    answers = [BACKGROUND] * blamed + [RICE] * trusted + [unclear] * (40 - blamed - trusted)
    assert count_verdicts(model, EXACT, answers, THRESHOLDS).within_limits == within
