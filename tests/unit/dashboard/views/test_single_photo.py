"""The view of one photo."""

from __future__ import annotations

import numpy as np
import pytest

from core.explain.explainer import Explainer
from core.images import size_limits
from dashboard.i18n.translate import Texts
from tests.support.page import (
    choose,
    drop,
    explained,
    jpeg,
    more,
    page,
    said,
    shown,
)
from tests.support.photo_files import twelve_bits


def test_class_blend_colours_and_scale_only_draw_again(network):
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    at = more(at)  # measures what a question costs
    calls, first = network.calls, shown(at)
    other = "C" if explained(network, jpeg(1)).predicted != "C" else "A"

    choose(at, "target", other)
    of_class = shown(at)
    assert of_class["Original"] == first["Original"]
    assert of_class["Heatmap"] != first["Heatmap"]

    choose(at, "blend", 80)
    blended = shown(at)
    assert blended["Heatmap"] == of_class["Heatmap"]
    assert blended["Overlay"] != of_class["Overlay"]

    choose(at, "colors", "jet")
    assert shown(at)["Heatmap"] != blended["Heatmap"]
    at.button_group(key="scale").set_value("shared").run()
    assert "All photos share this scale" in said(at)
    assert network.calls == calls


def test_the_ends_of_the_blend_are_the_photo_and_the_heatmap(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    choose(at, "blend", 0)
    assert shown(at)["Overlay"] == shown(at)["Original"]
    choose(at, "blend", 100)
    assert shown(at)["Overlay"] == shown(at)["Heatmap"]


def test_nothing_speaking_for_a_class_is_a_sentence_not_a_picture(network):
    network.weights = -np.abs(network.weights)
    at = drop(page(), ("a.jpg", jpeg(1)))
    assert set(shown(at)) == {"Original"}
    assert "So there is no heatmap" in said(at)
    at.session_state["scale"] = "shared"
    assert set(shown(at.run())) == {"Original"}


def test_a_depth_that_is_assumed_is_said_in_both_languages(network, tmp_path):
    deep = twelve_bits(tmp_path / "a.tif").read_bytes()
    for language in ("en", "ja"):
        caption = Texts(language)("caption.depth", bits=12)
        assert caption not in said(drop(page(language), ("a.jpg", jpeg(1))))
        assert caption in said(drop(page(language), ("a.tif", deep)))


def test_a_caption_says_how_large_the_downloads_of_a_large_photo_are(network, monkeypatch):
    monkeypatch.setattr(size_limits, "MAX_DRAWN", 600)
    at = drop(page(), ("a.jpg", jpeg(1, 60, 40)))
    assert "60 × 40 pixels. Downloads are PNG files of 30 × 20." in said(at)


@pytest.mark.parametrize("familiarity", [None, 0.9, 0.1])
def test_a_photo_like_none_that_the_model_learned_from_is_said_to_be_so(
    network, monkeypatch, familiarity
):
    measured = [familiarity]
    monkeypatch.setattr(Explainer, "_familiarity", lambda self, pixels, pooled: measured)
    for language in ("en", "ja"):
        sentence = Texts(language)("unfamiliar")
        at = drop(page(language), ("a.jpg", jpeg(1)))
        assert (sentence in said(at)) == (familiarity == 0.1)
