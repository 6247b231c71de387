"""Models with a planted cue, asked about photos that they were not trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
from core.validation.disk_cache import kept
from core.validation.methods import NAMES, Measured, measure
from core.validation.model_answers import Answers, as_data, as_photo, ask, of_data
from core.validation.shortcut_models import CUES
from core.validation.shortcut_models.shortcut_photos import (
    Case,
    Planted,
    cases,
    planted,
    read_stock,
)
from core.validation.verdict_counts import EXACT, FOUND

Progress = Callable[[Iterable[Any], str], Iterable[Any]]

MEASURED = 60  # photos a model that the methods are measured on
DEAR = 20  # of these, how many Score-CAM is measured on: each takes over a thousand runs


@dataclass(frozen=True)
class Asked:
    """What a planted model answered.

    Attributes:
        cue: What was planted.
        validation: On the photos that the lines are drawn by, with exact masks.
        test: On others, by `verdict_counts.EXACT` and `verdict_counts.FOUND` masks.
        methods: On the first of these, each method's measurements.
    """

    cue: str
    validation: list[Answers]
    test: dict[str, list[Answers]]
    methods: dict[str, list[Measured]]


def ask_planted(
    models: Path, grains: Path, cue: str, photos: int, seed: int, keep: Path, progress: Progress
) -> Asked:
    """Ask one model about validation and test photos.

    Args:
        models: Holds a folder a model, by what was planted.
        grains: The Rice Image Dataset's folder.
        cue: Which model.
        photos: How many of each split.
        seed: From which they are composed.
        keep: Folder for results, so that an interrupted trial goes on.
        progress: Wraps what takes long; told what is being done.

    Raises:
        TrainingError: If there is no such model, or the grains are missing.
        ModelError: If the model cannot be opened.
    """
    path = models / cue
    if not path.is_dir():
        raise TrainingError(
            "planted_missing",
            f"{models} has no model {cue!r}; it needs one for each of {', '.join(CUES)}. Make "
            f"them: python -m core plant GRAINS --out {models}",
            cue=cue,
        )
    of = {"model": model_digest(path), "cue": cue, "seed": seed}

    @cache
    def opened() -> tuple[Explainer, Baselines]:
        explainer = open_explainer(path).single_threaded()
        return explainer, compute_baselines(explainer)

    def shown(case: Case, split: str = "test") -> tuple[Photo, Planted]:
        made = planted(case, cue, read_stock(grains, split))
        return as_photo(made.rgb), made

    def each(what: str, number: int, work: Callable[[Case], Any], split: str = "test") -> list[Any]:
        def make() -> list[Any]:
            opened(), read_stock(grains, split)  # once, before several threads want them
            drawn = cases(cue, split, number, seed)
            results = ordered_map(work, drawn)
            return [next(results) for _ in progress(drawn, f"{cue}: {what}")]

        return list(kept(keep / f"{cue}-{what}.json", of | {"photos": number}, make))

    def exact(case: Case, split: str = "test") -> Any:
        photo, made = shown(case, split)
        explainer, baselines = opened()
        return as_data(ask(explainer, photo, made.rice, baselines))

    def found(case: Case) -> Any:
        photo, _ = shown(case)
        rice = find_rice(photo.rgb)
        explainer, baselines = opened()
        return as_data(ask(explainer, photo, rice.mask(), baselines, rice.problem))

    def measured(case: Case, methods: Sequence[str]) -> Any:
        photo, made = shown(case)
        where = None if made.where.all() else made.where
        return [asdict(row) for row in measure(opened()[0], photo, where, methods)]

    cheap = [name for name in NAMES if name != SCORE_CAM]
    number = min(photos, MEASURED)
    validation = each("validation", photos, lambda case: exact(case, "validation"), "validation")
    test = {EXACT: each(EXACT, photos, exact), FOUND: each(FOUND, photos, found)}
    methods = [
        *each("methods", number, lambda case: measured(case, cheap)),
        *each(SCORE_CAM, min(number, DEAR), lambda case: measured(case, [SCORE_CAM])),
    ]
    rows = [Measured(**row) for photo in methods for row in photo]
    return Asked(
        cue,
        [of_data(row) for row in validation],
        {masks: [of_data(row) for row in some] for masks, some in test.items()},
        {name: [row for row in rows if row.method == name] for name in NAMES},
    )
