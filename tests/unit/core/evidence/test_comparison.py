"""What differs between two explanations, against closed forms and planted maps."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from core.evidence.comparison import brightest_third, compare, half_heat_area, overlap
from core.explain.explanation import Explanation
from core.explain.request import ExplainRequest
from core.images.preprocess import place

WHOLE = place((90, 90), (64, 64), "squash")


def explanation(
    *maps: object, scores: tuple[float, ...] = (0.7, 0.3), photo: str = "a", at=WHOLE
) -> Explanation:
    grids = np.array(maps, np.float32)
    names = ("Ketan", "IR64", "Basmati")[: len(grids)]
    probabilities = np.array(scores[: len(grids)], np.float32)
    return Explanation(photo, "m", ExplainRequest(), names, at, probabilities, probabilities, grids)


def test_one_explanation_differs_in_nothing_from_itself():
    one = explanation([[1, -2, 3], [0, 5, 1]])
    found = compare(one, one, ("Ketan", "Ketan"))
    assert found.left == found.right
    assert found.overlap == pytest.approx(1)
    assert found.rank_correlation == pytest.approx(1)
    assert found.same_answer
    assert found.same_third


def test_strength_makes_no_difference_to_the_place():
    one, other = explanation([[1, 2, 3]]), explanation([[10, 20, 30]])
    found = compare(one, other, ("Ketan", "Ketan"))
    assert found.overlap == pytest.approx(1)
    assert (found.left.strongest, found.right.strongest) == (3, 30)
    assert found.left.half_heat_area == pytest.approx(found.right.half_heat_area)


def test_opposite_ends_share_what_interpolation_lays_between_them():
    # From 1 to 0 over the middle half: the two meet at a quarter of a cell's heat.
    found = compare(explanation([[1, 0]]), explanation([[0, 1]]), ("Ketan", "Ketan"))
    assert found.overlap == pytest.approx(0.25, abs=0.01)
    assert found.same_third is False
    # Of a ramp from 1 to 0 over the middle half, half of the heat lies in the first quarter.
    assert found.left.half_heat_area == pytest.approx(0.25, abs=0.01)


def test_ends_that_are_far_apart_share_nothing():
    found = compare(
        explanation([[4, 0, 0, 0, 0]]), explanation([[0, 0, 0, 0, 4]]), ("Ketan", "Ketan")
    )
    assert found.overlap == 0


def test_overlap_is_one_less_the_total_variation_distance():
    rng = np.random.default_rng(4)
    for _ in range(20):
        a, b = rng.random((2, 5, 7)).astype(np.float32)
        distance = np.abs(a / a.sum() - b / b.sum()).sum() / 2
        assert overlap(a, b) == pytest.approx(1 - distance, abs=1e-6)
        assert overlap(a, b) == pytest.approx(overlap(b, a), abs=1e-12)
        assert 0 <= overlap(a, b) <= 1


def test_what_speaks_against_the_class_is_no_heat():
    one, other = explanation([[3, -9, -9, -9]]), explanation([[3, -1, -1, -1]])
    clipped = explanation([[3, 0, 0, 0]])
    # Interpolated, the negative cells take from their neighbour; heat is left in the first third.
    for each in (one, other, clipped):
        assert compare(each, clipped, ("Ketan", "Ketan")).left.third == (1, 0)
    none = explanation([[-1, -2]])
    found = compare(none, one, ("Ketan", "Ketan"))
    assert found.overlap is None
    assert found.rank_correlation is None
    assert found.left.half_heat_area is None
    assert found.left.third is None
    assert found.left.strongest == -1


@pytest.mark.parametrize("cells", [1, 3, 10])
def test_half_of_the_heat_of_equal_cells_lies_in_half_of_them(cells):
    heat = np.zeros(20, np.float32)
    heat[:cells] = 5
    assert half_heat_area(heat[None]) == pytest.approx(cells / 40)


def test_half_of_the_heat_is_what_the_brightest_cells_hold():
    heat = np.random.default_rng(2).random((9, 9)).astype(np.float32)
    half = half_heat_area(heat)
    ordered = sorted(heat.flat, reverse=True)
    count = half * heat.size
    assert sum(ordered[: int(count)]) <= heat.sum() / 2 <= sum(ordered[: int(count) + 1])
    assert half_heat_area(np.zeros((2, 2), np.float32)) is None


def test_two_classes_of_one_answer_have_each_its_own_map_and_probability():
    both = explanation([[9, 0, 0]], [[0, 0, 9]])
    found = compare(both, both, ("Ketan", "IR64"))
    assert (found.left.predicted, found.right.predicted) == ("Ketan", "Ketan")
    assert found.right.target_probability == pytest.approx(0.3)
    assert (found.left.third, found.right.third) == ((1, 0), (1, 2))
    assert found.same_third is False
    with pytest.raises(KeyError, match="Ketan, IR64"):
        compare(both, both, ("Ketan", "Arborio"))


def test_of_two_photos_no_place_is_compared():
    one, other = explanation([[9, 0, 0]]), explanation([[9, 0, 0]], photo="b")
    found = compare(one, other, ("Ketan", "Ketan"))
    assert found.overlap is None
    assert found.rank_correlation is None
    assert found.left.half_heat_area is not None


def test_the_order_of_the_cells_is_spearmans_on_the_coarser_grid():
    rng = np.random.default_rng(7)
    fine, coarse = rng.normal(size=(2, 6, 6)).astype(np.float32)
    coarse = coarse[:3, :3] + 3
    found = compare(explanation(fine + 3), explanation(coarse), ("Ketan", "Ketan"))
    means = (fine + 3).reshape(3, 2, 3, 2).mean(axis=(1, 3))
    assert found.rank_correlation == pytest.approx(
        spearmanr(means, coarse, axis=None).statistic, abs=1e-6
    )


def test_heat_that_only_one_was_shown_is_not_shared():
    wide = (60, 120)
    whole, cropped = place(wide, (60, 60), "squash"), place(wide, (60, 60), "crop")
    even = np.ones((1, 4))
    found = compare(explanation(even, at=whole), explanation(even, at=cropped), ("Ketan", "Ketan"))
    assert found.overlap == pytest.approx(0.5, abs=0.02)  # the middle half of the photo
    assert found.right.half_heat_area == pytest.approx(0.25, abs=0.02)
    assert found.rank_correlation is None


def test_heat_on_the_rice_is_held_against_chance():
    rice = np.zeros((90, 90), bool)
    rice[:, :45] = True
    on, off = explanation([[3, 1]]), explanation([[0, 1]])
    found = compare(on, off, ("Ketan", "Ketan"), (rice, rice))
    assert found.left.localization.share == pytest.approx(0.75)
    assert found.left.localization.chance == pytest.approx(0.5)
    assert found.right.localization.share == pytest.approx(0)
    unsure = compare(on, off, ("Ketan", "Ketan"), (rice, None))
    assert unsure.right.localization is None
    nowhere = compare(on, off, ("Ketan", "Ketan"), (~(rice | True), rice))
    assert nowhere.left.localization is None


def test_no_third_is_brightest_where_all_is_even():
    assert brightest_third(np.full((3, 3), 2, np.float32), WHOLE) is None
    assert brightest_third(np.zeros((3, 3), np.float32), WHOLE) is None
    even, spot = explanation([[2, 2]]), explanation([[0, 2]])
    assert compare(even, spot, ("Ketan", "Ketan")).same_third is None
