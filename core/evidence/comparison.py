"""Comparison of two explanations, of one photo or of two, as numbers.

Maps are compared as `render` draws them: what speaks against the class counts as no heat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evidence.localization import Localization, localize_heat
from core.evidence.masked_input import Floats, Mask, to_model_input
from core.evidence.rank_correlation import rank_correlation, resample
from core.explain import render
from core.explain.explanation import Explanation
from core.images.preprocess import Placement, project_to_photo

# From where on a number is put in another word. These are conventions: nobody measured them, and
# they decide nothing but the words.
SAME, PARTLY = 0.75, 0.5  # of the overlap: "mostly in the same place", "partly"
FULL = 0.95  # of the photo is rice: then heat on it says nothing
OFF_CHANCE = 0.1  # by which a share of heat on the rice is "more" or "less" than chance
ALIKE = 1.25  # times, below which two numbers count as "about the same"
EVEN = 0.8  # where the least heat is this share of the most, no place stands out

_SIZE = 90, 90  # at which two maps are laid over each other; all its pixels are of one area


@dataclass(frozen=True)
class ComparedMap:
    """One of the two maps, in numbers.

    Attributes:
        predicted: The class with the highest score.
        probability: Its, 0 to 1.
        target: The class whose map is compared.
        target_probability: Its, 0 to 1.
        strongest: The map's highest value, in units of the method (of the logit, for most); not
            above 0 where nothing speaks for the class.
        third: (row, column), each 0 to 2: the third of the photo, down and across, that is
            brightest; None where nothing is bright, or all is.
        half_heat_area: Share of the photo that holds half of the heat: 0.5 where it is even, the
            less the more concentrated it is, above 0; None where there is no heat. A map is not
            more concentrated than its cells are large, so maps of unlike grids are not to be
            compared.
        localization: How much of the heat lies on the rice; None where it is not sure which pixels
            are rice.
    """

    predicted: str
    probability: float
    target: str
    target_probability: float
    strongest: float
    third: tuple[int, int] | None
    half_heat_area: float | None
    localization: Localization | None


@dataclass(frozen=True)
class Comparison:
    """Differences between two explanations.

    Attributes:
        left, right: The two.
        overlap: How much of the heat lies in the same place, 0 to 1; None of two photos, or where
            one has no heat.
        rank_correlation: How alike they order the cells, -1 to 1; None likewise, or where no order
            exists.
    """

    left: ComparedMap
    right: ComparedMap
    overlap: float | None
    rank_correlation: float | None

    @property
    def same_answer(self) -> bool:
        """Whether the same class is predicted."""
        return self.left.predicted == self.right.predicted

    @property
    def same_third(self) -> bool | None:
        """Whether the same third of the photo is brightest; None where none stands out."""
        thirds = self.left.third, self.right.third
        return None if None in thirds else thirds[0] == thirds[1]


def compare(
    left: Explanation,
    right: Explanation,
    targets: tuple[str, str],
    rice: tuple[Mask | None, Mask | None] = (None, None),
) -> Comparison:
    """Compare two explanations, of one photo or of two.

    Args:
        left: The one.
        right: The other.
        targets: The class whose map is compared, of each.
        rice: bool [H, W] of each photo, which pixels are rice; None where that is not sure.

    Raises:
        KeyError: If a model has no such class.

    Example:
        >>> from core.images.preprocess import place
        >>> from core.explain.request import ExplainRequest
        >>> def of(*cells):
        ...     one, maps = np.ones(1, np.float32), np.array([[cells]], np.float32)
        ...     at = place((90, 90), (90, 90), "squash")
        ...     return Explanation("", "", ExplainRequest(), ("A",), at, one, one, maps)
        >>> found = compare(of(1, 0, 0, 0), of(0, 0, 0, 1), ("A", "A"))
        >>> found.overlap, found.same_third
        (0.0, False)
        >>> round(compare(of(1, 1, 1, 1), of(7, 7, 7, 7), ("A", "A")).overlap, 6)
        1.0
    """
    maps = left.map(targets[0]), right.map(targets[1])
    heats = [
        _positive_heat(grid, each.placement) for grid, each in zip(maps, (left, right), strict=True)
    ]
    one, other = (
        _side(each, target, heat, mask)
        for each, target, heat, mask in zip((left, right), targets, heats, rice, strict=True)
    )
    alike = None
    if left.sha256 != right.sha256 or one.half_heat_area is None or other.half_heat_area is None:
        return Comparison(one, other, None, None)
    if left.placement == right.placement:
        coarser = tuple(map(min, left.grid, right.grid))
        alike = rank_correlation(*(resample(grid, (coarser[0], coarser[1])) for grid in maps))
    return Comparison(one, other, overlap(*heats), alike)


def overlap(one: Floats, other: Floats) -> float:
    """How much of the heat of two maps lies in the same place.

    `sum(min(a, b))` over the cells, with the heat of each made to add up to 1: the histogram
    intersection of Swain and Ballard 1991, "Color Indexing", equation 1, for places in place of
    colours. It is 1 less the total variation distance.

    It knows no neighbours: heat just beside the other's counts as apart. And it is high for any
    two broad maps: one that is bright in one half, anywhere, has half in common with an even one.

    Args:
        one: float32 [h, w], not negative, with a sum above 0.
        other: float32 [h, w], likewise.

    Returns:
        0 (nothing in common) to 1 (the same, but for its strength).

    Example:
        >>> half = np.array([[1.0, 1.0, 0.0, 0.0]], np.float32)
        >>> overlap(half, np.ones((1, 4), np.float32)), overlap(half, half[:, ::-1])
        (0.5, 0.0)
    """
    a, b = (heat.astype(np.float64) / heat.sum(dtype=np.float64) for heat in (one, other))
    return float(min(1.0, np.minimum(a, b).sum()))


def half_heat_area(heat: Floats) -> float | None:
    """The least share of the area that holds half of the heat.

    The point at one half of the curve of Lorenz 1905, "Methods of Measuring the Concentration of
    Wealth", read from the brightest cell on.

    Args:
        heat: float32 [h, w], not negative; cells of equal area.

    Returns:
        Above 0, to 0.5 for even heat; None if there is none.

    Example:
        >>> half_heat_area(np.array([[6, 1, 1, 0]], np.float32))  # two thirds of one cell in four
        0.16666666666666666
    """
    ordered = np.sort(heat, axis=None)[::-1].astype(np.float64)
    total = np.cumsum(ordered)
    if total[-1] <= 0:
        return None
    wanted = total[-1] / 2
    whole = int(np.searchsorted(total, wanted))
    before = total[whole - 1] if whole else 0.0
    return float(min(0.5, (whole + (wanted - before) / ordered[whole]) / len(ordered)))


def brightest_third(grid: Floats, placement: Placement) -> tuple[int, int] | None:
    """The third of the photo, down and across, that a map is brightest in.

    Args:
        grid: float32 [h, w], signed.
        placement: Where the photo lay in the model's input.

    Returns:
        (row, column), each 0 to 2; None where nothing is bright, or no place stands out.

    Example:
        >>> from core.images.preprocess import place
        >>> at = place((30, 30), (30, 30), "squash")
        >>> brightest_third(np.array([[0, 0], [0, 9]], np.float32), at)
        (2, 2)
    """
    if grid.max() <= 0 or grid.min() > EVEN * grid.max():
        return None
    levels = render.heat_on_photo(grid, placement, _SIZE).levels
    peak = np.argwhere(levels == levels.max()).mean(axis=0)
    row, column = (3 * (peak + 0.5) / _SIZE).astype(int)
    return int(row), int(column)


def _side(explanation: Explanation, target: str, heat: Floats, rice: Mask | None) -> ComparedMap:
    grid, scores = explanation.map(target), explanation.scores
    return ComparedMap(
        predicted=explanation.predicted,
        probability=float(scores.max()),
        target=target,
        target_probability=float(scores[explanation.classes.index(target)]),
        strongest=float(grid.max()),
        third=brightest_third(grid, explanation.placement),
        half_heat_area=half_heat_area(heat),
        localization=None if rice is None else _on_rice(grid, explanation.placement, rice),
    )


def _positive_heat(grid: Floats, placement: Placement) -> Floats:
    """The heat on the photo, float32 `_SIZE`; none where the model was not shown the photo."""
    return np.fmax(project_to_photo(grid, placement, _SIZE), 0)


def _on_rice(grid: Floats, placement: Placement, rice: Mask) -> Localization | None:
    """On the map's own cells, for within a cell nobody knows where the heat lies."""
    nothing = np.zeros((*rice.shape, 3), np.uint8)  # where the rice is, the photo need not say
    shown, on_rice = to_model_input(nothing, rice, placement).cell_shares(
        (grid.shape[0], grid.shape[1])
    )
    return localize_heat(grid, shown, on_rice) if on_rice.any() else None
