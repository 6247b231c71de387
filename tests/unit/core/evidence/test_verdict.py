"""The rule on answers that are known, and the sentences it can give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import core.evidence.verdict as module
from core.evidence.verdict import REASONS, VERDICTS, decide_verdict, load_thresholds
from tests.support.known_answers import counterfactuals

RULES = replace(load_thresholds(), sure=0.5, room=1, cap=6, stays=0.5, falls=0.2)


@pytest.mark.parametrize(
    ("answers", "looks_at", "reason"),
    [
        ({"on_others": 5}, "rice", "rice_suffices"),
        # Its class is its answer to nothing, too, but the rice adds to it.
        ({"nothing": 1, "emptied": 1, "on_others": 5}, "rice", "rice_suffices"),
        ({"on_others": -2, "emptied": 6}, "background", "stays_without_rice"),
        ({"on_others": 1, "nothing": 1, "emptied": 5}, "background", "stays_without_rice"),
        ({"on_others": 5, "emptied": 6}, "both", "either_suffices"),
        ({"on_others": 5, "emptied": 6, "light": 5}, "background", "light"),
        # The light of a photo that one table fills is the table's colour.
        ({"on_others": -2, "emptied": 6, "light": 5}, "background", "stays_without_rice"),
        # Without rice, a tint hardly shows on a dark table.
        ({"on_others": 5, "light": 5}, "background", "light"),
        ({"on_others": -2, "light": 5}, "background", "light"),
        ({"on_others": -1, "emptied": -1}, "both", "needs_both"),
        # On other backgrounds the rice is hard to see; but nothing else gives the class.
        ({"on_others": 0}, "rice", "rice_suffices"),
        ({"on_others": 0, "emptied": 6}, "background", "stays_without_rice"),
        ({"whole": -1}, "unclear", "unsure"),
        ({"whole": 6, "nothing": 6}, "unclear", "says_so_to_nothing"),
        ({"emptied": None}, "rice", "fills_photo"),
        # Rice all over the photo: still the light may give the class.
        ({"emptied": None, "light": 5}, "background", "light"),
    ],
)
def test_the_rule(answers, looks_at, reason):
    found = decide_verdict(counterfactuals(**answers), thresholds=RULES)
    assert (found.looks_at, found.reason) == (looks_at, reason)
    asked = reason not in ("unsure", "says_so_to_nothing")
    assert (found.rice_alone is not None) == (found.light_alone is not None) == asked
    assert (found.background_alone is not None) == (asked and answers.get("emptied", 0) is not None)


def test_its_numbers_are_shares_of_the_evidence():
    found = decide_verdict(
        counterfactuals(whole=4, on_others=1, emptied=-1, nothing=-2), thresholds=RULES
    )
    assert found.rice_alone == pytest.approx(3 / 6)
    assert found.background_alone == pytest.approx(1 / 6)
    beyond = decide_verdict(counterfactuals(whole=20, on_others=9, emptied=-30), thresholds=RULES)
    assert (beyond.rice_alone, beyond.background_alone) == (1, 0)


@pytest.mark.parametrize("problem", ["no_rice", "not_separable"])
def test_a_mask_that_is_not_to_be_trusted_tells_nothing(problem):
    assert decide_verdict(counterfactuals(), problem) == decide_verdict(None, problem)
    assert decide_verdict(None, problem).reason == problem
    assert decide_verdict(None).looks_at == "unclear"


def test_every_reason_it_can_give_has_a_sentence():
    code = Path(module.__file__).read_text("utf-8")
    assert all(f'"{reason}"' in code for reason in REASONS)
    assert set(VERDICTS) == {"rice", "background", "both", "unclear"}


def test_the_table_of_thresholds_says_where_it_comes_from():
    assert load_thresholds().provenance
    assert 0 < load_thresholds().stays < 1
