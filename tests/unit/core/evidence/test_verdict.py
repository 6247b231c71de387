"""The rule on answers that are known, and the sentences it can give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import core.evidence.verdict as module
from core.evidence.conditions import CONDITIONS
from core.evidence.verdict import REASONS, VERDICTS, decide_verdict, load_thresholds
from tests.support.known_answers import class_score, counterfactuals

RULES = replace(load_thresholds(), sure=0.5, room=1, cap=6, stays=0.5, falls=0.2, follows=0.5)


@pytest.mark.parametrize(
    ("answers", "looks_at", "reason"),
    [
        ({"on_others": 5}, "rice", "rice_suffices"),
        # Its class is its answer to nothing, too, but the rice adds to it.
        ({"nothing": 1, "emptied": 1, "on_others": 5}, "rice", "rice_suffices"),
        ({"on_others": -2, "emptied": 6}, "background", "stays_without_rice"),
        ({"on_others": 1, "nothing": 1, "emptied": 5}, "background", "stays_without_rice"),
        ({"on_others": 5, "emptied": 6}, "both", "either_suffices"),
        # The class goes with the light, here and in scenes of other rice.
        ({"on_others": 5, "lost": "sky", "follows": 0.7}, "condition", "light"),
        ({"on_others": 5, "emptied": 6, "lost": "sky", "follows": 0.7}, "condition", "light"),
        # Tinted rice keeps some of its class on other backgrounds.
        ({"on_others": 0, "emptied": 6, "lost": "sky", "follows": 0.7}, "condition", "light"),
        # As of a stamp, which is another one in a darker photo: of that, rice keeps nothing.
        (
            {"on_others": -2, "emptied": 6, "lost": "darker", "follows": 0.7},
            "background",
            "stays_without_rice",
        ),
        # The class is its answer to nothing, too; still it goes with the blur.
        ({"nothing": 8, "lost": "blurred", "follows": 0.7}, "condition", "sharpness"),
        # It is lost when blurred, but other rice is not: only fragile.
        ({"on_others": 5, "lost": "blurred", "follows": 0.3}, "rice", "rice_suffices"),
        # It knows the rice, and the ground: one colour keeps the class, another takes it.
        ({"colours": (6, 1)}, "both", "goes_with_colour"),
        ({"colours": (6, 3)}, "both", "goes_with_colour"),
        ({"colours": (6, 3.1)}, "rice", "rice_suffices"),
        # Strange grounds of any colour take some of it: that is not the colour.
        ({"colours": (3, 1)}, "rice", "rice_suffices"),
        ({"colours": (6, 1), "emptied": None}, "rice", "fills_photo"),
        ({"on_others": -2, "emptied": 6, "colours": (6, 1)}, "background", "stays_without_rice"),
        ({"on_others": -1, "emptied": -1}, "both", "needs_both"),
        # Too blurred to be sharpened; but the model's answers go with the blur.
        ({"on_others": -1, "emptied": -1, "follows": 0.7}, "condition", "sharpness"),
        # On other backgrounds the rice is hard to see; but nothing else gives the class.
        ({"on_others": 0}, "rice", "rice_suffices"),
        ({"on_others": 0, "emptied": 6}, "background", "stays_without_rice"),
        # As a bowl does: it gives the class not quite, but more than the rice.
        ({"on_others": 0, "emptied": 1}, "both", "needs_both"),
        ({"whole": -1}, "unclear", "unsure"),
        # What is hardly sure has no parts; but a condition may be told.
        ({"whole": 0.9, "on_others": -2, "emptied": 0.9}, "unclear", "unsure"),
        ({"whole": 0.9, "lost": "blurred", "follows": 0.7}, "condition", "sharpness"),
        ({"whole": 6, "nothing": 8}, "unclear", "says_so_to_nothing"),
        # Without the rice it still says so, less than to the rice; and it tells other rice.
        ({"on_others": 5, "emptied": 3, "others": -2}, "rice", "rice_suffices"),
        # It tells other rice, but needs none.
        ({"on_others": 5, "emptied": 6, "others": -2}, "both", "either_suffices"),
        ({"on_others": 0, "emptied": 6, "others": -2}, "both", "either_suffices"),
        ({"on_others": -2, "emptied": -2, "others": 6}, "both", "needs_both"),
        ({"emptied": None}, "rice", "fills_photo"),
        # Rice all but fills the photo, yet the class is lost without the rest: a mark among it.
        ({"emptied": None, "on_others": -2, "others": 6}, "background", "stays_without_rice"),
        ({"emptied": None, "on_others": -2, "others": -2}, "both", "needs_both"),
        # Rice all over the photo: still its compression may give the class.
        ({"emptied": None, "lost": "compressed", "follows": 0.7}, "condition", "compression"),
    ],
)
def test_the_rule(answers, looks_at, reason):
    found = decide_verdict(counterfactuals(**answers), thresholds=RULES)
    assert (found.looks_at, found.reason) == (looks_at, reason)
    asked = reason != "unsure" and answers.get("nothing", 0) < 6
    assert (found.rice_alone is not None) == asked
    followed = looks_at == "condition"
    assert (found.condition == reason) == followed
    assert (found.background_alone is not None) == asked


def test_its_numbers_are_shares_of_the_evidence():
    found = decide_verdict(
        counterfactuals(whole=4, on_others=1, emptied=-1, nothing=-2), thresholds=RULES
    )
    assert found.rice_alone == pytest.approx(3 / 6)
    assert found.background_alone == pytest.approx(1 / 6)
    assert not found.replaced
    replaced = decide_verdict(
        counterfactuals(whole=4, on_others=3.5, emptied=3, others=-1, nothing=-2), thresholds=RULES
    )
    assert replaced.background_alone == pytest.approx(1 / 6)
    assert replaced.replaced
    beyond = decide_verdict(counterfactuals(whole=20, on_others=9, emptied=-30), thresholds=RULES)
    assert (beyond.rice_alone, beyond.background_alone) == (1, 0)


def test_without_an_outline_only_what_is_not_rice_can_be_blamed():
    def decided(**answers):
        found = decide_verdict(counterfactuals(**answers), "not_separable", RULES)
        return found.looks_at, found.reason, found.rice_alone

    assert decided(on_others=-2, emptied=6) == ("background", "stays_without_rice", 0)
    for answers in (
        {},
        {"emptied": 6},
        {"on_others": -2},
        {"on_others": -2, "emptied": 6, "others": -2},
        {"on_others": -2, "emptied": None, "others": 6},
    ):
        assert decided(**answers) == ("unclear", "not_separable", None)


@pytest.mark.parametrize("problem", ["no_rice", "not_separable"])
def test_without_a_mask_a_condition_can_be_told(problem):
    for asked in (counterfactuals(), counterfactuals(emptied=6)):
        found = decide_verdict(asked, problem, RULES)
        assert (found.looks_at, found.reason, found.rice_alone) == ("unclear", problem, None)
    fragile = counterfactuals(lost="blurred", follows=0.3)
    assert decide_verdict(fragile, problem, RULES).reason == problem
    followed = counterfactuals(lost="blurred", follows=0.7)
    found = decide_verdict(followed, problem, RULES)
    assert (found.looks_at, found.reason) == ("condition", "sharpness")
    assert decide_verdict(counterfactuals(whole=-1), problem, RULES).reason == problem


@pytest.mark.parametrize(("left", "looks_at"), [(3.1, "rice"), (3.0, "condition")])
def test_a_class_goes_with_what_takes_half_of_its_evidence(left, looks_at):
    """The class of blurred photos stays likely in a sharpened one, which is not sharp yet."""
    asked = counterfactuals(whole=6, follows=0.7)
    changed = {**asked.changed, "sharpened": class_score(left)}
    assert decide_verdict(replace(asked, changed=changed), "", RULES).looks_at == looks_at


def test_every_reason_it_can_give_has_a_sentence():
    code = Path(module.__file__).read_text("utf-8")
    assert all(f'"{reason}"' in code for reason in REASONS if reason not in CONDITIONS)
    assert set(CONDITIONS) < set(REASONS)
    assert set(VERDICTS) == {"rice", "background", "both", "condition", "unclear"}


def test_empty_tables_that_give_the_class_themselves_are_left_out():
    """Rice on them would tell nothing: it is measured on the others."""
    asked = counterfactuals(whole=4, on_others=4, emptied=-4)
    asked = replace(asked, blank=tuple(map(class_score, (4, -4, 4, -4))))
    found = decide_verdict(
        replace(asked, other_backgrounds=(class_score(4),) * 4), thresholds=RULES
    )
    assert (found.rice_alone, found.background_alone) == (1, 0)


def test_the_table_of_thresholds_says_where_it_comes_from():
    assert load_thresholds().provenance
    assert 0 < load_thresholds().stays < 1
