"""From photo to photo in the order of the list, and back to it."""

from __future__ import annotations

from core.review.review_notes import AGREE, DISAGREE
from dashboard.i18n.translate import Texts
from tests.support.page import choose, said

EN = Texts("en")


def open_first(at):
    choose(at, "review-show", "gallery")
    next(each for each in at.button if str(each.key).startswith("open-")).click().run()
    assert at.session_state["mode"] == "one"


def mark(at, name):
    key = f"mark-{name}-{at.session_state['session'].selected[:16]}"
    at.button(key=key).click().run()


def test_the_strip_is_the_list_with_the_same_place(reviewed):
    session = reviewed.session_state["session"]
    open_first(reviewed)
    tiles = [str(each.key) for each in reviewed.button if str(each.key).startswith("select-")]
    assert tiles == [f"select-{key}" for key in session.listed]
    assert session.selected == session.listed[0]
    assert EN.plain("strip.place", number=1, total=2) in said(reviewed)
    reviewed.button(key="strip.on").click().run()
    assert session.selected == session.listed[1]
    assert reviewed.button(key="strip.on").disabled
    reviewed.button(key="review-back").click().run()
    assert reviewed.session_state["mode"] == "all"


def test_after_a_mark_the_next_doubtful_photo_comes_and_there_is_a_way_back(reviewed):
    session = reviewed.session_state["session"]
    open_first(reviewed)
    first, second = session.listed
    session.doubtful = (first, second)
    mark(reviewed, AGREE)
    assert session.selected == second
    reviewed.button(key="mark-back").click().run()
    assert session.selected == first
    assert not [each for each in reviewed.button if each.key == "mark-back"]

    # Pressed again, a mark is taken back, and nobody is led away.
    mark(reviewed, AGREE)
    assert session.selected == first
    assert not any(note.mark for note in session.notes.values())

    # With no other doubtful photo left, one stays.
    session.doubtful = (first,)
    mark(reviewed, DISAGREE)
    assert session.selected == first
    assert [photo for _, photo in session.notes] == [first]
