"""The page. From the repository root: `streamlit run dashboard/app.py`.

After `--` the operator's options: `--models FOLDER` names another folder of models, with
`--model-uploads` visitors may bring a model of their own, `--photos FOLDER` has photos that they
may look at, and `--notes FILE` keeps their notes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

# Streamlit puts this folder on the path, not the root that `core` and `dashboard` lie in.
sys.path[:] = dict.fromkeys([str(Path(__file__).resolve().parent.parent), *sys.path])

# ruff: noqa: E402
from dashboard.components import (
    file_errors,
    header,
    look,
    model_card,
    photo_strip,
    photo_upload,
    style,
)
from dashboard.components.error_boundary import draw_error, error_boundary
from dashboard.components.place import place
from dashboard.i18n.translate import Texts
from dashboard.state import controls, session_store
from dashboard.state.callback import callback_error
from dashboard.state.launch_options import LaunchOptions, launch_options
from dashboard.state.session import Session
from dashboard.views import address_bar, browser_history, demo, landing, single_photo
from dashboard.views.compare import compare_view
from dashboard.views.review import navigation, review_view
from dashboard.work import next_run
from dashboard.work.evidence_runner import EvidenceRequest, is_evidence_left, run_evidence
from dashboard.work.explain_queue import explain_few, explain_waiting, show_progress
from dashboard.work.model_pool import Model, installed_models


def page(say: Texts) -> None:
    """Draw the page, top to bottom."""
    session, launch = session_store.restored_session(), launch_options()
    works = next_run.is_time_to_work(session)
    controls.keep_unheard(works)
    address_bar.open_link(session, launch)
    model = header.draw(say, session, launch)
    controls.begin_run()
    with st.container(key="bar", horizontal=True, vertical_alignment="center"):
        photo_upload.draw(say, session, launch)
        modes = st.container(key="modes", width="content")
    photo_upload.draw_source(say, session, launch)
    with error_boundary(say):
        answers(say, session, launch, model, works, modes)
    if session.selected or not session.photos:  # not while the first photos are on their way
        address_bar.draw(session, model)
    browser_history.draw(session)
    controls.end_run()


def answers(
    say: Texts,
    session: Session,
    launch: LaunchOptions,
    model: Model,
    works: bool,
    modes: DeltaGenerator,
) -> None:
    """Draw what stands below the choice of model and photos; then work, in a run that `works`."""
    pair = demo.pair(installed_models(launch.models))
    requests: list[EvidenceRequest] = []
    explain_few(session, model)
    explained = session.bring_into_view(model.key)
    if explained:
        controls.start_at_answer(session.selected)
    shows = controls.mode(len(session.explained(model.key))) if explained else ""
    in_view = session.selected if shows == controls.ONE else ""
    # Places that are always there, so that what comes below one stays when it appears; all before
    # anything is drawn, so that what is of before has gone by then.
    progress, trouble, body = (st.container(key=key) for key in ("progress", "troubles", "body"))
    with progress:
        how_far = st.empty()
    with body:
        around = st.container(key="around")
        view = place("view", (model.key, shows, in_view, bool(session.photos)))
    show_progress(say, session, model, how_far)
    with trouble:
        if error := callback_error():
            draw_error(say, error)
        file_errors.draw(say, session, model.key)
    if shows:
        with modes:
            review_view.draw_modes(say, session, model)
    with around:
        if shows:
            with error_boundary(say):
                review_view.draw(say, session, launch, model)
        if shows == controls.ONE:
            navigation.draw(say, session, launch, model)
        if shows in (controls.ONE, controls.TWO):
            photo_strip.draw(say, session, model)
    with view, error_boundary(say):
        if shows == controls.TWO:
            models = header.offered_models(session, launch.models)
            requests += compare_view.draw(say, session, model, models)
        elif shows == controls.ONE:
            requests += demo.draw(say, session, model, pair)
            if not demo.is_undecided(session, model, pair):
                requests += single_photo.draw(say, session, model)
        elif not session.photos:
            landing.draw(say)
            demo.draw_invitation(say, session, pair)
    model_card.draw(say, model)
    look.draw(say)
    # Last, for the pictures come first. What the visitor did meanwhile is heard between two runs.
    more = False
    with trouble, error_boundary(say):
        if works and session.waiting(model.key):
            explain_waiting(say, session, model, how_far)
            more = True  # they are to be drawn
        elif works:
            run_evidence(session, requests)
        more |= bool(session.waiting(model.key)) or is_evidence_left(session, requests)
    if more:
        next_run.request_run(session)


say = header.reader_texts()
st.set_page_config(say.plain("title"), page_icon=str(style.MARK), layout="wide")
style.apply(say)
with error_boundary(say):
    page(say)
