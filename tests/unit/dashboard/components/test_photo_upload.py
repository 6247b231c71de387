"""The upload of photos."""

from __future__ import annotations

import gc
import json
import weakref

from dashboard.state.heap import freeze_heap
from tests.support.page import (
    drop,
    jpeg,
    page,
    said,
    tiles,
)


def test_the_same_bytes_appear_once_whatever_their_names(network):
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    drop(at, ("copy of a.jpg", jpeg(1)))
    assert len(tiles(at)) == 2
    assert [toast.value for toast in at.toast] == ["Already added, so skipped: 1"]


def test_new_photos_come_into_view(network):
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    drop(at, ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)), ("none.jpg", b""), ("c.jpg", jpeg(3)))
    assert "Photo 3 of 3" in said(at)


def test_starting_over_forgets_all_photos(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    at.button(key="start-over-do").click()
    assert "Add a few photos" in said(at.run())
    assert not at.session_state["session"].photos


def test_removed_photos_leave_no_bytes_behind(network):
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)))
    at.run()
    entries = [weakref.ref(entry) for entry in at.session_state["session"].photos.values()]
    freeze_heap()  # as a server does each minute
    at.button(key="start-over-do").click()
    at.run()
    assert gc.get_freeze_count() == 0
    gc.collect()
    assert [entry() for entry in entries] == [None, None]


def test_rendered_samples_are_labelled_as_rendered(network, tmp_path):
    folder = tmp_path / "samples"
    folder.mkdir()
    (folder / "one.jpg").write_bytes(jpeg(5))
    row = {"file": "one.jpg", "variety": "Ketan", "layout": "heap", "background": "", "seed": 1}
    (folder / "samples.json").write_text(json.dumps([row]), "utf-8")
    at = page()
    next(button for button in at.button if button.label == "Try samples").click()
    assert "Rendered sample: Ketan" in [text.value for text in at.run().text]
