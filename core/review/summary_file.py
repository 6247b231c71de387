"""The content of `summary.json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from core.models.card import Card
from core.review.listing import Listing
from core.review.sentences import summary_sentence
from core.review.summary import Summary

_NAMED = 100  # links that are named


def summary_json(summary: Summary, listing: Listing, card: Card) -> dict[str, Any]:
    """A summary as what JSON can hold.

    Args:
        summary: The review's.
        listing: What was found and passed over.
        card: The model's.
    """
    low, high = summary.interval if summary.labelled else (0.0, 0.0)
    classes = [name for name in summary.classes if _occurs(name, summary)]
    return {
        "sentence": asdict(summary_sentence(summary, card)),
        "photos": summary.photos,
        "explained": summary.explained,
        "left_out": {
            "photos": [
                {
                    "reason": reason.code,
                    "count": reason.count,
                    "files": [{"file": file, "says": error} for file, error in reason.files],
                }
                for reason in summary.left_out
            ],
            "links": {"count": len(listing.links), "files": list(listing.links[:_NAMED])},
            "other_files": listing.others,
        },
        "predicted": summary.predicted,
        "accuracy": {
            "photos": summary.labelled,
            "right": summary.correct,
            "share": round(summary.correct / summary.labelled, 6),
            "interval": [round(low, 6), round(high, 6)],
        }
        if summary.labelled
        else None,
        "confusion": {
            "classes": classes,
            "counts": [
                [summary.confusion.get((true, answer), 0) for answer in classes] for true in classes
            ],
        }
        if summary.labelled
        else None,
        "reliability": [
            {name: round(value, 6) for name, value in asdict(each).items()}
            for each in summary.reliability
        ]
        if summary.labelled
        else None,
        "verdicts": summary.verdicts if summary.has_verdicts else None,
        "reasons": summary.reasons if summary.has_verdicts else None,
        "familiar": {"measured": summary.measured, "unfamiliar": summary.unfamiliar}
        if summary.measured
        else None,
        "doubtful": {
            "photos": summary.doubtful,
            "by_reason": summary.doubts,
            "mostly": {
                kind: {"class": group.name, "name_begins": group.word, "photos": group.count}
                for kind, group in sorted(summary.common.items())
            },
        },
    }


def _occurs(name: str, summary: Summary) -> bool:
    return bool(summary.predicted[name]) or any(true == name for true, _ in summary.confusion)
