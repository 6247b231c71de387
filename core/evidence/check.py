"""A check of one photo: inputs for the model, and what its answers add to the evidence.

A check is data: its caller chooses how many inputs make a batch, and when to stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.evidence.log_odds import log_odds
from core.evidence.masked_input import Floats, MaskedInput, Pixels
from core.evidence.occlusion import blur
from core.evidence.results import Evidence
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.models.network import probabilities


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        inputs: Photos in the model's size, uint8 [h, w, 3] each.
        predict: What the model says of several of them, uint8 [n, h, w, 3]; one answer each.
        conclude: The evidence with what the answers add to it.
    """

    inputs: Sequence[Pixels]
    predict: Callable[[Pixels], Iterable[Any]]
    conclude: Callable[[list[Any], Evidence], Evidence]

    def run(self, evidence: Evidence) -> Evidence:
        """Show the model all inputs in one batch; gives the evidence with what they add."""
        answers = list(self.predict(np.stack(self.inputs))) if self.inputs else []
        return self.conclude(answers, evidence)


@dataclass(frozen=True)
class CheckContext:
    """Input of all checks: a model's explanation of a photo, for one class.

    Where `problem` says why the mask is not to be trusted, what needs it is not asked.
    """

    explainer: Explainer
    input: MaskedInput
    explanation: Explanation
    class_index: int
    problem: str = ""

    @property
    def heat(self) -> Floats:
        """The class's map."""
        return self.explanation.map(self.target)

    @property
    def target(self) -> str:
        """The class's name."""
        return self.explanation.classes[self.class_index]

    @cached_property
    def blurred(self) -> Pixels:
        """What stands where a place is erased: two checks ask for it."""
        return self.input.paste(blur(self.input.photo))

    def log_odds(self, logits: Floats) -> Floats:
        """Log odds of what the map answers, [N] of logits [N, C]; without the temperature."""
        request = self.explanation.request
        other = request.contrast_class
        contrast = None if other is None else self.explanation.classes.index(other)
        head = self.explainer.network.head
        scores = probabilities(logits, head)
        return log_odds(scores, self.class_index, head, contrast, request.negate)
