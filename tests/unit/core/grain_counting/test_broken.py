"""Broken grains are the short ones of their kind, whatever a model takes them for."""

from __future__ import annotations

import numpy as np
import pytest

from core.grain_counting.broken import SHORT, find_broken, whole_are_known
from core.grain_counting.count_grains import count_grains
from core.grain_counting.counts import count_varieties
from core.images.decode import Photo
from tests.support.drawn_grains import scattered, table


def lot(*groups):
    """Grains of (how many, length, width, kind), each a little unlike the next."""
    rng = np.random.default_rng(0)
    sizes = [
        (length * rng.uniform(0.93, 1.07), width * rng.uniform(0.96, 1.04), kind)
        for count, length, width, kind in groups
        for _ in range(count)
    ]
    lengths, widths, kinds = zip(*sizes, strict=True)
    return np.array(lengths), np.array(widths), kinds


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6])
def test_halves_are_broken_also_where_a_model_takes_them_for_a_shorter_variety(share):
    count = round(100 * share)
    found = find_broken(*lot((100 - count, 195, 48, "Basmati"), (count, 99, 49, "Karacadag")))
    assert found.sum() == count
    assert found[-count:].all()


def test_a_short_variety_among_a_long_one_is_whole():
    grains = lot((40, 195, 48, "Basmati"), (20, 115, 71, "Karacadag"), (5, 66, 71, "Karacadag"))
    assert find_broken(*grains).nonzero()[0].tolist() == list(range(60, 65))


def test_two_thirds_of_the_usual_length_are_whole():
    lengths = np.array([60.0] * 10 + [60 * SHORT + 0.1, 60 * SHORT - 0.1])
    found = find_broken(lengths, np.full(12, 20.0), ["a"] * 12)
    assert found.tolist() == [False] * 11 + [True]


def test_where_all_are_short_and_of_any_length_whole_ones_are_not_known():
    rng = np.random.default_rng(0)
    halves = rng.uniform(18, 35, 100), np.full(100, 20.0)
    assert not whole_are_known(*halves)
    assert whole_are_known(halves[0][:4], halves[1][:4])
    round_variety = (100, 31, 20, "a"), (60, 16, 20, "a")
    long_variety = (40, 60, 20, "a"), (60, 28, 20, "a"), (30, 44, 20, "a")
    for known in (round_variety, long_variety):
        assert whole_are_known(*lot(*known)[:2])


def test_a_photo_of_broken_grains_gives_no_share_but_says_so(explainer):
    rng = np.random.default_rng(0)
    grains = [(x, y, int(rng.integers(22, 38)), 22, 37 * x) for x, y, *_ in scattered(24)]
    rgb, mask = table(*grains)
    found = count_grains(Photo(rgb, "f" * 64, (640, 480), "PNG"), explainer, mask)
    assert len(found.grains) == 24
    assert not found.broken_known
    assert not any(grain.problem == "broken" for grain in found.grains)
    counts = count_varieties(found.grains, explainer.card.names, found.broken_known)
    assert (counts.broken, counts.broken_share, counts.grains) == (0, None, 24)


def test_of_a_few_grains_nothing_is_usual():
    assert not find_broken(np.array([60, 60, 60, 20.0]), np.full(4, 20.0), ["a"] * 4).any()
    assert find_broken(np.empty(0), np.empty(0), []).shape == (0,)


def test_what_the_edge_cuts_or_touches_is_neither_whole_nor_broken(explainer):
    halves = [(x, 330, 33, 20, 90) for x in (60, 160, 260)]
    rgb, _ = table(*scattered(12), *halves, (2, 430, 60, 20, 0), (300, 430, 88, 30, 0))
    found = count_grains(Photo(rgb, "f" * 64, (640, 480), "PNG"), explainer)
    broken = [grain for grain in found.grains if grain.problem == "broken"]
    assert [(grain.box.left + grain.box.width / 2, grain.variety) for grain in broken] == [
        (pytest.approx(x, abs=2), "") for x in (60, 160, 260)
    ]
    assert all(grain.size.length == pytest.approx(33, abs=2) for grain in broken)
    counts = count_varieties(found.grains, explainer.card.names)
    assert (counts.classified, counts.broken, counts.at_edge, counts.in_clumps) == (12, 3, 1, 2)
    assert (counts.grains, counts.pieces) == (18, 17)
    assert counts.broken_share[0] == 0.2
    assert found.doubtful_first[-1].problem == "broken"
    assert not found.doubtful_first[-1].doubtful
