"""Photo files in; pictures, maps and a table out. What `python -m core explain` does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.engine import Engine
from core.errors import LensError, PhotoError
from core.explanation import Explanation
from core.photo import PREVIEW, Photo, read_file
from core.render import DEFAULT_COLORS, pictures
from core.report import blank_row, folder_names, row, write_explanation, write_table

_CHUNK = 16  # photos decoded at once


@dataclass(frozen=True)
class Drawing:
    """How to draw explanations.

    Attributes:
        target: Name of the class; None for the one predicted of each photo.
        blend: 0 (the photo alone) to 1 (the heatmap alone).
        method: One of `cam.METHODS`.
        score: "logit" or "probability".
        layer: Name of the layer to explain at; None for the last one.
        colors: One of `render.COLORS`.
        shared: One scale for all photos, from 0 to the most heat in any of them.
    """

    target: str | None = None
    blend: float = 0.5
    method: str = "grad-cam"
    score: str = "logit"
    layer: str | None = None
    colors: str = DEFAULT_COLORS
    shared: bool = False


def explain_files(
    files: Sequence[Path],
    engine: Engine,
    drawing: Drawing,
    out: Path,
    progress: Callable[[Iterable[int], str], Iterable[int]] = lambda numbers, doing: numbers,
) -> list[tuple[Path, LensError]]:
    """Explain photo files one after the other; memory does not grow with their number.

    Args:
        files: The photos.
        engine: With the model.
        drawing: How.
        out: Folder for a folder a photo and `explanations.csv`; made if absent.
        progress: Wraps the photos' numbers, to show how far it is; told what is being done.

    Returns:
        The files that could not be explained, each with its error; the others are written.
    """
    names = folder_names(str(file) for file in files)
    found: dict[int, Explanation] = {}
    failed: dict[int, LensError] = {}
    photos: dict[int, Photo] = {}
    for number in progress(range(len(files)), "explaining"):
        try:
            photos[number] = read_file(files[number], longest=PREVIEW)
        except PhotoError as error:
            failed[number] = error
        if len(photos) < _CHUNK and number < len(files) - 1:
            continue
        results = engine.explain(
            list(photos.values()), drawing.method, drawing.score, drawing.layer
        )
        found.update(zip(photos, results, strict=True))
        photos.clear()
    targets = {number: drawing.target or each.predicted for number, each in found.items()}
    top = (
        max((found[n].map(targets[n]).max() for n in found), default=0) if drawing.shared else None
    )

    for number in progress(found, "writing"):
        # Decoded once more, at full size now: kept, many photos would not fit into memory.
        photo, target = read_file(files[number]), targets[number]
        drawn = pictures(photo.rgb, found[number], target, drawing.blend, drawing.colors, top)
        write_explanation(out / names[number], drawn, found[number], target)
    write_table(
        out / "explanations.csv",
        [
            row(str(file), found[number], targets[number])
            if number in found
            else blank_row(str(file), str(failed[number]))
            for number, file in enumerate(files)
        ],
    )
    return [(files[number], error) for number, error in failed.items()]
