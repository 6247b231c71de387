"""The choice of light, dark or larger type."""

from __future__ import annotations

import pytest

from dashboard.i18n.translate import TABLES
from tests.support.page import html, page


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_looks_are_offered_in_the_readers_language(network, language):
    offered = html(page(language))
    for look in ("system", "light", "dark", "projector"):
        assert f'<option value="{look}">{TABLES[language][f"look.{look}"]}</option>' in offered
