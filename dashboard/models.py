"""The models: one engine each in memory for all visitors, and one turn at running it."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import streamlit as st

from core import library
from core.card import Card
from core.engine import Engine
from core.errors import LensError, ModelError
from core.explanation import Explanation
from core.opening import open_engine
from core.photo import Photo

log = logging.getLogger("dashboard")


@dataclass(frozen=True)
class Shared:
    """A model in memory, and the lock of who runs it."""

    engine: Engine
    turn: Lock

    def explain(self, photos: Sequence[Photo]) -> list[Explanation]:
        """Explain photos when it is this visitor's turn: memory stays that of one batch."""
        with self.turn:
            return self.engine.explain(photos)


def installed() -> dict[str, Card]:
    """The models that a visitor can choose from, by name, the default one first.

    Raises:
        ModelError: If there is none with a sound card.
    """
    cards = library.installed(library.MODELS)
    if not cards:
        raise ModelError("no_models", f"No model is installed in {library.MODELS}.")
    return cards


@st.cache_resource(show_spinner=False)
def shared(name: str) -> Shared:
    """Open a model, or find it opened; TensorFlow is imported here, if the model needs it.

    Raises:
        LensError: If it cannot be opened; code `unknown` where nobody foresaw why.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        return Shared(open_engine(library.find(name, library.MODELS)), Lock())
    except LensError:
        raise
    except Exception as error:
        log.exception("model %s cannot be opened", name)
        raise unknown() from error


def unknown() -> LensError:
    """What to tell of an error that nobody foresaw; its traceback belongs into the log."""
    return LensError("unknown", "Nobody foresaw this error; the log tells more.")
