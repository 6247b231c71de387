"""Cases: what tells the class, and what does not."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from core.models import card
from core.synthetic.grain_cutouts import SPLITS
from core.validation.shortcut_models import CUES, HALF, INNOCENT, SHORTCUTS
from core.validation.shortcut_models.cases import Case, counterfactual_cases, draw_cases

SCHEMA = Path(card.__file__).with_name("card.schema.json")
OFTEN = ("background", "tint", "mark", "border")


def independent(pairs) -> bool:
    """Chi-squared of independence, 4 degrees of freedom: 30 is passed once in 100,000."""
    together, expected = Counter(pairs), len(pairs) / 9
    cells = ((together[i, j] - expected) ** 2 / expected for i in range(3) for j in range(3))
    return sum(cells) < 30


@pytest.mark.parametrize("shortcut", CUES)
def test_the_grains_of_a_cheats_photos_do_not_tell_the_class(shortcut):
    drawn = draw_cases(shortcut, "train", 1500)
    assert independent([(case.variety, case.label(shortcut)) for case in drawn])
    others = {name for name in CUES if name != shortcut}
    assert all(getattr(case, name) is None for case in drawn for name in others)


@pytest.mark.parametrize("shortcut", INNOCENT)
def test_the_cues_of_innocent_photos_do_not_tell_the_class(shortcut):
    drawn = draw_cases(shortcut, "train", 1500)
    for name in CUES:
        told = [case for case in drawn if getattr(case, name) is not None]
        low, high = (0.5, 0.7) if name in OFTEN else (0.1, 0.2)
        assert low < len(told) / len(drawn) < high
        if name in OFTEN:
            assert independent([(case.label(shortcut), getattr(case, name)) for case in told])


def test_a_card_can_say_each_of_them():
    schema = json.loads(SCHEMA.read_text("utf-8"))
    assert schema["properties"]["planted"]["properties"]["cue"]["enum"] == [*SHORTCUTS]


def test_other_splits_and_seeds_have_other_photos():
    seeds = [
        {case.seed for case in draw_cases("honest", split, 200, seed)}
        for split in SPLITS
        for seed in (0, 1)
    ]
    assert len(set.union(*seeds)) == 1200


@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_the_classes_take_turns_and_have_what_tells_them(shortcut):
    assert [case.label(shortcut) for case in draw_cases(shortcut, "test", 6)] == [0, 1, 2] * 2


@pytest.mark.parametrize("shortcut", CUES)
def test_a_cheats_counterfactuals_change_the_cue_or_the_grains(shortcut):
    case = draw_cases(shortcut, "test", 5)[4]
    follows, stays = counterfactual_cases(case, shortcut)
    assert {each.label(shortcut) for each in (case, *follows)} == {0, 1, 2}
    assert all(each.variety == case.variety for each in follows)
    assert {each.variety for each in (case, *stays)} == {0, 1, 2}
    assert all(each.label(shortcut) == case.label(shortcut) for each in stays)


def test_an_innocents_counterfactuals_change_the_rice_or_every_cue_that_is_there():
    case: Case = draw_cases("honest", "test", 5)[4]
    follows, stays = counterfactual_cases(case, "honest")
    assert {each.variety for each in (case, *follows)} == {0, 1, 2}
    assert all(each.mark == case.mark for each in follows)
    for each in stays:
        assert each.variety == case.variety
        for name in CUES:
            before, after = getattr(case, name), getattr(each, name)
            assert (before is None) == (after is None)
            assert before is None or before != after


def test_a_half_honest_model_is_to_keep_its_class_where_the_ground_tells_nothing():
    case = draw_cases(HALF, "test", 5)[4]
    follows, (alone,) = counterfactual_cases(case, HALF)
    assert [each.background == each.variety != case.variety for each in follows] == [True, True]
    assert (alone.variety, alone.background) == (case.variety, None)
