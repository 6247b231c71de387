"""The whole trial: models asked, lines drawn, tables written, by `python -m core evidence`."""

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
from core.validation.calibrate import HONEST, derive
from core.validation.contact_sheet import sheet
from core.validation.methods import MEASURES, Table, distinct, standings, values
from core.validation.real_photos import Shipped, ask_shipped, tiles
from core.validation.shortcut_answers import Asked, Progress, ask_planted
from core.validation.shortcut_models import CUES
from core.validation.tables import (
    method_sentence,
    method_table,
    phone_table,
    reason_table,
    verdict_table,
)
from core.validation.verdict_counts import EXACT, FOUND, Counted, count

SHIPPED = (DEFAULT_MODEL, "rice-64")
SAMPLES = Path(__file__).resolve().parents[2] / "assets" / "samples"
_SHOWN = 6  # photos on a sheet
_COLOURS = 256  # of it


@dataclass(frozen=True)
class Report:
    """What a trial found.

    Attributes:
        command: That gives the same again.
        rules: The thresholds that were derived, with where they come from.
        validation: Verdicts by these on the photos that they were derived from.
        test: Verdicts on others, for each model with exact and with found masks.
        methods: Measurements on all planted models.
        phones: Verdicts of the project's own models on phone photos.
    """

    command: str
    rules: Thresholds
    validation: Sequence[Counted]
    test: Sequence[Counted]
    methods: Table
    phones: Sequence[Counted]

    @property
    def missed(self) -> list[Counted]:
        """Models that are detected too seldom, or with too many false alarms."""
        return [each for each in self.test if each.masks == EXACT and not each.within]


def trial(
    models: Path, grains: Path, out: Path, photos: int, seed: int, piles: Path | None,
    progress: Progress,
) -> Report:  # fmt: skip
    """Put the evidence to the test, and write `trial.md`, `trial.json` and `thresholds.json`.

    Args:
        models: Holds the planted models, a folder each.
        grains: The Rice Image Dataset's folder.
        out: Gets what is written, and the answers in `answers/`: interrupted, the same call goes
            on. Remove them when the tests that a model is put to have changed.
        photos: Of validation and of test, a model.
        seed: From which photos are composed.
        piles: The phone photos that the project's own models were made from; None for no table of
            them.
        progress: Wraps what takes long; told what is being done.

    Raises:
        TrainingError: If a model, the grains or the phone photos are missing.
    """
    keep = out / "answers"
    asked = [ask_planted(models, grains, cue, photos, seed, keep, progress) for cue in CUES]
    command = f"python -m core evidence MODELS GRAINS --photos {photos} --seed {seed}"
    rules = derive(
        {each.cue: [answers.judged() for answers in each.validation] for each in asked},
        load_thresholds(),
    )
    validation = [count(each.cue, EXACT, each.validation, rules) for each in asked]
    test = [
        count(each.cue, masks, each.test[masks], rules)
        for each in asked
        for masks in (EXACT, FOUND)
    ]
    rules = replace(rules, provenance=provenance(command, validation, test))
    shipped: list[Shipped] = []
    if piles:
        folder = read_folder(piles, progress)
        shipped = [ask_shipped(name, folder, keep, progress) for name in SHIPPED]
    phones = [count(each.name, FOUND, each.answers, rules) for each in shipped]
    report = Report(command, rules, validation, test, together(asked), phones)
    out.mkdir(parents=True, exist_ok=True)
    write_thresholds(rules, out / "thresholds.json")
    (out / "trial.md").write_text(markdown(report), "utf-8")
    text = json.dumps(as_data(report), ensure_ascii=False, indent=2)
    (out / "trial.json").write_text(text + "\n", "utf-8")
    write_sheet(out / "samples.png", DEFAULT_MODEL, sorted(SAMPLES.glob("*.jpg")), rules)
    for each in shipped:
        write_sheet(out / f"{each.name}.png", each.name, each.files, rules)
    return report


