"""An error in a callback is said in the reader's language, and the page stays."""

from __future__ import annotations

import ast
import logging
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LensError
from dashboard.i18n.translate import Texts
from dashboard.state import callback, controls
from tests.support.page import ROOT, drop, jpeg, page, shown, tiles

KINDS = ("on_click", "on_change", "on_select")


@pytest.mark.parametrize("error", [ZeroDivisionError("secret detail"), LensError("no_models", "")])
def test_an_error_in_a_callback_is_said_once_and_the_page_stays(
    network, monkeypatch, caplog, error
):
    def fail(*given: object) -> None:
        raise error

    say = Texts("ja")
    at = drop(page("ja"), ("a.jpg", jpeg(1)))
    assert not tiles(at)
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR, "dashboard"):
        patch.setattr(controls, "set_mode", fail)
        at.run()
        offer(at).click().run()
    foreseen = isinstance(error, LensError)
    assert [each.value for each in at.error] == [
        say.error(error) if foreseen else say("unexpected_error")
    ]
    assert not at.exception
    assert ("secret detail" in caplog.text) == (not foreseen)
    assert len(shown(at)) == 3
    at.run()
    assert not at.error


def offer(at: AppTest):
    return at.button(key="two-offer")


def test_no_control_has_a_callback_that_can_end_the_page():
    bare = []
    for file in sorted((ROOT / "dashboard").rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            for given in call.keywords if isinstance(call, ast.Call) else ():
                if given.arg in KINDS and not is_guarded(given.value):
                    bare.append(f"{file.relative_to(ROOT)}:{given.value.lineno}")
    assert not bare, "wrap these in `guarded`"


def is_guarded(value: ast.expr) -> bool:
    if isinstance(value, ast.IfExp):
        return is_guarded(value.body) and is_guarded(value.orelse)
    if isinstance(value, ast.Constant):  # "rerun", "ignore", None
        return True
    return isinstance(value, ast.Call) and getattr(value.func, "id", "") == "guarded"


@pytest.mark.parametrize(("fragments", "calls"), [(None, 1), (["of the timer"], 0)])
def test_a_click_that_the_timers_request_names_too_counts_once(monkeypatch, fragments, calls):
    context, called = SimpleNamespace(fragment_ids_this_run=fragments), []
    monkeypatch.setattr(callback, "get_script_run_ctx", lambda: context)
    callback.once_a_click(called.append)(1)
    assert len(called) == calls
