"""The model card: what a model expects, what it was trained on and how well it did.

A card is `card.json` beside the model. The preprocessing is part of it, so that a model is never
shown numbers it was not trained with.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

from core.errors import ModelError
from core.texts import count_noun

CARD_FILE = "card.json"
log = logging.getLogger("core")
_SCHEMA = json.loads(Path(__file__).with_name("card.schema.json").read_text("utf-8"))


@dataclass(frozen=True)
class ClassName:
    """A class: the folder's name it was trained under, and what to call it in two languages."""

    name: str
    en: str
    ja: str


@dataclass(frozen=True)
class Input:
    """Format of the model's input, in the terms of `preprocess`.

    Attributes:
        height, width: In pixels.
        values: Number convention.
        geometry: How a photo of another shape is brought to this one.
        channels: 3 for colours, 1 for grey.
        order: Of the colours, "rgb" or "bgr".
    """

    height: int
    width: int
    values: str = "imagenet"
    geometry: str = "squash"
    channels: int = 3
    order: str = "rgb"

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.height, self.width


@dataclass(frozen=True)
class Card:
    """A model's card.

    Attributes:
        classes: In the order of the model's outputs.
        input: What the model is shown.
        title: What to call the model, by language ("en", "ja").
        architecture: For people; the model file says it for programs.
        training, split, measured: As in `card.schema.json`; empty where nobody knows.
        temperature: That the logits are divided by for probabilities that people read, so that
            of photos at 90 %, nine of ten are right.
        calibration: How far these probabilities are from that, measured; see the schema.
        planted: What a demonstration's model was made to look at, and that it does; see the schema.
        grains: Of a model of single grains, how well it does on other grounds; see the schema.
        versions: Package name to version, of what trained and saved the model.
        compiled_sha256: Of the compiled form that comes with the model; empty where none does.
        assumptions: What had to be assumed because no card said it; never written to disk.
    """

    classes: tuple[ClassName, ...]
    input: Input
    title: dict[str, str] = field(default_factory=dict)
    architecture: str = ""
    training: dict[str, Any] = field(default_factory=dict)
    split: dict[str, Any] = field(default_factory=dict)
    measured: dict[str, Any] = field(default_factory=dict)
    temperature: float = 1.0
    calibration: dict[str, Any] = field(default_factory=dict)
    planted: dict[str, Any] = field(default_factory=dict)
    grains: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    compiled_sha256: str = ""
    assumptions: tuple[str, ...] = ()

    def with_preprocessing(self, values: str | None = None, geometry: str | None = None) -> Card:
        """The same card with other input values or geometry; None changes nothing."""
        now = self.input
        changed = replace(now, values=values or now.values, geometry=geometry or now.geometry)
        return replace(self, input=changed)

    @property
    def names(self) -> tuple[str, ...]:
        """The classes' own names, in the order of the outputs."""
        return tuple(entry.name for entry in self.classes)


