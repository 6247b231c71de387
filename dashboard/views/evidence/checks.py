"""Checks behind a verdict, each with a plain sentence and thumbnails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.evidence.conditions import CHANGES
from core.evidence.counterfactuals import ClassScore, Counterfactuals
from core.evidence.masked_input import Floats, to_model_input
from core.evidence.results import Evidence
from core.evidence.robustness import PERTURBATIONS, perturb
from core.evidence.verdict import BACKGROUND, Verdict, load_thresholds, strongest_condition
from core.explain.render import Pixels
from core.images.preprocess import Placement, fit
from dashboard.components import thumbnails
from dashboard.components.outline import outlined
from dashboard.i18n.translate import Texts
from dashboard.state.view_state import PhotoView
from dashboard.views.evidence import curve_chart, verdict
from dashboard.work.rice_masks import Mask

_SAME = 0.7  # rank agreement from which two orders are much the same
_STABLE = 0.9  # likeness from which a map has hardly moved


@dataclass(frozen=True)
class CheckedPhoto:
    """The photo that the checks are of.

    Attributes:
        say: The texts.
        view: The photo as it is shown.
        rgb: uint8 [H, W, 3].
        mask: Its rice, bool [H, W].
    """

    say: Texts
    view: PhotoView
    rgb: Pixels
    mask: Mask

    @property
    def target(self) -> str:
        """What to call the class, as plain text."""
        return self.say.of_class(self.view.target, self.view.card)

    @property
    def placement(self) -> Placement:
        """Where the photo lay in the model's input."""
        return self.view.explanation.placement

    def heatmap(self, grid: Floats | None = None) -> Pixels:
        """A grid in the view's colours, on its own scale; the class's own map for None."""
        explanation = self.view.explanation
        grid = explanation.map(self.view.target) if grid is None else grid
        return thumbnails.heatmap(explanation, grid, self.view.colors)


def draw_rice(photo: CheckedPhoto, evidence: Evidence) -> None:
    """Where the rice is, and where the heat lies."""
    say = photo.say
    why_none = "check.rice.none" if evidence.localization else "check.rice.unknown"
    sentence = verdict.heat_on_rice(say, evidence.localization) or say(why_none)
    if evidence.localization and evidence.localization.hottest_on_rice is not None:
        where = "on" if evidence.localization.hottest_on_rice else "off"
        sentence = verdict.join(say, sentence, say(f"check.rice.{where}"))
    st.markdown(sentence)
    share = verdict.percent(say, float(photo.mask.mean()))
    thumbnails.draw(
        "rice",
        [
            (
                thumbnails.small(outlined(photo.rgb, photo.mask)),
                say("check.rice.mask", share=share),
            ),
            (outlined(photo.heatmap(), photo.mask), say("check.rice.heat")),
        ],
        width=220,
    )


def draw_counterfactuals(photo: CheckedPhoto, evidence: Evidence) -> None:
    """The photo without its background, and without its rice."""
    say, target, asked = photo.say, photo.target, evidence.counterfactuals
    assert asked is not None  # it is drawn when it is ready
    if not evidence.parted:
        st.markdown(say("check.erased.none"))
        return
    rules = load_thresholds()
    lines = {
        "stays": verdict.percent(say, rules.stays),
        "falls": verdict.percent(say, rules.falls),
    }
    fills = asked.rice_removed is None
    own = asked.original.log_odds
    rule = say("check.erased.fills") if fills else say("check.erased.rule", **lines)
    if asked.favouring_colour and asked.opposing_colour and not fills and own > 0:
        colours = {"favouring": asked.favouring_colour, "opposing": asked.opposing_colour}
        left = {name: verdict.percent(say, score.log_odds / own) for name, score in colours.items()}
        rule = verdict.join(say, rule, say("check.erased.colours", target=target, **left))
    st.markdown(rule)

    def probability(score: ClassScore | None) -> float | None:
        return score.probability if score and not fills else None

    answers = {
        "original": asked.original.probability,
        "other_backgrounds": None if fills else asked.without_background,
        "blurred_background": probability(asked.blurred_background),
        "mean_background": probability(asked.mean_background),
        "rice_removed": probability(asked.rice_removed),
        "other_rice": None if fills else asked.with_other_rice,
        "favouring_colour": probability(asked.favouring_colour),
        "opposing_colour": probability(asked.opposing_colour),
    }
    pictures = {"original": fit(photo.rgb, photo.placement), **asked.pictures}
    thumbnails.draw(
        "erased",
        [
            (
                thumbnails.shown(pictures[name], photo.placement),
                say(f"check.erased.{name}", target=target, score=say.percent(p)),
            )
            for name, p in answers.items()
            if p is not None
        ],
        width=136,  # all eight in a row of a laptop
    )
    assert asked.of_nothing is not None
    said = say("check.erased.blank", target=target, score=say.percent(asked.of_nothing))
    decided = evidence.verdict
    if decided and decided.rice_alone is not None and decided.background_alone is not None:
        kept = {"rice": decided.rice_alone, "background": decided.background_alone}
        shares = {name: verdict.percent(say, share) for name, share in kept.items()}
        said = verdict.join(say, said, say("check.erased.shares", target=target, **shares))
    st.caption(said)


