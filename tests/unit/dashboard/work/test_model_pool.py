"""The models on the page: chosen, told of, and told why one cannot be opened."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import h5py
import pytest

from core.errors import LensError, ModelError
from core.explain.explainer import Explainer
from core.models import registry
from core.models.card import Card, Input, class_names, write_card
from dashboard.i18n.translate import TABLES, escape
from dashboard.state.controls import PREDICTED
from dashboard.work import model_pool
from tests.support.page import drop, explainer_of, install, jpeg, network, page, said

__all__ = ["network"]  # a fixture


def test_the_chooser_is_there_for_several_models_only(network, tmp_path):
    assert not page().selectbox
    install(tmp_path, "rice-224", "Big", "大", ("X", "Y"))
    at = page("ja")
    assert at.selectbox(key="model").options == ["大", "ロクヨン"]
    assert at.selectbox(key="model").value == str(tmp_path / "rice-224")


def test_the_models_card_is_told_in_words(network, tmp_path):
    (tmp_path / "rice-224").mkdir()
    data = {"name": "rendered scenes", "photos": 180, "licence": "CC0"}
    measured = {"on": "test", "photos": 87, "accuracy": 0.9885, "interval": [0.9377, 0.998]}
    card = Card(
        class_names(["A", "B"]),
        Input(224, 224, geometry="crop"),
        training={"seed": 0, "epochs": 1, "weights": "none", "data": [data]},
        measured={**measured, "confusion": [[1, 0], [0, 1]]},
    )
    write_card(card, tmp_path / "rice-224")
    text = said(page("en")).replace("\\", "")
    for fact in (
        "A, B",
        "98.9 % of 87",
        "94 % to 99.8 %",
        "180 pictures",
        "computer-generated pictures · CC0",
    ):
        assert fact.replace(" %", "\u00a0%") in text.replace("(95 %", "")
    assert "224 × 224 pixels" in text
    assert TABLES["en"]["about.geometry.crop"] in text


def test_a_class_of_another_model_is_not_kept(network, tmp_path):
    at = drop(page(), ("a.jpg", jpeg(1)))
    at.session_state["target"] = "Z"
    at.run()
    assert not at.exception
    assert at.button_group(key="target").value == PREDICTED


def test_a_model_without_a_card_can_be_chosen_and_is_opened_then(network, tmp_path, monkeypatch):
    file = tmp_path / "from elsewhere.h5"
    with h5py.File(file, "w") as model:
        model.attrs["model_config"] = "{}"
    opened: list[str] = []

    def open_one(path: Path, cache: Path | None = None) -> Explainer:
        opened.append(path.name)
        return explainer_of(network, ("class 0", "class 1", "class 2"))

    monkeypatch.setattr(model_pool, "open_explainer", open_one)
    at = page()
    assert at.selectbox(key="model").options == ["Sixty-four", "from elsewhere.h5"]
    assert not opened
    at.selectbox(key="model").set_value(str(file)).run()
    assert opened == ["from elsewhere.h5"]
    at = drop(at, ("a.jpg", jpeg(1)))
    assert not at.exception
    assert opened == ["from elsewhere.h5"]
    assert re.search(r"class (\\_)?[012]", said(at))


@pytest.mark.parametrize("language", list(TABLES))
def test_a_model_that_cannot_be_opened_is_told_in_words(network, monkeypatch, language):
    def fail(path: Path, cache: Path | None) -> Explainer:
        raise ModelError("model_unreadable", "cannot", name=path.name, reason="**zip**")

    monkeypatch.setattr(model_pool, "open_explainer", fail)
    at = drop(page(language), ("a.jpg", jpeg(1)))
    assert not at.exception
    assert escape("**zip**") in at.error[0].value
    assert TABLES[language]["errors.model_unreadable"].split("{")[0] in at.error[0].value


def test_no_model_at_all_is_told_in_words(network, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["app.py", "--models", str(tmp_path / "none")])
    at = page()
    assert "No model is installed" in at.error[0].value


def test_a_model_that_fails_to_open_in_an_unforeseen_way_is_logged(monkeypatch, tmp_path, caplog):
    def fail(*_: object, **__: object) -> None:
        raise ValueError("secret detail")

    monkeypatch.setattr(registry, "find_model", lambda name, folder: folder / name)
    monkeypatch.setattr(model_pool, "open_explainer", fail)
    with pytest.raises(LensError, match="log") as error:
        model_pool.load_installed("no such model", tmp_path)
    assert error.value.code == "unknown"
    assert "secret detail" in caplog.text
