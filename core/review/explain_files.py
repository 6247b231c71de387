"""Explains photo files: pictures, maps and a table. What `python -m core explain` runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import LensError, PhotoError
from core.evidence.baselines import Baselines, compute_baselines
from core.evidence.collect import collect_evidence
from core.evidence.results import Evidence
from core.evidence.table_columns import EVIDENCE_COLUMNS, evidence_cells
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.explain.output_files import (
    COLUMNS,
    error_row,
    folder_names,
    table_row,
    write_explanation,
    write_mask,
    write_table,
)
from core.explain.render import DEFAULT_COLORS, render_pictures
from core.explain.request import ExplainRequest
from core.images.decode import PREVIEW, read_file
from core.segmentation.rice_mask import find_rice
from core.utils.parallel import ordered_map


@dataclass(frozen=True)
class ExplainSettings:
    """How to draw explanations.

    Attributes:
        target: Name of the class; None for the one predicted of each photo.
        blend: 0 (the photo alone) to 1 (the heatmap alone).
        request: What the maps answer.
        colors: One of `render.COLORS`.
        shared: One scale for all photos, from 0 to the most heat in any of them.
        evidence: Compute evidence, too: about a hundred more passes a photo.
    """

    target: str | None = None
    blend: float = 0.5
    request: ExplainRequest = ExplainRequest()  # noqa: RUF009  it is frozen
    colors: str = DEFAULT_COLORS
    shared: bool = False
    evidence: bool = False


def explain_files(
    files: Sequence[Path],
    explainer: Explainer,
    settings: ExplainSettings,
    out: Path,
    progress: Callable[[Iterable[int], str], Iterable[int]] = lambda numbers, doing: numbers,
) -> list[tuple[Path, LensError]]:
    """Explain photo files one after the other; memory does not grow with their number.

    Args:
        files: The photos.
        explainer: With the model.
        settings: How.
        out: Folder for a folder a photo and `explanations.csv`; made if absent.
        progress: Wraps the photos' numbers, to show how far it is; gets the name of the step, too.

    Returns:
        The files that could not be explained, each with its error; the others are written.
    """
    names = folder_names(str(file) for file in files)
    found: dict[int, Explanation] = {}
    failed: dict[int, LensError] = {}
    results = explain_stream(files, explainer, settings.request)
    for number, result in zip(progress(range(len(files)), "explaining"), results, strict=True):
        if isinstance(result, LensError):
            failed[number] = result
        else:
            found[number] = result
    targets = {number: settings.target or each.predicted for number, each in found.items()}
    top = (
        max((found[n].map(targets[n]).max() for n in found), default=0) if settings.shared else None
    )

    baselines = compute_baselines(explainer) if settings.evidence else None
    cells: dict[int, dict[str, object]] = {number: {} for number in found}
    for number in progress(found, "asking" if settings.evidence else "writing"):
        # Decoded once more, at full size now: kept, many photos would not fit into memory.
        photo, target = read_file(files[number]), targets[number]
        drawn = render_pictures(
            photo.rgb, found[number], target, settings.blend, settings.colors, top
        )
        write_explanation(out / names[number], drawn, found[number], target)
        if baselines:
            evidence = _collect_evidence(
                files[number], explainer, found[number], target, baselines, out / names[number]
            )
            cells[number] = evidence_cells(evidence)
    write_table(
        out / "explanations.csv",
        [
            table_row(str(file), found[number], targets[number]) | cells[number]
            if number in found
            else error_row(str(file), str(failed[number]))
            for number, file in enumerate(files)
        ],
        COLUMNS + EVIDENCE_COLUMNS if settings.evidence else COLUMNS,
    )
    return [(files[number], error) for number, error in failed.items()]


def _collect_evidence(
    file: Path,
    explainer: Explainer,
    explained: Explanation,
    target: str,
    baselines: Baselines,
    out: Path,
) -> Evidence:
    """All evidence for a photo as it was explained; writes the mask that it rests on."""
    photo = read_file(file, longest=PREVIEW)
    rice = find_rice(photo.rgb)
    mask = rice.mask()
    write_mask(out, mask, explained)
    *_, last = collect_evidence(explainer, photo, explained, mask, target, baselines, rice.problem)
    return last.evidence


def explain_stream(
    files: Sequence[Path], explainer: Explainer, request: ExplainRequest
) -> Iterator[Explanation | PhotoError]:
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
        return error
