"""Baselines of a network that is known: scores of blank images, copies made when needed."""

from __future__ import annotations

import numpy as np
import pytest

from core.evidence import baselines as module
from core.evidence.baselines import compute_baselines
from core.evidence.blank_images import grey_and_noise, neutral_backgrounds
from tests.support.known_networks import SIDE, Looking, explainer


def test_blank_images_are_scored_once_the_neutral_backgrounds_last():
    asked = explainer(np.ones((SIDE, SIDE)))
    found = compute_baselines(asked)
    assert (found.backgrounds == neutral_backgrounds((SIDE, SIDE))).all()
    assert found.blank_logits.shape == (6, 2)
    for logits, images in (
        (found.blank_logits[:2], grey_and_noise((SIDE, SIDE))),
        (found.blank_logits[2:], found.backgrounds),
    ):
        assert logits == pytest.approx(asked.logits(images))


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
