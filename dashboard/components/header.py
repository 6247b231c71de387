"""The top of the page: its name, the model and the language."""

from __future__ import annotations

import streamlit as st

from dashboard.components import model_upload
from dashboard.i18n.translate import DEFAULT_LANGUAGE, TABLES, Texts, escape
from dashboard.state.launch_options import Operator
from dashboard.state.session import Session
from dashboard.work.model_pool import Model, installed


def spoken() -> Texts:
    """The reader's language: as chosen, else as the address says, else as the browser prefers."""
    browser = (st.context.locale or "").split("-")[0].lower()
    wanted = st.session_state.get("language") or st.query_params.get("lang") or browser
    st.session_state.language = wanted if wanted in TABLES else DEFAULT_LANGUAGE
    return Texts(st.session_state.language)


def draw(say: Texts, session: Session, operator: Operator) -> Model:
    """Draw the header.

    Returns:
        The chosen model.

    Raises:
        LensError: If there is no model to choose, or one without a card cannot be opened.
    """
    with st.container(key="header", horizontal=True, vertical_alignment="center"):
        with st.container(key="brand", width="stretch", gap=None):
            st.title(say("title"), anchor=False)
            st.caption(say("tagline"))
        # Filled last: the language can be changed even if no model is there.
        model = st.container(width="content")
        if operator.model_uploads:
            model_upload.draw(say, session)
        st.segmented_control(
            say("language"),
            list(TABLES),
            format_func=lambda language: escape(TABLES[language]["language.own_name"]),
            key="language",
            required=True,
            on_change=_remember_language,
            label_visibility="collapsed",
        )
    if operator.model_uploads:
        model_upload.open_waiting(say, session)
    models = offered(session, operator)
    key = next(iter(models))
    if len(models) > 1:
        if st.session_state.get("model") not in models:
            st.session_state.model = key
        key = model.selectbox(
            say("model"),
            list(models),
            format_func=lambda key: say.of_model(models[key].name, models[key].given),
            key="model",
            label_visibility="collapsed",
            width=260,
        )
    if not models[key].given:
        with st.container(key="looking-into"), st.spinner(say("model.opening")):
            models[key].opened()  # its card is told from what it is
    return models[key]


def offered(session: Session, operator: Operator) -> dict[str, Model]:
    """The models to choose from, by key: the operator's and the visitor's own.

    Raises:
        LensError: If the operator has none.
    """
    own = [session.own.model] if session.own.model else []
    there = installed(operator)
    whole = [each for each in there if not (each.given and each.given.grains)]  # photos, not grains
    return {each.key: each for each in [*(whole or there), *own]}


def _remember_language() -> None:
    st.query_params["lang"] = st.session_state.language
