"""The page without a browser: what it shows, keeps, and says of files it cannot take."""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
import time
import weakref

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.i18n.translate import TABLES, Texts, escape
from dashboard.state import controls
from dashboard.work import explain_on_demand, model_pool
from dashboard.work.explain_queue import BATCH
from dashboard.work.review_job import Reviews
from tests.support.page import (
    ROOT,
    bring,
    drop,
    explained,
    explainer_of,
    install,
    jpeg,
    network,
    page,
    said,
    shown,
    tiles,
    viewer_words,
)
from tests.support.reviewed_photos import finish

__all__ = ["network"]  # a fixture


def test_the_empty_page_does_not_wait_for_tensorflow():
    script = (
        "import sys; from streamlit.testing.v1 import AppTest;"
        f"at = AppTest.from_file({str(ROOT / 'dashboard' / 'app.py')!r}, default_timeout=120);"
        "at.run();"
        "assert not at.exception and at.title[0].value;"
        "print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_a_photo_shows_its_three_pictures_and_every_class(network):
    at = drop(page(), ("IMG.jpg", jpeg(1, 60, 40)))
    explanation = explained(network, jpeg(1))
    say = Texts("en")
    assert set(shown(at)) == {"Original", "Heatmap", "Overlay"}
    assert at.header[0].value == say(
        "answer", predicted=explanation.predicted, score=say.percent(explanation.scores.max())
    )
    for name, score in zip("ABC", explanation.scores, strict=True):
        assert f"{name} {say.percent(float(score))}" in viewer_words(at)
    assert "60 × 40 pixels" in said(at)
    assert "2 × 2 cells" in said(at)
    assert not tiles(at)  # one photo needs no way to the others


def test_a_closed_visit_leaves_no_photo_behind(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    entries = [weakref.ref(entry) for entry in at.session_state["session"].photos.values()]
    assert entries[0]() is not None
    del at
    gc.unfreeze()  # the heap may have been frozen meanwhile, as in every minute of a server
    gc.collect()
    gc.freeze()  # as before, for the tests that follow
    assert entries[0]() is None


@pytest.mark.parametrize(
    "broken",
    [
        "dashboard.views.single_photo.draw",
        "dashboard.work.explain_queue.explain_waiting",
        "dashboard.viewer.content.photo_content",  # in a fragment
    ],
)
def test_an_unforeseen_error_leaves_the_header_and_the_photos_in_place(
    network, monkeypatch, caplog, broken
):
    def fail(*given: object) -> None:
        raise ZeroDivisionError("secret detail")

    at = drop(page("ja"), ("a.jpg", jpeg(1)))
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR, "dashboard"):
        patch.setattr(broken, fail)
        drop(at, *((f"{seed}.jpg", jpeg(seed)) for seed in range(2, 3 + BATCH)))
    assert not at.exception
    assert [each.value for each in at.error] == [Texts("ja")("unexpected_error")]
    assert "secret detail" in caplog.text
    assert "Traceback" in caplog.text
    assert at.title[0].value == TABLES["ja"]["title"]
    assert at.file_uploader
    at.run()
    assert not at.error
    assert len(shown(at)) == 3


def sound(at: AppTest) -> AppTest:
    """The page, of which nothing went wrong."""
    assert not at.exception
    assert not at.error
    return at


@pytest.mark.slow
def test_no_two_elements_of_one_run_share_a_key(network, tmp_path, monkeypatch, caplog):
    """Streamlit raises if they do: through all states, the longest waits shown at once."""
    install(tmp_path, "rice-224", "Other", "別")
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--model-uploads"])
    monkeypatch.setattr(explain_on_demand, "_PATIENCE", 0.0)
    at = sound(page())
    sound(bring(at, "first.keras", b"1"))
    drop(at, ("a.jpg", jpeg(1)))
    sound(bring(sound(at), "second.keras", b"2"))  # opened while a photo waits for it
    sound(drop(at, ("b.jpg", jpeg(2)), ("c.jpg", jpeg(3))))
    drop(at, ("bad.jpg", b"no photo"), ("worse.jpg", b"none either"))
    assert not at.exception
    assert len([each for each in at.button if str(each.key).startswith("dismiss-")]) == 2
    for button in [each for each in at.button if str(each.key).startswith("dismiss-")]:
        at.button(key=button.key).click().run()
    for opened in ("why", "more", "grains"):
        at.session_state[opened] = True
    sound(at.run())
    for method in ("score-cam", "hirescam"):
        at.session_state["method"] = method
        sound(at.run())
    at.session_state["mode"] = controls.TWO
    sound(at.run())
    for what in controls.COMPARED:
        at.session_state["two-what"] = what
        sound(at.run())
    at.session_state["mode"] = controls.ALL
    for show in (controls.TABLE, controls.GALLERY, controls.NUMBERS):
        at.session_state["review-show"] = show
        sound(at.run())
    at.button(key="start-over-do").click()
    sound(at.run())
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


def test_a_clock_that_is_set_back_changes_nothing(network, monkeypatch):
    now, back = time.time, 0.0
    monkeypatch.setattr(time, "time", lambda: now() - back)
    at = sound(drop(page(), ("a.jpg", jpeg(1))))
    back = 86_400.0
    sound(drop(at, ("b.jpg", jpeg(2))))
    at.session_state["mode"] = controls.ALL
    sound(at.run())
    (review,) = at.session_state["session"].part(Reviews).values()
    assert review.seconds_left is None or review.seconds_left >= 0
    finish(review)
    assert len(sound(at.run()).dataframe[0].value) == 2


def test_two_slow_requests_of_one_run_can_each_be_stopped(network, monkeypatch):
    monkeypatch.setattr(explain_on_demand, "_PATIENCE", 0.0)
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    at.session_state["mode"] = controls.TWO
    at.session_state["method"] = "score-cam"
    assert not sound(at.run()).warning


def test_class_names_cannot_act_as_markup(network, tmp_path, monkeypatch):
    names = ("<b>x</b>", "**y**", ":red[z]")
    install(tmp_path, "rice-224", "$x$", "**x**", names)
    monkeypatch.setattr(
        model_pool, "open_explainer", lambda path, cache=None: explainer_of(network, names)
    )
    at = drop(page(), ("a.jpg", jpeg(1)))
    assert not at.exception
    words = set(viewer_words(at))  # which go as data
    everything = "\n".join([*(set(said(at).split("\n")) - words), *tiles(at)])
    for name in names[1:]:
        assert name not in everything
        assert escape(name) in everything
    assert f"About the model: {escape('$x$')}" in [expander.label for expander in at.expander]
    assert "<b>" not in "".join(html.proto.body for html in at.get("html"))
