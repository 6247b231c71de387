"""The whole validation, `python -m core validate`: scores, calibration, tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from core.evidence import verdict
from core.evidence.verdict import Thresholds, load_thresholds
from core.models.registry import DEFAULT_MODEL
from core.training.dataset import read_folder
from core.utils.progress import Progress
from core.validation.calibrate import calibrate
from core.validation.contact_sheet import contact_sheet
from core.validation.methods import (
    MEASURES,
    Table,
    drop_equal_methods,
    measured_values,
    rank_methods,
)
from core.validation.real_photos import ShippedModelAnswers, ask_shipped_model, draw_tiles
from core.validation.shortcut_answers import (
    ShortcutModelAnswers,
    ShortcutQuestions,
    ask_shortcut_model,
    planted_models,
)
from core.validation.shortcut_models import INNOCENT
from core.validation.tables import (
    method_sentence,
    method_table,
    real_photo_table,
    reason_table,
    verdict_table,
)
from core.validation.verdict_counts import EXACT, FOUND, VerdictCounts, count_verdicts

SHIPPED = (DEFAULT_MODEL, "rice-64")
SAMPLES = Path(__file__).resolve().parents[2] / "assets" / "samples"
_SHOWN = 6  # photos on a sheet
_COLOURS = 256  # of it


@dataclass(frozen=True)
class ValidationReport:
    """Results of a validation.

    Attributes:
        command: That gives the same again.
        thresholds: As calibrated, with where they come from.
        validation: Verdicts by these on the photos that they were calibrated on.
        test: Verdicts on others, for each model with exact and with found masks.
        methods: Measures on all models with a shortcut.
        real_photos: Verdicts of the project's own models on phone photos.
    """

    command: str
    thresholds: Thresholds
    validation: Sequence[VerdictCounts]
    test: Sequence[VerdictCounts]
    methods: Table
    real_photos: Sequence[VerdictCounts]

    @property
    def missed(self) -> list[VerdictCounts]:
        """Models whose shortcut is detected too rarely, or with too many false alarms."""
        return [each for each in self.test if each.masks == EXACT and not each.within_limits]


def validate(
    models: Path, grains: Path, out: Path, photos: int, seed: int, piles: Path | None,
    progress: Progress, grounds: Path | None = None,
) -> ValidationReport:  # fmt: skip
    """Validate the evidence, and write `trial.md`, `trial.json` and `thresholds.json`.

    Args:
        models: Holds the models with a shortcut, a folder each.
        grains: The Rice Image Dataset's folder.
        out: Gets what is written, and the answers in `answers/`: interrupted, the same call
            resumes. Remove them when the checks have changed.
        photos: Of validation and of test, for each model.
        seed: From which photos are composed.
        piles: The phone photos that the project's own models were made from; None for no table of
            them.
        progress: Shows how far it is.
        grounds: Real grounds, for half of the composed photos.

    Raises:
        TrainingError: If a model, the grains or the phone photos are missing.
    """
    planted = planted_models(models)
    cache = out / "answers"
    answered = [
        ask_shortcut_model(
            ShortcutQuestions(models, grains, shortcut, photos, seed, cache, progress, grounds)
        )
        for shortcut in planted
    ]
    command = f"python -m core validate MODELS GRAINS --photos {photos} --seed {seed}"
    if grounds:
        command += " --grounds GROUNDS"
    every = replace(load_thresholds(), follows=0.0)  # every condition that a class is lost with
    verdicts = {each.shortcut: [row.verdict(every) for row in each.validation] for each in answered}
    thresholds = calibrate(verdicts, load_thresholds())
    validation = [
        count_verdicts(each.shortcut, EXACT, each.validation, thresholds) for each in answered
    ]
    test = [
        count_verdicts(each.shortcut, masks, each.test[masks], thresholds)
        for each in answered
        for masks in (EXACT, FOUND)
    ]
    thresholds = replace(thresholds, provenance=describe_provenance(command, validation, test))
    shipped: list[ShippedModelAnswers] = []
    if piles:
        folder = read_folder(piles, progress)
        shipped = [ask_shipped_model(name, folder, cache, progress) for name in SHIPPED]
    real = [count_verdicts(each.name, FOUND, each.answers, thresholds) for each in shipped]
    measures = merge_measurements(answered)
    report = ValidationReport(command, thresholds, validation, test, measures, real)
    out.mkdir(parents=True, exist_ok=True)
    write_thresholds(thresholds, out / "thresholds.json")
    (out / "trial.md").write_text(to_markdown(report), "utf-8")
    text = json.dumps(to_json(report), ensure_ascii=False, indent=2)
    (out / "trial.json").write_text(text + "\n", "utf-8")
    samples = sorted(SAMPLES.glob("*.jpg"))
    write_contact_sheet(out / "samples.png", DEFAULT_MODEL, samples, thresholds)
    for each in shipped:
        write_contact_sheet(out / f"{each.name}.png", each.name, each.files, thresholds)
    return report


def write_contact_sheet(
    file: Path, name: str, photos: Sequence[Path], thresholds: Thresholds
) -> None:
    """Draw a few of the photos, from all over the list, with what a model looks at."""
    shown = min(_SHOWN, len(photos))
    some = [photos[(2 * number + 1) * len(photos) // (2 * shown)] for number in range(shown)]
    picture = Image.fromarray(contact_sheet(draw_tiles(name, some, thresholds)))
    picture.quantize(_COLOURS).save(file, "PNG", optimize=True)  # a third of the size


def merge_measurements(answered: Sequence[ShortcutModelAnswers]) -> Table:
    """Merge the measures of all models, method by method, photo by photo.

    A costly method is measured on the first photos of each model, so of all methods these come
    first, and pairs of rows are of the same photo.
    """
    measured = [each for each in answered if any(each.methods.values())]
    fewest = min(len(rows) for each in measured for rows in each.methods.values())
    return {
        method: [row for each in measured for row in each.methods[method][:fewest]]
        + [row for each in measured for row in each.methods[method][fewest:]]
        for method in measured[0].methods
    }


def describe_provenance(
    command: str, validation: Sequence[VerdictCounts], test: Sequence[VerdictCounts]
) -> str:
    """Describe where the thresholds come from, and how often they are wrong."""

    def wrong(counted: Sequence[VerdictCounts]) -> str:
        return "; ".join(
            f"{each.model} {each.blamed.hits} of {each.photos}"
            for each in counted
            if each.masks == EXACT
        )

    return (
        f"stays, falls and follows: {command}; innocents and cheats, exact masks. Verdict "
        f'"background" or "condition" on validation photos: {wrong(validation)}. On test photos, '
        f"which the lines were not drawn by: {wrong(test)}. All others were set by hand."
    )


def write_thresholds(thresholds: Thresholds, file: Path) -> None:
    """Write thresholds as `verdict.load_thresholds` reads them."""
    named = {"provenance": thresholds.provenance} | asdict(thresholds)
    file.write_text(json.dumps(named, ensure_ascii=False, indent=2) + "\n", "utf-8")


def adopt_thresholds(thresholds: Thresholds) -> None:
    """Make thresholds the project's own."""
    write_thresholds(thresholds, verdict.THRESHOLDS_FILE)
    load_thresholds.cache_clear()


