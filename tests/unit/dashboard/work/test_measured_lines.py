"""Lines across things of known length: kept by photo, refused where they are none."""

from __future__ import annotations

import pytest

from dashboard.state.session import Entry, Session
from dashboard.work.measured_lines import draw_line, line_choice, line_length, measured_line

ENTRY = Entry("a.jpg", b"1")
LINE = {"of": ENTRY.sha256, "ends": [0.1, 0.2, 0.4, 0.6]}


@pytest.fixture
def session() -> Session:
    session = Session()
    session.add([ENTRY])
    return session


def test_a_line_is_kept_by_its_photo(session):
    assert line_choice(session, ENTRY) == {"of": ENTRY.sha256, "ends": None}
    draw_line(session, LINE)
    assert line_choice(session, ENTRY) == LINE
    assert measured_line(session, Entry("b.jpg", b"2")) is None


def test_lengths_are_in_the_photos_pixels():
    assert line_length((0.1, 0.2, 0.4, 0.6), (1000, 1000)) == pytest.approx(500)
    assert line_length((0, 0, 1, 0), (30, 40)) == 40
    assert line_length((0, 1, 0, 0), (30, 40)) == 30


@pytest.mark.parametrize(
    "line",
    [
        *(None, 3, "line", [], {}, {"of": "0f", "ends": [0, 0, 1, 1]}),
        *({**LINE, "of": each} for each in (None, [], 1)),
        *({**LINE, "ends": each} for each in (None, "0011", [], [0, 0, 1], [0, 0, 1, 1, 1], {})),
        *({**LINE, "ends": [0, 0, 1, each]} for each in (1.1, -0.1, True, "1", None, [1])),
        *({**LINE, "ends": [0, 0, 1, each]} for each in (float("nan"), float("inf"), 10**400)),
    ],
    ids=str,
)
def test_what_is_no_line_is_left_out(session, line):
    draw_line(session, line)
    assert measured_line(session, ENTRY) is None
