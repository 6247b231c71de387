"""Photo, heatmap and overlay of a photo, redrawn only where something changed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.explain.render import Pixels, colorize, heat_on_photo, overlay
from dashboard.state.session import Session
from dashboard.state.view_state import PhotoView
from dashboard.work.photo_previews import jpeg, preview
from dashboard.work.rice_masks import Mask

_PINK = (255, 40, 150)  # no scale of colours has it, and neither rice nor tables do
_THICK = 1 / 300  # of the longer side


@dataclass(frozen=True)
class JpegPictures:
    """JPEG bytes of the three pictures, all of one size."""

    original: bytes
    heatmap: bytes
    overlay: bytes


def draw_pictures(session: Session, view: PhotoView, mask: Mask | None = None) -> JpegPictures:
    """Draw a photo's pictures; when only the blend changed, the overlay alone.

    Args:
        session: Keeps what was drawn.
        view: The photo, and how it is drawn.
        mask: bool [H, W], what is to have an outline on the photo and the overlay.
    """
    rgb = preview(session, view.entry).rgb

    def colored() -> tuple[Pixels, bytes]:
        grid = view.explanation.map(view.target)
        drawn = heat_on_photo(grid, view.explanation.placement, rgb.shape[:2], view.top)
        return (picture := colorize(drawn, view.colors)), jpeg(picture)

    # The session keeps every explanation, so this one's number is nobody else's.
    of = "heat", id(view.explanation), view.target, view.colors, view.top
    heatmap, heatmap_file = session.results.get(of, colored)
    blended = overlay(rgb, heatmap, view.blend, stretch=view.colors == "jet")
    if mask is None:
        original = session.results.get(("original", view.entry.sha256), lambda: jpeg(rgb))
    else:
        original, blended = jpeg(outlined(rgb, mask)), outlined(blended, mask)
    return JpegPictures(original, heatmap_file, jpeg(blended))


def outlined(rgb: Pixels, mask: Mask) -> Pixels:
    """A picture with the outline of a mask on it.

    Args:
        rgb: uint8 [H, W, 3].
        mask: bool, of this size or another.

    Example:
        >>> square = np.zeros((9, 9), bool)
        >>> square[2:7, 2:7] = True
        >>> drawn = outlined(np.zeros((9, 9, 3), np.uint8), square)
        >>> drawn[2, 4].tolist(), drawn[4, 4].tolist()
        ([255, 40, 150], [0, 0, 0])
    """
    size = rgb.shape[1::-1]
    large = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    lines, _ = cv2.findContours(large, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    thick = max(1, round(_THICK * max(size)))
    return np.asarray(cv2.drawContours(rgb.copy(), lines, -1, _PINK, thick, cv2.LINE_8), np.uint8)
