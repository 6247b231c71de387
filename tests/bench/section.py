"""The parts of the measurement, each by name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from core.explain.open_explainer import open_explainer
from core.models.registry import find_model
from tests.bench import cold, evidence, first_opening, folder, page, rerun, review
from tests.bench.contenders import OURS
from tests.bench.job import make_job
from tests.bench.measure import Series, interleave
from tests.bench.photos import grains, write_jpegs, write_large_jpegs
from tests.bench.race import agrees, race

MODELS = {64: "rice-64", 224: "rice-224"}
BATCH = 64
SAMPLE = Path(__file__).resolve().parents[2] / "assets" / "samples" / "ketan-scattered-slate.jpg"


@dataclass(frozen=True)
class Section:
    """What one part measured.

    Attributes:
        name: Such as "one-64".
        title: In words.
        unit: Of the series, as `table` knows it: "ms", "s" or "MB".
        series: Seconds, or bytes.
        base: What the others are compared with.
        about: What is included, in words.
        checks: Of each contender, how far its answers are from the closed forms.
        out: Who could not take part, and why.
    """

    name: str
    title: str
    unit: str
    series: Series
    base: str
    about: str
    checks: dict[str, dict[str, Any]] = field(default_factory=dict)
    out: dict[str, str] = field(default_factory=dict)

    @property
    def disagreeing(self) -> set[str]:
        """The contenders whose answers are not those of the closed forms."""
        return {name for name, check in self.checks.items() if not agrees(check)}


def one(size: int, rounds: int, peers: Path) -> Iterator[Section]:
    """One warm photo."""
    with tempfile.TemporaryDirectory() as scratch:
        job = make_job(find_model(MODELS[size]), Path(scratch), BATCH)
        found = race("one", job, rounds, peers)
        yield Section(
            f"one-{size}", f"One warm photo, {size} × {size} pixels", "ms", found.series, OURS,
            f"From a decoded photo of the model's size ({job.about['photos']}) to every class's "
            "map and one picture (heatmap in colours, blended over the photo). The bare forward "
            "passes take prepared numbers and give logits only. VizGradCAM gives one class.",
            found.checks, found.out,
        )  # fmt: skip


def batch(size: int, rounds: int, peers: Path) -> Iterator[Section]:
    """A batch of photos."""
    with tempfile.TemporaryDirectory() as scratch:
        job = make_job(find_model(MODELS[size]), Path(scratch), BATCH)
        # The slowest take a minute a turn.
        found = race("batch", job, max(3, rounds // 3), peers)
        yield Section(
            f"batch-{size}", f"A batch of {BATCH} photos, {size} × {size} pixels", "ms",
            found.series, OURS,
            f"From decoded photos of the model's size ({job.about['photos']}) to every class's "
            "map of each; no pictures. Each splits the batch as it is quickest or as memory needs.",
            found.checks, found.out,
        )  # fmt: skip


def in_folder(size: int, rounds: int, peers: Path, count: int = 24) -> Iterator[Section]:
    """A folder of large JPEGs."""
    with tempfile.TemporaryDirectory() as scratch:
        words = write_large_jpegs(Path(scratch), count)
        explainer = open_explainer(find_model(MODELS[size]))
        files = sorted(Path(scratch).glob("*.jpg"))
        taken = folder.measure_folder(files, explainer, rounds)
        yield Section(
            f"folder-{size}", f"A folder of {count} 12-megapixel JPEGs, {MODELS[size]}", "s",
            taken, folder.DECODE,
            f"{words.capitalize()}, enlarged to 4032 × 3024 with a sensor's noise. Decoded at the "
            "reduced scale that the page and the command line use, "
            f"{os.cpu_count()} at once in both; explained: every class's map of each.",
        )  # fmt: skip


def whole_review(size: int, rounds: int, peers: Path) -> Iterator[Section]:
    """A folder of thousands of small photos, on the command line."""
    with tempfile.TemporaryDirectory() as scratch:
        photos, words = grains(Path(scratch))
        count, model = sum(1 for _ in photos.rglob("*.jpg")), find_model(MODELS[size])
        title = f"A review of {count:,} photos, {MODELS[size]}"
        yield Section(
            f"review-{size}", title, "s", review.measure_review(photos, model, max(3, rounds // 5)),
            review.SLOWER,
            f"{words.capitalize()}. The review writes all it writes: pictures, tables, report, "
            f"hashes. Decoding and explaining use {os.cpu_count()} threads, too; explained are "
            "photos that were decoded before.",
        )  # fmt: skip
        yield Section(
            f"review-{size}-memory", f"{title}: peak memory", "MB",
            review.peaks(photos, model, 1), review.FEW,
            "A process of its own for all of the photos, and for every tenth of them.",
        )  # fmt: skip


def reviewed_evidence(size: int, rounds: int, peers: Path, count: int = 24) -> Iterator[Section]:
    """A review that also tells what the model looks at."""
    with tempfile.TemporaryDirectory() as scratch:
        words, model = write_jpegs(Path(scratch), count), find_model(MODELS[size])
        seconds, cpu, memory = evidence.measure_evidence(Path(scratch), model, max(1, rounds // 5))
    title = f"What {count} photos' evidence costs in a review, {MODELS[size]}"
    about = (
        f"{words.capitalize()}, each way in a process of its own, the model opened before; "
        f"{os.cpu_count()} threads on one core each."
    )
    for name, what, unit, series in (
        ("", "seconds a photo", "s", seconds),
        ("-cpu", "CPU-seconds a photo", "s", cpu),
        ("-memory", "peak memory", "MB", memory),
    ):
        yield Section(
            f"evidence-{size}{name}", f"{title}: {what}", unit, series, evidence.BARE, about
        )


def cold_start(size: int, rounds: int, peers: Path) -> Iterator[Section]:
    """A process from nothing to a picture."""
    model = find_model(MODELS[size])
    memory: Series = {cold.OURS: [], cold.TENSORFLOW: []}

    def turn(way: str):
        def start() -> float:
            seconds, peak = cold.start(way, model, SAMPLE)
            memory[way].append(peak)
            return seconds

        return start

    for way in memory:
        cold.start(way, model, SAMPLE)  # what the disk gives is in memory for both from here on
    taken = interleave({way: turn(way) for way in memory}, rounds)
    about = (
        "A new Python process, from its start to the first photo's overlay. The TensorFlow way: "
        "import TensorFlow, open model.keras with Keras, VizGradCAM's algorithm."
    )
    title = f"Cold start to the first explained photo, {MODELS[size]}"
    yield Section(f"cold-{size}", title, "s", taken, cold.OURS, about)
    yield Section(
        f"cold-{size}-memory", f"{title}: peak memory", "MB", memory, cold.OURS,
        "The same processes' peak resident memory.",
    )  # fmt: skip


def the_page(size: int, rounds: int, peers: Path) -> Iterator[Section]:
    """The page in a browser."""
    try:
        starts = [page.measure_start() for _ in range(max(2, rounds // 2))]
    except RuntimeError as error:
        yield Section("page", "The page", "s", {}, "", "", out={"the page": str(error)})
        return
    series = {
        "the server answers": [each.answering for each in starts],
        "the first pictures are seen": [each.picture for each in starts],
    }
    mapped = sum(each.tensorflow for each in starts)
    yield Section(
        "page", "The page, from its start to the first picture in a browser", "s", series,
        "the server answers",
        "`streamlit run dashboard/app.py`, then “Try samples” in a Chromium that runs already. "
        f"TensorFlow was in the server's memory in {mapped} of {len(starts)} starts.",
    )  # fmt: skip


def reruns(size: int, rounds: int, peers: Path) -> Iterator[Section]:
    """A run of the page in which nothing changes."""
    yield Section(
        "rerun", "A warm run of the page, CPU time", "ms", rerun.measure_reruns(rounds),
        rerun.EMPTY_SCRIPT,
        "CPU time of the process in one run of the script through `AppTest`, after everything that "
        "the view computes is done. Wanted: at most 30 ms for the empty page, 80 ms for one photo.",
    )  # fmt: skip


def opening(network: str, generation: int, rounds: int, peers: Path) -> Iterator[Section]:
    """An ordinary model, opened for the first time."""
    with tempfile.TemporaryDirectory() as scratch:
        given = Path(scratch), network, generation
        taken = first_opening.measure_openings(*given, max(1, rounds // 5))
    library = "Keras 3" if generation == 3 else "tf-keras"
    yield Section(
        f"first_opening-{network}-{generation}",
        f"First opening of {network} of {library}, CPU time", "s", taken, first_opening.KERAS,
        "CPU time of a new process with its threads and children. 224 × 224 pixels, 1,000 classes, "
        "random weights.",
    )  # fmt: skip


SECTIONS = {
    **{f"{name}-{size}": (measure, size)
       for size in MODELS
       for name, measure in (
           ("one", one), ("batch", batch), ("folder", in_folder), ("review", whole_review),
           ("evidence", reviewed_evidence), ("cold", cold_start))},
    "page": (the_page, 0),
    "rerun": (reruns, 0),
    **{f"first_opening-{network}-{generation}": (partial(opening, network), generation)
       for network in first_opening.NETWORKS
       for generation in first_opening.GENERATIONS},
}  # fmt: skip
"""By name: the function, and the model's size."""
