"""Files of which nothing can be shown."""

from __future__ import annotations

import pytest

from tests.support.page import (
    drop,
    jpeg,
    page,
    said,
    shown,
    tiles,
)

HOSTILE = [
    "<img src=x onerror=alert(1)>.jpg", "**bold**.jpg", ":red[x].jpg", "$x$.jpg",
    "[link](https://example.org).jpg", "www.example.org.jpg", ":material/delete:.jpg",
]  # fmt: skip


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


@pytest.mark.slow
def test_a_file_name_is_shown_as_it_is(network):
    good = [(name, jpeg(seed)) for seed, name in enumerate(HOSTILE)]
    bad = [(f"bad {name}", bytes(seed + 1)) for seed, name in enumerate(HOSTILE)]
    at = drop(page(), *good, *bad)
    texts = [text.value for text in at.text]
    assert all(name in texts for name, _ in bad)
    for name in HOSTILE:
        assert name in [text.value for text in at.text]  # of the photo in view
        assert all(name not in str(element.value) for element in [*at.markdown, *at.caption])
        assert all(name not in html.proto.body for html in at.get("html"))
        if name != HOSTILE[-1]:
            at.button(key="strip.on").click().run()
