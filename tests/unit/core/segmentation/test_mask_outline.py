"""The outline follows the colours on both sides of it, and leaves shadows outside."""

from __future__ import annotations

import numpy as np
import pytest

from core.segmentation.mask_outline import draw_outline


def _photo(rice: float, shadow: float, ground: float) -> tuple[np.ndarray, np.ndarray]:
    """CIE L*a*b* of a square of rice with a shadow two pixels wide beside it, and what is rice."""
    lab = np.zeros((48, 48, 3), np.float32)
    lab[..., 0] = ground
    lab[12:36, 36:38, 0] = shadow
    lab[12:36, 12:36, 0] = rice
    true = np.zeros((48, 48), bool)
    true[12:36, 12:36] = True
    return lab, true


@pytest.mark.parametrize("ground", [80.0, 95.0])
def test_a_shadow_is_no_rice(ground):
    lab, true = _photo(90, 60, ground)
    taken = true.astype(np.float32)
    taken[12:36, 36:38] = 1
    assert np.array_equal(draw_outline(lab, taken) >= 0.5, true)


def test_what_lies_between_rice_and_ground_is_no_shadow():
    lab, true = _photo(90, 55, 20)
    taken = true.astype(np.float32)
    taken[12:36, 36:38] = 1
    assert (draw_outline(lab, taken)[14:34, 36] >= 0.3).all()


def test_a_dark_grain_on_a_pale_ground_keeps_its_rim():
    lab, true = _photo(25, 25, 90)
    true[12:36, 36:38] = True
    assert np.array_equal(draw_outline(lab, true.astype(np.float32)) >= 0.5, true)


def test_a_pixel_is_as_much_rice_as_it_is_mixed_of_it():
    lab, true = _photo(90, 20, 20)
    lab[12:36, 36, 0] = 20 + 0.4 * 70
    drawn = draw_outline(lab, true.astype(np.float32))
    assert abs(float(np.median(drawn[14:34, 36])) - 0.4) < 0.1


@pytest.mark.parametrize("all_of_it", [0.0, 1.0])
def test_without_an_outline_nothing_changes(all_of_it):
    lab, _ = _photo(90, 20, 20)
    likelihood = np.full((48, 48), all_of_it, np.float32)
    assert np.array_equal(draw_outline(lab, likelihood), likelihood)
