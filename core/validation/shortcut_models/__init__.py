"""Photos and models made for a purpose: what the right answer hangs on is known in every pixel."""

from __future__ import annotations

CUES: tuple[str, ...] = ("honest", "background", "tint", "mark", "border")
"""What can be planted: what tells the class. Honest is the rice itself."""
