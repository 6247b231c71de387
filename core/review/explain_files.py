"""Explains photo files, with pictures, maps and a table: `python -m core explain`."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.errors import LensError, PhotoError
from core.evidence.baselines import Baselines, compute_baselines
from core.evidence.collect import EvidenceLevel, MaskedPhoto, collect_table_evidence
from core.evidence.masked_input import to_model_input
from core.evidence.table_columns import EVIDENCE_COLUMNS, evidence_cells
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.explain.known_explainer import KnownExplainer
from core.explain.output_files import (
    ASKED_COLUMNS,
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
from core.explain.request import ExplainRequest, same_class_error
from core.images.decode import PREVIEW, open_file, read_file
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
    """Explain photo files, several at once; memory does not grow with their number.

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
    folders = [out / name for name in folder_names(str(file) for file in files)]
    failed: list[tuple[Path, LensError]] = []
    done, step, top = 0, "asking" if settings.evidence else "explaining", None
    columns = COLUMNS + ASKED_COLUMNS + (EVIDENCE_COLUMNS if settings.evidence else ())
    try:
        with open_table(out / "explanations.csv", columns) as add:
            if settings.shared:
                stream = explain_stream(files, explainer, settings.request)
                with closing(stream):
                    numbered = zip(progress(range(len(files)), "explaining"), stream, strict=True)
                    known = [each for _, each in numbered if isinstance(each, Explanation)]
                explainer = KnownExplainer(explainer, known)
                step, top = "asking" if settings.evidence else "writing", _most(known, settings)
            baselines = compute_baselines(explainer) if settings.evidence else None
            begun: set[Path] = set()
            write = partial(
                _write_photo, begun, explainer.single_threaded(), settings, top, baselines
            )
            rows = ordered_map(write, zip(files, folders, strict=True))
            try:
                for number, row in zip(progress(range(len(files)), step), rows, strict=True):
                    file = files[number]
                    if isinstance(row, LensError):
                        failed.append((file, row))
                        add([error_row(str(file), str(row))])
                    else:
                        add([row])
                        done += 1
                    begun.discard(folders[number])
            finally:
                rows.close()
                for folder in begun:
                    remove_explanation(folder)
    except OSError as error:
        raise out_unwritable(out, error, done) from error
    return failed


def _most(explanations: Iterable[Explanation], settings: ExplainSettings) -> float:
    """The most heat in any of the maps that are drawn."""
    return max(
        (each.map(settings.target or each.predicted).max() for each in explanations), default=0
    )


def _write_photo(
    begun: set[Path],
    explainer: Explainer,
    settings: ExplainSettings,
    top: float | None,
    baselines: Baselines | None,
    photo: tuple[Path, Path],
) -> dict[str, object] | LensError:
    """Write a photo's pictures, maps and mask; gives its row of the table, or why it is none."""
    file, out = photo
    try:
        with open_file(file, [PREVIEW, None], DRAWING_BYTES) as photos:
            begun.add(out)
            small = photos[0]
            (explained,) = explainer.explain([small], settings.request)
            target = settings.target or explained.predicted
            if target == settings.request.contrast_class:
                return same_class_error(target, predicted=settings.target is None)
            # No name keeps the large pictures: they are gone before their memory is another's.
            write_explanation(
                out,
                render_pictures(
                    photos.pop().rgb, explained, target, settings.blend, settings.colors, top
                ),
                explained,
                target,
            )
    except PhotoError as error:
        return release_frames(error)
    row = table_row(str(file), explained, target)
    if baselines:
        rice = find_rice(small.rgb)
        masked = to_model_input(small.rgb, rice.mask(), explained.placement)
        write_mask(out, rice.mask(), explained)
        shown = MaskedPhoto(explained, masked, target, rice.problem)
        (found,) = collect_table_evidence(explainer, [shown], baselines, settings.evidence)
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
