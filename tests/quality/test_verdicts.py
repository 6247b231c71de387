"""What the evidence must reach on the two models of the demonstration, on photos new to them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.evidence.baselines import compute_baselines
from core.evidence.verdict import load_thresholds
from core.explain.open_explainer import open_explainer
from core.models.registry import find_model
from core.validation.model_answers import ask_model, to_photo
from core.validation.shortcut_models import CUES
from core.validation.shortcut_models.cases import draw_cases
from core.validation.shortcut_models.shortcut_photos import compose_photo, read_grain_stock
from core.validation.verdict_counts import EXACT, count_verdicts

pytestmark = pytest.mark.slow

MODELS = {"honest": "demo-b", "background": "demo-a"}
KNOWN = ("background", "tint", "mark", "border")  # what the honest one saw in training
PHOTOS = 24
SEED = 5  # other photos than the ones that the tables are of


@pytest.mark.parametrize("shortcut", MODELS)
def test_the_shortcut_is_detected_without_a_false_alarm(shortcut, real_photos):
    explainer = open_explainer(find_model(MODELS[shortcut]))
    assert explainer.card.planted["cue"] == shortcut
    baselines = compute_baselines(explainer)
    stock = read_grain_stock(real_photos / "grains", "test")
    cases = [
        replace(case, **{cue: None for cue in CUES if cue not in KNOWN})
        for case in draw_cases(shortcut, "test", PHOTOS, SEED)
    ]
    photos = [compose_photo(case, shortcut, stock) for case in cases]
    answers = [ask_model(explainer, to_photo(shown.rgb), shown.rice, baselines) for shown in photos]
    found = count_verdicts(shortcut, EXACT, answers, load_thresholds())
    assert found.within_limits, found
    if shortcut == "honest":
        # An unclear verdict is no false alarm; most must be about the rice all the same.
        assert found.verdicts["rice"] >= 0.75 * PHOTOS
