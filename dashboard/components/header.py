"""Header of the page: name, model and language."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.components import model_upload
from dashboard.components.model_upload import UploadedModel
from dashboard.i18n.translate import DEFAULT_LANGUAGE, TABLES, Texts, escape
from dashboard.state.callback import guarded
from dashboard.state.launch_options import LaunchOptions
from dashboard.state.session import Session
from dashboard.work.model_pool import Model, installed_models


def reader_texts() -> Texts:
    """The texts in the language that was chosen, else of the address, else of the browser."""
    if st.session_state.get("language") not in TABLES:
        wanted = st.query_params.get("lang")
        st.session_state.language = wanted if wanted in TABLES else browser_language()
    return Texts(st.session_state.language)


def browser_language() -> str:
    """The page's language that the browser asks for."""
    wanted = (st.context.locale or "").split("-")[0].lower()
    return wanted if wanted in TABLES else DEFAULT_LANGUAGE


def draw(say: Texts, session: Session, launch: LaunchOptions) -> Model:
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
        own = model_upload.draw(say, session) if launch.model_uploads else None
        st.segmented_control(
            say("language"),
            list(TABLES),
            format_func=lambda language: escape(TABLES[language]["language.own_name"]),
            key="language",
            required=True,
            on_change=guarded(_keep_what_has_other_words),
            label_visibility="collapsed",
        )
    if own:
        model_upload.load_waiting(say, session, own)
    models = offered_models(session, launch.models)
    key = next(iter(models))
    if len(models) > 1:
        if st.session_state.get("model") not in models:
            # None yet; or its title in the language of before, from a browser that did not know.
            chosen = st.session_state.get("chosen_model")
            st.session_state.model = chosen if chosen in models else key
        key = st.session_state.chosen_model = model.selectbox(
            say("model"),
            list(models),
            # A browser that shows it only after another run takes the default for chosen.
            index=list(models).index(st.session_state.model),
            format_func=lambda key: say.of_model(models[key].name, models[key].given_card),
            key="model",
            label_visibility="collapsed",
            width=310,  # for the longest name of a shipped model, which is Japanese
        )
    if not models[key].given_card:
        with st.container(key="looking-into"), st.spinner(say("model.opening")):
            models[key].load()  # its card is inferred from its file
    return models[key]


def offered_models(session: Session, folder: Path) -> dict[str, Model]:
    """The models to choose from, by key: those of the operator's folder and the visitor's own.

    Raises:
        LensError: If the operator has none.
    """
    uploaded = session.part(UploadedModel).model
    installed = installed_models(folder)
    # A model of single grains is no choice for whole photos, unless there is no other.
    whole = [each for each in installed if not (each.given_card and each.given_card.grains)]
    return {each.key: each for each in [*(whole or installed), *([uploaded] if uploaded else [])]}


def _keep_what_has_other_words() -> None:
    for key in ("model", "about"):  # lost with the words that they are called by
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]
