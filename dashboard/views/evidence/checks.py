"""The tests behind a verdict: each with a plain sentence and small pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.evidence.masked_input import see
from core.evidence.results import Evidence
from core.evidence.robustness import VARIATIONS, varied
from core.evidence.verdict import thresholds
from core.explain.render import Pixels
from core.images.preprocess import fit
from dashboard.components import thumbnails
from dashboard.state.view_state import Seen
from dashboard.views.evidence import curve_chart, mask_editor, verdict
from dashboard.views.evidence.mask_editor import Marked

_SAME = 0.7  # rank agreement from which two orders are much the same
_STABLE = 0.9  # likeness from which a map has hardly moved


@dataclass(frozen=True)
class Shown:
    """What the tests are told of.

    Attributes:
        seen: The photo as it is looked at, and the words for it.
        rgb: uint8 [H, W, 3], the photo.
        marked: Its rice.
    """

    seen: Seen
    rgb: Pixels
    marked: Marked

    @property
    def target(self) -> str:
        """What to call the class, as plain text."""
        return self.seen.say.of_class(self.seen.how.target, self.seen.card)


def rice(shown: Shown, evidence: Evidence) -> None:
    """Where the rice is, and where the heat lies."""
    seen, say = shown.seen, shown.seen.say
    sentence = verdict.attended(say, evidence.attention) or say("proof.rice.none")
    if evidence.attention and evidence.attention.hottest_on_rice is not None:
        where = "on" if evidence.attention.hottest_on_rice else "off"
        sentence = verdict.together(say, sentence, say(f"proof.rice.{where}"))
    st.markdown(sentence)
    mask, explanation = shown.marked.mask, seen.explanation
    heat = thumbnails.warmed(explanation, explanation.map(seen.how.target), seen.how.colors)
    share = verdict.whole(say, float(mask.mean()))
    thumbnails.draw(
        "rice",
        [
            (
                thumbnails.small(mask_editor.outlined(shown.rgb, mask)),
                say("proof.rice.mask", share=share),
            ),
            (mask_editor.outlined(heat, mask), say("proof.rice.heat")),
        ],
        width=220,
    )


def erased(shown: Shown, evidence: Evidence) -> None:
    """The photo without its background, without its rice; and its light alone."""
    say, target, asked = shown.seen.say, shown.target, evidence.erased
    if asked is None:
        st.markdown(say("proof.erased.none"))
        return
    rules = thresholds()
    lines = {"stays": verdict.whole(say, rules.stays), "falls": verdict.whole(say, rules.falls)}
    st.markdown(say("proof.erased.rule", **lines))
    answers = {
        "whole": asked.whole.p,
        "replaced": asked.without_background,
        "blurred": asked.blurred.p,
        "mean": asked.mean.p,
        "emptied": asked.emptied.p if asked.emptied else None,
        "lit": asked.in_light,
    }
    placement = shown.seen.explanation.placement
    pictures = {"whole": fit(shown.rgb, placement), **asked.pictures}
    thumbnails.draw(
        "erased",
        [
            (
                thumbnails.shown(pictures[name], placement),
                say(f"proof.erased.{name}", target=target, score=say.percent(p)),
            )
            for name, p in answers.items()
            if p is not None
        ],
    )
    nothing = float(np.mean([each.p for each in asked.nothing]))
    st.caption(say("proof.erased.nothing", target=target, score=say.percent(nothing)))


def covered(shown: Shown, evidence: Evidence) -> None:
    """Each place covered in turn, beside the heatmap."""
    seen, say = shown.seen, shown.seen.say
    assert evidence.occlusion is not None  # it is told when it is ready
    agreement = evidence.agreement
    alike = (
        "none" if agreement is None
        else "same" if agreement >= _SAME
        else "alike" if agreement >= thresholds().agrees
        else "other"
    )  # fmt: skip
    value = "" if agreement is None else f"{agreement:.2f}"
    st.markdown(say(f"proof.covered.{alike}", value=value))
    heat = thumbnails.warmed(
        seen.explanation, seen.explanation.map(seen.how.target), seen.how.colors
    )
    losses = np.nan_to_num(evidence.occlusion)
    rows, columns = losses.shape
    thumbnails.draw(
        "covered",
        [
            (heat, say("proof.covered.heat")),
            (
                thumbnails.warmed(seen.explanation, losses, seen.how.colors),
                say("proof.covered.losses", rows=rows, columns=columns, target=shown.target),
            ),
        ],
    )


def walked(shown: Shown, evidence: Evidence) -> None:
    """The brightest places covered or uncovered first, beside places at random."""
    say, found = shown.seen.say, evidence.curves
    assert found is not None
    chance = float(found.random_areas.mean())
    numbers = {
        "gone": chance - found.deletion_gain,
        "there": chance + found.insertion_gain,
        "random": chance,
    }
    facts = {name: verdict.whole(say, share) for name, share in numbers.items()}
    st.markdown(say("proof.walked", target=shown.target, **facts))
    curve_chart.draw(say, found, shown.target)


def redrawn(shown: Shown, evidence: Evidence) -> None:
    """The same map of the model with its learning undone."""
    say, alike = shown.seen.say, evidence.redrawn
    if alike is None:
        st.markdown(say("proof.redrawn.none"))
    else:
        key = "same" if alike >= thresholds().same else "other"
        st.markdown(say(f"proof.redrawn.{key}", value=f"{alike:.2f}"))


def stable(shown: Shown, evidence: Evidence) -> None:
    """The same photo shifted, flipped and relit."""
    seen, say, found = shown.seen, shown.seen.say, evidence.stability
    assert found is not None
    count = len(found.names)
    facts = {"same": round(found.same * count), "count": count, "target": shown.target}
    sentence = say("proof.stable", lowest=say.percent(found.lowest), **facts)
    if found.map_likeness is not None:
        key = "stays" if found.map_likeness >= _STABLE else "moves"
        moved = say(f"proof.stable.{key}", value=f"{found.map_likeness:.2f}")
        sentence = verdict.together(say, sentence, moved)
    st.markdown(sentence)
    placement = seen.explanation.placement
    frame = see(shown.rgb, shown.marked.mask, placement)
    thumbnails.draw(
        "stable",
        [
            (
                thumbnails.shown(frame.framed(part), placement),
                say(f"variation.{name.replace(' ', '_')}", score=say.percent(float(score))),
            )
            for name, part, score in zip(VARIATIONS, varied(frame.part), found.scores, strict=True)
        ],
        width=110,
    )


@dataclass(frozen=True)
class Proof:
    """A test: its name in the texts, when it can be told, and what tells it."""

    name: str
    ready: Callable[[Evidence], bool]
    draw: Callable[[Shown, Evidence], None]


PROOFS = (
    Proof("rice", lambda evidence: evidence.verdict is not None, rice),
    Proof("erased", lambda evidence: evidence.verdict is not None, erased),
    Proof("covered", lambda evidence: evidence.occlusion is not None, covered),
    Proof("walked", lambda evidence: evidence.curves is not None, walked),
    Proof("redrawn", lambda evidence: evidence.badge is not None, redrawn),
    Proof("stable", lambda evidence: evidence.stability is not None, stable),
)
"""In the order in which they become ready."""
