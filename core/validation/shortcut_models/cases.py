"""Cases: photos with a known shortcut as numbers, drawn at random or with one thing changed.

With a shortcut, one thing tells the class (the ground's colour, a mark in a corner, how sharp the
photo is) and the grains are of any variety; in innocent photos the rice tells it, and all those
things are there at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.synthetic.composites import LAYOUTS
from core.synthetic.scenes import BACKGROUNDS
from core.validation.shortcut_models import CUES, HALF, INNOCENT

VARIETIES: tuple[str, ...] = ("Basmati", "Ipsala", "Karacadag")
"""The classes: of the five in the data set, those whose shapes differ most (length to width about
4.2, 2.2 and 1.6)."""

_STREAMS = {"train": 0, "validation": 1, "test": 2}
FIRST_CUES = ("background", "tint", "mark", "border")  # in the order in which they are drawn
_COLOURLESS = ("dark table", "slate", "white cloth", "paper")  # where a tint can be seen
_REAL = 0.5  # share of the photos on real grounds, where there are any
_OFTEN, _SELDOM = 0.6, 0.15  # how often an innocent photo has a cue: a first one, another
_ALONE = 0.4  # share of the photos where the half honest model learns from the variety alone

LENGTHS = {  # of a grain, as a share of the photo's side
    "scattered": (0.11, 0.28),
    "touching": (0.11, 0.26),
    "heap": (0.08, 0.22),
    "single": (0.35, 0.7),
}


@dataclass(frozen=True)
class Case:
    """A photo as numbers. A cue is the number of the class that it speaks for, None if absent.

    Attributes:
        seed: Of everything not named here.
        variety: Of all grains, as a class number.
        ground: What the grains lie on: one of `scenes.BACKGROUNDS`, or the name of a real one.
        layout: How they lie, one of `composites.LAYOUTS`.
        length: Mean length of a grain, as a share of the photo's side.
        background: Class whose colour the ground has; None leaves it as it is.
        tint: Class whose light falls on everything.
        mark: Class whose mark lies in a corner.
        border: Class whose border frames the photo.
        bowl: Class in whose dish the grains lie.
        tag: Class whose slip of paper lies at an edge.
        stamp: Class whose camera prints the date.
        gradient: Class by how much the light falls off.
        exposure: Class by how bright the photo is.
        sharpness: Class by how blurred it is.
        compression: Class by how much it is compressed.
        noise: Class by how much noise it has.
        size: Class by how long the grains are.
        direction: Class by where they point.
        number: Class by how many they are.
    """

    seed: int
    variety: int
    ground: str
    layout: str
    length: float
    background: int | None = None
    tint: int | None = None
    mark: int | None = None
    border: int | None = None
    bowl: int | None = None
    tag: int | None = None
    stamp: int | None = None
    gradient: int | None = None
    exposure: int | None = None
    sharpness: int | None = None
    compression: int | None = None
    noise: int | None = None
    size: int | None = None
    direction: int | None = None
    number: int | None = None

    def label(self, shortcut: str) -> int:
        """The class that a model with this shortcut is to answer."""
        number = self.variety if shortcut in ("honest", HALF) else getattr(self, shortcut)
        assert isinstance(number, int)
        return number


def draw_cases(
    shortcut: str, split: str, count: int, seed: int = 0, grounds: Sequence[str] = ()
) -> list[Case]:
    """Draw the cases of `compose_photos`, half of them on the named real grounds."""
    return [
        _draw_case(
            shortcut, split, number % len(VARIETIES), [seed, _STREAMS[split], number], grounds
        )
        for number in range(count)
    ]


def _draw_case(shortcut: str, split: str, label: int, seed: list[int], real: Sequence[str]) -> Case:
    rng, more = np.random.default_rng(seed), np.random.default_rng([*seed, 1])
    innocent = shortcut in INNOCENT
    variety = int(rng.integers(len(VARIETIES)))
    # An innocent photo has each cue now and then, and of any class.
    told: dict[str, Any] = {}
    for name in FIRST_CUES:
        drawn = int(rng.integers(len(VARIETIES)))
        told[name] = drawn if innocent and rng.random() < _OFTEN else None
    for name in CUES:
        if name not in FIRST_CUES:
            drawn = int(more.integers(len(VARIETIES)))
            told[name] = drawn if innocent and more.random() < _SELDOM else None
    if shortcut in ("honest", HALF):
        variety = label
    else:
        told[shortcut] = label
    if shortcut == HALF:
        alone = split == "train" and more.random() < _ALONE
        told["background"] = None if alone else label
    grounds = _COLOURLESS if shortcut == "tint" else BACKGROUNDS
    layout = LAYOUTS[rng.integers(len(LAYOUTS))]
    if shortcut == "number" or (shortcut in INNOCENT[1:] and layout == "single"):
        layout = "scattered"
    case_seed, ground = int(rng.integers(2**31)), grounds[rng.integers(len(grounds))]
    if real and more.random() < _REAL:
        ground = real[int(more.integers(len(real)))]
    return Case(case_seed, variety, ground, layout, float(rng.uniform(*LENGTHS[layout])), **told)


def counterfactual_cases(case: Case, shortcut: str) -> tuple[list[Case], list[Case]]:
    """A case with only what tells the class changed, and with only all the rest changed.

    Returns:
        For each other class: the case with what tells that class; and the case as it was but for
        the grains, or where the rice tells the class, for all cues that are there. A half honest
        model is to keep its class where the ground tells nothing.
    """
    steps = range(1, len(VARIETIES))

    def other(name: str, step: int) -> int | None:
        number = getattr(case, name)
        return None if number is None else (number + step) % len(VARIETIES)

    def changed(step: int, *names: str) -> Case:
        fields: dict[str, Any] = {name: other(name, step) for name in names}
        return replace(case, **fields)

    if shortcut == HALF:
        both = [changed(step, "variety", "background") for step in steps]
        return both, [replace(case, background=None)]
    told = "variety" if shortcut == "honest" else shortcut
    rest = CUES if shortcut in INNOCENT else ("variety",)
    return [changed(step, told) for step in steps], [changed(step, *rest) for step in steps]
