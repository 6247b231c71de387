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
_SHARP = 0.08  # of lengths, in log: by how much whole grains of a kind differ
# Widths: the roundest variety known, Karacadag, is 1.58 long. Of the middle half of its grains, and
# of those of four more, the lengths differ by 0.07 to 0.10; of sheets with whole ones, up to 0.16.
_STUBBY, _UNEVEN = 1.8, 0.2
_WIDER = 0.1  # or narrower than the main kind, in log: a part of a grain is as wide as the grain


def find_broken(lengths: Floats, widths: Floats, kinds: Sequence[str]) -> NDArray[np.bool_]:
    """Find the broken among single grains: shorter than two thirds of what is usual.

    Usual is what most of the rice of the main kind has. A kind has a usual length of its own
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


def whole_are_known(lengths: Floats, widths: Floats) -> bool:
    """Whether whole grains can be told from broken ones.

    They can't where nearly all are broken: then what is usual is a broken one, short for its width
    as no whole grain of any variety is, and of any length.

    Args:
        lengths: As of `find_broken`.
        widths: The same.

    Example:
        >>> lengths = np.linspace(20, 40, 30)
        >>> whole_are_known(lengths, np.full(30, 20.0)), whole_are_known(lengths, lengths / 3)
        (False, True)
    """
    if len(lengths) < _FEW:
        return True
    usual = _usual_length(lengths)
    first, third = np.percentile(lengths[lengths >= SHORT * usual], [25, 75])
    stubby = usual < _STUBBY * np.median(widths)
    return not (stubby and third - first > _UNEVEN * usual)


def _usual_length(lengths: Floats) -> float:
    """The length that most of the rice has: up to two thirds of the grains may be halves."""
    logs = np.log(lengths)
    near = np.exp(-(((logs[:, None] - logs) / _SHARP) ** 2) / 2) @ lengths
    peak = lengths[near.argmax()]
    return float(np.median(lengths[np.abs(logs - np.log(peak)) < 2 * _SHARP]))
