"""The three pictures as they are shown: small, and drawn anew only where something changed."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from core.explain.explanation import Explanation
from core.explain.render import Pixels, colorize, heat_on_photo, overlay
from core.images.decode import PREVIEW, read_photo
from dashboard.components.display_options import Drawing
from dashboard.state.session import Entry, Session
from dashboard.views.evidence.mask_editor import Mask, outlined


@dataclass(frozen=True)
class Previews:
    """JPEG bytes of the three pictures, all of one size."""

    original: bytes
    heatmap: bytes
    overlay: bytes


def photo(session: Session, entry: Entry) -> Pixels:
    """A photo as it is shown, uint8 [H, W, 3]; decoded once while it is in view."""
    return _photo(session, entry)[0]


def _photo(session: Session, entry: Entry) -> tuple[Pixels, bytes]:
    def decode() -> tuple[Pixels, bytes]:
        rgb = read_photo(entry.data, longest=PREVIEW).rgb
        return rgb, jpeg(rgb)

    return session.remember((entry.sha256, "photo"), decode)


def draw(
    session: Session,
    entry: Entry,
    explanation: Explanation,
    how: Drawing,
    marked: Mask | None = None,
) -> Previews:
    """Draw a photo's pictures; when only the blend changed, the overlay alone.

    Args:
        session: Keeps what was drawn.
        entry: The photo.
        explanation: Of it.
        how: To draw it.
        marked: bool [H, W], what is to have an outline on the photo and the overlay.
    """

    def colored() -> tuple[Pixels, bytes]:
        grid = explanation.map(how.target)
        drawn = heat_on_photo(grid, explanation.placement, rgb.shape[:2], how.top)
        return (picture := colorize(drawn, how.colors)), jpeg(picture)

    rgb, original = _photo(session, entry)
    # The session keeps every explanation, so this one's number is nobody else's.
    what = id(explanation), how.target, how.colors, how.top, "heat"
    heatmap, heatmap_file = session.remember(what, colored)
    blended = overlay(rgb, heatmap, how.blend, stretch=how.colors == "jet")
    if marked is not None:
        original, blended = jpeg(outlined(rgb, marked)), outlined(blended, marked)
    return Previews(original, heatmap_file, jpeg(blended))


def jpeg(rgb: Pixels) -> bytes:
    """A picture as JPEG, near enough for the eye; downloads are PNG.

    Args:
        rgb: uint8 [H, W, 3].
    """
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=92, subsampling=0)
    return out.getvalue()
