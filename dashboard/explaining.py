"""Photos that came in are read and explained, a few at a time; what is done stays done."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LensError
from core.photo import PREVIEW, Photo, read_photo
from core.render import thumbnail
from dashboard.models import Shared, shared, unknown
from dashboard.previews import jpeg
from dashboard.texts import Texts
from dashboard.visit import Entry, Visit

log = logging.getLogger("dashboard")
BATCH = 4
_PAUSE = 1.0  # seconds of work after which the page is drawn with what there is
_THUMBNAIL = 240  # pixels: twice what is shown, for screens of high density


def explain_waiting(say: Texts, visit: Visit, name: str) -> bool:
    """Explain photos for about a second, and show how far it is.

    Returns:
        Whether more are waiting.
    """
    waiting = visit.waiting(name)
    if not waiting:
        return False
    total = len(visit.photos)
    bar = st.empty()
    _show(say, bar, total - len(waiting), total)
    with st.container(key="opening"), st.spinner(say("model.opening")):
        model = shared(name)
    began = time.monotonic()
    while waiting and time.monotonic() < began + _PAUSE:
        _explain(waiting[:BATCH], visit, name, model)
        del waiting[:BATCH]
        _show(say, bar, total - len(waiting), total)
    if not waiting:
        bar.empty()
    return bool(waiting)


def _show(say: Texts, bar: DeltaGenerator, done: int, total: int) -> None:
    bar.progress(done / total, say("progress", done=done, total=total))


def _explain(entries: Sequence[Entry], visit: Visit, name: str, model: Shared) -> None:
    photos: list[Photo] = []
    for entry in entries:
        try:
            photo = read_photo(entry.data, longest=PREVIEW)
            visit.thumbnails[entry.sha256] = jpeg(thumbnail(photo.rgb, _THUMBNAIL))
            photos.append(photo)
        except LensError as error:
            visit.refused[entry.sha256] = error
        except Exception:
            log.exception("photo %s cannot be read", entry.sha256)
            visit.refused[entry.sha256] = unknown()
    if not photos:
        return
    try:
        results = model.explain(photos)
        visit.explanations.update({(name, each.sha256): each for each in results})
    except Exception:
        log.exception("a batch cannot be explained; each of its photos is tried alone")
        for photo in photos:
            _explain_alone(photo, visit, name, model)


def _explain_alone(photo: Photo, visit: Visit, name: str, model: Shared) -> None:
    try:
        visit.explanations[name, photo.sha256] = model.explain([photo])[0]
    except LensError as error:
        visit.failed[name, photo.sha256] = error
    except Exception:
        log.exception("photo %s cannot be explained", photo.sha256)
        visit.failed[name, photo.sha256] = unknown()
