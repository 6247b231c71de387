"""The page without a browser: what it shows, keeps, and says of files it cannot take."""

from __future__ import annotations

import gc
import json
import logging
import re
import subprocess
import sys
import weakref

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.images.decode import PREVIEW, read_photo
from core.images.preprocess import fit, place
from dashboard.i18n.translate import TABLES, Texts, escape
from dashboard.work import model_pool, photo_previews
from tests.support.page import (
    ROOT,
    drop,
    explained,
    explainer_of,
    install,
    jpeg,
    more,
    network,
    page,
    said,
    shown,
    tiles,
)

__all__ = ["network"]  # a fixture


HOSTILE = [
    "<img src=x onerror=alert(1)>.jpg", "**bold**.jpg", ":red[x].jpg", "$x$.jpg",
    "[link](https://example.org).jpg", "www.example.org.jpg", ":material/delete:.jpg",
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "Drop a few photos"), ("ja", "お米の写真")]
)
def test_the_empty_page_explains_itself_without_opening_a_model(network, language, sentence):
    at = page(language)
    assert not at.exception
    assert sentence in said(at)
    assert "svg" in at.get("image")[0].proto.imgs[0].url
    assert TABLES[language]["empty.picture"] == at.get("image")[0].proto.imgs[0].alt
    assert network.calls == 0


