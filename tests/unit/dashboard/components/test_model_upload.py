"""The operator's options, and a model that a visitor brings."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

from core.explain.explainer import Explainer
from core.models.card import Card, Input, class_names
from core.models.files import rejections
from dashboard.i18n.translate import TABLES, escape
from dashboard.work import model_pool
from tests.support.page import bring, drop, jpeg, network, page, said, shown

__all__ = ["network"]  # a fixture


def test_nobody_can_bring_a_model_unless_the_operator_allows_it(network, monkeypatch):
    assert len(page().file_uploader) == 1
    assert TABLES["en"]["model_upload.help"] not in said(page())
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--model-uploads"])
    at = page()
    assert len(at.file_uploader) == 2
    assert TABLES["en"]["model_upload.help"] in said(at)


@pytest.fixture
def allowed(network, monkeypatch):
    """A page on which a visitor may bring a model."""
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--model-uploads"])
    return page()


def test_an_own_model_is_opened_chosen_and_removed_with_the_visit(network, monkeypatch):
    came = []

    def open_explainer(path: Path, cache: Path) -> Explainer:
        came.append((path, path.read_bytes()))
        assert cache == path.parent  # what is compiled goes with the session, too
        card = Card(class_names(["X", "Y", "Z"]), Input(64, 64), assumptions=("it was guessed",))
        return Explainer(path.name, card, network)

    monkeypatch.setattr(model_pool, "open_explainer", open_explainer)
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--model-uploads"])
    at = bring(page(), "../mine **x**.keras", b"weights")
    path, data = came[0]
    assert data == b"weights"
    assert path.name == "mine __x__.keras"
    assert at.selectbox(key="model").value == str(path)
    assert "X, Y, Z" in said(at)
    assert escape("it was guessed") in said(at)
    other = next(each for each in at.file_uploader if str(each.key).startswith("upload-"))
    other.set_value([("a.jpg", jpeg(1), "image/jpeg")])
    at.run()
    assert "Heatmap" in shown(at)
    assert len(came) == 1
    at.button(key="start-over-do").click()
    at.run()
    assert at.selectbox(key="model").value == str(path)  # the photos go, the model stays
    assert path.exists()
    del at, other
    gc.collect()
    assert not path.parent.exists()


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    ("names", "assumed", "key"),
    [
        (["X", "Y", "Z"], ("it was guessed",), "no_card"),
        (["class 0", "class 1", "class 2"], ("it was guessed",), "no_card.unnamed"),
        (["X", "Y", "Z"], (), ""),
    ],
)
def test_that_a_model_came_without_a_card_is_said_beside_its_answer(
    names, assumed, key, language, network, monkeypatch
):
    card = Card(class_names(names), Input(64, 64), assumptions=assumed)
    monkeypatch.setattr(
        model_pool, "open_explainer", lambda path, cache: Explainer(path.name, card, network)
    )
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--model-uploads"])
    at = drop(bring(page(language), "mine.keras", b"weights"), ("a.jpg", jpeg(1)))
    sentences = {each: TABLES[language][each] for each in ("no_card", "no_card.unnamed")}
    assert [each for each in sentences if sentences[each] in said(at)] == ([key] if key else [])


@pytest.mark.parametrize(("name", "data"), [("bad.keras", b"text"), ("bad.exe", b"MZ")])
def test_an_own_model_stays_when_the_next_is_refused(name, data, allowed, network, monkeypatch):
    def open_explainer(path: Path, cache: Path) -> Explainer:
        if path.name == "bad.keras":
            raise rejections.pickle_file(path.name)
        return Explainer(path.name, Card(class_names(["X", "Y", "Z"]), Input(64, 64)), network)

    monkeypatch.setattr(model_pool, "open_explainer", open_explainer)
    at = bring(allowed, "good.keras", b"weights")
    good = Path(at.selectbox(key="model").value)
    at = bring(at, name, data)
    assert escape(name) in at.error[0].value
    assert Path(at.selectbox(key="model").value) == good
    assert good.exists()
    at = bring(at, "next.keras", b"weights")
    assert not at.error
    assert Path(at.selectbox(key="model").value).name == "next.keras"
    assert not good.exists()


def test_an_own_model_that_is_refused_is_explained_and_removed(allowed, network, monkeypatch):
    came = []

    def open_explainer(path: Path, cache: Path) -> Explainer:
        came.append(path)
        raise rejections.pickle_file(path.name)

    monkeypatch.setattr(model_pool, "open_explainer", open_explainer)
    allowed.query_params["lang"] = "ja"
    allowed.session_state["language"] = "ja"
    at = bring(allowed, "bad.h5", b"\x80\x04")
    sentence = TABLES["ja"]["errors.model_pickle"].split("}")[-1]
    assert escape(sentence)[:20] in at.error[0].value
    (popover,) = at.get("popover")  # where one looks
    assert popover.error[0].value == at.error[0].value
    assert not came[0].parent.exists()
    assert not at.selectbox
    bring(at, "bad.exe", b"MZ")
    assert escape(TABLES["ja"]["errors.model_unknown"].split("}")[-1])[:20] in at.error[0].value
    assert len(came) == 1
