"""Changes of how a photo was taken, and how much of a score goes with them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.evidence.conditions import (
    CHANGES,
    COMPRESSED,
    CONDITIONS,
    add_noise,
    blur,
    change_scenes,
    compress,
    remove_noise,
    render_scenes,
    share_of_condition,
    sharpen,
    smooth,
)

RNG = np.random.default_rng(0)
SCENE = cv2.GaussianBlur(RNG.integers(0, 256, (120, 160, 3)).astype(np.uint8), (0, 0), 1.5)


def detail(pixels):
    return float(cv2.Laplacian(pixels.astype(np.float32), cv2.CV_32F).std())


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_gives_another_photo_of_the_same_size(name):
    condition, change = CHANGES[name]
    changed = change(SCENE)
    assert condition in CONDITIONS
    assert (changed.shape, changed.dtype) == (SCENE.shape, np.uint8)
    assert 0.5 < np.abs(changed.astype(float) - SCENE).mean() < 80


def test_every_condition_is_changed_in_two_ways_at_least():
    of = [condition for condition, _ in CHANGES.values()]
    assert set(of) == set(CONDITIONS)
    assert min(map(of.count, CONDITIONS)) >= 2


def test_light_and_exposure_multiply():
    grey = np.full((2, 2, 3), 100, np.uint8)
    for name in ("lamp", "leaves", "sky"):
        assert np.ptp(CHANGES[name][1](grey)[0, 0]) > 20
    assert (CHANGES["darker"][1](grey) == 50).all()
    assert (CHANGES["brighter"][1](grey) == 145).all()


def test_sharpness_is_lost_and_gained():
    assert detail(blur(SCENE)) < 0.8 * detail(SCENE) < 0.8 * detail(sharpen(SCENE))


def test_smoothing_takes_faint_edges_and_keeps_strong_ones():
    strong = np.repeat(np.where(np.arange(80) < 40, 40, 200)[None, :, None], 60, 0).repeat(3, 2)
    faint = strong + RNG.integers(-4, 5, strong.shape)
    smoothed = smooth(faint.astype(np.uint8)).astype(float)
    assert smoothed[:, :30].std() < 0.6 * faint[:, :30].std()
    assert smoothed[:, 42].mean() - smoothed[:, 37].mean() > 150


def test_noise_is_the_same_in_small_pictures_and_large_ones_and_can_be_taken_away():
    grey = np.full((256, 256, 3), 120, np.uint8)
    noisy = add_noise(grey)
    assert (noisy == add_noise(grey)).all()
    small = cv2.resize(noisy, (96, 96), interpolation=cv2.INTER_AREA)
    assert 0.8 < small.std() / add_noise(grey[:96, :96]).std() < 1.1
    assert remove_noise(small).std() < 0.6 * small.std()


def test_compression_shows_blocks_of_eight_pixels():
    ramp = np.repeat(np.arange(160, dtype=np.uint8)[None, :, None], 120, 0).repeat(3, 2)
    jumps = np.abs(np.diff(compress(ramp).astype(float), axis=1)).mean(axis=(0, 2))
    assert jumps[7::8].mean() > 1.5 * np.delete(jumps, np.s_[7::8]).mean()


def test_scenes_are_changed_each_as_it_is():
    scenes = render_scenes()
    levels = [*change_scenes((40, 56))]
    assert len(levels) == 1 + len(CHANGES)
    assert {each.shape for each in levels} == {(len(scenes), 40, 56, 3)}
    unchanged = cv2.resize(scenes[0], (56, 40), interpolation=cv2.INTER_AREA)
    assert (levels[0][0] == unchanged).all()
    assert (levels[1 + [*CHANGES].index(COMPRESSED)][0] != unchanged).any()


def test_what_goes_with_the_condition_is_told_from_what_goes_with_the_scene():
    by_level = np.repeat(np.array([5, 0, -5], np.float32)[:, None, None], 6, axis=1)
    assert share_of_condition(by_level) > 0.9
    assert share_of_condition(by_level.swapaxes(0, 1)) < 0.1
    assert share_of_condition(np.full((3, 6, 2), 4, np.float32)) == 0
    by_scene = np.linspace(-5, 5, 6, dtype=np.float32)[None, :, None]
    assert 0.3 < share_of_condition(by_level + by_scene) < 0.7
    # A class that never moves says nothing of those that do.
    assert share_of_condition(np.concatenate([by_level, 0 * by_level - 9], axis=2)) > 0.9
