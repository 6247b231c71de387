"""Broken grains: those far shorter than is usual for their kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

BROKEN = "broken"
"""Problem of a grain that is shorter than `SHORT` of the usual length."""
SHORT = 2 / 3
_FEW = 5  # grains: of fewer nothing is usual
_WIDER = 0.1  # or narrower than the main kind, in log: a part of a grain is as wide as the grain


def find_broken(lengths: Floats, widths: Floats, kinds: Sequence[str]) -> NDArray[np.bool_]:
    """Find the broken among single grains: shorter than two thirds of what is usual.

    Usual is the median of the whole grains of the main kind. A kind has a usual length of its own
    if its grains are also wider or narrower than those: a short variety differs from the main one
    in width too, while a model takes the halves of a long variety for a short one.

    Args:
        lengths: Above 0, in any unit, [n]; of grains that neither touch nor are cut by the edge.
        widths: The same of the widths.
        kinds: The variety that a model gives each.

    Returns:
        bool [n]; of fewer than five grains none is broken.

    Example:
        >>> lengths = np.array([60, 62, 58, 61, 59, 30.0])
        >>> find_broken(lengths, np.full(6, 20.0), ["Basmati"] * 5 + ["Arborio"]).nonzero()[0]
        array([5])
    """
    short = np.zeros(len(lengths), bool)
    if len(lengths) < _FEW:
        return short
    names, kind = np.unique(np.asarray(kinds), return_inverse=True)
    main = int(np.bincount(kind, lengths).argmax())
    wide = [float(np.log(np.median(widths[kind == each]))) for each in range(len(names))]
    for each in range(len(names)):
        if (kind == each).sum() < _FEW or abs(wide[each] - wide[main]) < _WIDER:
            kind[kind == each] = main
    for each in np.unique(kind):
        own = kind == each
        short[own] = lengths[own] < SHORT * _usual_length(lengths[own])
    return short


def _usual_length(lengths: Floats) -> float:
    """The median of the whole ones, also where more than half are broken."""
    ordered = np.sort(lengths)
    # In the middle of all grains laid end to end: up to two thirds may be halves.
    middle = ordered[np.searchsorted(np.cumsum(ordered), ordered.sum() / 2)]
    return float(np.median(lengths[lengths >= SHORT * middle]))
