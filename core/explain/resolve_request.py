"""Names what a request leaves to the model: its method, layers and classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.errors import ModelError
from core.explain.cam import CLASS_AGNOSTIC
from core.explain.mapped_classes import MANY
from core.explain.request import LIBRA_GRAD, OWN, SCORE_CAM, ExplainRequest
from core.models.card import Card
from core.models.network import Layer


def own_method(layers: Iterable[Layer]) -> str:
    """The method that a request for `OWN` is answered by.

    Args:
        layers: The model's.

    Example:
        >>> own_method([Layer("a", "Conv2D", "a:0", (4, 4), 8)])
        'grad-cam'
    """
    return LIBRA_GRAD if any(layer.balanced for layer in layers) else "grad-cam"


def find_layer(name: str | None, model: str, layers: Sequence[Layer]) -> Layer:
    """A layer by name; the last one for None.

    Args:
        name: The layer's.
        model: The model's, for the sentence.
        layers: The model's.

    Raises:
        ModelError: If there is none of that name; lists those there are.
    """
    for layer in layers:
        if layer.name == (layers[-1].name if name is None else name):
            return layer
    raise ModelError(
        "layer_unknown",
        f"{model} has no layer {name!r} with a grid. It has: "
        f"{', '.join(layer.name for layer in layers)}.",
        name=name,
    )


def resolve_request(
    request: ExplainRequest, model: str, card: Card, layers: Sequence[Layer]
) -> ExplainRequest:
    """The request with its method and its layers named.

    Args:
        request: What is asked.
        model: The model's name, for the sentences.
        card: Its card.
        layers: Its layers.

    Raises:
        ModelError: If this model has no such method, layer or class, or no such fine map.
    """
    for name in filter(None, (request.contrast_class, *request.classes)):
        if name not in card.names:
            raise ModelError(
                "class_unknown",
                f"{model} has no class {name!r}; it has {', '.join(card.names)}.",
                name=name,
            )
    method = request.method
    if method == OWN:  # LibraGrad has a layer of its own
        its_own = {layer.name for layer in layers if layer.balanced}
        method = own_method(layers) if set(request.layers) <= its_own else "grad-cam"
    if method == LIBRA_GRAD:
        chosen = _balanced(request, model, layers)
    else:
        chosen = [find_layer(name, model, layers) for name in request.layers] or [layers[-1]]
    _check_upsampling(request.upsampling, chosen, card)
    named = replace(request, method=method)
    return replace(
        named,
        layers=tuple(dict.fromkeys(layer.name for layer in chosen)),
        classes=request.classes if maps_some(named, card, chosen) else (),
    )


def maps_some(request: ExplainRequest, card: Card, layers: Iterable[Layer]) -> bool:
    """Whether not all classes get a map: there are many, and each costs a pass back.

    Args:
        request: With its method named.
        card: The model's.
        layers: Those that the request names.
    """
    one_by_one = request.method not in (*CLASS_AGNOSTIC, SCORE_CAM)
    costly = one_by_one and not all(layer.linear for layer in layers)
    # A probability's gradient is made of those of all logits.
    return costly and request.score == "logit" and len(card.classes) > MANY


def _balanced(request: ExplainRequest, model: str, layers: Sequence[Layer]) -> list[Layer]:
    """The one layer of LibraGrad."""
    balanced = [layer for layer in layers if layer.balanced]
    if not balanced:
        raise ModelError(
            "question_unbalanced",
            f"LibraGrad is made for models with attention; {model} has none that is known here. "
            "Choose another method.",
            name=model,
        )
    if set(request.layers) - {balanced[0].name}:
        raise ModelError(
            "question_layer_fixed",
            f"LibraGrad has a layer of its own, {balanced[0].name}; it was asked at "
            f"{', '.join(request.layers)}. Give no layer, or choose another method.",
            name=balanced[0].name,
        )
    return balanced


def _check_upsampling(upsampling: int, layers: Sequence[Layer], card: Card) -> None:
    """Refuse shifts by less than a pixel, which would all be the same photo."""
    sides = (card.input.size, *(layer.map_grid for layer in layers))
    heights, widths = zip(*sides, strict=True)
    finest = max(1, heights[0] // max(heights[1:]), widths[0] // max(widths[1:]))
    if upsampling > finest:
        raise ModelError(
            "question_too_fine",
            f"A cell of {layers[0].name} is {finest} pixels wide, so nothing is finer than "
            f"{finest} times; {upsampling} was asked for. Give at most {finest}.",
            name=layers[0].name,
            finest=finest,
        )
