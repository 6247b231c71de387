"""Marks and notes on photos."""

from __future__ import annotations

from core.review.review_notes import MARKS
from dashboard.i18n.translate import Texts
from tests.support.page import choose

EN = Texts("en")


def test_a_mark_and_a_note_stand_in_the_table(reviewed):
    choose(reviewed, "review-show", "gallery")
    next(each for each in reviewed.button if str(each.key).startswith("open-")).click().run()
    session = reviewed.session_state["session"]
    key = session.selected[:16]
    choose(reviewed, f"mark-{key}", MARKS[0])
    reviewed.text_input(key=f"line-{key}").set_value("too dark").run()
    (note,) = [note for note in session.notes.values() if note.line]
    assert (note.mark, note.line) == (MARKS[0], "too dark")
    reviewed.button(key="review-back").click().run()
    choose(reviewed, "review-show", "table")
    assert "too dark" in list(reviewed.dataframe[0].value[EN.plain("review.column.note")])
