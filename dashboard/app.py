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
from core.errors import LensError
from dashboard.components import (
    display_options,
    file_errors,
    header,
    model_card,
    photo_strip,
    photo_upload,
    style,
)
from dashboard.i18n.translate import Texts, escape
from dashboard.state import session_store
from dashboard.state.launch_options import operator
from dashboard.views import demo, landing, single_photo
from dashboard.views.compare import compare_view
from dashboard.views.review import navigation, review_view
from dashboard.work.evidence_runner import Wish, go_on
from dashboard.work.explain_queue import explain_waiting
from dashboard.work.model_pool import installed


def page(say: Texts) -> None:
    """Draw the page, top to bottom."""
    this = session_store.current()
    model = header.draw(say, this, operator())
    both = demo.pair(installed(operator()))
    display_options.keep()
    review_view.keep()
    compare_view.keep()
    photo_upload.draw(say, this, operator())
    wishes: list[Wish] = []
    # Places that are always there, so that what comes below one stays when it appears.
    progress, trouble, body = (st.container(key=key) for key in ("progress", "troubles", "body"))
    with progress:
        more = explain_waiting(say, this, model)
    with trouble:
        file_errors.draw(say, this, model.key)
    with body:
        if this.bring_into_view(model.key):
            review_view.draw(say, this, operator(), model)
            mode = st.session_state.mode
            if mode == review_view.ONE:
                navigation.draw(say, this, operator(), model)
            if mode != review_view.ALL:
                photo_strip.draw(say, this, model)
            if mode == review_view.TWO:
                others = header.offered(this, operator())
                wishes += compare_view.draw(say, this, model, others)
            elif mode == review_view.ONE:
                wishes += demo.draw(say, this, model, both)
                wishes += single_photo.draw(say, this, model)
        elif not this.photos:
            landing.draw(say)
            demo.invite(say, this, both)
    model_card.draw(say, model)
    # Last, for the pictures come first. What the visitor did meanwhile is heard between two turns.
    if more or go_on(this, wishes):
        st.rerun()


say = header.spoken()
st.set_page_config(say.plain("title"), page_icon=str(style.MARK), layout="wide")
style.apply(say)
try:
    page(say)
except LensError as error:  # a photo's own stands beside the photo; this is the model's
    st.error(escape(say.error(error)), icon=":material/error:")
