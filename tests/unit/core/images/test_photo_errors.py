"""The sentences about photo files: what came, what was expected, what to do."""

from __future__ import annotations

import pytest

from core.images.photo_errors import photo_error
from core.images.photo_formats import ACCEPTED


def test_a_sentence_names_what_came_and_what_is_read():
    error = photo_error("wrong_kind", kind="pdf", what="a PDF document")
    assert (error.code, error.facts) == ("wrong_kind", {"kind": "pdf", "what": "a PDF document"})
    assert str(error).startswith("This is a PDF document. ")
    assert ", ".join(ACCEPTED) in str(error)


def test_numbers_are_rounded_to_be_read():
    error = photo_error("measurements", format="TIFF", low=-3.5, high=1e6)
    assert "from -3.5 to 1e+06" in str(error)


def test_there_is_no_sentence_without_its_facts():
    with pytest.raises(KeyError):
        photo_error("truncated")
    with pytest.raises(KeyError):
        photo_error("unheard_of")
