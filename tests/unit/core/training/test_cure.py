"""Cured photos: what is cured says nothing of the class, the rice does."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.errors import TrainingError
from core.evidence.cutouts import CutOut
from core.images.encode import encode_jpeg
from core.training import cure
from core.training.cure import CutOuts, draw_cured, read_grounds, take_apart
from core.training.dataset import LabelledPhoto

SIDE = 96
GROUNDS = ((200, 40, 30), (30, 60, 200))
RICE = ((250, 235, 200), (200, 220, 250))


def photo(label, shape):
    """Rice of a class's shape on the class's ground in the class's light."""
    rice = np.zeros((SIDE, SIDE), np.float32)
    rice[shape] = 1
    ground = np.full((SIDE, SIDE, 3), GROUNDS[label], np.uint8)
    pixels = np.where(rice[..., None] > 0, np.uint8(RICE[label]), ground)
    return CutOut(pixels, rice, ground)


@pytest.fixture
def apart():
    """Twelve photos of two classes: long rice on red, wide rice on blue."""
    shapes = (np.s_[12:84, 36:48], np.s_[36:54, 24:72])
    labels = np.arange(12) % 2
    return CutOuts(tuple(photo(label, shapes[label]) for label in labels), labels)


def mean_by_class(images, where):
    return [images.pixels[images.labels == label][:, where].mean(axis=(0, 1)) for label in (0, 1)]


def test_grounds_and_lights_are_those_of_each_class_alike(apart):
    images = draw_cured(apart, ("ground", "light"), seed=0, times=40)
    assert images.pixels.shape == (480, SIDE, SIDE, 3)
    assert np.bincount(images.labels).tolist() == [240, 240]
    corner = np.zeros((SIDE, SIDE), bool)
    corner[:9] = True
    one, other = mean_by_class(images, corner)
    assert np.abs(one - other).max() < 0.15 * np.ptp(GROUNDS, axis=0).max()
    middle = np.zeros((SIDE, SIDE), bool)
    middle[39:45, 39:45] = True  # rice of both
    one, other = mean_by_class(images, middle)
    assert np.abs(one - other).max() < 0.3 * np.ptp(RICE, axis=0).max()


def test_what_is_not_cured_stays(apart):
    images = draw_cured(apart, (), seed=0, times=1)
    assert (images.pixels == np.stack([cut.pixels for cut in apart.cuts])).all()
    light = draw_cured(apart, ("light",), seed=0, times=1)
    corners = light.pixels[:, 0, 0]
    assert (corners == np.array(GROUNDS)[apart.labels]).all()
    assert (light.pixels != images.pixels).any()


def test_sharpness_and_compression_differ_from_photo_to_photo(apart):
    def fine(images):
        return np.array([np.abs(cv2.Laplacian(each, cv2.CV_32F)).mean() for each in images.pixels])

    plain = fine(draw_cured(apart, (), 0, times=9))
    for name in ("sharpness", "compression"):
        worse = fine(draw_cured(apart, (name,), 0, times=9))
        assert (worse != plain).mean() > 0.4
        assert (worse == plain).mean() > 0.1


def test_the_same_seed_draws_the_same(apart):
    first, again, other = (draw_cured(apart, cure.CURES, seed, times=2) for seed in (1, 1, 2))
    assert (first.pixels == again.pixels).all()
    assert (first.pixels != other.pixels).any()


def test_photos_are_compressed_before_they_are_shrunk(apart):
    def shrink(cut):
        pixels, ground = (cv2.resize(each, (24, 24)) for each in (cut.pixels, cut.ground))
        return CutOut(pixels, cv2.resize(cut.rice, (24, 24)), ground)

    small = CutOuts(tuple(shrink(cut) for cut in apart.cuts), apart.labels)

    def lost(cuts):
        plain, worse = (
            draw_cured(cuts, cures, 0, times=9, side=24).pixels for cures in ((), ("compression",))
        )
        assert worse.shape == (108, 24, 24, 3)
        return np.abs(plain.astype(int) - worse).mean()

    assert 0 < lost(apart) < 0.6 * lost(small)


def test_given_grounds_are_used_beside_the_photos_own(apart):
    green = np.full((SIDE, SIDE, 3), (0, 255, 0), np.uint8)
    images = draw_cured(apart, ("ground",), 0, grounds=[green], times=20)
    assert 0.1 < (images.pixels[:, 0, 0] == (0, 255, 0)).all(axis=1).mean() < 0.3


def test_rice_that_fills_its_photo_is_laid_nowhere_but_lends_no_ground(apart):
    full = [CutOut(cut.pixels, cut.rice, None) for cut in apart.cuts]
    images = draw_cured(CutOuts(tuple(full), apart.labels), ("ground",), 0, times=1)
    own = np.stack([cut.pixels for cut in full])
    assert (images.pixels[:, 0, 0] != own[:, 0, 0]).any(axis=1).all()  # all on drawn grounds


def test_grounds_are_read_in_squares(tmp_path):
    with pytest.raises(TrainingError, match="no photos of grounds"):
        read_grounds(tmp_path, 16)
    (tmp_path / "a.jpg").write_bytes(encode_jpeg(np.full((30, 60, 3), 90, np.uint8)))
    (tmp_path / "notes.txt").write_text("none")
    (ground,) = read_grounds(tmp_path, 16)
    assert ground.shape == (16, 16, 3)


def test_photos_whose_rice_is_not_sure_are_left_out(tmp_path, monkeypatch):
    photos = []
    for number in range(8):
        file = tmp_path / f"{number}.jpg"
        file.write_bytes(encode_jpeg(np.full((16, 16, 3), 20 * number, np.uint8)))
        photos.append(LabelledPhoto(file, number % 2, np.zeros(256, np.float32)))
    cut = photo(0, np.s_[4:8, 4:8])
    monkeypatch.setattr(cure, "find_rice", lambda rgb: None)
    sure = iter([None, cut, cut, cut, cut, cut, cut, cut])
    monkeypatch.setattr(cure, "cut_out", lambda *_: next(sure))
    assert take_apart(("a", "b"), photos, 16, "squash").labels.tolist() == [1, 0, 1, 0, 1, 0, 1]
    sure = iter([None, cut] * 4)
    with pytest.raises(TrainingError, match="Only in 0 photos of a the rice is surely found"):
        take_apart(("a", "b"), photos, 16, "squash")
