"""Lights differ in colour and direction, and the camera keeps black and white."""

from __future__ import annotations

import numpy as np
import pytest

from core.synthetic.scenes import LIGHTS, render_scene
from core.synthetic.scenes.light import sample_light


def test_flash_is_warmer_than_the_room() -> None:
    warmth = {}
    for light in LIGHTS:
        scenes = [
            render_scene("Ketan", layout="single", light=light, height=64, width=64, seed=seed)
            for seed in range(4)
        ]
        rice = np.concatenate([scene.rgb[scene.mask] for scene in scenes]).mean(0)
        warmth[light] = rice[0] / rice[2]
        assert {scene.light for scene in scenes} == {light}
    assert warmth["flash"] > warmth["window"] > warmth["room"]


def test_the_seed_chooses_the_light() -> None:
    lights = {
        render_scene("Ketan", layout="single", height=8, width=8, seed=seed).light
        for seed in range(16)
    }
    assert lights == set(LIGHTS)


@pytest.mark.parametrize("kind", LIGHTS)
def test_a_light_comes_from_above_and_repeats(kind: str) -> None:
    light, again = (sample_light(kind, np.random.default_rng(5)) for _ in range(2))
    assert light == again
    assert np.linalg.norm(light.direction) == pytest.approx(1)
    assert light.direction[2] > 0
    assert min(light.key) > 0 < min(light.ambient)


def test_only_the_flash_comes_from_the_camera() -> None:
    height = {
        kind: np.mean(
            [sample_light(kind, np.random.default_rng(seed)).direction[2] for seed in range(20)]
        )
        for kind in LIGHTS
    }
    assert height["flash"] > height["room"] > height["window"]
