"""A model's answers on a network that is known to look at the rice, in memory and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from core.evidence.verdict import load_thresholds
from core.validation.model_answers import ask_model, from_json, to_json, to_photo
from tests.support.known_answers import ANSWERS, BACKGROUND
from tests.support.known_networks import DARK, GREEN, explainer, known_baselines, photo, rice


@pytest.mark.parametrize("problem", ["", "not_separable"])
def test_the_verdict_is_of_the_class_that_the_model_gives(problem):
    asked, mask = explainer(rice(), threshold=0.2), rice()
    found = ask_model(asked, photo(mask, GREEN, DARK), mask, known_baselines(asked), problem)
    assert found.predicted == "green"
    assert found.problem == problem
    if problem:
        assert (found.localization, found.on_rice) == (None, None)
        assert len(found.counterfactuals.other_backgrounds) == 3  # of all that may be rice
        assert found.verdict().reason == problem
    else:
        assert found.verdict().looks_at == "rice"
        assert found.on_rice
        assert found.counterfactuals.pictures == {}


def test_other_thresholds_give_another_verdict_by_the_same_numbers():
    assert BACKGROUND.verdict().looks_at == "background"
    strict = replace(load_thresholds(), sure=1.0)
    assert BACKGROUND.verdict(strict).reason == "unsure"


def test_heat_is_on_the_rice_if_there_is_more_of_it_than_by_chance():
    assert [answers.on_rice for answers in ANSWERS] == [True, False, True, None, None]


@pytest.mark.parametrize("answers", ANSWERS)
def test_answers_survive_json(answers):
    assert from_json(json.loads(json.dumps(to_json(answers)))) == answers


def test_a_picture_in_memory_is_known_by_its_pixels():
    rgb = np.zeros((4, 6, 3), np.uint8)
    one, again, other = to_photo(rgb), to_photo(rgb.copy()), to_photo(rgb + np.uint8(1))
    assert one.sha256 == again.sha256 != other.sha256
    assert (one.rgb == rgb).all()
