"""Photo files in; pictures, maps and a table out. What `python -m core explain` does."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from core.engine import Engine
from core.errors import LensError, PhotoError
from core.explanation import Explanation
from core.photo import PREVIEW, Photo, read_file
from core.question import Question
from core.render import DEFAULT_COLORS, pictures
from core.report import blank_row, folder_names, row, write_explanation, write_table

_CHUNK = 4  # photos explained at once
_AHEAD = 8  # photos decoded at most before they are wanted


@dataclass(frozen=True)
class Drawing:
    """How to draw explanations.

    Attributes:
        target: Name of the class; None for the one predicted of each photo.
        blend: 0 (the photo alone) to 1 (the heatmap alone).
        question: What the maps answer.
        colors: One of `render.COLORS`.
        shared: One scale for all photos, from 0 to the most heat in any of them.
    """

    target: str | None = None
    blend: float = 0.5
    question: Question = Question()  # noqa: RUF009  it is frozen
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
    results = stream(files, engine, drawing.question)
    for number, result in zip(progress(range(len(files)), "explaining"), results, strict=True):
        if isinstance(result, LensError):
            failed[number] = result
        else:
            found[number] = result
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


def stream(
    files: Sequence[Path], engine: Engine, question: Question
) -> Iterator[Explanation | PhotoError]:
    """Explain photo files in order, decoding the next ones while the network runs.

    Args:
        files: The photos; a few of them are in memory at a time.
        engine: With the model.
        question: What the maps answer.

    Yields:
        Each file's explanation, or why it is no photo.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ahead = deque(pool.submit(_decoded, file) for file in files[:_AHEAD])
        for start in range(0, len(files), _CHUNK):
            read: list[Photo | PhotoError] = []
            for number in range(start, min(start + _CHUNK, len(files))):
                read.append(ahead.popleft().result())
                if number + _AHEAD < len(files):
                    ahead.append(pool.submit(_decoded, files[number + _AHEAD]))
            explained = iter(engine.explain([p for p in read if isinstance(p, Photo)], question))
            for each in read:
                yield each if isinstance(each, PhotoError) else next(explained)


def _decoded(file: Path) -> Photo | PhotoError:
    try:
        return read_file(file, longest=PREVIEW)
    except PhotoError as error:
        return error
