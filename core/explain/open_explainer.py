"""A model on disk becomes an explainer, without TensorFlow where its compiled form is at hand."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from platformdirs import user_cache_path

from core.errors import ModelError
from core.explain.explainer import Explainer
from core.models.card import CARD_FILE, Card, read_card
from core.models.network import Network
from core.models.onnx.onnx_network import ONNX_FILE, OnnxNetwork, digest_of_files
from core.models.registry import MODEL_FILE, OpenModel, open_model

log = logging.getLogger("core")
_LABELS = "labels.txt"


def open_explainer(
    path: Path,
    values: str | None = None,
    geometry: str | None = None,
    allow_code: bool = False,
    cache: Path | None = None,
) -> Explainer:
    """Open a model to explain with; the first time it is compiled, too.

    Args:
        path: As `registry.open_model`.
        values: One of `preprocess.VALUES`, to override the model's card.
        geometry: One of `preprocess.GEOMETRIES`, likewise.
        allow_code: Run code that came with the model.
        cache: Folder for the compiled form where a model has no folder of its own; the user's cache
            for None.

    Raises:
        ModelError: If it cannot be opened or explained.
    """
    model = model_digest(path, allow_code)

    def reference() -> Network:
        return tensorflow_explainer(open_model(path, allow_code)).network

    for folder in _folders(path, model, cache):
        network = _compiled(folder / ONNX_FILE, model, reference)
        card = network and _card(path, network)
        if network and card:
            return Explainer(path.name, card.with_preprocessing(values, geometry), network)
    opened = open_model(path, allow_code)
    explainer = _compiled_now(path, model, opened, cache) or tensorflow_explainer(opened)
    return Explainer(
        explainer.name, explainer.card.with_preprocessing(values, geometry), explainer.network
    )


def tensorflow_explainer(model: OpenModel) -> Explainer:
    """An explainer on a model in memory, run by TensorFlow; later training is not seen."""
    from core.models.tensorflow.tensorflow_network import TensorFlowNetwork

    return Explainer(model.name, model.card, TensorFlowNetwork(model.frozen))


def model_digest(path: Path, allow_code: bool = False) -> str:
    """What a compiled form knows the model at a path by.

    Raises:
        ModelError: If there is nothing.
    """
    if (path / MODEL_FILE).is_file():
        files = [path / MODEL_FILE]
    elif path.is_dir():
        files = [each for each in path.rglob("*") if each.is_file() and each.name != CARD_FILE]
    else:
        files = [path] if path.is_file() else list(path.parent.glob(f"{path.name}.*"))
        labels = path.with_name(_LABELS)
        files += [labels] if labels.is_file() else []
    # What was opened with its own code is not found by who does not allow that.
    return digest_of_files(files, path if path.is_dir() else path.parent) + (
        "+code" if allow_code else ""
    )


def _folders(path: Path, model: str, cache: Path | None) -> Iterator[Path]:
    """Where a compiled form may lie: in a model's own folder, else in a cache."""
    if (path / MODEL_FILE).is_file():
        yield path
    yield (cache or user_cache_path("rice-lens", appauthor=False)) / model


def _compiled(file: Path, model: str, reference: Callable[[], Network]) -> OnnxNetwork | None:
    """A compiled form, if it was made from that very model."""
    if not os.path.isfile(file):  # unlike `is_file`, no error where a folder may not be read
        return None
    try:
        network = OnnxNetwork(file, reference)
    except Exception:  # whatever a damaged file makes the reader raise
        log.warning("%s cannot be read and is made again", file, exc_info=True)
        return None
    if network.about.model != model:
        log.warning("%s is not of this model and is made again", file)
        return None
    return network


def _card(path: Path, network: OnnxNetwork) -> Card | None:
    """The model's card as it is now; None if the compiled form was made for another one."""
    own = (path if path.is_dir() else path.parent) / CARD_FILE
    if not own.is_file():
        return network.about.card
    card, given = read_card(own), network.about.shape
    fits = len(card.names) == len(network.about.card.names)
    return card if fits and (*card.input.size, card.input.channels) == given else None


def _compiled_now(
    path: Path, model: str, opened: OpenModel, cache: Path | None
) -> Explainer | None:
    """Compile an opened model into the first folder that takes it."""
    try:
        from core.models.onnx.export import export_onnx
    except ImportError as error:
        log.warning("TensorFlow runs %s: to compile it install %s", path.name, error.name)
        return None
    for folder in _folders(path, model, cache):
        try:
            file = export_onnx(opened.frozen, opened.card, model, folder)
        except OSError:
            log.info("%s cannot be written to", folder, exc_info=True)
            continue
        except ModelError as error:
            log.warning("TensorFlow runs %s: %s", path.name, error)
            return None
        network = OnnxNetwork(file, lambda: tensorflow_explainer(opened).network)
        return Explainer(opened.name, opened.card, network)
    log.warning(
        "TensorFlow runs %s, every time it is opened: %s cannot be written to",
        path.name,
        folder.parent,
    )
    return None
