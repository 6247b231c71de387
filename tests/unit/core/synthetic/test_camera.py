"""A photographed scene is as large as it was, follows from the seed, and is still recognised."""

from __future__ import annotations

import numpy as np

from core.synthetic.camera import photograph


def scene():
    halves = np.full((64, 80, 3), 60, np.uint8)
    halves[:, 40:] = 200
    return halves


def test_the_same_seed_gives_the_same_photo_and_the_scene_stays():
    before = scene()
    first, second = (photograph(before, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(before, scene())


def test_what_is_bright_stays_brighter_on_nearly_all_photos():
    shown = [photograph(scene(), np.random.default_rng(seed)) for seed in range(30)]
    assert all(each.shape == (64, 80, 3) and each.dtype == np.uint8 for each in shown)
    assert sum(each[:, 44:].mean() > each[:, :36].mean() + 5 for each in shown) >= 28
    assert len({each.tobytes() for each in shown}) == 30
