"""Models with a known shortcut, and the photos to train and test them."""

from __future__ import annotations

SHORTCUTS: tuple[str, ...] = ("honest", "background", "tint", "mark", "border")
"""What gives the class away. "honest" is no shortcut: it is the rice itself."""
