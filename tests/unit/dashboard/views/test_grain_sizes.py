"""Sizes in millimetres, by a thing of known length: typed in, or a line across it."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from core.images.decode import PREVIEW
from dashboard.i18n.translate import Texts
from dashboard.work.measured_lines import draw_line
from tests.support.drawn_grains import scattered
from tests.support.page import drop, page, viewer
from tests.unit.dashboard.views.test_grain_counts import as_file, opened, shipped, tables, told

SAY = Texts("en")
__all__ = ["shipped"]


def with_grains(reference: str) -> AppTest:
    """The page with grains of 60 pixels, and a thing of that kind beside them."""
    at = opened(drop(page("en"), ("a.png", as_file(*scattered(12)))))
    box = next(each for each in at.selectbox if each.label == SAY("grains.reference"))
    return box.set_value(reference).run()


def mean_length(at: AppTest) -> float:
    assert not at.exception
    lengths = [line for line in told(at).splitlines() if line.startswith("Length of whole")]
    (mean,) = re.findall(r"mean (\S+) mm", lengths[0].replace("\\", ""))
    assert "mm" in tables(at)[0]
    return float(mean)


def test_a_coin_whose_length_in_pixels_is_typed_gives_millimetres(shipped):
    at = with_grains("yen1")
    at.number_input[0].set_value(200.0).run()
    assert mean_length(at) == pytest.approx(6, rel=0.05)  # 60 of 200 pixels that are 20 mm


def test_a_line_across_it_does_too_and_can_be_corrected(shipped):
    at = with_grains("yen500")
    header, _ = viewer(at)
    assert header["sides"][0]["reference"]["mm"] == 26.5
    photo = at.session_state.session.selected
    assert header["choices"]["line"] == {"of": photo, "ends": None}
    at.button(key="grains-measure").click().run()
    assert at.session_state.measure == photo
    width, height = header["sides"][0]["full"]
    for pixels in (200, 265):
        ends = [0.1, 0.5, 0.1 + pixels / width, 0.5]
        draw_line(at.session_state.session, {"of": photo, "ends": ends})
        at.run()
        assert SAY("grains.measured", scale=f"{pixels / 26.5:.1f}") in told(at)
        assert viewer(at)[0]["choices"]["line"]["ends"] == ends
    assert mean_length(at) == pytest.approx(6, rel=0.05)  # 60 of 265 pixels that are 26.5 mm
    at.number_input[0].set_value(530.0).run()  # what is typed goes before the line
    assert mean_length(at) == pytest.approx(3, rel=0.05)
    assert max(width, height) <= PREVIEW


def test_a_line_is_asked_for_only_across_what_has_a_length(shipped):
    at = with_grains("other")
    assert viewer(at)[0]["sides"][0]["reference"] is None
    assert at.button(key="grains-measure").disabled
    at.number_input[0].set_value(50.0).run()
    assert viewer(at)[0]["sides"][0]["reference"]["mm"] == 50
    assert not at.button(key="grains-measure").disabled


def test_a_scale_is_kept_with_its_photo_while_others_are_looked_at(shipped):
    at = with_grains("yen500")
    session = at.session_state.session
    first, (width, _) = session.selected, viewer(at)[0]["sides"][0]["full"]
    draw_line(session, {"of": first, "ends": [0.1, 0.5, 0.1 + 265 / width, 0.5]})
    at.run()
    drop(at, ("b.png", as_file(*scattered(6))))
    (other,) = session.photos.keys() - {first}
    for selected, reference in ((other, None), (first, 26.5), (other, None)):
        session.select(selected)
        at.run()
        shown = viewer(at)[0]["sides"][0]["reference"]
        assert (shown and shown["mm"]) == reference
        assert (SAY("grains.measured", scale="10.0") in told(at)) == bool(reference)
    session.select(first)
    at.run()
    assert mean_length(at) == pytest.approx(6, rel=0.05)
    at.number_input[0].set_value(530.0).run()
    at.session_state.language = "ja"
    assert Texts("ja")("grains.measured", scale="20.0") in told(opened(at.run()))
