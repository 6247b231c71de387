"""Advanced options: kind of map, method, layers, upsampling and scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core.explain.request import LIBRA_GRAD, OWN, SCORE_CAM, ExplainRequest
from core.models.card import Card
from dashboard.i18n import phrases
from dashboard.i18n.translate import Texts, escape
from dashboard.state import controls
from dashboard.state.callback import guarded
from dashboard.state.controls import RUNNER_UP, SCALES, drawn
from dashboard.state.explain_options import ExplainOptions
from dashboard.state.view_state import PhotoView
from dashboard.work.model_pool import PooledModel

_FEW = 8  # classes that fit into a row of buttons


def draw(
    say: Texts,
    loaded: PooledModel,
    options: ExplainOptions,
    request: ExplainRequest,
    several: bool,
) -> None:
    """Draw what can be chosen.

    Args:
        say: The texts.
        loaded: The model.
        options: What can be chosen.
        request: What is.
        several: Whether there are several photos.
    """
    left, right = st.columns(2, gap="large")
    with left:
        _draw_kind(say, loaded.explainer.card, options)
        _draw_method(say, loaded, options, request)
    with right:
        _draw_layers(say, loaded, options, request)
        _draw_fineness(say, loaded, options, request)
    if several and options.comparable:
        st.segmented_control(
            say("scale"),
            SCALES,
            format_func=lambda name: say(f"scale.{name}"),
            key=drawn("scale"),
            required=True,
            help=say("scale.help"),
        )


def draw_changes(say: Texts, view: PhotoView, options: ExplainOptions) -> None:
    """Say what is not the default, so that nobody forgets it, and offer the way back."""
    with st.container(key="changed", horizontal=True, vertical_alignment="center"):
        parts = _changes(say, view, options)
        if parts:
            st.caption(say("changed", parts=" · ".join(parts)), width="content")
            st.button(
                say("changed.back"),
                key="back",
                on_click=guarded(controls.reset_request),
                type="tertiary",
            )


def _changes(say: Texts, view: PhotoView, options: ExplainOptions) -> list[str]:
    """What differs from the default, as plain texts."""
    request, parts = view.request, []
    if request.contrast_class or request.negate:
        parts.append(view.shows(say))
    if request.method != options.methods[0]:
        parts.append(say.named(request.method))
    if request.layers:
        grids = say.plain("cells.and").join(
            say.plain("grid", rows=rows, columns=columns)
            for rows, columns in dict.fromkeys(layer.map_grid for layer in options.chosen_layers)
        )
        parts.append(say.plain("changed.layers", grids=grids))
    if request.upsampling > 1:
        rows, columns = options.grid(request.upsampling)
        parts.append(say.plain("changed.finer", rows=rows, columns=columns))
    return parts


def _draw_kind(say: Texts, card: Card, options: ExplainOptions) -> None:
    if len(options.kinds) > 1:
        _row(say, "kind", options.kinds, {kind: say(f"kind.{kind}") for kind in options.kinds})
    if options.contrast is not None:
        names = {name: escape(say.of_class(name, card)) for name in options.contrasts}
        labels = {RUNNER_UP: say("other.runner_up"), **names}
        if len(labels) <= _FEW:
            _row(say, "other", labels, labels)
        else:
            st.selectbox(say("other"), labels, format_func=labels.__getitem__, key=drawn("other"))


def _draw_method(
    say: Texts, loaded: PooledModel, options: ExplainOptions, request: ExplainRequest
) -> None:
    costly = replace(request, method=SCORE_CAM, upsampling=1)
    labels = {name: say(f"method.{options.named(name)}") for name in options.methods}
    labels[SCORE_CAM] += _duration(say, loaded.seconds(costly))
    _row(say, "method", labels, labels)
    st.caption(say(f"explains.{options.named(request.method)}"))
    if options.own_method == LIBRA_GRAD != options.named(request.method):
        st.caption(say("beside_attention", own=labels[OWN]))
    if options.same:
        methods = [say.named(name) for name in options.same]
        st.caption(say("method.same", first=methods[0], second=methods[1]))


def _draw_layers(
    say: Texts, loaded: PooledModel, options: ExplainOptions, request: ExplainRequest
) -> None:
    if len(options.layers) == 1:
        return
    shown = options.layers[::-1]
    labels = {}
    for layer in shown:
        place = (
            "last"
            if layer is shown[0]
            else "same"
            if layer.map_grid == shown[0].map_grid and options.own_method != LIBRA_GRAD
            else "early"
        )
        label = say(f"layers.{place}", cells=phrases.cells(say, layer.map_grid))
        alone = replace(request, layers=(layer.name,), upsampling=1)
        labels[layer.name] = label + _duration(say, loaded.seconds(alone))
    names = ", ".join(labels)
    st.pills(
        say("layers"),
        list(labels),
        format_func=labels.__getitem__,
        selection_mode="multi",
        key=drawn("layers"),
        help=say("layers.help", names=names),
    )
    st.caption(say("layers.fused" if len(options.chosen_layers) > 1 else "layers.about"))


def _draw_fineness(
    say: Texts, loaded: PooledModel, options: ExplainOptions, request: ExplainRequest
) -> None:
    if len(options.upsamplings) == 1:
        return
    labels = {}
    for times in options.upsamplings:
        rows, columns = options.grid(times)
        key = "finer.own" if times == 1 else "grid"
        seconds = loaded.seconds(replace(request, upsampling=times)) if times > 1 else 0.0
        labels[times] = say(key, rows=rows, columns=columns) + _duration(say, seconds)
    _row(say, "finer", labels, labels)


def _row(say: Texts, key: str, options: Iterable[Any], labels: Mapping[Any, str]) -> None:
    st.pills(
        say(key),
        list(options),
        format_func=labels.__getitem__,
        key=drawn(key),
        required=True,
        help=say(f"{key}.help"),
    )


def _duration(say: Texts, seconds: float) -> str:
    """What a choice takes, behind its label."""
    duration = phrases.duration(say, seconds)
    return say("duration", duration=duration) if duration else ""
