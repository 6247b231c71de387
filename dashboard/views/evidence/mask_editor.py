"""Editor of the rice mask: threshold, rice and background swapped, and the way to the brush."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.explain.output_files import folder_names, mask_png
from dashboard.components import downloads
from dashboard.i18n.translate import Texts
from dashboard.state.callback import guarded
from dashboard.state.controls import choose_display
from dashboard.state.session import Session
from dashboard.state.view_state import PhotoView
from dashboard.work.rice_masks import mask_edit, paint, rice_mask, widget_key

_LEAST, _MOST = 5, 95  # per cent


def draw(say: Texts, session: Session, view: PhotoView) -> None:
    """Draw what shows the mask and edits it, and the button that takes it away."""
    entry = view.entry
    edit = mask_edit(session, entry)
    st.toggle(
        say("mask.swap"),
        value=edit.inverted,
        key=widget_key("swap", entry),
        on_change=guarded(_show_outline),
    )
    st.slider(
        say("mask.level"),
        *(_LEAST, _MOST, round(100 * edit.level)),
        key=widget_key("level", entry),
        format=say.plain("blend.format"),
        help=say("mask.level.help"),
        on_change=guarded(_show_outline),
    )
    st.button(
        say("brush.begin"),
        key="mask-paint",
        icon=":material/brush:",
        help=say("brush.help"),
        on_click=guarded(choose_display),
        args=({"brush": entry.sha256, "measure": "", "outline": True},),
    )
    if edit.painted:
        st.button(
            say("brush.found"),
            key="mask-found",
            on_click=guarded(paint),
            args=(session, {"of": entry.sha256, "runs": []}),
        )
    rice = rice_mask(session, entry)
    if rice.problem or edit.right:
        st.toggle(
            say("mask.right"),
            value=edit.right,
            key=widget_key("right", entry),
            help=say("mask.right.help"),
        )
    downloads.draw_button(
        say("mask.download"),
        partial(mask_png, rice.mask, view.explanation),
        f"{folder_names([entry.name])[0]}_mask.png",
        "mask",
    )


def _show_outline() -> None:
    """What is changed is to be seen."""
    choose_display({"outline": True})
