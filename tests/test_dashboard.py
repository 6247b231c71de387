"""The page without a browser: what each control does."""

from __future__ import annotations

import gc
import json
import logging
import re
import subprocess
import sys
import threading
import time
import weakref
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import library
from core.card import Card, Input, named, write_card
from core.errors import ModelError
from core.explanation import Explanation
from core.photo import Photo, read_photo
from core.preprocess import place
from core.render import panel, pictures
from dashboard import downloads, explaining, models, previews, uploads
from dashboard.controls import PREDICTED, Drawing
from dashboard.models import Shared
from dashboard.texts import TABLES, Texts, escape
from dashboard.where import hottest

ROOT = Path(__file__).resolve().parent.parent
HOSTILE = [
    "<img src=x onerror=alert(1)>.jpg", "**bold**.jpg", ":red[x].jpg", "$x$.jpg",
    "[link](https://example.org).jpg", "www.example.org.jpg", ":material/delete:.jpg",
]  # fmt: skip


class Engine:
    """Answers at once, by the photo's hash; counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.chokes_on = ""
        self.speaks = 1.0

    def explain(self, photos: list[Photo]) -> list[Explanation]:
        self.calls += 1
        if any(photo.sha256 == self.chokes_on for photo in photos):
            raise RuntimeError("secret detail")
        return [self.explanation(photo) for photo in photos]

    def explanation(self, photo: Photo) -> Explanation:
        rng = np.random.default_rng(int(photo.sha256[:8], 16))
        scores = rng.dirichlet(np.ones(3)).astype(np.float32)
        return Explanation(
            photo.sha256, "rice-64", "top_activation", "grad-cam", "logit", ("A", "B", "C"),
            place(photo.full_size[::-1], (64, 64), "squash"), np.log(scores), scores,
            (rng.random((3, 2, 2)) * self.speaks).astype(np.float32),
        )  # fmt: skip


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The page's engine, with one model installed and no samples."""
    install(tmp_path, "rice-64", "Sixty-four", "ロクヨン")
    engine = Engine()
    monkeypatch.setattr(library, "MODELS", tmp_path)
    monkeypatch.setattr(uploads, "SAMPLES", tmp_path / "samples")
    monkeypatch.setattr(explaining, "shared", lambda name: Shared(engine, threading.Lock()))
    return engine


def install(folder: Path, name: str, en: str, ja: str, names: tuple[str, ...] = ("A", "B", "C")):
    (folder / name).mkdir()
    translations = {names[0]: {"ja": "甲"}}
    card = Card(named(list(names), translations), Input(64, 64), {"en": en, "ja": ja})
    write_card(card, folder / name)


def page(language: str = "en") -> AppTest:
    at = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=20)
    at.query_params["lang"] = language
    return at.run()


def jpeg(seed: int, width: int = 60, height: int = 40) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


def drop(at: AppTest, *files: tuple[str, bytes]) -> AppTest:
    at.file_uploader[0].set_value([(name, data, "image/jpeg") for name, data in files])
    return at.run()


def said(at: AppTest) -> str:
    """All that stands on the page."""
    kinds = ("title", "header", "markdown", "caption", "text", "error", "info")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(at, kind))


def shown(at: AppTest) -> dict[str, str]:
    """The addresses of the pictures, by what they show; equal pixels have equal addresses."""
    images = [element.proto.imgs[0] for element in at.get("image")]
    return {image.alt.split(":")[0]: image.url for image in images if ":" in image.alt}


def tiles(at: AppTest) -> list[str]:
    return [button.label for button in at.button if str(button.key).startswith("select-")]


# What the page does


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "Drop a few photos"), ("ja", "お米の写真")]
)
def test_the_empty_page_explains_itself_without_opening_a_model(engine, language, sentence):
    at = page(language)
    assert not at.exception
    assert sentence in said(at)
    assert "svg" in at.get("image")[0].proto.imgs[0].url
    assert TABLES[language]["empty.picture"] == at.get("image")[0].proto.imgs[0].alt
    assert engine.calls == 0


