"""The fixtures that the tests of the page share."""

from __future__ import annotations

from tests.support.evidence_page import rice_network, serve
from tests.support.page import drawings, network, state
from tests.support.reviewed_photos import reviewed, shipped_model

__all__ = ["drawings", "network", "reviewed", "rice_network", "serve", "shipped_model", "state"]
