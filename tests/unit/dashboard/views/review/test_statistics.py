"""A review in numbers."""

from __future__ import annotations

from dashboard.i18n.translate import Texts
from tests.support.page import choose, said

EN = Texts("en")


def test_the_numbers_are_charts(reviewed):
    choose(reviewed, "review-show", "numbers")
    text = said(reviewed)
    for heading in ("numbers.predicted", "numbers.heat"):
        assert EN(heading) in text
    charts = reviewed.get("vega_lite_chart") or reviewed.get("arrow_vega_lite_chart")
    assert len(charts) + (EN("numbers.predicted.alike", classes=2, photos=1) in text) == 1
