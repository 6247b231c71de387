"""Reliability diagram: how many photos are right at each probability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.models.calibration import Bin
from core.models.card import Card
from dashboard.i18n.translate import Texts

_RIGHT, _EXACT = "#3d8a63", "#6a655b"
_HEIGHT = 250
# Vega names axes and marks in English; the chart's own description is in both languages.
_UNNAMED = {part: {"aria": False} for part in ("axis", "mark")}


def draw(say: Texts, card: Card, bins: Sequence[Bin]) -> None:
    """Draw the diagram, and say in words what it shows, and of which photos.

    Args:
        say: The texts.
        card: The model's, with its calibration.
        bins: The calibration's bins; at least one.
    """
    calibration, tested = card.calibration, card.measured.get("photos")
    photos, most = calibration["photos"], max(bins, key=lambda each: each.photos)
    of = "alone" if tested is None else "same" if tested == photos else "others"
    which = say(f"about.reliability.{of}", photos=photos, tested=tested)
    st.caption(f"{which} {_sentence(say, most)} {say('about.reliability.chart')}")
    spec = _chart(say, bins)
    spec["description"] = " ".join(_sentence(say, each, plain=True) for each in bins)
    st.vega_lite_chart(spec, width="stretch", key="reliability")
    error, chance = (say.percent(calibration[name]) for name in ("error", "by_chance"))
    st.caption(say("about.reliability.error", photos=photos, error=error, chance=chance))


def _sentence(say: Texts, each: Bin, plain: bool = False) -> str:
    facts = {
        "photos": each.photos,
        "right": round(each.right * each.photos),
        "range": _range(say, each),
        "said": say.percent(each.confidence),
    }
    return (say.plain if plain else say)("about.reliability", **facts)


def _range(say: Texts, each: Bin) -> str:
    low, high = (f"{100 * end:.0f}" for end in (each.low, each.high))
    return say.plain("about.reliability.range", low=low, high=high)


def _chart(say: Texts, bins: Sequence[Bin]) -> dict[str, Any]:
    """A chart in Vega-Lite's grammar."""
    bars = [
        {
            "low": each.low,
            "high": each.high,
            "right": each.right,
            "zero": 0,
            "middle": (each.low + each.high) / 2,
            "photos": each.photos,
            "says": _sentence(say, each, plain=True),
        }
        for each in bins
    ]
    share = {"format": "%", "values": [0, 0.2, 0.4, 0.6, 0.8, 1], "grid": False}

    def axis(field: str, title: str) -> dict[str, Any]:
        scale = {"domain": [0, 1]}
        named = {"title": say.plain(title), "axis": share, "scale": scale}
        return {"field": field, "type": "quantitative", **named}

    x, y = axis("low", "about.reliability.x"), axis("right", "about.reliability.y")
    line = {"x": {**x, "field": "at"}, "y": {**y, "field": "at"}}
    return {
        "height": _HEIGHT,
        "config": _UNNAMED,
        "layer": [
            {
                "data": {"values": bars},
                "mark": {"type": "rect", "color": _RIGHT, "opacity": 0.85},
                "encoding": {
                    **{"x": x, "x2": {"field": "high"}, "y": y, "y2": {"field": "zero"}},
                    "tooltip": {"field": "says", "title": " "},
                },
            },
            {
                "data": {"values": bars},
                "mark": {"type": "text", "color": "white", "baseline": "bottom", "dy": -6},
                "encoding": {
                    **{"x": {**x, "field": "middle"}, "y": {**y, "field": "zero"}},
                    "text": {"field": "photos"},
                },
            },
            {
                "data": {"values": [{"at": 0}, {"at": 1}]},
                "mark": {"type": "line", "color": _EXACT, "strokeDash": [4, 4]},
                "encoding": line,
            },
        ],
    }
