"""Groups photos of the same scene, so that training and test share none."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

_SIDE = 16  # a thumbnail is 16 x 16 grey levels
_ALIKE = (0.8, 0.9, 0.95, 0.98, 0.995)  # correlations; the first that leaves enough scenes
_TWINS = 0.998  # the correlation of what is the same photo
_LARGEST_SCENE = 0.25  # of its class


def thumbnail_vector(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A photo's 16 x 16 grey levels with mean 0 and length 1: a product of two is a correlation.

    Args:
        rgb: uint8 [H, W, 3].

    Returns:
        float32 [256].

    Example:
        >>> look = thumbnail_vector(np.arange(3072, dtype=np.uint8).reshape(32, 32, 3))
        >>> look.shape, round(float(look @ look), 3)
        ((256,), 1.0)
    """
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= small.mean()
    return (small / max(1e-6, float(np.linalg.norm(small)))).ravel()


def group_scenes(looks: NDArray[np.float32], labels: Sequence[int]) -> list[int]:
    """Group photos by scene.

    Photos that follow each other in their class and look alike (correlation of their thumbnails)
    are one scene, and so are photos anywhere that look the same. How alike is alike is the least
    strict value that leaves no scene larger than a quarter of its class.

    Args:
        looks: float32 [N, 256], of `thumbnail_vector`, by class, then in natural order of names.
        labels: The class of each photo, [N].

    Returns:
        A scene number a photo, ascending with the photos.
    """
    classes = np.asarray(labels)
    following = np.einsum("ij,ij->i", looks[:-1], looks[1:])
    same_class = classes[:-1] == classes[1:]
    twins = _twins(looks)
    numbers = np.arange(len(looks))
    for alike in _ALIKE:
        numbers = _connected(
            len(looks), np.flatnonzero(same_class & (following > alike)).tolist(), twins
        )
        sizes = np.bincount(numbers)[numbers] / np.bincount(classes)[classes]
        if (sizes <= _LARGEST_SCENE).all():
            break
    return [int(number) for number in numbers]


def _twins(looks: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Pairs that look the same wherever they stand, in blocks so that memory stays bounded."""
    pairs = []
    for start in range(0, len(looks), 512):
        alike = np.argwhere(looks[start : start + 512] @ looks.T > _TWINS)
        pairs += [(int(i) + start, int(j)) for i, j in alike if i + start < j]
    return pairs


def _connected(count: int, following: list[int], pairs: list[tuple[int, int]]) -> NDArray[np.intp]:
    """Number the connected groups of photos, in order of their first photo."""
    edges = np.array([*((index, index + 1) for index in following), *pairs], int).reshape(-1, 2)
    graph = coo_array((np.ones(len(edges)), tuple(edges.T)), shape=(count, count))
    groups = connected_components(graph, directed=False)[1]
    first = np.unique(groups, return_index=True)[1]
    return np.argsort(np.argsort(first))[groups]
