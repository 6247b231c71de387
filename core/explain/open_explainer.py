"""Opens a model on disk as an explainer: compiled (ONNX) if possible, otherwise in TensorFlow."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Set
from pathlib import Path

from platformdirs import user_cache_path

from core.errors import ModelError
from core.explain.explainer import Explainer
from core.explain.familiarity import FAMILIARITY_FILE, read_familiarity, shown_model
from core.models.card import CARD_FILE, Card, read_card, set_compiled_sha256
from core.models.files.formats import MODEL_FILE, ONNX_FILE, recognise
from core.models.files.safety import model_files
from core.models.network import Network
from core.models.onnx.compile_failure import record_failure, recorded_failure
from core.models.onnx.onnx_metadata import OutdatedError
from core.models.onnx.onnx_network import OnnxNetwork, digest_of_files
from core.models.onnx.trusted_digest import digest_of, record_digest, recorded_digest
from core.models.registry import OpenModel, open_model
from core.utils.file_names import printable

log = logging.getLogger("core")
_BESIDE = (CARD_FILE, ONNX_FILE, FAMILIARITY_FILE)  # what is no part of the model
_MOST = 2 << 30  # bytes; an ONNX file of its own has no more


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

    card = _own_card(path)
    trusted = {card.compiled_sha256 if card else "", recorded_digest(_cache(model, cache))}
    for folder in _folders(path, model, cache):
        network = _compiled(folder / ONNX_FILE, model, trusted, reference)
        if network and _fits(card, network):
            card = (card or network.about.card).with_preprocessing(values, geometry)
            return _with_familiarity(Explainer(printable(path.name), card, network), path, model)
    if recognise(path).kind == "onnx":
        network = _keep(_compile_onnx(path, model, reference), path, model, cache)
        card = network.about.card.with_preprocessing(values, geometry)
        return _with_familiarity(Explainer(printable(path.name), card, network), path, model)
    opened = open_model(path, allow_code)
    compiled = _compiled_now(path, model, opened, cache)
    now = compiled or tensorflow_explainer(opened).network
    card = opened.card.with_preprocessing(values, geometry)
    return _with_familiarity(Explainer(opened.name, card, now), path, model)


def _with_familiarity(explainer: Explainer, path: Path, model: str) -> Explainer:
    of = shown_model(model, explainer.card.input)
    explainer.familiarity = read_familiarity(_own_folder(path), of, explainer.layer().channels)
    return explainer


def tensorflow_explainer(model: OpenModel) -> Explainer:
    """An explainer on a model in memory, run by TensorFlow; later training is not seen."""
    from core.models.tensorflow.tensorflow_network import TensorFlowNetwork

    return Explainer(model.name, model.card, TensorFlowNetwork(model.frozen))


def model_digest(path: Path, allow_code: bool = False) -> str:
    """What a compiled form knows the model at a path by.

    Raises:
        ModelError: If there is none, or one that is too large to be read.
    """
    file = recognise(path)
    folder = file.path if file.path.is_dir() else file.path.parent
    own = [each for each in model_files(file) if each.name not in _BESIDE or each == file.path]
    # What was opened with its own code is not found by who does not allow that.
    return digest_of_files([*own, *(each.path for each in file.labels)], folder) + (
        "+code" if allow_code else ""
    )


def compile_model(path: Path, cache: Path | None = None) -> Path:
    """Compile a model, whether or not it was before, to be opened without TensorFlow.

    Args:
        path: As `registry.open_model`.
        cache: As `open_explainer`.

    Returns:
        The compiled form: in the model's own folder, where its card vouches for it, or in the
        cache. Without a card this user alone trusts it.

    Raises:
        ModelError: If it cannot be opened or compiled.
        OSError: If the folder cannot be written to.
    """
    model = model_digest(path)
    if recognise(path).kind == "onnx":
        network = _compile_onnx(path, model, lambda: tensorflow_explainer(open_model(path)).network)
    else:
        from core.models.onnx.export import compile_network

        opened = open_model(path)
        network = compile_network(opened.frozen, opened.card, model, _reference(opened))
    folder = next(_folders(path, model, cache))
    file, card = network.save(folder), folder / CARD_FILE
    if card.is_file():
        set_compiled_sha256(card, network.sha256)
    else:
        record_digest(network.sha256, _cache(model, cache))
    return file


def _compile_onnx(path: Path, model: str, reference: Callable[[], Network]) -> OnnxNetwork:
    from core.models.onnx.compile_onnx import compile_onnx  # what is compiled needs none of it

    return compile_onnx(recognise(path), _own_card(path), model, reference)


def _reference(opened: OpenModel) -> Callable[[], Network]:
    return lambda: tensorflow_explainer(opened).network


def _folders(path: Path, model: str, cache: Path | None) -> Iterator[Path]:
    """Where a compiled form may lie: in a model's own folder, else in a cache."""
    if (path / MODEL_FILE).is_file():
        yield path
    yield _cache(model, cache)


