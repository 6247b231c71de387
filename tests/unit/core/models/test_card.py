"""The model card and its schema."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import pytest
from jsonschema.validators import validator_for

from core.errors import ModelError
from core.models.card import (
    CARD_FILE,
    Card,
    Input,
    card_from_dict,
    card_to_dict,
    class_names,
    read_card,
    set_compiled_sha256,
    write_card,
)
from core.models.registry import MODELS

GOOD = {
    "format": 1,
    "classes": [{"name": "Basmati"}, {"name": "Ketan", "ja": "もち米"}],
    "input": {"height": 64, "width": 64, "values": "imagenet", "geometry": "squash"},
}


def test_a_card_comes_back_as_it_was_written(tmp_path):
    card = Card(
        classes=class_names(["Basmati", "Ketan"], {"Ketan": {"ja": "もち米"}}),
        input=Input(64, 96, "caffe", "crop", channels=3, order="bgr"),
        title={"en": "Rice", "ja": "お米"},
        architecture="EfficientNetB0",
        training={"seed": 1, "epochs": 2, "weights": "none", "data": [{"name": "x", "photos": 3}]},
        split={"by": "scene", "scenes": 3, "train": 1, "validation": 1, "test": 1},
        measured={
            "on": "test", "photos": 4, "accuracy": 0.75, "interval": [0.3, 0.9],
            "confusion": [[2, 0], [1, 1]],
        },
        temperature=0.84,
        calibration={
            "photos": 4, "error": 0.1, "interval": [0.0, 0.4], "by_chance": 0.2, "brier": 0.3,
            "bins": [{"low": 0.9, "high": 1.0, "photos": 4, "confidence": 0.95, "right": 0.75}],
        },
        versions={"keras": "3.15.1"},
        compiled_sha256="0" * 64,
    )  # fmt: skip
    write_card(card, tmp_path)
    assert read_card(tmp_path / CARD_FILE) == card


def test_a_compiled_forms_digest_is_added_and_nothing_else_changes(tmp_path):
    file = tmp_path / CARD_FILE
    file.write_text(json.dumps(GOOD), "utf-8")
    set_compiled_sha256(file, "a" * 64)
    assert json.loads(file.read_text("utf-8")) == {**GOOD, "compiled_sha256": "a" * 64}
    assert read_card(file).compiled_sha256 == "a" * 64
    assert [each.name for each in tmp_path.iterdir()] == [CARD_FILE]


def test_names_without_translation_stand_for_themselves(tmp_path):
    (tmp_path / CARD_FILE).write_text(json.dumps(GOOD), "utf-8")
    first, second = read_card(tmp_path / CARD_FILE).classes
    assert (first.en, first.ja) == ("Basmati", "Basmati")
    assert (second.en, second.ja) == ("Ketan", "もち米")


def test_a_card_that_says_nothing_of_colours_means_rgb(tmp_path):
    (tmp_path / CARD_FILE).write_text(json.dumps(GOOD), "utf-8")
    given = read_card(tmp_path / CARD_FILE).input
    assert (given.channels, given.order) == (3, "rgb")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"classes": [{"name": "only"}]}, "classes"),
        ({"classes": [{"name": "a"}, {"name": "a"}]}, "twice"),
        ({"classes": [{"name": 1}, {"name": "b"}]}, "classes/0/name"),
        ({"input": {**GOOD["input"], "values": "255"}}, "input/values"),
        ({"input": {**GOOD["input"], "height": 10**9}}, "input/height"),
        ({"input": {**GOOD["input"], "channels": 4}}, "input/channels"),
        ({"input": {**GOOD["input"], "order": "gbr"}}, "input/order"),
        ({"input": {**GOOD["input"], "surprise": True}}, "surprise"),
        ({"compiled_sha256": "0" * 63}, "compiled_sha256"),
        ({"compiled_sha256": "../compiled"}, "compiled_sha256"),
        ({"format": 2}, "format"),
    ],
)
def test_a_wrong_card_is_refused_with_the_place(tmp_path, change, place):
    file = tmp_path / CARD_FILE
    file.write_text(json.dumps({**GOOD, **change}), "utf-8")
    with pytest.raises(ModelError, match=place):
        read_card(file)


def test_what_a_later_version_adds_is_named_and_no_hindrance(tmp_path, caplog):
    (tmp_path / CARD_FILE).write_text(json.dumps({**GOOD, "surprise": True}), "utf-8")
    assert read_card(tmp_path / CARD_FILE) == card_from_dict(GOOD)
    assert "surprise" in caplog.text


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\x00"])
def test_a_card_that_is_no_json_is_refused(tmp_path, text):
    (tmp_path / CARD_FILE).write_text(text, "utf-8")
    with pytest.raises(ModelError, match="JSON"):
        read_card(tmp_path / CARD_FILE)


KEYS = {
    "format", "classes", "input", "title", "architecture", "training", "split", "measured",
    "temperature", "calibration", "planted", "grains", "versions", "compiled_sha256",
}  # fmt: skip
INPUT_KEYS = {"height", "width", "values", "geometry", "channels", "order"}


@pytest.mark.parametrize("path", sorted(MODELS.glob(f"*/{CARD_FILE}")), ids=lambda p: p.parent.name)
def test_a_card_of_before_is_read_and_written_with_the_same_keys(path, tmp_path):
    data, card = json.loads(path.read_text("utf-8")), read_card(path)
    assert data["format"] == 1
    assert set(data) <= KEYS
    assert set(data["input"]) <= INPUT_KEYS
    assert all(set(entry) == {"name", "en", "ja"} for entry in data["classes"])
    write_card(card, tmp_path)
    written = json.loads((tmp_path / CARD_FILE).read_text("utf-8"))
    assert written == {**data, "input": {"channels": 3, "order": "rgb", **data["input"]}}
    assert card_from_dict(card_to_dict(card)) == card


def test_a_card_is_checked_once_until_its_file_changes(tmp_path):
    card = Card(class_names(["A", "B"]), Input(64, 64))
    write_card(card, tmp_path)
    assert read_card(tmp_path / CARD_FILE) == card
    assert read_card(tmp_path / CARD_FILE) is read_card(tmp_path / CARD_FILE)
    write_card(replace(card, architecture="another"), tmp_path)
    assert read_card(tmp_path / CARD_FILE).architecture == "another"


def test_a_wrong_card_is_refused_again_until_it_is_put_right(tmp_path):
    file = tmp_path / CARD_FILE
    file.write_text("{", "utf-8")
    for _ in range(2):
        with pytest.raises(ModelError, match="JSON"):
            read_card(file)
    file.write_text(json.dumps(GOOD), "utf-8")
    assert read_card(file).names == ("Basmati", "Ketan")


def test_the_schema_is_right_itself():
    schema = json.loads(files("core.models").joinpath("card.schema.json").read_text("utf-8"))
    validator_for(schema).check_schema(schema)


def test_what_is_said_of_a_wrong_card_stays_short(tmp_path):
    file = tmp_path / CARD_FILE
    file.write_text(json.dumps({**GOOD, "title": {"en": "T" * 10_000, "ja": "T"}}), "utf-8")
    with pytest.raises(ModelError, match=r"title/en: 'T.* … .*too long") as caught:
        read_card(file)
    assert len(str(caught.value)) < 600
