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
import zipfile
from io import BytesIO
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.cam import softmax
from core.card import Card, Input, named, write_card
from core.engine import Engine
from core.errors import LensError, ModelError
from core.evidence.controls import Controls
from core.explanation import Explanation
from core.files import refusals
from core.models import library
from core.network import Layer, Run
from core.photo import PREVIEW, read_photo
from core.preprocess import fit, place
from core.question import Question
from core.render import panel, pictures
from core.rice import Rice
from dashboard import downloads, models, own_model, previews, rice_mask, uploads
from dashboard.controls import PREDICTED, Drawing
from dashboard.operator import operator
from dashboard.texts import TABLES, Texts, escape
from dashboard.turns import InTurn, Turn
from dashboard.visit import PLAIN
from dashboard.where import hottest
from dashboard.wording import file_stem

ROOT = Path(__file__).resolve().parent.parent
NOTHING = np.zeros(0, np.uint8)
HOSTILE = [
    "<img src=x onerror=alert(1)>.jpg", "**bold**.jpg", ":red[x].jpg", "$x$.jpg",
    "[link](https://example.org).jpg", "www.example.org.jpg", ":material/delete:.jpg",
]  # fmt: skip


class Network:
    """Answers at once, with numbers that jump about with the photo; counts what it is shown."""

    head = "softmax"
    layers = (
        Layer("early", "Activation", "", (4, 4), 6),
        Layer("article", "Conv2D", "", (2, 2), 6),
        Layer("last", "Activation", "", (2, 2), 6, linear=True, pooled=True),
    )

    def __init__(self, classes: int = 3) -> None:
        # With this seed the photos 1 to 3 are of different classes, and speak for and against each.
        weights = np.random.default_rng(16).normal(size=(classes, 6))
        self.weights = np.float32(weights - weights.mean(axis=1, keepdims=True))
        self.shown: list[str] = []  # the layer for each photo that it was shown
        self.chokes_on: np.ndarray | None = None
        self.delay = 0.0

    @property
    def calls(self) -> int:
        return len(self.shown)

    def run(self, inputs, layer, classes=None) -> Run:
        self.shown += [layer.name] * len(inputs)
        time.sleep(self.delay * len(inputs))
        if self.chokes_on is not None and any((each == self.chokes_on).all() for each in inputs):
            raise RuntimeError("secret detail")
        logits, activations = self._logits(inputs), self._activations(inputs, layer.grid)
        gradients = self.weights[None, :, None, None]
        if not layer.pooled:
            gradients = gradients * activations[:, None]
        gradients = np.broadcast_to(gradients, (len(inputs), len(self.weights), *layer.grid, 6))
        return Run(logits, softmax(logits), activations, gradients)

    def logits(self, inputs) -> np.ndarray:
        self.shown += [""] * len(inputs)
        time.sleep(self.delay * len(inputs))
        return self._logits(inputs)

    def _logits(self, inputs) -> np.ndarray:
        return 3 * self._activations(inputs, (2, 2)).mean(axis=(1, 2)) @ self.weights.T

    def _activations(self, inputs, grid) -> np.ndarray:
        count, height, width, _ = inputs.shape
        blocks = inputs.reshape(count, grid[0], height // grid[0], grid[1], width // grid[1], 3)
        means = blocks.mean(axis=(2, 4, 5), dtype=np.float64)
        return (np.arange(1, 7) * 997 * means[..., None] % 1).astype(np.float32)


def engine_of(network: Network, names: tuple[str, ...] = ("A", "B", "C")) -> Engine:
    return Engine("rice-64", Card(named(list(names)), Input(64, 64)), network)


def explained(network: Network, data: bytes, question: Question = PLAIN) -> Explanation:
    """What the page should show of a photo."""
    counted = list(network.shown)
    (explanation,) = engine_of(network).explain([read_photo(data, longest=PREVIEW)], question)
    network.shown = counted
    return explanation


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    """What runs behind the page, with one model installed and no samples."""
    install(tmp_path, "rice-64", "Sixty-four", "ロクヨン")
    network = Network()
    monkeypatch.setattr(sys, "argv", ["app.py", "--models", str(tmp_path)])
    monkeypatch.setattr(uploads, "SAMPLES", tmp_path / "samples")
    monkeypatch.setattr(models, "open_engine", lambda path, cache=None: engine_of(network))
    # What the model uses of a photo is not asked where there is no rice: see the tests of evidence.
    monkeypatch.setattr(rice_mask, "find_rice", no_rice)
    monkeypatch.setattr(
        "core.evidence.controls.controls", lambda engine: Controls(NOTHING, NOTHING, ())
    )
    return network


def no_rice(rgb) -> Rice:
    return Rice(np.zeros(rgb.shape[:2], np.float32), 1.0, "no_rice")


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


def more(at: AppTest) -> AppTest:
    """Open what is seldom asked for."""
    at.session_state["more"] = True
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
    assert [toast.value for toast in at.toast] == ["Already here, so not added again: 1"]


def test_an_error_nobody_foresaw_hits_one_photo_and_goes_to_the_log(network, caplog):
    photo = read_photo(jpeg(2), longest=PREVIEW)
    fitted = fit(photo.rgb, place((40, 60), (64, 64), "squash"))
    network.chokes_on = engine_of(network).prepare(fitted[None])[0]
    with caplog.at_level(logging.ERROR, "dashboard"):
        at = drop(page(), *((f"{seed}.jpg", jpeg(seed)) for seed in range(4)))
    assert len(tiles(at)) == 3
    assert "2.jpg" in [text.value for text in at.text]
    assert "nobody foresaw" in said(at)
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
        previews, "read_photo", lambda *a, **k: decoded.append(1) or read_photo(*a, **k)
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
    assert "Nothing in this photo speaks for" in at.info[0].value
    at.session_state["scale"] = "shared"
    assert set(shown(at.run())) == {"Original"}


def test_the_language_switch_keeps_the_photos_and_is_kept_in_the_address(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    at.button_group(key="language").set_value("ja").run()
    assert set(shown(at)) == {"元の写真", "ヒートマップ", "重ね合わせ"}
    assert at.query_params["lang"] in ("ja", ["ja"])
    assert network.calls == 1


def test_starting_over_forgets_all_photos(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    next(button for button in at.button if button.label == "Remove all photos").click()
    assert "Drop a few photos" in said(at.run())
    assert not at.session_state["visit"].photos


def test_a_closed_visit_leaves_no_photo_behind(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    entries = [weakref.ref(entry) for entry in at.session_state["visit"].photos.values()]
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


def test_the_chooser_is_there_for_several_models_only(network, tmp_path):
    assert not page().selectbox
    install(tmp_path, "rice-224", "Big", "大", ("X", "Y"))
    at = page("ja")
    assert at.selectbox(key="model").options == ["大", "ロクヨン"]
    assert at.selectbox(key="model").value == str(tmp_path / "rice-224")


def test_the_models_card_is_told_in_words(network, tmp_path):
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


def test_a_class_of_another_model_is_not_kept(network, tmp_path):
    at = drop(page(), ("a.jpg", jpeg(1)))
    at.session_state["target"] = "Z"
    at.run()
    assert not at.exception
    assert at.button_group(key="target").value == PREDICTED


def test_a_model_without_a_card_can_be_chosen_and_is_opened_then(network, tmp_path, monkeypatch):
    file = tmp_path / "from elsewhere.h5"
    with h5py.File(file, "w") as model:
        model.attrs["model_config"] = "{}"
    opened: list[str] = []

    def open_one(path: Path, cache: Path | None = None) -> Engine:
        opened.append(path.name)
        return engine_of(network, ("class 0", "class 1", "class 2"))

    monkeypatch.setattr(models, "open_engine", open_one)
    at = page()
    assert at.selectbox(key="model").options == ["Sixty-four", "from elsewhere.h5"]
    assert not opened
    at.selectbox(key="model").set_value(str(file)).run()
    assert opened == ["from elsewhere.h5"]
    at = drop(at, ("a.jpg", jpeg(1)))
    assert not at.exception
    assert opened == ["from elsewhere.h5"]
    assert re.search(r"class (\\_)?[012]", said(at))


@pytest.mark.parametrize("language", list(TABLES))
def test_a_model_that_cannot_be_opened_is_told_in_words(network, monkeypatch, language):
    def fail(path: Path, cache: Path | None) -> Engine:
        raise ModelError("model_unreadable", "cannot", name=path.name, reason="**zip**")

    monkeypatch.setattr(models, "open_engine", fail)
    at = drop(page(language), ("a.jpg", jpeg(1)))
    assert not at.exception
    assert escape("**zip**") in at.error[0].value
    assert TABLES[language]["errors.model_unreadable"].split("{")[0] in at.error[0].value


def test_no_model_at_all_is_told_in_words(network, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["app.py", "--models", str(tmp_path / "none")])
    at = page()
    assert "No model is installed" in at.error[0].value


def test_a_model_that_fails_to_open_in_an_unforeseen_way_is_logged(monkeypatch, tmp_path, caplog):
    def fail(*_: object, **__: object) -> None:
        raise ValueError("secret detail")

    monkeypatch.setattr(library, "find", lambda name, folder: folder / name)
    monkeypatch.setattr(models, "open_engine", fail)
    with pytest.raises(LensError, match="log") as error:
        models.shared("no such model", tmp_path)
    assert error.value.code == "unknown"
    assert "secret detail" in caplog.text


# Strangers' words


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
    monkeypatch.setattr(models, "open_engine", lambda path, cache=None: engine_of(network, names))
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
    explanation = explained(Network(), data)
    how = Drawing("B", 0.4, colors)
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
        "", "", PLAIN, ("A",), place((300, 400), (64, 64), "squash"),
        np.zeros(1, np.float32), np.ones(1, np.float32), maps,
    )  # fmt: skip
    assert hottest(explanation, "A") == where


# What can be asked


def choose(at: AppTest, key: str, value: object) -> AppTest:
    at.button_group(key=key).set_value(value).run()
    assert not at.exception
    return at


def options(at: AppTest, key: str) -> list[str]:
    return at.button_group(key=key).options


def heatmap(at: AppTest) -> np.ndarray:
    """The pixels of the heatmap on the page."""
    data = at.session_state["visit"]._recent
    return next(value for key, value in reversed(data.items()) if key[-1] == "heat")[0]


def drawn(explanation: Explanation, data: bytes, target: str) -> np.ndarray:
    return pictures(read_photo(data, longest=PREVIEW).rgb, explanation, target, 0.5).heatmap


CONTROLS = ("kind", "other", "method", "layers", "finer", "colors", "scale")


@pytest.mark.parametrize("language", list(TABLES))
def test_nothing_of_it_is_on_the_page_until_asked_for(network, language):
    at = drop(page(language), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    assert {group.key for group in at.button_group} == {"language", "mode", "target"}
    assert not [button for button in at.button if button.key == "back"]
    assert network.shown == ["last"] * 2  # not even how long a pass takes was measured
    assert {group.key for group in more(at).button_group} >= set(CONTROLS) - {"other"}


@pytest.mark.parametrize(
    ("key", "value", "question"),
    [
        ("kind", "against", Question(against=True)),
        ("method", "layer-cam", Question("layer-cam")),
        ("method", "eigen-cam", Question("eigen-cam")),
        ("method", "score-cam", Question("score-cam")),
        ("layers", ["early"], Question(layers=("early",))),
        ("layers", ["last", "early"], Question(layers=("early", "last"))),
        ("finer", 8, Question(finer=8)),
    ],
)
def test_what_is_asked_is_what_core_draws(network, key, value, question):
    at = choose(more(drop(page(), ("a.jpg", jpeg(1)))), key, value)
    first, answer = explained(network, jpeg(1)), explained(network, jpeg(1), question)
    assert np.array_equal(heatmap(at), drawn(answer, jpeg(1), first.predicted))
    assert "Not the default" in said(at)
    at.button(key="back").click().run()
    assert np.array_equal(heatmap(at), drawn(first, jpeg(1), first.predicted))
    assert "Not the default" not in said(at)
    assert at.header[0].value.startswith(f"The model says {first.predicted}")


def test_why_one_class_rather_than_another(network):
    at = choose(more(drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))), "kind", "rather")
    for seed in (1, 2):  # the runner-up is each photo's own
        first = explained(network, jpeg(seed))
        order = [first.classes[index] for index in first.scores.argsort()[::-1]]
        answer = explained(network, jpeg(seed), Question(versus=order[1]))
        assert np.array_equal(heatmap(at), drawn(answer, jpeg(seed), order[0]))
        assert f"what speaks for {order[0]} rather than {order[1]} is strongest" in said(at)
        assert (
            f"Rather than {order[1]}, show what speaks for" in at.button_group(key="target").label
        )
        if seed == 1:
            at.button(key="strip.on").click().run()
    choose(at, "other", order[2])
    assert f"{order[0]} rather than {order[2]}" in said(at)
    choose(at, "target", order[2])  # which cannot be compared with itself
    assert f"{order[2]} rather than {order[0]}" in said(at)
    assert order[2] not in options(at, "other")


def test_only_what_has_a_meaning_is_offered(network):
    at = more(drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2))))
    assert not {"cell by cell", "by activity"} & set(options(at, "method"))
    assert "HiResCAM and XGrad-CAM draw the very same picture" in said(at)
    assert options(at, "finer") == ["2 × 2, as the layer is", "8 × 8", "16 × 16"]
    choose(at, "layers", ["early"])
    assert {"cell by cell", "by activity"} <= set(options(at, "method"))
    choose(at, "method", "hires-cam")
    choose(at, "layers", ["last"])
    assert at.button_group(key="method").value == "grad-cam"  # which is the same
    choose(at, "finer", 8)
    choose(at, "method", "score-cam")
    assert "finer" not in {group.key for group in at.button_group}
    choose(at, "kind", "against")
    choose(at, "method", "eigen-cam")
    assert not {"kind", "target"} & {group.key for group in at.button_group}
    assert "knows no class" in said(at)
    assert "what stands out to the model" in said(at)
    choose(at, "method", "grad-cam++")
    assert "scale" not in {group.key for group in at.button_group}
    choose(at, "method", "grad-cam")
    choose(at, "layers", ["early", "last"])
    assert not {"scale", "finer"} & {group.key for group in at.button_group}
    assert "in shares of its own best spot" in said(at)
    choose(at, "layers", [])
    assert at.button_group(key="layers").value == ["last"]


