"""The chart of deletion and insertion."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.evidence.deletion_insertion import Curves
from dashboard.i18n.translate import Texts
from dashboard.views.evidence import curve_chart

EN = Texts("en")


def test_each_curve_stands_beside_the_reach_of_chance(monkeypatch):
    drawn = {}
    monkeypatch.setattr(
        st, "vega_lite_chart", lambda spec, *, key, **_: drawn.update({key: spec["layer"]})
    )
    shares = np.float32([0, 0.5, 1])
    fields = {name: np.float32(0) for name in Curves.__dataclass_fields__}
    curves = Curves(
        **fields
        | {
            "shares": shares,
            "deletion": np.float32([0.9, 0.3, 0.1]),
            "insertion": np.float32([0.1, 0.7, 0.9]),
            "random": np.float32([[0.9, 0.6, 0.1], [0.9, 0.8, 0.1]]),
        }
    )
    curve_chart.draw(EN, curves, "A")
    for name, ours, ends in (
        ("deletion", curves.deletion, (0.9, 0.1)),
        ("insertion", curves.insertion, (0.1, 0.9)),
    ):
        reach, lines = (layer["data"]["values"] for layer in drawn[f"curve-{name}"])
        own = [point["y"] for point in lines if point["line"] == EN.plain("curve.ours")]
        assert np.allclose(own, ours)
        chance = [point["y"] for point in lines if point["line"] == EN.plain("curve.random")]
        assert np.allclose(chance, [ends[0], 0.7, ends[1]])
        assert np.allclose([reach[1]["y"], reach[1]["high"]], [0.6, 0.8])