def class_names(
    names: Sequence[str], translations: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[ClassName, ...]:
    """Class names with their translations; a name without one stands for itself.

    Example:
        >>> class_names(["Ketan"], {"Ketan": {"ja": "もち米"}})
        (ClassName(name='Ketan', en='Ketan', ja='もち米'),)
    """
    translations = translations or {}
    return tuple(
        ClassName(name, **{"en": name, "ja": name, **translations.get(name, {})}) for name in names
    )


def write_card(card: Card, folder: Path) -> None:
    """Write `card.json` into a model's folder.

    Raises:
        ModelError: If the card does not meet the schema.
    """
    data = card_to_dict(card)
    _check(data, "this model")
    text = json.dumps(data, ensure_ascii=False, indent=2)
    (folder / CARD_FILE).write_text(text + "\n", "utf-8")


def set_compiled_sha256(file: Path, sha256: str) -> None:
    """Note in a card which compiled form comes with the model; the rest of it stays as it is.

    Args:
        file: The card's file, one that `read_card` reads.
        sha256: The compiled form's.
    """
    data = json.loads(file.read_text("utf-8")) | {"compiled_sha256": sha256}
    unfinished = file.with_suffix(".part")
    unfinished.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", "utf-8")
    unfinished.replace(file)


def read_card(path: Path) -> Card:
    """Read and check a card, once until its file changes.

    Args:
        path: The card's file.

    Raises:
        ModelError: If it is no JSON, or does not meet the schema; says where and why.
    """
    stat = path.stat()
    found = _read_once(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)
    if isinstance(found, ModelError):
        raise found.with_traceback(None)
    return found


@lru_cache(maxsize=256)
def _read_once(path: Path, *version: int) -> Card | ModelError:
    """The card of one version of a file, or what is wrong with it."""
    try:
        return _read(path)
    except ModelError as error:
        return error


def _read(path: Path) -> Card:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelError(
            "card_invalid",
            f"The model's card {path.name} is not readable JSON ({error}). Fix it or remove it: "
            "without a card the model opens with assumptions.",
            reason=str(error),
        ) from error
    _check(data, path.name)
    unknown = sorted(data.keys() - _SCHEMA["properties"].keys())
    if unknown:  # as of a later version
        log.warning("the card %s says what is not known here: %s", path, ", ".join(unknown)[:200])
    return card_from_dict(data)


def check_input(card: Card, name: str, taken: tuple[int | None, int | None, int]) -> None:
    """Check that a model takes the photos that its card says.

    Args:
        card: Of the model.
        name: The model's, for the error.
        taken: Height, width and channels that it takes; None for any.

    Raises:
        ModelError: If it does not.
    """
    said = (*card.input.size, card.input.channels)
    if all(own in (None, given) for own, given in zip(taken, said, strict=True)):
        return
    declared = " x ".join(str(length or "any") for length in taken)
    raise ModelError(
        "card_unfit",
        f"The card of {name} says its input is {' x '.join(map(str, said))}, but the model takes "
        f"{declared} (height, width, channels).",
        name=name,
    )


def check_classes(card: Card, name: str, count: int) -> None:
    """Check that a model gives as many classes as its card names.

    Raises:
        ModelError: If it does not.
    """
    if count != len(card.classes):
        raise ModelError(
            "card_unfit",
            f"The card of {name} names {count_noun(len(card.classes), 'class')}, but the model "
            f"gives {count}.",
            name=name,
        )


def card_to_dict(card: Card) -> dict[str, Any]:
    """A card as what JSON can hold, as `card.schema.json` describes it."""
    unsaid: tuple[object, ...] = ({}, "", (), 1.0)  # as without a temperature
    data = {key: value for key, value in asdict(card).items() if value not in unsaid}
    data.pop("assumptions", None)
    return {"format": 1, **data, "classes": [asdict(entry) for entry in card.classes]}


def card_from_dict(data: dict[str, Any]) -> Card:
    """A card from what `card_to_dict` gave, or from a file that meets the schema."""
    classes = tuple(
        ClassName(**{"en": entry["name"], "ja": entry["name"], **entry})
        for entry in data["classes"]
    )
    known = {key: data[key] for key in _SCHEMA["properties"].keys() & data.keys() - {"format"}}
    return Card(**{**known, "classes": classes, "input": Input(**data["input"])})


_MESSAGE = 300  # characters of what is wrong with a card


@cache
def _validator() -> Validator:
    """The schema's, which is right itself: a test checks that, not every card."""
    return validator_for(_SCHEMA)(_SCHEMA)


def _check(data: Any, what: str) -> None:
    error = best_match(_validator().iter_errors(data))
    if error:
        place = "/".join(str(step) for step in error.absolute_path) or "the card itself"
        said = error.message  # has all of what is wrong, which a stranger wrote
        if len(said) > _MESSAGE:
            said = f"{said[: _MESSAGE // 2]} … {said[-_MESSAGE // 2 :]}"
        raise ModelError(
            "card_invalid",
            f"The card of {what} is wrong at {place}: {said}. Fix that entry or remove "
            "the card: without a card the model opens with assumptions.",
            reason=f"{place}: {said}",
        ) from error
    names = [entry["name"] for entry in data["classes"]]
    if len(set(names)) < len(names):
        raise ModelError(
            "card_invalid",
            f"The card of {what} names a class twice: {', '.join(names)}. Give each its own name.",
            reason="classes: a name stands twice",
        )
