"""Class activation maps, as formulas on arrays.

Shapes: N photos, C classes, a layer of h x w cells with K channels. A map is signed: where it is
positive the cell speaks for the class, where negative against it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def grad_cam(activations: Array, gradients: Array) -> Array:
    """Grad-CAM, before its ReLU.

    `L_c = sum_k a_ck A_k` with `a_ck` the mean over the cells of `d y_c / d A_k`: equations 1 and
    2 of Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via
    Gradient-based Localization", arXiv 1610.02391. The ReLU of equation 2 is left to `render`, so
    that what speaks against the class is not lost.

    Args:
        activations: float32 [N, h, w, K].
        gradients: float32 [N, C, h, w, K], of each class's score.

    Returns:
        float32 [N, C, h, w], in units of the score.

    Example:
        >>> ones = np.ones((1, 2, 2, 5), np.float32)
        >>> grad_cam(ones, np.full((1, 3, 2, 2, 5), 2, np.float32))[0, 0].tolist()
        [[10.0, 10.0], [10.0, 10.0]]
    """
    weights = gradients.mean(axis=(2, 3))
    return np.einsum("nck,nhwk->nchw", weights, activations, optimize=True)


METHODS: Mapping[str, Callable[[Array, Array], Array]] = MappingProxyType({"grad-cam": grad_cam})
"""Method name to formula."""


def softmax(logits: Array) -> Array:
    """Probabilities of logits [..., C], without overflow.

    Example:
        >>> softmax(np.array([0.0, 0.0], np.float32)).tolist()
        [0.5, 0.5]
    """
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def probability_gradients(gradients: Array, scores: Array) -> Array:
    """Gradients of the probabilities from those of the logits, by the softmax's own derivative.

    `d p_c / d A = p_c (d y_c / d A - sum_j p_j d y_j / d A)`. So the network runs once, whichever
    score is asked for. A saturated softmax makes these vanish; that is why logits are the default.

    Args:
        gradients: float32 [N, C, h, w, K], of the logits.
        scores: float32 [N, C], the probabilities.

    Returns:
        float32 [N, C, h, w, K].

    Example:
        >>> gradients = np.array([1.0, -1.0], np.float32).reshape(1, 2, 1, 1, 1)
        >>> scores = np.array([[0.5, 0.5]], np.float32)
        >>> probability_gradients(gradients, scores).ravel().tolist()
        [0.5, -0.5]
    """
    mean = np.einsum("nj,njhwk->nhwk", scores, gradients, optimize=True)
    return scores[:, :, None, None, None] * (gradients - mean[:, None])
