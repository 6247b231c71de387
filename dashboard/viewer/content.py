"""What the viewer shows of one photo and model, or of two sides: pictures of `core`, and texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
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
    *("viewer.hint", "viewer.hint.touch", "viewer.shows", "percent"),
    *("viewer.previous", "viewer.next"),
    *("brush", "brush.help", "brush.rice", "brush.background", "brush.size", "brush.undo"),
    *("brush.redo", "brush.nothing", "brush.found", "brush.done", "brush.hint"),
    *("measure.across", "measure.scale", "measure.hint"),
)


def photo_content(
    say: Texts,
    session: Session,
    view: PhotoView,
    views: Mapping[str, PhotoView],
    order: Sequence[str] = (),
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
        order: Hashes of the photos that one can go to, this one among them.
        mask: bool [H, W], the photo's rice, if its outline is to be shown.
        close: Whether the photo is looked at so closely that its own pixels are needed.
        reference: A thing in the photo across which a line may be drawn.
    """
    parts = Parts()
    height, width = view.explanation.placement.photo
    across, down = scaled_size(height, width, drawn_scale(width, height))
    key = "caption.original" if across == width else "caption.original.reduced"
    caption = say.plain(key, width=width, height=height, across=across, down=down)
    side = _side(say, session, parts, views, mask, close)
    side |= {"usual": view.explanation.predicted, "caption": caption}
    side["reference"] = asdict(reference) if reference else None
    header = {"shows": view.entry.sha256, "sides": [side], "usual": side["usual"], "scale": None}
    header["way"] = _way(say, order, view.entry.sha256)
    return header | {"colors": _colors(parts), "panel": _panel(say, view)}, parts


@dataclass(frozen=True)
class PairSide:
    """One of two sides.

    Attributes:
        title: What it shows, as plain text.
        answer: What the model says of it, as plain text.
        help: More of the title, as plain text.
        views: The photo by the class that is chosen, `controls.PREDICTED` among them, as far as
            the maps are known; empty where there is nothing to show.
        mask: bool [H, W], the photo's rice, if its outline is to be shown.
        problem: Why there is nothing to show, as plain text.
    """

    title: str
    answer: str = ""
    help: str = ""
    views: Mapping[str, PhotoView] = field(default_factory=dict)
    mask: Mask | None = None
    problem: str = ""


def pair_content(
    say: Texts,
    session: Session,
    sides: Sequence[PairSide],
    targets: Mapping[str, str],
    scale: Mapping[str, str],
    close: str = "",
    order: Sequence[str] = (),
) -> tuple[dict[str, Any], Parts]:
    """The header and the parts of a message that shows two sides, which move together.

    Args:
        say: The texts.
        session: Keeps what was drawn.
        sides: The two.
        targets: The classes to choose from, and their names; empty where there is no choice.
        scale: What the colours stand for: `low`, `high`, `legend`.
        close: What is looked at so closely that its own pixels are needed, as the header's `shows`.
        order: Hashes of the photos that one can go to, if both sides are of one photo.
    """
    parts = Parts()
    shows = "-".join(
        next((view.entry.sha256 for view in side.views.values()), "") for side in sides
    )
    drawn = []
    for side in sides:
        words = {"title": side.title, "answer": side.answer, "help": side.help}
        words |= {"problem": side.problem, "usual": PREDICTED}
        for view in [*side.views.values()][:1]:
            words |= _side(say, session, parts, side.views, side.mask, shows == close)
            rows, columns = view.explanation.grid
            words["caption"] = say.plain("compare.cells", rows=rows, columns=columns)
            if view.explanation.familiar is False:
                words["unfamiliar"] = say.plain("unfamiliar")
        drawn.append(words)
    panel = _words(say, *(view for side in sides for view in [*side.views.values()][:1]))
    panel["targets"] = [{"name": name, "label": label} for name, label in targets.items()]
    header: dict[str, Any] = {"shows": shows, "sides": drawn, "usual": PREDICTED, "scale": scale}
    header["way"] = _way(say, order, shows.partition("-")[0])
    return header | {"colors": _colors(parts), "panel": panel}, parts


