"""Grain by grain on the page: nothing before it is opened, then what core says."""

from __future__ import annotations

import sys
from io import BytesIO

import pytest
from PIL import Image

from core.explain.open_explainer import open_explainer
from core.grain_counting.count_grains import count_grains
from core.grain_counting.counts import count_varieties
from core.images.decode import PREVIEW, read_photo
from core.models.registry import GRAIN_MODEL, find_model
from dashboard.i18n.translate import Texts
from dashboard.views import grain_counts
from dashboard.work.photo_previews import preview
from dashboard.work.rice_masks import paint
from tests.support.drawn_grains import scattered, table
from tests.support.page import ROOT, drop, page


def as_file(*drawn):
    file = BytesIO()
    Image.fromarray(table(*drawn)[0]).save(file, "PNG")
    return file.getvalue()


PHOTO = as_file(*scattered(12), (2, 400, 60, 20, 0), (300, 400, 88, 30, 0))


@pytest.fixture
def shipped(monkeypatch, without_evidence):
    monkeypatch.setattr(sys, "argv", ["app.py"])


def opened(at):
    at.session_state.grains = True
    return at.run()


def told(at):
    return "\n".join(each.value for each in [*at.markdown, *at.caption, *at.info, *at.warning])


def tables(at):
    return [each.proto.body for each in at.get("html") if 'class="grains"' in each.proto.body]


def test_nothing_is_looked_at_before_it_is_opened(shipped, monkeypatch):
    asked = []
    monkeypatch.setattr(grain_counts, "count_grains", lambda *given: asked.append(given))
    at = drop(page(), ("a.png", PHOTO))
    assert not at.exception
    assert not asked
    assert tables(at) == []


def test_while_rice_is_painted_grains_are_not_counted_again(shipped, monkeypatch):
    counted = []

    def count(photo, explainer, mask, problem):
        counted.append(int(mask.sum()))
        return count_grains(photo, explainer, mask, problem)

    monkeypatch.setattr(grain_counts, "count_grains", count)
    at = opened(drop(page("ja"), ("a.png", PHOTO)))
    (before,), session = tables(at), at.session_state.session
    (entry,) = session.photos.values()
    height, width = preview(session, entry).rgb.shape[:2]
    at.session_state.brush = entry.sha256
    for rows in (100, 200, height):  # from above, painted as what is no rice
        strokes = [3 * rows * width + 2, *([3 * (height - rows) * width] if rows < height else [])]
        paint(session, {"of": entry.sha256, "runs": strokes})
        at.run()
        assert tables(at) == [before]
        assert Texts("ja")("grains.painting") in told(at)
    assert len(counted) == 1
    at.session_state.brush = ""
    at.run()
    assert len(counted) == 2
    assert tables(at) == []
    assert Texts("ja")("grains.painting") not in told(at)


def test_numbers_are_those_of_core(shipped):
    at = opened(drop(page("en"), ("a.png", PHOTO)))
    assert not at.exception
    say, explainer = Texts("en"), open_explainer(find_model(GRAIN_MODEL))
    found = count_grains(read_photo(PHOTO, longest=PREVIEW), explainer)
    counts = count_varieties(found.grains, explainer.card.names)
    assert (counts.classified, counts.not_separated, counts.at_edge) == (12, 1, 1)
    said = told(at)
    assert say("grains.told", grains=15, told=12) in said
    assert say("grains.of.not_separated", pieces=1, grains=2) in said
    assert say("grains.of.at_edge", pieces=1) in said
    assert say("grains.doubtful") in said
    (html,) = tables(at)
    rows = html.split("<tr>")[2:]
    assert len(rows) == 5
    for row, share in zip(rows, counts.shares, strict=True):
        assert say.of_class(share.variety, explainer.card) in row
        assert f"<td>{share.grains}</td>" in row
    assert "px" in html
    scale = at.number_input[0].set_value(10.0).run()
    assert "mm" in tables(scale)[0]
    assert "px" not in tables(scale)[0]


def test_broken_grains_are_counted_apart(shipped):
    halves = [(60 + 100 * n, 330, 33, 20, 90) for n in range(4)]
    at = opened(drop(page("en"), ("a.png", as_file(*scattered(12), *halves))))
    assert not at.exception
    say, said = Texts("en"), told(at)
    assert say("grains.told", grains=16, told=12) in said
    interval = say.plain("grains.between", low=10, high=49)
    assert say("grains.broken", broken=4, share=say.percent(0.25), interval=interval) in said


def test_where_whole_grains_are_not_known_it_says_so_instead_of_a_share(shipped, monkeypatch):
    monkeypatch.setattr("core.grain_counting.count_grains.whole_are_known", lambda *sizes: False)
    at = opened(drop(page("en"), ("a.png", as_file(*scattered(12), (60, 330, 33, 20, 90)))))
    assert not at.exception
    assert [each.value for each in at.warning] == [Texts("en")("grains.broken_unknown")]
    assert "interval 0" not in told(at)
    assert " broken**" not in told(at)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_where_the_model_knows_the_varieties_hardly_the_shares_have_no_interval(
    language, shipped, monkeypatch
):
    monkeypatch.setattr("core.grain_counting.count_grains.SURE", 1.1)
    at = opened(drop(page(language), ("a.png", as_file(*scattered(12)))))
    assert not at.exception
    say = Texts(language)
    assert [each.value for each in at.warning] == [
        say("grains.varieties_unknown", unsure=12, told=12)
    ]
    assert say("grains.of.unsure", unsure=12, sure=say.percent(0.8)) in told(at)
    assert say("grains.told", grains=12, told=12) in told(at)
    assert say("grains.no_interval") in told(at)
    assert tables(at)[0].count(f"<td>{say.plain('grains.not_sure')}</td>") == 5


@pytest.mark.parametrize("language", ["en", "ja"])
def test_grains_unlike_all_that_the_model_learned_from_are_said_to_be_so(language, shipped):
    data = (ROOT / "assets" / "samples" / "ketan-scattered-slate.jpg").read_bytes()
    at, say = opened(drop(page(language), ("a.jpg", data))), Texts(language)
    assert not at.exception
    found = count_grains(read_photo(data, longest=PREVIEW), open_explainer(find_model(GRAIN_MODEL)))
    counts = count_varieties(found.grains, ["Arborio"])
    assert [each.value for each in at.warning] == [
        say("grains.unfamiliar", unfamiliar=counts.unfamiliar, told=counts.classified)
    ]
    assert say.plain("grains.not_sure") in tables(at)[0]


def test_where_rice_and_background_look_alike_the_count_itself_says_so(shipped, monkeypatch):
    def count(photo, explainer, mask, problem):
        return count_grains(photo, explainer, mask, "not_separable")

    monkeypatch.setattr(grain_counts, "count_grains", count)
    at, say = opened(drop(page("en"), ("a.png", as_file(*scattered(12))))), Texts("en")
    assert [each.value for each in at.warning] == [say("grains.unsure")]
    assert say("grains.maybe", grains=12, told=12) in told(at)
    assert say("grains.told", grains=12, told=12) not in told(at)
    assert tables(at)[0].count("<td>not sure</td>") == 5


def test_the_model_of_grains_is_not_offered_for_photos(shipped):
    at = drop(page(), ("a.png", PHOTO))
    assert len(at.selectbox(key="model").options) == 4
    assert not any("5" in option for option in at.selectbox(key="model").options)


def test_a_photo_without_grains_says_so(shipped):
    at = opened(drop(page(), ("a.png", as_file())))
    assert not at.exception
    assert Texts("en")("grains.no_rice") in told(at)
    assert tables(at) == []
