"""The audit of a folder: a coloured table per class is named, equal tables are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from core.diagnosis.audit import audit_photos

COLOURS = ((150, 90, 70), (80, 120, 160))


def photos(folder, colour_of, exif_of=lambda label: None, count=24):
    """Photos of plain tables with a few pale bars; each is a scene of its own."""
    rng, files, labels = np.random.default_rng(0), [], []
    for number in range(count):
        label = number * 2 // count
        table = rng.normal(0, 6, (64, 64, 1)) + np.array(COLOURS[colour_of(label, rng)])
        for _ in range(4):
            place = tuple(int(each) for each in rng.integers(12, 44, 2))
            table = cv2.rectangle(table, (*place, 4, 14), (240, 238, 230), -1)
        file = folder / f"{number}.jpg"
        Image.fromarray(table.clip(0, 255).astype(np.uint8)).save(file, exif=exif_of(label) or b"")
        files.append(file)
        labels.append(label)
    return files, labels


def camera(name):
    exif = Image.Exif()
    exif[272] = name
    return exif


def test_a_table_for_each_class_is_named(tmp_path):
    files, labels = photos(tmp_path, lambda label, rng: label)
    audit = audit_photos(("a", "b"), files, labels, range(24))
    assert "ground" in {cue.group for cue in audit.found}
    assert (audit.photos, audit.scenes, audit.few) == (24, 24, {})
    assert "camera" not in {cue.group for cue in audit.cues}  # none is named in any file


def test_equal_tables_are_not(tmp_path):
    files, labels = photos(tmp_path, lambda label, rng: int(rng.integers(2)))
    assert audit_photos(("a", "b"), files, labels, range(24)).found == ()


def test_a_camera_for_each_class_is_named(tmp_path):
    files, labels = photos(
        tmp_path, lambda label, rng: int(rng.integers(2)), lambda label: camera(f"Phone {label}")
    )
    (cue,) = audit_photos(("a", "b"), files, labels, range(24)).found
    assert cue.group == "camera"


@pytest.mark.parametrize("scenes", [[0] * 12 + list(range(1, 13)), [0] * 12 + [1] * 12])
def test_of_few_scenes_nothing_is_told(tmp_path, scenes):
    files, labels = photos(tmp_path, lambda label, rng: label)
    audit = audit_photos(("a", "b"), files, labels, scenes)
    assert audit.few["a"] == 1
    assert audit.cues == ()


def test_of_very_many_photos_some_are_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr("core.diagnosis.audit._MOST", 20)
    files, labels = photos(tmp_path, lambda label, rng: label)
    assert audit_photos(("a", "b"), files, labels, range(24)).photos == 20
