"""A place goes to its other spot if it shows something else, and stays if it shows the same."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def shows(what: str, filled: bool) -> None:
    import streamlit as st

    from dashboard.components.place import place

    with place("here", what, filled):
        st.text(what)
    st.text("below")


def spots(app: AppTest) -> list[str]:
    """What stands at each spot, with what it is."""
    return [f"{kind}:{text}" for kind, text in map(_content, app.main.children.values())]


def _content(node) -> tuple[str, str]:
    texts = [child.value for child in getattr(node, "children", {}).values()]
    return node.type, texts[0] if texts else str(getattr(node, "value", "") or "")


def test_only_another_content_goes_to_the_other_spot():
    app = AppTest.from_function(shows, args=("a", True), default_timeout=120).run()
    first = spots(app)
    assert first[-1] == "text:below"
    assert spots(app.run()) == first
    app.args = ("b", True)
    second = spots(app.run())
    assert second[:2] != first[:2]
    assert [each.split(":")[0] for each in second[:2]] == [
        each.split(":")[0] for each in first[1::-1]
    ]
    assert [each.value for each in app.text] == ["b", "below"]
    assert spots(app.run()) == second
    app.args = ("a", True)
    assert spots(app.run()) == first


def test_a_place_that_cannot_be_filled_yet_takes_one_element():
    app = AppTest.from_function(shows, args=("a", False), default_timeout=120).run()
    assert [each.value for each in app.text] == ["a", "below"]
    assert len(app.main.children) == 3
