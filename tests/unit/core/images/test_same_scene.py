"""Which photos show the same scene."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.images.same_scene import group_scenes, thumbnail_vector


def photo(scene: int, noise: int) -> np.ndarray:
    coarse = np.random.default_rng(scene).integers(0, 255, (6, 6, 3)).astype(np.uint8)
    rgb = cv2.resize(coarse, (96, 96), interpolation=cv2.INTER_CUBIC).astype(int)
    rgb += np.random.default_rng(noise).integers(-9, 10, rgb.shape)
    return rgb.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def heaps():
    """Looks and labels of two classes of twelve scenes, each photographed three times in a row."""
    photos = [photo(100 * label + number // 3, number) for label in (0, 1) for number in range(36)]
    return np.stack([thumbnail_vector(rgb) for rgb in photos]), [0] * 36 + [1] * 36


def test_photos_of_one_scene_are_recognised(heaps):
    assert group_scenes(*heaps) == [index // 3 for index in range(72)]


def test_the_same_photo_far_apart_is_one_scene(heaps):
    looks, labels = heaps
    again = np.insert(looks, 36, looks[0], axis=0)  # the last of its class
    found = group_scenes(again, [0, *labels])
    assert found[0] == found[36]
    assert found[37] not in found[:37]


def chain(correlations: list[float]) -> np.ndarray:
    """Looks of which each correlates with the one before it by just so much."""
    axes = np.eye(256, dtype=np.float32)
    looks = [axes[0]]
    for new, alike in zip(axes[1:], correlations, strict=False):
        looks.append(alike * looks[-1] + np.sqrt(1 - alike**2) * new)
    return np.stack(looks).astype(np.float32)


@pytest.mark.parametrize(
    ("within", "between"), [(0.85, 0.7), (0.93, 0.85), (0.97, 0.93), (0.99, 0.97), (0.997, 0.99)]
)
def test_how_alike_is_alike_depends_on_how_alike_all_are(within, between):
    looks = chain([within, between] * 7 + [within])
    assert group_scenes(looks, [0] * 16) == [index // 2 for index in range(16)]


def test_a_scene_ends_with_its_class():
    pairs = [*([0.85, 0.7] * 3), 0.85]
    looks = chain([*pairs, 0.85, *pairs])
    assert group_scenes(looks, [0] * 8 + [1] * 8) == [index // 2 for index in range(16)]


def test_a_look_knows_no_brightness_and_no_contrast():
    rgb = photo(3, 0)
    dim = (rgb // 2 + 20).astype(np.uint8)
    assert thumbnail_vector(rgb) @ thumbnail_vector(dim) == pytest.approx(1, abs=1e-3)
    assert thumbnail_vector(rgb) @ thumbnail_vector(photo(4, 0)) < 0.8
    assert not thumbnail_vector(np.full((20, 20, 3), 90, np.uint8)).any()
