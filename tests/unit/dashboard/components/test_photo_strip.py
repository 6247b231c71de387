"""The row of photos, and the steps through it."""

from __future__ import annotations

from tests.support.page import (
    choose,
    drop,
    jpeg,
    page,
    said,
    tiles,
)


def test_the_next_photo_starts_at_its_answer_and_keeps_the_blend(network):
    at = drop(page(), *((f"{seed}.jpg", jpeg(seed)) for seed in range(3)))
    at.session_state["target"] = "B"
    at.run()
    assert at.session_state.target == "B"
    choose(at, "blend", 30)
    at.button(key="strip.on").click().run()
    assert "Photo 2 of 3" in said(at)
    assert "1.jpg" in [text.value for text in at.text]
    assert at.session_state.target == ""
    assert at.session_state.blend == 30
    last = [button for button in at.button if str(button.key).startswith("select-")][-1]
    last.click().run()
    assert "Photo 3 of 3" in said(at)
    assert at.button(key="strip.on").disabled
    at.button(key="strip.back").click().run()
    assert "Photo 2 of 3" in said(at)


def test_many_photos_are_shown_page_by_page(network):
    at = drop(page(), *((f"{seed}.jpg", jpeg(seed)) for seed in range(14)))
    assert len(tiles(at)) == 12
    at.button(key="strip.page_on").click().run()
    assert len(tiles(at)) == 2
    assert "Photo 13 of 14" in said(at)
