"""Verdicts of some models with a shortcut, counted by the thresholds as they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.evidence.verdict import load_thresholds
from core.utils.progress import Progress
from core.validation.shortcut_answers import ShortcutQuestions
from core.validation.tables import reason_table, verdict_table
from core.validation.verdict_counts import EXACT, FOUND, VerdictCounts, count_verdicts


def count_shortcuts(
    models: Path, grains: Path, out: Path, shortcuts: Sequence[str], photos: int, seed: int,
    progress: Progress, grounds: Path | None = None,
) -> list[VerdictCounts]:  # fmt: skip
    """Count the verdicts of some models on test photos, and write `verdicts.md`.

    Nothing is fitted and no method is measured, so that it takes a minute or two a model.

    Args:
        models: Holds the models with a shortcut, a folder each.
        grains: The Rice Image Dataset's folder.
        out: Gets the tables, and the answers in `answers/`, which are those of `validate`, too.
        shortcuts: Which models, some of `shortcut_models.SHORTCUTS`.
        photos: For each model.
        seed: From which photos are composed.
        progress: Shows how far it is.
        grounds: Real grounds, for half of the photos.

    Returns:
        Of each model with the rice found, then with the rice known.

    Raises:
        TrainingError: If the grains or the grounds are missing.
        ModelError: If a model cannot be opened.
    """
    counted = []
    for shortcut in shortcuts:
        answers = ShortcutQuestions(
            models, grains, shortcut, photos, seed, out / "answers", progress, grounds
        ).ask_test()
        counted += [
            count_verdicts(shortcut, masks, answers[masks], load_thresholds())
            for masks in (FOUND, EXACT)
        ]
    text = f"{verdict_table(counted)}\n\n{reason_table(counted)}\n"
    (out / "verdicts.md").write_text(text, "utf-8")
    return counted
