"""Options for explaining a photo with a model, and the visitor's choice of them.

Only what has a meaning is offered: no two methods that are the same for the model, no request that
a method cannot answer, no map that would not be finer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from core.explain.cam import CLASS_AGNOSTIC, SAME_BEHIND_POOLING
from core.explain.explanation import Explanation
from core.explain.mapped_classes import must_ask
from core.explain.request import LIBRA_GRAD, METHOD_NAMES, OWN, SCORE_CAM, ExplainRequest
from core.explain.resolve_request import own_method
from core.models.network import Layer, candidate_layers
from dashboard.i18n.phrases import AGAINST, FOR, RATHER
from dashboard.state import controls
from dashboard.state.controls import RUNNER_UP

_UPSAMPLINGS = (2, 4, 8)
_FEWEST, _MOST = 8, 32  # cells that a finer map may have along its longer side
_OWN_UNITS = ("grad-cam++",)  # its maps cannot be compared between photos


@dataclass(frozen=True)
class ExplainOptions:
    """Available options for a model and photo, and the chosen ones.

    Attributes:
        kinds: Of requests: for a class, against it, for it rather than another.
        contrasts: Classes to compare with.
        own_method: The one of `METHOD_NAMES` that `OWN` stands for.
        methods: `OWN`, or its name where that was chosen for another model; and others of
            `METHOD_NAMES`.
        same: Methods left out because they are Grad-CAM for the chosen layers.
        layers: From the input to the output; the last is the default.
        chosen_layers: Those of them that are asked.
        upsamplings: Times finer; 1 for the layer's own cells.
        comparable: Whether maps of different photos share a unit.
        contrast: The class to compare with; RUNNER_UP, or None where none is asked for.
        request: What is asked of every photo, but for that class.
    """

    kinds: tuple[str, ...]
    contrasts: tuple[str, ...]
    own_method: str
    methods: tuple[str, ...]
    same: tuple[str, ...]
    layers: tuple[Layer, ...]
    chosen_layers: tuple[Layer, ...]
    upsamplings: tuple[int, ...]
    comparable: bool
    contrast: str | None
    request: ExplainRequest

    def named(self, method: str) -> str:
        """A method by a name of its own."""
        return self.own_method if method == OWN else method

    def grid(self, times: int) -> tuple[int, int]:
        """(rows, columns) of a map so many times finer than the one chosen layer's."""
        rows, columns = self.chosen_layers[0].map_grid
        return times * rows, times * columns

    def request_for(self, explanation: Explanation, target: str) -> ExplainRequest:
        """The request for a photo, from the chosen options.

        Args:
            explanation: The model's first answer to it.
            target: The class whose map is drawn.
        """
        asked = must_ask(target, explanation.classes, explanation.scores)
        request = replace(self.request, classes=(target,) if asked else ())
        if self.contrast is None:
            return request
        other = self.contrast
        if other in (RUNNER_UP, target):
            other = runner_up(explanation, target)
        return replace(request, contrast_class=other)


def explain_options(layers: tuple[Layer, ...], explanation: Explanation) -> ExplainOptions:
    """What the controls are set to, before they are drawn; what does not fit is set back.

    Args:
        layers: The network's.
        explanation: Its first answer to the photo in view.
    """
    state, target = st.session_state, controls.target(explanation)
    own, balanced = own_method(layers), tuple(layer for layer in layers if layer.balanced)
    layers = candidate_layers(layers)
    chosen = tuple(layer for layer in layers if layer.name in state.layers) or layers[-1:]
    names = tuple(layer.name for layer in chosen)
    if set(state.layers) != set(names):
        state.layers = list(names)
    same = tuple(SAME_BEHIND_POOLING) if all(layer.pooled for layer in chosen) else ()
    others = (name for name in METHOD_NAMES if name not in (own, LIBRA_GRAD, *same))
    # The same, but by its name, stays named: a model whose own is another one has the choice still.
    methods = (own if state.method == own else OWN, *others)
    if state.method not in methods:
        same_as = SAME_BEHIND_POOLING.get(state.method, OWN)
        state.method = same_as if same_as in methods else OWN
    if balanced and state.method in (OWN, LIBRA_GRAD):  # it has a layer of its own
        layers = chosen = balanced
    contrasts = tuple(name for name in explanation.classes if name != target)
    kinds = (FOR, AGAINST, RATHER)[: 2 + bool(contrasts)]
    kinds = (FOR,) if state.method in CLASS_AGNOSTIC else kinds
    times = (1,) if state.method == SCORE_CAM else upsamplings(chosen)
    for key, possible in (("kind", kinds), ("other", (RUNNER_UP, *contrasts)), ("finer", times)):
        if state[key] not in possible:
            state[key] = controls.REQUEST[key]
    return ExplainOptions(
        kinds=kinds,
        contrasts=contrasts,
        own_method=own,
        methods=methods,
        same=same,
        layers=layers,
        chosen_layers=chosen,
        upsamplings=times,
        comparable=len(chosen) == 1 and state.method not in _OWN_UNITS,
        contrast=state.other if state.kind == RATHER else None,
        request=ExplainRequest(
            method=state.method,
            layers=() if chosen == layers[-1:] else names,
            negate=state.kind == AGAINST,
            upsampling=state.finer,
        ),
    )


def upsamplings(layers: tuple[Layer, ...]) -> tuple[int, ...]:
    """How many times finer a map can be drawn: 8 to 32 cells along its longer side.

    Example:
        >>> [upsamplings((Layer("a", "", "", (cells, cells), 1),)) for cells in (2, 7, 28)]
        [(1, 4, 8), (1, 2, 4), (1,)]
    """
    if len(layers) > 1:  # a fused map is in shares, and each shifted photo's are its own
        return (1,)
    longer = max(layers[0].map_grid)
    return (1, *(times for times in _UPSAMPLINGS if _FEWEST <= times * longer <= _MOST))


def runner_up(explanation: Explanation, target: str) -> str:
    """The likeliest class but one.

    Args:
        explanation: Of at least two classes.
        target: The one.
    """
    order = [explanation.classes[index] for index in explanation.scores.argsort()[::-1]]
    return next(name for name in order if name != target)
