"""A certificate in a sentence: what is said follows from the counts."""

from __future__ import annotations

from core.diagnosis.certificate_text import (
    accuracy,
    certificate_sentence,
    compare,
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
