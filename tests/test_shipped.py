"""The shipped models do what their cards say, on photos they were not trained on."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.models.library import DEFAULT, find, installed
from core.models.opening import open_engine
from core.photo import PREVIEW, read_file
from core.samples import LIST_FILE
from core.training.dataset import read_folder, split
from tests.conftest import ROOT

FLOORS = {"rice-224": 0.98, "rice-64": 0.92}


@pytest.fixture(scope="module")
def engines():
    return {name: open_engine(find(name)) for name in installed()}


def test_the_default_model_stands_first():
    assert list(installed()) == [DEFAULT, "rice-64"]


@pytest.mark.parametrize("name", FLOORS)
def test_the_accuracy_in_the_card_is_measured_again(name, engines, real_photos):
    engine = engines[name]
    folder = read_folder(real_photos / "piles")
    parts = split(folder.photos, engine.card.training["seed"])
    unseen = [p for p, part in zip(folder.photos, parts, strict=True) if part == "test"]
    assert len(unseen) == engine.card.measured["photos"]
    explained = engine.explain([read_file(photo.path, longest=PREVIEW) for photo in unseen])
    predicted = np.array([each.scores.argmax() for each in explained])
    labels = np.array([photo.label for photo in unseen])
    confusion = np.zeros((3, 3), int)
    np.add.at(confusion, (labels, predicted), 1)
    # One photo on the edge may fall to the other side on another processor.
    assert np.abs(confusion - np.array(engine.card.measured["confusion"])).sum() <= 2
    assert (predicted == labels).mean() >= FLOORS[name]


def test_the_default_model_gets_every_sample_right(engines):
    folder = ROOT / "assets" / "samples"
    listed = json.loads((folder / LIST_FILE).read_text("utf-8"))
    photos = [read_file(folder / entry["file"]) for entry in listed]
    explained = engines[DEFAULT].explain(photos)
    assert [each.predicted for each in explained] == [entry["variety"] for entry in listed]


def test_real_uploads_keep_their_colours_and_are_told_apart(engines, real_photos):
    names = {"cmyk_icc_basmathi": "Basmati", "cmyk_icc_ir64": "IR64", "cmyk_icc_ketan": "Ketan"}
    for stem, variety in names.items():
        photo = read_file(real_photos / "uploads" / f"{stem}.jpg")
        (explained,) = engines[DEFAULT].explain([photo])
        assert explained.predicted == variety
