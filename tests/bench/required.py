"""What the measurement must show, and whether it does: told, never asserted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench import cold, first_opening, folder, review
from tests.bench.contenders import ARTICLE, BARE_ONNX, BARE_TENSORFLOW, CONTENDERS, OURS
from tests.bench.measure import Series, Spread, quickest, ratios

FASTEST_PEER = "the fastest peer"


@dataclass(frozen=True)
class Required:
    """A ratio and its bound.

    Attributes:
        section: Where it is measured.
        of, to: Whose time is divided by whose.
        bound: The ratio's.
        least: Whether that is the least it may be; otherwise the most.
    """

    section: str
    of: str
    to: str
    bound: float
    least: bool = False


@dataclass(frozen=True)
class Verdict:
    """A required ratio as it was measured.

    Attributes:
        required: Which.
        of, to: The names, with the fastest peer's own.
        ratio: Median and quartiles over the rounds.
        reached: Whether the median is within the bound.
    """

    required: Required
    of: str
    to: str
    ratio: Spread
    reached: bool


def _of_size(size: int, faster: float, than_article: float) -> tuple[Required, ...]:
    return (
        Required(f"one-{size}", FASTEST_PEER, OURS, faster, least=True),
        Required(f"one-{size}", ARTICLE, OURS, than_article, least=True),
        Required(f"one-{size}", OURS, BARE_ONNX, 1.25),
        Required(f"batch-{size}", OURS, FASTEST_PEER, 1.0),
        Required(f"batch-{size}", OURS, BARE_ONNX, 1.3),
        Required(f"batch-{size}", OURS, BARE_TENSORFLOW, 1.3),
        Required(f"folder-{size}", folder.EXPLAIN, folder.DECODE, 1.3),
        Required(f"review-{size}", review.SLOWER, review.REVIEW, 0.8, least=True),
        Required(f"review-{size}-memory", review.MANY, review.FEW, 1.1),
        Required(f"cold-{size}", cold.OURS, cold.TENSORFLOW, 0.1),
        Required(f"cold-{size}-memory", cold.OURS, cold.TENSORFLOW, 0.2),
    )


REQUIRED = (
    *_of_size(64, 4, 200),
    *_of_size(224, 3, 100),
    *(
        Required(f"first_opening-{name}-{each}", first_opening.OURS, first_opening.KERAS, 3.0)
        for name in first_opening.NETWORKS
        for each in first_opening.GENERATIONS
    ),
)


def judge(series: Mapping[str, Series], disagreeing: Mapping[str, set[str]]) -> list[Verdict]:
    """The verdicts on what was measured.

    Args:
        series: By section.
        disagreeing: By section, the contenders whose answers are wrong; none of them is a peer to
            be measured against.
    """
    verdicts = []
    for required in REQUIRED:
        taken = series.get(required.section, {})
        wrong = disagreeing.get(required.section, set())
        peers = [each.name for each in CONTENDERS if each.kind == "peer"]
        running = [name for name in peers if name in taken and name not in wrong]
        names = [
            quickest(taken, running) if name == FASTEST_PEER and running else name
            for name in (required.of, required.to)
        ]
        if not all(taken.get(name) for name in names):
            continue
        ratio = ratios(taken, *names)
        reached = (
            ratio.median >= required.bound if required.least else ratio.median <= required.bound
        )
        verdicts.append(Verdict(required, *names, ratio, reached))
    return verdicts
