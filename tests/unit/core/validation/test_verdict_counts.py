"""Verdicts counted, against numbers worked out by hand."""

from __future__ import annotations

import pytest

from core.evidence.verdict import load_thresholds
from core.utils.confidence_interval import wilson_interval
from core.validation.verdict_counts import EXACT, Proportion, count_verdicts
from tests.support.known_answers import ANSWERS, BACKGROUND, RICE

THRESHOLDS = load_thresholds()


def test_verdicts_reasons_and_localization_are_counted():
    found = count_verdicts("background", EXACT, ANSWERS, THRESHOLDS)
    assert found.verdicts == {"rice": 2, "background": 2, "both": 0, "unclear": 1}
    assert found.reasons == {
        "stays_without_rice": 2, "rice_suffices": 1, "no_rice": 1, "fills_photo": 1,
    }  # fmt: skip
    assert found.background == Proportion(2, 5)
    assert found.background_of_conclusive == Proportion(2, 4)
    assert found.by_localization == Proportion(1, 3)
    assert found.background.interval == wilson_interval(2, 5)


def test_a_proportion_of_none_is_not_known():
    assert Proportion(0, 0).value == 0
    assert Proportion(0, 0).interval == (0, 1)


@pytest.mark.parametrize(
    ("model", "background", "within"),
    [("honest", 1, True), ("honest", 2, False), ("tint", 18, True), ("tint", 17, False)],
)
def test_limits(model, background, within):
    answers = [BACKGROUND] * background + [RICE] * (20 - background)
    assert count_verdicts(model, EXACT, answers, THRESHOLDS).within_limits == within
