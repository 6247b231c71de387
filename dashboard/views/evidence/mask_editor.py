"""Which pixels count as rice: found in the photo, and put right by the visitor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.explain.explanation import Explanation
from core.explain.output_files import folder_names, mask_png
from core.explain.render import Pixels
from core.images.decode import PREVIEW, read_photo
from core.segmentation.rice_mask import Rice, find_rice
from dashboard.i18n.translate import Texts
from dashboard.state.session import Entry, Marking, Session

Mask = NDArray[np.bool_]
_COLOUR = (255, 40, 150)  # pink: no scale of colours has it, and neither rice nor tables do
_THICK = 1 / 300  # of the longer side
_LEAST, _MOST = 5, 95  # per cent


@dataclass(frozen=True)
class Marked:
    """A photo's rice, as the visitor wants it marked.

    Attributes:
        mask: bool [H, W], of the photo at `PREVIEW` size.
        problem: Why it is not to be trusted, as of `core.segmentation.rice_mask.Rice`; "" if it is,
            or if the visitor marked it.
    """

    mask: Mask
    problem: str


def marked(session: Session, entry: Entry) -> Marked:
    """The rice of a photo; looked for once."""

    def find() -> Rice:
        return find_rice(read_photo(entry.data, longest=PREVIEW).rgb)

    rice, how = session.remember(("rice", entry.sha256), find), marking(session, entry)
    return Marked(rice.mask(how.level, how.inverted), rice.problem if how == Marking() else "")


def marking(session: Session, entry: Entry) -> Marking:
    """How the visitor wants the rice of a photo marked; kept while other photos are in view."""
    state, kept = st.session_state, session.markings.get(entry.sha256, Marking())
    level = state.get(_key("level", entry), round(100 * kept.level)) / 100
    now = Marking(level, state.get(_key("swap", entry), kept.inverted))
    session.markings[entry.sha256] = now
    return now


def outlined(rgb: Pixels, mask: Mask) -> Pixels:
    """A picture with the rice's outline on it.

    Args:
        rgb: uint8 [H, W, 3].
        mask: bool, of this size or another.

    Example:
        >>> square = np.zeros((9, 9), bool)
        >>> square[2:7, 2:7] = True
        >>> drawn = outlined(np.zeros((9, 9, 3), np.uint8), square)
        >>> drawn[2, 4].tolist(), drawn[4, 4].tolist()
        ([255, 40, 150], [0, 0, 0])
    """
    size = rgb.shape[1::-1]
    large = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    lines, _ = cv2.findContours(large, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    thick = max(1, round(_THICK * max(size)))
    return np.asarray(cv2.drawContours(rgb.copy(), lines, -1, _COLOUR, thick, cv2.LINE_8), np.uint8)


def draw(say: Texts, session: Session, entry: Entry, explanation: Explanation) -> None:
    """Draw what shows the mask and puts it right, and the button that takes it away."""
    how = marking(session, entry)
    st.toggle(say("mask.outline"), key="outline", help=say("mask.outline.help"))
    st.toggle(say("mask.swap"), value=how.inverted, key=_key("swap", entry))
    st.slider(
        say("mask.level"),
        *(_LEAST, _MOST, round(100 * how.level)),
        key=_key("level", entry),
        format=say.plain("blend.format"),
        help=say("mask.level.help"),
    )
    st.download_button(
        say("mask.download"),
        partial(mask_png, marked(session, entry).mask, explanation),
        file_name=f"{folder_names([entry.name])[0]}_mask.png",
        mime="image/png",
        key="download-mask",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
    )


def _key(which: str, entry: Entry) -> str:
    return f"{which}-{entry.sha256[:16]}"
