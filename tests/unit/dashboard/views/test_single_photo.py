"""The view of one photo."""

from __future__ import annotations

import numpy as np

from tests.support.page import (
    drop,
    explained,
    jpeg,
    more,
    page,
    said,
    shown,
)


def test_class_blend_colours_and_scale_only_draw_anew(network):
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    at = more(at)  # measures what a question costs
    calls, first = network.calls, shown(at)
    other = "C" if explained(network, jpeg(1)).predicted != "C" else "A"

    at.button_group(key="target").set_value(other).run()
    of_class = shown(at)
    assert of_class["Original"] == first["Original"]
    assert of_class["Heatmap"] != first["Heatmap"]

    at.slider(key="blend").set_value(80).run()
    blended = shown(at)
    assert blended["Heatmap"] == of_class["Heatmap"]
    assert blended["Overlay"] != of_class["Overlay"]

    at.button_group(key="colors").set_value("jet").run()
    assert shown(at)["Heatmap"] != blended["Heatmap"]
    at.button_group(key="scale").set_value("shared").run()
    assert "All photos share this scale" in said(at)
    assert network.calls == calls


def test_the_ends_of_the_blend_are_the_photo_and_the_heatmap(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    at.slider(key="blend").set_value(0).run()
    assert shown(at)["Overlay"] == shown(at)["Original"]
    at.slider(key="blend").set_value(100).run()
    assert shown(at)["Overlay"] == shown(at)["Heatmap"]


def test_nothing_speaking_for_a_class_is_a_sentence_not_a_picture(network):
    network.weights = -np.abs(network.weights)
    at = drop(page(), ("a.jpg", jpeg(1)))
    assert set(shown(at)) == {"Original"}
    assert "This photo has no evidence for" in at.info[0].value
    at.session_state["scale"] = "shared"
    assert set(shown(at.run())) == {"Original"}
