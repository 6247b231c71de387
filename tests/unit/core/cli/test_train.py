"""`train` from the command line: its options become a recipe, and the accuracy is printed."""

from __future__ import annotations

import json
import os
import re

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.models.card import Card, Input, class_names
from core.training import dataset
from core.training.fit import Recipe
from core.training.recipes.rice_classifier import DatasetInfo, read_dataset_info
from tests.conftest import ROOT
from tests.support.certificates import certificate

extra: list[dict[str, object]] = []  # what else each training was given
MEASURED = {"accuracy": 0.95, "photos": 20, "interval": [0.7639, 0.9911]}


@pytest.fixture
def photos(tmp_path):
    """Two class folders of two photos, one of them with a file that is none."""
    for name in ("a", "b"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(2):
            pixels = np.random.default_rng(number).integers(0, 255, (32, 32, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{number}.png")
    (tmp_path / "photos" / "a" / "broken.jpg").write_bytes(b"nothing")
    return tmp_path / "photos"


@pytest.fixture
def trained(monkeypatch):
    """What was trained; nothing is."""
    calls = []
    extra.clear()

    def train(folder, recipe, about, out, **more):
        calls.append((folder, recipe, about, out))
        extra.append(more)
        return Card(class_names(["a", "b"]), Input(64, 64), measured=MEASURED)

    monkeypatch.setattr("core.training.recipes.rice_classifier.train_rice_classifier", train)
    return calls


def test_options_become_a_recipe(photos, trained, tmp_path, capsys):
    about = {"title": {"en": "Stripes", "ja": "しま"}, "data": {"name": "stripes"}}
    (tmp_path / "about.json").write_text(json.dumps(about), "utf-8")
    options = "--size 64 --variant B1 --weights none --geometry crop --epochs 3 --patience 2"
    options += f" --batch 8 --seed 5 --rendered 7 --about {tmp_path / 'about.json'}"
    out = tmp_path / "model"
    assert main(["train", str(photos), "--out", str(out), *options.split()]) == 1
    [(folder, recipe, info, where)] = trained
    assert folder.names == ("a", "b")
    assert recipe == Recipe(64, "B1", "none", "crop", 3, 2, 8, 5, 7)
    assert info == DatasetInfo(**about)
    assert where == out
    printed = capsys.readouterr()
    assert "4 photos of 2 scenes, 2 classes: is the class told without the rice?" in printed.out
    assert "95.0% right on 20 photos" in printed.out
    assert "76.4% to 99.1%" in printed.out
    assert f"{photos / 'a' / 'broken.jpg'}: " in printed.err


def test_without_options_a_recipe_is_complete(photos, trained, tmp_path):
    (photos / "a" / "broken.jpg").unlink()
    assert main(["train", str(photos), "--out", str(tmp_path / "model")]) == 0
    [(_, recipe, info, _)] = trained
    assert recipe == Recipe(size=224, patience=20)
    assert info == DatasetInfo()


@pytest.mark.parametrize(
    ("given", "cure"),
    [
        ([], ()),
        (["--cure"], ("ground", "light", "sharpness", "compression")),
        (["--cure", "light", "ground"], ("light", "ground")),
    ],
)
def test_a_cure_is_of_all_or_of_what_is_named(photos, trained, tmp_path, monkeypatch, given, cure):
    monkeypatch.setattr("core.cli.train._print_certificates", lambda *_: None)
    main(["train", str(photos), "--out", str(tmp_path / "model"), *given])
    [(_, recipe, _, _)] = trained
    assert recipe.cure == cure


def test_after_a_cure_both_models_are_certified_on_the_test_photos(
    photos, trained, tmp_path, monkeypatch, capsys
):
    def certify(explainer, known, progress):
        asked.append((explainer, known.names, [file.name for file, _ in known.files]))
        return certificate(explainer, [1] * 4, [1] * 4, [1] * 4)

    asked = []
    before, out = tmp_path / "before", tmp_path / "model"
    before.mkdir()
    monkeypatch.setattr("core.diagnosis.certify.certify", certify)
    monkeypatch.setattr("core.explain.open_explainer.open_explainer", lambda path: path.name)
    monkeypatch.setattr(
        dataset, "split_by_scene", lambda photos, seed: ["test"] + ["train"] * (len(photos) - 1)
    )
    monkeypatch.setattr(
        "core.training.recipes.rice_classifier.open_start",
        lambda path, names, recipe: ("the model", recipe),
    )
    main(["train", str(photos), "--out", str(out), "--from", str(before), "--cure"])
    assert asked == [("before", ("a", "b"), ["0.png"]), ("model", ("a", "b"), ["0.png"])]
    assert "model: It is right on 100% of the photos" in capsys.readouterr().out
    main(["train", str(photos), "--out", str(out)])
    assert len(asked) == 2


def test_a_model_to_go_on_from_is_opened(photos, trained, tmp_path, monkeypatch):
    opened = []

    def start(path, names, recipe):
        opened.append((path, names))
        return "the model", Recipe(96, weights="before")

    monkeypatch.setattr("core.training.recipes.rice_classifier.open_start", start)
    model, grounds = tmp_path / "before", tmp_path / "grounds"
    model.mkdir()
    options = ["--from", str(model), "--cure", "--grounds", str(grounds)]
    main(["train", str(photos), "--out", str(tmp_path / "model"), *options])
    assert opened == [(model, ("a", "b"))]
    [(_, recipe, _, _)] = trained
    assert recipe == Recipe(96, weights="before")
    assert (extra[0]["start"], extra[0]["grounds"]) == ("the model", grounds)


def test_grounds_without_a_cure_are_refused(photos, trained, tmp_path, capsys):
    given = ["--out", str(tmp_path / "model"), "--grounds", str(tmp_path)]
    assert main(["train", str(photos), *given]) == 2
    assert "Give --cure, too" in capsys.readouterr().err
    assert trained == []


def test_a_training_that_goes_on_does_not_audit_once_more(photos, trained, tmp_path, capsys):
    (photos / "a" / "broken.jpg").unlink()
    (tmp_path / "model" / ".training").mkdir(parents=True)
    assert main(["train", str(photos), "--out", str(tmp_path / "model")]) == 0
    assert "without the rice" not in capsys.readouterr().out


def test_a_folder_that_is_taken_is_said_before_a_photo_is_read(
    photos, trained, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(dataset, "read_folder", lambda *_: pytest.fail("photos are read"))
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "notes.txt").write_text("mine")
    assert main(["train", str(photos), "--out", str(tmp_path / "model")]) == 2
    assert "model is not empty" in capsys.readouterr().err
    assert trained == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--size", "31"], "31 x 31 is too small"),
        (["--weights", "absent.h5"], "There is no weights file absent.h5"),
        (["--from", "absent"], "There is no model 'absent'"),
    ],
)
def test_settings_that_cannot_be_are_said_before_a_photo_is_read(
    photos, trained, tmp_path, monkeypatch, capsys, options, reason
):
    monkeypatch.setattr(dataset, "read_folder", lambda *_: pytest.fail("photos are read"))
    assert main(["train", str(photos), "--out", str(tmp_path / "model"), *options]) == 2
    assert reason in capsys.readouterr().err
    assert trained == []


def test_a_folder_that_cannot_be_trained_from_is_an_error(trained, tmp_path, capsys):
    assert main(["train", str(tmp_path / "absent"), "--out", str(tmp_path / "model")]) == 2
    assert "There is no folder" in capsys.readouterr().err
    assert trained == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"title: rice", "it is no JSON"),
        (b"\xff\xfe", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", "not of type 'object'"),
        (b'{"titel": {}}', "'titel'"),
        (b'{"title": "Rice"}', "title: 'Rice' is not of type"),
        (b'{"title": {"en": "Rice"}}', "title: 'ja' is a required property"),
        (b'{"classes": {"a": {"fr": "riz"}}}', "classes/a: .*'fr'"),
        (b'{"data": {"photos": 3}}', "data: .*'photos'"),
    ],
)
def test_what_describes_the_data_is_checked_before_any_work(
    photos, trained, tmp_path, capsys, content, reason
):
    file = tmp_path / "about.json"
    if content is not None:
        file.write_bytes(content)
    out = str(tmp_path / "model")
    assert main(["train", str(photos), "--out", out, "--about", str(file)]) == 2
    message = capsys.readouterr().err
    assert re.search(rf"about.json cannot be used \(.*{reason}", message)
    assert trained == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name on this system")
def test_a_pipe_that_nobody_writes_into_is_not_waited_for(photos, trained, tmp_path, capsys):
    pipe = tmp_path / "about.json"
    os.mkfifo(pipe)
    out = str(tmp_path / "model")
    assert main(["train", str(photos), "--out", out, "--about", str(pipe)]) == 2
    assert "about.json cannot be used (it is a pipe or a device" in capsys.readouterr().err
    assert trained == []


def test_the_projects_own_descriptions_are_read():
    for file in sorted((ROOT / "assets" / "models").glob("*.json")):
        assert read_dataset_info(file).title["ja"]


@pytest.mark.parametrize("option", ["--size", "--epochs", "--patience", "--batch", "--seed"])
def test_numbers_that_nothing_can_be_trained_with_are_refused(photos, tmp_path, capsys, option):
    with pytest.raises(SystemExit):
        main(["train", str(photos), "--out", str(tmp_path / "model"), option, "-1"])
    assert "-1 is less than" in capsys.readouterr().err
