"""Scores of the project's own models on phone photos outside their training data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.evidence.baselines import compute_baselines
from core.evidence.verdict import Thresholds
from core.explain.explainer import Explainer
from core.explain.open_explainer import model_digest, open_explainer
from core.images.decode import PREVIEW, read_file
from core.models.registry import find_model
from core.segmentation.rice_mask import find_rice
from core.texts import translate
from core.training.dataset import PhotoFolder, split_by_scene
from core.utils.parallel import ordered_map
from core.utils.progress import Progress
from core.validation.contact_sheet import Tile
from core.validation.disk_cache import cached
from core.validation.model_answers import (
    ANSWERS_FORMAT,
    ModelAnswers,
    ask_model,
    from_json,
    to_json,
)


@dataclass(frozen=True)
class ShippedModelAnswers:
    """The answers of a model of the project.

    Attributes:
        name: The model's.
        files: The photos that it was asked about.
        answers: One a photo.
    """

    name: str
    files: Sequence[Path]
    answers: Sequence[ModelAnswers]


def ask_shipped_model(
    name: str, folder: PhotoFolder, cache_dir: Path, progress: Progress
) -> ShippedModelAnswers:
    """Collect a model's answers on the photos that its accuracy was measured on.

    Args:
        name: An installed model's.
        folder: The photos that it was made from, class by class.
        cache_dir: Folder of the disk cache.
        progress: Shows how far it is.
    """
    path = find_model(name)
    explainer = open_explainer(path)
    parts = split_by_scene(folder.photos, explainer.card.training["seed"])
    pairs = zip(folder.photos, parts, strict=True)
    files = [photo.path for photo, part in pairs if part == "test"]
    names = [f"{file.parent.name}/{file.name}" for file in files]
    of = {"model": model_digest(path), "files": names, "format": ANSWERS_FORMAT}
    found = cached(cache_dir / f"{name}.json", of, lambda: _answers(explainer, files, progress))
    return ShippedModelAnswers(name, files, [from_json(row) for row in found])


def _answers(explainer: Explainer, files: Sequence[Path], progress: Progress) -> list[Any]:
    single, baselines = explainer.single_threaded(), compute_baselines(explainer)

    def work(file: Path) -> Any:
        photo = read_file(file, longest=PREVIEW)
        rice = find_rice(photo.rgb)
        return to_json(ask_model(single, photo, rice.mask(), baselines, rice.problem))

    results = ordered_map(work, files)
    return [next(results) for _ in progress(files, explainer.name)]


def draw_tiles(name: str, files: Sequence[Path], thresholds: Thresholds) -> list[Tile]:
    """Tiles of photos with heat, rice and verdict, for a contact sheet."""
    explainer = open_explainer(find_model(name))
    baselines = compute_baselines(explainer)
    made = []
    for file in files:
        photo = read_file(file, longest=PREVIEW)
        rice = find_rice(photo.rgb)
        (explanation,) = explainer.explain([photo])
        answers = ask_model(explainer, photo, rice.mask(), baselines, rice.problem)
        verdict = answers.verdict(thresholds)
        if verdict.rice_alone is None or verdict.background_alone is None:
            why = translate(f"reason.{verdict.reason}").en
        else:
            rice_alone, background_alone = verdict.rice_alone, verdict.background_alone
            why = f"rice alone {rice_alone:.0%}, background alone {background_alone:.0%}"
        caption = f"{answers.predicted}; looks at: {verdict.looks_at}\n{why}"
        outline = rice.mask() & (rice.problem == "")
        made.append(Tile(photo.rgb, explanation, outline, caption))
    return made
