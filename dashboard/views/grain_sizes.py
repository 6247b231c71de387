"""Sizes of grains, and the scale that gives them in millimetres: a coin or a card beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from core.grain_counting.count_grains import Grain
from core.grain_counting.sizes import summarize_sizes
from dashboard.i18n.translate import Texts
from dashboard.state.callback import guarded
from dashboard.state.controls import choose_display
from dashboard.state.session import Entry, Session
from dashboard.work.measured_lines import Reference, line_length, measured_line

# Millimetres, of what may lie beside the grains: the diameters that mints give for coins, and the
# long side of a bank card (ISO/IEC 7810, ID-1).
_SIZES = {
    **{"yen1": 20.0, "yen10": 23.5, "yen100": 22.6, "yen500": 26.5},
    **{"euro1": 23.25, "quarter": 24.26, "card": 85.6},
}
_TYPED, _OTHER = "typed", "other"  # pixels per millimetre; another thing of known size


@dataclass
class _Answers:
    """What was answered of photos, by what was asked: Streamlit forgets it with the control."""

    given: dict[tuple[str, str], Any] = field(default_factory=dict)


def ask_scale(say: Texts, session: Session, entry: Entry, size: tuple[int, int]) -> float:
    """Ask for the scale of a photo.

    Args:
        say: The texts.
        session: Has the line that was drawn on the photo.
        entry: The photo.
        size: Its (height, width).

    Returns:
        Pixels per millimetre in the full-size photo, as the visitor says; 0 if unknown.
    """
    answers = session.part(_Answers).given
    by = answers["reference", entry.sha256] = st.selectbox(
        say("grains.reference"),
        [_TYPED, *_SIZES, _OTHER],
        format_func=lambda each: _label(say, each),
        key=_begin(say, session, "reference", entry, _TYPED),
        help=say("grains.reference.help"),
    )
    if by == _TYPED:
        return _ask(say, session, "scale", entry)
    mm = _ask(say, session, "reference_mm", entry) if by == _OTHER else _SIZES[by]
    st.button(
        say("grains.measure"),
        key="grains-measure",
        icon=":material/straighten:",
        on_click=guarded(choose_display),
        args=({"measure": entry.sha256, "brush": ""},),
        disabled=not mm,
    )
    line = measured_line(session, entry)
    length = round(line_length(line, size), 1) if line else 0.0
    pixels = _ask(say, session, "reference_px", entry, length)
    if not mm or not pixels:
        return 0.0
    st.caption(say("grains.measured", scale=f"{pixels / mm:.1f}"))
    return pixels / mm


def reference(say: Texts, session: Session, entry: Entry) -> Reference | None:
    """The thing that the visitor says lies in a photo."""
    by = _answer(say, session, "reference", entry, _TYPED)
    mm = _SIZES.get(by) or _answer(say, session, "reference_mm", entry, 0.0)
    return Reference(_label(say, by), mm) if by != _TYPED and mm else None


def draw_spread(say: Texts, grains: Sequence[Grain], scale: float) -> None:
    """Draw mean, median and spread of the whole grains' length and width."""
    sizes = summarize_sizes(grains, scale)
    if not sizes:
        return
    digits, unit = (2, "mm") if scale else (1, "px")
    for name, each in (("length", sizes.length), ("width", sizes.width)):
        st.caption(
            say(
                f"grains.{name}",
                mean=f"{each.mean:.{digits}f}",
                median=f"{each.median:.{digits}f}",
                deviation=say.plain("grains.no_deviation")
                if each.deviation is None
                else f"{each.deviation:.{digits}f}",
                unit=unit,
            )
        )


def usual_size(say: Texts, grains: Sequence[Grain], scale: float) -> str:
    """The median length and width, in mm where the scale is known."""
    if not grains:
        return ""
    sizes = [grain.millimetres(scale) if scale else grain.size for grain in grains]
    digits = 1 if scale else 0
    length, width = (
        f"{np.median([getattr(size, which) for size in sizes]):.{digits}f}"
        for which in ("length", "width")
    )
    return say.plain("grains.mm" if scale else "grains.px", length=length, width=width)


def _ask(say: Texts, session: Session, what: str, entry: Entry, value: float = 0.0) -> float:
    """Ask for a number; with another one to begin with, it is asked for again."""
    asked = f"{what}-{value}" if value else what
    number = session.part(_Answers).given[asked, entry.sha256] = st.number_input(
        say(f"grains.{what}"),
        min_value=0.0,
        key=_begin(say, session, asked, entry, value),
        help=say(f"grains.{what}.help"),
    )
    return number


def _begin(say: Texts, session: Session, asked: str, entry: Entry, default: object) -> str:
    """The key of a control, which begins with what was answered before."""
    key = _key(say, asked, entry)
    st.session_state.setdefault(key, _answer(say, session, asked, entry, default))
    return key


def _answer(say: Texts, session: Session, asked: str, entry: Entry, default: Any) -> Any:
    """What is answered of a photo, or was when that was last asked."""
    before = session.part(_Answers).given.get((asked, entry.sha256), default)
    return st.session_state.get(_key(say, asked, entry), before)


def _key(say: Texts, asked: str, entry: Entry) -> str:
    # Streamlit resets a control whose label changes, so each language has its own.
    return f"grains-{asked}-{entry.sha256[:16]}-{say.language}"


def _label(say: Texts, by: str) -> str:
    return say.plain(f"grains.reference.{by}", size=_SIZES.get(by, 0))
