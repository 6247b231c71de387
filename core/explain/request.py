"""A request for an explanation: method, score, layers, contrast class and upsampling."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import LensError, ModelError
from core.explain.cam import CLASS_AGNOSTIC, METHODS

SCORE_CAM, LIBRA_GRAD = "score-cam", "libra-grad"
METHOD_NAMES = (*METHODS, LIBRA_GRAD, SCORE_CAM)
OWN = "own"
"""The model's own method: LibraGrad for one that attends, if no layer is named; else Grad-CAM."""

SCORES = ("logit", "probability")


@dataclass(frozen=True)
class ExplainRequest:
    """A request for the map of a class.

    Attributes:
        method: One of `METHOD_NAMES`, or `OWN`.
        score: "logit", or "probability" as VizGradCAM does. Score-CAM always takes the probability.
        layers: Names of the layers to explain at; of several, the maps are fused. Empty for the
            network's last, and for LibraGrad, which has a layer of its own.
        contrast_class: A class B: every map answers "why this class rather than B". None for "why
            this class".
        negate: Ask what speaks against the class instead of for it.
        upsampling: The map gets so many times more cells each way, from as many shifts of the photo
            each way (`shift_and_stitch`).
        classes: Names of classes that must have a map, where a model has so many classes that not
            all have one (`mapped_classes`).

    Raises:
        ModelError: If the parts do not fit together.
    """

    method: str = OWN
    score: str = "logit"
    layers: tuple[str, ...] = ()
    contrast_class: str | None = None
    negate: bool = False
    upsampling: int = 1
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what does not fit together."""
        if (
            self.method not in (OWN, *METHOD_NAMES)
            or self.score not in SCORES
            or self.upsampling < 1
        ):
            raise ModelError(
                "question_unknown",
                f"Nothing explains by {self.method!r} of the {self.score!r}, {self.upsampling} "
                f"times finer. Methods are {', '.join(METHOD_NAMES)}; scores are "
                f"{', '.join(SCORES)}; a map can be 1, 2, 3 … times finer.",
            )
        if self.method in CLASS_AGNOSTIC and (self.contrast_class or self.negate):
            raise ModelError(
                "question_classless",
                f"{self.method} draws the same map for every class, so it cannot tell one class "
                "from another or what speaks against one. Choose another method.",
                method=self.method,
            )
        if self.method == SCORE_CAM and self.upsampling > 1:
            raise ModelError(
                "question_costly",
                "Score-CAM runs the network for every channel already; a finer map would take "
                "hundreds of thousands of runs. Choose one of the two.",
            )
        if len(self.layers) > 1 and self.upsampling > 1:
            raise ModelError(
                "question_fused",
                "Fused layers are in shares of each photo's best spot, and a finer map is made of "
                "many shifted photos, whose shares cannot be put side by side. Choose one of the "
                "two.",
            )


def same_class_error(name: str, *, predicted: bool = False) -> LensError:
    """The error of a class that is to be compared with itself, whose map is zero everywhere.

    Args:
        name: The class.
        predicted: Whether it is to be explained because it is predicted, not given.

    Example:
        >>> str(same_class_error("IR64", predicted=True)).split(", so")[0]
        "The predicted class is 'IR64', and it is also the one to compare with"
    """
    which = "predicted class" if predicted else "class to explain"
    return LensError(
        "class_same",
        f"The {which} is {name!r}, and it is also the one to compare with, so the heatmap would "
        "be empty. Explain another class (--class), or compare with another (--versus).",
        name=name,
    )
