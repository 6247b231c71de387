"""What is drawn follows from the seed, stays within the photo, and says what it covers."""

from __future__ import annotations

import numpy as np

from core.synthetic.distractors import cover_part, draw_ground_things

GROUND = np.full((96, 120, 3), (90, 110, 130), np.uint8)


def test_something_is_drawn_and_the_ground_stays_as_it_was():
    drawn = [draw_ground_things(GROUND, np.random.default_rng(seed)) for seed in range(20)]
    again = draw_ground_things(GROUND, np.random.default_rng(3))
    assert all(each.shape == GROUND.shape and each.dtype == np.uint8 for each in drawn)
    assert sum(bool((each != GROUND).any()) for each in drawn) >= 18
    np.testing.assert_array_equal(drawn[3], again)
    assert (GROUND == (90, 110, 130)).all()


def test_what_is_covered_is_where_the_photo_changed():
    for seed in range(12):
        drawn, covered = cover_part(GROUND, np.random.default_rng(seed))
        far = np.abs(drawn.astype(int) - GROUND).max(axis=2)
        assert (far[covered] > 24).all()
        assert (far[~covered] <= 24).all()