def test_the_empty_page_does_not_wait_for_tensorflow():
    script = (
        "import sys; from streamlit.testing.v1 import AppTest;"
        f"at = AppTest.from_file({str(ROOT / 'dashboard' / 'app.py')!r}, default_timeout=20).run();"
        "assert not at.exception and at.title[0].value;"
        "print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_an_unknown_language_falls_back_to_english(network):
    assert "Drop a few photos" in said(page("xx"))


def test_a_photo_shows_its_three_pictures_and_every_class(network):
    at = drop(page(), ("IMG.jpg", jpeg(1, 60, 40)))
    explanation = explained(network, jpeg(1))
    say = Texts("en")
    assert set(shown(at)) == {"Original", "Heatmap", "Overlay"}
    assert at.header[0].value == say(
        "answer", predicted=explanation.predicted, score=say.percent(explanation.scores.max())
    )
    for name, score in zip("ABC", explanation.scores, strict=True):
        assert re.search(
            f">{name}</th>.*{re.escape(say.percent(float(score)).replace('<', '&lt;'))}</td>",
            scores_table(at).replace("</tr>", "</tr>\n"),
        )
    assert "60 × 40 pixels" in said(at)
    assert "2 × 2 cells" in said(at)
    assert not tiles(at)  # one photo needs no way to the others


def scores_table(at: AppTest) -> str:
    return next(html.proto.body for html in at.get("html") if "<table" in html.proto.body)


def test_bad_files_are_named_beside_the_rest_which_goes_on(network):
    at = drop(
        page("ja"),
        ("a.jpg", jpeg(1)),
        ("none.jpg", b""),
        ("doc.jpg", b"%PDF-1.7"),
        ("b.jpg", jpeg(2)),
    )
    assert len(tiles(at)) == 2
    texts = [text.value for text in at.text]
    assert "none.jpg" in texts
    assert "doc.jpg" in texts
    assert "ファイルが空です" in said(at)
    assert "PDF文書" in said(at)
    next(button for button in at.button if str(button.key).startswith("dismiss-")).click()
    at.run()
    assert "none.jpg" not in [text.value for text in at.text]
    assert len(tiles(at)) == 2


def test_only_bad_files_leave_a_page_that_still_works(network):
    at = drop(page(), ("none.jpg", b""))
    assert not at.exception
    assert network.calls == 0
    drop(at, ("none.jpg", b""), ("a.jpg", jpeg(1)))
    assert "Heatmap" in shown(at)


def test_the_same_bytes_appear_once_whatever_their_names(network):
    at = drop(page(), ("a.jpg", jpeg(1)), ("copy of a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    assert len(tiles(at)) == 2
    assert [toast.value for toast in at.toast] == ["Already added, so skipped: 1"]


def test_an_error_nobody_foresaw_hits_one_photo_and_goes_to_the_log(network, caplog):
    photo = read_photo(jpeg(2), longest=PREVIEW)
    fitted = fit(photo.rgb, place((40, 60), (64, 64), "squash"))
    network.chokes_on = explainer_of(network).prepare(fitted[None])[0]
    with caplog.at_level(logging.ERROR, "dashboard"):
        at = drop(page(), *((f"{seed}.jpg", jpeg(seed)) for seed in range(4)))
    assert len(tiles(at)) == 3
    assert "2.jpg" in [text.value for text in at.text]
    assert "Unexpected error" in said(at)
    assert "secret detail" not in said(at)
    assert "secret detail" in caplog.text


def test_class_blend_colours_and_scale_only_draw_anew(network):
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    at = more(at)  # measures what a question costs
    calls, first = network.calls, shown(at)
    other = "C" if explained(network, jpeg(1)).predicted != "C" else "A"

    at.button_group(key="target").set_value(other).run()
    of_class = shown(at)
    assert of_class["Original"] == first["Original"]
    assert of_class["Heatmap"] != first["Heatmap"]

    at.slider(key="blend").set_value(80).run()
    blended = shown(at)
    assert blended["Heatmap"] == of_class["Heatmap"]
    assert blended["Overlay"] != of_class["Overlay"]

    at.button_group(key="colors").set_value("jet").run()
    assert shown(at)["Heatmap"] != blended["Heatmap"]
    at.button_group(key="scale").set_value("shared").run()
    assert "All photos share this scale" in said(at)
    assert network.calls == calls


def test_the_photo_is_decoded_once_while_it_is_in_view(network, monkeypatch):
    decoded = []
    monkeypatch.setattr(
        photo_previews, "read_photo", lambda *a, **k: decoded.append(1) or read_photo(*a, **k)
    )
    at = drop(page(), ("a.jpg", jpeg(1)))
    for blend in (0, 10, 90):
        at.slider(key="blend").set_value(blend).run()
    at.button_group(key="target").set_value("B").run()
    assert len(decoded) == 1


def test_the_ends_of_the_blend_are_the_photo_and_the_heatmap(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    at.slider(key="blend").set_value(0).run()
    assert shown(at)["Overlay"] == shown(at)["Original"]
    at.slider(key="blend").set_value(100).run()
    assert shown(at)["Overlay"] == shown(at)["Heatmap"]


def test_going_through_the_photos_keeps_class_and_blend(network):
    at = drop(page(), *((f"{seed}.jpg", jpeg(seed)) for seed in range(3)))
    at.button_group(key="target").set_value("B").run()
    at.slider(key="blend").set_value(30).run()
    at.button(key="strip.on").click().run()
    assert "Photo 2 of 3" in said(at)
    assert "1.jpg" in [text.value for text in at.text]
    assert at.button_group(key="target").value == "B"
    assert at.slider(key="blend").value == 30
    last = [button for button in at.button if str(button.key).startswith("select-")][-1]
    last.click().run()
    assert "Photo 3 of 3" in said(at)
    assert at.button(key="strip.on").disabled
    at.button(key="strip.back").click().run()
    assert "Photo 2 of 3" in said(at)


def test_many_photos_are_shown_page_by_page(network):
    at = drop(page(), *((f"{seed}.jpg", jpeg(seed)) for seed in range(14)))
    assert len(tiles(at)) == 12
    at.button(key="strip.page_on").click().run()
    assert len(tiles(at)) == 2
    assert "Photo 13 of 14" in said(at)


def test_new_photos_come_into_view(network):
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    drop(at, ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)), ("none.jpg", b""), ("c.jpg", jpeg(3)))
    assert "Photo 3 of 3" in said(at)


def test_nothing_speaking_for_a_class_is_a_sentence_not_a_picture(network):
    network.weights = -np.abs(network.weights)
    at = drop(page(), ("a.jpg", jpeg(1)))
    assert set(shown(at)) == {"Original"}
    assert "This photo has no evidence for" in at.info[0].value
    at.session_state["scale"] = "shared"
    assert set(shown(at.run())) == {"Original"}


def test_the_language_switch_keeps_the_photos_and_is_kept_in_the_address(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    at.button_group(key="language").set_value("ja").run()
    assert set(shown(at)) == {"元の写真", "ヒートマップ", "重ねた画像"}
    assert at.query_params["lang"] in ("ja", ["ja"])
    assert network.calls == 1


def test_starting_over_forgets_all_photos(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    next(button for button in at.button if button.label == "Remove all photos").click()
    assert "Drop a few photos" in said(at.run())
    assert not at.session_state["session"].photos


def test_a_closed_visit_leaves_no_photo_behind(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    entries = [weakref.ref(entry) for entry in at.session_state["session"].photos.values()]
    assert entries[0]() is not None
    del at
    gc.collect()
    assert entries[0]() is None


def test_rendered_samples_are_labelled_as_rendered(network, tmp_path):
    folder = tmp_path / "samples"
    folder.mkdir()
    (folder / "one.jpg").write_bytes(jpeg(5))
    row = {"file": "one.jpg", "variety": "Ketan", "layout": "heap", "background": "", "seed": 1}
    (folder / "samples.json").write_text(json.dumps([row]), "utf-8")
    at = page()
    next(button for button in at.button if button.label == "Try samples").click()
    assert "Rendered sample: Ketan" in [text.value for text in at.run().text]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_name_is_shown_as_it_is(network, name):
    at = drop(page(), (name, jpeg(1)), (f"bad {name}", b""))
    assert name in [text.value for text in at.text]
    assert f"bad {name}" in [text.value for text in at.text]
    assert all(name not in str(element.value) for element in [*at.markdown, *at.caption])
    assert all(name not in html.proto.body for html in at.get("html"))


def test_class_names_cannot_act_as_markup(network, tmp_path, monkeypatch):
    names = ("<b>x</b>", "**y**", ":red[z]")
    install(tmp_path, "rice-224", "$x$", "**x**", names)
    monkeypatch.setattr(
        model_pool, "open_explainer", lambda path, cache=None: explainer_of(network, names)
    )
    at = drop(page(), ("a.jpg", jpeg(1)))
    assert not at.exception
    everything = "\n".join([said(at), *tiles(at), *at.button_group(key="target").options])
    for name in names[1:]:
        assert name not in everything
        assert escape(name) in everything
    assert f"About the model: {escape('$x$')}" in [expander.label for expander in at.expander]
    assert "<b>" not in scores_table(at)
    assert "&lt;b&gt;x&lt;/b&gt;" in scores_table(at)
