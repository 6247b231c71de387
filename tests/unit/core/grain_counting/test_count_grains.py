"""What is several grains, or a part of one, is told; the rest is told a variety."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.grain_counting.classify_pieces import AT_EDGE, FRAGMENT, NOT_SEPARATED, judged
from core.grain_counting.components import find_pieces
from core.grain_counting.count_grains import HEAP, grain_by_grain
from core.grain_counting.counts import counted
from core.images.decode import Photo
from core.utils.confidence_interval import wilson
from tests.support.drawn_grains import scattered, table


def as_photo(rgb, times=1):
    height, width = rgb.shape[:2]
    return Photo(rgb, "f" * 64, (times * width, times * height), "PNG")


def test_grains_that_overlap_at_an_angle_are_one_piece_of_two():
    """A cross cannot be parted; its area tells how many it is."""
    photo, mask = table(*scattered(12), (200, 400, 60, 20, 0), (200, 400, 60, 20, 80))
    cross = cv2.circle(np.zeros(mask.shape, np.uint8), (200, 400), 14, 1, -1) > 0
    pieces = find_pieces(photo, mask | cross)
    problems, counts = judged(pieces)
    told = [(problem, count) for problem, count in zip(problems, counts, strict=True) if problem]
    assert told == [(NOT_SEPARATED, 2)]
    assert sum(counts) == 14


def test_edges_and_crumbs_are_told():
    photo, mask = table(
        *scattered(12), (2, 400, 60, 20, 0), (300, 400, 14, 12, 0), (400, 488, 60, 26, 0)
    )
    problems, counts = judged(find_pieces(photo, mask))
    # Of the last one the edge leaves a sliver.
    assert sorted(problem for problem in problems if problem) == [AT_EDGE, FRAGMENT, FRAGMENT]
    assert sum(counts) == 13


def test_a_photo_is_told_grain_by_grain(explainer):
    photo, _ = table(*scattered(12))
    found = grain_by_grain(as_photo(photo, times=4), explainer)
    assert (found.problem, len(found.grains)) == ("", 12)
    assert [grain.number for grain in found.grains] == list(range(1, 13))
    first = found.grains[0]
    assert first.size.length == pytest.approx(4 * 60, rel=0.04)
    assert first.size.width == pytest.approx(4 * 20, rel=0.1)
    assert first.box.left == pytest.approx(4 * 30, abs=12)
    assert first.millimetres(40).length == pytest.approx(first.size.length / 40)
    assert first.millimetres(40).area == pytest.approx(first.size.area / 1600)
    assert {grain.explanation.sha256 for grain in found.grains} == {"f" * 64}
    assert first.variety == first.explanation.predicted
    # Rows as one reads.
    assert [g.box.left < 4 * 130 for g in found.grains] == [True, *[False] * 5] * 2


def test_the_doubtful_stand_first_and_the_counts_add_up(explainer):
    photo, _ = table(*scattered(12), (2, 400, 60, 20, 0), (300, 400, 120, 20, 0))
    found = grain_by_grain(as_photo(photo), explainer)
    order = found.doubtful_first
    assert [grain.problem for grain in order[:3]] == [NOT_SEPARATED, AT_EDGE, ""]
    sure = [grain.probability for grain in order[2:]]
    assert sure == sorted(sure)
    counts = counted(found.grains, explainer.card.names)
    assert (counts.told, counts.not_separated, counts.within, counts.at_edge) == (12, 1, 2, 1)
    assert (counts.grains, counts.pieces) == (15, 14)
    assert sum(share.grains for share in counts.shares) == 12
    assert sum(share.share for share in counts.shares) == pytest.approx(1)
    for share in counts.shares:
        assert (share.low, share.high) == wilson(share.grains, 12)


def test_a_mask_from_elsewhere_is_used(explainer):
    photo, mask = table(*scattered(12))
    left = mask & (np.arange(640) < 320)
    found = grain_by_grain(as_photo(photo), explainer, left, "not_separable")
    assert (found.problem, len(found.grains)) == ("not_separable", 6)
    assert grain_by_grain(as_photo(photo), explainer, left, "no_rice").grains == ()


def test_of_a_heap_nothing_is_told(explainer):
    rng = np.random.default_rng(0)
    heap = [(*rng.integers((200, 150), (440, 330)), 60, 20, rng.integers(180)) for _ in range(400)]
    beside = [
        (60, 60 + 80 * n, 60, 20, 90) for n in range(5)
    ]  # what one grain is, is told by these
    photo, mask = table(*[tuple(map(int, grain)) for grain in heap], *beside)
    found = grain_by_grain(as_photo(photo), explainer, mask)
    assert (found.problem, found.grains) == (HEAP, ())


def test_an_empty_photo_has_no_grains(explainer):
    photo, mask = table()
    found = grain_by_grain(as_photo(photo), explainer, mask)
    assert found.grains == ()
    counts = counted(found.grains, explainer.card.names)
    assert counts.grains == counts.pieces == 0
    assert all((share.low, share.high) == (0, 1) for share in counts.shares)
