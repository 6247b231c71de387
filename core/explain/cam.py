"""Class activation maps, as formulas on a layer's activations and gradients.

Shapes: N photos, C classes, a layer of h x w cells with K channels. A map is signed: where it is
positive the cell speaks for the class, where negative against it. A paper's last ReLU is left to
`render`, so that what speaks against is not lost; a ReLU inside a formula is kept and named.

What the gradients are of, and so what a map answers, is the matter of `score_gradients`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from core.explain.score_gradients import Array, once

# A channel whose activations cancel to less than this share of their sizes has a sum that is
# mostly rounding.
_CANCELLED = 1e-4


def grad_cam(activations: Array, gradients: Array) -> Array:
    """Grad-CAM: each channel counts by its mean gradient.

    `L_c = sum_k a_ck A_k` with `a_ck` the mean over the cells of `d y_c / d A_k`: equations 1 and
    2 of Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via
    Gradient-based Localization", arXiv 1610.02391.

    It cannot show which cells the gradient came from: the mean spreads it over all cells, so a
    cell may be bright that the score does not depend on.

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
    return combine(once(gradients).mean(axis=(2, 3)), activations)


def grad_cam_plus_plus(activations: Array, gradients: Array) -> Array:
    """Grad-CAM++: only positive gradients count, the less the more of the channel there is.

    `L_c = sum_k w_ck A_k` with `w_ck = sum_ij alpha_ij relu(g_ij)` over a channel's gradients `g`
    and `alpha_ij = g_ij^2 / (2 g_ij^2 + S g_ij^3)`, `S` the sum of the channel's activations:
    equations 5, 19 and 20 of Chattopadhay et al. 2018, "Grad-CAM++: Improved Visual Explanations
    for Deep Convolutional Networks", arXiv 1710.11063. The ReLU of the gradients is kept. The
    paper explains `exp(y_c)`, which multiplies a whole map by `exp(y_c)` (equation 13); that factor
    is left out, as it overflows and moves nothing within a map.

    It cannot show what speaks against a class (ask `counterfactual` for that), and it is derived
    for logits, for a network of linear pieces and for activations that are not negative. With
    others `2 + S g` may pass zero, where the weight grows without bound and turns negative; exactly
    at zero the channel gets no weight.

    Args:
        activations: float32 [N, h, w, K].
        gradients: float32 [N, C, h, w, K], of each class's logit.

    Returns:
        float32 [N, C, h, w]. Not comparable between photos or classes: see the factor left out.

    Example:
        >>> ones = np.ones((1, 1, 2, 1), np.float32)  # S = 2, g = 1: alpha = 1 / (2 + 2)
        >>> grad_cam_plus_plus(ones, ones[:, None])[0, 0].tolist()
        [[0.5, 0.5]]
    """
    positive = np.maximum(once(gradients), 0)
    # Divided through by g^2, the weight stays right where g^2 is too small for float32.
    below = 2 + activations.sum(axis=(1, 2))[:, None, None, None] * positive
    weighted = np.divide(positive, below, out=np.zeros_like(positive), where=below != 0)
    cells = activations.shape[1] * activations.shape[2]
    return combine(weighted.mean(axis=(2, 3)) * np.float32(cells), activations)


def hires_cam(activations: Array, gradients: Array) -> Array:
    """HiResCAM: each cell counts by its own gradient.

    `L_c = sum_k d y_c / d A_k * A_k`, cell by cell: Draelos and Carin 2020, "Use HiResCAM instead
    of Grad-CAM for faithful explanations of convolutional neural networks", arXiv 2011.08891 (its
    definition of HiResCAM). Where only a dense layer follows, the cells add up to the logit less
    the bias.

    It cannot show what a saturated unit did (its gradient is zero), and far from the output its
    gradients are noisy, and so is the map.

    Args:
        activations: float32 [N, h, w, K].
        gradients: float32 [N, C, h, w, K], of each class's score.

    Returns:
        float32 [N, C, h, w], in units of the score.

    Example:
        >>> activations = np.array([2, 3], np.float32).reshape(1, 1, 2, 1)
        >>> gradients = np.array([5, -1], np.float32).reshape(1, 1, 1, 2, 1)
        >>> hires_cam(activations, gradients)[0, 0].tolist()
        [[10.0, -3.0]]
    """
    return _combine_cells(once(gradients), activations)


