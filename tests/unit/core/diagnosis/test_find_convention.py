"""The convention is found from photo files, and what is certain is saved into the card."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import pytest

from core.diagnosis.conventions import Convention
from core.diagnosis.find_convention import (
    answer_unlabelled,
    correct_card,
    find_convention,
    save_card,
)
from core.diagnosis.labelled_photos import find_labelled_photos
from core.errors import LensError, ModelError
from core.explain.explainer import Explainer
from core.explain.open_explainer import open_explainer
from core.models.calibration import to_card
from core.models.card import CARD_FILE, Input, read_card, write_card
from core.models.registry import find_model
from tests.support import convention_model

TRAINED = Convention("-1-1", "bgr", "crop")
WRONG = convention_model.explainer(TRAINED, Convention("0-1", "rgb", "squash"))


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    return convention_model.write_photos(tmp_path_factory.mktemp("colours") / "photos")


def found_by(explainer, folder):
    known = find_labelled_photos([folder], explainer.card)
    return find_convention(explainer, known, lambda files, _: files)


def test_a_card_that_was_wrong_is_corrected_and_keeps_the_rest(colours):
    found, unread = found_by(WRONG, colours)
    assert (found.photos, unread) == (84, ())
    known = find_labelled_photos([colours], WRONG.card)
    card = correct_card(WRONG.card, known, found)
    assert card.input == Input(*convention_model.SIZE, "-1-1", "crop", order="bgr")
    assert card.classes == WRONG.card.classes


def test_a_temperature_is_saved_where_one_half_of_the_scenes_foretells_the_other(colours):
    found, _ = found_by(WRONG, colours)
    known = find_labelled_photos([colours], WRONG.card)
    measured = found.calibration
    better, worse = (
        correct_card(WRONG.card, known, replace(found, calibration=each))
        for each in (replace(measured, improves=True), replace(measured, improves=False))
    )
    assert better.temperature == pytest.approx(measured.fitted, abs=1e-3)
    assert better.calibration == to_card(measured.refitted)
    assert (worse.temperature, worse.calibration) == (1, {})


def test_photos_of_unknown_class_are_classified_under_each_convention(colours):
    files = [colours / "Red" / "0.png", colours / "White" / "0.png"]
    answers, unread = answer_unlabelled(WRONG, files, lambda each, _: each)
    assert unread == ()
    assert {each.convention.geometry for each in answers} == {"squash"}  # the card's
    assert len(answers) == 10
    assert all(sum(each.counts) == 2 for each in answers)
    assert all(1 / 6 <= each.confidence <= 1 for each in answers)


def test_of_many_photos_of_unknown_class_some_are_drawn(colours):
    files = sorted(colours.rglob("*.png"))
    answers, _ = answer_unlabelled(WRONG, files, lambda each, _: each)
    assert sum(answers[0].counts) == 40 < len(files)


def test_unreadable_photos_are_left_out_with_the_reason(colours, tmp_path):
    folder = shutil.copytree(colours, tmp_path / "photos")
    (folder / "Red" / "0.png").write_bytes(b"no photo")
    found, [(file, reason)] = found_by(WRONG, folder)
    assert found.photos == 83
    assert file == folder / "Red" / "0.png"
    assert reason.startswith("This")


def test_no_readable_photo_is_an_error(tmp_path):
    (tmp_path / "Red").mkdir()
    (tmp_path / "Red" / "a.png").write_bytes(b"")
    with pytest.raises(LensError, match="no photo that can be read") as error:
        found_by(WRONG, tmp_path / "Red")
    assert "0 bytes" in str(error.value)


@pytest.fixture
def bare(made_file, tmp_path):
    """A model's file alone in its folder, without a card."""
    (tmp_path / "own").mkdir()
    return shutil.copy(made_file, tmp_path / "own" / "colours.keras")


@pytest.fixture(scope="module")
def made_file(tmp_path_factory):
    return convention_model.write_model(tmp_path_factory.mktemp("written"), TRAINED)


@pytest.mark.tensorflow
def test_a_card_is_put_beside_a_bare_model(bare):
    assert save_card(WRONG.card, bare) == bare.parent / CARD_FILE
    assert read_card(bare.parent / CARD_FILE) == WRONG.card


@pytest.mark.tensorflow
def test_a_card_is_not_put_where_other_models_would_take_it(bare, made_file):
    shutil.copy(made_file, bare.parent / "other.keras")
    with pytest.raises(ModelError, match=r"taken for other\.keras, too"):
        save_card(WRONG.card, bare)
    assert not (bare.parent / CARD_FILE).exists()


def test_a_card_goes_into_a_models_own_folder(tmp_path):
    assert save_card(WRONG.card, tmp_path) == tmp_path / CARD_FILE
    assert read_card(tmp_path / CARD_FILE) == WRONG.card


def test_a_folder_that_cannot_be_written_to_keeps_its_card(tmp_path, monkeypatch):
    write_card(convention_model.explainer(TRAINED).card, tmp_path)
    before = (tmp_path / CARD_FILE).read_bytes()

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(ModelError, match=r"cannot be written \(Permission denied\)"):
        save_card(WRONG.card, tmp_path)
    assert (tmp_path / CARD_FILE).read_bytes() == before
    assert os.listdir(tmp_path) == [CARD_FILE]


@pytest.fixture(scope="module")
def few(real_photos, tmp_path_factory):
    """Fifteen real photos of each class."""
    few = tmp_path_factory.mktemp("few")
    for folder in (real_photos / "piles").iterdir():
        (few / folder.name).mkdir()
        for file in sorted(folder.iterdir())[::10]:
            shutil.copy(file, few / folder.name)
    return few


def test_the_shipped_model_takes_what_its_card_says(few):
    explainer = open_explainer(find_model("rice-64"))
    found, unread = found_by(explainer, few)
    assert (found.photos, unread) == (45, ())
    assert found.clear
    assert found.best.convention.values == "imagenet"
    assert found.best.convention.order == "rgb"
    assert not found.result_of(explainer.card.input).rejected


@pytest.mark.parametrize(
    ("values", "order"),
    [
        ("caffe", "bgr"),
        pytest.param("0-255", "bgr", marks=pytest.mark.slow),
        pytest.param("-1-1", "rgb", marks=pytest.mark.slow),
    ],
)
def test_the_shipped_model_taught_otherwise_is_found_out(values, order, few):
    real = open_explainer(find_model("rice-64"))
    taught = convention_model.Taught(real, Convention(values, order, "squash"))
    found, _ = found_by(Explainer("taught", real.card, taught), few)
    assert found.clear
    assert (found.best.convention.values, found.best.convention.order) == (values, order)
    assert found.result_of(real.card.input).rejected
