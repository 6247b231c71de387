"""Statistics of a review: a summary in sentences, and charts of its counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape as escape_html
from typing import Any

import numpy as np
import streamlit as st

from core.evidence.verdict import VERDICTS
from core.explain.render import colorize, heat_on_photo
from core.images.preprocess import place
from core.models.card import Card
from core.review.result_row import SURE
from core.review.sentences import percent, summary_sentence
from core.review.summary import Summary
from dashboard.components import thumbnails
from dashboard.i18n.translate import Texts, escape
from dashboard.state.session import DEFAULT_REQUEST, Session
from dashboard.views.review.table import Line
from dashboard.work.model_pool import Model

_COLOURS = {
    **{"right": "#3d8a63", "wrong": "#c2603d", "unknown": "#a59e8d"},
    **{
        "rice": "#3d8a63",
        "background": "#c2603d",
        "condition": "#9a6fb0",
        "both": "#d9a441",
        "unclear": "#a59e8d",
    },
}
_MOST = 12  # classes that a chart has room for
_ROW = 34  # pixels that a bar is high
_NAME = 220  # pixels that a name may be long
_AXES = 165  # pixels for what stands below the bars
_SQUARE = 240, 240


def draw_summary(say: Texts, card: Card, summary: Summary, lines: Sequence[Line]) -> None:
    """Draw what there is to say of all photos, in a few sentences."""
    marked = sum(bool(line.doubts and line.mark and not line.problem) for line in lines)
    st.markdown(escape(getattr(summary_sentence(summary, card, marked), say.language)))
    st.caption(say("review.rules", sure=percent(SURE).replace(".0", "")))


def draw(
    say: Texts, session: Session, model: Model, summary: Summary, lines: Sequence[Line]
) -> None:
    """Draw the counts as charts, and each class's average heat."""
    card = model.card
    common = sorted(summary.classes, key=lambda name: -summary.predicted[name])[:_MOST]
    classes = [name for name in summary.classes if name in common and summary.predicted[name]]
    if summary.labelled:
        st.markdown(f"**{say('numbers.right')}**")
        st.caption(say("numbers.right.help"))
        st.html(_matrix(say, card, summary))
    st.markdown(f"**{say('numbers.predicted')}**")
    counts = _answers(summary, classes)
    if len(classes) > 1 and are_alike(classes, counts):
        each = summary.predicted[classes[0]]
        st.caption(say("numbers.predicted.alike", classes=len(classes), photos=each))
    else:
        _chart(say, _bars(say, card, classes, counts, "answer"), "numbers.predicted")
    if summary.has_verdicts:
        st.markdown(f"**{say('numbers.verdicts')}**")
        looks = {
            (name, each): summary.predicted_verdicts.get((name, each), 0)
            for name in classes
            for each in VERDICTS
        }
        _chart(say, _bars(say, card, classes, looks, "verdict"), "numbers.verdicts")
    st.markdown(f"**{say('numbers.heat')}**")
    st.caption(say("numbers.heat.help"))
    thumbnails.draw("average", _average(say, session, model, classes, lines))


def _answers(summary: Summary, classes: Sequence[str]) -> dict[tuple[str, str], int]:
    """How often each class was answered, rightly or wrongly."""
    counts: dict[tuple[str, str], int] = {}
    for name in classes:
        right = summary.confusion.get((name, name), 0)
        known = sum(count for (_, said), count in summary.confusion.items() if said == name)
        parts = {"right": right, "wrong": known - right, "unknown": summary.predicted[name] - known}
        counts |= {(name, part): count for part, count in parts.items()}
    return counts


def are_alike(classes: Sequence[str], counts: Mapping[tuple[str, str], int]) -> bool:
    """Whether a chart would draw the same bar for every class, and so show nothing.

    Example:
        >>> right, wrong = {("A", "right"): 3, ("B", "right"): 3}, {("B", "wrong"): 1}
        >>> are_alike("AB", right), are_alike("AB", right | wrong)
        (True, False)
    """
    bars = {
        frozenset((part, n) for (name, part), n in counts.items() if name == each and n)
        for each in classes
    }
    return len(bars) == 1


