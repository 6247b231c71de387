"""The page before any photo."""

from __future__ import annotations

from dashboard.i18n.translate import TABLES
from tests.support.page import (
    page,
    said,
)


def test_the_empty_page_explains_itself_without_opening_a_model(network):
    at = page("ja")
    assert not at.exception
    assert "お米の写真" in said(at)
    assert "svg" in at.get("image")[0].proto.imgs[0].url
    assert TABLES["ja"]["landing.picture"] == at.get("image")[0].proto.imgs[0].alt
    assert network.calls == 0
