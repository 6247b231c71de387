"""What can be asked of a model about a photo, and what the visitor chose of it.

Only what has a meaning is offered: no two methods that are the same for the model, no question that
a method cannot answer, no map that would not be finer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from core.explain.cam import CLASS_AGNOSTIC, SAME_BEHIND_POOLING
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.explain.request import METHOD_NAMES, SCORE_CAM, ExplainRequest
from core.models.network import Layer, candidate_layers

FOR, AGAINST, RATHER = "for", "against", "rather"
RUNNER_UP = ""  # the choice "whatever class comes next"
DEFAULTS = {"kind": FOR, "other": RUNNER_UP, "method": "grad-cam", "layers": [], "finer": 1}
_FINER = (2, 4, 8)
_FEWEST, _MOST = 8, 32  # cells that a finer map may have along its longer side
_OWN_UNITS = ("grad-cam++",)  # its maps cannot be compared between photos


@dataclass(frozen=True)
class Choices:
    """What can be asked, and what is.

    Attributes:
        kinds: Of questions.
        others: Classes to compare with.
        methods: Of `METHOD_NAMES`.
        same: Methods left out because they are Grad-CAM for the chosen layers.
        layers: From the input to the output; the last is the default.
        chosen: Those of them that are asked.
        upsampling: Times finer; 1 for the layer's own cells.
        comparable: Whether maps of different photos share a unit.
        other: The class to compare with; RUNNER_UP, or None where none is asked for.
        request: What is asked of every photo, but for that class.
    """

    kinds: tuple[str, ...]
    others: tuple[str, ...]
    methods: tuple[str, ...]
    same: tuple[str, ...]
    layers: tuple[Layer, ...]
    chosen: tuple[Layer, ...]
    upsampling: tuple[int, ...]
    comparable: bool
    other: str | None
    request: ExplainRequest

    def grid(self, times: int) -> tuple[int, int]:
        """(rows, columns) of a map so many times finer than the one chosen layer's."""
        rows, columns = self.chosen[0].grid
        return times * rows, times * columns

    def asked(self, answer: Explanation, target: str) -> ExplainRequest:
        """What is asked of a photo.

        Args:
            answer: What the model said of it.
            target: The class that is looked for.
        """
        if self.other is None:
            return self.request
        other = runner_up(answer, target) if self.other in (RUNNER_UP, target) else self.other
        return replace(self.request, contrast_class=other)


def chosen(explainer: Explainer, answer: Explanation, target: str) -> Choices:
    """What the controls are set to, before they are drawn; what does not fit is set back.

    Args:
        explainer: The model's.
        answer: What it said of the photo.
        target: The class that is looked for.
    """
    state = st.session_state
    layers = candidate_layers(explainer.layers)
    at = tuple(layer for layer in layers if layer.name in state.layers) or layers[-1:]
    names = tuple(layer.name for layer in at)
    if set(state.layers) != set(names):
        state.layers = list(names)
    same = tuple(SAME_BEHIND_POOLING) if all(layer.pooled for layer in at) else ()
    methods = tuple(name for name in METHOD_NAMES if name not in same)
    if state.method in same:
        state.method = SAME_BEHIND_POOLING[state.method]
    others = tuple(name for name in answer.classes if name != target)
    kinds = (FOR,) if state.method in CLASS_AGNOSTIC else (FOR, AGAINST, RATHER)[: 2 + bool(others)]
    upsampling = (1,) if state.method == SCORE_CAM else finenesses(at)
    for key, possible in (("kind", kinds), ("other", (RUNNER_UP, *others)), ("finer", upsampling)):
        if state[key] not in possible:
            state[key] = DEFAULTS[key]
    return Choices(
        kinds=kinds,
        others=others,
        methods=methods,
        same=same,
        layers=layers,
        chosen=at,
        upsampling=upsampling,
        comparable=len(at) == 1 and state.method not in _OWN_UNITS,
        other=state.other if state.kind == RATHER else None,
        request=ExplainRequest(
            method=state.method,
            layers=() if at == layers[-1:] else names,
            negate=state.kind == AGAINST,
            upsampling=state.finer,
        ),
    )


def finenesses(layers: tuple[Layer, ...]) -> tuple[int, ...]:
    """How many times finer a map can be drawn: 8 to 32 cells along its longer side.

    Example:
        >>> [finenesses((Layer("a", "", "", (cells, cells), 1),)) for cells in (2, 7, 28)]
        [(1, 4, 8), (1, 2, 4), (1,)]
    """
    if len(layers) > 1:  # a fused map is in shares, and each shifted photo's are its own
        return (1,)
    longer = max(layers[0].grid)
    return (1, *(times for times in _FINER if _FEWEST <= times * longer <= _MOST))


def runner_up(answer: Explanation, target: str) -> str:
    """The likeliest class but one.

    Args:
        answer: Of at least two classes.
        target: The one.
    """
    order = [answer.classes[index] for index in answer.scores.argsort()[::-1]]
    return next(name for name in order if name != target)


def set_finer(times: int) -> None:
    """Ask for a map so many times finer."""
    st.session_state.finer = times


def back() -> None:
    """Ask the default again."""
    for key, default in DEFAULTS.items():
        st.session_state[key] = default