def _cache(model: str, cache: Path | None) -> Path:
    """The folder of the user's alone for what is compiled of a model."""
    return (cache or user_cache_path("rice-lens", appauthor=False)) / model


def _own_card(path: Path) -> Card | None:
    """The card that lies beside a model."""
    file = _own_folder(path) / CARD_FILE
    return read_card(file) if file.is_file() else None


def _own_folder(path: Path) -> Path:
    """Where lies what belongs to a model."""
    return path if path.is_dir() else path.parent


def _compiled(
    file: Path, model: str, trusted: Set[str | None], reference: Callable[[], Network]
) -> OnnxNetwork | None:
    """A compiled form, if it is one of those that are trusted and was made from that very model."""
    # Unlike `is_file`, no error where a folder may not be read.
    if not os.path.isfile(file) or os.path.getsize(file) > _MOST:
        return None
    try:
        content = file.read_bytes()
    except OSError:
        log.info("%s cannot be read", file, exc_info=True)
        return None
    if digest_of(content) not in trusted:
        log.warning(
            "%s is not trusted and is made again: neither the model's card nor what this user "
            "compiled has its SHA-256",
            file,
        )
        return None
    try:
        network = OnnxNetwork(content, reference, kept_in=file)
    except OutdatedError as error:
        log.info("%s is made again: %s", file, error)
        return None
    except Exception:  # whatever a damaged file makes the reader raise
        log.warning("%s cannot be read and is made again", file, exc_info=True)
        return None
    if network.about.model != model:
        log.warning("%s is not of this model and is made again", file)
        return None
    return network


def _fits(card: Card | None, network: OnnxNetwork) -> bool:
    """Whether a compiled form was made for the model's card as it is now.

    A form that assumes nothing was made with a card; the same file without one is to have none of
    that: it may have lain in another folder.
    """
    if not card:
        return bool(network.about.card.assumptions)
    fits = len(card.names) == len(network.about.card.names)
    return fits and (*card.input.size, card.input.channels) == network.about.shape


def _compiled_now(
    path: Path, model: str, opened: OpenModel, cache: Path | None
) -> OnnxNetwork | None:
    """Compile an opened model, and keep it; None where that cannot be done."""
    note = _cache(model, cache)
    reason = recorded_failure(note)
    if reason:
        log.warning("TensorFlow runs %s: %s", path.name, reason)
        return None
    try:
        from core.models.onnx.export import compile_network
    except ImportError as error:
        log.warning("TensorFlow runs %s: to compile it install %s", path.name, error.name)
        return None
    try:
        network = compile_network(opened.frozen, opened.card, model, _reference(opened))
    except ModelError as error:
        log.warning("TensorFlow runs %s: %s", path.name, error)
        record_failure(str(error), note)
        return None
    return _keep(network, path, model, cache)


def _keep(network: OnnxNetwork, path: Path, model: str, cache: Path | None) -> OnnxNetwork:
    """Write what was compiled into the first folder that takes it."""
    for folder in _folders(path, model, cache):
        try:
            network.save(folder)
        except OSError:
            log.info("%s cannot be written to", folder, exc_info=True)
            continue
        record_digest(network.sha256, _cache(model, cache))
        return network
    log.warning(
        "%s is compiled every time it is opened: %s cannot be written to",
        path.name,
        _cache(model, cache).parent,
    )
    return network
