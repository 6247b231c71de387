"""Score-CAM: channels weighted by the score of the input masked by each.

It needs no gradients but a forward pass for every channel. Its two ends are pure functions: the
masks that the input is multiplied by, and the map from the scores under each.
"""

from __future__ import annotations

import numpy as np

from core.explain.cam import combine
from core.explain.score_gradients import Array


def score_cam_masks(activations: Array) -> Array:
    """A photo's channels as masks: what the network is to be shown of its input, one at a time.

    `(A_k - min A_k) / (max A_k - min A_k)`: equations 7 and 8 of Wang et al. 2020, "Score-CAM:
    Score-Weighted Visual Explanations for Convolutional Neural Networks", arXiv 1910.01279. The
    caller enlarges each mask to the input, multiplies and runs the network. (The paper enlarges
    first. Linear interpolation commutes with this scaling, but between the centres of cells a mask
    may stop short of 0 and 1.)

    Args:
        activations: float32 [h, w, K].

    Returns:
        float32 [K, h, w], 0 to 1; all 0 for a channel that is the same everywhere, which shows
        nothing and gets no weight in `score_cam`, so it need not be run.

    Example:
        >>> score_cam_masks(np.array([[[-1, 4], [3, 4]]], np.float32)).tolist()
        [[[0.0, 1.0]], [[0.0, 0.0]]]
    """
    channels = np.moveaxis(activations, -1, 0)
    above = channels - channels.min(axis=(1, 2), keepdims=True)
    span = above.max(axis=(1, 2), keepdims=True)
    return np.divide(above, span, out=np.zeros_like(above), where=span > 0)


def score_cam(activations: Array, scores: Array, baseline: Array) -> Array:
    """The map: each channel counts by the increase of the score when only it shows the input.

    `L_c = sum_k a_ck A_k` with `a_ck = f_c(X * mask_k) - f_c(X_b)`: equations 6, 9 and 10 of Wang
    et al. 2020 (see `score_cam_masks`). Algorithm 1 of the paper puts a softmax over the channels
    on top, which its equations do not have. It is left out: it makes every weight positive, also
    of a channel that lowers the score; it makes weights depend on how many channels there are; and
    of probabilities, which lie within 1 of each other, it makes weights within a factor of e of
    each other, much the same for every class. Without it a map is linear in the scores: "why c
    rather than B" is the difference of two maps and "what speaks against c" the negated map, as
    `score_gradients.contrastive` and `score_gradients.counterfactual` give them of maps.

    The paper asks for probabilities rather than logits (section 3.2): with logits, its map of the
    weaker of two classes in a photo lit up the stronger one, too.

    It cannot show what matters only together with something else (each channel is shown alone),
    and a photo under a soft mask is none that the network was trained on.

    Args:
        activations: float32 [N, h, w, K].
        scores: float32 [N, K, C], of the input under each channel's mask.
        baseline: float32 [N, C], of the input under a mask of zeros.

    Returns:
        float32 [N, C, h, w], in units of the score times the activations. A channel that is the
        same everywhere adds nothing.

    Example:
        >>> activations = np.array([[[[0, 2], [1, 0]]]], np.float32)  # two cells, two channels
        >>> scores = np.array([[[0.75], [0.25]]], np.float32)
        >>> score_cam(activations, scores, np.array([[0.5]], np.float32)).tolist()
        [[[[-0.5, 0.25]]]]
    """
    shows = activations.max(axis=(1, 2)) > activations.min(axis=(1, 2))
    increase = np.where(shows[:, :, None], scores - baseline[:, None], 0)
    return combine(increase.swapaxes(1, 2), activations)
