"""`certify` from the command line: one model, two, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.__main__ import main
from core.images.encode import encode_jpeg
from tests.support.certificates import certificate

UNREAD = [("a/broken.jpg", "it is none")]


@pytest.fixture
def photos(tmp_path):
    for name in ("Basmati", "IR64", "Ketan"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        file = tmp_path / "photos" / name / "0.jpg"
        file.write_bytes(encode_jpeg(np.full((20, 20, 3), 90, np.uint8)))
    return tmp_path / "photos"


@pytest.fixture
def certified(monkeypatch):
    """What was certified; nothing is."""
    asked = []

    def certify(explainer, known, progress):
        asked.append((explainer.name, len(known.files)))
        good = explainer.name == "rice-64"
        return certificate(explainer.name, [1] * 9, [1] * 9, [int(good)] * 9)

    monkeypatch.setattr("core.diagnosis.certify.certify", certify)
    return asked


def test_one_model(photos, certified, tmp_path, capsys):
    assert main(["certify", "rice-64", str(photos), "--out", str(tmp_path / "out")]) == 0
    assert certified == [("rice-64", 3)]
    said = capsys.readouterr().out
    assert said.startswith("rice-64: Not yet to be relied on: it may be right on as few as 70.1%")
    assert "\nIt is right on 100% of the photos" in said
    assert (tmp_path / "out" / "certificate.html").is_file()
    assert "ship" not in json.loads((tmp_path / "out" / "certificate.json").read_text("utf-8"))


def test_which_of_two_to_ship_is_said_in_one_sentence(photos, certified, tmp_path, capsys):
    arguments = ["certify", "rice-224", str(photos), "--against", "rice-64"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 0
    assert "Ship rice-64: where the rice lies" in capsys.readouterr().out


def test_unread_photos_are_named(photos, tmp_path, monkeypatch, capsys):
    found = certificate("a", [1, 1], unread=UNREAD)
    monkeypatch.setattr("core.diagnosis.certify.certify", lambda *_: found)
    monkeypatch.setattr("core.diagnosis.certificate_page.write_certificate", lambda *_: None)
    assert main(["certify", "rice-64", str(photos), "--out", str(tmp_path / "out")]) == 1
    assert "a/broken.jpg: it is none" in capsys.readouterr().err


def test_a_folder_that_is_taken_is_said_before_any_work(photos, certified, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    assert main(["certify", "rice-64", str(photos), "--out", str(tmp_path / "out")]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert certified == []


def test_photos_of_unknown_class_cannot_be_certified_on(photos, certified, tmp_path, capsys):
    assert main(["certify", "rice-64", str(photos / "IR64" / "0.jpg"), "--out", "x"]) == 2
    assert "named after a class of rice-64" in capsys.readouterr().err


def test_a_model_is_not_certified_against_itself(photos, certified, tmp_path, capsys):
    arguments = ["certify", "rice-64", str(photos), "--against", "rice-64"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 2
    assert "--against names the same model, rice-64" in capsys.readouterr().err
    assert certified == []
