"""The rice of a photo: found once, edited by the visitor."""

from __future__ import annotations

import numpy as np
import pytest

from core.segmentation.rice_mask import Rice
from dashboard.state.session import Entry, MaskEdit, Session
from dashboard.work import rice_masks
from dashboard.work.painted_mask import BACKGROUND, RICE
from dashboard.work.rice_masks import mask_edit, paint, painted_runs, rice_mask, widget_key
from tests.support.page import jpeg

LIKELIHOOD = np.tile(np.linspace(0, 1, 60, dtype=np.float32), (40, 1))


@pytest.fixture
def found(monkeypatch) -> list[tuple[int, ...]]:
    """The shapes of the photos in which rice was looked for."""
    shapes = []

    def find(rgb) -> Rice:
        shapes.append(rgb.shape)
        return Rice(LIKELIHOOD, 0.05, "not_separable")

    monkeypatch.setattr(rice_masks, "find_rice", find)
    return shapes


def test_rice_is_looked_for_once_and_its_problem_is_passed_on(state, found):
    session, entry = Session(), Entry("a.jpg", jpeg(1))
    for _ in range(2):
        rice = rice_mask(session, entry)
    assert found == [(40, 60, 3)]
    assert np.array_equal(rice.mask, Rice(LIKELIHOOD, 0.05, "").mask())
    assert rice.problem == "not_separable"


def test_an_edit_moves_the_mask_and_is_trusted_once_the_visitor_says_so(state, found):
    session, entry = Session(), Entry("a.jpg", jpeg(1))
    before = rice_mask(session, entry).mask
    state[widget_key("level", entry)] = 80
    higher = rice_mask(session, entry)
    assert 0 < higher.mask.sum() < before.sum()
    assert higher.problem == "not_separable"
    state[widget_key("right", entry)] = True
    assert rice_mask(session, entry).problem == ""
    state[widget_key("swap", entry)] = True
    assert np.array_equal(rice_mask(session, entry).mask, ~higher.mask)
    assert len(found) == 1


def test_an_edit_is_kept_while_its_controls_are_not_drawn(state):
    session, one, other = Session(), Entry("a.jpg", b"1"), Entry("b.jpg", b"2")
    state[widget_key("level", one)] = 20
    assert mask_edit(session, one) == MaskEdit(0.2)
    del state[widget_key("level", one)]
    assert mask_edit(session, one) == MaskEdit(0.2)
    assert mask_edit(session, other) == MaskEdit()


def with_photo() -> tuple[Session, Entry]:
    session, entry = Session(), Entry("a.jpg", jpeg(1))
    session.add([entry])
    return session, entry


def test_what_is_painted_lies_over_the_slider_and_is_trusted(state, found):
    session, entry = with_photo()
    before = rice_mask(session, entry).mask
    upper = {"of": entry.sha256, "runs": [3 * 600 + RICE, 3 * 1800]}
    paint(session, upper)
    assert painted_runs(session, entry) == upper
    for level in (50, 80):
        state[widget_key("level", entry)] = level
        rice = rice_mask(session, entry)
        assert rice.mask[:10].all()
        assert np.array_equal(rice.mask[10:], LIKELIHOOD[10:] >= level / 100)
        assert np.array_equal(rice.unpainted, level / 100 <= LIKELIHOOD)
        assert rice.problem == ""
    state[widget_key("level", entry)] = 50
    paint(session, {"of": entry.sha256, "runs": []})
    back = rice_mask(session, entry)
    assert np.array_equal(back.mask, before)
    assert back.problem == "not_separable"
    assert mask_edit(session, entry) == MaskEdit()


def test_a_photo_with_nothing_painted_on_it_has_no_rice(state, found):
    session, entry = with_photo()
    paint(session, {"of": entry.sha256, "runs": [3 * 2400 + BACKGROUND]})
    rice = rice_mask(session, entry)
    assert not rice.mask.any()
    assert rice.problem == "no_rice"


@pytest.mark.parametrize("of", ["", "0f", None, 3, [], {}])
def test_what_is_painted_on_no_photo_is_left_out(state, found, of):
    session, entry = with_photo()
    for painted in (None, 7, [], {"of": of, "runs": [3 * 2400 + RICE]}, {"of": entry.sha256}):
        paint(session, painted)
    paint(session, {"of": entry.sha256, "runs": [3 * 2399 + RICE]})
    assert session.mask_edits.get(entry.sha256, MaskEdit()) == MaskEdit()
