"""A row of the review table: the result for one photo, and why it is doubtful."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.evidence.table_columns import EVIDENCE_COLUMNS
from core.explain.output_files import COLUMNS

# Those of them that are numbers stand in `tables._NUMERIC`, too.
OWN_COLUMNS = ("true", "second", "second_score", "doubt", "picture")
"""What a review's table has beside the columns of `explain`."""

WRONG, BACKGROUND, CONDITION = "wrong", "background", "condition"
BOTH, UNCLEAR = "both", "unclear"
UNFAMILIAR, UNSURE = "unfamiliar", "unsure"
DOUBTS = (WRONG, BACKGROUND, CONDITION, BOTH, UNCLEAR, UNFAMILIAR, UNSURE)
"""Why a photo is doubtful: its folder names another class; the model looks at the background, goes
by how the photo was taken, looks at both, or it is unclear; it is unlike all that the model learned
from; its probability is low."""

SURE = 0.8  # a convention, not a measurement
# Each exceeds all after it together: what is known of an answer comes before how familiar the photo
# is, and that before a probability, which says nothing of an unfamiliar photo.
_WEIGHTS = {WRONG: 8, BACKGROUND: 4, CONDITION: 4, BOTH: 2, UNCLEAR: 2, UNFAMILIAR: 1}


@dataclass(frozen=True)
class ResultRow:
    """A reviewed photo.

    Attributes:
        number: Of its `ListedPhoto`.
        file, true: Likewise.
        sha256: The photo's identity; "" if it could not be read.
        predicted, score: The first class and its probability.
        second, second_score: The class after it.
        model, layer, grid, assumed_bits, explains, method, map: As in the table of `explain`.
        familiar, familiarity: Likewise.
        heat: The most that anywhere in the photo speaks for the first class, in units of the score:
            for one scale over all photos.
        picture: The overlay's path in the export; "" if it could not be read.
        picture_sha256, picture_bytes: Of the picture's file.
        code, error: Why it could not be read, as a `PhotoError`'s code and sentence.
        evidence: By `table_columns.EVIDENCE_COLUMNS`; empty without evidence.
    """

    number: int
    file: str
    true: str = ""
    sha256: str = ""
    predicted: str = ""
    score: float | None = None
    second: str = ""
    second_score: float | None = None
    model: str = ""
    layer: str = ""
    grid: str = ""
    assumed_bits: int | None = None
    explains: str = ""
    method: str = ""
    map: str = ""
    familiar: str = ""
    familiarity: float | None = None
    heat: float = 0.0
    picture: str = ""
    picture_sha256: str = ""
    picture_bytes: int = 0
    code: str = ""
    error: str = ""
    evidence: dict[str, object] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """What the model looks at; "" without evidence."""
        return str(self.evidence.get("verdict") or "")

    @property
    def reason(self) -> str:
        """Why, one of `verdict.REASONS`; "" without evidence, or by an earlier version."""
        return str(self.evidence.get("reason_code") or "")

    @property
    def doubts(self) -> tuple[str, ...]:
        """Those of `DOUBTS` that hold, the gravest first."""
        if self.score is None:
            return ()
        holds = {
            WRONG: self.true not in ("", self.predicted),
            self.verdict: self.verdict in (BACKGROUND, CONDITION, BOTH, UNCLEAR),
            UNFAMILIAR: self.familiar == "no",
            UNSURE: self.score < SURE,
        }
        return tuple(doubt for doubt in DOUBTS if holds.get(doubt))

    @property
    def lead(self) -> float | None:
        """By how much the first class's probability exceeds the second's; None if not explained.

        Example:
            >>> ResultRow(0, "a.jpg", score=0.9, second_score=0.15).lead
            0.75
        """
        return None if self.score is None else self.score - (self.second_score or 0.0)

    @property
    def doubt(self) -> float:
        """How doubtful, to order by: the weights of its `doubts`, plus 1 less the `lead`.

        Example:
            >>> ResultRow(0, "a.jpg", score=0.9, second_score=0.1).doubt.__round__(3)
            0.2
        """
        if self.lead is None:
            return 0.0
        return sum(_WEIGHTS.get(doubt, 0) for doubt in self.doubts) + 1 - self.lead


def columns(evidence: bool) -> tuple[str, ...]:
    """The table's columns: those of `explain`, then a review's own, then the evidence's."""
    return COLUMNS + OWN_COLUMNS + (EVIDENCE_COLUMNS if evidence else ())


def cells(row: ResultRow) -> dict[str, object]:
    """A row by the names of its columns; None where there is nothing to say."""
    return {
        "file": row.file,
        "sha256": row.sha256,
        "predicted": row.predicted,
        "score": row.score,
        "target": row.predicted,
        "model": row.model,
        "layer": row.layer,
        "grid": row.grid,
        "assumed_bits": row.assumed_bits,
        "error": row.error,
        "explains": row.explains,
        "method": row.method,
        "map": row.map,
        "familiar": row.familiar,
        "familiarity": row.familiarity,
        "true": row.true,
        "second": row.second,
        "second_score": row.second_score,
        "doubt": ", ".join(row.doubts),
        "picture": row.picture,
        **row.evidence,
    }
