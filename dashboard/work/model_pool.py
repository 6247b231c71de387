"""The models: one explainer each in memory for all visitors, and whose turn it is to run it."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.errors import LensError, ModelError
from core.explain.explainer import Explainer
from core.explain.open_explainer import open_explainer
from core.explain.request import SCORE_CAM, ExplainRequest
from core.models import registry
from core.models.card import Card
from dashboard.state.launch_options import Operator
from dashboard.work.fair_lock import FairLock, SerializedNetwork

if TYPE_CHECKING:
    from core.evidence.baselines import Baselines

log = logging.getLogger("dashboard")
_TIMED = 4  # photos
_BACKWARD = 2  # passes that the gradient of a class costs, about


@dataclass(frozen=True, eq=False)
class Shared:
    """A model in memory, and whose turn it is to run it."""

    explainer: Explainer
    turn: FairLock = field(default_factory=FairLock)

    def visited(self, ran: Callable[[int], None] = lambda count: None) -> Explainer:
        """The explainer for one visitor: others have their turn between its runs.

        Args:
            ran: Told after each run how many photos it was shown.
        """
        explainer = self.explainer
        return Explainer(
            explainer.name, explainer.card, SerializedNetwork(explainer.network, self.turn, ran)
        )

    @cached_property
    def controls(self) -> Baselines:
        """What evidence is held against, made when first asked for; its networks wait, too."""
        from core.evidence.baselines import controls  # not before the first pictures are shown

        with self.turn.taken():
            made = controls(self.explainer)
        return replace(
            made, redrawn=tuple(cache(partial(self._later, each)) for each in made.redrawn)
        )

    def _later(self, make: Callable[[], Explainer]) -> Explainer:
        made = make()
        return Explainer(made.name, made.card, SerializedNetwork(made.network, self.turn))

    @cached_property
    def pace(self) -> float:
        """Seconds that a forward pass takes here, measured when first asked for."""
        explainer = self.visited()
        inputs = explainer.prepare(np.zeros((_TIMED, *explainer.card.input.size, 3), np.uint8))
        took = []
        for _ in range(2):
            began = time.perf_counter()
            explainer.network.logits(inputs)
            took.append(time.perf_counter() - began)
        return min(took) / _TIMED

    def seconds(self, request: ExplainRequest) -> float:
        """About how long a question takes for one photo."""
        explainer = self.explainer
        layers = [explainer.layer(name) for name in explainer.resolve(request).layers]
        straight = request.method == SCORE_CAM or all(layer.linear for layer in layers)
        back = 0 if straight else _BACKWARD * len(explainer.card.classes)
        return explainer.forward_passes(request) * self.pace * (1 + back)


@dataclass(frozen=True, eq=False)
class Model:
    """A model that a visitor can choose.

    Attributes:
        key: Unlike any other's.
        name: What it is called where its card has no title.
        given: The card that came with it, if one did.
        opened: Gives it in memory, at once or after a while. Raises LensError.
    """

    key: str
    name: str
    given: Card | None
    opened: Callable[[], Shared]

    @property
    def card(self) -> Card:
        """What is known of it: of one that came without a card, after it is opened."""
        return self.given or self.opened().explainer.card


def installed(operator: Operator) -> list[Model]:
    """The models in the operator's folder, the default one first, those without a card last.

    Raises:
        ModelError: If there is none.
    """
    folder = operator.models
    cards = registry.list_models(folder) | dict.fromkeys(registry.list_models_without_card(folder))
    if not cards:
        raise ModelError("no_models", f"No model is installed in {folder}.")
    return [
        Model(str(folder / name), name, card, partial(shared, name, folder))
        for name, card in cards.items()
    ]


@st.cache_resource(show_spinner=False)
def shared(name: str, folder: Path) -> Shared:
    """Open a model, or find it opened; TensorFlow is imported here, if the model needs it.

    Raises:
        LensError: If it cannot be opened; code `unknown` where nobody foresaw why.
    """
    return opened(registry.find_model(name, folder))


def opened(path: Path, cache: Path | None = None) -> Shared:
    """Open a model anew.

    Args:
        path: Where it is.
        cache: As `opening.open_engine`.

    Raises:
        LensError: As `shared`.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with _opening().taken():
            return Shared(open_explainer(path, cache=cache))
    except LensError:
        raise
    except Exception as error:
        log.exception("model %s cannot be opened", path.name)
        raise unknown() from error


@st.cache_resource(show_spinner=False)
def _opening() -> FairLock:
    """Whose turn it is to open a model: compiling two at once would take twice the memory."""
    return FairLock()


def unknown() -> LensError:
    """What to tell of an error that nobody foresaw; its traceback belongs into the log."""
    return LensError("unknown", "Nobody foresaw this error; the log tells more.")