def write_sheet(file: Path, name: str, photos: Sequence[Path], rules: Thresholds) -> None:
    """Draw a few of the photos, from all over the list, with what a model looks at."""
    shown = min(_SHOWN, len(photos))
    some = [photos[(2 * number + 1) * len(photos) // (2 * shown)] for number in range(shown)]
    picture = Image.fromarray(sheet(tiles(name, some, rules)))
    picture.quantize(_COLOURS).save(file, "PNG", optimize=True)  # a third of the size


def together(asked: Sequence[Asked]) -> Table:
    """The measurements on all models, method by method, photo by photo.

    A dear method is measured on the first photos of each model, so of all methods these come first,
    and pairs of rows are of the same photo.
    """
    fewest = min(len(rows) for each in asked for rows in each.methods.values())
    return {
        method: [row for each in asked for row in each.methods[method][:fewest]]
        + [row for each in asked for row in each.methods[method][fewest:]]
        for method in asked[0].methods
    }


def provenance(command: str, validation: Sequence[Counted], test: Sequence[Counted]) -> str:
    """Where the thresholds come from, and how often they are wrong."""

    def wrong(counted: Sequence[Counted]) -> str:
        return "; ".join(
            f"{each.model} {each.background.hits} of {each.photos}"
            for each in counted
            if each.masks == EXACT
        )

    return (
        f"stays and falls: {command}; the honest twin and the cheats, exact masks. Verdict "
        f'"background" on validation photos: {wrong(validation)}. On test photos, which the lines '
        f"were not drawn by: {wrong(test)}. All others were set by hand."
    )


def write_thresholds(rules: Thresholds, file: Path) -> None:
    """Write thresholds as `verdict.load_thresholds` reads them."""
    named = {"provenance": rules.provenance} | asdict(rules)
    file.write_text(json.dumps(named, ensure_ascii=False, indent=2) + "\n", "utf-8")


def adopt(rules: Thresholds) -> None:
    """Make thresholds the project's own."""
    write_thresholds(rules, verdict.THRESHOLDS_FILE)
    load_thresholds.cache_clear()


def as_data(report: Report) -> dict[str, Any]:
    """A report as what JSON can hold: counts, with shares and their intervals."""

    def counted(each: Counted) -> dict[str, Any]:
        shares = {
            name: {"share": share.value, "of": share.count, "interval": share.interval}
            for name, share in (
                ("background", each.background),
                ("background_of_told", each.background_of_told),
                ("off_rice", each.by_attention),
            )
        }
        return asdict(each) | shares

    return {
        "command": report.command,
        "thresholds": asdict(report.rules),
        "validation": [counted(each) for each in report.validation],
        "test": [counted(each) for each in report.test],
        "methods": {
            method: {"photos": len(rows)} | {each: values(rows, each) for each in MEASURES}
            for method, rows in report.methods.items()
        },
        "standings": standings(distinct(report.methods)),
        "phones": [counted(each) for each in report.phones],
    }


def markdown(report: Report) -> str:
    """The tables, with what they mean."""
    rules = report.rules
    some, others = (
        [each for each in report.test if each.masks == masks] for masks in (EXACT, FOUND)
    )
    chance = values(report.methods["grad-cam"], "chance")
    parts = [
        "# The evidence on planted models",
        f"`{report.command}`; 95 % intervals.",
        "## Verdicts",
        f'A cheat with the verdict "background" is detected; for the {HONEST} twin that verdict is '
        "a false alarm. By attention alone: less of the heat lies on the rice than chance puts "
        "there. Photos were not used in training, nor to calibrate the thresholds.",
        verdict_table(report.test),
        "### Why",
        reason_table(some),
        reason_table(others),
        "## Thresholds",
        f"stays {rules.stays}, falls {rules.falls}: {rules.provenance}",
        verdict_table(report.validation),
        "## Methods",
        "Attention error: share of the positive heat that lies off what gives the class away "
        f"(evenly spread heat: {sum(chance) / max(len(chance), 1):.3f}; without the tint, which "
        "lies everywhere). Deletion, insertion: by how much the area under the curve is better "
        "than in random order. Agreement: rank correlation with erasing place by place. ± is a "
        "95 % interval of the mean.",
        method_table(report.methods),
        method_sentence(report.methods),
    ]
    if report.phones:
        parts += [
            "## Phone photos",
            "Scenes that the models were not trained on, with the rice that was found.",
            phone_table(report.phones),
            reason_table(report.phones),
        ]
    return "\n\n".join(parts) + "\n"
