"""The sentences in which a model file is rejected: one line, its name in it, no tricks in it."""

from __future__ import annotations

import pytest

from core.models.files import rejections

TEXT = "evil\x1b[2J\nname\u202e" + "x" * 300
REJECTIONS = {
    "model_pickle": rejections.pickle_file(TEXT),
    "model_foreign": rejections.foreign_format(TEXT, TEXT),
    "model_packed": rejections.packed_archive(TEXT),
    "model_unpacked": rejections.unpacked_archive(TEXT),
    "model_damaged": rejections.damaged(TEXT, TEXT),
    "model_unknown": rejections.no_model(TEXT),
    "model_several": rejections.ambiguous(TEXT, [TEXT, TEXT]),
    "model_unreadable": rejections.unreadable(TEXT, TEXT, ValueError(TEXT)),
    "model_code": rejections.program_code(TEXT, TEXT),
    "model_elsewhere": rejections.external_reference(TEXT, TEXT),
    "model_weights_elsewhere": rejections.external_weights(TEXT, TEXT),
    "no_layer": rejections.no_layer(TEXT),
    "no_gradient": rejections.no_gradient(TEXT, TEXT),
    "model_strange": rejections.unexpected_content(TEXT, TEXT),
    "model_operation": rejections.unsafe_operation(TEXT, TEXT, TEXT),
    "model_too_large": rejections.too_large(TEXT, 3 << 20, 2 << 20),
}


@pytest.mark.parametrize("code", REJECTIONS)
def test_a_rejection_keeps_its_code_and_shows_a_strangers_text_on_one_line(code):
    error = REJECTIONS[code]
    assert error.code == code
    for shown in (str(error), *map(str, error.facts.values())):
        assert shown.isprintable()
    assert "evil\\x1b[2J\\nname\\u202e" in str(error)
    assert all(len(str(fact)) <= 200 for fact in error.facts.values() if code != "model_unreadable")


def test_what_a_library_says_is_given_whole_but_for_its_colours():
    said = (
        "Exception encountered when calling Lambda.call().\n\n\x1b[1mname 'tf' is not\x1b[0m here"
    )
    error = rejections.unreadable("m.keras", "a model of Keras 3", NameError(said))
    assert str(error) == (
        "m.keras cannot be opened as a model of Keras 3: Exception encountered when calling "
        "Lambda.call(). name 'tf' is not here"
    )
    assert len(rejections.unreadable("m", "x", ValueError("x" * 9999)).facts["reason"]) == 1000
    assert str(rejections.unreadable("m", "x", KeyError())).endswith("x: KeyError")


def test_bytes_are_given_in_megabytes_rounded_up():
    error = rejections.too_large("m", (3 << 20) + 1, 2 << 20)
    assert (error.facts["megabytes"], error.facts["limit"]) == (4, 2)
