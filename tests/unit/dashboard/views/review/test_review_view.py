"""All photos at once on the page."""

from __future__ import annotations

import errno
import logging
import shutil
import time

import pytest
from streamlit.testing.v1 import AppTest

from core.review.review_notes import Note
from core.review.worker import review_photos
from core.texts import Bilingual, translate
from dashboard.i18n.translate import Texts, escape
from dashboard.work.review_job import Review, Reviews
from tests.support.page import choose, drop, jpeg, page, said, shown

EN = Texts("en")


def test_the_table_can_be_narrowed_down_and_widened_again(reviewed):
    assert list(reviewed.dataframe[0].value[EN.plain("review.column.file")])[-1] == "none.jpg"
    assert len(reviewed.dataframe[0].value) == 3
    reviewed.text_input(key="review-text").set_value("a.jpg").run()
    assert list(reviewed.dataframe[0].value[EN.plain("review.column.file")]) == ["a.jpg"]
    reviewed.text_input(key="review-text").set_value("nothing").run()
    assert EN("review.none_left") in said(reviewed)
    reviewed.button(key="review-no-filter").click().run()
    assert len(reviewed.dataframe[0].value) == 3


def test_a_doubtful_photo_that_is_marked_needs_no_more_checking(reviewed):
    session = reviewed.session_state["session"]
    doubtful = session.doubtful
    (review,) = session.part(Reviews).values()

    def sentence(key: str, count: int) -> str:
        mostly = Bilingual("", "")
        return escape(translate(key, count=count, photos=2, mostly=mostly).en)

    assert doubtful
    for number, sha256 in enumerate(doubtful):
        assert sentence("short.doubtful", len(doubtful) - number) in said(reviewed)
        session.notes[review.identity, sha256] = Note("agree")
        reviewed.run()
    assert sentence("short.checked", len(doubtful)) in said(reviewed)


def test_the_choice_of_all_counts_the_photos_that_could_be_read(reviewed):
    assert len(reviewed.session_state["session"].photos) == 3
    assert EN("mode.all", count=2) in reviewed.button_group(key="mode").options


def test_thirty_photos_are_explained_once_by_the_page_and_its_review_together(network):
    at = drop(page(), *((f"{seed}.jpg", jpeg(seed)) for seed in range(30)))
    for _ in range(3):  # some are looked at alone before
        at.button(key="strip.on").click().run()
    choose(at, "mode", "all")
    settled(at)
    assert len(at.dataframe[0].value) == 30
    choose(at, "mode", "one")
    assert len(shown(at)) == 3
    assert network.calls == 30


def no_room(*given: object, **named: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device", "/tmp/secret")


def settled(at: AppTest) -> AppTest:
    """The page, of which no review runs any more."""
    for review in at.session_state["session"].part(Reviews).values():
        wait_for_the_end(review)
    return at.run()


def wait_for_the_end(review: Review) -> None:
    until = time.monotonic() + 60
    while review.job.running and time.monotonic() < until:
        time.sleep(0.01)
    assert not review.job.running


@pytest.mark.parametrize(
    ("full", "code"),
    [
        ("dashboard.state.temporary_folder.TemporaryDirectory", "review_no_room"),
        ("dashboard.work.review_job.write_photos", "review_no_room"),
        ("core.review.pipeline.journal.append", "export_unwritable"),
        ("core.review.pipeline.write_report", "export_unwritable"),
    ],
)
def test_a_full_temporary_folder_is_said_and_the_photos_stay(network, monkeypatch, full, code):
    at = drop(page("ja"), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    choose(at, "mode", "all")
    settled(at)
    with monkeypatch.context() as patch:
        patch.setattr(full, no_room)
        settled(drop(at, ("c.jpg", jpeg(3))))
        assert not at.exception
        assert [each.value for each in at.error] == [Texts("ja")(f"errors.{code}")]
        choose(at, "mode", "one")
        assert len(shown(at)) == 3
    choose(at, "mode", "all")
    if code == "export_unwritable":
        assert "secret" not in said(at)
        at.button(key="review-go-on").click().run()
    settled(at)
    assert not at.error
    assert len(at.dataframe[0].value) == 3


def test_a_temporary_folder_that_is_cleared_during_a_review_is_filled_again(
    network, monkeypatch, caplog
):
    def cleared(listed, task, **more):
        for review in reviews.values():
            shutil.rmtree(review.job.folder.name)
        return review_photos(listed, task, **more)

    at = drop(page("ja"), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    reviews = at.session_state["session"].part(Reviews)
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR, "dashboard"):
        patch.setattr("dashboard.work.review_job.review_photos", cleared)
        choose(at, "mode", "all")
        settled(at)
    assert not at.exception
    assert [each.value for each in at.error] == [Texts("ja")("errors.export_unwritable")]
    at.button(key="review-go-on").click().run()
    assert not settled(at).error
    (review,) = reviews.values()
    assert [(row.file, row.error) for row in review.job.rows.values()] == [
        ("a.jpg", ""),
        ("b.jpg", ""),
    ]
    assert not [each for each in caplog.records if each.name == "dashboard"]
    choose(at, "mode", "one")
    assert len(shown(at)) == 3
