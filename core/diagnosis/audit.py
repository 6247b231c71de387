"""Audit of a folder of photos: how far they give their class away without the rice."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.diagnosis.cues import FOLDS, Cue, find_cues
from core.diagnosis.photo_features import GROUPS, PhotoFeatures, describe_photo
from core.utils.parallel import ordered_map
from core.utils.progress import Progress, silent

_MOST = 2000  # photos; of more, some are drawn by lot


@dataclass(frozen=True)
class Audit:
    """How far photos give their class away without the rice.

    Attributes:
        names: The classes.
        photos: How many photos were measured.
        scenes: How many scenes they show.
        without_ground: In how many of them there is no ground to measure: rice fills them.
        few: Classes of fewer than five scenes, with how many: nothing can be told then.
        cues: One a group, the most telling first; empty where nothing can be told.
    """

    names: tuple[str, ...]
    photos: int
    scenes: int
    without_ground: int
    few: dict[str, int]
    cues: tuple[Cue, ...]

    @property
    def can_tell(self) -> bool:
        """Whether anything could be told of these photos: with few, all may be right by luck."""
        return any(cue.bound < 1 for cue in self.cues)

    @property
    def found(self) -> tuple[Cue, ...]:
        """What gives the class away."""
        return tuple(cue for cue in self.cues if cue.found)


def audit_photos(
    names: tuple[str, ...],
    files: Sequence[Path],
    labels: Sequence[int],
    scenes: Sequence[int],
    progress: Progress = silent,
) -> Audit:
    """Audit photos of known class, 2,000 at most; of more, some are drawn by lot.

    Args:
        names: The classes, in order of the labels.
        files: The photos.
        labels: The class of each, [N].
        scenes: A number for each, which of them show the same, [N].
        progress: Wraps the files, to show how far it is.

    Raises:
        PhotoError: If a photo cannot be read.
    """
    drawn = sorted(random.Random(0).sample(range(len(files)), min(_MOST, len(files))))
    of_class, of_scene = (np.array([each[i] for i in drawn]) for each in (labels, scenes))
    shown = [len(set(of_scene[of_class == label].tolist())) for label in range(len(names))]
    few = {name: count for name, count in zip(names, shown, strict=True) if count < FOLDS}
    if few:
        return Audit(names, len(drawn), len(set(of_scene.tolist())), 0, few, ())
    work = ordered_map(describe_photo, progress([files[i] for i in drawn], "auditing"))
    features = list(work)
    empty = sum(bool(np.isnan(each.blocks["light"][0]).all()) for each in features)
    cues = find_cues(_stack(features), of_class, of_scene)
    return Audit(names, len(drawn), len(set(of_scene.tolist())), empty, few, cues)


def _stack(features: Sequence[PhotoFeatures]) -> dict[str, list[NDArray[np.float64]]]:
    """The numbers of all photos by group, [N, d] each; the camera as one column for each name."""
    groups = {
        group: [
            np.stack(blocks) for blocks in zip(*(f.blocks[group] for f in features), strict=True)
        ]
        for group in GROUPS[:-1]
    }
    cameras = sorted({each.camera for each in features})
    if len(cameras) > 1:
        own = np.array([cameras.index(each.camera) for each in features])
        groups["camera"] = [np.eye(len(cameras))[own]]
    return groups
