"""Explains photo files, with pictures, maps and a table: `python -m core explain`."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.errors import LensError, PhotoError
from core.evidence.baselines import Baselines, compute_baselines
from core.evidence.collect import EvidenceLevel, MaskedPhoto, collect_table_evidence
from core.evidence.table_columns import EVIDENCE_COLUMNS, evidence_cells
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.explain.output_files import (
    COLUMNS,
    error_row,
    folder_names,
    open_table,
    out_unwritable,
    remove_explanation,
    table_row,
    write_explanation,
    write_mask,
)
from core.explain.render import DEFAULT_COLORS, DRAWING_BYTES, render_pictures
from core.explain.request import ExplainRequest
from core.images.decode import PREVIEW, read_file
from core.images.memory_budget import DECODERS
from core.segmentation.rice_mask import find_rice
from core.utils.parallel import ordered_map
from core.utils.progress import Progress, silent
from core.utils.tracebacks import release_frames


@dataclass(frozen=True)
class ExplainSettings:
    """How to draw explanations.

    Attributes:
        target: Name of the class; None for the one predicted of each photo.
        blend: 0 (the photo alone) to 1 (the heatmap alone).
        request: What the maps answer.
        colors: One of `render.COLORS`.
        shared: One scale for all photos, from 0 to the most heat in any of them.
        evidence: How much of it to collect, too, as `worker.ReviewSettings`.
    """

    target: str | None = None
    blend: float = 0.5
    request: ExplainRequest = ExplainRequest()  # noqa: RUF009  it is frozen
    colors: str = DEFAULT_COLORS
    shared: bool = False
    evidence: EvidenceLevel = ""


def explain_files(
    files: Sequence[Path],
    explainer: Explainer,
    settings: ExplainSettings,
    out: Path,
    progress: Progress = silent,
) -> list[tuple[Path, LensError]]:
    """Explain photo files one after the other; memory does not grow with their number.

    Interrupted, or on a full disk, all that is finished stands in the table, and nothing half
    written beside it. A shared scale needs all explanations first, before anything is written.

    Args:
        files: The photos.
        explainer: With the model.
        settings: How.
        out: Folder for a folder a photo and `explanations.csv`; made if absent.
        progress: Wraps the photos' numbers, to show how far it is; gets the name of the step, too.

    Returns:
        The files that could not be explained, each with its error; the others are written.

    Raises:
        LensError: If `out` cannot be written to; its fact `done` is how many photos are written.
    """
    names = folder_names(str(file) for file in files)
    failed: list[tuple[Path, LensError]] = []
    done, step, top = 0, "asking" if settings.evidence else "explaining", None
    columns = COLUMNS + (EVIDENCE_COLUMNS if settings.evidence else ())
    try:
        with (
            open_table(out / "explanations.csv", columns) as add,
            closing(explain_stream(files, explainer, settings.request)) as stream,
        ):
            results: Iterable[Explanation | PhotoError] = stream
            if settings.shared:
                numbered = zip(progress(range(len(files)), "explaining"), stream, strict=True)
                results = [result for _, result in numbered]
                step, top = "asking" if settings.evidence else "writing", _most(results, settings)
            baselines = compute_baselines(explainer) if settings.evidence else None
            for number, result in zip(progress(range(len(files)), step), results, strict=True):
                file, folder = files[number], out / names[number]
                try:
                    if isinstance(result, PhotoError):
                        raise result
                    row = _write_photo(file, explainer, result, settings, top, baselines, folder)
                    add([row])
                    done += 1
                except PhotoError as error:
                    if error is not result:  # it was there a moment ago
                        remove_explanation(folder)
                    failed.append((file, error))
                    add([error_row(str(file), str(error))])
                except BaseException:
                    remove_explanation(folder)
                    raise
    except OSError as error:
        raise out_unwritable(out, error, done) from error
    return failed


def _most(results: Iterable[Explanation | PhotoError], settings: ExplainSettings) -> float:
    """The most heat in any of the maps that are drawn."""
    found = [each for each in results if isinstance(each, Explanation)]
    return max((each.map(settings.target or each.predicted).max() for each in found), default=0)


def _write_photo(
    file: Path,
    explainer: Explainer,
    explained: Explanation,
    settings: ExplainSettings,
    top: float | None,
    baselines: Baselines | None,
    out: Path,
) -> dict[str, object]:
    """Write a photo's pictures, maps and mask; gives its row of the table."""
    target = settings.target or explained.predicted
    # Decoded once more, at full size now: kept, many photos would not fit into memory.
    with DECODERS.reserve(DRAWING_BYTES * math.prod(explained.placement.photo)):
        write_explanation(
            out,
            render_pictures(
                read_file(file).rgb, explained, target, settings.blend, settings.colors, top
            ),
            explained,
            target,
        )
    row = table_row(str(file), explained, target)
    if baselines:
        photo = read_file(file, longest=PREVIEW)
        rice = find_rice(photo.rgb)
        masked = MaskedPhoto(photo, explained, rice.mask(), target, rice.problem)
        write_mask(out, masked.rice, explained)
        (found,) = collect_table_evidence(explainer, [masked], baselines, settings.evidence)
        row |= evidence_cells(found)
    return row


def explain_stream(
    files: Sequence[Path], explainer: Explainer, request: ExplainRequest
) -> Generator[Explanation | PhotoError, None, None]:
    """Explain photo files in order, several at once.

    Decoding is most of the work, and no picture's decoding can be shared out. So each core decodes
    and explains photos of its own, and the network does not wait for all of them at each layer.

    Args:
        files: The photos; a few of them are in memory at a time.
        explainer: With the model.
        request: What the maps answer.

    Yields:
        Each file's explanation, or why it is no photo.
    """
    single = explainer.single_threaded()
    yield from ordered_map(lambda file: _explain_file(file, single, request), files)


def _explain_file(
    file: Path, explainer: Explainer, request: ExplainRequest
) -> Explanation | PhotoError:
    try:
        return explainer.explain([read_file(file, longest=PREVIEW)], request)[0]
    except PhotoError as error:
        return release_frames(error)
