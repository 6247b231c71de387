"""The operator's options, and a model that a visitor brings."""

from __future__ import annotations

import gc
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LensError, ModelError
from core.explain.explainer import Explainer
from core.models.card import Card, Input, class_names
from core.models.files import rejections
from dashboard.components import model_upload
from dashboard.i18n.translate import TABLES, escape
from dashboard.state.launch_options import launch_options
from dashboard.work import model_pool
from tests.support.page import jpeg, network, page, said, shown

__all__ = ["network"]  # a fixture


@pytest.mark.parametrize("given", [["--modle", "x"], ["--models"], ["extra"], ["--model-upload"]])
def test_options_that_nobody_knows_are_told(given, network, monkeypatch):
    with pytest.raises(LensError) as error:
        launch_options(given)
    assert error.value.code == "operator_options"
    monkeypatch.setattr(sys, "argv", ["app.py", *given])
    assert "--models FOLDER" in page().error[0].value.replace("\\", "").replace("\u2060", "")


def test_nobody_can_bring_a_model_unless_the_operator_allows_it(network, monkeypatch):
    assert len(page().file_uploader) == 1
    assert TABLES["en"]["own.help"] not in said(page())
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--model-uploads"])
    at = page()
    assert len(at.file_uploader) == 2
    assert TABLES["en"]["own.help"] in said(at)


@pytest.fixture
def allowed(network, monkeypatch):
    """A page on which a visitor may bring a model."""
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--model-uploads"])
    return page()


def bring(at: AppTest, name: str, data: bytes) -> AppTest:
    uploader = next(each for each in at.file_uploader if str(each.key).startswith("own-"))
    uploader.set_value([(name, data, "application/octet-stream")])
    at.run()
    assert not at.exception
    return at


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
    next(button for button in at.button if button.label == "Remove all photos").click()
    at.run()
    assert at.selectbox(key="model").value == str(path)  # the photos go, the model stays
    assert path.exists()
    del at, other
    gc.collect()
    assert not path.parent.exists()


@pytest.mark.parametrize("language", list(TABLES))
def test_an_own_model_that_is_refused_is_told_in_words_and_removed(
    allowed, network, monkeypatch, language
):
    came = []

    def open_explainer(path: Path, cache: Path) -> Explainer:
        came.append(path)
        raise rejections.pickle_file(path.name)

    monkeypatch.setattr(model_pool, "open_explainer", open_explainer)
    allowed.query_params["lang"] = language
    allowed.session_state["language"] = language
    at = bring(allowed, "bad.h5", b"\x80\x04")
    sentence = TABLES[language]["errors.model_pickle"].split("}")[-1]
    assert escape(sentence)[:20] in at.error[0].value
    assert not came[0].parent.exists()
    assert not at.selectbox
    bring(at, "bad.exe", b"MZ")
    assert escape(TABLES[language]["errors.model_unknown"].split("}")[-1])[:20] in at.error[0].value
    assert len(came) == 1


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as table:
        for name, data in members:
            table.writestr(name, data)
    return file.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


def test_an_archive_is_unpacked_into_its_folder(tmp_path):
    data = archive(
        ("net/saved_model.pb", b"graph"), ("net/variables/variables.index", b"i"),
        ("__MACOSX/._net", b""), ("net/compiled.onnx", b"another model"),
    )  # fmt: skip
    path = model_upload.place("my net.zip", data, tmp_path)
    assert path == tmp_path / "my net" / "net"
    assert (path / "saved_model.pb").read_bytes() == b"graph"
    assert (path / "variables" / "variables.index").read_bytes() == b"i"
    assert not (tmp_path / "my net.zip").exists()
    assert not list(tmp_path.rglob("compiled.onnx"))


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ([("../out.txt", b"x")], "model_elsewhere"),
        ([("/etc/out.txt", b"x")], "model_elsewhere"),
        ([("a/../../out.txt", b"x")], "model_elsewhere"),
        ([("C:\\out.txt", b"x")], "model_elsewhere"),
        ([(link("net"), b"/etc"), ("net/out.txt", b"x")], "model_elsewhere"),
        ([("bomb", bytes(200 << 20))], "model_too_large"),
        ([("a", b"1"), ("a", b"2")], "model_strange"),
        ([(f"{number}", b"") for number in range(1001)], "model_strange"),
    ],
)
def test_a_hostile_archive_leaves_nothing_behind(tmp_path, members, code):
    inside = tmp_path / "visit"
    inside.mkdir()
    with pytest.raises(ModelError) as error:
        model_upload.place("net.zip", archive(*members), inside)
    assert error.value.code == code
    assert not list(tmp_path.rglob("out.txt"))
    assert [each.name for each in tmp_path.iterdir()] == ["visit"]
    written = sum(file.stat().st_size for file in inside.rglob("*") if file.suffix != ".zip")
    assert written < 1 << 20


def test_an_archive_that_is_none_is_told(tmp_path):
    with pytest.raises(ModelError) as error:
        model_upload.place("net.zip", b"PK\x03\x04 no archive", tmp_path)
    assert error.value.code == "model_damaged"
