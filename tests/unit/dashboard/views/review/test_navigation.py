"""From photo to photo in the order of the list, and back to it."""

from __future__ import annotations

from dashboard.i18n.translate import Texts
from tests.support.page import choose, said

EN = Texts("en")


def test_the_way_goes_through_the_list_and_back_to_it(reviewed):
    choose(reviewed, "review-show", "gallery")
    next(each for each in reviewed.button if str(each.key).startswith("open-")).click().run()
    assert reviewed.session_state["mode"] == "one"
    assert EN.plain("review.place", number=1, total=2) in said(reviewed)
    reviewed.button(key="review.next").click().run()
    assert EN.plain("review.place", number=2, total=2) in said(reviewed)
    assert reviewed.button(key="review.next").disabled
    reviewed.button(key="review-back").click().run()
    assert reviewed.session_state["mode"] == "all"
