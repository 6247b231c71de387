"""What the page says of what a model uses, with networks that are known to look somewhere."""

from __future__ import annotations

import json
import logging
import sys
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.evidence.collect import collect_evidence
from core.explain.explainer import Explainer
from core.explain.output_files import mask_png
from core.images.decode import PREVIEW, read_photo
from core.models.card import Card, Input, write_card
from core.segmentation.rice_mask import Rice
from dashboard.components import photo_upload
from dashboard.components.pictures import outlined
from dashboard.i18n.translate import TABLES, Texts
from dashboard.state.session import DEFAULT_REQUEST, Entry, Session
from dashboard.views import demo
from dashboard.views.evidence.checks import CHECKS
from dashboard.work import evidence_runner, explain_queue, model_pool, rice_masks
from dashboard.work.evidence_runner import EvidenceKey, EvidenceRequest, run_evidence
from dashboard.work.fair_lock import SerializedNetwork
from dashboard.work.model_pool import LoadedModel
from tests.support.known_networks import (
    DARK,
    GREEN,
    GREY,
    SIDE,
    explainer,
    known_baselines,
    photo,
    rice,
)
from tests.support.page import choose, drop, more, page, said, shown

GRAINS = rice()
WHOLE = np.ones((SIDE, SIDE))
TABLE = WHOLE * ~GRAINS
MAGENTA = (160, 60, 160)


class Counted:
    """A network that counts what it is shown."""

    def __init__(self, where, **numbers) -> None:
        self.asked = explainer(where, **numbers)
        self.layers, self.head = self.asked.network.layers, self.asked.network.head
        self.shown, self.broken = 0, False

    def forward(self, inputs, layer, classes=None):
        self.shown += len(inputs)
        return self.asked.network.forward(inputs, layer, classes)

    def logits(self, inputs):
        if self.broken:
            raise RuntimeError("secret detail")
        self.shown += len(inputs)
        return self.asked.network.logits(inputs)

    @property
    def explainer(self) -> Explainer:
        return Explainer("looking", self.asked.card, self)


def png(of_rice=GREEN, of_background=DARK) -> bytes:
    file = BytesIO()
    Image.fromarray(photo(GRAINS, of_rice, of_background).rgb).save(file, "PNG")
    return file.getvalue()


def found_rice(rgb) -> Rice:
    """Sure of the grains, and less so of what is on the right."""
    likelihood = np.where(GRAINS, 0.9, 0.0).astype(np.float32)
    likelihood[:, -8:] = 0.3
    return Rice(likelihood, 0.9, "")


