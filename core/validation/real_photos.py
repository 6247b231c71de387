"""The project's own models on the phone photos that they were not trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
from core.validation.contact_sheet import Tile
from core.validation.disk_cache import kept
from core.validation.model_answers import Answers, as_data, ask, of_data

Progress = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass(frozen=True)
class Shipped:
    """A model of the project and what it answered.

    Attributes:
        name: The model's.
        files: The photos that it was asked about.
        answers: One a photo.
    """

    name: str
    files: Sequence[Path]
    answers: Sequence[Answers]


def ask_shipped(name: str, folder: PhotoFolder, keep: Path, progress: Progress) -> Shipped:
    """Ask a model about the photos of the scenes that its accuracy was measured on.

    Args:
        name: An installed model's.
        folder: The photos that it was made from, class by class.
        keep: Folder for results.
        progress: Wraps what takes long; told what is being done.
    """
    path = find_model(name)
    explainer = open_explainer(path)
    parts = split_by_scene(folder.photos, explainer.card.training["seed"])
    pairs = zip(folder.photos, parts, strict=True)
    files = [photo.path for photo, part in pairs if part == "test"]
    names = [f"{file.parent.name}/{file.name}" for file in files]
    of = {"model": model_digest(path), "files": names}
    found = kept(keep / f"{name}.json", of, lambda: _asked(explainer, files, progress))
    return Shipped(name, files, [of_data(row) for row in found])


def _asked(explainer: Explainer, files: Sequence[Path], progress: Progress) -> list[Any]:
    single, baselines = explainer.single_threaded(), compute_baselines(explainer)

    def work(file: Path) -> Any:
        photo = read_file(file, longest=PREVIEW)
        rice = find_rice(photo.rgb)
        return as_data(ask(single, photo, rice.mask(), baselines, rice.problem))

    results = ordered_map(work, files)
    return [next(results) for _ in progress(files, explainer.name)]


def tiles(name: str, files: Sequence[Path], rules: Thresholds) -> list[Tile]:
    """Photos with heat, rice and verdict, for a sheet."""
    explainer = open_explainer(find_model(name))
    baselines = compute_baselines(explainer)
    made = []
    for file in files:
        photo = read_file(file, longest=PREVIEW)
        rice = find_rice(photo.rgb)
        (explanation,) = explainer.explain([photo])
        answers = ask(explainer, photo, rice.mask(), baselines, rice.problem)
        told = answers.judged(rules)
        if told.rice_alone is None or told.background_alone is None:
            why = translate(f"reason.{told.reason}").en
        else:
            why = f"rice alone {told.rice_alone:.0%}, background alone {told.background_alone:.0%}"
        caption = f"{answers.predicted}; looks at: {told.looks_at}\n{why}"
        outline = rice.mask() & (rice.problem == "")
        made.append(Tile(photo.rgb, explanation, outline, caption))
    return made
