"""The explanation of one photo: its scores and a map for every class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.explain.familiarity import LIMIT
from core.explain.request import SCORE_CAM, ExplainRequest
from core.images.preprocess import Placement


@dataclass(frozen=True)
class Shifted:
    """Classification of the shifted photos that a finer map is made of.

    Attributes:
        passes: How many there were.
        same: Share of them with the same class on top as the photo itself.
        scores: float32 [C], their mean probabilities.
    """

    passes: int
    same: float
    scores: NDArray[np.float32]


@dataclass(frozen=True)
class Explanation:
    """A photo's scores and every class's map, and where they came from.

    Attributes:
        sha256: The photo's identity.
        model: The model's name.
        request: What the maps answer, with the layers' names filled in.
        classes: Names, in the order of the arrays.
        placement: Where the photo lay in the model's input.
        logits: float32 [C].
        scores: float32 [C], probabilities.
        maps: float32 [C, h, w] on cells as wide as the layer's, signed, not normalised; finer than
            that only where the request asks for it. All 0 where it is zero but for rounding. Of the
            `mapped` classes only, where there are any.
        shifted: Of a finer map; else None.
        assumed_bits: Of the photo.
        head: As `network.Network`.
        familiarity: How like the photos that the model learned from it is, 0 to 1, as of
            `Familiarity.measure`; None where that is not measured.
        mapped: Names of the classes that have a map, in the order of the maps; () for all.
    """

    sha256: str
    model: str
    request: ExplainRequest
    classes: tuple[str, ...]
    placement: Placement
    logits: NDArray[np.float32]
    scores: NDArray[np.float32]
    maps: NDArray[np.float32]
    shifted: Shifted | None = None
    assumed_bits: int | None = None
    head: str = "softmax"
    familiarity: float | None = None
    mapped: tuple[str, ...] = ()

    @property
    def score_kind(self) -> str:
        """What the maps explain: "logit", "probability" or, of a mixture, "log_probability"."""
        if self.request.score == "probability" or self.request.method == SCORE_CAM:
            return "probability"
        return "log_probability" if self.head == "mixture" else "logit"

    @property
    def familiar(self) -> bool | None:
        """Whether the photo is like those that the model learned from; None if not measured."""
        return None if self.familiarity is None else self.familiarity >= LIMIT

    @property
    def predicted(self) -> str:
        """The class with the highest score."""
        return self.classes[int(self.scores.argmax())]

    @property
    def layer(self) -> str:
        """The layers' names, as one text."""
        return " + ".join(self.request.layers)

    @property
    def grid(self) -> tuple[int, int]:
        """(rows, columns) of the map's cells."""
        return self.maps.shape[1], self.maps.shape[2]

    def is_zero(self, name: str) -> bool:
        """Whether a class's map is zero but for rounding: it says nothing, for or against."""
        return not self.map(name).any()

    def map(self, name: str) -> NDArray[np.float32]:
        """The map of a class, by name: float32 [h, w].

        Raises:
            KeyError: If the model has no such class, or it was not asked for a map of it; lists
                those it has.
        """
        if name not in (names := self.mapped or self.classes):
            what = "map of" if name in self.classes else "class"
            raise KeyError(f"There is no {what} {name!r}; there are {', '.join(names)}.")
        return self.maps[names.index(name)]
