"""Grain counts of a photo, on request: numbered, counted, doubtful ones shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from html import escape as html

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import LensError
from core.explain.output_files import escape_formula, folder_names
from core.explain.render import Pixels
from core.grain_counting.count_grains import (
    HEAP,
    NO_RICE,
    SURE,
    TOO_SMALL,
    Grain,
    GrainCount,
    count_grains,
)
from core.grain_counting.counts import Counts, count_varieties
from core.grain_counting.draw import draw_close_up, draw_numbered, provenance, variety_colors
from core.grain_counting.output_files import grain_row, table_columns
from core.images.encode import encode_png
from dashboard.components import downloads, thumbnails
from dashboard.i18n.translate import Texts, escape
from dashboard.state.controls import drawn
from dashboard.state.launch_options import launch_options
from dashboard.state.session import Entry, MaskEdit, Session
from dashboard.views import grain_sizes
from dashboard.work.model_pool import Model, installed_models
from dashboard.work.photo_previews import jpeg, preview
from dashboard.work.rice_masks import mask_edit, rice_mask

_SHOWN = 12  # doubtful grains
_SIDE = 220  # of each of a doubtful grain's two pictures, pixels
_HEAD = ("variety", "count", "share", "interval", "size")
_TABLE = (
    '<table class="grains" aria-label="{label}"><thead><tr>{head}</tr></thead>'
    "<tbody>{body}</tbody></table>"
)
_CELL = "<td>{text}</td>"
_NAME = '<th scope="row"><i style="background:rgb{colour}"></i>{name}</th>'


def draw(say: Texts, session: Session, entry: Entry) -> None:
    """Draw what is closed until somebody opens it; nothing is computed before.

    Args:
        say: The texts.
        session: Keeps what was found.
        entry: The photo in view.
    """
    offered = [model for model in installed_models(launch_options().models) if of_grains(model)]
    if not offered:
        return
    with st.expander(say("grains"), key=drawn("grains"), on_change="rerun") as inside:
        if inside.open:
            model = offered[0]
            if len(offered) > 1:
                model = st.selectbox(
                    say("model"),
                    offered,
                    format_func=lambda each: say.of_model(each.name, each.given_card),
                )
            try:
                counted = _count(say, session, model, entry)
            except LensError as error:
                st.error(escape(say.error(error)), icon=":material/error:")
                return
            counted.draw()


def of_grains(model: Model) -> bool:
    """Whether a model is one of single grains: photos as a whole are nothing for it."""
    return bool(model.given_card and model.given_card.grains)


def _count(say: Texts, session: Session, model: Model, entry: Entry) -> _Counted:
    """The grains within the rice mask as the visitor edited it; found once.

    While rice is painted, those of before: they are counted again when the brush is laid down.
    """
    edit, photo = mask_edit(session, entry), entry.sha256
    last = session.results.get(("grains-last", model.key, photo), _LastCount)
    if last.found and last.edit and last.edit != edit and st.session_state.brush == photo:
        st.caption(say("grains.painting"))
        return _Counted(say, session, model, entry, last.edit, last.found)

    def find() -> GrainCount:
        rice = rice_mask(session, entry)
        explainer = model.load().for_visitor()
        return count_grains(preview(session, entry), explainer, rice.mask, rice.problem)

    with st.spinner(say("grains.counting")):
        found = session.results.get(("grains", model.key, photo, edit), find)
    last.edit, last.found = edit, found
    return _Counted(say, session, model, entry, edit, found)


@dataclass
class _LastCount:
    edit: MaskEdit | None = None
    found: GrainCount | None = None


@dataclass(frozen=True)
class _Counted:
    say: Texts
    session: Session
    model: Model
    entry: Entry
    edit: MaskEdit
    found: GrainCount

    def draw(self) -> None:
        say, found = self.say, self.found
        self._accuracy()
        if not found.grains:
            said = found.problem if found.problem in (NO_RICE, HEAP, TOO_SMALL) else "none"
            st.info(say(f"grains.{said}"), icon=":material/info:")
            return
        counts = count_varieties(found.grains, self.model.card.names, found.broken_known)
        if found.problem:
            st.warning(say("grains.unsure"), icon=":material/warning:")
        if not found.broken_known:
            st.warning(say("grains.broken_unknown"), icon=":material/warning:")
        if not counts.varieties_known:
            why = "varieties_unknown" if counts.look_familiar else "unfamiliar"
            facts = {"unsure": counts.unsure, "unfamiliar": counts.unfamiliar}
            told = say(f"grains.{why}", told=counts.classified, **facts)
            st.warning(told, icon=":material/warning:")
        picture, numbers = st.columns([3, 2], gap="large")
        with picture:
            self._picture()
        with numbers:
            self._numbers(counts)
        self._doubtful()

    def _accuracy(self) -> None:
        measured, elsewhere = self.model.card.measured, self.model.card.grains
        if not measured:
            return
        title = self.say.of_model(self.model.name, self.model.card)
        names = self.say.plain("list.separator").join(
            self.say.of_class(name, self.model.card) for name in self.model.card.names
        )
        st.caption(
            self.say(
                "grains.model",
                model=title,
                names=names,
                right=self.say.percent(measured["accuracy"]),
                grains=f"{measured['photos']:,}",
                elsewhere=self.say.percent(elsewhere["accuracy"]),
            )
        )

    def _drawn(self) -> Pixels:
        def paint() -> Pixels:
            rgb = preview(self.session, self.entry).rgb
            return draw_numbered(rgb, self.found, self.model.card.names)

        key = "numbered", self.model.key, self.entry.sha256, self.edit
        return self.session.results.get(key, paint)

    def _picture(self) -> None:
        say, drawn = self.say, self._drawn()
        alt = say.plain("grains.picture", name=self.entry.name, count=len(self.found.grains))
        st.image(jpeg(drawn), alt=alt, width="stretch")
        st.caption(say("grains.lines"))
        downloads.draw_button(
            say("grains.download"),
            partial(encode_png, drawn, provenance(self.found, self.model.name)),
            f"{folder_names([self.entry.name])[0]}_grains.png",
            "grains",
        )

    def _numbers(self, counts: Counts) -> None:
        say = self.say
        told = "grains.maybe" if self.found.problem else "grains.told"
        st.markdown(say(told, grains=counts.grains, told=counts.classified))
        if counts.unsure:
            st.caption(say("grains.of.unsure", unsure=counts.unsure, sure=say.percent(SURE)))
        if counts.broken and counts.broken_share:
            share, low, high = counts.broken_share
            st.markdown(
                say(
                    "grains.broken",
                    broken=counts.broken,
                    share=say.percent(share),
                    interval=say.plain(
                        "grains.between", low=round(100 * low), high=round(100 * high)
                    ),
                )
            )
        for what, pieces, facts in (
            ("not_separated", counts.not_separated, {"grains": counts.in_clumps}),
            ("at_edge", counts.at_edge, {}),
            ("fragment", counts.fragments, {}),
        ):
            if pieces:
                st.caption(say(f"grains.of.{what}", pieces=pieces, **facts))
        table = st.container()
        across, down = preview(self.session, self.entry).full_size
        scale = grain_sizes.ask_scale(say, self.session, self.entry, (down, across))
        with table:
            st.html(self._table(counts, scale))
            st.caption(say("grains.interval" if self._is_sure(counts) else "grains.no_interval"))
            grain_sizes.draw_spread(say, self.found.grains, scale)
        rows = [grain_row(self.entry.name, grain, scale) for grain in self.found.doubtful_first]
        downloads.draw_button(
            say("grains.rows"),
            pd.DataFrame(rows, columns=list(table_columns(scale)))
            .map(escape_formula)
            .to_csv(index=False),
            f"{folder_names([self.entry.name])[0]}_grains.csv",
            "grains-table",
            mime="text/csv",
        )

    def _is_sure(self, counts: Counts) -> bool:
        """Whether shares of varieties mean so much that an interval says how much."""
        return not self.found.problem and self.found.broken_known and counts.varieties_known

    def _table(self, counts: Counts, scale: float) -> str:
        """The counts as HTML."""
        say, card = self.say, self.model.card
        labels = {each: html(say.plain(f"grains.head.{each}")) for each in _HEAD}
        head = "".join(f'<th scope="col">{labels[each]}</th>' for each in _HEAD)
        rows = []
        for each in counts.shares:
            own = [grain for grain in self.found.grains if grain.variety == each.variety]
            cells = {
                "count": str(each.grains),
                "share": say.percent(each.share) if each.grains else "0",
                "interval": say.plain(
                    "grains.between", low=round(100 * each.low), high=round(100 * each.high)
                )
                if self._is_sure(counts)
                else say.plain("grains.not_sure"),
                "size": grain_sizes.usual_size(say, own, scale),
            }
            name = html(say.of_class(each.variety, card))
            rows.append(
                _NAME.format(colour=variety_colors(card.names)[each.variety], name=name)
                + "".join(_CELL.format(text=html(text)) for text in cells.values())
            )
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        label = html(say.plain("grains.table"))
        return _TABLE.format(label=label, head=head, body=body)

    def _doubtful(self) -> None:
        say = self.say
        first = [grain for grain in self.found.doubtful_first if grain.doubtful]
        if not first:
            st.caption(say("grains.no_doubt"))
            return
        st.markdown(f"**{say('grains.doubtful')}**", help=say("grains.doubtful.help"))
        thumbnails.draw(
            "grains",
            [
                (_shown(self._drawn(), grain), _caption(say, self.model, grain))
                for grain in first[:_SHOWN]
            ],
        )
        if len(first) > _SHOWN:
            st.caption(say("grains.more", count=len(first) - _SHOWN))


def _shown(drawn: Pixels, grain: Grain) -> Pixels:
    """A doubtful grain: as the model was shown it, with heat; if it is not one, as it lies."""
    if not grain.problem:
        return draw_close_up(grain, _SIDE)
    box = grain.piece.box
    rim = max(4, max(box.height, box.width) // 6)
    return drawn[
        max(0, box.top - rim) : box.top + box.height + rim,
        max(0, box.left - rim) : box.left + box.width + rim,
    ]


def _caption(say: Texts, model: Model, grain: Grain) -> str:
    if grain.problem:
        return say(f"grains.problem.{grain.problem}", number=grain.number, grains=grain.count)
    order = np.argsort(grain.explanation.scores)[::-1]
    first, second = (grain.explanation.classes[index] for index in order[:2])
    return say(
        "grains.caption",
        number=grain.number,
        name=say.of_class(first, model.card),
        score=say.percent(grain.probability),
        second=say.of_class(second, model.card),
    )
