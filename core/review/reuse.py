"""A review that goes on from what is known: photos asked before are not asked again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.explain.explainer import Explainer
from core.review.listing import Listed
from core.review.result_row import Row
from core.review.worker import Reviewing, Save, Settings, picture_name


@dataclass(frozen=True)
class Known:
    """What an earlier review gave of a photo.

    Attributes:
        row: What it says, by that review's number, path and folders.
        picture: The JPEG file's bytes; empty if the photo could not be read.
    """

    row: Row
    picture: bytes


def knowing(known: Mapping[str, Known], reviewing: Reviewing) -> Reviewing:
    """What reviews photos as `reviewing` does, but for those that are known.

    These take their number, path and true class from the new listing. The others are explained in
    other chunks than without them, so their numbers may differ in the last digit.

    Args:
        known: By the photo's path in the new listing; of the same model and settings.
        reviewing: Asks the model.

    Example:
        >>> from pathlib import Path
        >>> old = {"b.jpg": Known(Row(0, "b.jpg", predicted="Ketan"), b"")}
        >>> nobody = knowing(old, lambda photos, *how: iter(()))
        >>> [row.number for row in nobody([Listed(7, Path("b.jpg"), "b.jpg")], None, None, None)]
        [7]
    """

    def review(
        photos: Sequence[Listed],
        explainer: Explainer,
        settings: Settings,
        save: Save,
        workers: int | None = None,
    ) -> Iterator[Row]:
        new = [listed for listed in photos if listed.file not in known]
        fresh = reviewing(new, explainer, settings, save, workers)
        for listed in photos:
            if listed.file not in known:
                yield next(fresh)
                continue
            before = known[listed.file]
            name = picture_name(listed) if before.row.picture else ""
            if name:
                save(name, before.picture)
            yield replace(
                before.row, number=listed.number, file=listed.file, true=listed.true, picture=name
            )

    return review
