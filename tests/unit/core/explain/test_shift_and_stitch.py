"""Finer maps: each cell is the network's answer for its place, and they follow the evidence."""

from __future__ import annotations

import numpy as np
import pytest

from core.explain.open_explainer import open_explainer, tensorflow_explainer
from core.explain.render import heat_on_photo
from core.explain.request import ExplainRequest
from core.explain.shift_and_stitch import interlace, offsets, shift
from core.images.decode import Photo
from core.models.card import Card, Input, class_names
from core.models.registry import find_model, open_loaded
from core.models.tensorflow.load import from_keras
from core.synthetic.scenes import render_scene


def photo(rgb):
    return Photo(rgb=rgb, sha256="0" * 64, full_size=rgb.shape[1::-1], format="PNG")


def share(explanation, name, mask):
    """The part of what speaks for a class that lies on a mask; None if nothing speaks for it."""
    drawn = heat_on_photo(explanation.map(name), explanation.placement, mask.shape)
    if drawn.is_empty:
        return None
    strength = drawn.low + drawn.levels / 255 * (drawn.high - drawn.low)
    return strength[mask].sum() / strength.sum()


@pytest.mark.parametrize(("length", "cells", "upsampling"), [(64, 2, 8), (224, 7, 4), (48, 3, 1)])
def test_offsets_are_the_centres_of_the_parts_of_a_cell(length, cells, upsampling):
    centres = (np.arange(cells) + 0.5) * length / cells
    fine = (centres[:, None] + offsets(length, cells, upsampling)).ravel()
    assert fine == pytest.approx(
        (np.arange(cells * upsampling) + 0.5) * length / cells / upsampling, abs=0.5
    )


def test_a_shift_moves_the_photo_and_mirrors_the_border():
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    assert (shift(pixels, 0, 0) == pixels).all()
    assert (shift(pixels, 1, 0) == pixels[[1, 1]]).all()
    assert (shift(pixels, -1, 1) == pixels[[0, 0]][:, [1, 2, 2]]).all()


def test_interlaced_maps_stand_where_their_shifts_looked():
    """A map that tells each cell's place, seen through shifts, is the finer map of places."""
    rows, upsampling = (np.arange(3) + 0.5) * 10, 2
    moved = np.array(
        [[rows + offset for _ in range(upsampling)] for offset in offsets(30, 3, upsampling)]
    )
    maps = np.broadcast_to(moved[:, :, None, :, None], (upsampling, upsampling, 1, 3, 4)).astype(
        np.float32
    )
    fine = interlace(maps)
    assert fine.shape == (1, 6, 8)
    assert fine[0, :, 0].tolist() == pytest.approx((np.arange(6) + 0.5) * 5, abs=0.6)


@pytest.fixture(scope="module")
def red_engine():
    """A network of 2 x 2 cells that answers to red alone, over whole cells."""
    import keras

    image = keras.Input((64, 64, 3))
    red = keras.layers.Conv2D(1, 1, activation="relu", name="red")(image)
    cells = keras.layers.AveragePooling2D(32, name="cells")(red)
    pooled = keras.layers.GlobalAveragePooling2D()(cells)
    model = keras.Model(image, keras.layers.Dense(2, "softmax")(pooled))
    more_than_green = np.array([1, -1, 0], np.float32).reshape(1, 1, 3, 1)
    model.get_layer("red").set_weights([more_than_green, np.array([-0.3], np.float32)])
    model.layers[-1].set_weights([np.array([[9, -9]], np.float32), np.zeros(2, np.float32)])
    card = Card(class_names(["marked", "plain"]), Input(64, 64, "0-1"))
    return tensorflow_explainer(open_loaded("red", from_keras(model), card))


def test_more_of_the_heat_lies_on_a_marked_grain(red_engine):
    """Rendered grains, one of them painted red: the finer map follows it."""
    gains, missed = [], []
    for seed in range(6):
        scene = render_scene("Ketan", layout="scattered", height=256, width=256, seed=seed)
        mask = scene.labels == 1 + int(np.bincount(scene.labels.ravel())[1:].argmax())
        rgb = scene.rgb.copy()
        rgb[mask] = (255, 0, 0)
        coarse, fine = (
            red_engine.explain([photo(rgb)], ExplainRequest(upsampling=upsampling))[0]
            for upsampling in (1, 8)
        )
        assert (coarse.grid, fine.grid) == ((2, 2), (16, 16))
        gains.append(share(fine, "marked", mask) / share(coarse, "marked", mask))
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
            mixed = photo(np.where(place[..., None], patch, heap))
            row = [
                share(
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


def test_the_price_and_what_changed_are_told(red_engine):
    rgb = render_scene("Ketan", height=96, width=96, seed=1).rgb
    wanted = ExplainRequest(upsampling=4)
    (explained,) = red_engine.explain([photo(rgb)], wanted)
    assert red_engine.forward_passes(wanted) == 17
    assert explained.shifted.passes == 16
    assert 0 <= explained.shifted.same <= 1
    assert explained.shifted.scores.sum() == pytest.approx(1, abs=1e-5)
    (plain,) = red_engine.explain([photo(rgb)])
    assert plain.shifted is None
    assert explained.scores == pytest.approx(plain.scores, abs=1e-6)
