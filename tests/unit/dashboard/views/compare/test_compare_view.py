"""Two photos, classes, methods or models side by side, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.errors import ModelError
from core.evidence.comparison import compare
from core.explain.cam import SAME_BEHIND_POOLING
from core.explain.explanation import Explanation
from core.explain.request import OWN, ExplainRequest
from core.models.card import Card, Input, class_names, write_card
from core.segmentation.rice_mask import Rice
from dashboard.i18n.translate import TABLES, Texts
from dashboard.state.controls import COMPARED, PREDICTED
from dashboard.views.compare.sentences import sentences
from dashboard.views.evidence.verdict import percent
from dashboard.work import model_pool, rice_masks
from tests.support.page import (
    Network,
    drop,
    explained,
    explainer_of,
    install,
    jpeg,
    network,
    page,
    said,
    shown,
    viewer,
)

__all__ = ["network"]  # a fixture
EN = Texts("en")


def side_by_side(at: AppTest, what: str = "", **chosen: str) -> AppTest:
    """Lay two side by side; what is chosen for the left or the right is a key or a name."""
    at.session_state["mode"] = "two"
    at.run()
    if what:
        at.button_group(key="two-what").set_value(what).run()
    for side, value in chosen.items():
        at.selectbox(key=f"two-{side}-{what}").set_value(value).run()
    assert not at.exception
    return at


def sides(at: AppTest) -> list[dict[str, Any]]:
    """What the viewer is sent of the two, with the parts in the places of their numbers."""
    header, parts = viewer(at)
    found = []
    for side in header["sides"]:
        maps = side.get("maps", {})
        drawn = maps.get(at.session_state["target"], {}) if maps else {}
        found.append(side | {"drawn": drawn, "values": parts[drawn["values"]] if drawn else b""})
    return found


def shows(at: AppTest, *wanted: tuple[Explanation, str], top: float | None = None) -> bool:
    """Whether the two are these maps, on their own scales or up to one top."""
    return [(side["values"], side["drawn"]["most"]) for side in sides(at)] == [
        (
            explanation.map(name).tobytes(),
            top if top is not None else float(explanation.map(name).max()),
        )
        for explanation, name in wanted
    ]


def offered(at: AppTest) -> list[str]:
    """What can be taken away."""
    return [button.label for button in at.get("download_button")]


def sure(rgb) -> Rice:
    """Rice on the left half."""
    likelihood = np.zeros(rgb.shape[:2], np.float32)
    likelihood[:, : rgb.shape[1] // 2] = 1
    return Rice(likelihood, 1.0, "")


def second(folder: Path, monkeypatch: pytest.MonkeyPatch, names=("A", "B", "C")) -> Network:
    """Another model is installed, that says the opposite."""
    install(folder, "rice-other", "Other", "ベツ", names)
    first, other = Network(), Network(len(names))
    other.weights = -other.weights
    monkeypatch.setattr(
        model_pool,
        "open_explainer",
        lambda path, cache=None: (
            explainer_of(other, names) if path.name == "rice-other" else explainer_of(first)
        ),
    )
    return other


def test_one_photo_offers_it_quietly_and_the_way_back(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    assert "two-what" not in [each.key for each in at.button_group]
    assert "mode" not in [each.key for each in at.button_group]
    at.button(key="two-offer").click().run()
    assert not at.exception
    group = at.button_group(key="two-what")
    assert group.options == [EN("compare.what.classes"), EN("compare.what.methods")]
    at.button_group(key="mode").set_value("one").run()
    assert len(shown(at)) == 3
    assert at.button(key="two-offer")


def test_two_photos_stand_on_one_scale(network):
    at = side_by_side(drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2))), "photos")
    one, other = explained(network, jpeg(1)), explained(network, jpeg(2))
    top = max(float(each.map(each.predicted).max()) for each in (one, other))
    assert shows(at, (one, one.predicted), (other, other.predicted), top=top)
    assert one.predicted != other.predicted
    assert EN.plain("compare.legend.shared") in said(at)
    sentence = EN(
        "difference.photos.other",
        left_predicted=one.predicted,
        right_predicted=other.predicted,
        left=EN.percent(float(one.scores.max())),
        right=EN.percent(float(other.scores.max())),
    )
    assert f"**{sentence}**" in said(at)
    assert "same place" not in said(at)  # of two photos no place can be compared
    assert EN("difference.rice.neither") in said(at)
    ratio = float(one.map(one.predicted).max() / other.map(other.predicted).max())
    stronger = "left" if ratio > 1 else "right"
    if max(ratio, 1 / ratio) >= 1.25:
        assert EN(f"difference.strength.{stronger}", times=f"{max(ratio, 1 / ratio):.1f}") in said(
            at
        )


def test_the_left_photo_is_the_one_in_view_and_they_can_change_places(network):
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)), ("c.jpg", jpeg(3)))
    side_by_side(at, "photos")
    left, right = at.selectbox(key="two-left-photos"), at.selectbox(key="two-right-photos")
    assert left.options == ["1 · a.jpg", "2 · b.jpg", "3 · c.jpg"]
    assert right.options == ["2 · b.jpg", "3 · c.jpg"]
    a, b = left.value, right.value
    left.set_value(b).run()
    assert at.session_state["session"].selected == b
    assert at.selectbox(key="two-right-photos").value == a
    at.button_group(key="mode").set_value("one").run()
    assert at.session_state["session"].selected == b
    assert not at.exception


def test_two_classes_are_asked_for_without_running_the_network(network, monkeypatch):
    monkeypatch.setattr(rice_masks, "find_rice", sure)
    at = drop(page(), ("a.jpg", jpeg(1)))
    calls = network.calls
    side_by_side(at, "classes", right="C")
    assert network.calls == calls
    one = explained(network, jpeg(1))
    left = at.selectbox(key="two-left-classes").value
    assert left == one.predicted
    found = compare(one, one, (left, "C"), (sure(np.zeros((40, 60, 3))).mask(),) * 2)
    scores = dict(zip("ABC", map(float, one.scores), strict=True))
    for name in (left, "C"):
        words = EN.plain("compare.class", target=name, score=EN.percent(scores[name]))
        assert words in said(at)
    for told in sentences(EN, found, True, True, True):
        assert told.text in said(at)
    assert EN.plain("compare.legend.shared") in said(at)
    assert viewer(at)[0]["panel"]["targets"] == []  # each side has its own
    assert all(side["drawn"]["where"] for side in sides(at))
    # What is chosen on the left holds for the whole page.
    other = next(name for name in "AB" if name != left)
    at.selectbox(key="two-left-classes").set_value(other).run()
    assert at.session_state["target"] == other


def test_nothing_is_said_of_heat_that_is_not_there(network):
    seed, none = next(
        (seed, name)
        for seed in range(100)
        for name in "ABC"
        if explained(network, jpeg(seed)).map(name).max() <= 0
    )
    at = side_by_side(drop(page(), ("a.jpg", jpeg(seed))), "classes", right=none)
    assert EN.plain("nowhere.for", target=none) in said(at)
    assert "same place" not in said(at)
    assert sides(at)[1]["drawn"]["nothing"]


def test_two_methods_that_are_the_same_are_not_offered(network):
    at = side_by_side(drop(page(), ("a.jpg", jpeg(1))), "methods")
    left, right = at.selectbox(key="two-left-methods"), at.selectbox(key="two-right-methods")
    assert (left.value, right.value) == (OWN, "grad-cam++")
    for name in SAME_BEHIND_POOLING:
        assert not any(EN.named(name) in option for option in [*left.options, *right.options])
    right.set_value("layer-cam").run()
    assert not at.exception
    one = explained(network, jpeg(1))
    other = explained(network, jpeg(1), ExplainRequest("layer-cam"))
    assert shows(at, (one, one.predicted), (other, one.predicted))
    found = compare(one, other, (one.predicted, one.predicted))
    assert EN.plain("compare.legend.methods") in said(at)
    assert percent(EN, found.overlap) in said(at).replace("\\", "")
    score = EN.percent(float(one.scores.max()))
    assert EN("difference.methods", predicted=one.predicted, score=score) in said(at)


def test_two_models_disagree_and_each_has_its_own_scale(network, tmp_path, monkeypatch):
    other = second(tmp_path, monkeypatch)
    at = side_by_side(drop(page(), ("a.jpg", jpeg(1))), "models")
    assert at.selectbox(key="two-left-models").options == ["Sixty-four", "Other"]
    one, two = explained(network, jpeg(1)), explained(other, jpeg(1))
    assert one.predicted != two.predicted
    sentence = EN(
        "difference.models.other",
        left_predicted=one.predicted,
        right_predicted=two.predicted,
        left=EN.percent(float(one.scores.max())),
        right=EN.percent(float(two.scores.max())),
    )
    assert f"**{sentence}**" in said(at)
    assert EN.plain("compare.legend.models") in said(at)
    assert EN("difference.rice.unknown") in said(at)
    assert shows(at, (one, one.predicted), (two, two.predicted))
    # The other model on the left is the page's model.
    key = at.selectbox(key="two-right-models").value
    before = at.selectbox(key="two-left-models").value
    at.selectbox(key="two-left-models").set_value(key).run()
    assert not at.exception
    assert at.selectbox(key="model").value == key
    assert at.selectbox(key="two-right-models").value == before


def test_no_model_is_asked_before_somebody_looks(network, tmp_path, monkeypatch):
    other = second(tmp_path, monkeypatch)
    at = side_by_side(drop(page(), ("a.jpg", jpeg(1))), "classes")
    assert other.calls == 0
    at.button_group(key="two-what").set_value("models").run()
    assert other.calls == 1


def test_a_model_of_grains_is_no_choice(network, tmp_path):
    (tmp_path / "grains").mkdir()
    grains = {"grounds": ["wood"], "grains": 9, "accuracy": 1.0, "interval": [0.7, 1.0]}
    card = Card(
        class_names(["A", "B", "C"]), Input(64, 64), {"en": "Grains", "ja": "粒"}, grains=grains
    )
    write_card(card, tmp_path / "grains")
    at = side_by_side(drop(page(), ("a.jpg", jpeg(1))))
    assert EN("compare.what.models") not in at.button_group(key="two-what").options


def test_a_model_that_fails_is_reported_beside_the_other(network, tmp_path, monkeypatch):
    second(tmp_path, monkeypatch)
    opened = model_pool.open_explainer

    def broken(path, cache=None):
        if path.name == "rice-other":
            raise ModelError("model_shape", "The model has no shape. Choose another.")
        return opened(path, cache)

    monkeypatch.setattr(model_pool, "open_explainer", broken)
    at = side_by_side(drop(page("ja"), ("a.jpg", jpeg(1))), "models")
    left, right = sides(at)
    assert left["drawn"]
    assert TABLES["ja"]["errors.model_shape"][:8] in right["problem"]
    assert not at.error


def test_a_model_without_the_class_says_so(network, tmp_path, monkeypatch):
    second(tmp_path, monkeypatch, ("A", "D"))
    at = drop(page(), ("a.jpg", jpeg(1)))
    at.session_state["target"] = "B"
    side_by_side(at, "models")
    left, right = sides(at)
    assert left["drawn"]
    assert right["problem"] == EN.plain("compare.lacks", model="Other", target="B")
    offers = [each["name"] for each in viewer(at)[0]["panel"]["targets"]]
    assert offers == [PREDICTED, "A"]
    assert offered(at) == []
    at.session_state["target"] = ""
    at.run()
    assert all(side["drawn"] for side in sides(at))  # each model's own answer
    assert offered(at) == [EN("download.both")]


@pytest.mark.slow
def test_all_is_said_in_japanese(network, tmp_path, monkeypatch):
    second(tmp_path, monkeypatch)
    monkeypatch.setattr(rice_masks, "find_rice", sure)
    at = drop(page("ja"), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    for what in COMPARED:
        side_by_side(at, what)
        assert all(side["drawn"] for side in sides(at))
        text = said(at)
        assert "お米の上" in text
        assert "Left" not in text
        assert "heat" not in text


def test_what_is_seldom_asked_holds_side_by_side_and_leads_back(network):
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    at.session_state["kind"] = "against"
    side_by_side(at, "photos")
    assert "the evidence against" in said(at)
    at.button(key="back").click().run()
    assert "the evidence against" not in said(at)
    at.session_state["method"] = "eigen-cam"
    at.run()
    assert EN("compare.what.classes") not in at.button_group(key="two-what").options
    assert not at.exception


def test_photos_of_one_scale_that_no_method_has_are_on_their_own(network):
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    at.session_state["method"] = "grad-cam++"
    side_by_side(at, "photos")
    assert EN.plain("compare.legend.own") in said(at)
    assert "times as strong" not in said(at)


def test_all_photos_and_one_are_where_they_were(network):
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    group = at.button_group(key="mode")
    assert group.options == [EN("mode.one"), EN("mode.all", count=2), EN("mode.two")]
    group.set_value("all").run()
    assert not at.exception
    at.button_group(key="mode").set_value("two").run()
    assert not at.exception
    assert all(side["drawn"] for side in sides(at))
