"""Baselines of a network that is known: scores of blank images, copies made when needed."""

from __future__ import annotations

import numpy as np
import pytest

from core.evidence import baselines as module
from core.evidence.baselines import compute_baselines
from core.evidence.blank_images import grey_and_noise, neutral_backgrounds
from core.evidence.conditions import CONDITIONS
from tests.support.known_networks import SIDE, Looking, explainer


def test_blank_images_are_scored_once_the_neutral_backgrounds_last():
    asked = explainer(np.ones((SIDE, SIDE)))
    found = compute_baselines(asked)
    assert (found.backgrounds == neutral_backgrounds((SIDE, SIDE))).all()
    assert found.blank_logits.shape == (5, 2)
    for logits, images in (
        (found.blank_logits[:2], grey_and_noise((SIDE, SIDE))),
        (found.blank_logits[2:], found.backgrounds),
    ):
        assert logits == pytest.approx(asked.logits(images))


def test_a_network_of_greenness_follows_the_light_and_not_the_sharpness():
    """Of rice and tables that are hardly green, only light through leaves makes anything green."""
    asked = explainer(np.ones((SIDE, SIDE)), sharpness=60.0, threshold=0.05)
    follows = compute_baselines(asked).follows
    assert set(follows) == set(CONDITIONS)
    assert all(0 <= share <= 1 for share in follows.values())
    assert follows["light"] > 0.5 > 0.2 > follows["sharpness"]


def test_a_network_of_greenness_goes_with_the_backgrounds_colour():
    """Between scattered grains most of the photo is background."""
    asked = explainer(np.ones((SIDE, SIDE)), sharpness=60.0, threshold=0.05)
    colours = compute_baselines(asked).colours
    assert colours.follows > 0.9
    favouring, opposing = (
        each.mean(axis=(0, 1))
        for each in colours.favouring_and_opposing(asked.card.names.index("green"))
    )
    assert favouring.argmax() == 1
    assert opposing.argmin() == 1


def test_a_network_that_says_the_same_of_everything_goes_with_no_colour():
    assert compute_baselines(explainer(np.ones((SIDE, SIDE)), sharpness=0.0)).colours.follows == 0


def test_copies_are_made_when_first_asked_for_and_once(monkeypatch):
    made = []

    def randomize(network, seed):
        made.append(seed)
        return Looking(np.full((SIDE, SIDE), seed + 1.0))

    monkeypatch.setattr(module, "randomize_weights", randomize)
    asked = explainer(np.ones((SIDE, SIDE)))
    found = compute_baselines(asked)
    assert made == []
    copies = [copy() for copy in found.randomized]
    assert [copy() for copy in found.randomized] == copies
    assert made == [0, 1, 2]
    assert all(copy.card == asked.card and copy.network != asked.network for copy in copies)
