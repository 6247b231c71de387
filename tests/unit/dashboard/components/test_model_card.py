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
    at = page("en")
    assert TABLES["en"]["about.geometry.crop"] not in said(at)
    at.session_state["about"] = True
    text = said(at.run()).replace("\\", "")
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
