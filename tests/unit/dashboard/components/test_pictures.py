"""The three pictures of a photo as the page shows them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.explain.render import render_pictures
from core.images.decode import PREVIEW, read_photo
from dashboard.components.pictures import draw_pictures, outlined
from dashboard.state.session import Session
from dashboard.work.photo_previews import jpeg as as_jpeg
from tests.support.evidence_page import GRAINS, png
from tests.support.page import Network, explained, jpeg, view_of

DATA = jpeg(1)
ANSWER = explained(Network(), DATA)


def test_they_are_what_core_draws():
    drawn = draw_pictures(Session(), view_of(DATA, ANSWER, "B", blend=0.3, colors="jet", top=2.0))
    rgb = read_photo(DATA, longest=PREVIEW).rgb
    expected = render_pictures(rgb, ANSWER, "B", 0.3, "jet", 2.0)
    for which in ("original", "heatmap", "overlay"):
        assert getattr(drawn, which) == as_jpeg(getattr(expected, which))


def test_another_blend_draws_the_overlay_alone():
    session, view = Session(), view_of(DATA, ANSWER, "B")
    first, again = draw_pictures(session, view), draw_pictures(session, replace(view, blend=0.9))
    assert again.heatmap is first.heatmap
    assert again.original is first.original
    assert again.overlay != first.overlay


def test_an_outline_is_drawn_on_the_photo_and_the_overlay():
    session, view, mask = Session(), view_of(DATA, ANSWER, "B"), np.zeros((40, 60), bool)
    mask[10:30, 10:30] = True
    plain, with_outline = draw_pictures(session, view), draw_pictures(session, view, mask)
    assert with_outline.original != plain.original
    assert with_outline.overlay != plain.overlay
    assert with_outline.heatmap == plain.heatmap


def test_an_outline_runs_along_the_inside():
    drawn = outlined(read_photo(png()).rgb, GRAINS)
    pink = (drawn == (255, 40, 150)).all(axis=2)
    assert pink.any()
    assert not (pink & ~GRAINS)[2:-2, 2:-2].any()
