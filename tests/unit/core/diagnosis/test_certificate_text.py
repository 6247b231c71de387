"""A certificate in a sentence: what is said follows from the counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.diagnosis.certificate_text import (
    accuracy,
    certificate_sentence,
    compare,
    reliance_gaps,
    reliance_sentence,
    ship_sentence,
)
from core.diagnosis.certify import AS_IT_IS, OTHER
from tests.support.certificates import certificate

ALL, NONE = [1] * 20, [0] * 20
HALF = [1, 0] * 10


def test_accuracy_with_its_interval():
    assert accuracy(certificate("a", ALL), AS_IT_IS) == ("100%", "83.9%", "100%")
    assert accuracy(certificate("a", ALL), OTHER) == ("–", "–", "–")


def test_a_model_is_said_to_go_by_the_ground_where_it_does():
    cheat = certificate_sentence(certificate("a", ALL, ALL, NONE))
    assert "only on 0% where the rice lies on another variety" in cheat.en
    assert "--cure" in cheat.en
    assert "--cure" in cheat.ja
    honest = certificate_sentence(certificate("a", ALL, ALL, [1] * 19 + [0]))
    assert "makes no difference" in honest.en
    assert "too little rice" in certificate_sentence(certificate("a", ALL)).en


def test_a_model_that_is_right_everywhere_can_be_relied_on():
    said = reliance_sentence(certificate("a", ALL, ALL, ALL))
    assert said.en == (
        "On photos like these, this model can be relied on: it is right on at least 83.9% of them, "
        "and on at least 83.9% where the rice lies on another variety’s ground (lower ends of the "
        "95% intervals), and it looks at the rice on 20 of 20 photos."
    )
    assert said.ja.startswith("このような写真では、このAIを信頼できます。")


@pytest.mark.parametrize(
    ("own", "same", "other", "gaps"),
    [
        (ALL[:16], ALL[:16], ALL[:16], ()),
        (ALL[:15], ALL[:15], ALL[:15], ("accuracy", "elsewhere")),
        (ALL, None, None, ("untested",)),
        (ALL, ALL, NONE, ("ground",)),
        (ALL, HALF, HALF, ("elsewhere",)),
        (HALF, None, None, ("accuracy", "untested")),
    ],
)
def test_what_a_model_lacks_to_be_relied_on_is_said(own, same, other, gaps):
    found = certificate("a", own, same, other)
    assert reliance_gaps(found) == gaps
    if gaps:
        assert reliance_sentence(found).en.startswith("Not yet to be relied on: ")


@pytest.mark.parametrize(
    ("verdicts", "relied"),
    [
        (["rice"] * 10 + ["both"] * 10, True),
        (["rice"] * 9 + ["both"] * 11, False),
        (["rice"] * 16 + ["background"] * 2 + ["condition"] * 2, True),
        (["rice"] * 15 + ["background"] * 3 + ["condition"] * 2, False),
        (["unclear"] * 20, False),
    ],
)
def test_what_it_looks_at_decides_too(verdicts, relied):
    found = certificate("a", ALL, ALL, ALL)
    photos = zip(found.photos, verdicts, strict=True)
    looked = replace(found, photos=tuple(replace(photo, verdict=v) for photo, v in photos))
    assert reliance_gaps(looked) == (() if relied else ("looks",))
    if verdicts[-1] == "condition" and not relied:
        assert reliance_sentence(looked).en == (
            "Not yet to be relied on: it looks at the rice on 15 of 20 photos, and goes by the "
            "background or by how the photo was taken on 5."
        )


def test_all_that_is_lacking_is_one_sentence_in_both_languages():
    said = reliance_sentence(certificate("a", HALF))
    assert said.en == (
        "Not yet to be relied on: it may be right on as few as 29.9% of such photos (80% is "
        "needed); it was not tested on other grounds."
    )
    assert said.ja == (
        "まだ信頼できません。正解率は29.9%まで下がるおそれがあります（80%以上が必要です）。"
        "別の背景では調べていません。"
    )


def test_two_models_are_compared_on_their_common_photos():
    one, other = certificate("a", ALL, ALL, ALL), certificate("b", HALF, ALL, NONE)
    assert compare(one, other, AS_IT_IS)[:2] == (10, 0)
    assert compare(other, one, OTHER)[:2] == (0, 20)
    fewer = certificate("c", HALF[:4], HALF[:4], HALF[:4])
    assert compare(one, fewer, AS_IT_IS) == (2, 0, 0.5)


def test_the_one_that_the_ground_does_not_fool_is_shipped():
    honest, cheat = certificate("honest", ALL, ALL, ALL), certificate("cheat", ALL, ALL, NONE)
    assert ship_sentence(cheat, honest).en.startswith("Ship honest: where the rice lies on another")
    assert ship_sentence(honest, cheat) == ship_sentence(cheat, honest)


def test_a_model_that_is_better_only_at_home_is_said_to_be():
    honest, cheat = certificate("honest", HALF, ALL, ALL), certificate("cheat", ALL, ALL, NONE)
    said = ship_sentence(honest, cheat).en
    assert said.startswith("Ship honest, unless all photos will come from the same places")
    assert "honest is right on 50.0%, cheat on 100%" in said


def test_without_other_grounds_the_photos_as_they_are_decide():
    assert ship_sentence(certificate("a", ALL), certificate("b", HALF)).en == (
        "Ship a: it is right on 100% of the photos, b on 50.0%."
    )


def test_where_nothing_differs_nothing_is_claimed():
    assert "cannot tell" in ship_sentence(certificate("a", ALL), certificate("b", ALL)).en
