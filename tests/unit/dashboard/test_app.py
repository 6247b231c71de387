"""The page without a browser: what it shows, keeps, and says of files it cannot take."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
import weakref

from streamlit.testing.v1 import AppTest

from dashboard.i18n.translate import Texts, escape
from dashboard.work import model_pool
from tests.support.page import (
    ROOT,
    drop,
    explained,
    explainer_of,
    install,
    jpeg,
    network,
    page,
    said,
    shown,
    tiles,
)

__all__ = ["network"]  # a fixture


def test_the_empty_page_does_not_wait_for_tensorflow():
    script = (
        "import sys; from streamlit.testing.v1 import AppTest;"
        f"at = AppTest.from_file({str(ROOT / 'dashboard' / 'app.py')!r}, default_timeout=20).run();"
        "assert not at.exception and at.title[0].value;"
        "print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


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


def test_a_closed_visit_leaves_no_photo_behind(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    entries = [weakref.ref(entry) for entry in at.session_state["session"].photos.values()]
    assert entries[0]() is not None
    del at
    gc.collect()
    assert entries[0]() is None


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