def xgrad_cam(activations: Array, gradients: Array) -> Array:
    """XGrad-CAM: each channel counts by its gradient where it is active.

    `L_c = sum_k a_ck A_k` with `a_ck = sum_ij (A_ij / S) g_ij`, `S` the sum of the channel's
    activations: Fu et al. 2020, "Axiom-based Grad-CAM: Towards Accurate Visualization and
    Explanation of CNNs", arXiv 2008.02312 (its definition of XGrad-CAM). A map's cells add up to
    `sum_k sum_ij A_ij g_ij`, the paper's axiom of conservation.

    The paper's activations are not negative. Others (swish) may cancel: near `S = 0` the weight
    grows without bound, and one channel can rule the map. Where `S` is mostly rounding, each cell
    has the same share, which is Grad-CAM's weight.

    It cannot show which cells the gradient came from, as Grad-CAM cannot.

    Args:
        activations: float32 [N, h, w, K].
        gradients: float32 [N, C, h, w, K], of each class's score.

    Returns:
        float32 [N, C, h, w], in units of the score.

    Example:
        >>> activations = np.array([1, 3], np.float32).reshape(1, 1, 2, 1)
        >>> gradients = np.array([4, 8], np.float32).reshape(1, 1, 1, 2, 1)
        >>> xgrad_cam(activations, gradients)[0, 0].tolist()  # 4 / 4 + 8 * 3 / 4 = 7
        [[7.0, 21.0]]
    """
    total = activations.sum(axis=(1, 2), keepdims=True)
    known = np.abs(total) > _CANCELLED * np.abs(activations).sum(axis=(1, 2), keepdims=True)
    even = np.float32(1 / (activations.shape[1] * activations.shape[2]))
    shares = np.where(known, activations / np.where(known, total, 1), even)
    return combine(np.einsum("nhwk,nchwk->nck", shares, once(gradients)), activations)


def layer_cam(activations: Array, gradients: Array) -> Array:
    """LayerCAM: each cell counts by its own gradient, where that is positive.

    `L_c = sum_k relu(d y_c / d A_k) * A_k`, cell by cell: Jiang et al. 2021, "LayerCAM: Exploring
    Hierarchical Class Activation Maps for Localization", doi 10.1109/TIP.2021.3089943 (its
    definition of LayerCAM). The ReLU of the gradients is the method and is kept; a map is negative
    only where activations are.

    It cannot show what speaks against a class (ask `counterfactual` for that), and its cells do not
    add up to the score.

    Args:
        activations: float32 [N, h, w, K].
        gradients: float32 [N, C, h, w, K], of each class's score.

    Returns:
        float32 [N, C, h, w], in units of the score.

    Example:
        >>> activations = np.array([2, 3], np.float32).reshape(1, 1, 2, 1)
        >>> gradients = np.array([5, -1], np.float32).reshape(1, 1, 1, 2, 1)
        >>> layer_cam(activations, gradients)[0, 0].tolist()
        [[10.0, 0.0]]
    """
    return _combine_cells(np.maximum(once(gradients), 0), activations)


