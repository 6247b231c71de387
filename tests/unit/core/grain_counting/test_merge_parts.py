"""Parts of a clump become grains again: convex, no wider than others, and not over a seam."""

from __future__ import annotations

import cv2
import numpy as np

from core.grain_counting.classify_pieces import TypicalGrain
from core.grain_counting.components import measure_regions
from core.grain_counting.merge_parts import is_grain, merge_parts
from tests.support.drawn_grains import table

TYPICAL = TypicalGrain(942.0, 60.0, 20.0)


def parts(*grains, cuts=()):
    """Grains as labels, cut from top to bottom at some columns."""
    _, mask = table(*grains)
    columns = np.arange(mask.shape[1])
    return (mask * (1 + np.searchsorted(cuts, columns, side="right"))).astype(np.int32)


def test_a_grain_that_was_cut_is_put_together():
    labels = parts((300, 200, 60, 20, 0), cuts=(290, 300, 310))
    assert labels.max() == 4
    merged = merge_parts(labels, np.zeros(labels.shape, np.float32), TYPICAL)
    assert np.array_equal(merged, (labels > 0).astype(np.int32))


def test_two_grains_stay_apart_at_their_neck_and_at_a_seam():
    ends = parts((270, 200, 60, 20, 0), (328, 200, 60, 20, 0), cuts=(280, 299))
    light = np.zeros(ends.shape, np.float32)
    merged = merge_parts(ends, light, TYPICAL)
    assert merged.max() == 2
    assert len(set(merged[200, 245:295])) == 1
    whole = parts((300, 200, 60, 20, 0), cuts=(300,))
    seam = cv2.line(light.copy(), (300, 180), (300, 220), 0.5, 3)
    assert merge_parts(whole, light, TYPICAL).max() == 1
    assert merge_parts(whole, seam, TYPICAL).max() == 2


def test_long_grains_and_halves_are_grains_and_what_is_wide_or_bent_is_none():
    def one(*grains):
        (piece,) = measure_regions((table(*grains)[1]).astype(np.int32))
        return is_grain(piece, TYPICAL)

    assert one((300, 200, 110, 20, 0))
    assert one((300, 200, 30, 20, 0))
    assert not one((300, 200, 60, 32, 0))
    assert not one((270, 200, 60, 20, 0), (320, 210, 60, 20, 60))
