"""Grains have the outline, the proportions and the translucency of their variety."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from core.synthetic.scenes import VARIETIES, Scene, render_scene
from core.synthetic.scenes.grain import render_grains
from core.synthetic.scenes.light import sample_light

Mask = npt.NDArray[np.bool_]


def grown(mask: Mask, pixels: int) -> Mask:
    """The mask with so many pixels added around it (taken away, if negative)."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * abs(pixels) + 1,) * 2)
    change = cv2.dilate if pixels > 0 else cv2.erode
    return np.asarray(change(mask.astype(np.uint8), disc)) > 0


def single_grain_size(scene: Scene) -> tuple[float, float]:
    """Length and width in pixels of the smallest rectangle around the rice."""
    (contour,), _ = cv2.findContours(
        scene.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    _, sides, _ = cv2.minAreaRect(contour)
    # Contours run through the centres of the outermost pixels.
    return max(sides) + 1, min(sides) + 1


def test_mask_of_an_elliptic_grain_is_that_ellipse() -> None:
    ellipse = dataclasses.replace(
        VARIETIES["Ketan"], ratio=3.0, spread=0.0, curve=0.0, taper=0.0, bluntness=2.0, germ=0.0
    )
    for seed in range(4):
        mask = render_scene(ellipse, layout="single", height=200, width=200, seed=seed).mask
        # An even ellipse with half axes a and b has variances a^2 / 4 and b^2 / 4 along them.
        y, x = np.nonzero(mask)
        middle, spread = np.array([x.mean(), y.mean()]), np.cov(x, y)
        minor, major = np.sqrt(np.linalg.eigvalsh(spread))
        assert major / minor == pytest.approx(3.0, rel=0.01)
        away = np.moveaxis(np.mgrid[:200, :200][::-1], 0, -1) - middle
        inside = np.einsum("yxi,ij,yxj->yx", away, np.linalg.inv(spread), away) <= 4
        assert np.mean(inside != mask) < 0.01 * mask.mean()


def test_length_to_width_is_that_of_the_variety() -> None:
    measured = {}
    for name, variety in VARIETIES.items():
        ratios = []
        for seed in range(10):
            scene = render_scene(name, layout="single", height=128, width=128, seed=seed)
            length, width = single_grain_size(scene)
            ratios.append(length / width)
        measured[name] = float(np.mean(ratios))
        assert measured[name] == pytest.approx(variety.ratio, rel=0.1)
    assert measured["Basmati"] > measured["IR64"] > measured["Ketan"]


@pytest.mark.parametrize("name", VARIETIES)
def test_a_single_grain_lies_whole_within_the_picture(name: str) -> None:
    for seed in range(6):
        mask = render_scene(name, layout="single", height=96, width=128, seed=seed).mask
        assert mask[1:-1, 1:-1].sum() == mask.sum()
        parts, _ = cv2.connectedComponents(mask.astype(np.uint8))
        assert parts == 2  # the table and one grain


def test_the_table_shines_through_glassy_rice_but_not_through_chalk() -> None:
    difference = {}
    for name in ("IR64", "Ketan"):
        dark, bright = (
            render_scene(
                name,
                layout="single",
                background=background,
                light="window",
                seed=3,
                height=128,
                width=128,
            )
            for background in ("dark table", "paper")
        )
        inside = grown(dark.mask, -6)
        difference[name] = bright.rgb[inside].mean() - dark.rgb[inside].mean()
    assert difference["IR64"] > difference["Ketan"] + 10


def test_a_grain_covers_what_lies_within_its_outline() -> None:
    rng = np.random.default_rng(4)
    light = sample_light("window", rng)
    one, other = render_grains(VARIETIES["Ketan"], [0.0, 1.0], 8.0, light, rng)
    assert one.inside.shape != other.inside.shape
    for grain in (one, other):
        assert grain.variety == "Ketan"
        cover, left = grain.paint[..., 4], grain.keep[..., 4]
        assert cover[grain.inside].min() > 0.5
        assert cover[~grain.inside].max() <= 0.5
        # Of what lies below, the pixel's other part is left.
        assert cover + left == pytest.approx(np.ones_like(cover), abs=1e-6)
