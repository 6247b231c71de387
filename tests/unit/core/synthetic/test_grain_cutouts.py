"""Grains are cut out of their photos almost exactly, and made alike in colour."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.errors import TrainingError
from core.synthetic.grain_cutouts import (
    SPLITS,
    cut_out,
    list_grain_files,
    read_cutouts,
    read_grain_photo,
)
from tests.support.drawn_cutouts import WIDTHS, drawn, write_folder


@pytest.mark.parametrize("turn", [0, 30, 90, 140])
def test_a_grain_is_cut_out_with_its_direction_and_length(turn):
    grain = cut_out(drawn(140, 60, turn))
    assert abs((np.degrees(grain.angle) - turn + 90) % 180 - 90) < 1
    assert grain.length == pytest.approx(141, abs=2)
    inside = grain.rgba[..., 3] >= 128
    assert inside.sum() == pytest.approx(np.pi / 4 * 140 * 60, rel=0.03)
    # Blue as it was photographed, it is as white as all others here; its rim is not black.
    colour = grain.rgba[inside][:, :3] / (grain.rgba[inside][:, 3:] / 255)
    assert np.ptp(colour, axis=0).max() < 4
    assert np.abs(colour.mean(axis=0) - (222, 216, 200)).max() < 3


def test_a_file_that_shows_no_grain_is_named(tmp_path):
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("no photo")
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((8, 8, 3), np.uint8))
    for name in ("empty.jpg", "text.jpg", "black.png", "missing.jpg"):
        with pytest.raises(TrainingError, match=f"{name} is no photo of a grain"):
            read_grain_photo(tmp_path / name)


def test_a_photo_is_read_as_it_is(tmp_path):
    photo = drawn(140, 60, 30)
    cv2.imwrite(str(tmp_path / "grain.png"), photo[..., ::-1])
    assert np.array_equal(read_grain_photo(tmp_path / "grain.png"), photo)


def test_no_grain_is_in_two_splits_and_all_are_in_one(tmp_path):
    folder = write_folder(tmp_path)
    splits = [list_grain_files(folder, tuple(WIDTHS), split) for split in SPLITS]
    assert [len(some) for some in splits] == [21, 3, 6]
    assert len(set().union(*splits)) == 30
    assert [file.name for _, file in splits[0][:3]] == [f"Basmati ({n}).png" for n in range(3)]


def test_a_missing_variety_is_named(tmp_path):
    folder = write_folder(tmp_path)
    (folder / "Ipsala").rename(folder / "Ipsela")
    with pytest.raises(TrainingError, match="Ipsala") as error:
        list_grain_files(folder, tuple(WIDTHS), "train")
    assert error.value.code == "grains_missing"


def test_real_grains_are_cut_out_almost_exactly(real_photos):
    folder = real_photos / "grains"
    files = list_grain_files(folder, ("Basmati", "Ipsala"), "test")[3::80]
    grains = read_cutouts(files)
    assert [(grain.variety, grain.name) for grain in grains] == [(v, f.name) for v, f in files]
    for grain in grains:
        photo = cv2.imread(str(folder / grain.variety / grain.name))
        bright = int((photo.max(axis=2) > 60).sum())
        assert int((grain.rgba[..., 3] >= 128).sum()) == pytest.approx(bright, rel=0.03)
