"""The grains of a photo: found, numbered, classified; and why they are not."""

from __future__ import annotations

import numpy as np
import pytest

from core.grain_counting.classify_pieces import AT_EDGE, NOT_SEPARATED
from core.grain_counting.count_grains import HEAP, TOO_SMALL, count_grains
from core.grain_counting.counts import count_varieties
from core.images.decode import PREVIEW, Photo, read_file
from tests.conftest import ROOT
from tests.support.drawn_grains import scattered, table


def as_photo(rgb, times=1):
    height, width = rgb.shape[:2]
    return Photo(rgb, "f" * 64, (times * width, times * height), "PNG")


def test_every_grain_of_a_photo_is_classified(explainer):
    photo, _ = table(*scattered(12))
    found = count_grains(as_photo(photo, times=4), explainer)
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
    photo, _ = table(*scattered(12), (2, 400, 60, 20, 0), (300, 400, 88, 30, 0))
    found = count_grains(as_photo(photo), explainer)
    order = found.doubtful_first
    assert [grain.problem for grain in order[:3]] == [NOT_SEPARATED, AT_EDGE, ""]
    sure = [grain.probability for grain in order[2:]]
    assert sure == sorted(sure)
    counts = count_varieties(found.grains, explainer.card.names)
    assert (counts.classified, counts.not_separated, counts.in_clumps, counts.at_edge) == (
        12,
        1,
        2,
        1,
    )
    assert (counts.grains, counts.pieces) == (15, 14)
    assert sum(share.grains for share in counts.shares) == 12
    assert sum(share.share for share in counts.shares) == pytest.approx(1)


def test_a_mask_from_elsewhere_is_used(explainer):
    photo, mask = table(*scattered(12))
    left = mask & (np.arange(640) < 320)
    found = count_grains(as_photo(photo), explainer, left, "not_separable")
    assert (found.problem, len(found.grains)) == ("not_separable", 6)
    assert count_grains(as_photo(photo), explainer, left, "no_rice").grains == ()


def test_a_heap_is_not_counted(explainer):
    rng = np.random.default_rng(0)
    heap = [(*rng.integers((200, 150), (440, 330)), 60, 20, rng.integers(180)) for _ in range(400)]
    beside = [(60, 60 + 80 * n, 60, 20, 90) for n in range(5)]  # what a single grain looks like
    photo, mask = table(*[tuple(map(int, grain)) for grain in heap], *beside)
    found = count_grains(as_photo(photo), explainer, mask)
    assert (found.problem, found.grains) == (HEAP, ())


def test_an_empty_photo_has_no_grains(explainer):
    photo, mask = table()
    found = count_grains(as_photo(photo), explainer, mask)
    assert found.grains == ()


def test_thousands_of_specks_are_not_counted(explainer):
    photo, mask = table(*[(5 + 8 * (n % 78), 5 + 8 * (n // 78), 4, 3, 0) for n in range(4000)])
    found = count_grains(as_photo(photo), explainer, mask)
    assert (found.problem, found.grains) == (TOO_SMALL, ())


@pytest.mark.parametrize("sample", ["ketan-scattered-slate", "ir64-scattered-wood"])
def test_grains_unlike_those_that_the_model_learned_from_are_not_said_to_be_known(
    sample, explainer
):
    """Of three varieties that the model of single grains does not know."""
    photo = read_file(ROOT / "assets" / "samples" / f"{sample}.jpg", longest=PREVIEW)
    counts = count_varieties(count_grains(photo, explainer).grains, explainer.card.names)
    assert counts.unfamiliar > counts.classified / 2 > 0
    assert not counts.varieties_known
    drawn = count_grains(as_photo(table(*scattered(12))[0]), explainer)
    assert count_varieties(drawn.grains, explainer.card.names).varieties_known
