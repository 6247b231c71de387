"""Counts as text for a terminal."""

from __future__ import annotations

from core.grain_counting.counts import Counts


def counts_text(counts: Counts) -> str:
    """Write counts as lines of text.

    Example:
        >>> from core.grain_counting.counts import VarietyShare
        >>> share = VarietyShare("Basmati", 9, 0.9, 0.6, 0.98)
        >>> print(counts_text(Counts((share,), 10, 1, 2, 0, 0)))
        12 grains, 10 of them classified
        Basmati     9   90.0 %  (95 % interval 60.0 to 98.0 %)
        not separated: 1 piece, about 2 grains
    """
    lines = [f"{counts.grains} grains, {counts.classified} of them classified"]
    wide = max(len(each.variety) for each in counts.shares)
    for each in counts.shares:
        low, high = 100 * each.low, 100 * each.high
        lines.append(
            f"{each.variety:{wide}} {each.grains:5}  {100 * each.share:5.1f} %  "
            f"(95 % interval {low:.1f} to {high:.1f} %)"
        )
    if counts.broken:
        share, low, high = (100 * each for each in counts.broken_share)
        lines.append(
            f"broken: {counts.broken}, {share:.1f} % of the single grains "
            f"(95 % interval {low:.1f} to {high:.1f} %)"
        )
    if counts.not_separated:
        pieces = "1 piece" if counts.not_separated == 1 else f"{counts.not_separated} pieces"
        lines.append(f"not separated: {pieces}, about {counts.in_clumps} grains")
    if counts.at_edge:
        lines.append(f"cut by the photo's edge: {counts.at_edge}")
    if counts.fragments:
        lines.append(f"too small for a grain, not counted: {counts.fragments}")
    return "\n".join(lines)
