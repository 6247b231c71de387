"""What the viewer is sent of a photo."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.explain.render import COLORS, cell_levels, color_table, heat_on_photo, stretch_table
from core.images.decode import PREVIEW, read_photo
from core.images.preprocess import input_on_photo, place
from core.models.card import Card, Input, class_names
from dashboard.i18n.translate import Texts
from dashboard.state.controls import PREDICTED
from dashboard.state.session import Session
from dashboard.state.view_state import PhotoView
from dashboard.viewer.content import PairSide, classes_with_bars, pair_content, photo_content
from dashboard.work.photo_previews import jpeg as as_jpeg
from tests.support.page import Network, explained, jpeg, view_of

DATA = jpeg(1)
ANSWER = explained(Network(), DATA)
EN = Texts("en")


def pixels(png: bytes) -> np.ndarray:
    with Image.open(BytesIO(png)) as image:
        return np.asarray(image)


def content(
    views: dict[str, PhotoView], target: str = "B", **how: Any
) -> tuple[dict[str, Any], list[bytes]]:
    header, parts = photo_content(EN, Session(), views[target], views, **how)
    return header | header["sides"][0], parts.bodies


@pytest.mark.parametrize("top", [None, 2.0])
@pytest.mark.parametrize("geometry", ["squash", "crop", "letterbox"])
def test_pictures_are_what_core_draws(geometry, top):
    answer = replace(ANSWER, placement=place((40, 60), (64, 64), geometry))
    views = {name: view_of(DATA, answer, name, top=top) for name in "ABC"}
    header, parts = content(views)
    rgb = read_photo(DATA, longest=PREVIEW).rgb
    assert parts[header["photo"]] == as_jpeg(rgb)
    assert parts[header["stretch"]] == stretch_table(rgb).tobytes()
    assert header["input"] == input_on_photo(answer.placement, (40, 60))
    left, top_row, width, height = header["covered"]
    for name in COLORS:
        assert parts[header["colors"][name]] == color_table(name).tobytes()
    for name, sent in header["maps"].items():
        heat = heat_on_photo(answer.map(name), answer.placement, (40, 60), top)
        assert np.array_equal(pixels(parts[sent["levels"]]), heat.levels)
        assert parts[sent["cells"]] == cell_levels(answer.map(name), heat).tobytes()
        values = np.frombuffer(parts[sent["values"]], "<f4").reshape(sent["grid"])
        assert np.array_equal(values, answer.map(name))
        assert sent["most"] == heat.high
        inside = np.zeros_like(heat.covered)
        inside[top_row : top_row + height, left : left + width] = True
        assert np.array_equal(inside, heat.covered)


def test_a_class_that_nothing_speaks_for_has_a_sentence():
    answer = replace(ANSWER, maps=-np.abs(ANSWER.maps))
    header, _ = content({"B": view_of(DATA, answer, "B")})
    assert header["maps"]["B"]["nothing"].endswith("Choose another variety to see its evidence.")
    speaking = content({"B": view_of(DATA, ANSWER, "B")})[0]
    assert speaking["maps"]["B"]["nothing"] == ""


def test_the_outline_goes_where_it_is_asked_for():
    views = {"B": view_of(DATA, ANSWER, "B")}
    assert content(views)[0]["rice"] is None
    mask = np.zeros((40, 60), bool)
    mask[10:30, 10:30] = True
    header, parts = content(views, mask=mask)
    assert np.array_equal(pixels(parts[header["rice"]]) > 0, mask)


def test_own_pixels_go_only_where_they_are_asked_for_and_more_than_the_previews():
    small = {"B": view_of(DATA, ANSWER, "B")}
    assert content(small, close=True)[0]["sharp"] is None
    data = jpeg(1, 1200, 900)
    views = {"B": view_of(data, explained(Network(), data), "B")}
    assert content(views)[0]["sharp"] is None
    header, parts = content(views, close=True)
    assert header["full"] == (1200, 900) > tuple(header["size"])
    assert read_photo(parts[header["sharp"]]).rgb.shape == (900, 1200, 3)


def many(classes: int, target: int) -> PhotoView:
    """A photo of a model with so many classes, each likelier than the one before."""
    names = tuple(f"class {number}" for number in range(classes))
    scores = np.float32(np.arange(1, classes + 1) / sum(range(1, classes + 1)))
    maps = np.ones((classes, 2, 2), np.float32)
    answer = replace(ANSWER, classes=names, scores=scores, maps=maps)
    card = Card(class_names(list(names)), Input(64, 64))
    return replace(view_of(DATA, answer, names[target]), card=card)


@pytest.mark.parametrize(("classes", "bars", "others"), [(3, 3, 0), (6, 6, 0), (8, 5, 3)])
def test_the_highest_come_first_and_the_rest_is_one_row(classes, bars, others):
    view = many(classes, classes - 1)
    panel = content({view.target: view}, view.target)[0]["panel"]
    shares = [bar["share"] for bar in panel["bars"]]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == bars
    assert panel["bars"][0]["score"] == EN.percent(shares[0])
    assert [bar["choice"] for bar in panel["bars"]][:2] == [PREDICTED, f"class {classes - 2}"]
    assert [each["name"] for each in panel["others"]] == [f"class {n}" for n in range(others)]
    if others:
        rest = float(view.explanation.scores[:others].sum())
        assert panel["texts"]["others"] == EN.plain("scores.others", count=others)
        assert panel["texts"]["others.score"] == EN.percent(rest)


def test_the_class_in_view_has_a_bar_even_if_it_is_unlikely():
    assert classes_with_bars(many(8, 0))[-1] == "class 0"


@pytest.mark.parametrize(("at", "previous", "following"), [(0, False, True), (2, True, False)])
def test_the_way_to_other_photos(at, previous, following):
    view = view_of(DATA, ANSWER, "B")
    order = ["0", "1", "2"]
    order[at] = view.entry.sha256
    way = content({"B": view}, order=order)[0]["way"]
    assert (way["previous"], way["next"]) == (previous, following)
    assert way["place"] == EN.plain("strip.place", number=at + 1, total=3)
    assert content({"B": view}, order=order[at : at + 1])[0]["way"] is None


def test_two_sides_share_what_is_the_same():
    views = {PREDICTED: view_of(DATA, ANSWER, "B"), "C": view_of(DATA, ANSWER, "C")}
    scale = {"low": "none", "high": "strongest", "legend": "One scale."}
    sides = [PairSide("Left", views=views), PairSide("Right", views={"C": views["C"]})]
    header, parts = pair_content(EN, Session(), sides, {"C": "Cee"}, scale)
    left, right = header["sides"]
    assert (left["photo"], left["stretch"]) == (right["photo"], right["stretch"])
    assert left["maps"]["C"]["levels"] == right["maps"]["C"]["levels"]
    assert parts.bodies[left["maps"][PREDICTED]["values"]] == ANSWER.map("B").tobytes()
    assert header["usual"] == left["usual"] == PREDICTED
    assert header["panel"]["targets"] == [{"name": "C", "label": "Cee"}]
    assert header["scale"] == scale
    assert header["shows"] == "-".join(2 * [views["C"].entry.sha256])


def test_a_side_says_that_its_photo_is_unfamiliar():
    sides = [
        PairSide("", views={"B": view_of(DATA, replace(ANSWER, familiarity=measured), "B")})
        for measured in (0.1, 0.9)
    ]
    left, right = pair_content(EN, Session(), sides, {}, {})[0]["sides"]
    assert left["unfamiliar"] == EN.plain("unfamiliar")
    assert "unfamiliar" not in right


def test_a_side_without_pictures_says_why():
    sides = [
        PairSide("Left", views={"B": view_of(DATA, ANSWER, "B")}),
        PairSide("R", problem="No."),
    ]
    left, right = pair_content(EN, Session(), sides, {}, {})[0]["sides"]
    assert "photo" in left
    assert right["problem"] == "No."
    assert "photo" not in right


def test_a_method_without_classes_offers_none():
    view = view_of(DATA, ANSWER, "B", request=replace(ANSWER.request, method="eigen-cam"))
    panel = content({"B": view})[0]["panel"]
    assert not panel["selectable"]
    assert panel["texts"]["target"] == EN.plain("target.any")
