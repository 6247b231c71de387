"""A place on the page that is emptied at once when it shows something else."""

from __future__ import annotations

from collections.abc import Hashable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def place(key: str, shows: Hashable, filled: bool = True) -> DeltaGenerator:
    """A place at the end of what is drawn by now; each run draws it.

    Streamlit keeps what stood in a container until something new is drawn over it, or the run ends:
    what is of before would stand beside what is new. So a place has two spots, and goes to the
    other one, while this one is emptied. (Emptied and filled, one spot would keep its content:
    Streamlit sends only the last of two changes of a spot.)

    Args:
        key: Unlike any other place's.
        shows: What it is about to show. What shows something else goes at once; what shows the
            same stays until it is replaced, and so does not flicker.
        filled: Whether something can be drawn now; if not, the place holds one element or none.
    """
    drawn = st.session_state.setdefault("places", {})
    before, second = drawn.get(key, (shows, False))
    second ^= before != shows
    drawn[key] = shows, second
    if second:
        st.empty()
    here = st.container(key=key) if filled else st.empty()
    if not second:
        st.empty()
    return here
