"""Answers on composed photos, of a network that is known to look at the middle of the photo."""

from __future__ import annotations

import pytest

from core.errors import TrainingError
from core.utils.progress import silent
from core.validation import shortcut_answers
from core.validation.methods import METHOD_NAMES
from core.validation.shortcut_answers import (
    ShortcutQuestions,
    ask_shortcut_model,
    planted_models,
)
from core.validation.verdict_counts import EXACT, FOUND
from tests.support.drawn_cutouts import write_folder
from tests.support.known_networks import explainer, rice


@pytest.fixture(scope="module")
def grains(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("grains"))


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A folder that stands for the model of a shortcut, opened as a known network."""
    (tmp_path / "models" / "mark").mkdir(parents=True)
    known = explainer(rice())
    monkeypatch.setattr(shortcut_answers, "open_explainer", lambda path: known)
    monkeypatch.setattr(shortcut_answers, "model_digest", lambda path: "known")
    monkeypatch.setattr(shortcut_answers, "METHOD_PHOTOS", 1)
    monkeypatch.setattr(shortcut_answers, "SCORE_CAM_PHOTOS", 1)
    return tmp_path / "models"


def test_a_model_is_asked_once_about_each_photo(models, grains, tmp_path):
    doings = []

    def progress(items, doing):
        doings.append(doing)
        return items

    def ask(progress):
        return ask_shortcut_model(
            ShortcutQuestions(models, grains, "mark", 2, 1, tmp_path / "answers", progress)
        )

    found = ask(progress)
    assert found.shortcut == "mark"
    assert len(found.validation) == len(found.test[EXACT]) == len(found.test[FOUND]) == 2
    assert list(found.methods) == list(METHOD_NAMES)
    assert all(len(rows) == 1 for rows in found.methods.values())
    # The rule of a condition is fitted to all changes, not only to those that answers go with.
    assert all(each.counterfactuals.complete for each in found.validation)
    assert len(doings) == len(set(doings)) == 5
    doings.clear()
    assert ask(progress) == found
    assert doings == []


def test_methods_are_measured_on_the_first_cheats_only(models, grains, tmp_path):
    (models / "stamp").mkdir()
    found = ask_shortcut_model(
        ShortcutQuestions(models, grains, "stamp", 1, 1, tmp_path / "answers", silent)
    )
    assert not any(found.methods.values())
    assert len(found.test[FOUND]) == 1


def test_the_splits_are_of_different_photos(models, grains, tmp_path):
    found = ask_shortcut_model(
        ShortcutQuestions(models, grains, "mark", 1, 1, tmp_path / "answers", silent)
    )
    (validation,), (exact,) = found.validation, found.test[EXACT]
    assert validation.counterfactuals.original != exact.counterfactuals.original


def test_the_models_that_are_there_are_asked_an_innocent_and_a_cheat_at_least(tmp_path):
    (tmp_path / "tint").mkdir()
    with pytest.raises(TrainingError, match="needs a model 'honest'") as error:
        planted_models(tmp_path)
    assert error.value.code == "planted_missing"
    (tmp_path / "honest").mkdir()
    assert planted_models(tmp_path) == ["honest", "tint"]
    (tmp_path / "tint").rmdir()
    (tmp_path / "size").mkdir()
    with pytest.raises(TrainingError, match="one that cheats"):
        planted_models(tmp_path)
