"""Blank images differ from each other, repeat, and have the size that is asked for."""

from __future__ import annotations

import numpy as np

from core.evidence.blank_images import grey_and_noise, neutral_backgrounds


def test_blank_images_differ_and_repeat():
    found = np.concatenate([grey_and_noise((48, 64)), neutral_backgrounds((48, 64))]).astype(float)
    assert found.shape == (5, 48, 64, 3)
    colours = found.mean(axis=(1, 2))
    assert all(
        np.abs(colours[a] - colours[b]).max() > 20
        for a in range(1, 5)
        for b in range(2, 5)
        if a < b
    )
    assert (neutral_backgrounds((48, 64)) == found[2:]).all()
    assert (neutral_backgrounds((48, 64), seed=1) != found[2:]).any()
