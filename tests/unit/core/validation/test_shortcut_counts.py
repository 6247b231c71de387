"""Verdicts counted without fitting, from known answers."""

from __future__ import annotations

from core.utils.progress import silent
from core.validation.shortcut_answers import ShortcutQuestions
from core.validation.shortcut_counts import count_shortcuts
from core.validation.verdict_counts import EXACT, FOUND
from tests.support.known_answers import ANSWERS, BACKGROUND


def test_verdicts_are_counted_with_the_rice_found_and_known(monkeypatch, tmp_path):
    known = {EXACT: [BACKGROUND] * 4, FOUND: list(ANSWERS)}
    monkeypatch.setattr(ShortcutQuestions, "ask_test", lambda questions: known)

    counted = count_shortcuts(tmp_path, tmp_path, tmp_path, ["bowl", "tag"], 5, 1, silent)

    assert [(each.model, each.masks, each.blamed.hits, each.photos) for each in counted] == [
        ("bowl", FOUND, 2, 5), ("bowl", EXACT, 4, 4), ("tag", FOUND, 2, 5), ("tag", EXACT, 4, 4),
    ]  # fmt: skip
    text = (tmp_path / "verdicts.md").read_text("utf-8")
    assert "| bowl | found | 2 | 2 | 0 | 0 | 1 | 40.0 % (11.8–76.9) | 50.0 %" in text
    assert "says so to nothing" not in text