def eigen_cam(activations: Array, gradients: Array) -> Array:
    """Eigen-CAM: how much of what the layer shows most each cell has; it knows no class.

    `L = A v` with the activations as a matrix `A` of cells by channels, not centred, and `v` its
    first right singular vector: Muhammad and Yeasin 2020, "Eigen-CAM: Class Activation Map using
    Principal Components", arXiv 2008.00299 (its definition of Eigen-CAM).

    A singular vector has no sign. It gets the one with which the cells do not add up to less than
    zero, so bright is towards the layer's mean activation. For activations that are not negative
    that makes the whole map so (Perron and Frobenius). Where two singular values are first
    together, the map is any mixture of theirs.

    It cannot show why one class rather than another, nor that the network used any of it: it is
    what stands out in the layer, right or wrong.

    Args:
        activations: float32 [N, h, w, K].
        gradients: float32 [N, C, h, w, K]; only C is taken from it.

    Returns:
        float32 [N, C, h, w], the same for every class, in units of the activations.

    Example:
        >>> activations = np.array([[3, 4], [6, 8]], np.float32).reshape(1, 1, 2, 2)
        >>> eigen_cam(activations, np.zeros((1, 1, 1, 2, 2), np.float32))[0, 0].round(3).tolist()
        [[5.0, 10.0]]
    """
    photos, rows, columns, channels = activations.shape
    cells = activations.reshape(photos, rows * columns, channels)
    across = cells.swapaxes(1, 2)
    # The smaller of the two products knows the vector, at a fraction of a decomposition's cost.
    if rows * columns < channels:
        vector = across @ np.linalg.eigh(cells @ across)[1][..., -1:]
    else:
        vector = np.linalg.eigh(across @ cells)[1][..., -1:]
    length = np.linalg.norm(vector, axis=1, keepdims=True)
    maps = cells @ np.divide(vector, length, out=np.zeros_like(vector), where=length > 0)
    maps = np.where(maps.sum(axis=1, keepdims=True) < 0, -maps, maps)
    return maps.reshape(photos, 1, rows, columns).repeat(gradients.shape[1], axis=1)


METHODS: Mapping[str, Callable[[Array, Array], Array]] = MappingProxyType(
    {
        "grad-cam": grad_cam,
        "grad-cam++": grad_cam_plus_plus,
        "hires-cam": hires_cam,
        "xgrad-cam": xgrad_cam,
        "layer-cam": layer_cam,
        "eigen-cam": eigen_cam,
    }
)
"""Method name to formula. Score-CAM runs the network again and stands in `score_cam`."""

CLASS_AGNOSTIC = frozenset({"eigen-cam"})
"""Methods whose map is the same for every class: neither `contrastive` nor `counterfactual`."""

SAME_BEHIND_POOLING: Mapping[str, str] = MappingProxyType(
    {"hires-cam": "grad-cam", "xgrad-cam": "grad-cam"}
)
"""Method to the one it equals wherever a channel's gradient is the same in every cell.

So it is between the last layer and global average pooling with one dense layer, for logits as for
probabilities, and for `contrastive` and `counterfactual`, which mix only classes. Let the gradient
be `w_ck`:

- Grad-CAM: the mean over the cells is `w_ck`, so `L_c = sum_k w_ck A_k`.
- HiResCAM: each cell's own gradient is `w_ck`: the same sum.
- XGrad-CAM: `a_ck = sum_ij (A_ij / S) w_ck = w_ck`, as the shares add up to 1: the same sum. Where
  the activations cancel (`S = 0`) the formula says nothing; the even shares taken there add up to
  1 as well.

The others differ. LayerCAM is `sum_k relu(w_ck) A_k`, equal only if no weight is negative;
Grad-CAM++ weighs by `h w relu(w_ck) / (2 + S w_ck)`, which bends each channel by its own `S`;
Eigen-CAM knows no class.
"""


def combine(weights: Array, activations: Array) -> Array:
    """The sum of channels by weight, `sum_k w_ck A_k`, that makes a map.

    Args:
        weights: float32 [N, C, K].
        activations: float32 [N, h, w, K].

    Returns:
        float32 [N, C, h, w].

    Example:
        >>> combine(np.full((1, 1, 2), 3, np.float32), np.ones((1, 1, 1, 2), np.float32)).tolist()
        [[[[6.0]]]]
    """
    photos, rows, columns, channels = activations.shape
    maps = activations.reshape(photos, rows * columns, channels) @ weights.swapaxes(1, 2)
    return np.ascontiguousarray(maps.swapaxes(1, 2)).reshape(photos, -1, rows, columns)


def _combine_cells(weights: Array, activations: Array) -> Array:
    """The sum of channels, each cell by its own weights [N, C, h, w, K] (or h = w = 1)."""
    return np.einsum("nchwk,nhwk->nchw", weights, activations)
