"""The outline of a mask."""

from __future__ import annotations

from core.images.decode import read_photo
from dashboard.components.outline import outlined
from tests.support.evidence_page import GRAINS, png


def test_an_outline_runs_along_the_inside():
    drawn = outlined(read_photo(png()).rgb, GRAINS)
    pink = (drawn == (255, 40, 150)).all(axis=2)
    assert pink.any()
    assert not (pink & ~GRAINS)[2:-2, 2:-2].any()
