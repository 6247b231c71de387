"""Scores of models with a shortcut on photos outside their training data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from core.errors import TrainingError
from core.evidence.baselines import Baselines, compute_baselines
from core.explain.explainer import Explainer
from core.explain.open_explainer import model_digest, open_explainer
from core.explain.request import SCORE_CAM
from core.images.decode import Photo
from core.segmentation.rice_mask import find_rice
from core.utils.parallel import ordered_map
from core.utils.progress import Progress
from core.validation.calibrate import HONEST
from core.validation.disk_cache import cached
from core.validation.methods import METHOD_NAMES, MethodScores, measure_methods
from core.validation.model_answers import (
    ANSWERS_FORMAT,
    ModelAnswers,
    ask_model,
    from_json,
    to_json,
    to_photo,
)
from core.validation.shortcut_models import INNOCENT, SHORTCUTS
from core.validation.shortcut_models.cases import FIRST_CUES, Case, draw_cases
from core.validation.shortcut_models.real_grounds import read_grounds
from core.validation.shortcut_models.shortcut_photos import (
    ShortcutPhoto,
    compose_photo,
    read_grain_stock,
)
from core.validation.verdict_counts import EXACT, FOUND

METHOD_PHOTOS = 60  # photos of the honest model and of the first cheats, for the methods
SCORE_CAM_PHOTOS = (
    20  # of these, how many Score-CAM is measured on: each takes over a thousand passes
)


@dataclass(frozen=True)
class ShortcutModelAnswers:
    """The answers of a model with a shortcut.

    Attributes:
        shortcut: What it learned.
        validation: On the photos that the thresholds are calibrated on, with exact masks.
        test: On others, by `verdict_counts.EXACT` and `verdict_counts.FOUND` masks.
        methods: On the first of these, each method's measures; none of most cheats, for these
            measures take longer than all verdicts.
    """

    shortcut: str
    validation: list[ModelAnswers]
    test: dict[str, list[ModelAnswers]]
    methods: dict[str, list[MethodScores]]


def planted_models(models: Path) -> list[str]:
    """The shortcuts whose models are in a folder, the honest one first.

    Raises:
        TrainingError: If the honest model or every cheat is missing.
    """
    found = [shortcut for shortcut in SHORTCUTS if (models / shortcut).is_dir()]
    if HONEST not in found or not {*found} - {*INNOCENT}:
        raise TrainingError(
            "planted_missing",
            f"{models} needs a model {HONEST!r} and at least one that cheats. Make them: "
            f"python -m core plant GRAINS --out {models}",
            folder=str(models),
        )
    return found


@dataclass(frozen=True)
class ShortcutQuestions:
    """A model with a shortcut, and the composed photos that it is asked about.

    Attributes:
        models: Holds a folder for each shortcut's model.
        grains: The Rice Image Dataset's folder.
        shortcut: Which model.
        photos: How many of each split.
        seed: From which they are composed.
        cache_dir: Folder of the disk cache, so that an interrupted run resumes.
        progress: Shows how far it is.
        grounds: Real grounds, for half of the photos.
    """

    models: Path
    grains: Path
    shortcut: str
    photos: int
    seed: int
    cache_dir: Path
    progress: Progress
    grounds: Path | None = None

    def ask_validation(self) -> list[ModelAnswers]:
        """Answers on the photos that thresholds are fitted to, with exact masks.

        Raises:
            TrainingError: If the grains are missing.
            ModelError: If the model cannot be opened.
        """

        def exact(case: Case) -> Any:
            photo, made = self._compose(case, "validation")
            return to_json(ask_model(self._explainer, photo, made.rice, self._baselines))

        rows = self._ask_each("validation", self.photos, exact, "validation")
        return [from_json(row) for row in rows]

    def ask_test(self) -> dict[str, list[ModelAnswers]]:
        """Answers on other photos, by `verdict_counts.EXACT` and `FOUND` masks; raises likewise."""

        def exact(case: Case) -> Any:
            photo, made = self._compose(case)
            return to_json(ask_model(self._explainer, photo, made.rice, self._baselines))

        def found(case: Case) -> Any:
            photo, _ = self._compose(case)
            rice = find_rice(photo.rgb)
            return to_json(
                ask_model(self._explainer, photo, rice.mask(), self._baselines, rice.problem)
            )

        return {
            masks: [from_json(row) for row in self._ask_each(masks, self.photos, ask)]
            for masks, ask in ((EXACT, exact), (FOUND, found))
        }

    def measure_methods(self) -> dict[str, list[MethodScores]]:
        """Each method's measures on the first test photos; raises likewise."""

        def measured(methods: Sequence[str], case: Case) -> Any:
            photo, made = self._compose(case)
            where = None if made.shortcut_mask.all() else made.shortcut_mask
            return [asdict(row) for row in measure_methods(self._explainer, photo, where, methods)]

        cheap = [name for name in METHOD_NAMES if name != SCORE_CAM]
        number = min(self.photos, METHOD_PHOTOS)
        photos = [
            *self._ask_each("methods", number, partial(measured, cheap)),
            *self._ask_each(
                SCORE_CAM, min(number, SCORE_CAM_PHOTOS), partial(measured, [SCORE_CAM])
            ),
        ]
        rows = [MethodScores(**row) for photo in photos for row in photo]
        return {name: [row for row in rows if row.method == name] for name in METHOD_NAMES}

    @cached_property
    def _explainer(self) -> Explainer:
        return open_explainer(self.models / self.shortcut).single_threaded()

    @cached_property
    def _baselines(self) -> Baselines:
        return compute_baselines(self._explainer)

    def _compose(self, case: Case, split: str = "test") -> tuple[Photo, ShortcutPhoto]:
        stock, real = read_grain_stock(self.grains, split), read_grounds(self.grounds, split)
        made = compose_photo(case, self.shortcut, stock, real)
        return to_photo(made.rgb), made

    def _ask_each(
        self, what: str, number: int, work: Callable[[Case], Any], split: str = "test"
    ) -> list[Any]:
        """What JSON can hold of each photo, from the cache or asked now."""
        of = {
            "model": model_digest(self.models / self.shortcut),
            "cue": self.shortcut,
            "seed": self.seed,
            "format": ANSWERS_FORMAT,
            "grounds": sorted(read_grounds(self.grounds, "test")),
            "photos": number,
        }

        def make() -> list[Any]:
            # Once, before several threads want them.
            assert self._baselines
            read_grain_stock(self.grains, split)
            real = tuple(read_grounds(self.grounds, split))
            drawn = draw_cases(self.shortcut, split, number, self.seed, real)
            results = ordered_map(work, drawn)
            return [next(results) for _ in self.progress(drawn, f"{self.shortcut}: {what}")]

        return list(cached(self.cache_dir / f"{self.shortcut}-{what}.json", of, make))


def ask_shortcut_model(questions: ShortcutQuestions) -> ShortcutModelAnswers:
    """Collect one model's answers on validation and test photos.

    Raises:
        TrainingError: If the grains are missing.
        ModelError: If the model cannot be opened.
    """
    measured = questions.shortcut in (HONEST, *FIRST_CUES)
    return ShortcutModelAnswers(
        questions.shortcut,
        questions.ask_validation(),
        questions.ask_test(),
        questions.measure_methods() if measured else {name: [] for name in METHOD_NAMES},
    )
