"""A certificate of a model that goes by the ground: right as it is, wrong where that changes."""

from __future__ import annotations

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from core.diagnosis import certify as module
from core.diagnosis.certify import AS_IT_IS, OTHER, SAME, certify
from core.diagnosis.labelled_photos import LabelledPhotos
from core.errors import LensError
from core.images.encode import encode_png
from core.segmentation.rice_mask import Rice
from tests.support.certificates import GroundModel, certificate

GROUNDS = {"red": (170, 50, 40), "blue": (40, 60, 170)}


@pytest.fixture
def known(tmp_path, monkeypatch):
    """Six photos of each class with bars of rice at their own places; in one none is sure."""
    rng, files = np.random.default_rng(0), []
    for label, (name, colour) in enumerate(GROUNDS.items()):
        (tmp_path / name).mkdir()
        for number in range(6):
            rgb = np.full((40, 40, 3), colour, np.uint8)
            left, top = (int(each) for each in rng.integers(8, 24, 2))
            cv2.rectangle(rgb, (left, top), (left + 5, top + 12), (240, 240, 240), -1)
            file = tmp_path / name / f"{number}.png"
            file.write_bytes(encode_png(rgb))
            files.append((file, label))

    def find(rgb):
        rice = (rgb.min(axis=2) > 200).astype(np.float32)
        seen.append(rgb)
        return Rice(rice, 0.9, "not_separable" if len(seen) == 1 else "")

    seen: list[np.ndarray] = []
    verdict = SimpleNamespace(verdict=SimpleNamespace(looks_at="background"))
    monkeypatch.setattr(module, "find_rice", find)
    monkeypatch.setattr(module, "compute_baselines", lambda explainer: None)
    monkeypatch.setattr(module, "collect_table_evidence", lambda *_: [verdict])
    return LabelledPhotos(("red", "blue"), tuple(files), False)


def test_the_ground_gives_it_away(known):
    found = certify(GroundModel(), known)
    assert found.counts(AS_IT_IS) == (12, 12)
    assert found.counts(SAME) == (11, 11)  # all but the photo whose rice is not sure
    assert found.counts(OTHER) == (0, 11)
    assert found.ground_matters < 0.01
    assert found.verdicts["background"] == sum(found.verdicts.values()) == 12
    assert len(found.worst) == 11
    assert found.reliability.error.value < 0.1


def test_files_that_cannot_be_read_are_listed(known, tmp_path):
    broken = tmp_path / "red" / "broken.jpg"
    broken.write_bytes(b"nothing")
    files = (*known.files, (broken, 0))
    found = certify(GroundModel(), LabelledPhotos(known.names, files, False))
    assert [file for file, _ in found.unread] == [broken]
    with pytest.raises(LensError, match="None of these photos"):
        certify(GroundModel(), LabelledPhotos(known.names, ((broken, 0),), False))


def test_of_very_many_photos_some_are_drawn(known, monkeypatch):
    monkeypatch.setattr(module, "MOST", 7)
    assert len(certify(GroundModel(), known).photos) == 7


def test_the_ground_matters_only_where_it_takes_away():
    assert certificate("a", [1] * 9, [1] * 9, [0] * 9).ground_matters < 0.01
    assert certificate("a", [1] * 9, [0] * 9, [1] * 9).ground_matters == 1
    assert certificate("a", [1] * 9).ground_matters == 1


def test_the_worst_are_wrong_as_they_are_before_those_wrong_elsewhere():
    found = certificate("a", [1, 0, 1], [1, 1, 1], [1, 1, 0])
    assert [photo.file.name for photo in found.worst] == ["1.jpg", "2.jpg"]