def said_of_conditions(
    say: Texts, target: str, asked: Counterfactuals, decided: Verdict | None
) -> str:
    """Whether the class goes by how the photo was taken, as Markdown."""
    condition, follows = strongest_condition(asked)
    if not condition:
        return say("check.taken.kept", target=target)
    line = load_thresholds().follows
    way = "follows" if follows >= line else "lost"
    if way == "follows" and decided and decided.looks_at == BACKGROUND:
        way = "beside"
    return say(
        f"check.taken.{way}", target=target, condition=say.plain(f"check.taken.{condition}"),
        follows=verdict.percent(say, follows), line=verdict.percent(say, line),
    )  # fmt: skip


def draw_conditions(photo: CheckedPhoto, evidence: Evidence) -> None:
    """The photo in other light, brighter and darker, blurred and sharpened, compressed."""
    say, asked = photo.say, evidence.counterfactuals
    assert asked is not None
    st.markdown(said_of_conditions(photo.say, photo.target, asked, evidence.verdict))
    thumbnails.draw(
        "taken",
        [
            (
                thumbnails.shown(asked.pictures[name], photo.placement),
                say(
                    "check.taken.picture",
                    how=say.plain(f"how.{name}"),
                    score=say.percent(asked.changed[name].probability),
                ),
            )
            for name in CHANGES
        ],
        width=110,
    )


def draw_occlusion(photo: CheckedPhoto, evidence: Evidence) -> None:
    """Each place covered in turn, beside the heatmap."""
    say = photo.say
    assert evidence.occlusion is not None  # it is drawn when it is ready
    agreement = evidence.occlusion_agreement
    alike = (
        "none" if agreement is None
        else "same" if agreement >= _SAME
        else "alike" if agreement >= load_thresholds().agrees
        else "other"
    )  # fmt: skip
    value = "" if agreement is None else verdict.two_decimals(agreement)
    st.markdown(say(f"check.covered.{alike}", value=value))
    losses = np.nan_to_num(evidence.occlusion)
    rows, columns = losses.shape
    thumbnails.draw(
        "covered",
        [
            (photo.heatmap(), say("check.covered.heat")),
            (
                photo.heatmap(losses),
                say("check.covered.losses", rows=rows, columns=columns, target=photo.target),
            ),
        ],
    )


def draw_deletion_insertion(photo: CheckedPhoto, evidence: Evidence) -> None:
    """The brightest places covered or uncovered first, beside places at random."""
    say, found = photo.say, evidence.curves
    assert found is not None
    chance = float(found.random_areas.mean())
    numbers = {
        "gone": chance - found.deletion_gain,
        "there": chance + found.insertion_gain,
        "random": chance,
    }
    facts = {name: verdict.percent(say, share) for name, share in numbers.items()}
    st.markdown(say("check.walked", target=photo.target, **facts))
    curve_chart.draw(say, found, photo.target)


def draw_weight_randomization(photo: CheckedPhoto, evidence: Evidence) -> None:
    """The same map of the model with its learning undone."""
    say, alike = photo.say, evidence.randomized_agreement
    if alike is None:
        st.markdown(say("check.redrawn.none"))
    else:
        key = "same" if alike >= load_thresholds().same else "other"
        st.markdown(say(f"check.redrawn.{key}", value=verdict.two_decimals(alike)))


def draw_robustness(photo: CheckedPhoto, evidence: Evidence) -> None:
    """The same photo shifted, flipped and relit."""
    say, found = photo.say, evidence.robustness
    assert found is not None
    count = len(found.names)
    facts = {"same": round(found.same_class * count), "count": count, "target": photo.target}
    sentence = say("check.stable", lowest=say.percent(found.lowest_score), **facts)
    if found.mean_similarity is not None:
        key = "stays" if found.mean_similarity >= _STABLE else "moves"
        moved = say(f"check.stable.{key}", value=verdict.two_decimals(found.mean_similarity))
        sentence = verdict.join(say, sentence, moved)
    st.markdown(sentence)
    frame = to_model_input(photo.rgb, photo.mask, photo.placement)
    thumbnails.draw(
        "stable",
        [
            (
                thumbnails.shown(frame.paste(part), photo.placement),
                say(f"variation.{name.replace(' ', '_')}", score=say.percent(float(score))),
            )
            for name, part, score in zip(
                PERTURBATIONS, perturb(frame.photo), found.scores, strict=True
            )
        ],
        width=110,
    )


@dataclass(frozen=True)
class EvidenceCheck:
    """A check: its name in the texts, when it is ready, and what draws it."""

    name: str
    ready: Callable[[Evidence], bool]
    draw: Callable[[CheckedPhoto, Evidence], None]


CHECKS = (
    EvidenceCheck("rice", lambda evidence: evidence.verdict is not None, draw_rice),
    EvidenceCheck("erased", lambda evidence: evidence.all_changed, draw_counterfactuals),
    EvidenceCheck("taken", lambda evidence: evidence.all_changed, draw_conditions),
    EvidenceCheck("covered", lambda evidence: evidence.occlusion is not None, draw_occlusion),
    EvidenceCheck("walked", lambda evidence: evidence.curves is not None, draw_deletion_insertion),
    EvidenceCheck(
        "redrawn", lambda evidence: evidence.badge is not None, draw_weight_randomization
    ),
    EvidenceCheck("stable", lambda evidence: evidence.robustness is not None, draw_robustness),
)
"""In the order in which they become ready."""
