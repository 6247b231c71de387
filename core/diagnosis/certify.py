"""Certifies a model on photos of known class: as they are, on swapped grounds, what it looks at."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.diagnosis.labelled_photos import LabelledPhotos
from core.errors import LensError, PhotoError
from core.evidence.baselines import compute_baselines
from core.evidence.collect import MaskedPhoto, collect_table_evidence
from core.evidence.cutouts import CutOut, cut_out, lay_on
from core.evidence.masked_input import mask_input
from core.evidence.verdict import VERDICTS
from core.explain.explainer import Explainer
from core.images.decode import PREVIEW, read_file
from core.images.same_scene import group_scenes, thumbnail_vector
from core.models.calibration import Reliability, measure_reliability
from core.models.card import Card
from core.segmentation.rice_mask import find_rice
from core.utils.paired_test import mcnemar_exact
from core.utils.progress import Progress, silent

MOST = 1000
"""Photos that are certified; of more, some are drawn by lot."""

AS_IT_IS, SAME, OTHER = "as_it_is", "same", "other"
GROUNDS = (AS_IT_IS, SAME, OTHER)
"""What the rice lies on: its own ground, another photo's of the same class, and one of another
class ("Original", "Mixed-Same" and "Mixed-Rand" of Xiao et al. 2021, arXiv 2006.09994; the last is
never of the photo's own class here)."""

_BATCH = 32


@dataclass(frozen=True)
class CertifiedPhoto:
    """What a model answers to a photo.

    Attributes:
        file: The photo.
        true: Index of its class.
        predicted: Indices of the answers by what the rice lies on, of `GROUNDS`; those on other
            grounds are missing where the rice is not surely found.
        score: Probability of the answer to the photo as it is.
        verdict: One of `VERDICTS`.
        familiar: Whether the photo is like those that the model learned from; None if not measured.
    """

    file: Path
    true: int
    predicted: dict[str, int]
    score: float
    verdict: str
    familiar: bool | None

    def right(self, ground: str) -> bool:
        """Whether the answer is right, where the rice lies on a ground."""
        return self.predicted[ground] == self.true


@dataclass(frozen=True, eq=False)
class Certificate:
    """A model's answers to photos of known class.

    Attributes:
        name: The model's.
        card: Its card.
        photos: The photos that could be read.
        reliability: How far its probabilities are from how often it is right.
        unread: Files that could not be read, each with the reason.
    """

    name: str
    card: Card
    photos: tuple[CertifiedPhoto, ...]
    reliability: Reliability
    unread: tuple[tuple[Path, str], ...]

    def counts(self, ground: str) -> tuple[int, int]:
        """How many are right, of how many, where the rice lies on a ground."""
        asked = self.on(ground)
        return sum(photo.right(ground) for photo in asked), len(asked)

    def on(self, ground: str) -> list[CertifiedPhoto]:
        """The photos that were asked about with their rice on a ground."""
        return [photo for photo in self.photos if ground in photo.predicted]

    @property
    def ground_matters(self) -> float:
        """The chance of such a difference between `SAME` and `OTHER`, did the ground not matter.

        By `mcnemar_exact`, as one photo's rice lies on both; 1 where it is better on `OTHER`.
        """
        asked = self.on(OTHER)
        lost = sum(photo.right(SAME) and not photo.right(OTHER) for photo in asked)
        won = sum(photo.right(OTHER) and not photo.right(SAME) for photo in asked)
        return mcnemar_exact(lost, won) if lost > won else 1.0

    @property
    def verdicts(self) -> dict[str, int]:
        """How many photos have each of `VERDICTS`."""
        found = Counter(photo.verdict for photo in self.photos)
        return {verdict: found[verdict] for verdict in VERDICTS}

    @property
    def worst(self) -> list[CertifiedPhoto]:
        """The photos with the wrong answers, the surest first, then those wrong elsewhere."""
        wrong = [photo for photo in self.photos if not all(map(photo.right, photo.predicted))]
        return sorted(wrong, key=lambda photo: (photo.right(AS_IT_IS), -photo.score))


def certify(
    explainer: Explainer, known: LabelledPhotos, progress: Progress = silent
) -> Certificate:
    """Ask a model about photos as they are and with their rice elsewhere.

    About ten passes a photo. Two models of the same photos are shown the same rice on the same
    grounds, as far as they are shown photos in the same shape.

    Args:
        explainer: The model.
        known: Photos that it was not trained on.
        progress: Wraps the photos, to show how far it is.

    Raises:
        LensError: If no photo can be read.
    """
    drawn = random.Random(0).sample(range(len(known.files)), min(MOST, len(known.files)))
    baselines = compute_baselines(explainer)
    asked, unread, logits, looks = [], [], [], []
    cuts: list[CutOut | None] = []
    for file, true in progress([known.files[index] for index in sorted(drawn)], "certifying"):
        try:
            photo = read_file(file, longest=PREVIEW)
        except PhotoError as error:
            unread.append((file, str(error)))
            continue
        fitted, rice = explainer.fit(photo), find_rice(photo.rgb)
        (explanation,) = explainer.explain([photo])
        masked = mask_input(photo.rgb, fitted.pixels, rice.mask(), fitted.placement)
        shown = MaskedPhoto(explanation, masked, explanation.predicted, rice.problem)
        (evidence,) = collect_table_evidence(explainer, [shown], baselines)
        assert evidence.verdict is not None
        asked.append((file, true, explanation, evidence.verdict.looks_at))
        cuts.append(cut_out(photo.rgb, rice, fitted.placement, len(cuts)))
        logits.append(explainer.logits(fitted.pixels[None])[0])
        looks.append(thumbnail_vector(photo.rgb))
    if not asked:
        raise LensError("photos_none", "None of these photos can be read.")
    labels = np.array([true for _, true, *_ in asked])
    scenes = np.array(group_scenes(np.stack(looks), labels.tolist()))
    elsewhere = {
        ground: _answers(explainer, _mixed(cuts, labels, scenes, ground)) for ground in GROUNDS[1:]
    }
    scores = explainer.probabilities(np.stack(logits))
    photos = []
    for row, (file, true, explanation, verdict) in enumerate(asked):
        answers = {AS_IT_IS: int(scores[row].argmax())}
        if all(row in each for each in elsewhere.values()):
            answers |= {ground: each[row] for ground, each in elsewhere.items()}
        photos.append(
            CertifiedPhoto(
                file, true, answers, float(scores[row].max()), verdict, explanation.familiar
            )
        )
    reliability = measure_reliability(scores, labels, scenes)
    return Certificate(explainer.name, explainer.card, tuple(photos), reliability, tuple(unread))


def _mixed(
    cuts: Sequence[CutOut | None],
    labels: NDArray[np.intp],
    scenes: NDArray[np.intp],
    ground: str,
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Each photo's rice on another one's ground, of another scene; the photo's row with it."""
    rng = np.random.default_rng(GROUNDS.index(ground))
    lends = np.array([cut is not None and cut.ground is not None for cut in cuts])
    for row, cut in enumerate(cuts):
        same = labels == labels[row]
        wanted = (same if ground == SAME else ~same) & lends & (scenes != scenes[row])
        if cut is None or not wanted.any():
            continue
        # Of each class as often, however many photos it has.
        label = rng.choice(np.unique(labels[wanted]))
        other = cuts[int(rng.choice(np.flatnonzero(wanted & (labels == label))))]
        assert other is not None
        assert other.ground is not None
        yield row, lay_on(cut, other.ground)


def _answers(
    explainer: Explainer, shown: Iterator[tuple[int, NDArray[np.uint8]]]
) -> dict[int, int]:
    """The answers to some photos in the model's size, by row."""
    answers: dict[int, int] = {}
    rows, batch = [], []
    for row, pixels in shown:
        rows.append(row)
        batch.append(pixels)
        if len(batch) == _BATCH:
            answers |= dict(zip(rows, _classes(explainer, batch), strict=True))
            rows, batch = [], []
    if batch:
        answers |= dict(zip(rows, _classes(explainer, batch), strict=True))
    return answers


def _classes(explainer: Explainer, batch: Sequence[NDArray[np.uint8]]) -> list[int]:
    return [int(each) for each in explainer.scores(np.stack(batch)).argmax(axis=1)]
