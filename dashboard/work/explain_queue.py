"""Photos that came in are read and explained, a few at a time; what is done stays done."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LensError
from core.explain.explainer import Engine
from core.explain.render import thumbnail
from core.images.decode import PREVIEW, Photo, read_photo
from dashboard.components.previews import jpeg
from dashboard.i18n.translate import Texts
from dashboard.state.session import PLAIN, Entry, Visit
from dashboard.work.model_pool import Model, unknown

log = logging.getLogger("dashboard")
BATCH = 4
_PAUSE = 1.0  # seconds of work after which the page is drawn with what there is
_THUMBNAIL = 240  # pixels: twice what is shown, for screens of high density


def explain_waiting(say: Texts, visit: Visit, model: Model) -> bool:
    """Explain photos for about a second, and show how far it is.

    Returns:
        Whether more are waiting.
    """
    waiting = visit.waiting(model.key)
    if not waiting:
        return False
    total = len(visit.photos)
    bar = st.empty()
    _show(say, bar, total - len(waiting), total)
    with st.container(key="opening"), st.spinner(say("model.opening")):
        engine = model.opened().visited()
    began = time.monotonic()
    while waiting and time.monotonic() < began + _PAUSE:
        _explain(waiting[:BATCH], visit, model.key, engine)
        del waiting[:BATCH]
        _show(say, bar, total - len(waiting), total)
    if not waiting:
        bar.empty()
    return bool(waiting)


def _show(say: Texts, bar: DeltaGenerator, done: int, total: int) -> None:
    bar.progress(done / total, say("progress", done=done, total=total))


def _explain(entries: Sequence[Entry], visit: Visit, model: str, engine: Engine) -> None:
    photos: dict[str, Photo] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # decoding takes longer than explaining
        for entry, read in zip(entries, pool.map(_read, entries), strict=True):
            if isinstance(read, LensError):
                visit.refused[entry.sha256] = read
            else:
                photos[entry.sha256], visit.thumbnails[entry.sha256] = read
    if not photos:
        return
    try:
        results = engine.explain([*photos.values()], PLAIN)
        found = zip(photos, results, strict=True)
        visit.explanations.update({(model, PLAIN, key): each for key, each in found})
    except Exception:
        log.exception("a batch cannot be explained; each of its photos is tried alone")
        for key, photo in photos.items():
            _explain_alone(key, photo, visit, model, engine)


def _read(entry: Entry) -> tuple[Photo, bytes] | LensError:
    """A photo and its thumbnail, or why it cannot be shown."""
    try:
        photo = read_photo(entry.data, longest=PREVIEW)
        return photo, jpeg(thumbnail(photo.rgb, _THUMBNAIL))
    except LensError as error:
        return error
    except Exception:
        log.exception("photo %s cannot be read", entry.sha256)
        return unknown()


def _explain_alone(key: str, photo: Photo, visit: Visit, model: str, engine: Engine) -> None:
    try:
        visit.explanations[model, PLAIN, key] = engine.explain([photo], PLAIN)[0]
    except LensError as error:
        visit.failed[model, key] = error
    except Exception:
        log.exception("photo %s cannot be explained", key)
        visit.failed[model, key] = unknown()
