"""What the network sees: sizes of views, and lengths of grains."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.segmentation.rice_network import look, look_around
from core.synthetic.scenes import render_scene
from tests.support.drawn_grains import overlap


@pytest.fixture(scope="module")
def scene():
    return render_scene(
        "IR64", layout="scattered", background="slate", height=480, width=640, seed=2200
    )


@pytest.mark.parametrize("shape", [(1, 1), (7, 300), (480, 640), (33, 31)])
def test_a_sight_is_half_as_large_as_its_view(shape):
    sight = look(np.full((*shape, 3), 90, np.uint8), 96)
    view = [max(1, round(side * 96 / max(shape))) for side in shape]
    assert sight.rice.shape == tuple((side + 1) // 2 for side in view)
    assert sight.rice.dtype == np.float32
    assert 0 <= sight.rice.min() <= sight.rice.max() <= 1


def test_grains_are_seen_where_they_are(scene):
    sight = list(look_around(scene.rgb))[-1]
    size = sight.rice.shape[1], sight.rice.shape[0]
    true = cv2.resize((scene.labels > 0).astype(np.uint8), size, interpolation=cv2.INTER_AREA) > 0
    assert overlap(sight.rice > 0.5, true) > 0.7


def test_the_length_of_grains_is_a_share_of_the_photo_at_any_size(scene):
    labels, count = scene.labels, scene.labels.max()
    boxes = [cv2.minAreaRect(np.argwhere(labels == k).astype(np.float32))[1]
             for k in range(1, count + 1) if (labels == k).any()]  # fmt: skip
    true = np.median([max(box) for box in boxes]) / 640
    for longest in (400, 640):
        assert look(scene.rgb, longest).length == pytest.approx(true, rel=0.35)


def test_small_grains_are_looked_at_in_larger_views(scene):
    near = np.ascontiguousarray(scene.rgb[180:300, 240:400])
    far = np.pad(scene.rgb, ((1200, 1200), (1200, 1200), (0, 0)), "symmetric")
    largest = [list(look_around(each))[-1].longest for each in (near, scene.rgb, far)]
    assert largest[0] < largest[1] < largest[2]


def test_a_grain_that_fills_the_photo_is_seen_best_in_a_smaller_view():
    scene = render_scene("IR64", layout="single", background="slate", height=480, width=640, seed=1)
    rgb = np.ascontiguousarray(scene.rgb[120:360, 160:440])
    true = scene.labels[120:360, 160:440] > 0
    small, smallest, middle = look_around(rgb)
    assert smallest.longest < small.longest < middle.longest
    overlaps = [
        overlap(cv2.resize(each.rice, true.shape[::-1]) > 0.5, true)
        for each in (small, smallest, middle)
    ]
    assert overlaps[1] > 0.9 > 0.5 > max(overlaps[0], overlaps[2])


def test_nothing_has_no_length_and_is_looked_for_in_a_large_view():
    sights = list(look_around(np.full((90, 120, 3), 70, np.uint8)))
    assert all(np.isnan(sight.length) for sight in sights)
    assert sights[-1].longest > 800
