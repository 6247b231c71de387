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
from dashboard import (
    about,
    controls,
    demonstration,
    empty,
    header,
    reload,
    review,
    review_way,
    side_by_side,
    strip,
    style,
    troubles,
    uploads,
    view,
)
from dashboard.evidence import Wish, go_on
from dashboard.explaining import explain_waiting
from dashboard.models import installed
from dashboard.operator import operator
from dashboard.texts import Texts, escape


def page(say: Texts) -> None:
    """Draw the page, top to bottom."""
    this = reload.current()
    model = header.draw(say, this, operator())
    both = demonstration.pair(installed(operator()))
    controls.keep()
    review.keep()
    side_by_side.keep()
    uploads.draw(say, this, operator())
    wishes: list[Wish] = []
    # Places that are always there, so that what comes below one stays when it appears.
    progress, trouble, body = (st.container(key=key) for key in ("progress", "troubles", "body"))
    with progress:
        more = explain_waiting(say, this, model)
    with trouble:
        troubles.draw(say, this, model.key)
    with body:
        if this.bring_into_view(model.key):
            review.draw(say, this, operator(), model)
            mode = st.session_state.mode
            if mode == review.ONE:
                review_way.draw(say, this, operator(), model)
            if mode != review.ALL:
                strip.draw(say, this, model)
            if mode == review.TWO:
                others = header.offered(this, operator())
                wishes += side_by_side.draw(say, this, model, others)
            elif mode == review.ONE:
                wishes += demonstration.draw(say, this, model, both)
                wishes += view.draw(say, this, model)
        elif not this.photos:
            empty.draw(say)
            demonstration.invite(say, this, both)
    about.draw(say, model)
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
