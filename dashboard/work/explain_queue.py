"""Queue of uploaded photos, decoded and explained a few at a time."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LensError
from core.explain.explainer import Explainer
from core.images.decode import Photo
from core.images.resize import shrink_to
from core.utils.tracebacks import release_frames
from dashboard.i18n.translate import Texts
from dashboard.state.session import DEFAULT_REQUEST, Entry, Session
from dashboard.work.model_pool import Model, unexpected_error
from dashboard.work.photo_previews import jpeg, preview

log = logging.getLogger("dashboard")
BATCH = 4
SECONDS = 1.0
"""How long photos are explained before the page is drawn with what there is."""
_SMALL = 16_000_000  # bytes of a few files that take no time
_opened: set[str] = set()  # keys of the models that have been in memory
_THUMBNAIL = 240  # pixels: twice what is shown, for screens of high density


def explain_few(session: Session, model: Model) -> None:
    """Explain what waits before the page is drawn, where that takes no longer than drawing it does.

    Then the first run shows the pictures. That is of a few small files, by a model in memory.
    """
    waiting = session.waiting(model.key)
    small = len(waiting) <= BATCH and sum(len(entry.data) for entry in waiting) <= _SMALL
    if waiting and small and model.key in _opened:
        _explain(waiting, session, model.key, model.load().for_visitor())


def show_progress(say: Texts, session: Session, model: Model, place: DeltaGenerator) -> None:
    """Show how many photos are explained, while others wait; `place` is an `st.empty`."""
    total, waiting = len(session.photos), len(session.waiting(model.key))
    if waiting:
        done = total - waiting
        place.progress(done / total, say("progress", done=done, total=total))


def explain_waiting(say: Texts, session: Session, model: Model, place: DeltaGenerator) -> None:
    """Explain photos that wait for about a second, and show in `place` how far it is."""
    with place, st.spinner(say("model.opening")):
        explainer = model.load().for_visitor()
        _opened.add(model.key)
    until = time.monotonic() + SECONDS
    while waiting := session.waiting(model.key):
        _explain(waiting[:BATCH], session, model.key, explainer)
        show_progress(say, session, model, place)
        if time.monotonic() > until:
            return


def _explain(entries: Sequence[Entry], session: Session, model: str, explainer: Explainer) -> None:
    photos: dict[str, Photo] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # decoding takes longer than explaining
        for entry, read in zip(entries, pool.map(partial(_read, session), entries), strict=True):
            if isinstance(read, LensError):
                session.unreadable[entry.sha256] = read
            else:
                photos[entry.sha256], session.thumbnails[entry.sha256] = read
    if not photos:
        return
    try:
        results = explainer.explain([*photos.values()], DEFAULT_REQUEST)
        found = zip(photos, results, strict=True)
        session.explanations.update({(model, DEFAULT_REQUEST, key): each for key, each in found})
    except Exception:
        log.exception("a batch cannot be explained; each of its photos is tried alone")
        for key, photo in photos.items():
            _explain_alone(key, photo, session, model, explainer)


def _read(session: Session, entry: Entry) -> tuple[Photo, bytes] | LensError:
    """A photo and its thumbnail, or why it cannot be shown."""
    try:
        photo = preview(session, entry)
        return photo, jpeg(shrink_to(photo.rgb, _THUMBNAIL))
    except LensError as error:
        return release_frames(error)
    except Exception:
        log.exception("photo %s cannot be read", entry.sha256)
        return unexpected_error()


def _explain_alone(
    key: str, photo: Photo, session: Session, model: str, explainer: Explainer
) -> None:
    try:
        (explanation,) = explainer.explain([photo], DEFAULT_REQUEST)
        session.explanations[model, DEFAULT_REQUEST, key] = explanation
    except LensError as error:
        session.failed[model, key] = release_frames(error)
    except Exception:
        log.exception("photo %s cannot be explained", key)
        session.failed[model, key] = unexpected_error()
