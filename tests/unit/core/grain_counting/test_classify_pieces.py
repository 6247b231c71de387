"""What is several grains, or a part of one, is no single grain; and a heap is not counted."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.grain_counting.classify_pieces import (
    AT_EDGE,
    FRAGMENT,
    NOT_SEPARATED,
    classify_pieces,
    is_heap,
    typical_grain,
)
from core.grain_counting.components import find_components
from tests.support.drawn_grains import scattered, table


def classified(*grains):
    return classify_pieces(find_components(*table(*grains)))


def test_grains_that_overlap_at_an_angle_are_one_piece_of_two():
    """A cross cannot be split; its area tells how many it is."""
    photo, mask = table(*scattered(12), (200, 400, 60, 20, 0), (200, 400, 60, 20, 80))
    cross = cv2.circle(np.zeros(mask.shape, np.uint8), (200, 400), 14, 1, -1) > 0
    pieces = classify_pieces(find_components(photo, mask | cross))
    assert [(each.problem, each.count) for each in pieces if each.problem] == [(NOT_SEPARATED, 2)]
    assert sum(each.count for each in pieces) == 14


def test_edges_and_crumbs_are_recognised():
    # Of the last one the edge leaves a sliver.
    pieces = classified(
        *scattered(12), (2, 400, 60, 20, 0), (300, 400, 13, 10, 0), (400, 488, 60, 26, 0)
    )
    problems = sorted(each.problem for each in pieces if each.problem)
    assert problems == [AT_EDGE, FRAGMENT, FRAGMENT]
    assert sum(each.count for each in pieces) == 13


def test_only_the_classification_is_added():
    pieces = find_components(*table(*scattered(6)))
    for before, after in zip(pieces, classify_pieces(pieces), strict=True):
        assert after.inside is before.inside
        assert (after.box, after.length, after.width) == (before.box, before.length, before.width)
        assert (after.problem, after.count) == ("", 1)


def test_what_is_typical_is_measured_on_whole_grains():
    grains = [*scattered(12), (2, 400, 60, 20, 0), (300, 400, 13, 10, 0)]
    typical = typical_grain(find_components(*table(*grains)))
    assert typical.length == pytest.approx(60, abs=2.5)
    assert typical.width == pytest.approx(20, abs=2.5)
    assert typical_grain([]) == (1, 1, 1)


def test_most_of_the_rice_in_one_piece_is_a_heap():
    assert is_heap(classified(*scattered(6), (300, 380, 400, 150, 0)))
    assert not is_heap(classified(*scattered(12), (300, 400, 88, 30, 0)))
    assert not is_heap([])
