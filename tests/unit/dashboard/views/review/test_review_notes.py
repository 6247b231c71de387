"""Marks and notes on photos."""

from __future__ import annotations

import sys

import pytest
from streamlit.testing.v1 import AppTest

from core.review.review_notes import AGREE, DISAGREE, MARKS, RETAKE
from dashboard.i18n.translate import Texts
from tests.support.page import choose, drop, jpeg, page, said, shown

EN = Texts("en")


def test_a_mark_and_a_note_stand_in_the_table(reviewed):
    choose(reviewed, "review-show", "gallery")
    next(each for each in reviewed.button if str(each.key).startswith("open-")).click().run()
    session = reviewed.session_state["session"]
    key = session.selected[:16]
    reviewed.text_input(key=f"line-{key}").set_value("too dark").run()
    press(reviewed, MARKS[0], key)
    (note,) = [note for note in session.notes.values() if note.line]
    assert (note.mark, note.line) == (MARKS[0], "too dark")
    reviewed.button(key="review-back").click().run()
    choose(reviewed, "review-show", "table")
    assert "too dark" in list(reviewed.dataframe[0].value[EN.plain("review.column.note")])


@pytest.fixture
def book(network, tmp_path, monkeypatch):
    """Where the notes of all visitors are kept."""
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--notes", str(tmp_path / "notes.sqlite")])
    return tmp_path / "notes.sqlite"


def visitor(language: str = "en") -> tuple[AppTest, str]:
    """A visitor who marks a photo that others look at, too; the end of the controls' keys."""
    at = drop(page(language), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    choose(at, "mode", "all")
    choose(at, "mode", "one")
    return at, at.session_state["session"].selected[:16]


def press(at: AppTest, mark: str, key: str) -> None:
    """Mark a photo, and come back to it where the page went on to the next one."""
    at.button(key=f"mark-{mark}-{key}").click().run()
    if at.session_state["session"].marked:
        at.button(key="mark-back").click().run()


def written(at: AppTest, key: str) -> tuple[str, str]:
    """The mark and the line that a visitor sees."""
    called = {EN(f"mark.{mark}"): mark for mark in MARKS}
    called |= {Texts("ja")(f"mark.{mark}"): mark for mark in MARKS}
    labels = [at.button(key=f"mark-{mark}-{key}").label for mark in MARKS]
    (chosen,) = [label[2:] for label in labels if label.startswith("✓ ")] or [""]
    return called.get(chosen, ""), at.text_input(key=f"line-{key}").value


def test_visitors_do_not_undo_each_others_notes(book):
    (first, key), (second, _) = visitor(), visitor("ja")
    press(second, DISAGREE, key)
    first.text_input(key=f"line-{key}").set_value("too dark").run()
    assert written(first, key) == (DISAGREE, "too dark")
    assert written(second.run(), key) == (DISAGREE, "too dark")
    press(first, RETAKE, key)
    assert written(second.run(), key) == (RETAKE, "too dark")
    assert not first.error
    assert not second.error


def test_a_note_that_cannot_be_kept_is_said_and_stays_written(book, monkeypatch):
    at, key = visitor("ja")
    press(at, AGREE, key)
    with monkeypatch.context() as patch:
        patch.setattr("core.review.review_notes._WRITE", "INSERT INTO nowhere VALUES (1)")
        at.text_input(key=f"line-{key}").set_value("暗い").run()
    assert not at.exception
    assert [each.value for each in at.error] == [Texts("ja")("errors.notes_unusable")]
    assert len(shown(at)) == 3
    assert written(at.run(), key) == (AGREE, "暗い")
    book.write_bytes(b"no notes" * 100)
    at.run()
    assert Texts("ja")("errors.notes_unusable") in said(at)
    assert len(shown(at)) == 3