def test_the_empty_page_does_not_wait_for_tensorflow():
    script = (
        "import sys; from streamlit.testing.v1 import AppTest;"
        f"at = AppTest.from_file({str(ROOT / 'dashboard' / 'app.py')!r}, default_timeout=20).run();"
        "assert not at.exception and at.title[0].value;"
        "print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_an_unknown_language_falls_back_to_english(engine):
    assert "Drop a few photos" in said(page("xx"))


def test_a_photo_shows_its_three_pictures_and_every_class(engine):
    at = drop(page(), ("IMG.jpg", jpeg(1, 60, 40)))
    explanation = engine.explanation(read_photo(jpeg(1)))
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


def test_bad_files_are_named_beside_the_rest_which_goes_on(engine):
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


def test_only_bad_files_leave_a_page_that_still_works(engine):
    at = drop(page(), ("none.jpg", b""))
    assert not at.exception
    assert engine.calls == 0
    drop(at, ("none.jpg", b""), ("a.jpg", jpeg(1)))
    assert "Heatmap" in shown(at)


def test_the_same_bytes_appear_once_whatever_their_names(engine):
    at = drop(page(), ("a.jpg", jpeg(1)), ("copy of a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    assert len(tiles(at)) == 2
    assert [toast.value for toast in at.toast] == ["Already here, so not added again: 1"]


def test_an_error_nobody_foresaw_hits_one_photo_and_goes_to_the_log(engine, caplog):
    engine.chokes_on = read_photo(jpeg(2)).sha256
    with caplog.at_level(logging.ERROR, "dashboard"):
        at = drop(page(), *((f"{seed}.jpg", jpeg(seed)) for seed in range(4)))
    assert len(tiles(at)) == 3
    assert "2.jpg" in [text.value for text in at.text]
    assert "nobody foresaw" in said(at)
    assert "secret detail" not in said(at)
    assert "secret detail" in caplog.text


def test_class_blend_colours_and_scale_only_draw_anew(engine):
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    calls, first = engine.calls, shown(at)
    other = "C" if engine.explanation(read_photo(jpeg(1))).predicted != "C" else "A"

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
    assert engine.calls == calls


def test_the_photo_is_decoded_once_while_it_is_in_view(engine, monkeypatch):
    decoded = []
    monkeypatch.setattr(
        previews, "read_photo", lambda *a, **k: decoded.append(1) or read_photo(*a, **k)
    )
    at = drop(page(), ("a.jpg", jpeg(1)))
    for blend in (0, 10, 90):
        at.slider(key="blend").set_value(blend).run()
    at.button_group(key="target").set_value("B").run()
    assert len(decoded) == 1


def test_the_ends_of_the_blend_are_the_photo_and_the_heatmap(engine):
    at = drop(page(), ("a.jpg", jpeg(1)))
    at.slider(key="blend").set_value(0).run()
    assert shown(at)["Overlay"] == shown(at)["Original"]
    at.slider(key="blend").set_value(100).run()
    assert shown(at)["Overlay"] == shown(at)["Heatmap"]


def test_going_through_the_photos_keeps_class_and_blend(engine):
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


def test_many_photos_are_shown_page_by_page(engine):
    at = drop(page(), *((f"{seed}.jpg", jpeg(seed)) for seed in range(14)))
    assert len(tiles(at)) == 12
    at.button(key="strip.page_on").click().run()
    assert len(tiles(at)) == 2
    assert "Photo 13 of 14" in said(at)


def test_new_photos_come_into_view(engine):
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    drop(at, ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)), ("none.jpg", b""), ("c.jpg", jpeg(3)))
    assert "Photo 3 of 3" in said(at)


def test_nothing_speaking_for_a_class_is_a_sentence_not_a_picture(engine):
    engine.speaks = -1.0
    at = drop(page(), ("a.jpg", jpeg(1)))
    assert set(shown(at)) == {"Original"}
    assert "Nothing in this photo speaks for" in at.info[0].value
    at.session_state["scale"] = "shared"
    assert set(shown(at.run())) == {"Original"}


def test_the_language_switch_keeps_the_photos_and_is_kept_in_the_address(engine):
    at = drop(page(), ("a.jpg", jpeg(1)))
    at.button_group(key="language").set_value("ja").run()
    assert set(shown(at)) == {"元の写真", "ヒートマップ", "重ね合わせ"}
    assert at.query_params["lang"] in ("ja", ["ja"])
    assert engine.calls == 1


def test_starting_over_forgets_all_photos(engine):
    at = drop(page(), ("a.jpg", jpeg(1)))
    next(button for button in at.button if button.label == "Remove all photos").click()
    assert "Drop a few photos" in said(at.run())
    assert not at.session_state["visit"].photos


def test_a_closed_visit_leaves_no_photo_behind(engine):
    at = drop(page(), ("a.jpg", jpeg(1)))
    entries = [weakref.ref(entry) for entry in at.session_state["visit"].photos.values()]
    assert entries[0]() is not None
    del at
    gc.collect()
    assert entries[0]() is None


def test_rendered_samples_are_labelled_as_rendered(engine, tmp_path):
    folder = tmp_path / "samples"
    folder.mkdir()
    (folder / "one.jpg").write_bytes(jpeg(5))
    row = {"file": "one.jpg", "variety": "Ketan", "layout": "heap", "background": "", "seed": 1}
    (folder / "samples.json").write_text(json.dumps([row]), "utf-8")
    at = page()
    next(button for button in at.button if button.label == "Try samples").click()
    assert "Rendered sample: Ketan" in [text.value for text in at.run().text]


def test_the_chooser_is_there_for_several_models_only(engine, tmp_path):
    assert not page().selectbox
    install(tmp_path, "rice-224", "Big", "大", ("X", "Y"))
    at = page("ja")
    assert at.selectbox(key="model").options == ["大", "ロクヨン"]
    assert at.selectbox(key="model").value == "rice-224"


def test_the_models_card_is_told_in_words(engine, tmp_path):
    (tmp_path / "rice-224").mkdir()
    data = {"name": "rendered scenes", "photos": 180, "licence": "CC0"}
    measured = {"on": "test", "photos": 87, "accuracy": 0.9885, "interval": [0.9377, 0.998]}
    card = Card(
        named(["A", "B"]),
        Input(224, 224, geometry="crop"),
        training={"seed": 0, "epochs": 1, "weights": "none", "data": [data]},
        measured={**measured, "confusion": [[1, 0], [0, 1]]},
    )
    write_card(card, tmp_path / "rice-224")
    text = said(page("en")).replace("\\", "")
    for fact in (
        "A, B",
        "98.9 % of 87",
        "94 % to 99.8 %",
        "180 pictures",
        "drawn by a computer · CC0",
    ):
        assert fact.replace(" %", "\u00a0%") in text.replace("(95 %", "")
    assert "224 × 224 pixels" in text
    assert TABLES["en"]["about.geometry.crop"] in text


def test_a_class_of_another_model_is_not_kept(engine, tmp_path):
    at = drop(page(), ("a.jpg", jpeg(1)))
    at.session_state["target"] = "Z"
    at.run()
    assert not at.exception
    assert at.button_group(key="target").value == PREDICTED


@pytest.mark.parametrize("language", list(TABLES))
def test_a_model_that_cannot_be_opened_is_told_in_words(engine, monkeypatch, language):
    def fail(name: str) -> Shared:
        raise ModelError("model_unreadable", "cannot", name=name, reason="**zip**")

    monkeypatch.setattr(explaining, "shared", fail)
    at = drop(page(language), ("a.jpg", jpeg(1)))
    assert not at.exception
    assert escape("**zip**") in at.error[0].value
    assert TABLES[language]["errors.model_unreadable"].split("{")[0] in at.error[0].value


def test_no_model_at_all_is_told_in_words(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(library, "MODELS", tmp_path / "none")
    at = page()
    assert "No model is installed" in at.error[0].value


def test_the_model_is_opened_once_and_run_by_one_visitor_at_a_time(monkeypatch):
    running, most = 0, 0

    class Slow:
        def explain(self, photos: list[Photo]) -> list[Explanation]:
            nonlocal running, most
            running += 1
            most = max(most, running)
            time.sleep(0.02)
            running -= 1
            return []

    model = Shared(Slow(), threading.Lock())
    visitors = [threading.Thread(target=model.explain, args=([],)) for _ in range(5)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert most == 1


def test_a_model_that_fails_to_open_in_an_unforeseen_way_is_logged(monkeypatch, caplog):
    def fail(*_: object) -> None:
        raise ValueError("secret detail")

    monkeypatch.setattr(library, "find", fail)
    with pytest.raises(Exception, match="log") as error:
        models.shared("no such model")
    assert error.value.code == "unknown"
    assert "secret detail" in caplog.text


# Strangers' words


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_name_is_shown_as_it_is(engine, name):
    at = drop(page(), (name, jpeg(1)), (f"bad {name}", b""))
    assert name in [text.value for text in at.text]
    assert f"bad {name}" in [text.value for text in at.text]
    assert all(name not in str(element.value) for element in [*at.markdown, *at.caption])
    assert all(name not in html.proto.body for html in at.get("html"))


def test_class_names_cannot_act_as_markup(engine, tmp_path):
    names = ("<b>x</b>", "**y**", ":red[z]")
    install(tmp_path, "rice-224", "$x$", "**x**", names)
    engine.explanation = lambda photo: Explanation(
        photo.sha256, "rice-224", "_a_", "grad-cam", "logit", names,
        place((40, 60), (64, 64), "squash"), np.zeros(3, np.float32),
        np.array([0.2, 0.3, 0.5], np.float32), np.ones((3, 2, 2), np.float32),
    )  # fmt: skip
    at = drop(page(), ("a.jpg", jpeg(1)))
    assert not at.exception
    everything = "\n".join([said(at), *tiles(at), *at.button_group(key="target").options])
    for name in names[1:]:
        assert name not in everything
        assert escape(name) in everything
    assert f"About the model: {escape('$x$')}" in [expander.label for expander in at.expander]
    assert "<b>" not in scores_table(at)
    assert "&lt;b&gt;x&lt;/b&gt;" in scores_table(at)


@pytest.mark.parametrize(
    ("name", "target", "file"),
    [
        ("../../etc/passwd.jpg", "A", "passwd_A_heatmap.png"),
        ("a.b.jpg", "St. Basmati", "a.b_St. Basmati_heatmap.png"),
        ("写真 1.jpg", "もち米", "写真 1_もち米_heatmap.png"),
        ('<x>"|?.jpg', "a/b", "_x_____b_heatmap.png"),
        ("..", "..", "photo_photo_heatmap.png"),
    ],
)
def test_downloads_have_harmless_names(name, target, file):
    assert downloads.file_name(name, target, "heatmap") == file


# Pictures


@pytest.mark.parametrize("which", downloads.WHICH)
@pytest.mark.parametrize("colors", ["viridis", "jet"])
def test_downloads_are_what_core_draws_at_full_size(which, colors):
    data = jpeg(3, 1500, 900)
    explanation = Engine().explanation(read_photo(data, longest=100))
    how = Drawing("B", 0.4, colors, None)
    drawn = pictures(read_photo(data).rgb, explanation, "B", 0.4, colors)
    expected = (
        panel([drawn.original, drawn.heatmap, drawn.overlay])
        if which == "panel"
        else getattr(drawn, which)
    )
    with Image.open(BytesIO(downloads.render(data, explanation, how, which))) as image:
        assert np.array_equal(np.asarray(image), expected)
        assert image.info["Class"] == "B"
        assert image.info["Photo SHA-256"] == explanation.sha256


@pytest.mark.parametrize(
    ("cells", "where"),
    [
        ([[9, 0], [0, 0]], "top.left"),
        ([[0, 0], [0, 9]], "bottom.right"),
        ([[0, 0, 0], [0, 9, 0], [0, 0, 0]], "middle.centre"),
        ([[0, 9, 0], [0, 0, 0], [0, 0, 0]], "top.centre"),
        ([[5, 5], [5, 5]], "everywhere"),
        ([[5, 5], [5, 4.9]], "everywhere"),
        ([[-1, -1], [0, -1]], "nowhere"),
    ],
)
def test_the_hottest_place_is_named(cells, where):
    maps = np.array([cells], np.float32)
    explanation = Explanation(
        "", "", "", "", "", ("A",), place((300, 400), (64, 64), "squash"),
        np.zeros(1, np.float32), np.ones(1, np.float32), maps,
    )  # fmt: skip
    assert hottest(explanation, "A") == where
