"""What is measured of a photo's ground: each number follows its cause and no other."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.diagnosis import ground_features as measured
from core.images.encode import encode_jpeg
from core.synthetic.scenes import render_scene

EVERYWHERE = np.ones((160, 220), bool)


@pytest.fixture(scope="module")
def table():
    """A grey table with fine texture, uint8 [160, 220, 3]."""
    rng = np.random.default_rng(0)
    return (110 + rng.normal(0, 12, (160, 220, 1)).repeat(3, axis=2)).clip(0, 255).astype(np.uint8)


def apart(one, other):
    """How far two photos' numbers are from each other, by block."""
    return [float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True)]


def test_ground_is_what_is_well_away_from_rice():
    scene = render_scene("IR64", layout="scattered", background="blue cloth", seed=1)
    view, ground = measured.find_ground(scene.rgb)
    height, width = view.shape[:2]
    assert max(height, width) == 226
    rice = cv2.resize((scene.labels > 0).astype(np.uint8), (width, height)) > 0
    assert 0.2 < ground.mean() < 0.95
    assert (rice & ground).sum() <= 0.01 * rice.sum()


def test_another_colour_is_another_ground_and_another_light(table):
    warm = (table * (1.2, 1.0, 0.8)).clip(0, 255).astype(np.uint8)
    grounds = [measured.ground_blocks(each, EVERYWHERE) for each in (table, warm)]
    assert apart(*grounds)[1] > 10  # the mean colour
    lights = [measured.light_blocks(each, EVERYWHERE)[0] for each in (table, warm)]
    assert np.allclose(lights[1] - lights[0], np.log([1.2, 0.8]), atol=0.03)


def test_what_is_rice_changes_nothing(table):
    painted, ground = table.copy(), EVERYWHERE.copy()
    painted[60:100, 80:140] = 250
    ground[55:105, 75:145] = False
    for blocks in (measured.ground_blocks, measured.light_blocks, measured.edge_blocks):
        assert max(apart(blocks(table, ground), blocks(painted, ground))) < 0.5


def test_a_mark_is_found_in_any_corner_and_a_border_at_the_rim(table):
    plain = measured.edge_blocks(table, EVERYWHERE)
    assert max(each.max() for each in plain) < 0.05
    corners = []
    for place in ((15, 15), (205, 15), (15, 145), (205, 145)):
        marked = cv2.circle(table.copy(), place, 10, (200, 40, 40), -1)
        corners.append(measured.edge_blocks(marked, EVERYWHERE)[0])
    assert all(each.argmax() == corners[0].argmax() and each.max() > 0.1 for each in corners)
    framed = cv2.rectangle(table.copy(), (0, 0), (219, 159), (40, 90, 200), 10)
    _, rim, width = measured.edge_blocks(framed, EVERYWHERE)
    assert rim.max() > 0.9
    assert (width > 0.02).all()


def test_blur_is_less_sharp_however_bright(table):
    sharp, blurred, dark = (
        measured.sharpness_blocks(each, EVERYWHERE)[0]
        for each in (table, cv2.GaussianBlur(table, (0, 0), 1.2), table // 2)
    )
    assert blurred[0] > sharp[0] + 0.5
    assert abs(dark[0] - sharp[0]) < 0.1


def test_jpeg_is_found_in_pixels_until_they_are_resized(table):
    small = cv2.GaussianBlur(table, (0, 0), 1)

    def compressed(quality):
        bgr = cv2.imdecode(np.frombuffer(encode_jpeg(small, quality), np.uint8), cv2.IMREAD_COLOR)
        return bgr[..., ::-1].copy()

    fine, coarse = (measured.compression_blocks(compressed(q), EVERYWHERE) for q in (95, 30))
    assert (coarse[0] > fine[0]).all()
    assert coarse[1] > fine[1] + 0.2


def test_without_ground_nothing_is_measured(table):
    nowhere = np.zeros_like(EVERYWHERE)
    for blocks in (measured.ground_blocks, measured.light_blocks):
        assert all(np.isnan(each).all() for each in blocks(table, nowhere))
        shapes = [each.shape for each in blocks(table, EVERYWHERE)]
        assert [each.shape for each in blocks(table, nowhere)] == shapes
    for blocks in (measured.sharpness_blocks, measured.compression_blocks):
        assert all(np.isnan(each).all() for each in blocks(table, nowhere))
        shapes = [each.shape for each in blocks(table, EVERYWHERE)]
        assert [each.shape for each in blocks(table, nowhere)] == shapes
    assert not np.isnan(np.concatenate(measured.edge_blocks(table, nowhere))).any()


@pytest.mark.parametrize("shape", [(1, 1), (3, 300), (224, 2)])
def test_photos_of_any_shape_are_measured(shape):
    rgb = np.random.default_rng(0).integers(0, 255, (*shape, 3)).astype(np.uint8)
    view, _ = measured.find_ground(rgb)
    ground = np.ones(view.shape[:2], bool)
    for blocks in (measured.ground_blocks, measured.edge_blocks, measured.light_blocks):
        blocks(view, measured.inner_ground(ground))
    for whole in (measured.sharpness_blocks, measured.compression_blocks):
        whole(rgb, ground)
