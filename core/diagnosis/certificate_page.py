"""A certificate as one page in both languages, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.diagnosis.certificate_text import (
    accuracy,
    certificate_sentence,
    compare,
    reliance_gaps,
    reliance_sentence,
    ship_sentence,
)
from core.diagnosis.certify import (
    AS_IT_IS,
    GROUNDS,
    MOST,
    OTHER,
    SAME,
    Certificate,
    CertifiedPhoto,
)
from core.errors import PhotoError
from core.evidence.verdict import VERDICTS
from core.images.decode import read_file
from core.images.encode import encode_jpeg
from core.images.resize import shrink_to
from core.review.html_page import data_uri, open_template
from core.review.sentences import class_name
from core.texts import Bilingual
from core.utils.confidence_interval import wilson_interval
from core.utils.file_names import printable

PAGE, NUMBERS = "certificate.html", "certificate.json"

_TEMPLATE = Path(__file__).with_name("certificate.html.jinja")
_WORST = 12  # photos that are shown
_PICTURE = 320  # pixels, the longer side


@dataclass(frozen=True)
class ShownPhoto:
    """A photo that the model is wrong about, as a data URI."""

    photo: CertifiedPhoto
    name: str
    picture: str


def write_certificate(out: Path, found: Certificate, against: Certificate | None = None) -> None:
    """Write the page and the numbers into a folder.

    Args:
        out: A folder that is there.
        found: The model's.
        against: Another model's, of the same photos.
    """
    both = [found] if against is None else [found, against]
    page = open_template(_TEMPLATE).render(
        models=both,
        title=_title(found),
        titles=list(map(_title, both)),
        reliances=list(map(reliance_sentence, both)),
        sentences=list(map(certificate_sentence, both)),
        ship=ship_sentence(found, against) if against else None,
        pairs=_pairs(found, against) if against else {},
        grounds=GROUNDS,
        verdicts=VERDICTS,
        accuracy=accuracy,
        named=lambda index: class_name(found.card.names[index], found.card),
        shown=list(_worst(found)),
        wrong=len(found.worst),
        files=[(_name(file), reason) for file, reason in found.unread],
        as_it_is=AS_IT_IS,
        same=SAME,
        other=OTHER,
        most=MOST,
    )
    (out / PAGE).write_text(page + "\n", "utf-8", newline="\n")
    text = json.dumps(numbers(found, against), ensure_ascii=False, indent=1)
    (out / NUMBERS).write_text(text + "\n", "utf-8", newline="\n")


def numbers(found: Certificate, against: Certificate | None = None) -> dict[str, Any]:
    """A certificate as JSON has it."""
    both = [found] if against is None else [found, against]
    written: dict[str, Any] = {"models": list(map(_model, both))}
    if against:
        sentence = ship_sentence(found, against)
        written["ship"] = {"en": sentence.en, "ja": sentence.ja}
        written["paired"] = {
            ground: dict(zip(("only_first_right", "only_second_right", "p"), pair, strict=True))
            for ground, pair in _pairs(found, against).items()
        }
    return written


def _model(found: Certificate) -> dict[str, Any]:
    reliance, sentence = reliance_sentence(found), certificate_sentence(found)
    error = found.reliability.error
    return {
        "name": found.name,
        "reliable": not reliance_gaps(found),
        "reliance": {"en": reliance.en, "ja": reliance.ja},
        "sentence": {"en": sentence.en, "ja": sentence.ja},
        "accuracy": {ground: _share(*found.counts(ground)) for ground in GROUNDS},
        "ground_matters_p": found.ground_matters,
        "verdicts": found.verdicts,
        "calibration_error": {
            "value": error.value,
            "interval": [error.low, error.high],
            "by_chance": found.reliability.by_chance.value,
        },
        "unfamiliar": sum(photo.familiar is False for photo in found.photos),
        "photos": [
            {
                "file": _name(photo.file),
                "true": found.card.names[photo.true],
                "predicted": {
                    ground: found.card.names[index] for ground, index in photo.predicted.items()
                },
                "score": round(photo.score, 6),
                "verdict": photo.verdict,
                "familiar": photo.familiar,
            }
            for photo in found.photos
        ],
        "left_out": [{"file": _name(file), "reason": reason} for file, reason in found.unread],
    }


def _share(right: int, count: int) -> dict[str, Any]:
    interval = list(wilson_interval(right, count)) if count else None
    return {"right": right, "photos": count, "interval": interval}


def _pairs(found: Certificate, against: Certificate) -> dict[str, tuple[int, int, float]]:
    return {ground: compare(found, against, ground) for ground in GROUNDS}


def _title(found: Certificate) -> Bilingual:
    title = found.card.title
    return Bilingual(title.get("en", found.name), title.get("ja", found.name))


def _worst(found: Certificate) -> Iterator[ShownPhoto]:
    """The photos that the model is most wrong about; one that cannot be read any more is not."""
    for photo in found.worst[:_WORST]:
        try:
            rgb = read_file(photo.file, longest=_PICTURE).rgb
        except PhotoError:
            continue
        picture = data_uri("image/jpeg", encode_jpeg(shrink_to(rgb, _PICTURE)))
        yield ShownPhoto(photo, _name(photo.file), picture)


def _name(file: Path) -> str:
    """A file's name with its class folder's; where on this machine they lie concerns nobody."""
    return printable(f"{file.parent.name}/{file.name}")
