"""Model folders on disk, each a model and its card: list, open, save."""

from __future__ import annotations

import io
import json
import logging
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import ModelError
from core.models.card import (
    CARD_FILE,
    Card,
    check_classes,
    check_input,
    read_card,
    write_card,
)
from core.models.files.formats import recognise
from core.models.tensorflow.start import start_tensorflow
from core.utils.file_names import printable

if TYPE_CHECKING:
    from core.models.tensorflow.freeze import FrozenGraph
    from core.models.tensorflow.load import LoadedModel

MODELS = Path(__file__).resolve().parents[2] / "assets" / "models"
"""Where the shipped models are; `DEFAULT_MODEL` is opened where none is named, `GRAIN_MODEL` is for
single grains."""

DEFAULT_MODEL = "rice-224"
GRAIN_MODEL = "grains-64"
MODEL_FILE = "model.keras"
log = logging.getLogger("core")
_LARGE = 50_000  # numbers in an array that is worth halving
_HALF_MOST = 65504  # the largest number in half precision
_NEWER = {  # arguments of layers and initializers, with the values that change nothing
    "input_axes": None,
    "output_axes": None,
    "renorm": False,
    "renorm_clipping": None,
    "renorm_momentum": 0.99,
    "quantization_config": None,
}
_HALF_ERROR = 1e-3  # the most that half precision on disk may change a probability


@dataclass(frozen=True)
class OpenModel:
    """A model in memory.

    Attributes:
        name: The folder's or file's name.
        loaded: The model as one function.
        frozen: Its graph, for inputs of the card's size.
        card: Its card; where there was none, one that lists its `assumptions`.
    """

    name: str
    loaded: LoadedModel
    frozen: FrozenGraph
    card: Card

    @property
    def keras(self) -> Any:
        """The Keras model, of either generation; None where it is a SavedModel."""
        return self.loaded.keras


def list_models(folder: Path = MODELS) -> dict[str, Card]:
    """The models in a folder, by name; one with a wrong card is left out.

    The default one stands first, those of single grains last, before them the demonstration's.
    """
    cards = {}
    for path in folder.glob(f"*/{CARD_FILE}"):
        try:
            cards[path.parent.name] = read_card(path)
        except ModelError:
            log.warning("the model %s is left out", path.parent.name, exc_info=True)
    kinds = {name: (bool(card.grains), bool(card.planted)) for name, card in cards.items()}
    order = sorted(cards, key=lambda name: (name != DEFAULT_MODEL, kinds[name], name))
    return {name: cards[name] for name in order}


def list_models_without_card(folder: Path) -> list[str]:
    """The models in a folder that came without a card, by name; files that hold none are left out.

    The names are what `find_model` takes. None is opened.
    """
    names = set()
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.name.startswith(".") or (entry / CARD_FILE).exists():
            continue
        try:
            found = recognise(entry)
        except ModelError:
            continue
        names.add(found.path.name if found.kind == "checkpoint" else entry.name)
    return sorted(names)


def find_model(model: str, folder: Path = MODELS) -> Path:
    """Where a model is, by its installed name or by its path.

    Raises:
        ModelError: If there is none; lists those that are installed.
    """
    for path in (folder / model, Path(model)):
        checkpoint = path.with_name(path.name + ".index") if path.name else path
        if model and (path.exists() or checkpoint.exists()):
            return path
    raise ModelError(
        "model_missing",
        f"There is no model {model!r}. Installed are: {', '.join(list_models(folder)) or 'none'}. "
        "Give one of these names, or the path of a model's folder or file.",
        name=model,
    )


