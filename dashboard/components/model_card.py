"""Model card in words: training data and accuracy."""

from __future__ import annotations

import streamlit as st

from core.models.calibration import bins_of_card
from core.models.card import Card
from dashboard.components import reliability_chart
from dashboard.i18n.translate import Texts
from dashboard.work.model_pool import Model


def draw(say: Texts, model: Model) -> None:
    """Draw what is known of the model."""
    title = say.of_model(model.name, model.card)
    with st.expander(say("about", model=title), key="about", on_change="rerun") as inside:
        st.markdown("\n".join(f"- {fact}" for fact in _facts(say, model.card)))
        bins = bins_of_card(model.card.calibration)
        if bins and inside.open:  # closed, a chart keeps the width that it had
            reliability_chart.draw(say, model.card, bins)


def _facts(say: Texts, card: Card) -> list[str]:
    classes = ", ".join(say.of_class(name, card) for name in card.names)
    facts = [say("about.classes", classes=classes)]
    measured = card.measured
    if measured:
        low, high = (say.percent(end) for end in measured["interval"])
        share, photos = say.percent(measured["accuracy"]), measured["photos"]
        key = f"about.accuracy.{measured['on']}"
        facts.append(say(key, accuracy=share, photos=photos, low=low, high=high))
    else:
        facts.append(say("about.unmeasured"))
    for data in card.training.get("data", ()):
        source = [say.of_card(data["name"]), data.get("source"), data.get("licence")]
        facts.append(
            say("about.data", photos=data["photos"], source=" · ".join(filter(None, source)))
        )
    geometry = say.plain(f"about.geometry.{card.input.geometry}")
    height, width = card.input.size
    facts.append(say("about.input", width=width, height=height, geometry=geometry))
    if card.architecture:
        facts.append(say("about.architecture", architecture=say.of_card(card.architecture)))
    return facts + [say("about.assumed", assumption=each) for each in card.assumptions]
