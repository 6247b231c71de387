"""Explains and checks photos in parallel: a table row and a picture for each."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from core.errors import PhotoError
from core.evidence.baselines import Baselines, compute_baselines
from core.evidence.collect import EvidenceLevel, MaskedPhoto, collect_table_evidence
from core.evidence.masked_input import MaskedInput, mask_input
from core.evidence.table_columns import evidence_cells
from core.explain.classifier import FittedPhoto
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.explain.output_files import familiarity_cells, folder_names, map_cells
from core.explain.render import DEFAULT_COLORS, Pixels, render_pictures
from core.explain.request import ExplainRequest
from core.images.decode import PREVIEW, Photo, read_file
from core.images.encode import encode_jpeg
from core.images.memory_budget import return_large_blocks, trim_memory
from core.images.resize import shrink_to
from core.review.listing import ListedPhoto
from core.review.result_row import ResultRow
from core.segmentation.rice_mask import find_rice
from core.utils.parallel import ordered_map

CHUNK_SIZE = 32
"""Photos explained in one run. Fixed, because what a network computes may differ in its last digit
with the number of photos, and the same photos must always give the same bytes."""

_TOGETHER = 4  # photos whose evidence is collected together; fixed likewise
PICTURE_SIDE = 400  # pixels, the longer side
# Photos whose rice is found until freed memory is given back: what is kept of each lies between
# what the network freed, which therefore grows from photo to photo.
_TRIM_EVERY = 8
_NO_EVIDENCE: Mapping[str, dict[str, object]] = MappingProxyType({})
_NAME_LENGTH = 40  # characters of a photo's name that its picture keeps

SavePicture = Callable[[str, bytes], None]
"""Takes a picture's path in the export and its bytes; called in several threads at once."""


@dataclass(frozen=True)
class ReviewSettings:
    """Settings of a review: request, evidence, and how pictures are drawn.

    Attributes:
        request: What the maps answer.
        blend: 0 (the photo alone) to 1 (the heatmap alone).
        colors: One of `render.COLORS`.
        evidence: How much of it to collect, too: five or more passes a photo for the verdict,
            about a hundred for all that a table shows.
    """

    request: ExplainRequest = ExplainRequest()  # noqa: RUF009  it is frozen
    blend: float = 0.5
    colors: str = DEFAULT_COLORS
    evidence: EvidenceLevel = ""


@dataclass(frozen=True)
class ReviewTask:
    """What is done with each photo of a review.

    Attributes:
        explainer: With the model.
        settings: What to compute.
        save: Takes the pictures: an overlay each, JPEG, the heat on the photo's own scale.
        workers: Threads or processes; one a core for None. They change nothing but the time.
    """

    explainer: Explainer
    settings: ReviewSettings
    save: SavePicture
    workers: int | None = None


ReviewPhotos = Callable[[Sequence[ListedPhoto], ReviewTask], Iterator[ResultRow]]
"""Reviews photos in order: `review_photos`, or a function with equal results."""


