"""Where the heat is, in words."""

from __future__ import annotations

import numpy as np
import pytest

from core.explain.explanation import Explanation
from core.images.preprocess import place
from dashboard.i18n.peak_location import hottest
from dashboard.state.session import DEFAULT_REQUEST


@pytest.mark.parametrize(
    ("cells", "where"),
    [
        ([[9, 0], [0, 0]], "top.left"),
        ([[0, 0], [0, 9]], "bottom.right"),
        ([[0, 0, 0], [0, 9, 0], [0, 0, 0]], "middle.centre"),
        ([[0, 9, 0], [0, 0, 0], [0, 0, 0]], "top.centre"),
        ([[5, 5], [5, 5]], "everywhere"),
        ([[5, 5], [5, 4.9]], "everywhere"),
        ([[-1, -1], [0, -1]], "nowhere"),
    ],
)
def test_the_hottest_place_is_named(cells, where):
    maps = np.array([cells], np.float32)
    explanation = Explanation(
        "", "", DEFAULT_REQUEST, ("A",), place((300, 400), (64, 64), "squash"),
        np.zeros(1, np.float32), np.ones(1, np.float32), maps,
    )  # fmt: skip
    assert hottest(explanation, "A") == where
