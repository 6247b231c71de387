"""An audit of photos in words."""

from __future__ import annotations

from core.diagnosis.audit import Audit
from core.diagnosis.cues import FOLDS, Cue
from core.texts import count_noun

WHAT = {
    "ground": "the ground",
    "edges": "edges and corners",
    "light": "the light",
    "sharpness": "the sharpness",
    "compression": "the compression",
    "file": "the file's size",
    "camera": "the camera",
}
"""What gives a class away, in words."""

_BETTER = {
    "ground": "lay every variety on the same tables and cloths",
    "edges": "cut off borders, labels and marks, or put the same on every variety",
    "light": "photograph every variety in the same lights, and as bright",
    "sharpness": "photograph every variety with the same lens, focus and distance",
    "compression": "save every variety's photos in the same way",
    "file": "give every variety's photos the same width, height and format",
    "camera": "photograph every variety with each camera",
}


def audit_text(audit: Audit) -> str:
    """A table of what was tried, what gives the class away, and what an audit cannot tell."""
    head = (
        f"{count_noun(audit.photos, 'photo')} of {count_noun(audit.scenes, 'scene')}, "
        f"{count_noun(len(audit.names), 'class')}: is the class told without the rice?"
    )
    if audit.few:
        came = ", ".join(f"{name} has {count}" for name, count in audit.few.items())
        return (
            f"{head}\nThat cannot be told: it takes {FOLDS} scenes of each class, and {came}. "
            "Photos of one heap taken in a row are one scene. Add photos of other heaps of these "
            "classes."
        )
    if not audit.can_tell:
        return (
            f"{head}\nThat cannot be told: of so few photos all may be right by luck. Add photos "
            "of other heaps of each class."
        )
    lines = [head, "", f"  {'by':<20}{'right':>8}{'chance':>9}{'by luck at most':>18}"]
    for cue in audit.cues:
        mark = "  <- gives it away" if cue.found else ""
        lines.append(
            f"  {WHAT[cue.group]:<20}{cue.accuracy:>8.0%}{cue.chance:>9.0%}{cue.bound:>18.0%}{mark}"
        )
    lines += ["", *map(_sentence, audit.found)]
    if audit.found:
        lines.append(
            "A model may learn that in place of the rice. `train --cure` takes it out of the "
            "training; better are other photos: "
            + "; ".join(_BETTER[cue.group] for cue in audit.found)
            + "."
        )
    else:
        lines.append("Nothing that was tried gives the class away.")
    lines.append(
        "This measures the ground, the light and the files, never the rice. It cannot tell what a "
        "model makes of it, nor what lies among the grains; and where grounds differ, their colour "
        "looks like another light."
    )
    if audit.without_ground:
        photos = count_noun(audit.without_ground, "photo")
        lines.append(f"In {photos} rice fills the whole picture: there is no ground to compare.")
    return "\n".join(lines)


def _sentence(cue: Cue) -> str:
    what = WHAT[cue.group]
    return (
        f"{what[0].upper()}{what[1:]} alone tells the class of {cue.accuracy:.0%} of the photos "
        f"(chance {cue.chance:.0%})."
    ).replace("corners alone tells", "corners alone tell")
