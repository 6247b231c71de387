"""The top of the page: its name, the model and the language."""

from __future__ import annotations

import streamlit as st

from core.card import Card
from dashboard.models import installed
from dashboard.texts import DEFAULT_LANGUAGE, TABLES, Texts, escape


def spoken() -> Texts:
    """The reader's language: as chosen, else as the address says, else as the browser prefers."""
    browser = (st.context.locale or "").split("-")[0].lower()
    wanted = st.session_state.get("language") or st.query_params.get("lang") or browser
    st.session_state.language = wanted if wanted in TABLES else DEFAULT_LANGUAGE
    return Texts(st.session_state.language)


def draw(say: Texts) -> tuple[str, Card]:
    """Draw the header.

    Returns:
        The chosen model's name and card.

    Raises:
        ModelError: If there is no model to choose.
    """
    with st.container(key="header", horizontal=True, vertical_alignment="center"):
        with st.container(key="brand", width="stretch", gap=None):
            st.title(say("title"), anchor=False)
            st.caption(say("tagline"))
        model = st.empty()  # filled last: the language can be changed even if no model is there
        st.segmented_control(
            say("language"),
            list(TABLES),
            format_func=lambda language: escape(TABLES[language]["language.own_name"]),
            key="language",
            required=True,
            on_change=_remember_language,
            label_visibility="collapsed",
        )
    cards = installed()
    names = list(cards)
    name = names[0]
    if len(names) > 1:
        name = model.selectbox(
            say("model"),
            names,
            format_func=lambda name: say.of_model(name, cards[name]),
            key="model",
            label_visibility="collapsed",
            width=260,
        )
    return name, cards[name]


def _remember_language() -> None:
    st.query_params["lang"] = st.session_state.language
