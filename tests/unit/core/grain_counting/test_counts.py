"""Counts add up, and shares come with their interval."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from core.grain_counting.broken import BROKEN
from core.grain_counting.classify_pieces import AT_EDGE, FRAGMENT, NOT_SEPARATED
from core.grain_counting.counts import count_varieties
from core.grain_counting.counts_text import counts_text
from core.utils.confidence_interval import wilson_interval


def grain(variety="", problem="", count=1, unsure=False, unfamiliar=False):
    own = {"variety": variety, "problem": problem, "count": count}
    return SimpleNamespace(**own, unsure=unsure, unfamiliar=unfamiliar)


def test_the_counts_add_up():
    grains = [grain("a")] * 9 + [grain("b")] * 3
    grains += [grain(problem=NOT_SEPARATED, count=2), grain(problem=NOT_SEPARATED, count=3)]
    grains += [grain(problem=AT_EDGE)] * 2 + [grain(problem=FRAGMENT, count=0)]
    counts = count_varieties(grains, ["a", "b", "c"])
    assert (counts.classified, counts.not_separated, counts.in_clumps) == (12, 2, 5)
    assert (counts.at_edge, counts.fragments) == (2, 1)
    assert (counts.grains, counts.pieces) == (19, 17)
    assert [each.grains for each in counts.shares] == [9, 3, 0]
    assert [each.share for each in counts.shares] == [0.75, 0.25, 0]
    for share in counts.shares:
        assert (share.low, share.high) == wilson_interval(share.grains, 12)


@pytest.mark.parametrize(("unsure", "known"), [(0, True), (2, True), (3, False), (10, False)])
def test_varieties_are_known_unless_many_grains_are_unsure(unsure, known):
    grains = [grain("a", unsure=number < unsure) for number in range(10)]
    counts = count_varieties([*grains, grain(problem=AT_EDGE)], ["a"])
    assert (counts.unsure, counts.varieties_known) == (unsure, known)


@pytest.mark.parametrize(("strange", "known"), [(0, True), (5, True), (6, False), (10, False)])
def test_varieties_are_known_unless_most_grains_look_strange(strange, known):
    grains = [grain("a", unfamiliar=number < strange) for number in range(10)]
    counts = count_varieties([*grains, grain(problem=AT_EDGE)], ["a"])
    assert counts.unfamiliar == strange
    assert counts.varieties_known is counts.look_familiar is known


def test_of_nothing_every_share_is_possible():
    counts = count_varieties([grain(problem=FRAGMENT, count=0)], ["a", "b"])
    assert (counts.grains, counts.pieces) == (0, 1)
    assert all((share.low, share.high) == (0, 1) for share in counts.shares)
    assert [share.share for share in counts.shares] == pytest.approx([0, 0])
    assert counts.broken_share == (0, 0, 1)
    assert counts.varieties_known


def test_broken_grains_are_counted_without_a_variety():
    counts = count_varieties([grain("a")] * 9 + [grain(problem=BROKEN)] * 3, ["a"])
    assert (counts.classified, counts.broken, counts.grains, counts.pieces) == (9, 3, 12, 12)
    assert counts.shares[0].share == 1
    assert counts.broken_share == (0.25, *wilson_interval(3, 12))


def test_broken_grains_stay_in_the_sum_where_another_photo_cannot_tell_them():
    counts = count_varieties([grain("a")] * 9 + [grain(problem=BROKEN)] * 3, ["a"], False)
    assert (counts.broken, counts.grains, counts.pieces) == (3, 12, 12)
    assert counts.broken_share is None
    text = counts_text(counts)
    assert text.startswith("12 grains, 9 of them classified")
    assert "broken: at least 3; not in every photo" in text