def _side(
    say: Texts,
    session: Session,
    parts: Parts,
    views: Mapping[str, PhotoView],
    mask: Mask | None,
    close: bool,
) -> dict[str, Any]:
    """A photo, and its maps by what is chosen."""
    view = next(iter(views.values()))
    rgb = preview(session, view.entry).rgb
    # The session keeps every explanation, so these numbers are nobody else's.
    of = "maps", *((id(each.explanation), name, each.top) for name, each in views.items())
    drawn: dict[str, _Drawn] = session.results.get(
        of, lambda: {name: _drawn(each, rgb.shape[:2]) for name, each in views.items()}
    )
    height, width = view.explanation.placement.photo
    close = close and max(height, width) > max(rgb.shape)
    photo = session.results.get(("original", view.entry.sha256), lambda: jpeg(rgb))
    return {
        "name": view.entry.name,
        "size": rgb.shape[1::-1],
        "input": input_on_photo(view.explanation.placement, rgb.shape[:2]),
        "covered": next(iter(drawn.values())).covered,
        "sha256": view.entry.sha256,
        "photo": parts.add(photo),
        "full": (width, height),
        "sharp": parts.add(sharp(session, view.entry, (height, width))) if close else None,
        "stretch": parts.add(stretch_table(rgb).tobytes()),
        "rice": None if mask is None else parts.add(encode_png(mask.astype(np.uint8) * 255)),
        "maps": {name: _map(say, each, drawn[name], parts) for name, each in views.items()},
    }


def _way(say: Texts, order: Sequence[str], sha256: str) -> dict[str, Any] | None:
    """Where a photo is among those that one can go to; None where there is no other."""
    if len(order) < 2 or sha256 not in order:
        return None
    number, total = order.index(sha256) + 1, len(order)
    place = say.plain("strip.place", number=number, total=total)
    return {"previous": number > 1, "next": number < total, "place": place}


def _colors(parts: Parts) -> dict[str, int]:
    return {name: parts.add(color_table(name).tobytes()) for name in COLORS}


def classes_with_bars(view: PhotoView) -> list[str]:
    """The likeliest classes, the likeliest first, and the one that is looked at."""
    names = [view.explanation.classes[index] for index in view.explanation.scores.argsort()[::-1]]
    shown = names if len(names) <= MOST + 1 else names[:MOST]
    return shown if view.target in shown else [*shown, view.target]


def _panel(say: Texts, view: PhotoView) -> dict[str, Any]:
    """What stands around the pictures."""
    explanation, card, shown = view.explanation, view.card, classes_with_bars(view)
    scores = dict(zip(explanation.classes, map(float, explanation.scores), strict=True))
    rest = [name for name in explanation.classes if name not in shown]
    words = _words(say, view)
    words["texts"] |= {
        "scores": say.plain("scores"),
        "others": say.plain("scores.others", count=len(rest)),
        "others.score": say.percent(max(0.0, sum(scores[name] for name in rest))),
    }
    return words | {
        "selectable": phrases.kind(view.request) != phrases.ANY,
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
    }


def _words(say: Texts, *views: PhotoView) -> dict[str, Any]:
    """What is said of any photo; `views` are those that are shown."""
    texts = {each: TABLES[say.language][each] for each in _TEXTS}
    methods = dict.fromkeys(say.named(view.explanation.request.method) for view in views)
    texts["picture.heatmap.help"] = say.plain("picture.heatmap.help", method=" / ".join(methods))
    for view in views[:1]:
        other = view.request.contrast_class
        texts["target"] = say.plain(
            f"target.{phrases.kind(view.request)}",
            other=say.of_class(other, view.card) if other else "",
        )
    return {
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
