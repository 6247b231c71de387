"""A model on disk becomes an engine, without TensorFlow where its compiled form is at hand."""

from __future__ import annotations

import logging
from pathlib import Path

from core.card import CARD_FILE, read_card
from core.compiled import COMPILED_FILE, CompiledNetwork, sha256
from core.engine import Engine
from core.library import OpenModel, model_file, open_model
from core.network import Network

log = logging.getLogger("core")


def open_engine(path: Path, values: str | None = None, geometry: str | None = None) -> Engine:
    """Open a model to explain with.

    Args:
        path: As `library.open_model`.
        values: One of `preprocess.VALUES`, to override the model's card.
        geometry: One of `preprocess.GEOMETRIES`, likewise.

    Raises:
        ModelError: If it cannot be opened or explained.
    """
    compiled = _compiled(path)
    if compiled is None:
        engine = engine_of(open_model(path))
        return Engine(engine.name, engine.card.shown(values, geometry), engine.network)
    card = read_card(path / CARD_FILE)
    return Engine(path.name, card.shown(values, geometry), compiled)


def engine_of(model: OpenModel) -> Engine:
    """An engine on a Keras model in memory, run by TensorFlow; later training is not seen."""
    from core.graph import TensorFlowNetwork, freeze

    frozen = freeze(model.keras, model.card.input.size)
    return Engine(model.name, model.card, TensorFlowNetwork(frozen))


def _compiled(path: Path) -> CompiledNetwork | None:
    """The compiled form beside a model, if it was made from that very model."""
    file = path / COMPILED_FILE
    if not (path.is_dir() and file.is_file() and (path / CARD_FILE).is_file()):
        return None

    def otherwise() -> Network:
        return engine_of(open_model(path)).network

    try:
        network = CompiledNetwork(file, otherwise)
    except Exception:  # whatever a damaged file makes the reader raise
        log.warning("%s cannot be read; the model is run by TensorFlow", file, exc_info=True)
        return None
    if network.model != sha256(model_file(path)):
        log.warning("%s is not of this model; run: python -m core compile %s", file, path)
        return None
    return network