def review_photos(
    photos: Sequence[ListedPhoto],
    task: ReviewTask,
    baselines: Baselines | None = None,
    known: Mapping[str, dict[str, object]] = _NO_EVIDENCE,
) -> Iterator[ResultRow]:
    """Review photos in order; memory does not grow with their number.

    Args:
        photos: Of a listing, from a multiple of `CHUNK_SIZE` on.
        task: What to do with each.
        baselines: The model's, computed here for None if the settings want evidence.
        known: Cells of evidence that is not computed again, as of `evidence_cells`, by the photo's
            hash; for the predicted class and of the settings' level.

    Yields:
        A row a photo, after its picture is saved.
    """
    single, settings = task.explainer.single_threaded(), task.settings
    if settings.evidence and baselines is None:
        baselines = compute_baselines(single)
    chunks = (photos[start : start + CHUNK_SIZE] for start in range(0, len(photos), CHUNK_SIZE))

    def explain(chunk: Sequence[ListedPhoto]) -> list[_ExplainedPhoto]:
        return _explain_chunk(chunk, single, settings, task.save, known)

    # What waits for its evidence is kept in memory, so only a chunk may wait.
    waiting = ordered_map(explain, chunks, task.workers, ahead=8 if baselines is None else 1)
    if baselines is None:
        yield from (each.row for chunk in waiting for each in chunk)
        return

    def add_evidence(some: Sequence[_ExplainedPhoto]) -> list[ResultRow]:
        return _add_evidence(some, single, settings, baselines, known)

    parts = (part for chunk in waiting for part in _parts(chunk))
    for rows in ordered_map(add_evidence, parts, task.workers, ahead=CHUNK_SIZE // _TOGETHER):
        yield from rows


def review_chunk(
    photos: Sequence[ListedPhoto],
    explainer: Explainer,
    settings: ReviewSettings,
    baselines: Baselines | None,
    save: SavePicture,
) -> list[ResultRow]:
    """Review a few photos at once, on one core.

    Args:
        photos: A chunk of a listing.
        explainer: On one core.
        settings: What to compute.
        baselines: The model's; None without evidence.
        save: Takes the pictures.
    """
    explained = _explain_chunk(photos, explainer, settings, save, ())
    if baselines is None:
        return [each.row for each in explained]
    parts = (_add_evidence(part, explainer, settings, baselines) for part in _parts(explained))
    return [row for rows in parts for row in rows]


@dataclass(frozen=True)
class _ExplainedPhoto:
    """A photo's row, and what its evidence is computed from, if that is wanted and not known."""

    row: ResultRow
    masked: MaskedPhoto | None = None


def _explain_chunk(
    photos: Sequence[ListedPhoto],
    explainer: Explainer,
    settings: ReviewSettings,
    save: SavePicture,
    known: Container[str],
) -> list[_ExplainedPhoto]:
    # What is kept of each photo lies between what the networks freed.
    return_large_blocks()
    rows: dict[int, _ExplainedPhoto] = {}
    kept: deque[tuple[ListedPhoto, Pixels, tuple[MaskedInput, str] | None]] = deque()

    def read() -> Iterator[FittedPhoto]:  # one at a time
        for listed in photos:
            try:
                photo = read_file(listed.path, longest=PREVIEW)
            except PhotoError as error:
                rows[listed.number] = _ExplainedPhoto(
                    ResultRow(
                        listed.number, listed.file, listed.true, code=error.code, error=str(error)
                    )
                )
                continue
            fitted = explainer.fit(photo)
            asked = settings.evidence and photo.sha256 not in known
            found = _find_mask(photo, fitted) if asked else None
            if found and listed.number % _TRIM_EVERY == _TRIM_EVERY - 1:
                trim_memory(0)
            kept.append((listed, shrink_to(photo.rgb, PICTURE_SIDE), found))
            yield fitted

    for explanation in explainer.explain_stream(read(), settings.request):
        listed, rgb, found = kept.popleft()
        picture = encode_jpeg(draw_overlay(rgb, explanation, settings))
        name = picture_name(listed)
        save(name, picture)
        row = _result_row(listed, explanation, name, picture)
        masked = None
        if found:
            of_input, problem = found
            masked = MaskedPhoto(explanation, of_input, explanation.predicted, problem)
        rows[listed.number] = _ExplainedPhoto(row, masked)
    return [rows[listed.number] for listed in photos]


def _find_mask(photo: Photo, fitted: FittedPhoto) -> tuple[MaskedInput, str]:
    """The photo and its rice as the model is shown them, and the mask's problem."""
    rice = find_rice(photo.rgb)
    return mask_input(photo.rgb, fitted.pixels, rice.mask(), fitted.placement), rice.problem


def draw_overlay(
    rgb: Pixels, explanation: Explanation, settings: ReviewSettings, top: float | None = None
) -> Pixels:
    """A photo small, with its predicted class's heat over it: uint8 [h, w, 3].

    Args:
        rgb: uint8 [H, W, 3].
        explanation: Of that photo.
        settings: How.
        top: High end of a scale for all photos; None for the photo's own.
    """
    small = shrink_to(rgb, PICTURE_SIDE)
    return render_pictures(
        small, explanation, explanation.predicted, settings.blend, settings.colors, top
    ).overlay


def picture_name(listed: ListedPhoto) -> str:
    """Where a photo's picture lies in the export: numbered, so that no two are the same.

    Example:
        >>> from pathlib import Path
        >>> picture_name(ListedPhoto(11, Path("a/../IMG:1.jpg"), "a/../IMG:1.jpg"))
        'pictures/000012-IMG_1.jpg'
    """
    (harmless,) = folder_names([listed.file])
    return f"pictures/{listed.number + 1:06d}-{harmless[:_NAME_LENGTH]}.jpg"


def _result_row(
    listed: ListedPhoto, explained: Explanation, name: str, picture: bytes
) -> ResultRow:
    order = np.argsort(-explained.scores, kind="stable")
    first, second = (int(index) for index in order[:2])
    rows, columns = explained.grid
    of_map = map_cells(explained, explained.classes[first])
    familiar, familiarity = familiarity_cells(explained)
    return ResultRow(
        number=listed.number,
        file=listed.file,
        true=listed.true,
        sha256=explained.sha256,
        predicted=explained.classes[first],
        score=round(float(explained.scores[first]), 6),
        second=explained.classes[second],
        second_score=round(float(explained.scores[second]), 6),
        model=explained.model,
        layer=explained.layer,
        grid=f"{rows}x{columns}",
        assumed_bits=explained.assumed_bits,
        explains=of_map["explains"],
        method=of_map["method"],
        map=of_map["map"],
        familiar=familiar,
        familiarity=familiarity,
        heat=max(0.0, float(explained.map(explained.predicted).max())),
        picture=name,
        picture_sha256=hashlib.sha256(picture).hexdigest(),
        picture_bytes=len(picture),
    )


def _parts(chunk: Sequence[_ExplainedPhoto]) -> Iterator[Sequence[_ExplainedPhoto]]:
    """What of a chunk is shown to the network together."""
    return (chunk[start : start + _TOGETHER] for start in range(0, len(chunk), _TOGETHER))


def _add_evidence(
    some: Sequence[_ExplainedPhoto],
    explainer: Explainer,
    settings: ReviewSettings,
    baselines: Baselines,
    known: Mapping[str, dict[str, object]] = _NO_EVIDENCE,
) -> list[ResultRow]:
    masked = [each.masked for each in some if each.masked]
    found = iter(collect_table_evidence(explainer, masked, baselines, settings.evidence))

    def with_evidence(each: _ExplainedPhoto) -> ResultRow:
        cells = evidence_cells(next(found)) if each.masked else known.get(each.row.sha256)
        return replace(each.row, evidence=cells) if cells else each.row

    return [with_evidence(each) for each in some]
