"""Photo to input and map back: the same geometry both ways."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.images.preprocess import (
    GEOMETRIES,
    VALUES,
    fit,
    input_on_photo,
    normalize,
    place,
    project_to_photo,
)

SHAPES = [(90, 160), (160, 90), (101, 67), (64, 64), (40, 50)]


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("photo", SHAPES)
def test_a_bright_square_comes_back_where_it_was(geometry, photo):
    height, width = photo
    side = min(photo) // 4
    placement = place(photo, (64, 64), geometry)
    seen = placement.source
    rng = np.random.default_rng(0)
    for _ in range(5):
        top = int(rng.integers(seen.top, seen.top + seen.height - side))
        left = int(rng.integers(seen.left, seen.left + seen.width - side))
        picture = np.zeros((height, width, 3), np.uint8)
        picture[top : top + side, left : left + side] = 255
        shown = fit(picture, placement)[..., 0].astype(np.float32)
        back = np.nan_to_num(project_to_photo(shown, placement, photo))
        rows, columns = np.indices(back.shape) + 0.5
        centre = (rows * back).sum() / back.sum(), (columns * back).sum() / back.sum()
        assert centre == pytest.approx((top + side / 2, left + side / 2), abs=1.5)


def test_squash_puts_a_map_back_as_opencv_resizes():
    grid = np.random.default_rng(1).normal(size=(7, 5)).astype(np.float32)
    placement = place((120, 200), (64, 64), "squash")
    ours = project_to_photo(grid, placement, (120, 200))
    assert ours == pytest.approx(cv2.resize(grid, (200, 120)), abs=1e-4)


def test_letterbox_leaves_black_bars_and_drops_their_heat():
    placement = place((50, 100), (64, 64), "letterbox")
    shown = fit(np.full((50, 100, 3), 255, np.uint8), placement)
    assert not shown[:16].any()
    assert not shown[48:].any()
    assert (shown[16:48] == 255).all()
    grid = np.zeros((4, 4), np.float32)
    grid[0] = 1  # the heat lies in the upper bar alone
    back = project_to_photo(grid, placement, (50, 100))
    assert back[-1].max() == 0
    assert not np.isnan(back).any()


def test_crop_says_what_the_model_was_not_shown():
    placement = place((50, 100), (64, 64), "crop")
    back = project_to_photo(np.ones((2, 2), np.float32), placement, (50, 100))
    assert np.isnan(back[:, :25]).all()
    assert np.isnan(back[:, 75:]).all()
    assert (back[:, 25:75] == 1).all()


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_a_photo_decoded_smaller_is_shown_alike(geometry):
    rng = np.random.default_rng(2)
    large = cv2.resize(rng.integers(0, 255, (9, 16, 3), np.uint8), (1600, 900))
    small = cv2.resize(large, (800, 450), interpolation=cv2.INTER_AREA)
    placement = place((900, 1600), (64, 64), geometry)
    difference = fit(large, placement).astype(int) - fit(small, placement)
    assert np.abs(difference).max() <= 2


@pytest.mark.parametrize("size", [(64, 64), (48, 96)])
@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("photo", [(1, 1), (1, 500), (500, 1), (3, 7)])
def test_photos_of_any_shape_fit(photo, geometry, size):
    placement = place(photo, size, geometry)
    assert fit(np.zeros((*photo, 3), np.uint8), placement).shape == (*size, 3)
    assert project_to_photo(np.ones((2, 2), np.float32), placement, photo).shape == photo


def test_number_conventions_are_what_they_are_called():
    pixels = np.random.default_rng(3).integers(0, 256, (2, 4, 4, 3)).astype(np.uint8)
    levels = pixels.astype(float)
    expected = {
        "0-255": levels,
        "0-1": levels / 255,
        "-1-1": levels / 127.5 - 1,
        "imagenet": (levels / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225),
        "caffe": levels[..., ::-1] - (103.939, 116.779, 123.68),
    }
    assert set(expected) == set(VALUES)
    for values, numbers in expected.items():
        assert normalize(pixels, values) == pytest.approx(numbers, abs=1e-4)


@pytest.mark.tensorflow
def test_number_conventions_are_those_of_their_authors():
    from keras.applications import imagenet_utils

    pixels = np.random.default_rng(3).integers(0, 256, (2, 4, 4, 3)).astype(np.uint8)
    for values, mode in {"-1-1": "tf", "imagenet": "torch", "caffe": "caffe"}.items():
        expected = imagenet_utils.preprocess_input(pixels.astype(np.float32), mode=mode)
        assert normalize(pixels, values) == pytest.approx(expected, abs=1e-4)


def test_bgr_is_the_photo_with_its_colours_turned_round():
    pixels = np.random.default_rng(4).integers(0, 256, (2, 4, 4, 3)).astype(np.uint8)
    for values in VALUES:
        turned = normalize(cv2.cvtColor(pixels[0], cv2.COLOR_RGB2BGR), values)
        assert np.array_equal(normalize(pixels, values, "bgr")[0], turned)


def test_one_channel_is_luma_in_every_convention():
    pixels = np.random.default_rng(5).integers(0, 256, (2, 5, 4, 3)).astype(np.uint8)
    luma = (pixels @ np.array([0.299, 0.587, 0.114]))[..., None]
    mean, deviation = (0.485 + 0.456 + 0.406) / 3, (0.229 + 0.224 + 0.225) / 3
    expected = {
        "0-255": luma,
        "0-1": luma / 255,
        "-1-1": luma / 127.5 - 1,
        "imagenet": (luma / 255 - mean) / deviation,
        "caffe": luma - (103.939 + 116.779 + 123.68) / 3,
    }
    steps = {"0-255": 1, "0-1": 1 / 255, "-1-1": 1 / 127.5, "imagenet": 1 / 57, "caffe": 1}
    for values in VALUES:
        grey = normalize(pixels, values, channels=1)
        assert grey.dtype == np.float32
        assert grey == pytest.approx(expected[values], abs=steps[values] * 0.51)
        assert np.array_equal(grey, normalize(pixels, values, "bgr", 1))


def test_unknown_words_are_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="squash, letterbox, crop"):
        place((2, 2), (2, 2), "stretch")
    with pytest.raises(ValueError, match="imagenet"):
        normalize(np.zeros((1, 1, 3), np.uint8), "255")
    with pytest.raises(ValueError, match="rgb, bgr"):
        normalize(np.zeros((1, 1, 3), np.uint8), "0-1", "gbr")


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_a_cell_lies_on_the_photo_where_its_heat_does(geometry):
    placement, size, grid = place((90, 200), (64, 64), geometry), (45, 100), np.zeros((8, 8))
    grid[3, 4] = 1
    heat = np.nan_to_num(project_to_photo(grid.astype(np.float32), placement, size))
    row, column = np.unravel_index(heat.argmax(), size)
    left, top, width, height = input_on_photo(placement, size)
    assert int((column + 0.5 - left) / width * 8) == 4
    assert int((row + 0.5 - top) / height * 8) == 3
