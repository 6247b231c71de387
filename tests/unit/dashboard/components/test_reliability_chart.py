"""The reliability diagram on the model's card."""

from __future__ import annotations

from dataclasses import replace

import pytest
import streamlit as st

from core.models.calibration import Bin
from core.models.card import Card, Input, class_names
from dashboard.components import reliability_chart
from dashboard.i18n.translate import Texts

BINS = (Bin(0.5, 0.6, 4, 0.55, 0.5), Bin(0.9, 1.0, 64, 0.97, 62 / 64))
MEASURED = {"photos": 68, "error": 0.02, "by_chance": 0.03}
CARD = Card(class_names(["a", "b"]), Input(8, 8), calibration=MEASURED)


def drawn(monkeypatch, language, card=CARD):
    """What is drawn and said."""
    specs, captions = [], []
    monkeypatch.setattr(st, "vega_lite_chart", lambda spec, **_: specs.append(spec))
    monkeypatch.setattr(st, "caption", captions.append)
    reliability_chart.draw(Texts(language), card, BINS)
    return specs[0], " ".join(captions).replace("\\", "")


def test_each_bar_is_as_high_as_its_photos_are_right(monkeypatch):
    spec, said = drawn(monkeypatch, "en")
    bars = spec["layer"][0]["data"]["values"]
    assert [(each["low"], each["high"], each["right"]) for each in bars] == [
        (0.5, 0.6, 0.5), (0.9, 1.0, 62 / 64),
    ]  # fmt: skip
    assert "Of the 64 photos at 90–100%, 62 were right; on average it had said 97" in said
    assert "Of the 4 photos at 50–60%, 2 were right" in spec["description"]
    assert "off by 2" in said


@pytest.mark.parametrize(
    ("tested", "said"),
    [
        (None, "The chart is of 68 photos of known variety. "),
        (68, "The chart is of the same 68 photos. "),
        (300, "The chart is of 68 photos of known variety, not of the 300 above. "),
    ],
)
def test_it_says_which_photos_it_is_of(monkeypatch, tested, said):
    measured = {} if tested is None else {"photos": tested}
    assert said in drawn(monkeypatch, "en", replace(CARD, measured=measured))[1]


def test_it_speaks_japanese(monkeypatch):
    spec, said = drawn(monkeypatch, "ja")
    assert "確率が90〜100%だった写真64枚のうち、62枚が正解でした" in said
    assert spec["layer"][0]["encoding"]["x"]["title"] == "判定の確率"
