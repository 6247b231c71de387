"""Models on disk: a folder with the model and its card. List, open, save."""

from __future__ import annotations

import io
import json
import logging
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.card import CARD_FILE, Card, Input, named, read_card, write_card
from core.errors import ModelError

MODELS = Path(__file__).resolve().parent.parent / "assets" / "models"
"""Where the shipped models are; `DEFAULT` names the one that is opened by default."""

DEFAULT = "rice-224"
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
        keras: The `keras.Model`.
        card: Its card; where there was none, one that lists its `assumptions`.
    """

    name: str
    keras: Any
    card: Card


def installed(folder: Path = MODELS) -> dict[str, Card]:
    """The models in a folder, by name, the default one first; one with a wrong card is left out."""
    names = sorted(
        (path.parent.name for path in folder.glob(f"*/{CARD_FILE}")),
        key=lambda name: (name != DEFAULT, name),
    )
    cards = {}
    for name in names:
        try:
            cards[name] = read_card(folder / name / CARD_FILE)
        except ModelError:
            log.warning("the model %s is left out", name, exc_info=True)
    return cards


def find(model: str, folder: Path = MODELS) -> Path:
    """Where a model is, by its installed name or by its path.

    Raises:
        ModelError: If there is none; lists those that are installed.
    """
    for path in (folder / model, Path(model)):
        if path.exists() and model:
            return path
    raise ModelError(
        "model_missing",
        f"There is no model {model!r}. Installed are: {', '.join(installed(folder)) or 'none'}. "
        "Give one of these names, or the path of a model's folder or .keras file.",
        name=model,
    )


def model_file(path: Path) -> Path:
    """The model's file: in a model's folder, or the path itself.

    Raises:
        ModelError: If there is none.
    """
    file = path / MODEL_FILE if path.is_dir() else path
    if not file.is_file():
        raise ModelError(
            "model_missing",
            f"{path.name} holds no {MODEL_FILE}. A model's folder holds {MODEL_FILE} and "
            f"{CARD_FILE}.",
            name=path.name,
        )
    return file


def open_model(path: Path) -> OpenModel:
    """Open a model's folder, or a bare model file.

    Args:
        path: A folder with `model.keras` and `card.json`, or a `.keras` or `.h5` file of Keras 3.

    Raises:
        ModelError: If it cannot be opened, or its outputs and its card disagree.
    """
    file = model_file(path)
    import efficientnet.tfkeras  # noqa: F401  tells Keras of the package's own layers
    import keras

    try:
        # safe_mode refuses Lambda layers: code that came with a file is never run.
        model = keras.saving.load_model(file, compile=False, safe_mode=True)
    except Exception as error:  # whatever a strange file makes the reader raise
        raise ModelError(
            "model_unreadable",
            f"{path.name} cannot be opened as a Keras 3 model: {str(error).splitlines()[0]}",
            name=path.name,
            reason=str(error).splitlines()[0],
        ) from error
    beside = file.parent / CARD_FILE
    card = read_card(beside) if path.is_dir() and beside.is_file() else assumed_card(model)
    _check(path.name, model, card)
    return OpenModel(path.name, model, card)


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
        halve(full, half)
        shape = (8, *card.input.size, model.input_shape[-1])
        probe = np.random.default_rng(0).uniform(-2, 2, shape).astype(np.float32)
        loaded = keras.saving.load_model(half, compile=False)
        difference = np.abs(loaded(probe) - model(probe)).max()
        os.replace(half if difference <= _HALF_ERROR else full, folder / MODEL_FILE)
    write_card(card, folder)


def halve(source: Path, target: Path) -> None:
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


def assumed_card(model: Any) -> Card:
    """A card for a model that came without one, and what had to be assumed."""
    height, width, _channels = _input_shape(model)
    count = int(model.output_shape[-1])
    rescales = any("Rescaling" in type(layer).__name__ for layer in model.layers[:3])
    values = "0-255" if rescales else "imagenet" if _is_efficientnet(model) else "0-1"
    names = [f"class {number}" for number in range(count)]
    return Card(
        classes=named(names),
        input=Input(height, width, values, "squash"),
        assumptions=(
            f"its {count} classes have no names",
            f"it was trained on numbers as {values!r}"
            + (", because it rescales them itself" if rescales else ""),
            "photos were squashed to its input",
        ),
    )


def _is_efficientnet(model: Any) -> bool:
    return {"stem_conv", "top_conv", "top_activation"} <= {layer.name for layer in model.layers}


def _input_shape(model: Any) -> tuple[int, int, int]:
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ModelError(
            "model_shape",
            f"The model has {len(model.inputs)} inputs and {len(model.outputs)} outputs; only a "
            "classifier with one of each can be explained.",
        )
    shape = model.input_shape
    if len(shape) != 4 or shape[-1] != 3 or len(model.output_shape) != 2:
        raise ModelError(
            "model_shape",
            f"The model takes {shape} and gives {model.output_shape}; a photo classifier takes "
            "[photos, height, width, 3] and gives [photos, classes].",
        )
    return shape[1] or 224, shape[2] or 224, shape[3]


def _check(name: str, model: Any, card: Card) -> None:
    height, width, _ = _input_shape(model)
    count = model.output_shape[-1]
    if count != len(card.classes):
        raise ModelError(
            "card_unfit",
            f"The card of {name} names {len(card.classes)} classes, but the model gives {count}.",
            name=name,
        )
    if None not in model.input_shape[1:3] and (height, width) != card.input.size:
        raise ModelError(
            "card_unfit",
            f"The card of {name} says its input is {card.input.height} x {card.input.width}, but "
            f"the model takes {height} x {width}.",
            name=name,
        )
