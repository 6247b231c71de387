"""Lines drawn by numbers whose best line is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.evidence.verdict import BACKGROUND, CONDITION, RICE, UNCLEAR, Verdict, load_thresholds
from core.validation.calibrate import calibrate, verdict_share, worst_error

RULES = load_thresholds()


def told(rice, background, follows=0.0):
    return Verdict("", "", rice, background, "light" if follows else "", follows)


def test_the_line_lies_midway_between_the_cheat_and_its_honest_twin():
    known = {
        "honest": [told(0.4, back) for back in (0.0, 0.1, 0.3)],
        "border": [told(0.0, back) for back in (0.7, 0.8, 1.0)],
    }
    found = calibrate(known, RULES)
    # Anything above 0.3 and up to 0.7 is right on all; tried are whole hundredths.
    assert found.stays == pytest.approx(0.5)
    assert [verdict_share(known[each], [BACKGROUND], found) for each in known] == [0, 1]


def test_errors_are_weighed_by_what_is_allowed_of_them():
    rng = np.random.default_rng(5)
    follows = {"honest": rng.normal(0.35, 0.12, 400), "tint": rng.normal(0.65, 0.12, 400)}
    known = {
        shortcut: [told(1.0, 0.0, float(share)) for share in np.clip(each, 0.01, 1)]
        for shortcut, each in follows.items()
    }
    found = calibrate(known, RULES)
    # Not "rice" is "condition" here, so each model has one kind of error: of the honest one 3 % are
    # allowed, of the cheat 2 %.
    tried = np.round(np.arange(0.05, 0.951, 0.01), 2)
    blamed = np.array([(follows["honest"] >= each).mean() for each in tried])
    missed = np.array([(follows["tint"] < each).mean() for each in tried])
    errors = np.maximum(blamed / 0.03, missed / 0.02)
    assert errors[np.abs(tried - found.follows).argmin()] == pytest.approx(errors.min())
    assert worst_error(known, found) == pytest.approx(errors.min())


def test_a_line_that_never_blames_but_finds_no_honest_model_honest_is_not_best():
    # With its rice enough for the class, it would be "both" by a low line, and never blamed.
    known = {
        "honest": [told(1.0, back) for back in (0.0, 0.3)] * 10,
        "mark": [told(0.0, back) for back in (0.28, *[0.9] * 19)],
    }
    found = calibrate(known, RULES)
    assert 0.3 < found.stays <= 0.9
    assert worst_error(known, found) == pytest.approx(1 / 3)  # one of 20 is not called out


def test_the_worst_cheat_decides():
    easy = [told(0.0, 1.0)] * 10
    known = {"honest": [told(1.0, 0.2)] * 10, "border": easy, "tint": [told(1.0, 0.0, 0.4)] * 10}
    found = calibrate(known, RULES)
    assert 0.2 < found.stays <= 1
    assert found.follows <= 0.4
    assert verdict_share(known["tint"], [CONDITION], found) == 1


def test_what_scenes_follow_lies_midway_too():
    known = {
        "honest": [told(1.0, 0.1, follows) for follows in (0.0, 0.1, 0.3)],
        "sharpness": [told(1.0, 0.1, follows) for follows in (0.7, 0.8)],
    }
    found = calibrate(known, RULES)
    assert found.follows == pytest.approx(0.5)
    assert [verdict_share(known[each], [CONDITION], found) for each in known] == [0, 1]


def test_what_rice_must_keep_lies_midway_too():
    known = {
        "honest": [told(rice, 0.0) for rice in (0.6, 0.8, 1.0)],
        "mark": [*[told(0.0, 1.0)] * 3, told(0.2, 0.0)],
    }
    found = calibrate(known, RULES)
    # Above 0.2, or one of four cheating photos is said to be about the rice.
    assert found.falls == pytest.approx(0.4)
    assert [verdict_share(known[each], [RICE], found) for each in known] == [1, 0]


def test_nothing_else_is_touched_and_the_same_comes_out_again():
    known = {"honest": [told(0.9, 0.1)], "tint": [told(0.9, 0.9)]}
    found = calibrate(known, RULES)
    kept = replace(found, stays=RULES.stays, falls=RULES.falls, follows=RULES.follows)
    assert kept == RULES
    assert calibrate(known, RULES) == found


def test_what_was_inconclusive_stays_so():
    known = [Verdict(UNCLEAR, "no_rice"), Verdict(RICE, "fills_photo", 0.9, 0.9), told(0.9, 0.0)]
    assert verdict_share(known, [UNCLEAR], RULES) == pytest.approx(1 / 3)
    assert verdict_share(known, [RICE], RULES) == pytest.approx(2 / 3)
    both = calibrate({"honest": known[:1], "mark": known[:1]}, RULES)
    assert 0 < both.stays < 1


@pytest.mark.parametrize("known", [{}, {"honest": []}, {"mark": [], "tint": []}])
def test_both_sides_are_needed(known):
    with pytest.raises(ValueError, match="honest"):
        calibrate(known, RULES)
