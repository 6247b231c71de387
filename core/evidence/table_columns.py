"""The columns that evidence adds to a table of photos."""

from __future__ import annotations

from core.evidence.results import Evidence
from core.texts import translate

EVIDENCE_COLUMNS = (
    *("attention", "chance", "p_class", "p_without_background", "p_without_rice"),
    *("occlusion_agreement", "badge", "verdict", "reason"),
)


def evidence_cells(evidence: Evidence) -> dict[str, object]:
    """A photo's cells of `EVIDENCE_COLUMNS`; empty where something cannot be told."""
    where, asked = evidence.attention, evidence.erased
    judged, believed = evidence.verdict, evidence.badge
    assert judged is not None  # it is complete
    assert believed is not None
    numbers = {
        "attention": where.share if where else None,
        "chance": where.chance if where else None,
        "p_class": evidence.p,
        "p_without_background": asked.without_background if asked else None,
        "p_without_rice": asked.emptied.p if asked and asked.emptied else None,
        "occlusion_agreement": evidence.agreement,
    }
    return {
        **{name: None if n is None else round(n, 6) for name, n in numbers.items()},
        "badge": believed.believed,
        "verdict": judged.looks_at,
        "reason": translate(
            "reason",
            verdict=translate(f"reason.{judged.reason}"),
            badge=translate(f"believed.{believed.reason}"),
        ).en,
    }
