"""What the viewer shows of one photo and model: pictures as `core` draws them, and their texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.explain.render import (
    COLORS,
    DEFAULT_COLORS,
    cell_levels,
    color_table,
    heat_on_photo,
    stretch_table,
)
from core.images.encode import encode_png
from core.images.preprocess import input_on_photo
from core.images.resize import scaled_size
from core.images.size_limits import drawn_scale
from dashboard.i18n import phrases
from dashboard.i18n.peak_location import NOWHERE
from dashboard.i18n.translate import TABLES, Texts
from dashboard.state.controls import OWN, PREDICTED, SHARED
from dashboard.state.session import Session
from dashboard.state.view_state import PhotoView
from dashboard.viewer.payload import Parts
from dashboard.work.measured_lines import Reference
from dashboard.work.photo_previews import jpeg, preview, sharp
from dashboard.work.rice_masks import Mask

MOST = 5
"""Classes that have a bar; the sixth has one if it is the last."""
_TEXTS = (
    *("picture.original", "picture.heatmap", "picture.overlay", "picture.original.help"),
    *("picture.overlay.help", "caption.overlay", "blend", "blend.help", "colors", "colors.help"),
    *("target.help", "viewer.pictures", "viewer.one", "viewer.two", "viewer.three"),
    *("viewer.curtain", "viewer.curtain.help", "viewer.heat_only", "viewer.heat_only.help"),
    *("viewer.cells", "viewer.cells.help", "viewer.outline", "viewer.outline.help"),
    *("viewer.full", "viewer.full.leave", "viewer.keys", "viewer.keys.list", "viewer.waiting"),
    *("viewer.place", "viewer.place.rice", "viewer.place.beside", "viewer.place.unseen"),
    *("viewer.hint", "viewer.shows", "percent"),
    *("brush", "brush.help", "brush.rice", "brush.background", "brush.size", "brush.undo"),
    *("brush.redo", "brush.nothing", "brush.found", "brush.done", "brush.hint"),
    *("measure.across", "measure.scale", "measure.hint"),
)


def photo_content(
    say: Texts,
    session: Session,
    view: PhotoView,
    views: Mapping[str, PhotoView],
    mask: Mask | None = None,
    close: bool = False,
    reference: Reference | None = None,
) -> tuple[dict[str, Any], Parts]:
    """The header and the parts of a viewer's message.

    Args:
        say: The texts.
        session: Keeps what was drawn.
        view: The photo as it is looked at.
        views: The same photo by class, as far as the maps are known: the browser changes between
            them by itself.
        mask: bool [H, W], the photo's rice, if its outline is to be shown.
        close: Whether the photo is looked at so closely that its own pixels are needed.
        reference: A thing in the photo across which a line may be drawn.
    """
    parts, rgb = Parts(), preview(session, view.entry).rgb
    # The session keeps every explanation, so these numbers are nobody else's.
    of = "maps", *((id(each.explanation), name, each.top) for name, each in views.items())
    drawn: dict[str, _Drawn] = session.results.get(
        of, lambda: {name: _drawn(each, rgb.shape[:2]) for name, each in views.items()}
    )
    height, width = view.explanation.placement.photo
    close = close and max(height, width) > max(rgb.shape)
    photo = session.results.get(("original", view.entry.sha256), lambda: jpeg(rgb))
    header = {
        "size": rgb.shape[1::-1],
        "input": input_on_photo(view.explanation.placement, rgb.shape[:2]),
        "covered": drawn[view.target].covered,
        "photo": parts.add(photo),
        "sha256": view.entry.sha256,
        "full": (width, height),
        "sharp": parts.add(sharp(session, view.entry, (height, width))) if close else None,
        "stretch": parts.add(stretch_table(rgb).tobytes()),
        "reference": asdict(reference) if reference else None,
        "rice": None if mask is None else parts.add(encode_png(mask.astype(np.uint8) * 255)),
        "colors": {name: parts.add(color_table(name).tobytes()) for name in COLORS},
        "predicted": view.explanation.predicted,
        "maps": {name: _map(say, each, drawn[name], parts) for name, each in views.items()},
        "panel": _panel(say, view),
    }
    return header, parts


def classes_with_bars(view: PhotoView) -> list[str]:
    """The likeliest classes, the likeliest first, and the one that is looked at."""
    names = [view.explanation.classes[index] for index in view.explanation.scores.argsort()[::-1]]
    shown = names if len(names) <= MOST + 1 else names[:MOST]
    return shown if view.target in shown else [*shown, view.target]


def _panel(say: Texts, view: PhotoView) -> dict[str, Any]:
    """What stands around the pictures."""
    explanation, card, shown = view.explanation, view.card, classes_with_bars(view)
    kind, other = phrases.kind(view.request), view.request.contrast_class
    named = say.of_class(other, card) if other else ""
    scores = dict(zip(explanation.classes, map(float, explanation.scores), strict=True))
    rest = [name for name in explanation.classes if name not in shown]
    height, width = explanation.placement.photo
    across, down = scaled_size(height, width, drawn_scale(width, height))
    key = "caption.original" if across == width else "caption.original.reduced"
    texts = {each: TABLES[say.language][each] for each in _TEXTS}
    texts |= {
        "picture.heatmap.help": say.plain(
            "picture.heatmap.help", method=say.named(view.request.method)
        ),
        "caption.original": say.plain(key, width=width, height=height, across=across, down=down),
        "target": say.plain(f"target.{kind}", other=named),
        "scores": say.plain("scores"),
        "others": say.plain("scores.others", count=len(rest)),
        "others.score": say.percent(max(0.0, sum(scores[name] for name in rest))),
    }
    return {
        "name": view.entry.name,
        "selectable": kind != phrases.ANY,
        "bars": [
            {
                "name": name,
                "label": say.of_class(name, card),
                "share": scores[name],
                "score": say.percent(scores[name]),
                "choice": PREDICTED if name == explanation.predicted else name,
            }
            for name in shown
        ],
        "others": [{"name": name, "label": say.of_class(name, card)} for name in rest],
        "colors": [
            {"name": name, "label": say.plain(f"colors.{name}")}
            for name in sorted(COLORS, key=lambda name: name != DEFAULT_COLORS)
        ],
        "texts": texts,
    }


@dataclass(frozen=True)
class _Drawn:
    """A map as `core` draws it on the preview.

    Attributes:
        levels: PNG of one grey level a pixel.
        cells: One level a cell.
        covered: (left, top, width, height) in pixels, of what the model was shown.
        high: The scale's high end.
    """

    levels: bytes
    cells: bytes
    covered: tuple[int, int, int, int]
    high: float


def _drawn(view: PhotoView, size: tuple[int, int]) -> _Drawn:
    grid = view.explanation.map(view.target)
    heat = heat_on_photo(grid, view.explanation.placement, size, view.top)
    rows, columns = (np.flatnonzero(heat.covered.any(axis)) for axis in (1, 0))
    covered = int(columns[0]), int(rows[0]), len(columns), len(rows)
    cells = cell_levels(grid, heat).tobytes()
    return _Drawn(encode_png(heat.levels), cells, covered, heat.high)


def _map(say: Texts, view: PhotoView, drawn: _Drawn, parts: Parts) -> dict[str, Any]:
    """A class's map, and what is said of it."""
    grid, where = view.explanation.map(view.target), view.where(say)
    nothing = "zero_map.nothing" if view.explanation.is_zero(view.target) else "nothing"
    scale = OWN if view.top is None else SHARED
    said = {
        "where": where,
        "low": say.plain(f"legend.{scale}.low"),
        "high": say.plain(f"legend.{scale}.high"),
        "legend": say.plain(f"legend.{scale}", what=view.shows(say)),
        "nothing": say.plain(nothing, nowhere=where) if view.peak == NOWHERE else "",
    }
    return said | {
        "levels": parts.add(drawn.levels),
        "cells": parts.add(drawn.cells),
        "values": parts.add(grid.astype("<f4").tobytes()),
        "grid": grid.shape,
        "most": drawn.high,
    }
