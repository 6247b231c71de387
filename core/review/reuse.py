"""Reuse of earlier results, so that no photo is reviewed twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.review.listing import ListedPhoto
from core.review.result_row import ResultRow
from core.review.worker import ReviewPhotos, ReviewTask, picture_name


@dataclass(frozen=True)
class EarlierResult:
    """Result of an earlier review for one photo.

    Attributes:
        row: With that review's number, path and folders.
        picture: The JPEG file's bytes; empty if the photo could not be read.
    """

    row: ResultRow
    picture: bytes


def reuse_results(
    earlier: Mapping[str, EarlierResult], review_photos: ReviewPhotos
) -> ReviewPhotos:
    """Wrap `review_photos` so that photos with an earlier result take that.

    These take their number, path and true class from the new listing. The others are explained in
    other chunks than without them, so their numbers may differ in the last digit.

    Args:
        earlier: By the photo's path in the new listing; of the same model and settings.
        review_photos: Reviews the other photos.

    Example:
        >>> from pathlib import Path
        >>> old = {"b.jpg": EarlierResult(ResultRow(0, "b.jpg", predicted="Ketan"), b"")}
        >>> review = reuse_results(old, lambda photos, task: iter(()))
        >>> photo = ListedPhoto(7, Path("b.jpg"), "b.jpg")
        >>> [row.number for row in review([photo], None)]
        [7]
    """

    def review(photos: Sequence[ListedPhoto], task: ReviewTask) -> Iterator[ResultRow]:
        new = [listed for listed in photos if listed.file not in earlier]
        fresh = review_photos(new, task)
        for listed in photos:
            if listed.file not in earlier:
                yield next(fresh)
                continue
            before = earlier[listed.file]
            name = picture_name(listed) if before.row.picture else ""
            if name:
                task.save(name, before.picture)
            yield replace(
                before.row, number=listed.number, file=listed.file, true=listed.true, picture=name
            )

    return review