def to_json(report: ValidationReport) -> dict[str, Any]:
    """A report as what JSON can hold: counts, with shares and their intervals."""

    def counted(each: VerdictCounts) -> dict[str, Any]:
        shares = {
            name: {"share": share.value, "of": share.count, "interval": share.interval}
            for name, share in (
                ("blamed", each.blamed),
                ("blamed_of_conclusive", each.blamed_of_conclusive),
                ("trusted", each.trusted),
                ("off_rice", each.by_localization),
            )
        }
        return asdict(each) | shares

    return {
        "command": report.command,
        "thresholds": asdict(report.thresholds),
        "validation": [counted(each) for each in report.validation],
        "test": [counted(each) for each in report.test],
        "methods": {
            method: {"photos": len(rows)} | {each: measured_values(rows, each) for each in MEASURES}
            for method, rows in report.methods.items()
        },
        "standings": rank_methods(drop_equal_methods(report.methods)),
        "phones": [counted(each) for each in report.real_photos],
    }


def to_markdown(report: ValidationReport) -> str:
    """The tables, with what they mean."""
    thresholds = report.thresholds
    some, others = (
        [each for each in report.test if each.masks == masks] for masks in (EXACT, FOUND)
    )
    chance = measured_values(report.methods["grad-cam"], "chance")
    parts = [
        "# The evidence on models with a shortcut",
        f"`{report.command}`; 95 % intervals.",
        "## Verdicts",
        'A cheat is detected where the verdict is "background" or "condition"; for a model that '
        f"goes by the rice ({', '.join(INNOCENT)}) that is a false alarm. Named right: the verdict "
        "says which of the two, or of the half honest one both. By localization alone: less of the "
        "heat lies on the rice than chance puts there. Photos were used neither in training nor to "
        "calibrate.",
        verdict_table(report.test),
        "### Why",
        reason_table(some),
        reason_table(others),
        "## Thresholds",
        f"stays {thresholds.stays}, falls {thresholds.falls}, follows {thresholds.follows}: "
        f"{thresholds.provenance}",
        verdict_table(report.validation),
        "## Methods",
        "Localization error: share of the positive heat that lies off the shortcut "
        f"(evenly spread heat: {sum(chance) / max(len(chance), 1):.3f}; without the tint, which "
        "lies everywhere). Deletion, insertion: by how much the area under the curve is better "
        "than in random order. Agreement: rank correlation with erasing place by place. ± is a "
        "95 % interval of the mean.",
        method_table(report.methods),
        method_sentence(report.methods),
    ]
    if report.real_photos:
        parts += [
            "## Phone photos",
            "Scenes that the models were not trained on, with the rice that was found.",
            real_photo_table(report.real_photos),
            reason_table(report.real_photos),
        ]
    return "\n\n".join(parts) + "\n"
