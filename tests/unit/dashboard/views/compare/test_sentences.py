"""What differs, in sentences."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from core.evidence.comparison import ComparedMap, Comparison, compare
from core.evidence.localization import Localization
from core.explain.explanation import Explanation
from core.explain.request import ExplainRequest
from core.images.decode import PREVIEW, read_photo
from dashboard.i18n.translate import Texts
from dashboard.state.session import DEFAULT_REQUEST
from dashboard.views.compare.sentences import own_methods, sentences
from dashboard.views.evidence.verdict import percent
from tests.support.page import (
    Network,
    explainer_of,
    jpeg,
)

EN = Texts("en")


def test_the_words_change_where_the_numbers_do():
    one = Explanation(
        "p", "m", DEFAULT_REQUEST, ("A",),
        explainer_of(Network()).explain([read_photo(jpeg(1), longest=PREVIEW)])[0].placement,
        np.ones(1, np.float32), np.ones(1, np.float32), np.float32([[[1, 2], [3, 4]]]),
    )  # fmt: skip
    found = compare(one, one, ("A", "A"))

    def place(overlap: float) -> str:
        return sentences(EN, replace(found, overlap=overlap), True, False, True)[0].text

    assert [place(share).split(" place")[0] for share in (0.75, 0.74, 0.5, 0.49)] == [
        "Their heat lies mostly in the same",
        "Their heat lies partly in the same",
        "Their heat lies partly in the same",
        "Their heat lies mostly in different",
    ]
    stronger = replace(found, right=replace(found.right, strongest=40.0))
    texts = [told.text for told in sentences(EN, stronger, True, True, True)]
    assert EN("difference.strength.right", times="10") in texts
    narrow = replace(
        found,
        left=replace(found.left, half_heat_area=0.1),
        right=replace(found.right, half_heat_area=0.3),
    )
    texts = [told.text for told in sentences(EN, narrow, True, False, True)]
    assert EN("difference.half.left", left=EN.percent(0.1), right=EN.percent(0.3)) in texts
    texts = [told.text for told in sentences(EN, narrow, True, False, False)]
    assert EN("difference.half.cells", left=EN.percent(0.1), right=EN.percent(0.3)) in texts


@pytest.mark.parametrize("language", ["en", "ja"])
def test_that_two_models_are_explained_by_two_methods_is_said(language):
    def view(method):
        return SimpleNamespace(explanation=SimpleNamespace(request=ExplainRequest(method)))

    say, standard, attention = Texts(language), view("grad-cam"), view("libra-grad")
    assert own_methods(say, standard, standard) == ""
    told = own_methods(say, standard, attention)
    names = [say.plain(f"method.{each}") for each in ("grad-cam", "libra-grad")]
    assert -1 < told.index(names[0]) < told.index(names[1])


@pytest.mark.parametrize(
    ("share", "chance", "level"),
    [
        (0.8, 0.5, "more"),
        (0.55, 0.5, "chance"),
        (0.45, 0.5, "chance"),
        (0.3, 0.5, "less"),
        (1.0, 0.96, "full"),
    ],
)
def test_heat_on_the_rice_is_compared_with_chance(share, chance, level):
    say = Texts("en")
    found = Localization(share, chance, None)
    side = ComparedMap("A", 0.9, "A", 0.9, 1.0, None, 0.2, found)
    none = replace(side, localization=replace(found, share=None))
    unsure = replace(side, localization=None)

    def part(which: str) -> str:
        shares = {"share": percent(say, share), "chance": percent(say, chance)}
        if level == "full":
            shares.pop("chance")
        return say(f"difference.rice.{level}", side=say(f"difference.side.{which}"), **shares)

    def told(left: ComparedMap, right: ComparedMap) -> list[str]:
        numbers = Comparison(left, right, None, None)
        return [each.text for each in sentences(say, numbers, False, False, True)]

    both = say.plain("difference.rice.two", left=part("left"), right=part("right"))
    assert both in told(side, side)
    assert say.plain("difference.rice.one", one=part("right")) in told(none, side)
    assert not any(part("left") in text for text in told(none, none))
    unknown = say("difference.rice.unsure", side=say("difference.side.right"))
    one = say.plain("difference.rice.one", one=part("left"))
    assert say.plain("sentences", first=one, second=unknown) in told(side, unsure)
