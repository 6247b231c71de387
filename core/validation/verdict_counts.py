"""Counts of verdicts and reasons, compared with localization alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.evidence.verdict import RICE, UNCLEAR, VERDICTS, Thresholds
from core.utils.confidence_interval import wilson_interval
from core.validation.calibrate import BLAMED, MAX_FALSE_ALARMS, MAX_TRUSTED, MIN_DETECTED
from core.validation.model_answers import ModelAnswers
from core.validation.shortcut_models import HALF, INNOCENT, SHORTCUTS, expected_verdict

EXACT, FOUND = "exact", "found"
"""Masks of the rice: the known ones, and those that `rice_mask.find_rice` finds."""


@dataclass(frozen=True)
class Proportion:
    """A proportion, with Wilson's 95 % interval."""

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
class VerdictCounts:
    """Counts of each verdict for a model.

    Attributes:
        model: The shortcut it learned, or the model's name.
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
    def blamed(self) -> Proportion:
        """Verdicts that call it a cheat, of all photos: detected, or a false alarm."""
        return Proportion(sum(self.verdicts[each] for each in BLAMED), self.photos)

    @property
    def blamed_of_conclusive(self) -> Proportion:
        """The same, of the conclusive cases: photos whose verdict is not "unclear"."""
        return Proportion(self.blamed.hits, self.photos - self.verdicts[UNCLEAR])

    @property
    def trusted(self) -> Proportion:
        """Verdict "rice", of all photos."""
        return Proportion(self.verdicts[RICE], self.photos)

    @property
    def named_right(self) -> Proportion | None:
        """The verdict that a model with this shortcut is to have; None for any other model."""
        if self.model not in SHORTCUTS:
            return None
        return Proportion(self.verdicts[expected_verdict(self.model)], self.photos)

    @property
    def by_localization(self) -> Proportion:
        """The same by the heatmap alone: photos with less heat on the rice than by chance."""
        return Proportion(self.off_rice, self.with_heat)

    @property
    def within_limits(self) -> bool:
        """Whether a cheat is detected often enough, or false alarms are rare enough."""
        if self.model in INNOCENT:
            return self.blamed.value <= MAX_FALSE_ALARMS
        found = self.named_right if self.model == HALF else self.blamed
        assert found is not None
        return found.value >= MIN_DETECTED and self.trusted.value <= MAX_TRUSTED


def count_verdicts(
    model: str, masks: str, answers: Sequence[ModelAnswers], thresholds: Thresholds
) -> VerdictCounts:
    """Count the verdicts of a model's answers by some thresholds."""
    verdicts = [each.verdict(thresholds) for each in answers]
    looks_at = Counter(each.looks_at for each in verdicts)
    on_rice = [each.on_rice for each in answers]
    return VerdictCounts(
        model,
        masks,
        len(answers),
        {each: looks_at[each] for each in VERDICTS},
        dict(Counter(each.reason for each in verdicts).most_common()),
        on_rice.count(False),
        len(on_rice) - on_rice.count(None),
    )
