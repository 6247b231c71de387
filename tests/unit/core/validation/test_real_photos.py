"""The project's models on photos: only those of the test split, each asked about once."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.evidence.verdict import load_thresholds
from core.explain.explainer import Explainer
from core.training.dataset import LabelledPhoto, PhotoFolder
from core.utils.progress import silent
from core.validation import real_photos
from core.validation.real_photos import ask_shipped_model, draw_tiles
from tests.support.known_networks import DARK, GREEN, explainer, photo, rice


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Photos of two scenes, and a known network for every model."""
    made = explainer(rice(), threshold=0.2)
    known = Explainer("known", replace(made.card, training={"seed": 0}), made.network)
    monkeypatch.setattr(real_photos, "find_model", lambda name: tmp_path / name)
    monkeypatch.setattr(real_photos, "open_explainer", lambda path: known)
    monkeypatch.setattr(real_photos, "model_digest", lambda path: "known")
    found = []
    for name, ground in (("a.png", DARK), ("b.png", (80, 60, 60))):
        file = tmp_path / "green" / name
        file.parent.mkdir(exist_ok=True)
        rgb = np.kron(photo(rice(), GREEN, ground).rgb, np.ones((4, 4, 1), np.uint8))
        assert cv2.imwrite(str(file), rgb[..., ::-1])
        found.append(file)
    return found


def test_only_photos_of_the_test_split_are_asked_about(files, tmp_path, monkeypatch):
    look = np.zeros(256, np.float32)
    folder = PhotoFolder(("green",), tuple(LabelledPhoto(file, 0, look) for file in files), ())
    monkeypatch.setattr(real_photos, "split_by_scene", lambda photos, seed: ["train", "test"])
    found = ask_shipped_model("known", folder, tmp_path / "cache", silent)
    assert found.name == "known"
    assert found.files == files[1:]
    (answers,) = found.answers
    assert answers.predicted == "green"
    monkeypatch.setattr(real_photos, "find_rice", None)  # it was asked before
    assert ask_shipped_model("known", folder, tmp_path / "cache", silent) == found


def test_a_tile_says_what_the_model_looks_at(files):
    one, other = draw_tiles("known", files, load_thresholds())
    assert one.rgb.shape == (224, 224, 3)
    assert one.caption.startswith("green; looks at: ")
    assert one.caption.count("\n") == 1
    assert (one.rgb != other.rgb).any()
    assert one.rice.shape == (224, 224)
