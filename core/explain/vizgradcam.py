"""`VizGradCAM` with the article's arguments and result, for notebooks, on top of the explainer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.explain.cam import grad_cam
from core.explain.explainer import Explainer
from core.explain.open_explainer import tensorflow_explainer
from core.explain.render import colorize, heat_on_photo, overlay, rescale_intensity
from core.explain.score_gradients import probability_gradients
from core.images.preprocess import place
from core.models.registry import open_loaded


def VizGradCAM(  # noqa: N802  the name people know it by
    model: Any, image: NDArray[Any], interpolant: float = 0.5, plot_results: bool = True
) -> NDArray[np.uint8] | None:
    """Grad-CAM of the predicted class's probability at the last convolution, in jet.

    Args:
        model: A Keras model with a softmax at its end; or an `Explainer` of one, which saves
            compiling it at each call.
        image: [h, w, 3], as the model takes it.
        interpolant: The photo's share in the plot, between 0 and 1; the heatmap has the rest.
        plot_results: Plot the overlay with matplotlib; otherwise return the heatmap.

    Returns:
        The heatmap, uint8 [h, w, 3], RGB; None where it was plotted.

    Raises:
        ValueError: If `interpolant` is not between 0 and 1, or the image not of the model's size.
        ModelError: If the model cannot be explained.
    """
    if not 0 < interpolant < 1:
        raise ValueError(f"interpolant is the photo's share, between 0 and 1, not {interpolant}.")
    explainer = model if isinstance(model, Explainer) else _of_keras(model)
    size = explainer.card.input.size
    if image.shape != (*size, 3):
        raise ValueError(f"The image is {image.shape}; the model takes {(*size, 3)}.")
    inputs = np.asarray(image, np.float32)[None]
    found = explainer.forward(inputs, _last_convolution(explainer))
    maps = grad_cam(found.activations, probability_gradients(found.gradients, found.scores))
    drawn = heat_on_photo(maps[0, found.scores[0].argmax()], place(size, size, "squash"), size)
    heatmap = colorize(drawn, "jet")
    if not plot_results:
        return heatmap
    from matplotlib import pyplot

    pyplot.rcParams["figure.dpi"] = 100
    pyplot.imshow(overlay(rescale_intensity(image), heatmap, 1 - interpolant))
    return None


def _of_keras(model: Any) -> Explainer:
    from core.models.tensorflow.load import from_keras

    return tensorflow_explainer(open_loaded(model.name, from_keras(model)))


def _last_convolution(explainer: Explainer) -> str:
    convolutions = [layer.name for layer in explainer.layers if layer.kind == "Conv2D"]
    if not convolutions:
        raise ModelError(
            "no_layer", f"{explainer.name} has no convolution to explain at.", name=explainer.name
        )
    return convolutions[-1]
