"""The page. From the repository root: `streamlit run dashboard/app.py`.

After `--` the operator's options: `--models FOLDER` names another folder of models, with
`--model-uploads` visitors may bring a model of their own, `--photos FOLDER` has photos that they
may look at, and `--notes FILE` keeps their notes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

# Streamlit puts this folder on the path, not the root that `core` and `dashboard` lie in.
sys.path[:] = dict.fromkeys([str(Path(__file__).resolve().parent.parent), *sys.path])

# ruff: noqa: E402
from dashboard.components import (
    file_errors,
    header,
    model_card,
    photo_strip,
    photo_upload,
    style,
)
from dashboard.components.error_boundary import error_boundary
from dashboard.i18n.translate import Texts
from dashboard.state import controls, session_store
from dashboard.state.launch_options import LaunchOptions, launch_options
from dashboard.state.session import Session
from dashboard.views import demo, landing, single_photo
from dashboard.views.compare import compare_view
from dashboard.views.review import navigation, review_view
from dashboard.work.evidence_runner import EvidenceRequest, run_evidence
from dashboard.work.explain_queue import explain_waiting
from dashboard.work.model_pool import Model, installed_models


def page(say: Texts) -> None:
    """Draw the page, top to bottom."""
    session, launch = session_store.restored_session(), launch_options()
    model = header.draw(say, session, launch)
    controls.init_defaults()
    photo_upload.draw(say, session, launch)
    with error_boundary(say):
        answers(say, session, launch, model)


def answers(say: Texts, session: Session, launch: LaunchOptions, model: Model) -> None:
    """Draw what stands below the choice of model and photos."""
    pair = demo.pair(installed_models(launch.models))
    requests: list[EvidenceRequest] = []
    # Places that are always there, so that what comes below one stays when it appears.
    progress, trouble, body = (st.container(key=key) for key in ("progress", "troubles", "body"))
    with progress:
        more = explain_waiting(say, session, model)
    with trouble:
        file_errors.draw(say, session, model.key)
    with body:
        if session.bring_into_view(model.key):
            review_view.draw(say, session, launch, model)
            mode = st.session_state.mode
            if mode == controls.ONE:
                navigation.draw(say, session, launch, model)
            if mode != controls.ALL:
                photo_strip.draw(say, session, model)
            with error_boundary(say):
                if mode == controls.TWO:
                    models = header.offered_models(session, launch.models)
                    requests += compare_view.draw(say, session, model, models)
                elif mode == controls.ONE:
                    requests += demo.draw(say, session, model, pair)
                    requests += single_photo.draw(say, session, model)
        elif not session.photos:
            landing.draw(say)
            demo.draw_invitation(say, session, pair)
    model_card.draw(say, model)
    # Last, for the pictures come first. What the visitor did meanwhile is heard between two slices.
    if more or run_evidence(session, requests):
        st.rerun()


say = header.reader_texts()
st.set_page_config(say.plain("title"), page_icon=str(style.MARK), layout="wide")
style.apply(say)
with error_boundary(say):
    page(say)