def test_only_the_photo_in_view_is_asked_and_only_once(network):
    files = [(f"{seed}.jpg", jpeg(seed)) for seed in (1, 2, 3)]
    at = more(drop(page(), *files))
    network.shown.clear()
    choose(at, "layers", ["early"])
    assert network.shown == ["early"]
    at.slider(key="blend").set_value(20).run()
    for target in "ABC":
        choose(at, "target", target)
    choose(choose(at, "layers", ["last"]), "layers", ["early"])
    choose(at, "colors", "jet")
    assert network.shown == ["early"]
    at.button(key="strip.on").click().run()
    assert network.shown == ["early"] * 2
    choose(at, "scale", "shared")  # needs the third, too
    assert network.shown == ["early"] * 3


def test_a_coarse_map_is_offered_finer_beside_it(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    assert at.button(key="finer-offer").label == "Coarse? Draw 16 × 16 places"
    network.shown.clear()
    at.button(key="finer-offer").click().run()
    assert len(network.shown) == 65
    answer = explained(network, jpeg(1), Question(finer=8))
    same = round(64 * answer.shifted.same)
    assert f"In {same} of 64 shifted photos" in said(at)
    mean = answer.shifted.scores[answer.classes.index(answer.predicted)]
    assert f"on average {answer.predicted} {Texts('en').percent(float(mean))}" in said(at)
    assert "which sees 2 × 2 cells at once" in said(at).replace("\\", "")
    assert "drawn 16 × 16" in said(at).replace("\\", "")
    assert "finer-offer" not in {button.key for button in at.button}


def test_a_long_question_says_its_price_before_it_is_chosen(network):
    network.delay = 0.3  # seconds a pass
    at = more(drop(page(), ("a.jpg", jpeg(1))))
    labels = [label.replace("\\", "") for label in [*options(at, "method"), *options(at, "finer")]]
    assert "by trial (about 2 s a photo)" in labels  # 6 channels, and two more
    assert "8 × 8 (about 5 s a photo)" in labels
    assert "16 × 16 (about 20 s a photo)" in labels
    assert "the usual" in labels


def test_a_question_that_fails_is_told_and_the_page_goes_back(network, caplog, monkeypatch):
    at = more(drop(page(), ("a.jpg", jpeg(1))))
    monkeypatch.setattr(network, "logits", lambda inputs: 1 / 0)
    with caplog.at_level(logging.ERROR, "dashboard"):
        choose(at, "method", "score-cam")
    assert "nobody foresaw" in at.error[0].value
    assert "division by zero" in caplog.text
    assert at.button_group(key="method").value == "grad-cam"
    assert "Heatmap" in shown(at)


@pytest.mark.parametrize("language", list(TABLES))
def test_a_download_is_named_by_what_was_asked(language):
    say = Texts(language)
    how = Drawing("A", 0.5, "jet", question=Question(versus="B", layers=("early",)))
    named = {"en": "A rather than B_4x4", "ja": "BではなくA_4x4"}[language]
    assert file_stem(say, how, (4, 4)) == named
    assert file_stem(say, Drawing("A", 0.5, "jet"), (2, 2)) == "A"
    assert file_stem(
        say, Drawing("A", 0.5, "jet", question=Question("eigen-cam")), (2, 2)
    ).endswith("_eigen-cam")


def test_what_was_asked_stands_in_the_downloaded_file():
    question = Question("layer-cam", layers=("early",), versus="B")
    answer = explained(Network(), jpeg(1), question)
    how = Drawing("A", 0.5, "viridis", question=question)
    with Image.open(BytesIO(downloads.render(jpeg(1), answer, how, "heatmap"))) as image:
        assert image.info["Question"] == "what speaks for A rather than B"
        assert image.info["Method"] == "layer-cam of the logit at early, 4 x 4 cells"


# Whose turn it is


def test_a_model_is_run_by_one_visitor_at_a_time_in_the_order_they_came():
    turn, order, running = Turn(), [], []

    def run(inputs, *_):
        running.append(1)
        assert len(running) == 1
        time.sleep(0.01)
        running.pop()
        return inputs

    network = Network()
    network.logits = run

    def visitor(name: str) -> None:
        mine = InTurn(network, turn, lambda count: order.append(name))
        for _ in range(3):
            mine.logits([0])

    visitors = [threading.Thread(target=visitor, args=(name,)) for name in "ab"]
    for each in visitors:
        each.start()
    for each in visitors:
        each.join()
    assert sorted(order) == list("aaabbb")
    assert "".join(order) not in ("aaabbb", "bbbaaa")  # none waits for all of the other


def test_what_ends_a_question_leaves_the_turn_to_the_next():
    class Stopped(BaseException):
        pass

    def stop(count: int) -> None:
        raise Stopped

    network, turn = Network(), Turn()
    inputs = np.zeros((1, 64, 64, 3), np.float32)
    with pytest.raises(Stopped):
        InTurn(network, turn, stop).logits(inputs)
    network.chokes_on = inputs[0]
    with pytest.raises(RuntimeError):
        InTurn(network, turn).run(inputs, network.layers[-1])
    assert InTurn(network, turn).logits(inputs).shape == (1, 3)


# The operator, and a visitor's own model


@pytest.mark.parametrize("given", [["--modle", "x"], ["--models"], ["extra"], ["--model-upload"]])
def test_options_that_nobody_knows_are_told(given, network, monkeypatch):
    with pytest.raises(LensError) as error:
        operator(given)
    assert error.value.code == "operator_options"
    monkeypatch.setattr(sys, "argv", ["app.py", *given])
    assert "--models FOLDER" in page().error[0].value.replace("\\", "").replace("\u2060", "")


def test_nobody_can_bring_a_model_unless_the_operator_allows_it(network, monkeypatch):
    assert len(page().file_uploader) == 1
    assert TABLES["en"]["own.help"] not in said(page())
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--model-uploads"])
    at = page()
    assert len(at.file_uploader) == 2
    assert TABLES["en"]["own.help"] in said(at)


@pytest.fixture
def allowed(network, monkeypatch):
    """A page on which a visitor may bring a model."""
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--model-uploads"])
    return page()


def bring(at: AppTest, name: str, data: bytes) -> AppTest:
    uploader = next(each for each in at.file_uploader if str(each.key).startswith("own-"))
    uploader.set_value([(name, data, "application/octet-stream")])
    at.run()
    assert not at.exception
    return at


def test_an_own_model_is_opened_chosen_and_removed_with_the_visit(network, monkeypatch):
    came = []

    def open_engine(path: Path, cache: Path) -> Engine:
        came.append((path, path.read_bytes()))
        assert cache == path.parent  # what is compiled goes with the visit, too
        card = Card(named(["X", "Y", "Z"]), Input(64, 64), assumptions=("it was guessed",))
        return Engine(path.name, card, network)

    monkeypatch.setattr(models, "open_engine", open_engine)
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--model-uploads"])
    at = bring(page(), "../mine **x**.keras", b"weights")
    path, data = came[0]
    assert data == b"weights"
    assert path.name == "mine __x__.keras"
    assert at.selectbox(key="model").value == str(path)
    assert "X, Y, Z" in said(at)
    assert escape("it was guessed") in said(at)
    other = next(each for each in at.file_uploader if str(each.key).startswith("upload-"))
    other.set_value([("a.jpg", jpeg(1), "image/jpeg")])
    at.run()
    assert "Heatmap" in shown(at)
    assert len(came) == 1
    next(button for button in at.button if button.label == "Remove all photos").click()
    at.run()
    assert at.selectbox(key="model").value == str(path)  # the photos go, the model stays
    assert path.exists()
    del at, other
    gc.collect()
    assert not path.parent.exists()


@pytest.mark.parametrize("language", list(TABLES))
def test_an_own_model_that_is_refused_is_told_in_words_and_removed(
    allowed, network, monkeypatch, language
):
    came = []

    def open_engine(path: Path, cache: Path) -> Engine:
        came.append(path)
        raise refusals.pickled(path.name)

    monkeypatch.setattr(models, "open_engine", open_engine)
    allowed.query_params["lang"] = language
    allowed.session_state["language"] = language
    at = bring(allowed, "bad.h5", b"\x80\x04")
    sentence = TABLES[language]["errors.model_pickle"].split("}")[-1]
    assert escape(sentence)[:20] in at.error[0].value
    assert not came[0].parent.exists()
    assert not at.selectbox
    bring(at, "bad.exe", b"MZ")
    assert escape(TABLES[language]["errors.model_unknown"].split("}")[-1])[:20] in at.error[0].value
    assert len(came) == 1


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as table:
        for name, data in members:
            table.writestr(name, data)
    return file.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


def test_an_archive_is_unpacked_into_its_folder(tmp_path):
    data = archive(
        ("net/saved_model.pb", b"graph"), ("net/variables/variables.index", b"i"),
        ("__MACOSX/._net", b""), ("net/compiled.onnx", b"another model"),
    )  # fmt: skip
    path = own_model.place("my net.zip", data, tmp_path)
    assert path == tmp_path / "my net" / "net"
    assert (path / "saved_model.pb").read_bytes() == b"graph"
    assert (path / "variables" / "variables.index").read_bytes() == b"i"
    assert not (tmp_path / "my net.zip").exists()
    assert not list(tmp_path.rglob("compiled.onnx"))


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ([("../out.txt", b"x")], "model_elsewhere"),
        ([("/etc/out.txt", b"x")], "model_elsewhere"),
        ([("a/../../out.txt", b"x")], "model_elsewhere"),
        ([("C:\\out.txt", b"x")], "model_elsewhere"),
        ([(link("net"), b"/etc"), ("net/out.txt", b"x")], "model_elsewhere"),
        ([("bomb", bytes(200 << 20))], "model_too_large"),
        ([("a", b"1"), ("a", b"2")], "model_strange"),
        ([(f"{number}", b"") for number in range(1001)], "model_strange"),
    ],
)
def test_a_hostile_archive_leaves_nothing_behind(tmp_path, members, code):
    inside = tmp_path / "visit"
    inside.mkdir()
    with pytest.raises(ModelError) as error:
        own_model.place("net.zip", archive(*members), inside)
    assert error.value.code == code
    assert not list(tmp_path.rglob("out.txt"))
    assert [each.name for each in tmp_path.iterdir()] == ["visit"]
    written = sum(file.stat().st_size for file in inside.rglob("*") if file.suffix != ".zip")
    assert written < 1 << 20


def test_an_archive_that_is_none_is_told(tmp_path):
    with pytest.raises(ModelError) as error:
        own_model.place("net.zip", b"PK\x03\x04 no archive", tmp_path)
    assert error.value.code == "model_damaged"
