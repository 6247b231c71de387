"""Finer maps lie better on what causes them, in rendered photos."""

from __future__ import annotations

import numpy as np
import pytest

from core.explain.open_explainer import open_explainer
from core.explain.render import heat_on_photo
from core.explain.request import ExplainRequest
from core.models.registry import find_model
from core.synthetic.scenes import render_scene
from tests.support.pooled_network import photo_of, red_explainer, share_on

pytestmark = pytest.mark.slow


def test_more_of_the_heat_lies_on_a_marked_grain():
    """Rendered grains, one of them painted red: the finer map follows it."""
    explainer, gains, missed = red_explainer(), [], []
    for seed in range(6):
        scene = render_scene("Ketan", layout="scattered", height=256, width=256, seed=seed)
        mask = scene.labels == 1 + int(np.bincount(scene.labels.ravel())[1:].argmax())
        rgb = scene.rgb.copy()
        rgb[mask] = (255, 0, 0)
        coarse, fine = (
            explainer.explain([photo_of(rgb)], ExplainRequest(upsampling=upsampling))[0]
            for upsampling in (1, 8)
        )
        assert (coarse.grid, fine.grid) == ((2, 2), (16, 16))
        gains.append(share_on(fine, "marked", mask) / share_on(coarse, "marked", mask))
        drawn = heat_on_photo(fine.map("marked"), fine.placement, mask.shape)
        hottest = np.argwhere(drawn.levels == drawn.levels.max()).mean(axis=0)
        missed.append(np.hypot(*(hottest - np.argwhere(mask).mean(axis=0))))
    assert min(gains) > 1
    assert np.median(missed) < 64  # of 256: half the width of a coarse cell


def test_the_articles_model_finds_the_grains_of_another_variety_better():
    """Rendered heaps with a patch of Ketan: why Ketan rather than the heap's own variety?"""
    explainer = open_explainer(find_model("rice-64"))
    place = np.hypot(*(np.mgrid[:256, :256] - np.array([96, 150])[:, None, None])) < 48
    shares = []
    for seed in range(4):
        for variety in ("Basmati", "IR64"):
            looks = {"background": "dark table", "light": "flash", "height": 256, "width": 256}
            heap = render_scene(variety, seed=seed, **looks).rgb
            patch = render_scene("Ketan", seed=seed + 100, **looks).rgb
            mixed = photo_of(np.where(place[..., None], patch, heap))
            row = [
                share_on(
                    explainer.explain(
                        [mixed], ExplainRequest(contrast_class=variety, upsampling=n)
                    )[0],
                    "Ketan",
                    place,
                )
                for n in (1, 8)
            ]
            shares.append([each or 0 for each in row])
    coarse, fine = np.mean(shares, axis=0)
    assert fine > coarse
