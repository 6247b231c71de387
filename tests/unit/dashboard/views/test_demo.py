"""The demonstration: two models, of which one cheats."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.evidence.conditions import CONDITIONS
from core.images.decode import read_photo
from core.models import registry
from dashboard.i18n.translate import TABLES, Texts
from dashboard.views import demo
from tests.support.evidence_page import (
    GRAINS,
    MAGENTA,
    TABLE,
    WHOLE,
    CountedNetwork,
    dropped,
    png,
    text,
)
from tests.support.known_networks import GREEN, explainer, known_baselines
from tests.support.page import drop, page, viewer_words

LOOKS = ("rice", "background", "condition", "both", "unclear")


@pytest.fixture
def both(serve, tmp_path, monkeypatch) -> dict[str, CountedNetwork]:
    """A model that looks at the grains and one that looks at the table, and another."""
    # On a magenta table both say the same, each for its own reason.
    networks = {
        "a": CountedNetwork(-TABLE, threshold=0.2),
        "b": CountedNetwork(GRAINS, threshold=0.2),
        "real": CountedNetwork(WHOLE),
    }
    serve(**networks)
    monkeypatch.setattr(registry, "MODELS", tmp_path)  # these are the ones that come along
    baselines = known_baselines(explainer(GRAINS))
    by_place = replace(baselines, follows=dict.fromkeys(CONDITIONS, 0.0))  # not by the light
    monkeypatch.setattr("core.evidence.baselines.compute_baselines", lambda asked: by_place)
    folder = tmp_path / "demonstration"
    folder.mkdir()
    (folder / "one.png").write_bytes(png(GREEN, MAGENTA))
    (folder / "samples.json").write_text(json.dumps([{"file": "one.png", "variety": "Ipsala"}]))
    monkeypatch.setattr(demo, "PHOTOS", folder)
    return networks


def begin_of(say: Texts, key: str) -> str:
    """A text up to its first fact, without Markdown."""
    return TABLES[say.language][key].partition("{")[0].replace("**", "")


@pytest.mark.parametrize(
    ("pressed", "chosen"), [("trust-0", "モデルa"), ("trust-1", "モデルb"), ("trust-none", "")]
)
def test_the_demonstration_asks_and_then_tells_the_cheat_from_the_honest_model(
    both, pressed, chosen
):
    at, say = page("ja"), Texts("ja")
    assert TABLES["ja"]["demo.question"] in text(at)
    assert at.selectbox(key="model").value.endswith("real")
    at.button(key="demonstration-begin").click().run()
    assert not at.exception
    assert at.selectbox(key="model").value.endswith("a")
    # Nothing judges before one has chosen, nor the views of each model below.
    assert not any(say.plain(f"demo.looks.{each}", model="").strip() in text(at) for each in LOOKS)
    assert not any(begin_of(say, f"verdict.{each}") in text(at) for each in LOOKS)
    assert not at.header
    at.button(key=pressed).click().run()
    assert not at.exception
    looks = [
        say.plain(f"demo.looks.{each}", model=name)
        for each, name in (("background", "モデルa"), ("rice", "モデルb"))
    ]
    sentence = say.plain("demo.both", first=looks[0], second=looks[1])
    assert sentence in text(at)
    assert (say.plain("demo.chosen", model=chosen) in text(at)) == bool(chosen)
    assert chosen or begin_of(say, "demo.chosen") not in text(at)
    for name, verdict, reason in (
        ("a", "background", "stays_without_rice"),
        ("b", "rice", "rice_suffices"),
    ):
        model = f"モデル{name}"
        score = say.percent(
            float(both[name].asked.scores(read_photo(png(GREEN, MAGENTA)).rgb[None])[0, 0])
        )
        answer = say.plain("demo.answer", predicted="green", score=score)
        assert model in viewer_words(at)
        assert answer in viewer_words(at)
        sentence = say.plain(f"reason.{reason}", target="green")
        assert say.plain(f"verdict.{verdict}", reason=sentence) in text(at)
    at.button(key="look-1").click().run()
    assert at.selectbox(key="model").value.endswith("b")
    assert at.button(key="look-1").disabled
    assert both["real"].shown == 0


def test_a_model_that_the_browser_names_by_itself_does_not_end_the_demonstration(both):
    at = page()
    before = at.selectbox(key="model").value
    at.button(key="demonstration-begin").click().run()
    chosen = at.selectbox(key="model").value
    at.session_state["browser"].unheard["model"] = before, chosen
    at.session_state["session"].asked_to_work = True
    at.selectbox(key="model").set_value(before).run()
    assert at.selectbox(key="model").value == chosen


def test_the_visitor_may_choose_the_model_of_before(both):
    at = page()
    at.button(key="demonstration-begin").click().run()
    at.button(key="trust-none").click().run()
    before = at.selectbox(key="model").value
    at.button(key="look-1").click().run()
    assert at.selectbox(key="model").value != before
    at.selectbox(key="model").set_value(before).run()
    assert at.selectbox(key="model").value == before


def test_the_demonstration_goes_on_with_a_visitors_own_photos(both):
    at = page()
    at.button(key="demonstration-begin").click().run()
    at.button(key="trust-0").click().run()
    drop(at, ("own.png", png(GREEN, (170, 50, 170))))
    assert "own.png" in [each.value for each in at.text]
    assert "It looks at the rice" in text(at)
    assert "It looks at the background" in text(at)


def test_nobody_is_asked_whom_to_trust_with_photos_of_their_own(both):
    at = page()
    name = at.selectbox(key="model").value[: -len("real")] + "a"
    at.selectbox(key="model").set_value(name).run()
    at = drop(at, ("own.png", png(GREEN, MAGENTA)))
    assert not at.exception
    assert TABLES["en"]["demo.question"] not in text(at)
    assert at.header
    assert "It looks at the background" in text(at)
    assert at.expander
    assert both["b"].shown == 0


def test_another_model_shows_no_demonstration(both):
    at = dropped()
    assert TABLES["en"]["demo.how"] not in text(at)
    assert both["a"].shown == both["b"].shown == 0


def test_planted_models_of_the_operators_are_models_like_any_other(both, monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "MODELS", tmp_path / "come along")
    at = page()
    assert TABLES["en"]["demo.question"] not in text(at)
    at.selectbox(key="model").set_value(at.selectbox(key="model").value[:-4] + "a").run()
    at = drop(at, ("a.png", png(GREEN, MAGENTA)))
    assert not at.exception
    assert TABLES["en"]["demo.question"] not in text(at)
    assert "It looks at the background" in text(at)
    at.button(key="start-over-do").click().run()
    assert at.selectbox(key="model").value.endswith("a")


def test_without_the_two_models_there_is_no_demonstration(rice_network):
    assert TABLES["en"]["demo.question"] not in text(page())


def test_the_demonstration_ends_when_its_photos_are_removed(both):
    at = page()
    at.button(key="demonstration-begin").click().run()
    assert at.selectbox(key="model").value.endswith("a")
    at.button(key="start-over-do").click().run()
    assert not at.exception
    assert at.selectbox(key="model").value.endswith("real")
