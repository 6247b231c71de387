"""How often each verdict was given, with the reasons, and what attention alone would have said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.evidence.verdict import BACKGROUND, UNCLEAR, VERDICTS, Thresholds
from core.utils.confidence_interval import wilson_interval
from core.validation.calibrate import BLAMED, CALLED_OUT, HONEST
from core.validation.model_answers import Answers

EXACT, FOUND = "exact", "found"
"""Masks of the rice: the known ones, and those that `rice_mask.find_rice` finds."""


@dataclass(frozen=True)
class Share:
    """So many of so many, with Wilson's 95 % interval."""

    hits: int
    count: int

    @property
    def value(self) -> float:
        """0 to 1; 0 of none."""
        return self.hits / self.count if self.count else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Its ends, 0 to 1."""
        return wilson_interval(self.hits, self.count) if self.count else (0.0, 1.0)


@dataclass(frozen=True)
class Counted:
    """A model's verdicts.

    Attributes:
        model: What was planted, or the model's name.
        masks: `EXACT` or `FOUND`.
        photos: How many.
        verdicts: How many of each of `VERDICTS`.
        reasons: How many for each reason that was given.
        off_rice: Photos where less of the heat lies on the rice than chance puts there.
        with_heat: Photos where that is known.
    """

    model: str
    masks: str
    photos: int
    verdicts: Mapping[str, int]
    reasons: Mapping[str, int]
    off_rice: int
    with_heat: int

    @property
    def background(self) -> Share:
        """Verdict "background", of all photos: a cheat detected, or a false alarm."""
        return Share(self.verdicts[BACKGROUND], self.photos)

    @property
    def background_of_told(self) -> Share:
        """The same, of the photos whose verdict is not "unclear"."""
        return Share(self.verdicts[BACKGROUND], self.photos - self.verdicts[UNCLEAR])

    @property
    def by_attention(self) -> Share:
        """What the heatmap alone would say of it: less heat on the rice than by chance."""
        return Share(self.off_rice, self.with_heat)

    @property
    def within(self) -> bool:
        """Whether a cheat is detected, or an honest model spared, as often as it should be."""
        value = self.background.value
        return value <= BLAMED if self.model == HONEST else value >= CALLED_OUT


def count(model: str, masks: str, answers: Sequence[Answers], rules: Thresholds) -> Counted:
    """Judge answers by some thresholds, and count."""
    told = [each.judged(rules) for each in answers]
    looks_at = Counter(each.looks_at for each in told)
    on_rice = [each.on_rice for each in answers]
    return Counted(
        model,
        masks,
        len(answers),
        {each: looks_at[each] for each in VERDICTS},
        dict(Counter(each.reason for each in told).most_common()),
        on_rice.count(False),
        len(on_rice) - on_rice.count(None),
    )
