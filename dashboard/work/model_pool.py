"""Model pool: one explainer a model in memory for all visitors, with a lock on its runs."""

from __future__ import annotations

import gc
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import LensError, ModelError
from core.explain.explainer import Explainer
from core.explain.open_explainer import open_explainer
from core.explain.request import SCORE_CAM, ExplainRequest
from core.models import registry
from core.models.card import Card
from dashboard.state.server_cache import cached_for_server
from dashboard.work.fair_lock import FairLock, SerializedNetwork

if TYPE_CHECKING:
    from core.evidence.baselines import Baselines

log = logging.getLogger("dashboard")
_LOADING = FairLock()  # compiling two models at once would take twice the memory
_TIMED = 4  # photos
_BACKWARD = 2  # passes that the gradient of a class costs, about


@dataclass(frozen=True, eq=False)
class PooledModel:
    """A model in memory, shared by all visitors, and the lock that serializes its runs."""

    explainer: Explainer
    lock: FairLock = field(default_factory=FairLock)

    def for_visitor(self, on_run: Callable[[int], None] = lambda count: None) -> Explainer:
        """The explainer for one visitor: others have their turn between its runs.

        Args:
            on_run: Called after each run with the number of photos.
        """
        return _serialized(self.explainer, self.lock, on_run)

    @cached_property
    def baselines(self) -> Baselines:
        """What evidence is compared with, made when first needed; its networks wait, too."""
        # Not before the first pictures are shown.
        from core.evidence.baselines import compute_baselines

        def later(make: Callable[[], Explainer]) -> Explainer:
            return _serialized(make(), self.lock)

        with self.lock:
            made = compute_baselines(self.explainer)
        return replace(
            made, randomized=tuple(cache(partial(later, each)) for each in made.randomized)
        )

    @cached_property
    def seconds_per_pass(self) -> float:
        """What a forward pass takes here, measured when first needed."""
        explainer = self.for_visitor()
        inputs = explainer.prepare(np.zeros((_TIMED, *explainer.card.input.size, 3), np.uint8))
        took = []
        for _ in range(2):
            began = time.perf_counter()
            explainer.network.logits(inputs)
            took.append(time.perf_counter() - began)
        return min(took) / _TIMED

    def seconds(self, request: ExplainRequest) -> float:
        """About how long a request takes for one photo."""
        explainer = self.explainer
        layers = [explainer.layer(name) for name in explainer.resolve(request).layers]
        straight = request.method == SCORE_CAM or all(layer.linear for layer in layers)
        back = 0 if straight else _BACKWARD * len(explainer.card.classes)
        return explainer.forward_passes(request) * self.seconds_per_pass * (1 + back)


def _serialized(
    explainer: Explainer, lock: FairLock, on_run: Callable[[int], None] = lambda count: None
) -> Explainer:
    network = SerializedNetwork(explainer.network, lock, on_run)
    return Explainer(explainer.name, explainer.card, network, explainer.familiarity)


@dataclass(frozen=True, eq=False)
class Model:
    """A model that a visitor can choose.

    Attributes:
        key: Unlike any other's.
        name: What it is called where its card has no title.
        given_card: The card that came with it, if one did.
        load: Gives it in memory, at once or after a while. Raises LensError.
    """

    key: str
    name: str
    given_card: Card | None
    load: Callable[[], PooledModel]

    @property
    def card(self) -> Card:
        """What is known of it: of one that came without a card, after it is loaded."""
        return self.given_card or self.load().explainer.card

    @property
    def demonstration(self) -> bool:
        """Whether it is one of the demonstration's, which come along with the page.

        Not whatever its card says: a model that the operator has planted has such a card, too.
        """
        planted = bool(self.given_card and self.given_card.planted)
        return planted and Path(self.key).resolve().parent == registry.MODELS


def installed_models(folder: Path) -> list[Model]:
    """The models in the operator's folder, the default one first, those without a card last.

    Raises:
        ModelError: If there is none.
    """
    cards = registry.list_models(folder) | dict.fromkeys(registry.list_models_without_card(folder))
    if not cards:
        raise ModelError("no_models", f"No model is installed in {folder}.")
    return [
        Model(str(folder / name), name, card, partial(load_installed, name, folder))
        for name, card in cards.items()
    ]


@cached_for_server
def load_installed(name: str, folder: Path) -> PooledModel:
    """Load a model once for all; TensorFlow is imported here, if the model needs it.

    Raises:
        LensError: As `load_model`.
    """
    model = load_model(registry.find_model(name, folder))
    # Streamlit collects garbage after each run of the page, which takes 0.1 s for all the modules
    # and models that are there to stay: none of them is looked at again.
    gc.collect()
    gc.freeze()
    return model


def load_model(path: Path, cache: Path | None = None) -> PooledModel:
    """Load a model.

    Args:
        path: Where it is.
        cache: As `open_explainer`.

    Raises:
        LensError: If it cannot be opened; code `unknown` where the error was unexpected.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with _LOADING:
            return PooledModel(open_explainer(path, cache=cache))
    except LensError:
        raise
    except Exception as error:
        log.exception("model %s cannot be opened", path.name)
        raise unexpected_error() from error


def unexpected_error() -> LensError:
    """What to say of an error that nobody foresaw; its traceback belongs into the log."""
    return LensError("unknown", "Unexpected error; the log tells more.")
