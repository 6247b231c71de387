"""Gradients of what a map answers: a probability, a class rather than another, or against one.

Shapes as in `cam`: N photos, C classes, a layer of h x w cells with K channels.

Gradients that are the same in every cell (behind global average pooling) may come as a broadcast
view. Such a view is never written to and, where the formula allows, never copied out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def probability_gradients(gradients: Array, scores: Array, head: str = "softmax") -> Array:
    """Gradients of the probabilities from those of the logits, by the head's own derivative.

    Of a softmax, `d p_c / d A = p_c (d y_c / d A - sum_j p_j d y_j / d A)`; of a sigmoid for each
    class, `p_c (1 - p_c) d y_c / d A`. So the network runs once, whichever score is asked for. A
    saturated head makes these vanish; that is why logits are the default.

    Args:
        gradients: float32 [N, C, h, w, K], of the logits.
        scores: float32 [N, C], the probabilities.
        head: As `network.Network`.

    Returns:
        float32 [N, C, h, w, K], not to be written to.

    Example:
        >>> gradients = np.array([1.0, -1.0], np.float32).reshape(1, 2, 1, 1, 1)
        >>> scores = np.array([[0.5, 0.5]], np.float32)
        >>> probability_gradients(gradients, scores).ravel().tolist()
        [0.5, -0.5]
    """
    single = once(gradients)
    if head == "sigmoid":
        slopes = scores * (1 - scores)
        return np.broadcast_to(slopes[:, :, None, None, None] * single, gradients.shape)
    # Less the likeliest class's gradients, which cancel out: near p = 1 they would leave rounding.
    top = scores.argmax(axis=1)
    apart = single - single[np.arange(len(single)), top][:, None]
    mean = (scores[:, None] @ apart.reshape(*apart.shape[:2], -1)).reshape(-1, 1, *apart.shape[2:])
    return np.broadcast_to(scores[:, :, None, None, None] * (apart - mean), gradients.shape)


def contrastive(gradients: Array, index: int) -> Array:
    """Contrastive gradients, of `y_c - y_B`: a method then says "why this class rather than that".

    The question is that of Prabhushankar et al. 2020, "Contrastive Explanations in Neural
    Networks", arXiv 2008.00178; they take the gradient of a loss between the two classes. For
    logits the difference taken here is the log of the odds, `log(p_c / p_B)`, which no third class
    enters.

    A method with a ReLU inside must be asked this way; for the linear ones (Grad-CAM, HiResCAM,
    XGrad-CAM, Score-CAM) it equals the difference of two maps, and `contrastive(maps, index)` is
    it. Of a `CLASS_AGNOSTIC` method there is nothing to ask.

    Args:
        gradients: float32 [N, C, h, w, K], of each class's score (or maps, [N, C, h, w]).
        index: The other class, B.

    Returns:
        As given, not to be written to; zero for B itself.

    Example:
        >>> gradients = np.array([5, 2], np.float32).reshape(1, 2, 1, 1, 1)
        >>> contrastive(gradients, 1).ravel().tolist()
        [3.0, 0.0]
    """
    single = once(gradients)
    return np.broadcast_to(single - single[:, [index]], gradients.shape)


def counterfactual(gradients: Array) -> Array:
    """Counterfactual gradients, of `-y_c`: a method then says what speaks against the class.

    Section 3.3, "Counterfactual Explanations", of Selvaraju et al. 2017, arXiv 1610.02391. What it
    makes bright lowers the class's score; whether the answer changes without it is another
    question.

    A method with a ReLU inside must be asked this way; for the linear ones (Grad-CAM, HiResCAM,
    XGrad-CAM, Score-CAM) it equals the negated map. Of a `CLASS_AGNOSTIC` method there is nothing
    to ask.

    Args:
        gradients: float32 [N, C, h, w, K], of each class's score (or maps, [N, C, h, w]).

    Returns:
        As given, not to be written to.

    Example:
        >>> counterfactual(np.ones((1, 1, 1, 1, 2), np.float32)).ravel().tolist()
        [-1.0, -1.0]
    """
    return np.broadcast_to(-once(gradients), gradients.shape)


def once(gradients: Array) -> Array:
    """[N, C, 1, 1, K] of a view that repeats one cell for all; any other array as it is.

    Example:
        >>> once(np.broadcast_to(np.ones((1, 1, 1, 1, 2)), (1, 1, 3, 4, 2))).shape
        (1, 1, 1, 1, 2)
    """
    return gradients[:, :, :1, :1] if gradients.strides[2:4] == (0, 0) else gradients
