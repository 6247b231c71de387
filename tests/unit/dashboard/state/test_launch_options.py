"""The options that the page is started with."""

from __future__ import annotations

import sys

import pytest

from core.errors import LensError
from dashboard.state.launch_options import launch_options
from tests.support.page import (
    page,
)


@pytest.mark.parametrize("given", [["--modle", "x"], ["--models"], ["extra"], ["--model-upload"]])
def test_unknown_options_are_refused(given, network, monkeypatch):
    with pytest.raises(LensError) as error:
        launch_options(given)
    assert error.value.code == "operator_options"
    monkeypatch.setattr(sys, "argv", ["app.py", *given])
    assert "--models FOLDER" in page().error[0].value.replace("\\", "").replace("\u2060", "")
