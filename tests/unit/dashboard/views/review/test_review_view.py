"""All photos at once on the page."""

from __future__ import annotations

from dashboard.i18n.translate import Texts
from tests.support.page import said

EN = Texts("en")


def test_the_table_can_be_narrowed_down_and_widened_again(reviewed):
    assert list(reviewed.dataframe[0].value[EN.plain("review.column.file")])[-1] == "none.jpg"
    assert len(reviewed.dataframe[0].value) == 3
    reviewed.text_input(key="review-text").set_value("a.jpg").run()
    assert list(reviewed.dataframe[0].value[EN.plain("review.column.file")]) == ["a.jpg"]
    reviewed.text_input(key="review-text").set_value("nothing").run()
    assert EN("review.none_left") in said(reviewed)
    reviewed.button(key="review-no-filter").click().run()
    assert len(reviewed.dataframe[0].value) == 3
