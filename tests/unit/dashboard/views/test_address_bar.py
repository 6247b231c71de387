"""Links: what they name of the page, and what they open."""

from __future__ import annotations

import hashlib
import json
import re
import sys

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components import photo_upload
from dashboard.state.session import Session
from tests.support.page import ROOT, drop, html, install, jpeg, page

PHOTOS = {f"{seed}.jpg": jpeg(seed) for seed in range(1, 7)}
SHA = {name: hashlib.sha256(data).hexdigest() for name, data in PHOTOS.items()}


def named(at: AppTest) -> dict[str, list[str]]:
    """What the page tells the browser to name."""
    (data,) = set(re.findall(r"replaceState.*\n\}\)\((.*)\)</script>", html(at)))
    return dict(json.loads(data)[1])


def opened(params: dict[str, str | list[str]], **state: object) -> AppTest:
    at = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    for name, value in params.items():
        at.query_params[name] = value
    for key, value in state.items():
        at.session_state[key] = value
    return at.run()


@pytest.fixture
def shelf(network, tmp_path, monkeypatch):
    """The operator's folder with six photos, two models, and two samples."""
    install(tmp_path, "second", "Second", "ニ")
    for name, data in PHOTOS.items():
        (tmp_path / "shelf" / "Ketan").mkdir(parents=True, exist_ok=True)
        (tmp_path / "shelf" / "Ketan" / name).write_bytes(data)
    photo_upload.SAMPLES.mkdir()
    rows = [{"file": f"{seed}.jpg", "variety": "IR64"} for seed in (8, 9)]
    (photo_upload.SAMPLES / "samples.json").write_text(json.dumps(rows))
    for seed in (8, 9):
        (photo_upload.SAMPLES / f"{seed}.jpg").write_bytes(jpeg(seed))
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--photos", str(tmp_path / "shelf")])


LINK = {"photos": "folder/Ketan", "photo": SHA["6.jpg"][:16], "target": "B", "blend": "20"}


def test_a_link_opens_the_photo_that_it_names_with_its_choices(shelf):
    at = opened({**LINK, "model": "second", "kind": "against", "outline": "1"})
    session = at.session_state["session"]
    assert session.photos[session.selected].name == "shelf/Ketan/6.jpg"
    assert [key[:16] for key in session.photos] == [SHA[name][:16] for name in PHOTOS]
    # A browser that first hears of the next run takes the default for chosen.
    chooser = at.run().selectbox(key="model")
    assert chooser.proto.options[chooser.proto.default] == "Second"
    assert at.session_state.model.endswith("second")
    shown = {key: at.session_state[key] for key in ("target", "blend", "kind", "outline", "mode")}
    assert shown == {"target": "B", "blend": 20, "kind": "against", "outline": True, "mode": "one"}
    assert {key: value[0] for key, value in named(at).items()} == {
        **LINK, "model": "second", "kind": "against", "outline": "1",
    }  # fmt: skip


def test_a_link_is_opened_once_and_what_is_shown_next_is_named(shelf):
    at = opened(LINK)
    at.button(key="strip.back").click().run()
    assert named(at)["photo"] == [SHA["5.jpg"][:16]]
    assert "target" not in named(at)  # another photo starts at its answer
    at.button(key="start-over-do").click().run()
    assert named(at) == {}
    at.button(key="samples").click().run()
    assert named(at)["photos"] == ["samples"]


def test_nothing_of_an_upload_is_named_and_no_link_reaches_one(shelf):
    at = drop(page(), ("6.jpg", PHOTOS["6.jpg"]), ("mine.jpg", jpeg(20)))
    at.session_state["target"] = "B"
    at.run()
    assert named(at) == {}
    visit: Session = at.session_state["session"]
    mine = hashlib.sha256(jpeg(20)).hexdigest()
    assert mine in visit.photos
    for photos in ("", "folder/", "samples", "uploads", mine):
        other = opened({"photos": photos, "photo": mine[:16]}).session_state["session"]
        assert mine not in other.photos

    # Beside a public photo an upload is not named either.
    at.button(key="samples").click().run()
    at.session_state["mode"] = "two"
    at.session_state["two-what"] = "photos"
    at.session_state["two-right-photos"] = mine
    at.run()
    assert at.session_state["two-right-photos"] == mine
    assert named(at)["two-what"] == ["photos"]
    assert mine[:16] not in html(at).split("history.replaceState")[-1].partition("</script>")[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"photos": "folder/../..", "photo": SHA["1.jpg"][:16]},
        {"photos": "folder//etc"},
        {"photos": "folder/Ketan/1.jpg"},
        {"photos": ["samples", "\0"], "model": "../second"},
    ],
)
def test_what_makes_no_sense_opens_nothing(shelf, wrong):
    at = opened(wrong)
    assert not at.exception
    assert not at.error
    assert not at.session_state["session"].photos
    assert named(at) == {}


def test_the_script_holds_strangers_words_as_data(shelf):
    hostile = "</script><img src=x onerror=alert(1)>"
    at = opened({**LINK, "target": hostile, "other": hostile, "layers": hostile})
    assert not at.exception
    assert "<img" not in html(at)
