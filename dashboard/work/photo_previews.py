"""Decoded previews of photos, the most recent ones cached; the page decodes nowhere else."""

from __future__ import annotations

from core.explain.render import Pixels
from core.images.decode import PREVIEW, Photo, read_photo
from core.images.encode import encode_jpeg
from dashboard.state.session import Entry, Session

_QUALITY = 92


def preview(session: Session, entry: Entry) -> Photo:
    """A photo, at most `PREVIEW` pixels long; safe to call from several threads.

    Raises:
        PhotoError: If it cannot be read.
    """
    return session.previews.get(entry.sha256, lambda: read_photo(entry.data, longest=PREVIEW))


def jpeg(rgb: Pixels) -> bytes:
    """A picture as JPEG, near enough for the eye; downloads are PNG.

    Args:
        rgb: uint8 [H, W, 3].
    """
    return encode_jpeg(rgb, _QUALITY)
