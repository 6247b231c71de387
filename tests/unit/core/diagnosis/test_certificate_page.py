"""The certificate's page and JSON: their numbers, both languages, nothing that came with a file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from core.diagnosis.certificate_page import NUMBERS, PAGE, numbers, write_certificate
from core.diagnosis.certify import OTHER
from core.images.encode import encode_jpeg
from tests.support.certificates import certificate

EVIL = '<img src=x onerror="alert(1)">'


@pytest.fixture
def written(tmp_path):
    """Two models; one has a hostile name, as has the folder of the photos."""
    photos = tmp_path / "<b>a"
    photos.mkdir()
    for number in range(4):
        (photos / f"{number}.jpg").write_bytes(encode_jpeg(np.full((30, 40, 3), 90, np.uint8)))
    broken = [(Path(f"{EVIL.replace('/', '')}.jpg"), EVIL)]
    one = certificate(EVIL, [1, 1, 0, 1], [1] * 4, [0] * 4, photos, broken)
    out = tmp_path / "out"
    out.mkdir()
    write_certificate(out, one, certificate("other", [1] * 4, [1] * 4, [1] * 4, photos))
    return out


def test_the_page_needs_nothing_but_itself_and_runs_nothing_of_a_file(written):
    source = (written / PAGE).read_text("utf-8")
    assert not re.search(r"https?:|url\(|@import|<link", source)
    assert source.count("<script>") == 1
    assert "<img src=x" not in source
    assert "<b>a" not in source
    assert source.count("data:image/jpeg") == 4
    for language in ("en", "ja"):
        assert f'<span lang="{language}">' in source
    assert str(written.parent) not in source


def test_page_and_json_have_the_same_numbers(written):
    source = (written / PAGE).read_text("utf-8")
    said = json.loads((written / NUMBERS).read_text("utf-8"))
    assert "75.0% (3 / 4)" in source
    one, other = said["models"]
    assert one["accuracy"]["as_it_is"]["right"] == 3
    assert one["accuracy"]["other"] == {
        "right": 0, "photos": 4, "interval": pytest.approx([0, 0.4899], abs=1e-3),
    }  # fmt: skip
    assert other["name"] == "other"
    assert said["paired"]["other"] == {"only_first_right": 0, "only_second_right": 4, "p": 0.125}
    assert said["ship"]["en"] in source.replace("&lt;", "<").replace("&gt;", ">").replace(
        "&#34;", '"'
    )
    assert one["photos"][0]["file"] == "<b>a/0.jpg"
    assert one["unfamiliar"] == 2
    assert not one["reliable"]
    assert one["reliance"]["ja"] in source


def test_a_single_model_is_not_compared():
    found = numbers(certificate("a", [1, 0], [1, 0], [1, 0]))
    assert set(found) == {"models"}
    assert set(found["models"][0]["photos"][0]["predicted"]) == {"as_it_is", "same", OTHER}


def test_without_rice_that_is_sure_nothing_is_said_of_other_grounds(tmp_path):
    write_certificate(tmp_path, certificate("a", [1, 1]))
    source = (tmp_path / PAGE).read_text("utf-8")
    assert "too little rice was surely found" in source
    said = json.loads((tmp_path / NUMBERS).read_text("utf-8"))
    assert said["models"][0]["accuracy"]["other"] == {"right": 0, "photos": 0, "interval": None}


def test_a_photo_wrong_on_its_own_class_ground_shows_what_was_said_there(tmp_path):
    photo = tmp_path / "0.jpg"
    photo.write_bytes(encode_jpeg(np.full((30, 40, 3), 90, np.uint8)))
    found = certificate("a", [1], [0], [1], tmp_path)
    write_certificate(tmp_path, found)
    names = found.card.names
    source = (tmp_path / PAGE).read_text("utf-8")
    assert f"Elsewhere {names[1]}" in source
    assert f"Elsewhere {names[0]}" not in source
