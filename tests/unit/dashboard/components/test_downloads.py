"""What is taken away: named harmlessly, drawn at full size, told of in the file."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.explain.render import render_pictures, side_by_side
from core.explain.request import ExplainRequest
from core.images.decode import PREVIEW, read_photo
from dashboard.components import downloads
from dashboard.i18n.translate import Texts
from tests.support.page import Network, explained, jpeg, view_of


@pytest.mark.parametrize(
    ("name", "target", "file"),
    [
        ("../../etc/passwd.jpg", "A", "passwd_A_heatmap.png"),
        ("a.b.jpg", "St. Basmati", "a.b_St. Basmati_heatmap.png"),
        ("写真 1.jpg", "もち米", "写真 1_もち米_heatmap.png"),
        ('<x>"|?.jpg', "a/b", "_x_____b_heatmap.png"),
        ("..", "..", "photo_photo_heatmap.png"),
    ],
)
def test_downloads_have_harmless_names(name, target, file):
    assert downloads.file_name(name, target, "heatmap") == file


@pytest.mark.parametrize("colors", ["viridis", "jet"])
def test_downloads_are_what_core_draws_at_full_size(colors):
    data = jpeg(3, PREVIEW + 100, 600)
    explanation = explained(Network(), data)
    view = view_of(data, explanation, "B", blend=0.4, colors=colors)
    drawn = render_pictures(read_photo(data).rgb, explanation, "B", 0.4, colors)
    three = [drawn.original, drawn.heatmap, drawn.overlay]
    expected = dict(zip(downloads.WHICH, [*three, side_by_side(three)], strict=True))
    for which in downloads.WHICH:
        with Image.open(BytesIO(downloads.render(view, which))) as image:
            assert np.array_equal(np.asarray(image), expected[which])
            assert image.info["Class"] == "B"
            assert image.info["Photo SHA-256"] == explanation.sha256


def test_a_heatmap_needs_no_photo_to_be_decoded(monkeypatch):
    view = view_of(jpeg(3), explained(Network(), jpeg(3)), "B")
    heatmap = downloads.render(view, "heatmap")
    monkeypatch.delattr(downloads, "read_photo")
    assert downloads.render(view, "heatmap") == heatmap


def test_what_was_asked_stands_in_the_downloaded_file():
    wanted = ExplainRequest("layer-cam", layers=("early",), contrast_class="B")
    answer = explained(Network(), jpeg(1), wanted)
    view = view_of(jpeg(1), answer, "A", request=wanted)
    with Image.open(BytesIO(downloads.render(view, "heatmap"))) as image:
        assert image.info["Question"] == "what speaks for A rather than B"
        assert image.info["Method"] == "layer-cam of the logit at early, 4 x 4 cells"


def test_two_are_taken_away_as_one_picture_as_high_as_the_lower():
    low, high = jpeg(1, 300, 200), jpeg(2, 200, 400)
    answers = [explained(Network(), data) for data in (low, high)]
    left, right = (
        view_of(data, said, said.predicted, name, blend=0.4, top=2.0)
        for name, data, said in zip(("low.jpg", "high.jpg"), (low, high), answers, strict=True)
    )
    drawn = [
        render_pictures(read_photo(data).rgb, said, said.predicted, 0.4, "viridis", 2.0).overlay
        for data, said in zip((low, high), answers, strict=True)
    ]
    file = downloads.render_two(left, right)
    with Image.open(BytesIO(file)) as image:
        shown = np.asarray(image)
        assert np.array_equal(shown, side_by_side(drawn))
        assert np.array_equal(shown[:, :300], drawn[0])
        assert image.info["left: Photo SHA-256"] == answers[0].sha256
        assert image.info["right: Photo SHA-256"] == answers[1].sha256
        assert image.info["right: Class"] == answers[1].predicted


def test_without_heat_the_photo_itself_is_taken_away():
    data = jpeg(1, 300, 200)
    said = explained(Network(), data)
    cold = replace(said, maps=np.zeros_like(said.maps))
    file = downloads.render_two(*2 * [view_of(data, cold, "B", blend=1)])
    with Image.open(BytesIO(file)) as image:
        assert np.array_equal(np.asarray(image)[:, :300], read_photo(data).rgb)


def test_what_two_have_in_common_stands_once_in_their_name():
    say, said = Texts("en"), explained(Network(), jpeg(1))
    one, two = (view_of(b"", said, name, "../x.jpg") for name in "AB")
    other = view_of(b"", said, "A", f"{'y' * 300}.jpg")
    name = downloads.name_of_two(say, one, two)
    assert name == "x_A_B_side-by-side.png"
    name = downloads.name_of_two(say, one, other)
    assert name == f"x_{'y' * 50}_A_side-by-side.png"
