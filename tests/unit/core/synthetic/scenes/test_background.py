"""Backgrounds repeat, and are as bright as their names say."""

from __future__ import annotations

import numpy as np

from core.synthetic.scenes import BACKGROUNDS, render_background


def test_a_background_alone_is_the_one_that_lies_under_the_rice() -> None:
    first, second = (render_background("wood", 64, 80, np.random.default_rng(7)) for _ in range(2))
    assert first.shape == (64, 80, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, second)
    means = {
        kind: render_background(kind, 64, 64, np.random.default_rng(7)).mean()
        for kind in BACKGROUNDS
    }
    assert min(means, key=means.__getitem__) == "dark table"
    assert max(means["paper"], means["white cloth"]) > 150
