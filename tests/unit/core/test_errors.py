"""Errors carry the sentence for people, and the code and facts by which the page says it."""

from __future__ import annotations

import pytest

from core.errors import LensError, ModelError, PhotoError, TrainingError


@pytest.mark.parametrize("kind", [LensError, PhotoError, ModelError, TrainingError])
def test_an_error_has_its_sentence_its_code_and_its_facts(kind):
    with pytest.raises(LensError, match="2 photos; 3 are needed") as raised:
        raise kind("few", "There are 2 photos; 3 are needed.", got=2)
    assert (raised.value.code, raised.value.facts) == ("few", {"got": 2})
