"""Rice Lens itself, and the least it could take: its own network's forward pass alone."""

from __future__ import annotations

import numpy as np
import onnxruntime

from core.explain.open_explainer import open_explainer
from core.explain.render import render_pictures
from core.images.decode import Photo
from core.models.files.formats import ONNX_FILE
from tests.bench.answer import Answer, Array, ForwardPass, Pixels, split
from tests.bench.job import Job


def rice_lens(job: Job) -> ForwardPass:
    """As the page and the command line do it."""
    explainer = open_explainer(job.model)

    def run(photos: Pixels, draw: bool) -> Answer:
        explained = explainer.explain([photo_of(rgb) for rgb in photos])
        picture = None
        if draw:
            first = explained[0]
            picture = render_pictures(photos[0], first, first.predicted, 0.5).overlay
        logits = np.stack([each.logits for each in explained])
        return Answer(logits, [each.maps for each in explained], picture)

    return run


def photo_of(rgb: Pixels) -> Photo:
    """A decoded photo, as `core.images.decode` gives it."""
    return Photo(rgb, sha256="", full_size=rgb.shape[1::-1], format="JPEG")


def bare_onnx(job: Job) -> ForwardPass:
    """The compiled graph with nothing but the logits asked of it."""
    file = job.model / ONNX_FILE
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (given,) = [each.name for each in session.get_inputs()]
    logits = session.get_outputs()[0].name
    only = onnxruntime.RunOptions()
    only.only_execute_path_to_fetches = True

    def run(inputs: Array, draw: bool) -> Answer:
        parts = [session.run([logits], {given: part}, only)[0] for part in split(inputs)]
        return Answer(np.concatenate(parts))

    return run
