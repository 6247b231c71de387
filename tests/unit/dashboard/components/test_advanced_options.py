"""What can be asked of a photo beyond the first view: method, layer, contrast, fineness."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.explain.explanation import Explanation
from core.explain.render import heat_on_photo
from core.explain.request import OWN, ExplainRequest
from core.images.decode import PREVIEW, read_photo
from core.images.encode import encode_png
from dashboard.i18n.translate import Texts
from dashboard.work import model_pool
from dashboard.work.model_pool import PooledModel
from tests.support.page import (
    Network,
    choose,
    drop,
    explained,
    explainer_of,
    install,
    jpeg,
    more,
    page,
    said,
    shown,
    viewer,
)


def options(at: AppTest, key: str) -> list[str]:
    return at.button_group(key=key).options


def levels_of(explanation: Explanation, data: bytes, target: str) -> bytes:
    """What core draws, as the browser gets it."""
    size = read_photo(data, longest=PREVIEW).rgb.shape[:2]
    return encode_png(heat_on_photo(explanation.map(target), explanation.placement, size).levels)


def levels(at: AppTest) -> bytes:
    """The heat that the browser got for the chosen class."""
    header, parts = viewer(at)
    (side,) = header["sides"]
    return parts[side["maps"][at.session_state.target or side["usual"]]["levels"]]


CONTROLS = ("kind", "other", "method", "layers", "finer", "scale")


def test_nothing_of_it_is_on_the_page_until_asked_for(network):
    at = drop(page("en"), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    assert {group.key for group in at.button_group} == {"language", "mode"}
    assert not [button for button in at.button if button.key == "back"]
    assert network.shown == ["last"] * 2  # not even how long a pass takes was measured
    assert {group.key for group in more(at).button_group} >= set(CONTROLS) - {"other"}


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("kind", "against", ExplainRequest(negate=True)),
        ("method", "layer-cam", ExplainRequest("layer-cam")),
        pytest.param("method", "eigen-cam", ExplainRequest("eigen-cam"), marks=pytest.mark.slow),
        pytest.param("method", "score-cam", ExplainRequest("score-cam"), marks=pytest.mark.slow),
        ("layers", ["early"], ExplainRequest(layers=("early",))),
        pytest.param(
            "layers",
            ["last", "early"],
            ExplainRequest(layers=("early", "last")),
            marks=pytest.mark.slow,
        ),
        pytest.param("finer", 8, ExplainRequest(upsampling=8), marks=pytest.mark.slow),
    ],
)
def test_what_is_asked_is_what_core_draws(network, key, value, wanted):
    at = choose(more(drop(page(), ("a.jpg", jpeg(1)))), key, value)
    first, answer = explained(network, jpeg(1)), explained(network, jpeg(1), wanted)
    assert levels(at) == levels_of(answer, jpeg(1), first.predicted)
    assert "Changed" in said(at)
    at.button(key="back").click().run()
    assert levels(at) == levels_of(first, jpeg(1), first.predicted)
    assert "Changed" not in said(at)
    assert at.header[0].value.startswith(f"The model says {first.predicted}")


def test_standard_stays_chosen_for_a_transformer_after_a_visit_to_another_model(
    network, tmp_path, monkeypatch
):
    attends = Network()
    attended = replace(Network.layers[0], name="patches (balanced)", balanced=True)
    attends.layers = (attended, *Network.layers)
    install(tmp_path, "transformer", "Transformer", "変換器")
    monkeypatch.setattr(
        model_pool,
        "open_explainer",
        lambda path, cache=None: explainer_of(attends if path.name == "transformer" else network),
    )
    at = drop(page(), ("a.jpg", jpeg(1)))
    plain, transformer = str(tmp_path / "rice-64"), str(tmp_path / "transformer")
    more(at).selectbox(key="model").set_value(transformer).run()
    assert at.button_group(key="method").value == OWN
    choose(at, "method", "grad-cam")
    for model in (plain, transformer):
        at.selectbox(key="model").set_value(model).run()
        assert not at.exception
        assert at.button_group(key="method").value == "grad-cam"
        assert ("Changed" in said(at)) == (model == transformer)


def test_why_one_class_rather_than_another(network):
    at = choose(more(drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))), "kind", "rather")
    for seed in (1, 2):  # the runner-up is each photo's own
        first = explained(network, jpeg(seed))
        order = [first.classes[index] for index in first.scores.argsort()[::-1]]
        answer = explained(network, jpeg(seed), ExplainRequest(contrast_class=order[1]))
        assert levels(at) == levels_of(answer, jpeg(seed), order[0])
        assert f"the evidence for {order[0]} rather than {order[1]} is strongest" in said(at)
        assert f"Compared with {order[1]}, show the evidence for" in said(at)
        if seed == 1:
            at.button(key="strip.on").click().run()
    choose(at, "target", order[1])  # of which the likeliest other is the answer, no runner-up
    assert f"{order[1]} rather than {order[0]}" in said(at)
    assert options(at, "other")[0] == "the likeliest other"
    choose(at, "target", order[0])
    choose(at, "other", order[2])
    assert f"{order[0]} rather than {order[2]}" in said(at)
    choose(at, "target", order[2])  # which cannot be compared with itself
    assert f"{order[2]} rather than {order[0]}" in said(at)
    assert order[2] not in options(at, "other")


@pytest.mark.slow
def test_only_what_has_a_meaning_is_offered(network):
    at = more(drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2))))
    assert not {"cell by cell", "by activity"} & set(options(at, "method"))
    assert "HiResCAM and XGrad-CAM draw exactly the same heatmap" in said(at)
    assert options(at, "finer") == ["2 × 2, the layer's own", "8 × 8", "16 × 16"]
    choose(at, "layers", ["early"])
    assert {"cell by cell", "by activity"} <= set(options(at, "method"))
    choose(at, "method", "hires-cam")
    choose(at, "layers", ["last"])
    assert at.button_group(key="method").value == OWN  # Grad-CAM, which is the same
    choose(at, "finer", 8)
    choose(at, "method", "score-cam")
    assert "finer" not in {group.key for group in at.button_group}
    choose(at, "kind", "against")
    choose(at, "method", "eigen-cam")
    assert "kind" not in {group.key for group in at.button_group}
    assert not viewer(at)[0]["panel"]["selectable"]
    assert "ignores the variety" in said(at)
    assert "what stands out to the model" in said(at)
    choose(at, "method", "grad-cam++")
    assert "scale" not in {group.key for group in at.button_group}
    choose(at, "method", OWN)
    choose(at, "layers", ["early", "last"])
    assert not {"scale", "finer"} & {group.key for group in at.button_group}
    assert "scaled to its own maximum" in said(at)
    choose(at, "layers", [])
    assert at.button_group(key="layers").value == ["last"]


def test_only_the_photo_in_view_is_asked_and_only_once(network):
    files = [(f"{seed}.jpg", jpeg(seed)) for seed in (1, 2, 3)]
    at = more(drop(page(), *files))
    network.shown.clear()
    choose(at, "layers", ["early"])
    assert network.shown == ["early"]
    choose(at, "blend", 20)
    for target in "ABC":
        choose(at, "target", target)
    choose(choose(at, "layers", ["last"]), "layers", ["early"])
    choose(at, "colors", "jet")
    assert network.shown == ["early"]
    at.button(key="strip.on").click().run()
    assert network.shown == ["early"] * 2
    choose(at, "scale", "shared")  # needs the third, too
    assert network.shown == ["early"] * 3


def test_a_coarse_map_is_offered_finer_beside_it(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    assert at.button(key="finer-offer").label == "Too coarse? Draw 16 × 16 places"
    network.shown.clear()
    at.button(key="finer-offer").click().run()
    assert len(network.shown) == 65
    answer = explained(network, jpeg(1), ExplainRequest(upsampling=8))
    same = round(64 * answer.shifted.same)
    assert f"the same for {same} of 64 shifted photos" in said(at)
    mean = answer.shifted.scores[answer.classes.index(answer.predicted)]
    assert f"{answer.predicted} averages {Texts('en').percent(float(mean))}" in said(at)
    assert "itself sees 2 × 2 cells at once" in said(at).replace("\\", "")
    assert "drawn 16 × 16" in said(at).replace("\\", "")
    assert "finer-offer" not in {button.key for button in at.button}


def test_a_long_request_says_how_long_it_takes_before_it_is_chosen(network, monkeypatch):
    monkeypatch.setattr(PooledModel, "seconds_per_pass", 0.3)
    at = more(drop(page(), ("a.jpg", jpeg(1))))
    labels = [label.replace("\\", "") for label in [*options(at, "method"), *options(at, "finer")]]
    assert "part by part (about 2 s per photo)" in labels  # 6 channels, and two more
    assert "8 × 8 (about 5 s per photo)" in labels
    assert "16 × 16 (about 20 s per photo)" in labels
    assert "standard" in labels


def test_a_request_that_fails_is_explained_and_the_page_goes_back(network, caplog, monkeypatch):
    at = more(drop(page(), ("a.jpg", jpeg(1))))
    monkeypatch.setattr(network, "logits", lambda inputs: 1 / 0)
    with caplog.at_level(logging.ERROR, "dashboard"):
        choose(at, "method", "score-cam")
    assert "Unexpected error" in at.error[0].value
    assert "division by zero" in caplog.text
    assert at.button_group(key="method").value == OWN
    assert "Heatmap" in shown(at)
