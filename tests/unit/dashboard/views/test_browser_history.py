"""Back and Forward of the browser: what a step that it names shows."""

from __future__ import annotations

import pytest

from dashboard.state import controls
from dashboard.state.controls import PREDICTED
from dashboard.state.session import Entry, Session
from dashboard.views import browser_history
from dashboard.views.review import table
from tests.support.page import drop, jpeg, page


@pytest.fixture
def session(state) -> Session:
    session = Session()
    session.add([Entry(name, name.encode()) for name in ("a", "b", "c")])
    return session


def visit(session: Session, mode: str, photo: str) -> str:
    """Go somewhere; the step's name."""
    controls.set_mode(mode)
    session.select(photo)
    return browser_history.current_name(session)


def test_a_step_shows_its_photo_and_view(session, state):
    a, b, _ = session.photos
    first = visit(session, controls.ONE, a)
    second = visit(session, controls.ALL, a)
    third = visit(session, controls.TWO, b)
    assert visit(session, controls.ALL, b) not in (first, second, third)
    for name, shown in ((third, (controls.TWO, b)), (first, (controls.ONE, a))):
        browser_history.go(session, name)
        assert (state.mode, session.selected) == shown
        assert browser_history.current_name(session) == name


def test_back_among_all_photos_the_row_can_be_clicked_on_again(session, state):
    a, *_ = session.photos
    everywhere = visit(session, controls.ALL, a)
    state[table.TABLE] = {"selection": {"rows": [0]}}
    visit(session, controls.ONE, a)
    browser_history.go(session, everywhere)
    assert state.mode == controls.ALL
    assert not state[table.TABLE]["selection"]["rows"]


def test_among_all_photos_another_one_is_no_step(session):
    a, b, _ = session.photos
    assert visit(session, controls.ALL, a) == visit(session, controls.ALL, b)


def drawn(session: Session) -> str:
    """What a run does before and after the photo in view is drawn; the step's name."""
    controls.start_at_answer(session.selected)
    return browser_history.current_name(session)


def test_back_at_a_photo_the_class_that_was_chosen_there_is_shown(session, state):
    """And the answer at one where none was chosen."""
    a, b, _ = session.photos
    steps = {}
    for photo, chosen in ((a, PREDICTED), (b, "B")):
        session.select(photo)
        steps[photo] = drawn(session)
        assert state.target == PREDICTED
        state.target = chosen
        assert drawn(session) == steps[photo]  # another class is no step
    session.select(a)
    drawn(session)
    assert state.target == PREDICTED
    for photo, chosen in ((b, "B"), (a, PREDICTED), (b, "B")):
        browser_history.go(session, steps[photo])
        assert drawn(session) == steps[photo]
        assert (session.selected, state.target) == (photo, chosen)
    state.target = "C"  # the last choice counts
    drawn(session)
    for photo, chosen in ((a, PREDICTED), (b, "C")):
        browser_history.go(session, steps[photo])
        drawn(session)
        assert (session.selected, state.target) == (photo, chosen)


def test_what_is_no_step_any_more_leads_nowhere(session, state):
    _, b, c = session.photos
    gone = visit(session, controls.ONE, c)
    visit(session, controls.TWO, b)
    session.dismiss(c)
    for name in (gone, "0123abcd", "x" * 1000, None, 3, [gone]):
        browser_history.go(session, name)
        assert (state.mode, session.selected) == (controls.TWO, b)
    session.start_over(keep=list)
    browser_history.go(session, gone)
    assert not session.selected


def test_the_page_listens_once_and_shows_nothing_for_it(network):
    for at in (page(), drop(page(), ("1.jpg", jpeg(1)))):
        heard = [each for each in at.get("bidi_component") if not each.proto.bytes]
        assert [each.proto.component_name for each in heard] == ["rice_lens_history"]
