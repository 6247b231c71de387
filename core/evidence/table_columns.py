"""The columns that evidence adds to a table of photos."""

from __future__ import annotations

from core.evidence.results import Evidence
from core.texts import translate

EVIDENCE_COLUMNS = (
    *("attention", "chance", "p_class", "p_without_background", "p_without_rice"),
    *("p_with_other_rice", "p_favouring_colour", "p_opposing_colour"),
    *("occlusion_agreement", "badge", "verdict", "reason", "reason_code"),
)


def evidence_cells(evidence: Evidence) -> dict[str, object]:
    """A photo's cells of `EVIDENCE_COLUMNS`; empty where something is not known.

    Without a badge, as only the full evidence has one, the reason is the verdict's alone.
    """
    localization = evidence.localization
    scores = evidence.counterfactuals if evidence.parted else None
    verdict, badge = evidence.verdict, evidence.badge
    assert verdict is not None  # every table has it
    reason = translate(f"reason.{verdict.reason}")
    if badge:
        reason = translate("reason", verdict=reason, badge=translate(f"trusted.{badge.reason}"))
    changed = (
        {
            "p_without_rice": scores.rice_removed,
            "p_favouring_colour": scores.favouring_colour,
            "p_opposing_colour": scores.opposing_colour,
        }
        if scores
        else {}
    )
    numbers = {
        "attention": localization.share if localization else None,
        "chance": localization.chance if localization else None,
        "p_class": evidence.probability,
        "p_without_background": scores.without_background if scores else None,
        "p_with_other_rice": scores.with_other_rice if scores else None,
        **{name: score.probability if score else None for name, score in changed.items()},
        "occlusion_agreement": evidence.occlusion_agreement,
    }
    return {
        **dict.fromkeys(EVIDENCE_COLUMNS),
        **{name: None if n is None else round(n, 6) for name, n in numbers.items()},
        "badge": badge.level if badge else None,
        "verdict": verdict.looks_at,
        "reason": reason.en,
        "reason_code": verdict.reason,
    }
