"""Calibration of a model's probabilities as plain text for 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import fill

from core.models.calibration import Bin, Calibration, Reliability, Share

_WIDTH = 80
_LEGEND = (
    "Error: expected calibration error, as far as scenes drawn again and again have it (95 %); by "
    "chance: what so many photos would have if the probabilities were right."
)
_FLATTERED = "Photos that the model was trained on flatter it."


def calibration_text(found: Calibration) -> str:
    """Say how far probabilities are from how often a model is right, and what would mend it.

    Args:
        found: Of photos of known class.
    """
    asked = f"These photos ask for a temperature of {found.fitted:.2f}, which divides the logits. "
    saved = (
        "Half of the scenes foretell the other half better with it: --save writes it into the card."
        if found.improves
        else "Half of the scenes do not foretell the other half better with it: it is not saved."
    )
    paragraphs = [
        "How far its probabilities are from how often it is right:",
        "\n".join(_errors(found)),
        "\n".join(bins_table(found.now.bins)),
        _wrapped(f"{_LEGEND} {asked}{saved} {_FLATTERED}"),
    ]
    return "\n\n".join(paragraphs)


def bins_table(bins: Sequence[Bin]) -> Iterator[str]:
    r"""A reliability diagram in lines of text.

    Example:
        >>> print(*bins_table([Bin(0.9, 1.0, 64, 0.97, 0.98)]), sep="\n")
          probability      photos   on average   right
          90 to 100 %          64         97 %    98 %
    """
    yield f"  {'probability':15} {'photos':>7} {'on average':>12} {'right':>7}"
    for each in bins:
        name = f"{each.low:.0%} to {each.high:.0%}".replace("%", " %").replace(" % to", " to")
        yield (
            f"  {name:15} {each.photos:7} {_percent(each.confidence):>12} {_percent(each.right):>7}"
        )


def _errors(found: Calibration) -> Iterator[str]:
    rows: dict[str, Reliability] = {"none": found.raw}
    if found.own != 1:
        rows[f"its card's, {found.own:.2f}"] = found.now
    rows["of the other half"] = found.refitted
    yield f"  {'temperature':18} {'error':>22} {'by chance':>10} {'Brier score':>22}"
    for name, each in rows.items():
        yield (
            f"  {name:18} {_share(each.error):>22} {each.by_chance.value:10.3f} "
            f"{_share(each.brier):>22}"
        )


def _share(each: Share) -> str:
    return f"{each.value:.3f} ({each.low:.3f} to {each.high:.3f})"


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _wrapped(text: str) -> str:
    return fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
