"""The three pictures as they are shown: small, and drawn anew only where something changed."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from core.explanation import Explanation
from core.photo import PREVIEW, read_photo
from core.render import Pixels, colorize, heat, overlay
from dashboard.controls import Drawing
from dashboard.visit import Entry, Visit


@dataclass(frozen=True)
class Previews:
    """JPEG bytes of the three pictures, all of one size."""

    original: bytes
    heatmap: bytes
    overlay: bytes


def draw(visit: Visit, entry: Entry, explanation: Explanation, how: Drawing) -> Previews:
    """Draw a photo's pictures; when only the blend changed, the overlay alone."""

    def photo() -> tuple[Pixels, bytes]:
        rgb = read_photo(entry.data, longest=PREVIEW).rgb
        return rgb, jpeg(rgb)

    def colored() -> tuple[Pixels, bytes]:
        grid = explanation.map(how.target)
        drawn = heat(grid, explanation.placement, rgb.shape[:2], how.top)
        return (picture := colorize(drawn, how.colors)), jpeg(picture)

    rgb, original = visit.remember((entry.sha256, "photo"), photo)
    # The visit keeps every explanation, so this one's number is nobody else's.
    what = id(explanation), how.target, how.colors, how.top
    heatmap, heatmap_file = visit.remember(what, colored)
    blended = overlay(rgb, heatmap, how.blend, stretch=how.colors == "jet")
    return Previews(original, heatmap_file, jpeg(blended))


def jpeg(rgb: Pixels) -> bytes:
    """A picture as JPEG, near enough for the eye; downloads are PNG.

    Args:
        rgb: uint8 [H, W, 3].
    """
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=92, subsampling=0)
    return out.getvalue()