def open_model(path: Path, allow_code: bool = False) -> OpenModel:
    """Open a model's folder, or a bare model.

    Args:
        path: A folder with a model and its `card.json`, or what `load.load` opens, where a
            card may lie beside it.
        allow_code: Run code that came with the model.

    Raises:
        ModelError: If it cannot be opened, or is no classifier, or disagrees with its card.
    """
    start_tensorflow()
    from core.models.tensorflow.load import load

    beside = (path if path.is_dir() else path.parent) / CARD_FILE
    card = read_card(beside) if beside.is_file() else None
    loaded = load(path, allow_code, card.input.size if card else None)
    return open_loaded(printable(path.name), loaded, card)


def open_loaded(name: str, loaded: LoadedModel, card: Card | None = None) -> OpenModel:
    """A loaded model with its graph, and with its card or an assumed one.

    Args:
        name: What to call it.
        loaded: From `load.load` or `load.from_keras`.
        card: None to assume one.

    Raises:
        ModelError: If it is no classifier, or disagrees with its card.
    """
    from core.models.tensorflow.freeze import freeze
    from core.models.tensorflow.inferred_card import infer_card, infer_size

    if card:
        check_input(card, name, loaded.shape)
    frozen = freeze(loaded, card.input.size if card else infer_size(loaded))
    if card:
        check_classes(card, name, frozen.classes)
    return OpenModel(name, loaded, frozen, card or infer_card(loaded, frozen))


def save_model(model: Any, card: Card, folder: Path) -> None:
    """Write a model's folder; weights in half precision where that changes nothing that matters.

    Args:
        model: A `keras.Model`.
        card: Its card.
        folder: Made if absent. The card is written last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        full, half = Path(scratch, "full.keras"), Path(scratch, "half.keras")
        import keras

        # A model of the same layers, without the optimizer's state that training left.
        keras.Model(model.inputs[0], model.outputs[0], name=model.name).save(full)
        write_half_precision(full, half)
        shape = (8, *card.input.size, model.input_shape[-1])
        probe = np.random.default_rng(0).uniform(-2, 2, shape).astype(np.float32)
        loaded = keras.saving.load_model(half, compile=False)
        difference = np.abs(loaded(probe) - model(probe)).max()
        os.replace(half if difference <= _HALF_ERROR else full, folder / MODEL_FILE)
    write_card(card, folder)


def write_half_precision(source: Path, target: Path) -> None:
    """Copy a `.keras` file with its float32 weights stored as float16.

    Keras reads such a file as any other: it converts to each variable's own type.
    """
    import h5py

    with (
        zipfile.ZipFile(source) as whole,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as smaller,
    ):
        for name in whole.namelist():
            data = whole.read(name)
            if name.endswith(".h5"):
                data = _halved(data, h5py)
            elif name == "config.json":
                data = json.dumps(_for_older_keras(json.loads(data))).encode()
            # A fixed date, so that the same weights give the same file.
            smaller.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


def _for_older_keras(config: Any) -> Any:
    """Leave out what Keras 3.12, the last for Python 3.10, does not know, where it says nothing."""
    if isinstance(config, list):
        return [_for_older_keras(each) for each in config]
    if not isinstance(config, dict):
        return config
    said = {k: v for k, v in config.items() if k not in _NEWER or v != _NEWER[k]}
    return {key: _for_older_keras(each) for key, each in said.items()}


def _halved(data: bytes, h5py: Any) -> bytes:
    out = io.BytesIO()
    with h5py.File(io.BytesIO(data)) as whole, h5py.File(out, "w") as smaller:

        def copy(name: str, item: Any) -> None:
            if not isinstance(item, h5py.Dataset):
                smaller.require_group(name).attrs.update(item.attrs)
                return
            values = item[()]
            # The late, large kernels only: they are most of the file, and what is rounded in the
            # early, small ones grows on its way through the network.
            fits = values.dtype == np.float32 and np.abs(values).max(initial=0) < _HALF_MOST
            if fits and values.size >= _LARGE:
                values = values.astype(np.float16)
            smaller.create_dataset(name, data=values)

        whole.visititems(copy)
        smaller.attrs.update(whole.attrs)
    return out.getvalue()