def _bars(
    say: Texts,
    card: Card,
    classes: Sequence[str],
    counts: dict[tuple[str, str], int],
    family: str,
) -> dict[str, Any]:
    """A bar a class, in parts, in Vega-Lite's grammar."""
    parts = [part for part in _COLOURS if any(counts.get((name, part)) for name in classes)]
    words = {part: say.plain(f"review.{family}.{part}") for part in parts}
    names = [say.of_class(name, card) for name in classes]
    values = [
        {"name": called, "part": words[part], "order": parts.index(part), "count": count}
        | {"says": f"{called}: {words[part]}: {count}"}
        for (name, part), count in counts.items()
        if count
        for called in [say.of_class(name, card)]
    ]
    colour = {
        "field": "part",
        "type": "nominal",
        "scale": {
            "domain": [words[part] for part in parts],
            "range": [_COLOURS[part] for part in parts],
        },
        "legend": {"orient": "bottom", "title": None, "columns": 2},
    }
    ticks = _ticks(classes, counts)
    across = {
        "field": "count",
        "type": "quantitative",
        "title": say.plain("numbers.photos"),
        "axis": {"format": "d", "grid": False, "values": ticks},
        "scale": {"domain": [0, ticks[-1]]},  # Streamlit hands the bars over once it is drawn
    }
    return {
        "height": _ROW * len(classes) + _AXES,
        # Vega names axes, legends and bars in English; the bars say it in the page's words instead.
        "config": {part: {"aria": False} for part in ("axis", "legend")},
        "data": {"values": values},
        "mark": {"type": "bar"},
        "encoding": {
            "y": {
                "field": "name",
                "type": "ordinal",
                "sort": names,
                "title": None,
                "axis": {"labelOverlap": False, "labelLimit": _NAME},
            },
            "x": across,
            "color": colour,
            "order": {"field": "order"},
            "description": {"field": "says"},
            "tooltip": [{"field": each, "title": " "} for each in ("name", "part", "count")],
        },
    }


def _ticks(classes: Sequence[str], counts: dict[tuple[str, str], int]) -> list[int]:
    """Whole numbers below a chart, about five of them."""
    longest = max(sum(n for (name, _), n in counts.items() if name == each) for each in classes)
    step = max(1, round(longest / 5))
    return list(range(0, longest + step, step))


def _matrix(say: Texts, card: Card, summary: Summary) -> str:
    """What the photos are against what the model says, as a table in HTML."""
    occurring = {name for pair in summary.confusion for name in pair}
    classes = [name for name in summary.classes if name in occurring][:_MOST]

    def cell(true: str, said: str) -> str:
        count = summary.confusion.get((true, said), 0)
        kind = "right" if true == said else "wrong"
        return f'<td class="{kind if count else ""}">{count}</td>'

    def head(name: str, scope: str) -> str:
        return f'<th scope="{scope}">{escape_html(say.of_class(name, card))}</th>'

    corner = escape_html(say.plain("numbers.right.corner"))
    top = "".join(head(name, "col") for name in classes)
    rows = "".join(
        f"<tr>{head(true, 'row')}{''.join(cell(true, said) for said in classes)}</tr>"
        for true in classes
    )
    return f'<table class="matrix"><tr><td>{corner}</td>{top}</tr>{rows}</table>'


def _chart(say: Texts, spec: dict[str, Any], title: str) -> None:
    described = {**spec, "description": say.plain(title)}
    st.vega_lite_chart(described, width="stretch", key=title.replace(".", "-"))


def _average(
    say: Texts, session: Session, model: Model, classes: Sequence[str], lines: Sequence[Line]
) -> list[thumbnails.Tile]:
    """Each class's average heat in the photos that were called so, all on one scale."""
    card = model.card
    maps = {
        name: [
            np.maximum(session.explanations[model.key, DEFAULT_REQUEST, line.sha256].map(name), 0)
            for line in lines
            if line.row.predicted == name
        ]
        for name in classes
    }
    means = {
        name: np.asarray(np.mean(some, axis=0), np.float32) for name, some in maps.items() if some
    }
    top = max((float(mean.max()) for mean in means.values()), default=0.0) or None
    lying = place(_SQUARE, card.input.size, card.input.geometry)
    return [
        (
            colorize(heat_on_photo(mean, lying, _SQUARE, top), st.session_state.colors),
            say("numbers.heat.tile", name=say.of_class(name, card), photos=len(maps[name])),
        )
        for name, mean in means.items()
    ]
