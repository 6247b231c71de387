"""Decoded previews of photos, the most recent ones cached; the page decodes nowhere else."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.explain.render import DRAWING_BYTES, Pixels
from core.images.decode import PREVIEW, Photo, read_photo
from core.images.encode import encode_jpeg
from core.images.memory_budget import DECODERS
from dashboard.state.session import Entry, Session

_QUALITY = 92
_SHARP = 4096
"""Longest side in pixels of a photo that is looked at closely."""


def preview(session: Session, entry: Entry) -> Photo:
    """A photo, at most `PREVIEW` pixels long; safe to call from several threads.

    Raises:
        PhotoError: If it cannot be read.
    """
    return session.previews.get(entry.sha256, lambda: read_photo(entry.data, longest=PREVIEW))


@dataclass
class _Sharp:
    """The one photo of a session that is looked at closely."""

    sha256: str = ""
    file: bytes = b""


def sharp(session: Session, entry: Entry, size: tuple[int, int]) -> bytes:
    """A photo of this (height, width), at most `_SHARP` pixels long, as JPEG.

    Raises:
        PhotoError: If it cannot be read.
    """
    last = session.part(_Sharp)
    if last.sha256 != entry.sha256:
        with DECODERS.reserve(DRAWING_BYTES * min(math.prod(size), _SHARP**2)):
            last.file = jpeg(read_photo(entry.data, longest=_SHARP).rgb)
        last.sha256 = entry.sha256
    return last.file


def jpeg(rgb: Pixels) -> bytes:
    """A picture as JPEG, near enough for the eye; downloads are PNG.

    Args:
        rgb: uint8 [H, W, 3].
    """
    return encode_jpeg(rgb, _QUALITY)
