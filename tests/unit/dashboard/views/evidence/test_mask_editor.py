"""The rice mask, put right by the visitor."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.evidence.conditions import CHANGES
from core.evidence.verdict import load_thresholds
from core.explain.output_files import mask_png
from core.segmentation.rice_mask import Rice
from dashboard.i18n.translate import TABLES, Texts
from dashboard.state.session import MaskEdit
from dashboard.work import rice_masks
from dashboard.work.painted_mask import BACKGROUND, FOUND, pack_runs
from tests.support.evidence_page import (
    GRAINS,
    core_says,
    dropped,
    found_rice,
    key_of,
    png,
    text,
    why,
)
from tests.support.known_networks import known_baselines
from tests.support.page import (
    choose,
    drop,
    page,
    shown,
    viewer,
)


def test_the_outline_is_drawn_where_it_is_asked_for(rice_network):
    at = why(dropped())
    before = shown(at)
    choose(at, "outline", True)
    after = shown(at)
    assert after["Original"] != before["Original"]
    assert after["Overlay"] != before["Overlay"]
    assert after["Heatmap"] == before["Heatmap"]
    header, parts = viewer(at)
    with Image.open(BytesIO(parts[header["sides"][0]["rice"]])) as image:
        assert np.array_equal(np.asarray(image) > 0, GRAINS)


def test_the_numbers_follow_slider_and_swap_and_only_what_hangs_on_them_is_asked(rice_network):
    at = why(dropped())
    asked = rice_network.shown
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
        _, known = core_says(rice_network, png(), mask)
        say = Texts("en")
        chance = say.plain("percent", value=round(100 * known.localization.chance))
        assert f"which fills {chance} of the photo" in text(at)
        filled = say.plain("percent", value=round(100 * mask.mean()))
        assert f"what counts as rice, {filled}" in text(at)
        assert TABLES["en"]["check.stable.title"] in text(at)
        assert "changed photos" in text(at)  # what does not hang on the mask is still there
    assert rice_network.shown - asked <= 4 * 24


@pytest.mark.parametrize("problem", ["no_rice", "not_separable"])
def test_a_photo_without_rice_says_so_and_what_to_do(rice_network, monkeypatch, problem):
    def lost(rgb) -> Rice:
        return Rice(found_rice(rgb).likelihood, 0.05, problem)

    monkeypatch.setattr(rice_masks, "find_rice", lost)
    at, say = dropped("en"), Texts("en")
    reason = say.plain(f"reason.{problem}", target="green", count=2)
    assert say.plain("verdict.unclear", reason=reason) in text(at)
    assert TABLES["en"][f"remedy.{problem}"] in text(at)
    follows, line = known_baselines(rice_network.asked).follows, load_thresholds().follows
    followed = sum(follows[condition] >= line for condition, _ in CHANGES.values())
    # No pass that needs rice; where its outline is not known, all that may be rice is taken out.
    assert rice_network.shown == 1 + followed + (8 if problem == "not_separable" else 0)
    at = why(at)
    assert TABLES["en"]["check.rice.unknown"] in text(at)
    key_of(at, "slider", "level-").set_value(60).run()  # a step alone says nothing
    assert say.plain("verdict.unclear", reason=reason) in text(at)
    key_of(at, "toggle", "right-").set_value(True).run()
    assert say.plain("reason.rice_suffices", target="green") in text(at)


def test_a_photo_whose_rice_is_sure_needs_nobodys_word(rice_network):
    at = why(dropped())
    assert not [each for each in at.toggle if each.key.startswith("right-")]


def test_each_photo_keeps_its_own_marking(rice_network):
    at = drop(page(), ("a.png", png()), ("b.png", png(of_background=(50, 50, 50))))
    assert not at.session_state.outline
    key_of(why(at), "slider", "level-").set_value(20).run()
    assert at.session_state.outline  # what is changed is shown
    at.button(key="strip.on").click().run()
    assert key_of(at, "slider", "level-").value == 50
    at.button(key="strip.back").click().run()
    assert key_of(at, "slider", "level-").value == 20


def test_a_painted_mask_is_asked_about_and_one_click_undoes_it(rice_network):
    at = why(dropped())
    before = text(at)
    at.button(key="mask-paint").click().run()
    assert at.session_state.brush == at.session_state.session.selected
    assert not [each for each in at.button if each.key == "mask-found"]
    runs = [3 * (GRAINS.size // 2) + BACKGROUND, 3 * (GRAINS.size - GRAINS.size // 2) + FOUND]
    session = at.session_state.session
    edit = MaskEdit(painted=pack_runs(runs, GRAINS.shape))
    session.mask_edits[session.selected] = edit
    at.run()
    assert not at.exception
    painted = GRAINS.copy()
    painted.ravel()[: GRAINS.size // 2] = False
    _, known = core_says(rice_network, png(), painted)
    chance = Texts("en").plain("percent", value=round(100 * known.localization.chance))
    assert f"which fills {chance} of the photo" in text(at)
    header, parts = viewer(at)
    assert header["choices"]["painted"] == {"of": session.selected, "runs": runs}
    with Image.open(BytesIO(parts[header["sides"][0]["rice"]])) as image:
        assert np.array_equal(np.asarray(image) > 0, GRAINS)
    at.button(key="mask-found").click().run()
    assert text(at) == before


def test_the_mask_can_be_taken_away(rice_network):
    at = why(dropped())
    explanation, _ = core_says(rice_network, png())
    with Image.open(BytesIO(mask_png(GRAINS, explanation))) as image:
        assert np.array_equal(np.asarray(image) > 0, GRAINS)
        assert image.info["Photo SHA-256"] == explanation.sha256
    button = next(each for each in at.get("download_button") if "download-mask" in str(each.proto))
    assert button.proto.label == TABLES["en"]["mask.download"]
