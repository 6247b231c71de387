"""Rendered photos of the planted varieties have the proportions of the real grains."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.synthetic.scenes import render_scene
from core.validation.shortcut_models.cases import VARIETIES
from core.validation.shortcut_models.rendered_scenes import SCENE_VARIETIES, render_training_scene

RATIOS = {"Basmati": 4.2, "Ipsala": 2.2, "Karacadag": 1.6}  # of 40 real grains each, medians


@pytest.mark.parametrize("variety", VARIETIES)
def test_single_grains_are_as_long_as_real_ones(variety):
    found = []
    for seed in range(12):
        scene = render_scene(
            SCENE_VARIETIES[variety], layout="single", light="flash", height=96, width=96, seed=seed
        )
        (_, size, _) = cv2.minAreaRect(np.argwhere(scene.mask).astype(np.float32))
        found.append(max(size) / min(size))
    assert np.median(found) == pytest.approx(RATIOS[variety], rel=0.15)


def test_training_scenes_take_their_turns_and_differ():
    scenes = [render_training_scene("Karacadag", number, side=48) for number in (0, 1, 2, 3)]
    assert [scene.layout for scene in scenes] == ["heap", "scattered", "single", "heap"]
    assert scenes[0].background == scenes[2].background != scenes[3].background
    assert len({scene.rgb.tobytes() for scene in scenes}) == 4
    assert render_training_scene("Ipsala", 0, side=48).seed != scenes[0].seed
