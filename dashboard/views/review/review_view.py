"""Review of all photos: progress, counts, filters, table or gallery, download."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from core.errors import LensError
from core.review.result_row import ResultRow
from core.review.review_notes import Note
from core.review.summary import summarize
from dashboard.i18n import phrases
from dashboard.i18n.translate import Texts, escape
from dashboard.state.callback import guarded
from dashboard.state.controls import ALL, GALLERY, NUMBERS, ONE, TABLE, TWO, drawn
from dashboard.state.launch_options import LaunchOptions
from dashboard.state.session import MaskEdit, Session
from dashboard.views.review import download, gallery, review_notes, statistics, table
from dashboard.views.review.table import Line
from dashboard.work.model_pool import Model
from dashboard.work.review_job import Review, Reviews, wanted_review

_SECOND = 1.0
_SCROLL = """<script>(mode => {{
    const main = document.querySelector(".stMain"), place = window.riceLensPlace ?? 0;
    if (window.riceLensMode === undefined)
        main.addEventListener("scroll", () => {{
            if (document.querySelector(".st-key-mode-all")) window.riceLensPlace = main.scrollTop;
        }});
    if ((window.riceLensMode ?? "one") != mode)
        setTimeout(() => main.scrollTo(0, mode == "all" ? place : 0), 100);
    window.riceLensMode = mode;
}})("{mode}")</script>"""


def draw_modes(say: Texts, session: Session, model: Model) -> None:
    """Draw the choice between one photo, all of them, and two side by side, where there is one."""
    several = len(session.explained(model.key)) > 1
    if not several and st.session_state.mode != TWO:
        return
    readable = len(session.photos.keys() - session.unreadable.keys())
    with st.container(key=f"mode-{st.session_state.mode}"):
        st.segmented_control(
            say("mode"),
            (ONE, ALL, TWO) if several else (ONE, TWO),
            format_func=lambda mode: say(f"mode.{mode}", count=readable),
            key=drawn("mode"),
            required=True,
            label_visibility="collapsed",
        )
    # One photo is looked at from the top; who comes back is where they were.
    st.html(_SCROLL.format(mode=st.session_state.mode), unsafe_allow_javascript=True)


def draw(say: Texts, session: Session, launch: LaunchOptions, model: Model) -> None:
    """Draw the review, which goes on in the background until all photos are done.

    While one photo is in view it stays on the page unseen, and so in its place.
    """
    if len(session.explained(model.key)) < 2:
        return
    with st.container(key="review"):
        shown = st.session_state.mode == ALL
        if session.waiting(model.key) or not (shown or session.part(Reviews)):
            return
        review = wanted_review(session, model, st.session_state["review-evidence"])
        if shown and not review.started:
            review.start()
        rows = _rows(session, review)
        head = st.container(key="review-head", gap="small")
        if shown:
            with head:
                _head(say, session, review)
        if rows:
            said = _notes(say, session, launch, review)
            lines = table.most_doubtful_first(_lines(say, session, review, rows, said))
            _body(say, session, model, lines, partial(_export, say, session, review, said))


def _body(
    say: Texts, session: Session, model: Model, lines: Sequence[Line], export: Callable[[], None]
) -> None:
    state = st.session_state
    summary = summarize((line.row for line in lines), model.card.names)
    with st.container(key="review-short", gap="small"):
        statistics.draw_summary(say, model.card, summary, lines)
    with st.container(key="review-ways", horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            say("review.show"),
            (TABLE, GALLERY, NUMBERS),
            format_func=lambda show: say(f"review.show.{show}"),
            key=drawn("review-show"),
            required=True,
            label_visibility="collapsed",
        )
        export()
    if state["review-show"] == NUMBERS:
        if state.mode == ALL:
            statistics.draw(say, session, model, summary, lines)
        return
    left = table.draw_filters(say, model.card, lines)
    session.listed = tuple(line.sha256 for line in left if not line.problem)
    session.doubtful = tuple(
        line.sha256 for line in left if line.doubts and not (line.problem or line.mark)
    )
    st.caption(say(f"review.shown.{state['review-show']}", shown=len(left), photos=len(lines)))
    if not left:
        st.info(say("review.none_left"), icon=":material/filter_alt:")
    elif state["review-show"] == TABLE:
        table.draw(say, session, model.card, left)
    elif state.mode == ALL:
        gallery.draw(say, session, model, left, summary.max_heat)


def _first(session: Session, review: Review) -> Review:
    """The review of the same photos without evidence."""
    return session.part(Reviews).get((review.model.key, False, tuple(session.photos)), review)


def _rows(session: Session, review: Review) -> list[ResultRow]:
    """What is known by now."""
    return list((_first(session, review).job.rows | review.job.rows).values())


def _notes(say: Texts, session: Session, launch: LaunchOptions, review: Review) -> dict[str, Note]:
    try:
        return review_notes.known(session, launch, review.identity)
    except LensError as error:
        st.error(escape(say.error(error)), icon=":material/error:")
        return {}


def _export(say: Texts, session: Session, review: Review, said: dict[str, Note]) -> None:
    job = review.job
    # While more is asked, what the model said at first can be taken away.
    stopped = bool(job.rows) and not job.running
    download.draw(say, review if job.finished or stopped else _first(session, review), said)


def _lines(
    say: Texts, session: Session, review: Review, rows: Sequence[ResultRow], said: dict[str, Note]
) -> list[Line]:
    lines = []
    for row in rows:
        entry = review.entries[row.file]
        error = session.unreadable.get(entry.sha256)
        problem = say.error(error) if error else row.error
        note = said.get(entry.sha256, Note())
        lines.append(Line(row, entry.sha256, entry.name, problem, note.mark, note.line))
    return lines


def _head(say: Texts, session: Session, review: Review) -> None:
    """How far it is, and the ways to stop it and to ask for more."""
    st.toggle(
        say("review.evidence"), key=drawn("review-evidence"), help=say("review.evidence.help")
    )
    corrected = sum(
        session.mask_edits.get(each.sha256, MaskEdit()) != MaskEdit()
        for each in review.entries.values()
    )
    if corrected and review.job.settings.evidence:
        st.caption(say("review.as_found", count=corrected))
    if review.job.error:
        st.error(escape(say.error(review.job.error)), icon=":material/error:")
    if not review.job.finished:
        _progress(say, review, len(review.job.rows), review.job.error)


@st.fragment(run_every=_SECOND)
def _progress(say: Texts, review: Review, drawn: int, error: LensError | None) -> None:
    """Show how far it is; draw the whole page again once more is known."""
    job = review.job
    if job.finished or len(job.rows) != drawn or job.error is not error:
        st.rerun()
    done, total = review.done, len(review.entries)
    left = review.seconds_left if job.running else None
    time = phrases.duration(say, left) if left is not None else ""
    how_far = say.plain("progress", done=done, total=total)
    if not job.running:
        how_far = say.plain("evidence.stopped", how_far=how_far)
    elif time:
        how_far = say.plain("review.left", how_far=how_far, time=time)
    with st.container(key="review-progress", horizontal=True, vertical_alignment="center"):
        st.progress(done / total, escape(how_far))
        if job.running:
            st.button(say("running.stop"), key="review-stop", on_click=guarded(job.stop.set))
        else:
            st.button(say("evidence.go_on"), key="review-go-on", on_click=guarded(review.start))
