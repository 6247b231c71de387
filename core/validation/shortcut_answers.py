"""Scores of models with a shortcut on photos outside their training data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
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


def ask_shortcut_model(
    models: Path,
    grains: Path,
    shortcut: str,
    photos: int,
    seed: int,
    cache_dir: Path,
    progress: Progress,
    grounds: Path | None = None,
) -> ShortcutModelAnswers:
    """Collect one model's answers on validation and test photos.

    Args:
        models: Holds a folder for each shortcut's model.
        grains: The Rice Image Dataset's folder.
        shortcut: Which model.
        photos: How many of each split.
        seed: From which they are composed.
        cache_dir: Folder of the disk cache, so that an interrupted run resumes.
        progress: Shows how far it is.
        grounds: Real grounds, for half of the photos.

    Raises:
        TrainingError: If the grains are missing.
        ModelError: If the model cannot be opened.
    """
    path = models / shortcut
    of: dict[str, Any] = {
        "model": model_digest(path),
        "cue": shortcut,
        "seed": seed,
        "format": ANSWERS_FORMAT,
    }
    of["grounds"] = sorted(read_grounds(grounds, "test"))

    @cache
    def opened() -> tuple[Explainer, Baselines]:
        explainer = open_explainer(path).single_threaded()
        return explainer, compute_baselines(explainer)

    def shown(case: Case, split: str = "test") -> tuple[Photo, ShortcutPhoto]:
        stock, real = read_grain_stock(grains, split), read_grounds(grounds, split)
        made = compose_photo(case, shortcut, stock, real)
        return to_photo(made.rgb), made

    def each(what: str, number: int, work: Callable[[Case], Any], split: str = "test") -> list[Any]:
        def make() -> list[Any]:
            opened(), read_grain_stock(grains, split)  # once, before several threads want them
            drawn = draw_cases(shortcut, split, number, seed, tuple(read_grounds(grounds, split)))
            results = ordered_map(work, drawn)
            return [next(results) for _ in progress(drawn, f"{shortcut}: {what}")]

        return list(cached(cache_dir / f"{shortcut}-{what}.json", of | {"photos": number}, make))

    def exact(case: Case, split: str = "test") -> Any:
        photo, made = shown(case, split)
        explainer, baselines = opened()
        return to_json(ask_model(explainer, photo, made.rice, baselines))

    def found(case: Case) -> Any:
        photo, _ = shown(case)
        rice = find_rice(photo.rgb)
        explainer, baselines = opened()
        return to_json(ask_model(explainer, photo, rice.mask(), baselines, rice.problem))

    def measured(case: Case, methods: Sequence[str]) -> Any:
        photo, made = shown(case)
        where = None if made.shortcut_mask.all() else made.shortcut_mask
        return [asdict(row) for row in measure_methods(opened()[0], photo, where, methods)]

    cheap = [name for name in METHOD_NAMES if name != SCORE_CAM]
    number = min(photos, METHOD_PHOTOS) if shortcut in (HONEST, *FIRST_CUES) else 0
    validation = each("validation", photos, lambda case: exact(case, "validation"), "validation")
    test = {EXACT: each(EXACT, photos, exact), FOUND: each(FOUND, photos, found)}
    methods = [
        *each("methods", number, lambda case: measured(case, cheap)),
        *each(SCORE_CAM, min(number, SCORE_CAM_PHOTOS), lambda case: measured(case, [SCORE_CAM])),
    ]
    rows = [MethodScores(**row) for photo in methods for row in photo]
    return ShortcutModelAnswers(
        shortcut,
        [from_json(row) for row in validation],
        {masks: [from_json(row) for row in some] for masks, some in test.items()},
        {name: [row for row in rows if row.method == name] for name in METHOD_NAMES},
    )
