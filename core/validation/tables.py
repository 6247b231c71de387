"""Markdown tables of validation results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.evidence.verdict import REASONS, VERDICTS
from core.texts import translate
from core.utils.confidence_interval import mean_interval
from core.validation.methods import (
    MEASURES,
    Table,
    compare_methods,
    drop_equal_methods,
    measured_values,
    rank_methods,
)
from core.validation.shortcut_models import INNOCENT
from core.validation.verdict_counts import Proportion, VerdictCounts


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column holds words, the others numbers.

    Example:
        >>> print(markdown_table(["model", "photos"], [["honest", "200"]]))
        | model | photos |
        |---|--:|
        | honest | 200 |
    """
    lines = [head, *rows]
    text = [f"| {' | '.join(line)} |" for line in lines]
    text.insert(1, "|---|" + "--:|" * (len(head) - 1))
    return "\n".join(text)


def format_share(share: Proportion) -> str:
    """A share with its 95 % interval.

    Example:
        >>> format_share(Proportion(9, 10)), format_share(Proportion(0, 0))
        ('90.0 % (59.6–98.2)', '–')
    """
    if not share.count:
        return "–"
    low, high = share.interval
    return f"{100 * share.value:.1f} % ({100 * low:.1f}–{100 * high:.1f})"


def format_mean(numbers: Sequence[float]) -> str:
    """A mean with its 95 % interval.

    Example:
        >>> format_mean([1.0, 2.0, 3.0]), format_mean([])
        ('2.000 ± 2.484', '–')
    """
    if len(numbers) < 2:
        return "–"
    middle, within = mean_interval(numbers)
    return f"{middle:.3f} ± {within:.3f}"


def verdict_table(counted: Sequence[VerdictCounts]) -> str:
    """Verdicts of each model, with the rate of detection, or of false alarms."""
    return markdown_table(
        [
            *(
                "model",
                "masks",
                *VERDICTS,
                "detected",
                "of conclusive cases",
                "said to be the rice",
            ),
            *("named right", "by localization alone"),
        ],
        [
            [
                each.model,
                each.masks,
                *(str(each.verdicts[verdict]) for verdict in VERDICTS),
                ("false alarm " if each.model in INNOCENT else "") + format_share(each.blamed),
                format_share(each.blamed_of_conclusive),
                format_share(each.trusted),
                format_share(each.named_right) if each.named_right else "–",
                format_share(each.by_localization),
            ]
            for each in counted
        ],
    )


def real_photo_table(counted: Sequence[VerdictCounts]) -> str:
    """Verdicts of the project's own models on phone photos."""
    return markdown_table(
        ["model", "photos", *VERDICTS],
        [
            [
                each.model,
                str(each.photos),
                *(
                    format_share(Proportion(each.verdicts[verdict], each.photos))
                    for verdict in VERDICTS
                ),
            ]
            for each in counted
        ],
    )


def reason_table(counted: Sequence[VerdictCounts]) -> str:
    """Reasons of the verdicts, in the words of the command line."""
    return markdown_table(
        ["why", *(f"{each.model}, {each.masks}" for each in counted)],
        [
            [
                translate(f"reason.{reason}").en,
                *(str(each.reasons.get(reason, 0)) for each in counted),
            ]
            for reason in REASONS
            if any(reason in each.reasons for each in counted)
        ],
    )


def method_table(measured: Table) -> str:
    """Each method by each measure: mean with its 95 % interval."""
    won = rank_methods(drop_equal_methods(measured))
    return markdown_table(
        [
            "method",
            "photos",
            "localization error",
            "deletion",
            "insertion",
            "agreement",
            "won − lost",
        ],
        [
            [
                method,
                str(len(rows)),
                *(format_mean(measured_values(rows, measure)) for measure in MEASURES),
                f"{won[method]:+d}" if method in won else "the same as grad-cam",
            ]
            for method, rows in measured.items()
        ],
    )


def method_sentence(measured: Table, default: str = "grad-cam") -> str:
    """Which method deserves to be the default, from the numbers."""
    compared = drop_equal_methods(measured)
    won = rank_methods(compared)
    first, second, *_ = won
    text = (
        f"Of {len(compared)} methods compared two by two, photo by photo, by {len(MEASURES)} "
        f"measures, {first} wins {won[first]:+d} comparisons more than it loses, {second} "
        f"{won[second]:+d}."
    )
    other = second if first == default else default
    results = {each: compare_methods(compared[first], compared[other], each) for each in MEASURES}
    sides = (("better", 1), ("worse", -1), ("no different", 0))
    parts = [
        f"{word} by {', '.join(each for each, result in results.items() if result == side)}"
        for word, side in sides
        if side in results.values()
    ]
    verdict = "stays" if first == default else f"deserves to be the default instead of {default}"
    return f"{text} Beside {other} it is {'; '.join(parts)}. So {first} {verdict}."
