"""The viewer as a component: content in, choices out."""

from __future__ import annotations

import pytest

from dashboard.state import controls
from dashboard.viewer import component
from dashboard.viewer.payload import Parts, unpack


@pytest.fixture
def sent(state, monkeypatch):
    """Draws the viewer with what is chosen; gives what the browser gets, and what it calls."""
    calls, steps = [], []
    monkeypatch.setattr(component, "_mount", lambda **given: calls.append(given))
    monkeypatch.setattr(component.st, "html", lambda html: None)

    def draw():
        content = {"size": [3, 2], "shows": "0f"}, Parts()
        component.draw_viewer(content, controls.display(), take, steps.append)
        draw.hear_step, draw.steps = calls[-1]["on_step_change"], steps
        return unpack(calls[-1]["data"])[0], calls[-1]["on_choices_change"]

    def take(choices):
        return controls.choose_display(choices)

    return draw


def test_the_first_message_names_every_choice(sent):
    header, _ = sent()
    assert header["choices"] == controls.DISPLAY
    assert header["key"] == "viewer"
    assert header["size"] == [3, 2]


def test_what_the_browser_chose_is_no_news_to_it(sent, state):
    before, hear = sent()
    state["viewer"] = {"choices": {"blend": 80, "colors": "jet", "at": 1}}
    hear()
    assert (state.blend, state.colors) == (80, "jet")
    assert sent()[0] == before  # the same bytes, which are not sent twice


def test_what_the_server_chose_is_news(sent, state):
    before, hear = sent()
    state["viewer"] = {"choices": {"target": "B", "at": 1}}
    hear()
    state.target = controls.PREDICTED  # another model has no such class
    after, _ = sent()
    assert after["revision"] != before["revision"]
    assert after["choices"]["target"] == controls.PREDICTED


@pytest.mark.parametrize(
    "junk",
    [
        *({"blend": 101}, {"blend": 0.5}, {"blend": True}, {"blend": "50"}, {"panes": 0}),
        *({"colors": "plasma"}, {"colors": []}, {"pane": "other"}, {"target": 3}),
        *({"outline": 1}, {"mode": "all"}, {"at": 1}, {"brush": True}, {"measure": "0" * 65}),
    ],
)
def test_what_makes_no_sense_is_left_out(sent, state, junk):
    _, hear = sent()
    before = dict(state)
    state["viewer"] = {"choices": junk}
    hear()
    assert {**state, "viewer": None} == {**before, "viewer": None}


def test_a_step_goes_to_the_photo_beside_and_no_further(sent, state):
    sent()
    for by in (1, -1, 2, 0, "1", None, [1]):
        state["viewer"] = {"step": by}
        sent.hear_step()
    assert sent.steps == [1, -1]
