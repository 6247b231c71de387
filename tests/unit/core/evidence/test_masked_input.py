"""The frame of all evidence: photo and mask where the model saw them."""

from __future__ import annotations

import numpy as np
import pytest

from core.evidence.masked_input import cell_means, mask_input, to_model_input
from core.images.preprocess import fit, place


@pytest.mark.parametrize("geometry", ["squash", "letterbox", "crop"])
@pytest.mark.parametrize("size", [(80, 200), (200, 80), (64, 64)])
def test_the_mask_lies_where_the_photo_does(geometry, size):
    mask = np.zeros(size, bool)
    mask[size[0] // 4 : size[0] // 2, size[1] // 3 : size[1] // 2] = True
    white = np.where(mask[..., None], np.uint8(255), np.uint8(0)).repeat(3, axis=2)
    at = place(size, (32, 32), geometry)
    seen = to_model_input(white, mask, at)
    assert (seen.pixels == fit(white, at)).all()
    assert seen.rice == pytest.approx(seen.pixels[..., 0] / 255, abs=1e-6)
    assert seen.photo.shape[:2] == seen.photo_rice.shape == at.target[2:]
    assert (seen.paste(seen.photo) == seen.pixels).all()


@pytest.mark.parametrize("geometry", ["squash", "letterbox", "crop"])
def test_a_photo_that_is_in_the_input_already_gets_the_same_mask(geometry):
    rng = np.random.default_rng(3)
    rgb, mask = rng.integers(0, 256, (80, 200, 3)).astype(np.uint8), rng.random((80, 200)) > 0.5
    at = place((80, 200), (32, 32), geometry)
    whole, fitted = to_model_input(rgb, mask, at), mask_input(rgb, fit(rgb, at), mask, at)
    assert (fitted.pixels == whole.pixels).all()
    assert (fitted.rice == whole.rice).all()
    assert fitted.photo_box == whole.photo_box
    assert (fitted.compressed == whole.compressed).all()
    assert (fitted.compressed != fitted.pixels).any()


def test_a_mask_of_another_size_is_of_the_same_photo():
    mask = np.zeros((40, 60), bool)
    mask[10:20, 30:60] = True
    at = place((400, 600), (16, 16), "squash")
    small = to_model_input(np.zeros((40, 60, 3), np.uint8), mask, at)
    large = to_model_input(np.zeros((400, 600, 3), np.uint8), mask, at)
    assert small.rice == pytest.approx(large.rice, abs=0.01)


def test_shares_leave_black_bars_out():
    at = place((20, 40), (40, 40), "letterbox")  # rows 10 to 30 show the photo
    seen = to_model_input(np.full((20, 40, 3), 9, np.uint8), np.ones((20, 40), bool), at)
    shown, rice = seen.cell_shares((4, 2))
    assert shown.tolist() == [[0, 0], [1, 1], [1, 1], [0, 0]]
    assert rice == pytest.approx(shown)
    assert seen.cell_shares((1, 1))[0] == pytest.approx(0.5)


@pytest.mark.parametrize("grid", [(1, 1), (2, 3), (4, 4), (5, 7), (9, 11)])
def test_cell_means_are_those_of_a_picture_made_larger(grid):
    values = np.random.default_rng(0).random((9, 11)).astype(np.float32)
    fine = values.repeat(grid[0], axis=0).repeat(grid[1], axis=1)
    means = fine.reshape(grid[0], 9, grid[1], 11).mean(axis=(1, 3))
    assert cell_means(values, grid) == pytest.approx(means, abs=1e-5)
