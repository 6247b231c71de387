"""What is seldom asked for: another question, method, layer or fineness, colours and scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core.explain.request import SCORE_CAM
from core.models.card import Card
from dashboard.components import display_options
from dashboard.components.display_options import Drawing
from dashboard.i18n import phrases
from dashboard.i18n.translate import Texts, escape
from dashboard.state.explain_options import RUNNER_UP, Choices
from dashboard.work.model_pool import Shared


def draw(say: Texts, shared: Shared, possible: Choices, how: Drawing, several: bool) -> None:
    """Draw what can be chosen.

    Args:
        say: The texts.
        shared: The model.
        possible: What can be chosen.
        how: What is.
        several: Whether there are several photos.
    """
    left, right = st.columns(2, gap="large")
    with left:
        _question(say, shared.explainer.card, possible)
        _method(say, shared, possible, how)
    with right:
        _layers(say, shared, possible, how)
        _fineness(say, shared, possible, how)
    left, right = st.columns(2, gap="large")
    with left:
        display_options.draw_colors(say)
    with right:
        if several and possible.comparable:
            display_options.draw_scale(say)


def changed(say: Texts, card: Card, possible: Choices, how: Drawing) -> list[str]:
    """What differs from the default, as plain texts."""
    parts = []
    if how.request.contrast_class or how.request.negate:
        parts.append(phrases.what(say, card, how))
    if possible.request.method != possible.methods[0]:
        parts.append(say.named(possible.request.method))
    if possible.request.layers:
        grids = say.plain("cells.and").join(
            say.plain("grid", rows=rows, columns=columns)
            for rows, columns in dict.fromkeys(layer.grid for layer in possible.chosen)
        )
        parts.append(say.plain("changed.layers", grids=grids))
    if how.request.upsampling > 1:
        rows, columns = possible.grid(how.request.upsampling)
        parts.append(say.plain("changed.finer", rows=rows, columns=columns))
    return parts


def _question(say: Texts, card: Card, possible: Choices) -> None:
    if len(possible.kinds) > 1:
        _row(say, "kind", possible.kinds, {kind: say(f"kind.{kind}") for kind in possible.kinds})
    if possible.other is not None:
        names = {name: escape(say.of_class(name, card)) for name in possible.others}
        labels = {RUNNER_UP: say("other.runner_up"), **names}
        if len(labels) <= display_options.FEW:
            _row(say, "other", labels, labels)
        else:
            st.selectbox(say("other"), labels, format_func=labels.__getitem__, key="other")


def _method(say: Texts, shared: Shared, possible: Choices, how: Drawing) -> None:
    costly = replace(how.request, method=SCORE_CAM, upsampling=1)
    labels = {name: say(f"method.{name}") for name in possible.methods}
    labels[SCORE_CAM] += _price(say, shared.seconds(costly))
    _row(say, "method", labels, labels)
    st.caption(say(f"explains.{possible.request.method}"))
    if possible.same:
        methods = [say.named(name) for name in possible.same]
        st.caption(say("method.same", first=methods[0], second=methods[1]))


def _layers(say: Texts, shared: Shared, possible: Choices, how: Drawing) -> None:
    if len(possible.layers) == 1:
        return
    shown = possible.layers[::-1]
    labels = {}
    for layer in shown:
        place = "last" if layer is shown[0] else "same" if layer.grid == shown[0].grid else "early"
        label = say(f"layers.{place}", cells=phrases.cells(say, layer.grid))
        alone = replace(how.request, layers=(layer.name,), upsampling=1)
        labels[layer.name] = label + _price(say, shared.seconds(alone))
    names = ", ".join(labels)
    st.pills(
        say("layers"),
        list(labels),
        format_func=labels.__getitem__,
        selection_mode="multi",
        key="layers",
        help=say("layers.help", names=names),
    )
    st.caption(say("layers.fused" if len(possible.chosen) > 1 else "layers.about"))


def _fineness(say: Texts, shared: Shared, possible: Choices, how: Drawing) -> None:
    if len(possible.upsampling) == 1:
        return
    labels = {}
    for times in possible.upsampling:
        rows, columns = possible.grid(times)
        key = "finer.own" if times == 1 else "grid"
        seconds = shared.seconds(replace(how.request, upsampling=times)) if times > 1 else 0.0
        labels[times] = say(key, rows=rows, columns=columns) + _price(say, seconds)
    _row(say, "finer", labels, labels)


def _row(say: Texts, key: str, options: Iterable[Any], labels: Mapping[Any, str]) -> None:
    st.pills(
        say(key),
        list(options),
        format_func=labels.__getitem__,
        key=key,
        required=True,
        help=say(f"{key}.help"),
    )


def _price(say: Texts, seconds: float) -> str:
    """A price behind a choice's label."""
    told = phrases.price(say, seconds)
    return say("price", price=told) if told else ""
