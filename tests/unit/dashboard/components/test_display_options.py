"""The controls of how a photo is shown."""

from __future__ import annotations

import streamlit as st

from core.explain.request import ExplainRequest
from core.models.card import Card, Input, class_names
from dashboard.components import display_options
from dashboard.i18n.translate import Texts
from dashboard.state.controls import PREDICTED

EN = Texts("en")


def test_many_classes_are_a_list_and_few_are_buttons(monkeypatch, state):
    drawn = []
    for widget in ("pills", "selectbox"):
        monkeypatch.setattr(
            st,
            widget,
            lambda label, options, *, widget=widget, **_: drawn.append((widget, label, options)),
        )
    few, many = (
        Card(class_names([f"{number}" for number in range(count)]), Input(64, 64))
        for count in (display_options.FEW - 1, display_options.FEW)
    )
    display_options.draw_target(EN, few, ExplainRequest())
    display_options.draw_target(EN, many, ExplainRequest(contrast_class="3"))
    assert drawn == [
        ("pills", EN("target.for", other=""), [PREDICTED, *few.names]),
        ("selectbox", EN("target.rather", other="3"), [PREDICTED, *many.names]),
    ]
