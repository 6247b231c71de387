"""Certificates made up from answers, and a model that goes by the colour of the ground."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from core.diagnosis.certify import AS_IT_IS, OTHER, SAME, Certificate, CertifiedPhoto
from core.models.calibration import measure_reliability
from core.models.card import Card, Input, class_names


def certificate(name, own, same=None, other=None, folder=Path("photos/a"), unread=()):
    """A certificate of photos that show class 0: each argument lists what is right, 1 or 0."""
    photos = []
    for number, right in enumerate(own):
        predicted = {AS_IT_IS: 1 - right}
        if same is not None and other is not None:
            predicted |= {SAME: 1 - same[number], OTHER: 1 - other[number]}
        file = folder / f"{number}.jpg"
        photos.append(CertifiedPhoto(file, 0, predicted, 0.9, "rice", number % 2 == 0))
    scores = np.array([[0.9, 0.1] if right else [0.1, 0.9] for right in own])
    labels = np.zeros(len(own), int)
    reliability = measure_reliability(scores, labels, np.arange(len(own)))
    card = Card(class_names(["a", "b"]), Input(8, 8))
    return Certificate(name, card, tuple(photos), reliability, tuple(unread))


class GroundModel:
    """Answers "red" where the photo's first pixel is red, else "blue"; looks at nothing else."""

    name = "by the ground"
    card = Card(class_names(["red", "blue"]), Input(32, 32))

    def fit(self, photo):
        from core.images.preprocess import fit, place

        placement = place(photo.rgb.shape[:2], (32, 32), "squash")
        return SimpleNamespace(pixels=fit(photo.rgb, placement), placement=placement)

    def explain(self, photos):
        (photo,) = photos
        index = int(self.scores(self.fit(photo).pixels[None])[0].argmax())
        return [SimpleNamespace(predicted=self.card.names[index], familiar=None)]

    def logits(self, pixels):
        red = pixels[:, 0, 0, 0].astype(float) - pixels[:, 0, 0, 2]
        return np.stack([red, -red], axis=1).astype(np.float32) / 50

    def probabilities(self, logits):
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    def scores(self, pixels):
        return self.probabilities(self.logits(pixels))
