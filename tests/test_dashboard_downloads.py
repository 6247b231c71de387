"""What is taken away: named harmlessly, drawn at full size, told of in the file."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.photo import read_photo
from core.question import Question
from core.render import panel, pictures
from dashboard import downloads
from dashboard.controls import Drawing
from dashboard.texts import TABLES, Texts
from dashboard.wording import file_stem
from tests.pages import Network, explained, jpeg


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


@pytest.mark.parametrize("which", downloads.WHICH)
@pytest.mark.parametrize("colors", ["viridis", "jet"])
def test_downloads_are_what_core_draws_at_full_size(which, colors):
    data = jpeg(3, 1500, 900)
    explanation = explained(Network(), data)
    how = Drawing("B", 0.4, colors)
    drawn = pictures(read_photo(data).rgb, explanation, "B", 0.4, colors)
    expected = (
        panel([drawn.original, drawn.heatmap, drawn.overlay])
        if which == "panel"
        else getattr(drawn, which)
    )
    with Image.open(BytesIO(downloads.render(data, explanation, how, which))) as image:
        assert np.array_equal(np.asarray(image), expected)
        assert image.info["Class"] == "B"
        assert image.info["Photo SHA-256"] == explanation.sha256


@pytest.mark.parametrize("language", list(TABLES))
def test_a_download_is_named_by_what_was_asked(language):
    say = Texts(language)
    how = Drawing("A", 0.5, "jet", question=Question(versus="B", layers=("early",)))
    named = {"en": "A rather than B_4x4", "ja": "BではなくA_4x4"}[language]
    assert file_stem(say, how, (4, 4)) == named
    assert file_stem(say, Drawing("A", 0.5, "jet"), (2, 2)) == "A"
    assert file_stem(
        say, Drawing("A", 0.5, "jet", question=Question("eigen-cam")), (2, 2)
    ).endswith("_eigen-cam")


def test_what_was_asked_stands_in_the_downloaded_file():
    question = Question("layer-cam", layers=("early",), versus="B")
    answer = explained(Network(), jpeg(1), question)
    how = Drawing("A", 0.5, "viridis", question=question)
    with Image.open(BytesIO(downloads.render(jpeg(1), answer, how, "heatmap"))) as image:
        assert image.info["Question"] == "what speaks for A rather than B"
        assert image.info["Method"] == "layer-cam of the logit at early, 4 x 4 cells"
