"""What a map shows, in words."""

from __future__ import annotations

import pytest

from core.explain.request import ExplainRequest
from dashboard.i18n import phrases
from dashboard.i18n.phrases import file_stem
from dashboard.i18n.translate import TABLES, Texts
from tests.support.page import Network, explainer_of

EN, CARD = Texts("en"), explainer_of(Network()).card


@pytest.mark.parametrize(
    ("request_of", "kind"),
    [
        (ExplainRequest(), "for"),
        (ExplainRequest(negate=True), "against"),
        (ExplainRequest(contrast_class="B"), "rather"),
        (ExplainRequest("eigen-cam"), "any"),
    ],
)
def test_what_bright_places_show_hangs_on_the_kind_of_request(request_of, kind):
    assert phrases.kind(request_of) == kind
    for family in ("shows", "nowhere"):
        text = EN.plain(f"{family}.{kind}", target="A", other="B")
        assert phrases.shows(EN, CARD, request_of, "A", family) == text


def test_a_duration_is_said_where_somebody_has_to_wait():
    assert phrases.duration(EN, 1.4) == ""
    assert phrases.duration(EN, 1.6) == EN.plain("duration.seconds", seconds=2)
    assert phrases.duration(EN, 18) == EN.plain("duration.seconds", seconds=20)
    assert phrases.duration(EN, 100) == EN.plain("duration.minutes", minutes=2)


@pytest.mark.parametrize("language", list(TABLES))
def test_a_download_is_named_by_what_was_asked(language):
    say = Texts(language)
    asked = ExplainRequest(contrast_class="B", layers=("early",))
    named = {"en": "A rather than B_4x4", "ja": "BではなくA_4x4"}[language]
    assert file_stem(say, asked, "A", (4, 4)) == named
    assert file_stem(say, ExplainRequest(), "A", (2, 2)) == "A"
    assert file_stem(say, ExplainRequest("eigen-cam"), "A", (2, 2)).endswith("_eigen-cam")
