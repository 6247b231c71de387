"""Folders of photos, and the split that keeps a scene on one side."""

from __future__ import annotations

import os
from collections import Counter, defaultdict

import cv2
import numpy as np
import pytest

from core.errors import TrainingError
from core.training.dataset import LabelledImages, number_scenes, read_folder, split_by_scene


def scene(seed: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 6, 3)).astype(np.uint8)
    return cv2.resize(coarse, (96, 96), interpolation=cv2.INTER_CUBIC)


def write(path, rgb) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), rgb)


@pytest.fixture
def heaps(tmp_path):
    """Two classes of twelve scenes, each photographed three times in a row."""
    for label, name in enumerate(("long", "short")):
        for number in range(36):
            rgb = scene(100 * label + number // 3).astype(int)
            rgb += np.random.default_rng(number).integers(-9, 10, rgb.shape)
            write(tmp_path / name / f"p{number + 1}.png", rgb.clip(0, 255).astype(np.uint8))
    return tmp_path


def test_a_scene_never_stands_on_both_sides(heaps):
    photos = read_folder(heaps).photos
    for seed in range(5):
        parts = split_by_scene(photos, seed)
        sides = defaultdict(set)
        for number, part in zip(number_scenes(photos), parts, strict=True):
            sides[number].add(part)
        assert all(len(side) == 1 for side in sides.values())
        for label in (0, 1):
            count = Counter(
                p for p, photo in zip(parts, photos, strict=True) if photo.label == label
            )
            assert count["train"] == pytest.approx(0.65 * 36, abs=3)
            assert count["validation"] == pytest.approx(0.15 * 36, abs=3)
            assert count["test"] == pytest.approx(0.20 * 36, abs=3)


def test_the_split_follows_the_seed(heaps):
    photos = read_folder(heaps).photos
    assert split_by_scene(photos, 1) == split_by_scene(photos, 1)
    assert split_by_scene(photos, 1) != split_by_scene(photos, 2)


def test_two_photos_a_class_are_enough(tmp_path):
    for name in ("a", "b"):
        for number in range(2):
            write(tmp_path / name / f"{number}.png", scene(number + 10 * (name == "b")))
    photos = read_folder(tmp_path).photos
    parts = split_by_scene(photos, 0)
    for label in (0, 1):
        assert {p for p, photo in zip(parts, photos, strict=True) if photo.label == label} == {
            "train",
            "validation",
        }


def test_unreadable_files_are_left_out_and_listed(heaps):
    (heaps / "long" / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    (heaps / "long" / "notes.txt").write_text("a note")
    folder = read_folder(heaps)
    assert len(folder.photos) == 72
    assert sorted(path.name for path, _ in folder.unreadable) == ["broken.jpg", "notes.txt"]
    assert all(reason for _, reason in folder.unreadable)


def test_hidden_files_are_passed_over(heaps):
    (heaps / "long" / ".DS_Store").write_bytes(b"x")
    (heaps / ".cache").mkdir()
    folder = read_folder(heaps)
    assert folder.names == ("long", "short")
    assert not folder.unreadable


def test_what_cannot_be_trained_from_is_named_before_training(tmp_path, heaps):
    with pytest.raises(TrainingError, match="no folder"):
        read_folder(tmp_path / "absent")
    with pytest.raises(TrainingError, match="0 class folders"):
        read_folder(heaps / "long")
    (heaps / "long" / "one").mkdir()
    with pytest.raises(TrainingError, match=r"1 class folder\. "):
        read_folder(heaps / "long")
    (heaps / "empty").mkdir()
    with pytest.raises(TrainingError, match="empty holds 0 readable photos"):
        read_folder(heaps)
    (heaps / "empty" / "one.jpg").write_bytes(b"x")
    write(heaps / "empty" / "two.png", scene(1))
    with pytest.raises(TrainingError, match=r"1 readable photo \(1 could not be read\)"):
        read_folder(heaps)


def test_real_heaps_split_by_scene(real_photos):
    photos = read_folder(real_photos / "piles").photos
    assert len(photos) == 450
    found = number_scenes(photos)
    assert max(Counter(found).values()) <= 150 / 4
    parts = split_by_scene(photos, 0)
    assert Counter(parts)["test"] == pytest.approx(90, abs=15)


def test_labelled_images_are_put_together():
    dark = LabelledImages(np.zeros((2, 4, 4, 3), np.uint8), np.array([0, 1]))
    light = LabelledImages(np.full((1, 4, 4, 3), 200, np.uint8), np.array([2]))
    both = dark + light
    assert both.pixels.shape == (3, 4, 4, 3)
    assert both.labels.tolist() == [0, 1, 2]
    assert (both.pixels[2] == 200).all()


def test_a_class_in_another_encoding_has_a_name_that_the_card_takes(tmp_path):
    for name in (os.fsdecode(b"a\xff"), "b"):
        try:
            (tmp_path / name).mkdir()
        except OSError:
            pytest.skip("this system has no such names")
        for number in range(2):
            (tmp_path / name / f"{number}.png").write_bytes(cv2.imencode(".png", scene(number))[1])
    assert read_folder(tmp_path).names == ("a\\udcff", "b")
