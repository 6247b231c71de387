"""The header: the choice of the model and of the language."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import h5py

from core.explain.explainer import Explainer
from core.grain_counting.count_grains import GrainCount
from dashboard.views import grain_counts
from dashboard.work import model_pool
from tests.support.page import (
    drop,
    explainer_of,
    html,
    install,
    jpeg,
    page,
    said,
    shown,
)


def test_an_unknown_language_falls_back_to_english(network):
    assert "Add a few photos" in said(page("xx"))


def test_the_language_switch_keeps_the_photos_and_is_kept_in_the_address(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    at.button_group(key="language").set_value("ja").run()
    assert set(shown(at)) == {"元の写真", "ヒートマップ", "重ねた画像"}
    assert '["lang", ["ja"]]' in html(at)
    assert network.calls == 1


def test_what_is_open_stays_open_in_another_language(network, tmp_path, monkeypatch):
    monkeypatch.setattr(grain_counts, "of_grains", lambda model: True)
    monkeypatch.setattr(
        grain_counts, "count_grains", lambda *given: GrainCount("", (40, 60), (), "")
    )
    at = drop(page(), ("a.jpg", jpeg(1)))
    panels = ("why", "more", "grains")
    for key in panels:
        at.session_state[key] = True
    at.run()
    for language in ("ja", "en"):
        at.button_group(key="language").set_value(language).run()
        assert not at.exception
        assert [key for key in panels if not at.session_state[key]] == []


def test_the_chooser_is_there_for_several_models_only(network, tmp_path):
    assert not page().selectbox
    install(tmp_path, "rice-224", "Big", "大", ("X", "Y"))
    at = page("ja")
    assert at.selectbox(key="model").options == ["大", "ロクヨン"]
    assert at.selectbox(key="model").value == str(tmp_path / "rice-224")


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


def test_no_model_at_all_is_said_in_words(network, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["app.py", "--models", str(tmp_path / "none")])
    at = page()
    assert "No model is installed" in at.error[0].value


def test_a_title_in_the_language_of_before_changes_no_choice(network, tmp_path):
    """A browser sends it while it does not know yet that the language was switched."""
    install(tmp_path, "rice-224", "Big", "大", ("X", "Y"))
    other = str(tmp_path / "rice-64")
    at = page("ja", model="Sixty-four", chosen_model=other)
    assert at.selectbox(key="model").value == other
