"""A check is run in one batch, and its context knows what the map answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.evidence.check import Check
from tests.support.checked_photo import context, run


def test_all_inputs_are_shown_in_one_batch_and_the_answers_concluded_in_their_order():
    batches = []

    def predict(pixels):
        batches.append(len(pixels))
        return pixels[:, 0, 0, 0]

    def conclude(answers, evidence):
        return replace(evidence, randomized_agreement=float(np.dot(answers, [1, 10, 100])))

    inputs = [np.full((2, 2, 3), value, np.uint8) for value in (1, 2, 3)]
    assert run(Check(inputs, predict, conclude)).randomized_agreement == 321
    assert batches == [3]


def test_without_inputs_the_model_is_not_asked():
    check = Check([], lambda pixels: 1 / 0, lambda answers, evidence: (answers, evidence))
    answers, evidence = run(check)
    assert answers == []
    assert evidence.target == "green"


def test_log_odds_are_of_what_the_map_answers():
    plain, against, rather = context(), context(negate=True), context(contrast_class="other")
    logits = plain.explanation.logits[None]
    (odds,) = plain.log_odds(logits)
    assert plain.target == "green"
    assert (plain.heat == plain.explanation.map("green")).all()
    assert against.log_odds(logits)[0] == pytest.approx(-odds)
    assert rather.log_odds(logits)[0] == pytest.approx(logits[0, 0] - logits[0, 1], abs=1e-4)


def test_what_stands_where_a_place_is_erased_is_the_photo_blurred():
    own = context()
    assert own.blurred is own.blurred  # once for two checks
    assert own.blurred.shape == own.input.pixels.shape
    assert own.blurred.std() < own.input.pixels.std()
