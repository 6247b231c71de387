"""Writes into a model's folder what the photos that it knows look like to it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError, PhotoError
from core.explain.familiarity import (
    FAMILIARITY_FILE,
    MOST,
    Familiarity,
    describe_looks,
    learn_familiarity,
    shown_model,
)
from core.explain.open_explainer import model_digest, open_explainer
from core.images.decode import PREVIEW, read_file
from core.images.same_scene import group_scenes, thumbnail_vector
from core.utils.natural_sort import natural_sort_key
from core.utils.progress import Progress, silent


def save_familiarity(
    path: Path,
    files: Sequence[Path],
    composed: NDArray[np.uint8] | None = None,
    progress: Progress = silent,
    allow_code: bool = False,
) -> tuple[Familiarity | None, tuple[tuple[Path, str], ...]]:
    """Learn from photos what is familiar to a model, and write it into the model's folder.

    Args:
        path: The model, as for `open_explainer`.
        files: Photos that it learned from, or that it is known to be good for; of very many,
            some are drawn by lot. Those of one scene lie in one folder, one after the other.
        composed: uint8 [N, h, w, 3], what it learned from that is no file, in its own size:
            rendered scenes, composed photos, cut-out grains; of very many, some drawn by lot.
        progress: Wraps the list of files, to show how far it is; given what is being done.
        allow_code: As `open_explainer`.

    Returns:
        What was written, None if there are too few photos; and the photos that could not be read,
        with the reasons.

    Raises:
        ModelError: If the model cannot be opened, or its folder cannot be written to.
    """
    explainer = open_explainer(path, allow_code=allow_code)
    drawn = random.Random(0).sample(list(files), min(MOST, len(files)))
    drawn.sort(key=lambda file: (str(file.parent), natural_sort_key(file.name)))
    pooled, looks, thumbnails, labels, unread = [], [], [], [], []
    folders = sorted({file.parent for file in drawn})
    for file in progress(drawn, "comparing"):
        try:
            photo = read_file(file, longest=PREVIEW)
        except PhotoError as error:
            unread.append((file, str(error)))
            continue
        pixels = explainer.fit(photo).pixels[None]
        pooled.append(explainer.pool(pixels))
        looks.append(describe_looks(pixels))
        thumbnails.append(thumbnail_vector(photo.rgb))
        labels.append(folders.index(file.parent))
    scenes = group_scenes(np.stack(thumbnails), labels) if labels else []
    if composed is not None:
        some = composed[np.random.default_rng(0).permutation(len(composed))[:MOST]]
        pooled.append(explainer.pool(some))
        looks.append(describe_looks(some))
        scenes += range(len(labels), len(labels) + len(some))
    if not scenes:
        return None, tuple(unread)
    of = shown_model(model_digest(path, allow_code), explainer.card.input)
    learned = learn_familiarity(of, np.concatenate(pooled), np.concatenate(looks), scenes)
    folder = path if path.is_dir() else path.parent
    try:
        if learned:
            learned.save(folder)
    except OSError as error:
        raise ModelError(
            "familiarity_unwritable",
            f"{folder / FAMILIARITY_FILE} cannot be written ({error.strerror}). Copy the model to "
            "a folder of your own and check it there.",
            name=path.name,
        ) from error
    return learned, tuple(unread)
