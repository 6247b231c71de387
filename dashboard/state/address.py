"""The page's address as a link: what it shows of photos that everybody may see.

A link names a set of such photos, the one in view by its hash, the model, and every choice that is
not the default. Of what a visitor brought it names nothing. Links come from strangers: a value that
makes no sense counts as not given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.explain.request import METHOD_NAMES
from core.explain.request import OWN as OWN_METHOD
from dashboard.i18n.phrases import AGAINST, FOR, RATHER
from dashboard.state.controls import (
    ALL,
    COMPARED,
    DEFAULTS,
    DISPLAYED,
    GALLERY,
    NUMBERS,
    ONE,
    REQUEST,
    SCALES,
    TABLE,
    TWO,
)

SHORT = 16  # hexadecimal digits of a photo's hash
PLACE = ("model", "photos", "photo")
COMPARISON = ("two-what", *(f"two-right-{what}" for what in COMPARED))
CHOICES = (
    *("target", "blend", "colors", "panes", "pane", "curtain", "heat_only", "cells", "outline"),
    *("scale", *REQUEST, "mode", "review-show", "gallery-scale", *COMPARISON),
)
"""The controls whose choices a link names."""

Params = dict[str, list[str]]
"""The parameters of an address, by name; each may be given several times."""

_ONE_OF: Mapping[str, Sequence[Any]] = {
    **{"scale": SCALES, "gallery-scale": SCALES, "kind": (FOR, AGAINST, RATHER)},
    **{"method": (OWN_METHOD, *METHOD_NAMES), "finer": (1, 2, 4, 8), "mode": (ONE, ALL, TWO)},
    **{"review-show": (TABLE, GALLERY, NUMBERS), "two-what": ("", *COMPARED)},
}
# The rest are names of classes and layers, which are checked where they are looked for.


@dataclass(frozen=True)
class Link:
    """What an address names.

    Attributes:
        model: Name of an installed model; "" for the default one.
        photos: The set of photos, as `Entry.public`; "" for none.
        photo: How the hash of the photo in view begins.
        choices: By the keys of `CHOICES`; the default where one is missing.
    """

    model: str = ""
    photos: str = ""
    photo: str = ""
    choices: Mapping[str, Any] = field(default_factory=dict)


def to_params(link: Link) -> Params:
    """The parameters of an address that names all this.

    Example:
        >>> to_params(Link("rice-64", "samples", "0123456789abcdef", {"blend": 70, "mode": "one"}))
        ... # doctest: +NORMALIZE_WHITESPACE
        {'model': ['rice-64'], 'photos': ['samples'], 'photo': ['0123456789abcdef'],
         'blend': ['70']}
    """
    params = {name: [value] for name in PLACE if (value := getattr(link, name))}
    for key in CHOICES:
        choice = link.choices.get(key, DEFAULTS[key])
        if choice != DEFAULTS[key]:
            several = choice if isinstance(choice, list) else [choice]
            params[key] = [str(int(each) if isinstance(each, bool) else each) for each in several]
    return params


def from_params(params: Mapping[str, Sequence[str]]) -> Link:
    """What an address names; the choices are all of `CHOICES`.

    Example:
        >>> link = from_params({"photos": ["samples"], "blend": ["1e9"], "colors": ["jet"]})
        >>> link.photos, link.choices["blend"], link.choices["colors"]
        ('samples', 50, 'jet')
    """
    place = {name: params[name][-1] for name in PLACE if params.get(name)}
    if not re.fullmatch(rf"[0-9a-f]{{{SHORT}}}", place.get("photo", "")):
        place.pop("photo", None)
    return Link(**place, choices={key: _choice(key, params.get(key) or ()) for key in CHOICES})


def _choice(key: str, texts: Sequence[str]) -> Any:
    default = DEFAULTS[key]
    try:
        choice = _READERS[type(default)](texts)
    except (IndexError, KeyError, ValueError):
        return default
    fits = DISPLAYED[key](choice) if key in DISPLAYED else choice in _ONE_OF.get(key, (choice,))
    return choice if fits else default


def _number(texts: Sequence[str]) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", texts[-1]):
        raise ValueError
    return int(texts[-1])


_READERS: Mapping[type, Callable[[Sequence[str]], Any]] = {
    bool: lambda texts: {"0": False, "1": True}[texts[-1]],
    int: _number,
    str: lambda texts: texts[-1],
    list: list,
}
