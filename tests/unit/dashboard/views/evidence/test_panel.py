"""What stands below the pictures: the verdict at once, the checks on request."""

from __future__ import annotations

from dashboard.i18n.translate import TABLES
from dashboard.work import next_run
from tests.support.evidence_page import dropped, text, why
from tests.support.page import choose, more


def test_only_the_verdict_is_asked_until_somebody_wants_to_know_why(rice_network):
    at = dropped()
    after_verdict = rice_network.shown
    assert after_verdict <= 1 + 16  # the explanation, and one batch
    assert "heatmap can be trusted" not in text(at).replace(TABLES["en"]["evidence.title"], "")
    why(at)
    assert 60 < rice_network.shown <= 1 + 133
    asked = rice_network.shown
    at.session_state["why"] = False
    why(at.run())
    choose(at, "blend", 20)
    assert rice_network.shown == asked  # what is known is not asked again


def test_a_button_stops_it_and_another_goes_on(rice_network, monkeypatch):
    at = dropped()
    monkeypatch.setattr(next_run, "request_run", lambda session: None)  # no run that works follows
    why(at)
    at.button(key="evidence-stop").click().run()
    assert "Stopped: " in text(at)
    at.button(key="evidence-go-on").click().run()
    assert not at.exception
    assert "Stopped: " not in text(at)
    assert at.button(key="evidence-stop")


def test_another_class_is_another_case_and_is_kept(rice_network):
    at = dropped()
    first, asked = text(at), rice_network.shown
    choose(at, "target", "other")
    assert rice_network.shown > asked
    assert "the model is not sure that this is other" in text(at)
    asked = rice_network.shown
    choose(at, "target", "")
    assert text(at) == first
    assert rice_network.shown == asked


def test_what_speaks_against_a_class_is_left_out(rice_network):
    at = more(dropped())
    asked, limits = rice_network.shown, TABLES["en"]["answer.limits"]
    assert limits in text(at)
    for kind in ("against", "rather"):
        choose(at, "kind", kind)
        assert limits not in text(at)  # it names the checks below
        assert TABLES["en"]["answer.limits.unchecked"] in text(at)
        assert TABLES["en"]["evidence.plain_only"] in text(at)
        assert "It looks at" not in text(at)
    assert rice_network.shown <= asked + 3
