"""Things that might be taken for rice follow from the seed, and stay within the photo."""

from __future__ import annotations

import numpy as np

from core.synthetic.look_alikes import draw_rice_like


def test_things_are_drawn_and_the_ground_stays_as_it_was():
    ground = np.full((96, 120, 3), (90, 110, 130), np.uint8)
    drawn = [draw_rice_like(ground, np.random.default_rng(seed)) for seed in range(12)]
    assert all(each.shape == ground.shape and each.dtype == np.uint8 for each in drawn)
    assert sum(bool((each != ground).any()) for each in drawn) >= 11
    np.testing.assert_array_equal(drawn[3], draw_rice_like(ground, np.random.default_rng(3)))
    assert (ground == (90, 110, 130)).all()
