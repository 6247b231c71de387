"""Recipe of the segmenter: trained on composed and real photos, measured on sources left out."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.models.tensorflow.start import start_tensorflow
from core.models.tensorflow.warm_start import load_lite0_weights
from core.training.average_networks import average_networks
from core.training.export_segmenter import export_segmenter
from core.training.fit_segmenter import fit_segmenter
from core.training.read_segmenter import read_segmenter
from core.training.segmentation_samples import Sample, make_sample
from core.training.segmentation_stock import Stock, read_stock
from core.training.segmenter_network import build_segmenter
from core.training.trainer import resumable_training
from core.utils.progress import Progress, silent

SEGMENTER_FILE = "segmenter.onnx"
MEASURES_FILE = "segmenter.json"

Floats = NDArray[np.float32]

_AGAIN = 1 / 2  # of the usual learning rates, for a network that is trained further
_ENOUGH = 0.8  # overlap from which a mask counts as right


@dataclass(frozen=True)
class SegmenterPlan:
    """Size of a training of the segmenter.

    Attributes:
        steps: Each of `batch` samples.
        batch: Samples a step.
        seed: Of all.
        held_out: Sources that are measured on and not trained on: the part of a file's name
            before `_`.
        test: Samples of these sources that it is measured on.
        halfway: Whether a network that is trained further ends halfway between what it was and
            what it became.
    """

    steps: int = 10_000
    batch: int = 8
    seed: int = 0
    held_out: tuple[str, ...] = ()
    test: int = 400
    halfway: bool = False


def train_segmenter(
    data: Path,
    plan: SegmenterPlan,
    out: Path,
    progress: Progress = silent,
    start: Path | None = None,
) -> dict[str, Any]:
    """Train, measure, and write the network and how good it is.

    Interrupted, the same call resumes after the last whole hundred of steps.

    Args:
        data: As `segmentation_stock.read_stock`.
        plan: How much.
        out: Folder for `SEGMENTER_FILE` and `MEASURES_FILE`; must not hold anything yet.
        progress: Wraps what takes long; given what is being done.
        start: A segmenter's file to go on from, at half the pace; None for a new one.

    Returns:
        What stands in `MEASURES_FILE`.

    Raises:
        TrainingError: If `out` is taken, the data are not as expected, or `start` is no segmenter.
        OSError: If `start` cannot be read.
    """
    begun = hashlib.sha256(start.read_bytes()).hexdigest() if start else None
    recipe = asdict(plan) | {"start": begun}
    with resumable_training(out, recipe) as started:
        training, left_out = read_stock(data, plan.held_out, progress)
        start_tensorflow()
        model = build_segmenter(None if start else load_lite0_weights())

        def make(number: int) -> Sample:
            return make_sample(training, plan.seed * 10_000_000 + number)

        def batch(number: int) -> Floats:
            made = range(number * plan.batch, (number + 1) * plan.batch)
            return np.stack([make(each).rgb for each in made]).astype(np.float32)

        if start:
            read_segmenter(model, start, batch)
        fit_segmenter(model, make, plan.steps, plan.batch, started, _AGAIN if start else 1.0)
        made = started / SEGMENTER_FILE
        export_segmenter(model, made)
        if start and plan.halfway:
            average_networks(start, made, made)
            read_segmenter(model, made, batch)
        written = {
            "training": recipe | {
                "grains": len(training.grains),
                "grounds": len(training.grounds),
                "other": len(training.other),
                "masked": len(training.masked),
            },
            "measured": measure_segmenter(model, left_out, plan.test, progress),
            "versions": {
                "python": platform.python_version(),
                **{name: metadata.version(name) for name in ("tensorflow", "keras")},
            },
        }  # fmt: skip
        made.replace(out / SEGMENTER_FILE)
        (out / MEASURES_FILE).write_text(json.dumps(written, indent=2) + "\n", "utf-8")
    return written


def measure_segmenter(
    model: Any, stock: Stock, count: int, progress: Progress = silent
) -> dict[str, Any]:
    """How well a network finds the rice of samples that it never saw, at the size they come in.

    Args:
        model: As `segmenter_network.build_segmenter`.
        stock: Of sources that were left out.
        count: Samples to look at.
        progress: Wraps what takes long; given what is being done.

    Returns:
        Of samples with rice their number, the median overlap with it (intersection over union) and
        the share of overlaps of 0.8 or more; of samples without their number and the mean share
        of their pixels that are taken for rice.
    """
    overlaps, mistaken = [], []
    for number in progress(range(count), "measuring"):
        sample = make_sample(stock, number)
        maps = np.asarray(model(sample.rgb[None].astype(np.float32), training=False))[0]
        said = maps[..., 0] > 0
        rice = sample.rice[::2, ::2] >= 0.5
        if rice.any():
            overlaps.append(float((said & rice).sum() / (said | rice).sum()))
        else:
            mistaken.append(float(said.mean()))
    return {
        "with_rice": len(overlaps),
        "median_overlap": round(float(np.median(overlaps)), 4) if overlaps else None,
        "overlap_enough": round(float(np.mean(np.array(overlaps) >= _ENOUGH)), 4)
        if overlaps
        else None,
        "without_rice": len(mistaken),
        "mistaken": round(float(np.mean(mistaken)), 4) if mistaken else None,
    }
