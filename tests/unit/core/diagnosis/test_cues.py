"""Which numbers tell a class: a planted one is found, noise is not, and scenes stay whole."""

from __future__ import annotations

import numpy as np
import pytest

from core.diagnosis.cues import find_cues


def noise(rng, count, width=3):
    return [rng.normal(0, 1, (count, width))]


def test_numbers_that_tell_the_class_are_found_and_noise_is_not():
    false = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        labels = np.arange(90) % 3
        middle = [(labels[:, None] == 1) + rng.normal(0, 0.2, (90, 1))]  # tells one class of three
        order = [labels[:, None] + rng.normal(0, 0.2, (90, 1))]  # the second lies between
        cues = find_cues(
            {"order": order, "one": middle, "noise": noise(rng, 90)}, labels, np.arange(90), seed
        )
        of = {cue.group: cue for cue in cues}
        assert of["order"].found
        assert of["order"].accuracy > 0.9
        assert of["one"].found
        assert of["noise"].chance == pytest.approx(1 / 3, abs=0.03)
        assert cues[0].group == "order"
        false += of["noise"].found
    assert false == 0


def test_a_block_that_tells_is_found_among_wide_ones_that_do_not():
    rng = np.random.default_rng(1)
    labels = np.arange(80) % 2
    blocks = [*noise(rng, 80, 64), labels[:, None] * 1.0, *noise(rng, 80, 48)]
    (cue,) = find_cues({"all": blocks}, labels, np.arange(80))
    assert cue.found


def test_what_only_tells_scenes_apart_is_no_cue():
    rng = np.random.default_rng(2)
    scenes = np.repeat(np.arange(20), 10)
    labels = np.repeat(rng.permutation(np.arange(20) % 2), 10)
    look = rng.normal(0, 1, (20, 5))[scenes] + rng.normal(0, 0.01, (200, 5))
    (cue,) = find_cues({"scene": [look]}, labels, scenes)
    assert not cue.found
    apart = find_cues({"scene": [look]}, labels, np.arange(200))[0]  # were they not kept together
    assert apart.accuracy > 0.95


def test_classes_weigh_the_same_however_many_photos_they_have():
    rng = np.random.default_rng(3)
    labels = (np.arange(100) >= 90).astype(int)
    (cue,) = find_cues({"noise": noise(rng, 100)}, labels, np.arange(100))
    assert cue.chance == pytest.approx(0.5, abs=0.05)
    assert not cue.found


def test_what_is_nowhere_measured_or_everywhere_the_same_tells_nothing():
    labels = np.arange(40) % 2
    same, missing = [np.ones((40, 2))], [np.full((40, 2), np.nan)]
    cues = find_cues({"same": same, "missing": missing}, labels, np.arange(40))
    assert [cue.found for cue in cues] == [False, False]


def test_photos_without_a_number_count_as_the_mean():
    labels = np.arange(60) % 2
    known = np.where(np.arange(60)[:, None] % 3 == 0, np.nan, labels[:, None] * 1.0)
    (cue,) = find_cues({"some": [known]}, labels, np.arange(60))
    assert cue.found
    assert cue.accuracy < 1
