"""The model card on the page."""

from __future__ import annotations

from core.models.card import Card, Input, class_names, write_card
from dashboard.i18n.translate import TABLES
from tests.support.page import (
    page,
    said,
)


def test_the_models_card_is_shown_in_words(network, tmp_path):
    (tmp_path / "rice-224").mkdir()
    data = {"name": "rendered scenes", "photos": 180, "licence": "CC0"}
    measured = {"on": "test", "photos": 87, "accuracy": 0.9885, "interval": [0.9377, 0.998]}
    card = Card(
        class_names(["A", "B"]),
        Input(224, 224, geometry="crop"),
        training={"seed": 0, "epochs": 1, "weights": "none", "data": [data]},
        measured={**measured, "confusion": [[1, 0], [0, 1]]},
    )
    write_card(card, tmp_path / "rice-224")
    text = said(page("en")).replace("\\", "")
    for fact in (
        "A, B",
        "98.9 % of 87",
        "94 % to 99.8 %",
        "180 pictures",
        "computer-generated pictures · CC0",
    ):
        assert fact.replace(" %", "%") in text.replace("(95%", "")
    assert "224 × 224 pixels" in text
    assert TABLES["en"]["about.geometry.crop"] in text


def test_the_chart_is_drawn_where_the_card_is_open(network, tmp_path):
    (tmp_path / "rice-224").mkdir()
    bins = [{"low": 0.9, "high": 1.0, "photos": 60, "confidence": 0.97, "right": 0.95}]
    calibration = {"photos": 60, "error": 0.02, "interval": [0.01, 0.05], "by_chance": 0.03}
    calibration |= {"brier": 0.1, "bins": bins}
    write_card(
        Card(class_names(["A", "B"]), Input(224, 224), calibration=calibration),
        tmp_path / "rice-224",
    )
    at = page("en")
    assert not at.get("vega_lite_chart")
    at.session_state["about"] = True
    assert len(at.run().get("vega_lite_chart")) == 1