def planted(folder: Path, name: str, cue: str = "") -> None:
    (folder / name).mkdir()
    proof = {"cue": cue, "photos": 300, "follows": 1.0, "stays": 1.0}
    measured = {"on": "test", "photos": 300, "accuracy": 1.0, "interval": [0.98, 1.0]}
    card = explainer(WHOLE).card
    write_card(
        Card(
            card.classes, Input(SIDE, SIDE, "0-1"), {"en": f"Model {name}", "ja": f"モデル{name}"},
            measured={**measured, "confusion": [[150, 0], [0, 150]]} if cue else {},
            planted=proof if cue else {},
        ),
        folder / name,
    )  # fmt: skip


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Puts networks behind the page, by the names of their models."""

    def behind(**networks: Counted) -> None:
        for name in networks:
            cue = {"a": "background", "b": "honest"}.get(name, "")
            planted(tmp_path, name, cue)
        monkeypatch.setattr(
            model_pool, "open_explainer", lambda path, cache=None: networks[path.name].explainer
        )

    monkeypatch.setattr(sys, "argv", ["app.py", "--models", str(tmp_path)])
    monkeypatch.setattr(photo_upload, "SAMPLES", tmp_path / "samples")
    monkeypatch.setattr(
        "core.evidence.baselines.compute_baselines",
        lambda asked: known_baselines(explainer(GRAINS)),
    )
    monkeypatch.setattr(rice_masks, "find_rice", found_rice)
    return behind


@pytest.fixture
def network(serve) -> Counted:
    """One that looks at the grains alone."""
    network = Counted(GRAINS, threshold=0.2)
    serve(model=network)
    return network


def dropped(language="en", data=None) -> AppTest:
    at = drop(page(language), ("a.png", data or png()))
    assert not at.exception
    return at


def why(at: AppTest) -> AppTest:
    """Open the tests."""
    at.session_state["why"] = True
    at.run()
    assert not at.exception
    return at


def core_says(network: Counted, data: bytes, mask=GRAINS):
    """What core makes of a photo."""
    asked, one = network.asked, read_photo(data, longest=PREVIEW)
    (explanation,) = asked.explain([one])
    *_, last = collect_evidence(
        asked, one, explanation, mask, "green", known_baselines(explainer(GRAINS))
    )
    return explanation, last.evidence


def text(at: AppTest) -> str:
    return said(at).replace("\\", "")


def key_of(at: AppTest, kind: str, start: str):
    return next(each for each in getattr(at, kind) if str(each.key).startswith(start))


# The verdict


@pytest.mark.parametrize("language", list(TABLES))
@pytest.mark.parametrize(
    ("where", "threshold", "colours", "verdict", "reason"),
    [
        (GRAINS, 0.2, (GREEN, DARK), "rice", "rice_suffices"),
        (TABLE, 0.2, (GREY, GREEN), "background", "stays_without_rice"),
        (GRAINS, -0.3, (GREEN, DARK), "unclear", "says_so_to_nothing"),
        (TABLE, 0.2, (GREEN, DARK), "unclear", "unsure"),
    ],
)
def test_the_verdict_stands_below_the_pictures_unasked(
    serve, language, where, threshold, colours, verdict, reason, monkeypatch
):
    network = Counted(where, threshold=threshold)
    serve(model=network)
    monkeypatch.setattr(
        "core.evidence.baselines.compute_baselines", lambda asked: known_baselines(network.asked)
    )
    at = drop(page(language), ("a.png", png(*colours)))
    if reason == "unsure":
        choose(at, "target", "green")
    say = Texts(language)
    sentence = say.plain(f"reason.{reason}", target="green")
    assert say.plain(f"verdict.{verdict}", reason=sentence) in text(at)


def test_the_numbers_are_cores(network):
    at = dropped()
    say, (_, known) = Texts("en"), core_says(network, png())
    judged, heat = known.verdict, known.localization
    assert judged.rice_alone == pytest.approx(1)
    shares = [
        round(100 * share)
        for share in (judged.rice_alone, judged.background_alone, heat.share, heat.chance)
    ]
    assert say.plain(
        "deciding", target="green", rice=say.plain("percent", value=shares[0]),
        background=say.plain("percent", value=shares[1]),
    ) in text(at)  # fmt: skip
    assert say.plain(
        "attended", share=say.plain("percent", value=shares[2]),
        chance=say.plain("percent", value=shares[3]),
    ) in text(at)  # fmt: skip


def test_only_the_verdict_is_asked_until_somebody_wants_to_know_why(network):
    at = dropped()
    after_verdict = network.shown
    assert after_verdict <= 1 + 16  # the explanation, and one batch
    assert "heatmap can be trusted" not in text(at).replace(TABLES["en"]["why"], "")
    why(at)
    assert 60 < network.shown <= 1 + 110
    asked = network.shown
    at.session_state["why"] = False
    why(at.run())
    at.slider(key="blend").set_value(20).run()
    assert network.shown == asked  # what is known is not asked again


def test_another_class_is_another_case_and_is_kept(network):
    at = dropped()
    first, asked = text(at), network.shown
    choose(at, "target", "other")
    assert network.shown > asked
    assert "the model is not sure that this is other" in text(at)
    asked = network.shown
    choose(at, "target", "")
    assert text(at) == first
    assert network.shown == asked


def test_what_speaks_against_a_class_is_left_out(network):
    at = more(dropped())
    asked = network.shown
    for kind in ("against", "rather"):
        choose(at, "kind", kind)
        assert TABLES["en"]["evidence.plain_only"] in text(at)
        assert "It looks at" not in text(at)
    assert network.shown <= asked + 3


def test_photos_come_first(network, monkeypatch):
    """While photos are waiting, no evidence is asked for."""
    order = []

    def explain(*given) -> None:
        order.append("photos")
        before(*given)
        time.sleep(0.1)

    def gathered(*given):
        order.append("evidence")
        return collect_evidence(*given)

    before = explain_queue._explain
    monkeypatch.setattr(explain_queue, "SECONDS", 0.1)  # a batch a run
    monkeypatch.setattr(explain_queue, "_explain", explain)
    monkeypatch.setattr("core.evidence.collect.collect_evidence", gathered)
    files = [(f"{level}.png", png((60, level, 60))) for level in range(140, 160, 2)]
    at = drop(page(), *files)
    assert not at.exception
    assert order == ["photos"] * 3 + ["evidence"]


def test_evidence_that_cannot_be_had_is_told_and_the_pictures_stay(network, caplog):
    network.broken = True
    with caplog.at_level(logging.ERROR, "dashboard"):
        at = dropped()
    assert "Cannot check what" in text(at)
    assert "secret detail" not in text(at)
    assert "secret detail" in caplog.text
    assert "Heatmap" in shown(at)


# Why


@pytest.mark.parametrize("language", list(TABLES))
def test_every_test_has_its_sentence_and_pictures_with_captions(network, language):
    at = why(dropped(language))
    words, say = text(at), Texts(language)
    for proof in CHECKS:
        assert TABLES[language][f"proof.{proof.name}.title"] in words
    _, known = core_says(network, png())
    badge = say.plain(f"believed.{known.badge.reason}", target="green")
    for once in (
        say.plain(f"badge.{known.badge.level}", reason=badge),
        TABLES[language][f"verdict.{known.verdict.looks_at}"].split("{")[0],
    ):
        assert words.count(once) == 1
    said_of = {
        "target": "green",
        "score": say.percent(known.counterfactuals.rice_removed.probability),
    }
    assert say.plain("proof.erased.rice_removed", **said_of) in words
    facts = {"same": round(6 * known.robustness.same_class), "count": 6, "target": "green"}
    lowest = say.percent(known.robustness.lowest_score)
    assert say.plain("proof.stable", lowest=lowest, **facts) in words
    captions = [image.alt for each in at.get("image") for image in each.proto.imgs]
    assert len([caption for caption in captions if "。" not in caption]) >= 2 + 6 + 2 + 6
    charts = at.get("vega_lite_chart") or at.get("arrow_vega_lite_chart")
    assert len(charts) == 2
    curve = json.loads(charts[0].proto.spec)["layer"][1]["encoding"]["color"]["scale"]["domain"]
    assert curve == [TABLES[language]["curve.ours"], TABLES[language]["curve.random"]]


def test_it_can_be_stopped_and_goes_on_where_it_was(network):
    session, data = Session(), png()
    session.add([Entry("a.png", data)])
    sha256 = next(iter(session.photos))
    explanation, whole = core_says(network, data)
    session.explanations["key", DEFAULT_REQUEST, sha256] = explanation
    model = model_pool.Model(
        "key", "looking", network.asked.card, lambda: LoadedModel(network.explainer)
    )
    case = EvidenceKey("key", sha256, DEFAULT_REQUEST, "green")
    found, shown_at = evidence_runner.evidence_run(session, case), []

    def show(step) -> None:
        shown_at.append(network.shown)
        step.stopped = len(shown_at) == 4

    wish = EvidenceRequest(model, case, True, show)
    while run_evidence(session, [wish]):
        pass
    assert found.stopped
    assert found.step is not None
    assert 0 < found.step.done < found.step.total
    assert found.evidence.badge is None
    stopped, found_at = network.shown, found.step.done
    assert not run_evidence(session, [wish])
    assert network.shown == stopped
    found.stopped = False
    while run_evidence(session, [EvidenceRequest(model, case, True, lambda step: None)]):
        pass
    assert found.finished
    assert found.evidence.badge == whole.badge
    assert network.shown - stopped <= found.step.total - found_at


def test_nobody_waits_for_the_networks_that_evidence_is_held_against(network):
    held = LoadedModel(network.explainer).baselines
    assert held.randomized
    assert all(isinstance(each().network, SerializedNetwork) for each in held.randomized)


# The mask


def test_the_outline_is_drawn_where_it_is_asked_for(network):
    at = why(dropped())
    before = shown(at)
    at.toggle(key="outline").set_value(True).run()
    after = shown(at)
    assert after["Original"] != before["Original"]
    assert after["Overlay"] != before["Overlay"]
    assert after["Heatmap"] == before["Heatmap"]
    drawn = outlined(read_photo(png()).rgb, GRAINS)
    pink = (drawn == (255, 40, 150)).all(axis=2)
    assert pink.any()
    assert not (pink & ~GRAINS)[2:-2, 2:-2].any()  # it runs along the inside


def test_the_numbers_follow_slider_and_swap_and_only_what_hangs_on_them_is_asked(network):
    at = why(dropped())
    asked = network.shown
    lower = GRAINS.copy()
    lower[:, -8:] = True
    for control, value, mask in (
        ("level", 20, lower),
        ("swap", True, ~lower),
        ("level", 50, ~GRAINS),
        ("swap", False, GRAINS),
    ):
        kind = "slider" if control == "level" else "toggle"
        key_of(at, kind, f"{control}-").set_value(value).run()
        assert not at.exception
        _, known = core_says(network, png(), mask)
        say = Texts("en")
        chance = say.plain("percent", value=round(100 * known.localization.chance))
        assert f"which fills {chance} of the photo" in text(at)
        filled = say.plain("percent", value=round(100 * mask.mean()))
        assert f"what counts as rice, {filled}" in text(at)
        assert TABLES["en"]["proof.stable.title"] in text(at)
        assert "changed photos" in text(at)  # what does not hang on the mask is still there
    assert network.shown - asked <= 4 * 16


@pytest.mark.parametrize("language", list(TABLES))
@pytest.mark.parametrize("problem", ["no_rice", "not_separable"])
def test_a_photo_without_rice_says_so_and_what_to_do(network, monkeypatch, language, problem):
    def lost(rgb) -> Rice:
        return Rice(found_rice(rgb).likelihood, 0.05, problem)

    monkeypatch.setattr(rice_masks, "find_rice", lost)
    at, say = dropped(language), Texts(language)
    reason = say.plain(f"reason.{problem}", target="green")
    assert say.plain("verdict.unclear", reason=reason) in text(at)
    assert TABLES[language][f"remedy.{problem}"] in text(at)
    assert network.shown == 1
    key_of(why(at), "slider", "level-").set_value(60).run()  # the visitor marks it
    assert say.plain("reason.rice_suffices", target="green") in text(at)


def test_each_photo_keeps_its_own_marking(network):
    at = drop(page(), ("a.png", png()), ("b.png", png(of_background=(50, 50, 50))))
    key_of(why(at), "slider", "level-").set_value(20).run()
    at.button(key="strip.on").click().run()
    assert key_of(at, "slider", "level-").value == 50
    at.button(key="strip.back").click().run()
    assert key_of(at, "slider", "level-").value == 20


def test_the_mask_can_be_taken_away(network):
    at = why(dropped())
    explanation, _ = core_says(network, png())
    with Image.open(BytesIO(mask_png(GRAINS, explanation))) as image:
        assert np.array_equal(np.asarray(image) > 0, GRAINS)
        assert image.info["Photo SHA-256"] == explanation.sha256
    button = next(each for each in at.get("download_button") if "download-mask" in str(each.proto))
    assert button.proto.label == TABLES["en"]["mask.download"]


# The demonstration


@pytest.fixture
def both(serve, tmp_path, monkeypatch) -> dict[str, Counted]:
    """A model that looks at the grains and one that looks at the table, and another."""
    # On a magenta table both say the same, each for its own reason.
    networks = {
        "a": Counted(-TABLE, threshold=0.2),
        "b": Counted(GRAINS, threshold=0.2),
        "real": Counted(WHOLE),
    }
    serve(**networks)
    folder = tmp_path / "demonstration"
    folder.mkdir()
    (folder / "one.png").write_bytes(png(GREEN, MAGENTA))
    (folder / "samples.json").write_text(json.dumps([{"file": "one.png", "variety": "Ipsala"}]))
    monkeypatch.setattr(demo, "PHOTOS", folder)
    return networks


@pytest.mark.parametrize("language", list(TABLES))
def test_the_demonstration_tells_the_cheat_from_the_honest_model(both, language):
    at, say = page(language), Texts(language)
    assert TABLES[language]["demonstration.question"] in text(at)
    assert at.selectbox(key="model").value.endswith("real")
    at.button(key="demonstration-begin").click().run()
    assert not at.exception
    assert at.selectbox(key="model").value.endswith("a")
    for name, verdict, reason in (
        ("a", "background", "stays_without_rice"),
        ("b", "rice", "rice_suffices"),
    ):
        model = f"Model {name}" if language == "en" else f"モデル{name}"
        score = say.percent(
            float(both[name].asked.scores(read_photo(png(GREEN, MAGENTA)).rgb[None])[0, 0])
        )
        assert say.plain(
            "demonstration.answer", model=model, predicted="green", score=score
        ) in text(at)
        sentence = say.plain(f"reason.{reason}", target="green")
        assert say.plain(f"verdict.{verdict}", reason=sentence) in text(at)
    at.button(key="look-1").click().run()
    assert at.selectbox(key="model").value.endswith("b")
    assert at.button(key="look-1").disabled
    assert both["real"].shown == 0


def test_the_demonstration_goes_on_with_a_visitors_own_photos(both):
    at = page()
    at.button(key="demonstration-begin").click().run()
    drop(at, ("own.png", png(GREEN, (170, 50, 170))))
    assert "own.png" in [each.value for each in at.text]
    assert "It looks at the rice" in text(at)
    assert "It looks at the background" in text(at)


def test_another_model_shows_no_demonstration(both):
    at = dropped()
    assert TABLES["en"]["demonstration.how"] not in text(at)
    assert both["a"].shown == both["b"].shown == 0


def test_without_the_two_models_there_is_no_demonstration(network):
    assert TABLES["en"]["demonstration.question"] not in text(page())
