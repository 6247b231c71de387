"""Error messages for photo files."""

from __future__ import annotations

from core.errors import PhotoError
from core.images.photo_formats import ACCEPTED

_SENTENCES = {
    "empty": "The file is empty (0 bytes). Copy it from the camera again, or choose another.",
    "too_heavy": "The file has {megabytes} MB; the limit is {limit} MB. Save a smaller JPEG.",
    "unopened": "The file cannot be opened ({reason}). Check that it is there and may be read.",
    "wrong_kind": "This is {what}. Expected a photo ({accepted}). "
    "Choose a photo instead, or save the picture in it as JPEG.",
    "not_an_image": "This file is not a picture. Expected a photo ({accepted}). Choose another.",
    "no_pixels": "This {format} file holds an empty picture (no width, height or colours). "
    "Copy it from the camera again, or choose another photo.",
    "too_many_pixels": "The picture has {megapixels} megapixels; the limit is {limit}. "
    "Make it smaller, or choose the photo as the camera took it.",
    "measurements": "This {format} file holds measurements (numbers from {low:g} to {high:g}), "
    "not a photo (brightness from 0 to 65535). Save it as 8-bit PNG or JPEG.",
    "too_costly": "This {format} file is built so that reading it would take far too long. "
    "Choose the photo as the camera took it, or save it as a plain JPEG.",
    "truncated": "This {format} file ends too early: part of the picture is missing. "
    "Copy or send the whole file again.",
    "broken": "This {format} file is damaged or of an unusual kind. "
    "Copy it from the camera again, or save it as a plain JPEG.",
}


def photo_error(code: str, **facts: object) -> PhotoError:
    """The error of a code, its sentence filled in.

    Example:
        >>> str(photo_error("truncated", format="PNG"))[:33]
        'This PNG file ends too early: par'
    """
    sentence = _SENTENCES[code].format(accepted=", ".join(ACCEPTED), **facts)
    return PhotoError(code, sentence, **facts)
