"""Metadata of a compiled model: what its ONNX file says of itself, and which version wrote it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.models.card import Card, card_from_dict, card_to_dict
from core.models.network import Layer, Span
from core.models.onnx.place import Place, Tokens

_FORMAT = "3"  # of what is written; another one is not read
# What compiling knows of a model. 1, the files that name none: no layer of balanced gradients.
_REVISION = 2
_ATTENTION = b"Softmax"  # is in every attention; what ends a classifier is not in the graph


class OutdatedError(ValueError):
    """A compiled form that another version made, and that is to be made again."""


@dataclass(frozen=True)
class OnnxMetadata:
    """Metadata of a compiled file.

    Attributes:
        model: The digest of the model that it was exported from, as of `digest_of_files`.
        head: As `network.Network`.
        shape: (h, w, c) of the input.
        card: The model's card.
        layers: As `network.Network`.
        tensors: Where layers are in the compiled graph, by their names.
    """

    model: str
    head: str
    shape: tuple[int, int, int]
    card: Card
    layers: tuple[Layer, ...]
    tensors: dict[str, Place]

    def to_properties(self) -> dict[str, str]:
        """As the properties of an ONNX file."""
        # No file holds its own digest; and what is only said of the probabilities may change later.
        card = replace(self.card, compiled_sha256="", temperature=1.0, calibration={})
        data = {**asdict(self), "card": card_to_dict(card), "assumed": card.assumptions}
        about = json.dumps(data, ensure_ascii=False)
        return {"format": _FORMAT, "revision": str(_REVISION), "about": about}

    @staticmethod
    def from_properties(properties: dict[str, str]) -> OnnxMetadata:
        """From the properties of an ONNX file.

        Raises:
            OutdatedError: If they are of another format.
        """
        if properties.get("format") != _FORMAT:
            raise OutdatedError(f"compiled format {properties.get('format')}, not {_FORMAT}")
        data = json.loads(properties["about"])
        assumed = tuple(data.pop("assumed"))
        layers = tuple(map(_layer, data["layers"]))
        tensors = {name: _place(*each) for name, each in data["tensors"].items()}
        card = replace(card_from_dict(data["card"]), assumptions=assumed)
        known = {"shape": tuple(data["shape"]), "card": card, "layers": layers, "tensors": tensors}
        return OnnxMetadata(**{**data, **known})


def check_up_to_date(properties: Mapping[str, str], content: bytes) -> None:
    """Make sure that compiling again would not give a model more than the file has.

    What attends has a layer for LibraGrad since revision 2. Other models are as good in the first.

    Args:
        properties: Of an ONNX file.
        content: The whole file.

    Raises:
        OutdatedError: If it would.

    Example:
        >>> check_up_to_date({}, b"Conv, Relu")
        >>> check_up_to_date({"revision": "1"}, b"MatMul, Softmax")
        Traceback (most recent call last):
        core.models.onnx.onnx_metadata.OutdatedError: compiled before attention had its own layer
    """
    if int(properties.get("revision", "1")) < _REVISION and _ATTENTION in content:
        raise OutdatedError("compiled before attention had its own layer")


def _layer(row: dict[str, Any]) -> Layer:
    spans = row["spans"] and tuple(Span(*each) for each in row["spans"])
    return Layer(**{**row, "grid": tuple(row["grid"]), "spans": spans})


def _place(tensor: str, channels_first: bool, tokens: list[int] | None = None) -> Place:
    return Place(tensor, bool(channels_first), Tokens(*tokens) if tokens else None)
