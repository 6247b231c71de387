"""Chart of deletion and insertion curves, with the range of chance."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.evidence.deletion_insertion import Curves
from core.evidence.masked_input import Floats
from dashboard.i18n.translate import Texts

_OURS, _CHANCE = "#3d8a63", "#a59e8d"
_HEIGHT = 250
# Vega names axes, legends and marks in English; the chart's own description is in both languages.
_UNNAMED = {part: {"aria": False} for part in ("axis", "legend", "mark")}
_SHARE = {"format": "%", "values": [0, 0.5, 1], "grid": False}


def draw(say: Texts, curves: Curves, target: str) -> None:
    """Draw deletion and insertion side by side, each beside places picked at random.

    Args:
        say: The texts.
        curves: Both.
        target: The class, as plain text.
    """
    # In a random order read backwards, what was deleted last comes first.
    pairs = {
        "deletion": (curves.deletion, curves.random),
        "insertion": (
            curves.insertion,
            curves.random[:, ::-1],
        ),
    }
    for column, (name, (ours, random)) in zip(
        st.columns(2, gap="medium"), pairs.items(), strict=True
    ):
        with column:
            st.caption(say(f"curve.{name}", target=target))
            spec = _chart(say, curves.shares, ours, random, say.plain(f"curve.{name}.x"))
            spec["description"] = say.plain(f"curve.{name}", target=target)
            st.vega_lite_chart(spec, width="stretch", key=f"curve-{name}")


def _chart(say: Texts, shares: Floats, ours: Floats, random: Floats, across: str) -> dict[str, Any]:
    """A chart in Vega-Lite's grammar."""
    labels = [say.plain("curve.ours"), say.plain("curve.random")]
    lines = [
        {"x": float(x), "y": float(y), "line": label}
        for label, line in zip(labels, (ours, random.mean(axis=0)), strict=True)
        for x, y in zip(shares, line, strict=True)
    ]
    reach = [
        {"x": float(x), "y": float(low), "high": float(high)}
        for x, low, high in zip(shares, random.min(axis=0), random.max(axis=0), strict=True)
    ]
    x = {"field": "x", "type": "quantitative", "title": across, "axis": _SHARE}
    y = {
        **{"field": "y", "type": "quantitative", "title": None},
        **{"axis": _SHARE, "scale": {"domain": [0, 1]}},
    }
    colour = {
        "field": "line",
        "type": "nominal",
        "scale": {"domain": labels, "range": [_OURS, _CHANCE]},
        "legend": {"orient": "bottom", "title": None},
    }
    return {
        "height": _HEIGHT,
        "config": _UNNAMED,
        "layer": [
            {
                "data": {"values": reach},
                "mark": {"type": "area", "color": _CHANCE, "opacity": 0.25},
                "encoding": {"x": x, "y": y, "y2": {"field": "high"}},
            },
            {
                "data": {"values": lines},
                "mark": {"type": "line"},
                "encoding": {"x": x, "y": y, "color": colour},
            },
        ],
    }
