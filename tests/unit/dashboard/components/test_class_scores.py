"""The class probabilities as bars."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import streamlit as st

from core.models.card import Card, Input, class_names
from dashboard.components import class_scores
from dashboard.i18n.translate import Texts
from tests.support.page import Network, explained, jpeg

EN = Texts("en")


@pytest.mark.parametrize(("classes", "rows", "others"), [(3, 3, 0), (6, 6, 0), (8, 6, 3)])
def test_the_highest_come_first_and_the_rest_is_one_row(monkeypatch, classes, rows, others):
    drawn = []
    monkeypatch.setattr(st, "html", drawn.append)
    names = tuple(f"class {number}" for number in range(classes))
    scores = np.float32(np.arange(1, classes + 1) / sum(range(1, classes + 1)))
    answer = replace(explained(Network(), jpeg(1)), classes=names, scores=scores)
    class_scores.draw(EN, answer, Card(class_names(list(names)), Input(64, 64)))
    (html,) = drawn
    cells = html.split("<tr>")[1:]
    assert len(cells) == rows
    assert f">{names[-1]}</th>" in cells[0]
    assert f"{100 * scores[-1]:.2f}%" in cells[0]
    if others:
        assert EN.plain("scores.others", count=others) in cells[-1]
        assert EN.percent(float(scores[:others].sum())) in cells[-1]
