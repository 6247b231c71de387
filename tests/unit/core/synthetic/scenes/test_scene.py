"""Rendered rice: pure, exactly labelled, and shaped like the variety it claims to be."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from core.synthetic.scenes import (
    BACKGROUNDS,
    LAYOUTS,
    LIGHTS,
    VARIETIES,
    render_scene,
)

Mask = npt.NDArray[np.bool_]


def grown(mask: Mask, pixels: int) -> Mask:
    """The mask with so many pixels added around it (taken away, if negative)."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * abs(pixels) + 1,) * 2)
    change = cv2.dilate if pixels > 0 else cv2.erode
    return np.asarray(change(mask.astype(np.uint8), disc)) > 0


@pytest.mark.parametrize("layout", LAYOUTS)
def test_same_arguments_give_the_same_bytes(layout: str) -> None:
    first, second = (render_scene("IR64", layout=layout, height=96, width=96) for _ in range(2))
    assert first.rgb.tobytes() == second.rgb.tobytes()
    assert first.labels.tobytes() == second.labels.tobytes()
    assert first.varieties == second.varieties


@pytest.mark.parametrize("layout", LAYOUTS)
def test_another_seed_gives_another_picture(layout: str) -> None:
    first, second = (
        render_scene("IR64", layout=layout, height=96, width=96, seed=seed) for seed in (1, 2)
    )
    assert not np.array_equal(first.rgb, second.rgb)
    assert not np.array_equal(first.mask, second.mask)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("background", BACKGROUNDS)
def test_every_layout_lies_on_every_background(layout: str, background: str) -> None:
    scene = render_scene("Ketan", layout=layout, background=background, height=72, width=104)
    assert scene.rgb.shape == (72, 104, 3)
    assert scene.rgb.dtype == np.uint8
    assert scene.labels.shape == (72, 104)
    assert scene.labels.dtype == np.int32
    assert 0.02 < scene.mask.mean() <= 1
    assert scene.rgb.std() > 4


@pytest.mark.parametrize(("height", "width"), [(64, 160), (160, 64), (101, 77)])
def test_no_size_is_too_long_or_odd(height: int, width: int) -> None:
    for layout in LAYOUTS:
        scene = render_scene("Basmati", layout=layout, height=height, width=width, seed=3)
        assert scene.rgb.shape == (height, width, 3)
        assert scene.mask.any()


def test_no_grains_leave_the_empty_table() -> None:
    scene = render_scene("Basmati", layout="heap", height=64, width=64, grains=0)
    assert not scene.mask.any()
    assert scene.varieties == ()


@pytest.mark.parametrize("seed", range(3))
def test_mask_marks_the_pixels_that_a_grain_brightens(seed: int) -> None:
    scene, empty = (
        render_scene(
            "Ketan", layout="single", light="window", height=192, width=192, seed=seed, grains=count
        )
        for count in (1, 0)
    )
    # White on black: the grain only brightens, its shadow only darkens.
    brighter = scene.rgb.astype(int).sum(2) - empty.rgb.astype(int).sum(2) > 180
    assert brighter[grown(scene.mask, -2)].all()
    assert not brighter[~grown(scene.mask, 2)].any()
    assert np.mean(brighter != scene.mask) < 0.01


@pytest.mark.parametrize("layout", ["heap", "scattered"])
def test_mask_is_where_the_table_cannot_be_seen(layout: str) -> None:
    # Opaque grains over a black and over a white table: what differs is table, not rice.
    on_black, on_white = (
        render_scene(
            "Ketan",
            layout=layout,
            background=background,
            light="window",
            seed=1,
            height=256,
            width=256,
        )
        for background in ("dark table", "paper")
    )
    assert np.array_equal(on_black.labels, on_white.labels)
    seen = np.abs(on_white.rgb.astype(int) - on_black.rgb.astype(int)).max(2) > 70
    assert not seen[grown(on_black.mask, -2)].any()
    assert seen[~grown(on_black.mask, 2)].all()
    assert np.mean(seen == on_black.mask) < 0.04


@pytest.mark.parametrize("layout", LAYOUTS)
def test_labels_count_the_visible_grains(layout: str) -> None:
    scene = render_scene("IR64", layout=layout, height=160, width=160, seed=5)
    numbers = np.unique(scene.labels)
    assert set(numbers[numbers > 0]) == set(range(1, len(scene.varieties) + 1))


def test_scattered_grains_are_as_many_as_asked_for_and_each_in_one_piece() -> None:
    scene = render_scene("Basmati", layout="scattered", height=320, width=320, seed=4, grains=14)
    assert len(scene.varieties) == 14
    for number in range(1, 15):
        parts, _ = cv2.connectedComponents((scene.labels == number).astype(np.uint8))
        assert parts == 2


def test_a_mixture_shows_every_variety_and_tells_which_grain_is_which() -> None:
    scene = render_scene(
        ["Basmati", "Ketan"],
        layout="scattered",
        background="dark table",
        light="window",
        height=320,
        width=320,
        seed=2,
    )
    assert set(scene.varieties) == {"Basmati", "Ketan"}
    sizes = np.bincount(scene.labels.ravel())[1:]
    brightness = {
        name: np.mean(
            [
                scene.rgb[scene.labels == number].mean()
                for number, own in enumerate(scene.varieties, start=1)
                if own == name and sizes[number - 1] > 50
            ]
        )
        for name in ("Basmati", "Ketan")
    }
    # Chalk outshines glass on a black table: the names belong to the right grains.
    assert brightness["Ketan"] > brightness["Basmati"] + 15


@pytest.mark.parametrize(
    ("wrong", "known"),
    [
        ({"variety": "Basmatti"}, VARIETIES),
        ({"variety": []}, VARIETIES),
        ({"layout": "pile"}, LAYOUTS),
        ({"background": "grass"}, BACKGROUNDS),
        ({"light": "moon"}, LIGHTS),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(
    wrong: dict[str, object], known: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match="Choose") as caught:
        render_scene(**{"variety": "Basmati", **wrong})  # type: ignore[arg-type]
    for name in known:
        assert name in str(caught.value)
